//! Segments by what manifests say of them, read here by other code than the program's, and decoded one by one.

use crate::make::Show;
use crate::tools::{KEY, Tools, run};
use std::fs;
use std::path::Path;

/// How segments are addressed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `INIT PREFIX`: files with numbers behind the prefix.
    Files,
    /// `SegmentList` of an MPD.
    List,
    /// `SegmentBase` of an MPD, and the index in the file.
    Indexed,
    /// Byte ranges of a playlist.
    Playlist,
    /// Fragments of one file.
    Fragments,
}

pub struct Stream {
    pub init: Vec<u8>,
    pub segments: Vec<Vec<u8>>,
}

/// Hashes of the pictures or sounds of each segment.
pub type Pictures = Vec<Vec<String>>;

pub fn of(show: &Show, folder: &Path) -> Vec<Stream> {
    show.streams.iter().flat_map(|(kind, name)| streams(*kind, name, folder)).collect()
}

fn streams(kind: Kind, name: &str, folder: &Path) -> Vec<Stream> {
    let text = || fs::read_to_string(folder.join(name)).unwrap();
    match kind {
        Kind::Files => vec![files(folder, name)],
        Kind::List | Kind::Indexed => {
            text().split("<Representation").skip(1).map(|part| representation(kind, part, folder)).collect()
        }
        Kind::Playlist => vec![playlist(&text(), folder)],
        Kind::Fragments => vec![fragments(&fs::read(folder.join(name)).unwrap())],
    }
}

fn files(folder: &Path, name: &str) -> Stream {
    let (init, prefix) = name.split_once(' ').unwrap();
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
        .collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    Stream { init: read(init), segments: names.iter().map(|name| read(name)).collect() }
}

fn attribute<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let start = format!(" {name}=\"");
    text.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

fn range(file: &[u8], range: &str) -> Vec<u8> {
    let (first, last) = range.split_once('-').unwrap();
    file[first.parse().unwrap()..=last.parse().unwrap()].to_vec()
}

fn representation(kind: Kind, part: &str, folder: &Path) -> Stream {
    let name = part.split("<BaseURL>").nth(1).unwrap().split('<').next().unwrap();
    let file = fs::read(folder.join(name)).unwrap();
    let init = range(&file, attribute(part, "range")[0]);
    let segments = if kind == Kind::List {
        attribute(part, "mediaRange").iter().map(|media| range(&file, media)).collect()
    } else {
        let index = attribute(part, "indexRange")[0];
        let end = index.split_once('-').unwrap().1.parse::<usize>().unwrap() + 1;
        indexed(&range(&file, index), &file[end..])
    };
    Stream { init, segments }
}

/// The subsegments that a `sidx` lists.
fn indexed(sidx: &[u8], mut rest: &[u8]) -> Vec<Vec<u8>> {
    assert_eq!(&sidx[4..8], b"sidx", "indexRange");
    let number = |at: usize| u32::from_be_bytes(sidx[at..at + 4].try_into().unwrap());
    let times = if sidx[8] == 0 { 8 } else { 16 };
    let count = usize::from(u16::from_be_bytes(sidx[20 + times + 2..][..2].try_into().unwrap()));
    let mut segments = Vec::new();
    for entry in 0..count {
        let len = (number(24 + times + entry * 12) & 0x7fff_ffff) as usize;
        segments.push(rest[..len].to_vec());
        rest = &rest[len..];
    }
    segments
}

fn playlist(text: &str, folder: &Path) -> Stream {
    let (mut init, mut segments, mut at, mut next) = (Vec::new(), Vec::new(), 0, None);
    for line in text.lines() {
        if let Some(map) = line.strip_prefix("#EXT-X-MAP:") {
            let value =
                |name: &str| map.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap();
            let (len, first) = value("BYTERANGE").split_once('@').unwrap();
            let (len, first) = (len.parse::<usize>().unwrap(), first.parse::<usize>().unwrap());
            init = fs::read(folder.join(value("URI"))).unwrap()[first..first + len].to_vec();
        } else if let Some(range) = line.strip_prefix("#EXT-X-BYTERANGE:") {
            let (len, first) = range.split_once('@').map_or((range, None), |(len, first)| (len, Some(first)));
            let first = first.map_or(at, |first| first.parse::<usize>().unwrap());
            at = first + len.parse::<usize>().unwrap();
            next = Some(first..at);
        } else if let Some(range) = next.take_if(|_| !line.starts_with('#')) {
            segments.push(fs::read(folder.join(line)).unwrap()[range].to_vec());
        }
    }
    Stream { init, segments }
}

/// A server picks fragments of a track by time: all of them together are what has to decode.
fn fragments(file: &[u8]) -> Stream {
    let (mut stream, mut rest) = (Stream { init: Vec::new(), segments: vec![Vec::new()] }, file);
    while rest.len() >= 8 {
        let size = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        let (here, behind) = rest.split_at(size);
        match &here[4..8] {
            b"moof" | b"mdat" => stream.segments[0].extend(here),
            b"mfra" => {}
            _ => stream.init.extend(here),
        }
        rest = behind;
    }
    stream
}

/// Every segment alone, behind its initialisation segment.
pub fn decode(
    tools: &Tools,
    show: &Show,
    streams: &[Stream],
    folder: &Path,
) -> Result<Vec<Pictures>, String> {
    let path = folder.join(".segment.mp4");
    let args = if show.decrypts {
        format!("-v error -xerror -decryption_key {KEY} -i .segment.mp4 -map 0 -f framemd5 -")
    } else {
        "-v error -xerror -i .segment.mp4 -map 0 -c copy -f framemd5 -".to_owned()
    };
    let mut all = Vec::new();
    for stream in streams {
        if stream.segments.is_empty() {
            return Err("a stream without segments".to_owned());
        }
        let mut pictures = Vec::new();
        for segment in &stream.segments {
            fs::write(&path, [&stream.init[..], segment].concat()).unwrap();
            pictures.push(hashes(&run(&tools.ffmpeg, folder, args.split(' '))?));
        }
        all.push(pictures);
    }
    fs::remove_file(path).unwrap();
    Ok(all)
}

/// The last column of what ffmpeg says of each frame.
pub fn hashes(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.rsplit(',').next()?.trim().to_owned())).collect()
}

/// Bytes of all files in a folder.
pub fn size(folder: &Path) -> u64 {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}
