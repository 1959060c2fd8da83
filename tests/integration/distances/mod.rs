//! The hard cases of moving bytes, one test each.

mod chunks;
mod fragments;
mod indexes;
mod items;
pub mod positions;
mod references;
mod saio;
pub mod tables;
mod vendors;

use crate::asm::Asm;
use crate::law;
use crate::movie::object;
use crate::reader;
use prkit_bmff::{Edited, Fit, Growth, Insert, Layout, Limits, Request, Scope, free_box};

const LONG: &str = "https://license.example.com/a/path/that/is/longer/than/the/one/before/rightsmanager.asmx";

fn pssh(a: &mut Asm) {
    a.full(b"pssh", 0, 0);
    a.put(&[0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95]);
    let data = object(20);
    a.u32(data.len() as u32);
    a.put(&data);
    a.close();
}

/// Flags and location of a data reference.
pub type Reference<'r> = (u32, &'r [u8]);
pub const HERE: Reference<'_> = (1, b"");
pub const OTHER: Reference<'_> = (0, b"other.mp4\0");

/// A data reference.
fn reference(a: &mut Asm, kind: &[u8; 4], (flags, location): Reference<'_>) {
    a.full(kind, 0, flags);
    a.put(location);
    a.close();
}

/// A track that has a sample entry for each of its data references, and these boxes in its sample table; and what `more`
/// adds in each of the boxes around that, outermost first.
fn track(
    a: &mut Asm,
    references: &[&dyn Fn(&mut Asm)],
    tables: impl FnOnce(&mut Asm),
    more: &dyn Fn(&mut Asm, &str),
) {
    a.open(b"trak");
    let mut tkhd = [0; 84];
    tkhd[15] = 1;
    a.leaf(b"tkhd", &tkhd);
    more(a, "trak");
    a.open(b"mdia");
    more(a, "mdia");
    a.open(b"minf");
    more(a, "minf");
    a.open(b"dinf");
    a.full(b"dref", 0, 0);
    a.u32(references.len() as u32);
    references.iter().for_each(|put| put(a));
    a.close();
    a.close();
    a.open(b"stbl");
    a.full(b"stsd", 0, 0);
    a.u32(references.len() as u32);
    for number in 1..=references.len() {
        a.open(b"text");
        a.put(&[0; 6]);
        a.u16(number as u16);
        a.close();
    }
    a.close();
    tables(a);
    more(a, "stbl");
    for _ in 0..4 {
        a.close();
    }
}

/// `stsc` of one chunk with so many samples, `stsz` of samples as long, and `stco` of one chunk.
fn tables(a: &mut Asm, samples: u32, size: u32, chunk: impl FnOnce(&mut Asm)) {
    a.full(b"stsc", 0, 0);
    for n in [1, 1, samples, 1] {
        a.u32(n);
    }
    a.close();
    a.full(b"stsz", 0, 0);
    a.u32(size);
    a.u32(samples);
    a.close();
    a.full(b"stco", 0, 0);
    a.u32(1);
    chunk(a);
    a.close();
}

/// A movie with one track whose chunk offsets are `chunks`, and whatever `more` adds behind `moov`.
pub fn movie(dref: &[Reference<'_>], chunks: impl FnOnce(&mut Asm), more: impl FnOnce(&mut Asm)) -> Vec<u8> {
    let urls: Vec<_> = dref.iter().map(|url| move |a: &mut Asm| reference(a, b"url ", *url)).collect();
    let urls: Vec<&dyn Fn(&mut Asm)> = urls.iter().map(|put| put as &dyn Fn(&mut Asm)).collect();
    movie_of(&urls, chunks, more)
}

/// The same with data references of any kind.
fn movie_of(
    references: &[&dyn Fn(&mut Asm)],
    chunks: impl FnOnce(&mut Asm),
    more: impl FnOnce(&mut Asm),
) -> Vec<u8> {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"isom\0\0\0\0isom");
    a.open(b"moov");
    pssh(&mut a);
    track(&mut a, references, |a| tables(a, 1, 10, chunks), &|_, _| {});
    a.close();
    more(&mut a);
    a.finish()
}

pub fn mdat(a: &mut Asm) {
    a.open(b"mdat");
    a.label("chunk");
    a.put(b"0123456789");
    a.close();
}

