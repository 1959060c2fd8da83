//! Positions of vendors: those that are known, and those of vendors nobody has told us about.

use super::{HERE, LONG, forced, mdat, movie, proven, pssh, refused, word};
use crate::asm::Asm;

fn canon(a: &mut Asm) {
    a.open(b"uuid");
    a.put(&[0x85, 0xc0, 0xb6, 0x87, 0x82, 0x0f, 0x11, 0xe0, 0x81, 0x11, 0xf4, 0xce, 0x46, 0x2b, 0x6a, 0x48]);
}

#[test]
fn entries_of_vendors_move_with_what_they_point_at_and_empty_ones_stay() {
    let file = movie(
        &[HERE],
        |a| a.distance(4, "file", "chunk"),
        |a| {
            mdat(a);
            canon(a);
            a.open(b"CTBO");
            a.u32(2);
            a.u32(3);
            a.distance(8, "file", "chunk");
            a.put(&10_u64.to_be_bytes());
            a.u32(4);
            a.put(&[0; 16]);
            a.close();
            a.close();
            a.open(b"gps ");
            a.u32(0x101);
            a.u32(1);
            a.distance(4, "file", "chunk");
            a.u32(10);
            a.close();
        },
    );
    let new = proven(&file);
    let at = |kind: &[u8]| new.windows(4).position(|w| w == kind).unwrap();
    let chunk = new.windows(10).position(|w| w == b"0123456789").unwrap();
    assert_eq!(word(&new, at(b"CTBO") + 16), chunk);
    assert_eq!(new[at(b"CTBO") + 32..at(b"CTBO") + 48], [0; 16]);
    assert_eq!(word(&new, at(b"gps ") + 12), chunk);
}

#[test]
fn proxies_and_entries_for_other_files_are_refused_by_name() {
    let with = |more: &dyn Fn(&mut Asm)| {
        movie(
            &[HERE],
            |a| a.distance(4, "file", "chunk"),
            |a| {
                mdat(a);
                more(a);
            },
        )
    };
    let proxy = with(&|a| {
        a.open(b"fidx");
        a.open(b"prxy");
        a.distance(8, "file", "chunk");
        a.put(&[0; 8]);
        a.close();
        a.close();
    });
    assert!(refused(&proxy).contains("(prxy)"));
    let global = with(&|a| {
        a.full(b"afra", 0, 0);
        a.u8(0xE0);
        a.put(&[0; 8]);
        a.close();
    });
    assert!(refused(&global).contains("an afra box with global entries"));
}

#[test]
fn a_gps_box_of_another_kind_is_no_table() {
    let file = movie(
        &[HERE],
        |a| a.distance(4, "file", "chunk"),
        |a| {
            mdat(a);
            a.leaf(b"gps ", b"[1700000000000]$GPRMC,000000.00,A,3723.24,N,12158.34,W,0,0,010100*00");
        },
    );
    assert_eq!(proven(&file).windows(6).filter(|w| w == b"$GPRMC").count(), 1);
}

/// A file with a box that nobody knows, whose content is made from the offsets of what there is: of the first chunk
/// of 1000 bytes, of the second sample in it, of a box inside of media data with 48 bytes, and of a second `mdat`, all of
/// them behind this many bytes of other things.
pub fn with_table(lead: usize, place: &str, table: &dyn Fn(&[u64; 4]) -> Vec<u8>) -> Vec<u8> {
    let mut targets = [0; 4];
    loop {
        let (file, found) = built(lead, place, &table(&targets));
        if found == targets {
            return file;
        }
        targets = found;
    }
}

