//! Other people's readers: what they find in a file before an edit, they find after it.

use crate::args;
use crate::program::{copy, corpus, prkit, sample};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Every sample of every track, as the `mp4` crate reads them.
fn samples(path: &Path) -> Vec<(u32, u32, Vec<u8>)> {
    let file = File::open(path).unwrap();
    let len = file.metadata().unwrap().len();
    let mut reader = mp4::Mp4Reader::read_header(BufReader::new(file), len).unwrap();
    let tracks: Vec<u32> = reader.tracks().keys().copied().collect();
    let mut found = Vec::new();
    for track in tracks {
        for id in 1..=reader.sample_count(track).unwrap() {
            if let Some(sample) = reader.read_sample(track, id).unwrap() {
                found.push((track, id, sample.bytes.to_vec()));
            }
        }
    }
    found.sort();
    found
}

/// What it can say of a fragmented file: it reads every fragment's samples from the start of the file, whatever their
/// offsets, so only the counts mean something.
fn counts(path: &Path) -> Vec<(u32, u32)> {
    let file = File::open(path).unwrap();
    let len = file.metadata().unwrap().len();
    let reader = mp4::Mp4Reader::read_header(BufReader::new(file), len).unwrap();
    let mut found: Vec<_> =
        reader.tracks().keys().map(|id| (*id, reader.sample_count(*id).unwrap())).collect();
    found.sort_unstable();
    found
}

const URLS: [&str; 2] =
    ["https://license.example.com/a/path/that/is/longer/than/before/rightsmanager.asmx", "a://b"];

fn edited(file: &Path, url: &str, mut look: impl FnMut(&Path)) {
    let (_folder, path) = copy(file);
    look(&path);
    let run = prkit(args!["reheader", "--la-url", url, "-i", &path]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    look(&path);
}

#[test]
fn the_mp4_crate_reads_the_same_samples_of_a_progressive_file() {
    let mut files = vec![sample("progressive/movie.mp4")];
    files.extend(corpus().map(|corpus| corpus.join("peer-gpac_piff_uuid-pssh_progressive_audio.mp4")));
    for (file, url) in files.iter().flat_map(|file| URLS.map(|url| (file, url))) {
        let mut before = Vec::new();
        edited(file, url, |path| {
            let found = samples(path);
            assert!(found.len() > 100 && (before.is_empty() || before == found), "{}", file.display());
            before = found;
        });
    }
}

#[test]
fn the_mp4_crate_counts_the_same_samples_of_a_fragmented_file() {
    let mut files = vec![sample("piff/movie.mp4")];
    for name in [
        "pr-moof_keyrotation_sidx_chromium-bear-640x360-a.mp4",
        "pr-moov_ondemand-sidx_saio-in-mdat_chromium-bear-640x360-a_frag-cenc.mp4",
    ] {
        files.extend(corpus().map(|corpus| corpus.join(name)));
    }
    for (file, url) in files.iter().flat_map(|file| URLS.map(|url| (file, url))) {
        let mut before = Vec::new();
        edited(file, url, |path| {
            let found = counts(path);
            assert!(
                found.iter().all(|(_, n)| *n > 50) && (before.is_empty() || before == found),
                "{}",
                file.display()
            );
            before = found;
        });
    }
}
