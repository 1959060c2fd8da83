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

/// An `iloc` of one item of ten bytes at the chunk, with this method and data reference.
fn iloc(a: &mut Asm, method: u16, reference: u16, put: impl FnOnce(&mut Asm)) {
    a.full(b"iloc", 1, 0);
    a.put(&[0x44, 0x00]);
    for n in [1, 1, method, reference, 1] {
        a.u16(n);
    }
    put(a);
    a.u32(10);
    a.close();
}

fn meta(a: &mut Asm, reference: u16, url: Option<(u32, &[u8])>) {
    a.full(b"meta", 0, 0);
    a.leaf(b"hdlr", &[0; 24]);
    if let Some((flags, location)) = url {
        a.open(b"dinf");
        a.full(b"dref", 0, 0);
        a.u32(1);
        a.full(b"url ", 0, flags);
        a.put(location);
        a.close();
        a.close();
        a.close();
    }
    iloc(a, 0, reference, |a| a.distance(4, "file", "chunk"));
    a.close();
}

/// A file that grows by 434 bytes in `moov`, with the item of `put` in it.
fn with_items(in_moov: bool, put: impl FnOnce(&mut Asm)) -> (usize, usize) {
    let mut a = Asm::default();
    let mut put = Some(put);
    a.open(b"moov");
    pssh(&mut a);
    if in_moov {
        put.take().unwrap()(&mut a);
    }
    a.close();
    if let Some(put) = put {
        put(&mut a);
    }
    mdat(&mut a);
    let file = a.finish();
    let layout = Layout::locate(&file.as_slice(), Scope::default(), Limits::default()).unwrap();
    let insert = Insert { container: 0, position: 0, boxes: free_box(434).unwrap() };
    let request = Request { insert: vec![insert], ..Request::default() };
    let edited = prkit_bmff::plan(&layout, &file.as_slice(), &request).unwrap();
    let new = edited.plan.to_vec(&file.as_slice()).unwrap();
    prkit_bmff::prove(&layout, &edited, &new.as_slice(), Limits::default()).unwrap();
    let offset = |file: &[u8]| super::word(file, file.windows(4).position(|w| w == b"iloc").unwrap() + 20);
    (offset(&file), offset(&new))
}

#[test]
fn items_move_wherever_meta_stands() {
    let around: [(&[&[u8; 4]], bool); 8] = [
        (&[], false),
        (&[b"meco"], false),
        (&[], true),
        (&[b"meco"], true),
        (&[b"udta"], true),
        (&[b"trak"], true),
        (&[b"trak", b"udta"], true),
        (&[b"trak", b"meco"], true),
    ];
    for (around, in_moov) in around {
        let (before, after) = with_items(in_moov, |a| {
            around.iter().for_each(|kind| a.open(kind));
            meta(a, 0, None);
            around.iter().for_each(|_| a.close());
        });
        assert_eq!(after, before + 434, "{around:?}");
    }
    for in_traf in [false, true] {
        let (before, after) = with_items(false, |a| {
            a.open(b"moof");
            if in_traf {
                a.open(b"traf");
            }
            meta(a, 0, None);
            if in_traf {
                a.close();
            }
            a.close();
        });
        assert_eq!(after, before + 434, "in traf: {in_traf}");
    }
}

#[test]
fn items_move_by_a_reference_to_the_file_itself_and_stay_by_one_to_another() {
    for flags in [0, 1, 2] {
        let (before, after) = with_items(false, |a| meta(a, 1, Some((flags, b""))));
        assert_eq!(after, before + 434, "flags {flags}");
    }
    // A reference that is not listed can name no other file.
    let (before, after) = with_items(false, |a| meta(a, 1, None));
    assert_eq!(after, before + 434);
    let (before, after) = with_items(false, |a| meta(a, 1, Some((0, b"other.heic\0"))));
    assert_eq!(after, before);
}

#[test]
fn items_in_idat_and_in_other_items_keep_their_offsets() {
    for method in [1, 2] {
        let (before, after) = with_items(false, |a| {
            a.full(b"meta", 0, 0);
            a.leaf(b"hdlr", &[0; 24]);
            iloc(a, method, 0, |a| a.u32(5));
            a.leaf(b"idat", b"-----0123456789");
            a.close();
        });
        assert_eq!((before, after), (5, 5), "method {method}");
    }
}