fn built(lead: usize, place: &str, table: &[u8]) -> (Vec<u8>, [u64; 4]) {
    let mut a = Asm::default();
    let boxed = |a: &mut Asm, wanted: &str| {
        if place == wanted {
            a.leaf(b"vndr", table);
        }
    };
    a.leaf(b"ftyp", b"isom\0\0\0\0isom");
    a.open(b"moov");
    pssh(&mut a);
    a.open(b"trak");
    let mut tkhd = [0; 84];
    tkhd[15] = 1;
    a.leaf(b"tkhd", &tkhd);
    a.open(b"mdia");
    a.open(b"minf");
    a.open(b"stbl");
    a.full(b"stsc", 0, 0);
    for n in [1, 1, 2, 1] {
        a.u32(n);
    }
    a.close();
    a.full(b"stsz", 0, 0);
    a.u32(500);
    a.u32(2);
    a.close();
    a.full(b"stco", 0, 0);
    a.u32(1);
    a.distance(4, "file", "chunk");
    for _ in 0..4 {
        a.close();
    }
    boxed(&mut a, "trak");
    a.close();
    boxed(&mut a, "moov");
    a.open(b"udta");
    boxed(&mut a, "udta");
    a.u32(0);
    a.close();
    a.full(b"meta", 0, 0);
    a.leaf(b"hdlr", &[0; 24]);
    boxed(&mut a, "meta");
    a.close();
    if place == "uuid" {
        a.open(b"uuid");
        a.put(&[7; 16]);
        a.put(table);
        a.close();
    }
    a.close();
    boxed(&mut a, "file");
    a.open(b"mdat");
    a.put(&vec![0x55; lead]);
    let chunk = a.bytes.len() as u64;
    a.label("chunk");
    a.put(&[0xAA; 1000]);
    a.put(&[0x55; 33]);
    let inside = a.bytes.len() as u64;
    a.leaf(b"GPS0", &[0x33; 40]);
    a.put(&[0x55; 33]);
    a.close();
    let second = a.bytes.len() as u64;
    a.leaf(b"mdat", &[0x44; 92]);
    (a.finish(), [chunk, chunk + 500, inside, second])
}

fn be32(n: u64) -> Vec<u8> {
    (n as u32).to_be_bytes().to_vec()
}

fn le32(n: u64) -> Vec<u8> {
    (n as u32).to_le_bytes().to_vec()
}

pub fn be64(n: u64) -> Vec<u8> {
    n.to_be_bytes().to_vec()
}

fn le64(n: u64) -> Vec<u8> {
    n.to_le_bytes().to_vec()
}

type Table = Box<dyn Fn(&[u64; 4]) -> Vec<u8>>;

