//! How much of a file is read: its structure.

use crate::args;
use crate::asm::Asm;
use crate::movie::object;
use crate::program::prkit;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

const GIB: u64 = 1024 * 1024 * 1024;

/// A sparse file of 2 GiB: `moov` with `pssh`, then fragments of a megabyte, each with a `pssh` in its `moof`.
fn two_gib(folder: &Path) -> (PathBuf, u64, u64) {
    let pssh = |a: &mut Asm| {
        a.full(b"pssh", 0, 0);
        a.put(&[
            0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95,
        ]);
        let data = object(20);
        a.u32(data.len() as u32);
        a.put(&data);
        a.close();
    };
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"iso6\0\0\0\0iso6");
    a.open(b"moov");
    pssh(&mut a);
    a.leaf(b"free", &[0; 100_000]);
    a.close();
    let head = a.finish();
    let moov = head.len() as u64;
    let mut moof = Asm::default();
    moof.open(b"moof");
    pssh(&mut moof);
    moof.leaf(b"traf", &[]);
    moof.close();
    let moof = moof.finish();

    let path = folder.join("large.mp4");
    let mut file = File::create(&path).unwrap();
    file.write_all(&head).unwrap();
    let (mut at, mut fragments) = (moov, 0);
    while at < 2 * GIB {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&moof).unwrap();
        file.write_all(&1_048_576_u32.to_be_bytes()).unwrap();
        file.write_all(b"mdat").unwrap();
        at += moof.len() as u64 + 1_048_576;
        fragments += 1;
    }
    file.set_len(at).unwrap();
    (path, fragments, moof.len() as u64)
}

#[test]
fn of_two_gib_only_the_structure_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (path, fragments, moof) = two_gib(folder.path());
    let read = |args: Vec<std::ffi::OsString>| prkit(args).one()["bytes_read"].as_u64().unwrap();

    // Everything: a first look, `moov` without its filler, and each `moof` with the header of its `mdat`.
    let all = read(args!["show", "--json", &path]);
    let structure = fragments * (moof + 8);
    assert!(all < structure + fragments * 64 + 8192, "{all} bytes read of {structure} bytes of structure");

    // Without fragments: their headers only.
    let moov = read(args!["show", "--json", "--where", "moov", &path]);
    assert!(moov < fragments * 2 * 80 + 8192, "{moov} bytes read for {fragments} fragments");
}

#[test]
fn two_gib_are_changed_in_place_at_the_same_size() {
    let folder = tempfile::tempdir().unwrap();
    let (path, fragments, _) = two_gib(folder.path());
    let before = std::fs::metadata(&path).unwrap().len();
    let run = prkit(args!["reheader", "--json", "--la-url", "https://b/yyyyyyyyyyyyyyyyyyyy", "-i", &path]);
    let report = run.one();
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!((&report["strategy"], &report["matched"]), (&"same".into(), &(fragments + 1).into()));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), before);
    assert!(report["bytes_written"].as_u64().unwrap() < (fragments + 1) * 1000);
}
