//! Titles as packagers leave them, DASH, HLS and Smooth over the same media: whatever is done to a file of one, alone or together,
//! all its manifests agree afterwards, or nothing was changed and it is said with whom it would disagree.

use crate::disagree::{Title, commands};
use crate::program::{prkit, sample};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The line for a playlist that carries the object of a file.
fn key_line(path: &Path) -> String {
    let args: [OsString; 4] =
        ["extract".into(), "--as=ext-x-key".into(), "--what=object".into(), path.into()];
    let run = prkit(args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let line = run.text().trim_end();
    // The key of another system, so that taking PlayReady's out leaves an encrypted playlist.
    let method = line.split(',').next().unwrap();
    format!("{line}\n{method},KEYFORMAT=\"com.apple.streamingkeydelivery\",URI=\"skd://example\"")
}

/// The top-level boxes of a file: type, start, length.
fn boxes(file: &[u8]) -> Vec<(String, usize, usize)> {
    let (mut all, mut at) = (Vec::new(), 0);
    while at < file.len() {
        let len = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        all.push((String::from_utf8_lossy(&file[at + 4..at + 8]).into_owned(), at, len));
        at += len;
    }
    all
}

const HEAD: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:3\n#EXT-X-PLAYLIST-TYPE:VOD\n";

/// The live profile of Shaka Packager, and playlists over its segments.
fn live() -> (Title, Vec<&'static str>) {
    let title = Title::empty();
    fs::copy(sample("dash-live/manifest.mpd"), title.at("m.mpd")).unwrap();
    for (letter, name) in [("v", "video"), ("a", "audio")] {
        let init = title.at(&format!("{letter}i.mp4"));
        fs::copy(sample(&format!("dash-live/{name}-init.mp4")), &init).unwrap();
        let mut text = format!("{HEAD}#EXT-X-MAP:URI=\"{letter}i.mp4\"\n{}\n", key_line(&init));
        for number in 1..=10 {
            let segment = format!("{letter}{number}.m4s");
            fs::copy(sample(&format!("dash-live/{name}-1.m4s")), title.at(&segment)).unwrap();
            write!(text, "#EXTINF:2.0,\n{segment}\n").unwrap();
        }
        fs::write(title.at(&format!("{letter}.m3u8")), text + "#EXT-X-ENDLIST\n").unwrap();
    }
    (title, vec!["vi.mp4", "ai.mp4", "m.mpd", "v.m3u8"])
}

/// What Bento4 leaves for Smooth Streaming, and a playlist of byte ranges over the same file.
fn smooth() -> (Title, Vec<&'static str>) {
    let title = Title::empty();
    let movie = title.at("movie.mp4");
    fs::copy(sample("piff/movie.mp4"), &movie).unwrap();
    fs::copy(sample("manifests/show.ismc"), title.at("show.ismc")).unwrap();
    let utf16 = fs::read(sample("manifests/show.ism")).unwrap();
    let units: Vec<u16> = utf16.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    let text = String::from_utf16(&units).unwrap().replace("../piff/", "");
    fs::write(title.at("show.ism"), text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
        .unwrap();
    let file = fs::read(&movie).unwrap();
    let all = boxes(&file);
    let first = all.iter().find(|(kind, ..)| kind == "moof").unwrap().1;
    let mut text =
        format!("{HEAD}#EXT-X-MAP:URI=\"movie.mp4\",BYTERANGE=\"{first}@0\"\n{}\n", key_line(&movie));
    for pair in all.windows(2).filter(|pair| pair[0].0 == "moof" && pair[1].0 == "mdat") {
        let (start, len) = (pair[0].1, pair[0].2 + pair[1].2);
        write!(text, "#EXTINF:2.0,\n#EXT-X-BYTERANGE:{len}@{start}\nmovie.mp4\n").unwrap();
    }
    fs::write(title.at("movie.m3u8"), text + "#EXT-X-ENDLIST\n").unwrap();
    (title, vec!["movie.mp4", "movie.m3u8", "show.ism", "show.ismc"])
}

/// The on-demand profile, and playlists over the same file.
fn on_demand() -> (Title, Vec<&'static str>) {
    (Title::new("", ""), vec!["audio.mp4", "ondemand.mpd", "list.mpd", "media.m3u8", "multivariant.m3u8"])
}

/// Runs every command on each of the names, and on all; how often it was refused, and how often something changed.
fn every_command(title: &Title, names: &[&str], more: &[&str]) -> (u32, u32) {
    let before = title.files();
    let (mut refused, mut changed) = (0, 0);
    for command in commands() {
        for name in names.iter().chain(&[""]) {
            let args: Vec<&str> = command.iter().map(String::as_str).chain(more.iter().copied()).collect();
            let run = title.run(&args, &[name]);
            let said = format!("{args:?} {name}: {}{}", run.text(), run.stderr);
            let now = title.files();
            if run.status == 3 && now == before {
                refused += 1;
                assert!(!run.stderr.is_empty(), "{said}");
            } else {
                changed += u32::from(now != before);
            }
            assert_eq!(now.len(), before.len(), "{said}");
            let check = title.run(&["check"], &[""]);
            // A manifest without any descriptor left is what was asked for by force, and nothing else may be found.
            let is_forced = args.contains(&"--force=last-system");
            let mut errors = check.text().lines().filter(|line| line.trim_start().starts_with("error "));
            assert!(errors.all(|error| is_forced && error.contains("CHK-16")), "{said}\n{}", check.text());
            title.restore(&before);
        }
    }
    (refused, changed)
}

#[test]
fn of_every_packager_all_manifests_agree_after_every_command_alone_or_together() {
    for (what, (title, names)) in [("live", live()), ("smooth", smooth()), ("on demand", on_demand())] {
        let check = title.run(&["check"], &[""]);
        assert_eq!(check.status, 0, "{what}: {}", check.text());
        let (refused, alone) = every_command(&title, &names, &["-i"]);
        let (_, together) = every_command(&title, &names, &["-i", "--presentation"]);
        println!("{what}: alone {refused} refused, {alone} changed; {together} changed together");
        assert!(
            refused >= 10 && alone >= 5 && together >= 20,
            "{what}: {refused} refused, {together} changed together"
        );
    }
}