/// Twenty-eight tables: pairs, two, and one, in every form, at any alignment, of everything.
fn tables() -> Vec<(usize, &'static str, Table)> {
    let mut tables: Vec<(usize, &'static str, Table)> = Vec::new();
    let forms: [fn(u64) -> Vec<u8>; 4] = [be32, le32, be64, le64];
    for (form, place) in forms.into_iter().zip(["moov", "udta", "meta", "file"]) {
        // An offset and its size: of a chunk, of a sample, of a box inside, of a box of the file.
        for (which, size) in [(0, 1000), (1, 500), (2, 48), (3, 100)] {
            tables.push((
                50,
                place,
                Box::new(move |t| [&b"v1\0"[..], &form(t[which]), &form(size)].concat()),
            ));
        }
        // Two of them, at an odd byte.
        let two = move |t: &[u64; 4]| [&[9][..], &form(t[0]), &[0, 1, 0], &form(t[3])].concat();
        tables.push((50, place, Box::new(two)));
        // One alone, of 64 KiB or more.
        tables.push((100_000, place, Box::new(move |t| [&b"x"[..], &form(t[2])].concat())));
    }
    tables.push((50, "uuid", Box::new(|t| [be32(48), be32(t[2])].concat())));
    tables.push((50, "trak", Box::new(|t| [be64(t[0]), be32(12_345), be32(1000)].concat())));
    tables.push((50, "moov", Box::new(|t| t.iter().flat_map(|t| [&[1][..], &be32(*t)].concat()).collect())));
    tables.push((
        70_000,
        "udta",
        Box::new(|t| t.iter().flat_map(|t| [&le32(*t)[..], &[0; 6]].concat()).collect()),
    ));
    tables
}

#[test]
fn tables_of_vendors_nobody_told_us_about_are_found() {
    let tables = tables();
    assert!(tables.len() >= 20);
    for (number, (lead, place, table)) in tables.iter().enumerate() {
        let file = with_table(*lead, place, table);
        let error = refused(&file);
        assert!(
            error.contains("looks like the position of what begins at byte"),
            "{number} in {place}: {error}"
        );
        // Whoever insists gets the edit, and the box stays as it is.
        let new = forced(&file).plan.to_vec(&&file[..]).unwrap();
        let content = |file: &[u8]| {
            let kind: &[u8] = if *place == "uuid" { &[7; 16] } else { b"vndr" };
            let at = file.windows(kind.len()).position(|w| w == kind).unwrap();
            file[at..at + kind.len() + 8].to_vec()
        };
        assert_eq!(content(&file), content(&new));
        // The same numbers, and each a little off: nothing begins there.
        let off = with_table(*lead, place, &|t: &[u64; 4]| table(&t.map(|t| t.saturating_sub(7))));
        proven(&off);
    }
}

#[test]
fn small_numbers_alone_text_and_what_does_not_move_are_no_positions() {
    for content in [
        &b"\0\0\x03\xE8\0\0\xBB\x80\0\x01\x5F\x90"[..],
        b"a title, as long as a title is, and longer",
        b"\0\0\0\x10\0\0\0\x18\0\0\0\x20",
    ] {
        proven(&with_table(100_000, "moov", &|_| content.to_vec()));
    }
    // One offset below 64 KiB is everywhere.
    proven(&with_table(50, "moov", &|t| be32(t[0])));
}

#[test]
fn what_is_not_looked_through_is_named() {
    let mut a = Asm::default();
    a.open(b"moov");
    pssh(&mut a);
    a.close();
    a.leaf(b"vndr", &vec![0; 1024 * 1024 + 100]);
    let file = a.finish();
    let edited = crate::law::reheader(&file, LONG, prkit_bmff::Fit::Any).unwrap();
    let (path, span) = &edited.unscanned[0];
    assert_eq!((path.to_string().as_str(), span.len()), ("/vndr[0]", 100));
}

/// A file with filler of these bytes behind the box that grows.
pub fn with_free(content: &[u8]) -> Vec<u8> {
    let mut a = Asm::default();
    a.open(b"moov");
    a.leaf(b"mvhd", &[0; 100]);
    pssh(&mut a);
    a.leaf(b"free", content);
    a.close();
    mdat(&mut a);
    a.finish()
}

#[test]
fn free_boxes_with_content_are_no_filler() {
    let strategy = |content: &[u8], forced: bool| {
        let file = with_free(content);
        let edited = if forced {
            super::forced(&file)
        } else {
            crate::law::reheader(&file, LONG, prkit_bmff::Fit::Any).unwrap()
        };
        let new = edited.plan.to_vec(&&file[..]).unwrap();
        let is_kept = new.windows(content.len()).any(|w| w == content);
        (edited.plan.strategy().name(), is_kept)
    };
    let track = [b"GPS \x01\0\0\0".as_slice(), &b"a real record of a dashcam ".repeat(20)].concat();
    assert_eq!(strategy(&track, false), ("copy", true));
    assert_eq!(strategy(&track, true), ("slack", false));
    assert_eq!(strategy(&vec![0; 500], false).0, "slack");
    assert_eq!(strategy(&b"Written by a muxer, which says so. ".repeat(20), false).0, "slack");
    assert_eq!(strategy(&vec![0; 64 * 1024], false).0, "slack");
    assert_eq!(strategy(&vec![0; 64 * 1024 + 100], false).0, "copy", "more than is looked at");
    let mut late = vec![0; 60_000];
    late[59_999] = 0x80;
    assert_eq!(strategy(&late, false), ("copy", true));
    let error = crate::law::reheader(&with_free(&track), LONG, prkit_bmff::Fit::Slack).unwrap_err();
    assert!(error.contains("the free boxes that could give or take them contain something"), "{error}");
}

#[test]
fn a_trailer_that_is_located_from_the_end_breaks_no_file() {
    let samsung = {
        let data = b"\0\0\x01\x0aMotionPhoto_Data and more of it".to_vec();
        let back = (data.len() as u32).to_le_bytes();
        let mut directory = b"SEFH\x65\0\0\0\x01\0\0\0\0\0\x30\x0a".to_vec();
        directory.extend([back, back].concat());
        let len = (directory.len() as u32).to_le_bytes();
        [&data[..], &directory, &len, b"SEFT"].concat()
    };
    let insta = [&[0xC3; 200][..], b"8db42d694ccc418790edff439fe026bf"].concat();
    let tag = [&b"TAG"[..], &[0x20; 125]].concat();
    for trailer in [samsung, insta, tag] {
        let file = [movie(&[HERE], |a| a.distance(4, "file", "chunk"), mdat), trailer.clone()].concat();
        let new = proven(&file);
        assert!(new.ends_with(&trailer));
        assert_eq!(new.windows(10).filter(|w| w == b"0123456789").count(), 1);
    }
    // Without a mark at the end it is what it was: a broken box.
    let cut =
        [movie(&[HERE], |a| a.distance(4, "file", "chunk"), mdat), b"\0\x01\0\0mdat and no more".to_vec()]
            .concat();
    let layout =
        prkit_bmff::Layout::locate(&&cut[..], prkit_bmff::Scope::default(), prkit_bmff::Limits::default())
            .unwrap();
    assert_eq!(layout.faults().len(), 1);
}
