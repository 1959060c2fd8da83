//! Items: `iloc`.

use super::{inserted, mdat, pssh, refused};
use crate::asm::Asm;
use prkit_bmff::{Insert, Layout, Limits, Request, Scope, free_box};

#[test]
fn an_item_location_too_narrow_is_refused() {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"mif1\0\0\0\0mif1");
    pssh(&mut a);
    a.full(b"meta", 0, 0);
    a.leaf(b"hdlr", &[0; 24]);
    a.full(b"iloc", 0, 0);
    a.put(&[0x11, 0x00]);
    a.u16(1);
    a.u16(1);
    a.u16(0);
    a.u16(1);
    a.put(&[250, 1]);
    a.close();
    a.close();
    a.leaf(b"mdat", b"0123456789");
    // One byte for an offset is no width of the specification; the file's own numbers are taken at their word.
    let error = refused(&a.finish());
    assert!(error.starts_with("iloc"), "{error}");
}

#[test]
fn nothing_is_appended_to_an_item_that_is_the_rest_of_the_file() {
    let mut a = Asm::default();
    a.full(b"meta", 0, 0);
    a.full(b"iloc", 0, 0);
    a.put(&[0x44, 0x00]);
    for n in [1, 1, 0, 1] {
        a.u16(n);
    }
    a.distance(4, "file", "chunk");
    a.u32(0);
    a.close();
    a.close();
    mdat(&mut a);
    let error = inserted(&a.finish(), 9);
    assert!(error.starts_with("iloc says that media data stands at bytes"), "{error}");
}

#[test]
fn an_item_without_a_base_counts_from_the_start_of_the_file_whatever_is_put_in_front() {
    let mut a = Asm::default();
    a.full(b"meta", 0, 0);
    a.full(b"iloc", 0, 0);
    // Offsets, lengths and bases of four bytes; the base is 0.
    a.put(&[0x44, 0x40]);
    for n in [1, 1, 0] {
        a.u16(n);
    }
    a.u32(0);
    a.u16(1);
    a.distance(4, "file", "chunk");
    a.u32(10);
    a.close();
    a.close();
    mdat(&mut a);
    let file = a.finish();
    let layout = Layout::locate(&file.as_slice(), Scope::default(), Limits::default()).unwrap();
    let insert = Insert { container: 0, position: 0, boxes: free_box(16).unwrap() };
    let request = Request { insert: vec![insert], ..Request::default() };
    let edited = prkit_bmff::plan(&layout, &file.as_slice(), &request).unwrap();
    let new = edited.plan.to_vec(&file.as_slice()).unwrap();
    prkit_bmff::prove(&layout, &edited, &new.as_slice(), Limits::default()).unwrap();
    let changed: Vec<usize> = (0..file.len()).filter(|at| file[*at] != new[at + 16]).collect();
    assert_eq!(changed.len(), 1, "the last byte of the offset: {changed:?}");
    assert_eq!(new[changed[0] + 16], file[changed[0]] + 16);
}