fn refused(file: &[u8]) -> String {
    law::reheader(file, LONG, Fit::Any).unwrap_err()
}

/// The same edit, whatever stale pointers say.
fn forced(file: &[u8]) -> Edited {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let asked = law::request(file, LONG, Fit::Any);
    prkit_bmff::plan(&layout, &file, &Request { overrides: prkit_playready::Overrides::ALL, ..asked })
        .unwrap()
}

#[test]
fn compressed_boxes_are_refused() {
    let file = movie(
        &[HERE],
        |a| a.distance(4, "file", "chunk"),
        |a| {
            mdat(a);
            a.leaf(b"!mof", b"deflated");
        },
    );
    let error = refused(&file);
    assert!(error.contains("compressed boxes") && error.ends_with("in /!mof[0]"), "{error}");
}

#[test]
fn a_signed_file_is_refused_and_can_be_forced() {
    let file = movie(
        &[HERE],
        |a| a.distance(4, "file", "chunk"),
        |a| {
            mdat(a);
            a.open(b"uuid");
            a.put(&[
                0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4,
                0x81,
            ]);
            a.close();
        },
    );
    assert!(refused(&file).contains("C2PA"));
    assert_eq!(reader::read(&file), reader::read(&forced(&file).plan.to_vec(&&file[..]).unwrap()));
}

/// Does the edit and proves it; gives the new file.
fn proven(file: &[u8]) -> Vec<u8> {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let edited = law::reheader(file, LONG, Fit::Any).unwrap();
    let new = edited.plan.to_vec(&file).unwrap();
    prkit_bmff::prove(&layout, &edited, &&new[..], Limits::default()).unwrap();
    new
}

/// Where the first box of a type is, behind its header.
fn content_of(file: &[u8], kind: &[u8]) -> usize {
    file.windows(4).position(|w| w == kind).unwrap() + 4
}

/// A field of 32 bits of the first box of a type, so many bytes behind its header.
fn field(file: &[u8], kind: &[u8], at: usize) -> usize {
    word(file, content_of(file, kind) + at)
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// Why no box can be put into the file in front of its nth.
fn inserted(file: &[u8], position: usize) -> String {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let insert = Insert { container: 0, position, boxes: free_box(16).unwrap() };
    let request = Request { insert: vec![insert], ..Request::default() };
    prkit_bmff::plan(&layout, &file, &request).unwrap_err().to_string()
}

#[test]
fn boxes_that_pass_the_end_of_the_one_around_them_are_not_nested() {
    let mut a = Asm::default();
    a.open(b"moov");
    a.open(b"mvex");
    for _ in 0..40 {
        a.u32(500);
        a.put(b"mvex");
    }
    a.close();
    a.leaf(b"free", &[0; 1000]);
    a.close();
    let file = a.finish();
    let layout = Layout::locate(&&file[..], Scope::default(), Limits::default()).unwrap();
    assert_eq!(layout.faults().len(), 0, "{:?}", layout.faults());
}

#[test]
fn filler_that_is_nothing_but_a_header_grows_inside_of_its_container() {
    let mut a = Asm::default();
    a.open(b"moov");
    a.leaf(b"mvhd", &[0; 100]);
    pssh(&mut a);
    a.leaf(b"free", b"");
    a.close();
    mdat(&mut a);
    let file = a.finish();
    let scope = Scope { all_containers: true, ..Scope::default() };
    let layout = Layout::locate(&&file[..], scope, Limits::default()).unwrap();
    for (reserve, position) in (0..4).flat_map(|position| [0, 8, 9, 100].map(|reserve| (reserve, position))) {
        let insert = vec![Insert { container: 1, position, boxes: free_box(9).unwrap() }];
        let growth = Growth { reserve, ..Growth::default() };
        let request = Request { insert, growth, ..Request::default() };
        let edited = prkit_bmff::plan(&layout, &&file[..], &request).unwrap();
        let new = edited.plan.to_vec(&&file[..]).unwrap();
        prkit_bmff::prove(&layout, &edited, &&new[..], Limits::default()).unwrap();
        assert_eq!(word(&new, 0), new.len() - 18, "reserve {reserve} at {position}");
    }
}
