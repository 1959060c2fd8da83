//! A film of 2 GiB, most of which is holes: the parts of a sample, with as many fragments as a film has.

use crate::bucket::Piece;
use crate::program::sample;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

pub const FRAGMENTS: u32 = 820;
const FRAGMENT: u64 = 2_600_000;

fn boxes(bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        found.push((&bytes[at + 4..at + 8], &bytes[at..at + size]));
        at += size;
    }
    found
}

fn first<'b>(found: &[(&[u8], &'b [u8])], kind: &[u8; 4]) -> &'b [u8] {
    found.iter().find(|(found, _)| found == kind).unwrap().1
}

/// An on-demand film with one index.
pub fn on_demand(folder: &Path) -> PathBuf {
    let bytes = std::fs::read(sample("dash-ondemand/audio.mp4")).unwrap();
    let found = boxes(&bytes);
    let mut head = [first(&found, b"ftyp"), first(&found, b"moov")].concat();
    let moof = first(&found, b"moof");
    let old = first(&found, b"sidx");
    let mut sidx = (32 + 12 * FRAGMENTS).to_be_bytes().to_vec();
    sidx.extend(&old[4..28]);
    sidx.extend(0_u16.to_be_bytes());
    sidx.extend((FRAGMENTS as u16).to_be_bytes());
    for _ in 0..FRAGMENTS {
        sidx.extend((FRAGMENT as u32).to_be_bytes());
        sidx.extend(100_000_u32.to_be_bytes());
        sidx.extend(0x9000_0000_u32.to_be_bytes());
    }
    head.extend(sidx);
    let path = folder.join("film.mp4");
    let mut file = File::create(&path).unwrap();
    file.write_all(&head).unwrap();
    for number in 0..u64::from(FRAGMENTS) {
        let at = head.len() as u64 + number * FRAGMENT;
        let mdat = (FRAGMENT - moof.len() as u64) as u32;
        let fragment = [moof, &mdat.to_be_bytes(), b"mdat"].concat();
        file.write_all_at(&fragment, at).unwrap();
    }
    file.set_len(head.len() as u64 + u64::from(FRAGMENTS) * FRAGMENT).unwrap();
    path
}

/// The same film as an object of a bucket.
pub fn pieces(path: &Path) -> Vec<Piece> {
    let file = File::open(path).unwrap();
    let len = file.metadata().unwrap().len();
    let head = len - u64::from(FRAGMENTS) * FRAGMENT;
    let read = |at: u64, len: u64| {
        let mut bytes = vec![0; len as usize];
        file.read_exact_at(&mut bytes, at).unwrap();
        Piece::Bytes(bytes)
    };
    let mut pieces = vec![read(0, head)];
    for number in 0..u64::from(FRAGMENTS) {
        pieces.push(read(head + number * FRAGMENT, 4096));
        pieces.push(Piece::Zeros(FRAGMENT - 4096));
    }
    pieces
}

/// A progressive film, its `moov` behind the media data.
pub fn moov_last(folder: &Path) -> PathBuf {
    let bytes = std::fs::read(sample("progressive/movie.mp4")).unwrap();
    let found = boxes(&bytes);
    let ftyp = first(&found, b"ftyp");
    let len = 2_000_000_000_u64;
    let path = folder.join("progressive.mp4");
    let file = File::create(&path).unwrap();
    let mut head = ftyp.to_vec();
    head.extend((len as u32).to_be_bytes());
    head.extend(b"mdat");
    file.write_all_at(&head, 0).unwrap();
    file.write_all_at(first(&found, b"moov"), ftyp.len() as u64 + len).unwrap();
    path
}
