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
    let offset = |file: &[u8]| super::field(file, b"iloc", 16);
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

/// An item: how it is located, the data reference, its base, and its extents.
struct Item {
    method: u16,
    reference: u16,
    base: u64,
    extents: Vec<(u64, u64)>,
}

/// Widths of offsets, lengths, bases and indexes in bytes.
type Widths = [u8; 4];

fn number(a: &mut Asm, width: u8, n: u64) {
    a.put(&n.to_be_bytes()[8 - usize::from(width)..]);
}

fn put_iloc(a: &mut Asm, version: u8, [offset, length, base, index]: Widths, items: &[Item]) {
    a.full(b"iloc", version, 0);
    let index = if version == 0 { 0 } else { index };
    a.put(&[offset << 4 | length, base << 4 | index]);
    let wide = if version < 2 { 2 } else { 4 };
    number(a, wide, items.len() as u64);
    for (id, item) in (1..).zip(items) {
        number(a, wide, id);
        if version > 0 {
            a.u16(item.method);
        }
        a.u16(item.reference);
        number(a, base, item.base);
        a.u16(item.extents.len() as u16);
        for (at, len) in &item.extents {
            number(a, index, 1);
            number(a, offset, *at);
            number(a, length, *len);
        }
    }
    a.close();
}

/// The sums of base and offset, of every extent of an `iloc` box that was put like this.
fn offsets(file: &[u8], version: u8, [offset, length, base, index]: Widths) -> Vec<u64> {
    let mut at = super::content_of(file, b"iloc") + 6;
    let mut next = |width: u8| {
        let n = file[at..at + usize::from(width)].iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        at += usize::from(width);
        n
    };
    let wide = if version < 2 { 2 } else { 4 };
    let mut found = Vec::new();
    for _ in 0..next(wide) {
        next(wide);
        next(if version > 0 { 2 } else { 0 });
        next(2);
        let origin = next(base);
        for _ in 0..next(2) {
            next(if version > 0 { index } else { 0 });
            found.push(origin + next(offset));
            next(length);
        }
    }
    found
}

/// A file of items at these offsets behind the start of `mdat`, which is `lead` bytes from the start.
fn with_iloc(around: &[&[u8; 4]], put: &dyn Fn(&mut Asm, u64)) -> Vec<u8> {
    let built = |mdat: u64| {
        let mut a = Asm::default();
        a.leaf(b"ftyp", b"mif1\0\0\0\0mif1");
        pssh(&mut a);
        around.iter().for_each(|kind| a.open(kind));
        a.full(b"meta", 0, 0);
        a.leaf(b"hdlr", &[0; 24]);
        a.open(b"dinf");
        a.full(b"dref", 0, 0);
        a.u32(3);
        super::reference(&mut a, b"url ", (0, b""));
        super::reference(&mut a, b"url ", (0, b"other.heic\0"));
        super::reference(&mut a, b"urn ", (0, b"\0\0"));
        a.close();
        a.close();
        a.leaf(b"idat", &[7; 200]);
        put(&mut a, mdat);
        a.close();
        around.iter().for_each(|_| a.close());
        let mdat = a.bytes.len() as u64 + 8;
        a.leaf(b"mdat", &(0..=255).collect::<Vec<u8>>());
        (a.finish(), mdat)
    };
    let (_, mdat) = built(0);
    built(mdat).0
}

#[test]
fn items_of_every_version_method_home_and_width_move_with_their_bytes_or_stay() {
    let widths: [Widths; 5] = [[4, 4, 0, 0], [8, 8, 8, 0], [4, 0, 4, 4], [8, 4, 4, 8], [4, 8, 8, 4]];
    for version in 0..=2_u8 {
        for widths in widths {
            for has_base in [false, true] {
                let has_base = has_base && widths[2] > 0;
                let base = |base: u64| if has_base { base } else { 0 };
                let at = |mdat: u64, at: u64| mdat + at - base(mdat);
                let items = |mdat: u64| {
                    let here = |reference| Item {
                        method: 0,
                        reference,
                        base: base(mdat),
                        extents: vec![(at(mdat, 3), 10), (at(mdat, 60), 20)],
                    };
                    let fixed = |method, reference| Item {
                        method,
                        reference,
                        base: base(5),
                        extents: vec![(40, 9), (60, 9)],
                    };
                    let mut items = vec![here(0), here(1), fixed(0, 2), here(3), here(9)];
                    if version > 0 {
                        items.extend([fixed(1, 0), fixed(2, 0), fixed(1, 1), here(0)]);
                    }
                    items
                };
                for around in
                    [&[][..], &[b"meco"], &[b"udta"], &[b"moov", b"udta"], &[b"moov", b"trak", b"meco"]]
                {
                    let file = with_iloc(around, &|a, mdat| put_iloc(a, version, widths, &items(mdat)));
                    let new = super::proven(&file);
                    let moved =
                        new.windows(256).position(|w| w[..] == (0..=255).collect::<Vec<u8>>()).unwrap()
                            as u64;
                    let expected: Vec<u64> = items(moved)
                        .iter()
                        .flat_map(|item| {
                            item.extents.iter().map(|(at, _)| item.base + at).collect::<Vec<_>>()
                        })
                        .collect();
                    let what =
                        format!("version {version}, widths {widths:?}, base {has_base}, in {around:?}");
                    assert_eq!(offsets(&new, version, widths), expected, "{what}");
                    assert!(new.len() > file.len(), "{what}");
                }
            }
        }
    }
}

#[test]
fn an_iloc_of_a_version_that_nobody_has_defined_is_refused() {
    let item = |mdat| Item { method: 0, reference: 0, base: 0, extents: vec![(mdat, 4)] };
    let file = with_iloc(&[], &|a, mdat| put_iloc(a, 3, [4, 4, 0, 0], &[item(mdat)]));
    let error = refused(&file);
    assert!(error.contains("iloc box of version 3 is not known"), "{error}");
}
