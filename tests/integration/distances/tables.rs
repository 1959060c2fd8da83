//! Positions of vendors nobody has told us about: tables in boxes of unknown types.

use super::{HERE, forced, proven, pssh, reference, refused, tables, track};
use crate::asm::Asm;

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
    track(
        &mut a,
        &[&|a| reference(a, b"url ", HERE)],
        |a| tables(a, 2, 500, |a| a.distance(4, "file", "chunk")),
        &|a, here| {
            boxed(a, here);
            if (place, here) == ("gmhd", "minf") {
                a.open(b"gmhd");
                a.leaf(b"vndr", table);
                a.close();
            }
            for (container, name) in [(b"udta", "udta"), (b"meta", "meta"), (b"meco", "meco")] {
                if place == format!("{here} {name}") {
                    a.open(container);
                    if name == "meta" {
                        a.u32(0);
                        a.leaf(b"hdlr", &[0; 24]);
                    }
                    a.leaf(b"vndr", table);
                    a.close();
                }
            }
        },
    );
    boxed(&mut a, "moov");
    a.open(b"udta");
    boxed(&mut a, "udta");
    a.u32(0);
    a.close();
    a.full(b"meta", 0, 0);
    a.leaf(b"hdlr", &[0; 24]);
    boxed(&mut a, "meta");
    if place == "ilst" {
        a.open(b"ilst");
        a.leaf(b"covr", &[0; 24]);
        a.open(&[0, 0, 0, 1]);
        a.leaf(b"data", &[&[0; 8][..], table].concat());
        a.close();
        a.close();
    }
    a.close();
    if place == "mvex" {
        a.open(b"mvex");
        a.leaf(b"vndr", table);
        a.close();
    }
    if place == "nested" {
        a.open(b"vnd0");
        a.u32(7);
        a.leaf(b"vnd1", table);
        a.close();
    }
    if place == "uuid" {
        a.open(b"uuid");
        a.put(&[7; 16]);
        a.put(table);
        a.close();
    }
    a.close();
    boxed(&mut a, "file");
    if ["moof", "traf"].contains(&place) {
        a.open(b"moof");
        a.full(b"mfhd", 0, 0);
        a.u32(1);
        a.close();
        boxed(&mut a, "moof");
        a.open(b"traf");
        a.full(b"tfhd", 0, 0x2_0000);
        a.u32(1);
        a.close();
        boxed(&mut a, "traf");
        a.close();
        a.close();
    }
    if place == "mfra" {
        a.open(b"mfra");
        a.leaf(b"vndr", table);
        a.close();
    }
    if ["free", "skip"].contains(&place) {
        a.leaf(if place == "free" { b"free" } else { b"skip" }, table);
    }
    if place == "file meta" {
        a.full(b"meta", 0, 0);
        a.leaf(b"hdlr", &[0; 24]);
        a.leaf(b"vndr", table);
        a.close();
    }
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
fn planted() -> Vec<(usize, &'static str, Table)> {
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
    let tables = planted();
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

/// Where boxes of vendors may stand.
const PLACES: [&str; 22] = [
    "moov",
    "udta",
    "meta",
    "file",
    "uuid",
    "trak",
    "mdia",
    "minf",
    "stbl",
    "mvex",
    "nested",
    "trak udta",
    "trak meta",
    "mdia udta",
    "file meta",
    "gmhd",
    "ilst",
    "moof",
    "traf",
    "mfra",
    "free",
    "skip",
];

#[test]
fn tables_are_found_in_every_place_in_every_form_and_at_any_distance_from_their_sizes() {
    let forms: [fn(u64) -> Vec<u8>; 4] = [be32, le32, be64, le64];
    for place in PLACES {
        for (number, form) in forms.into_iter().enumerate() {
            let rows: [Table; 4] = [
                // Size first.
                Box::new(move |t| [form(1000), form(t[0])].concat()),
                // A row of several fields, as indexes have them.
                Box::new(move |t| [&[1, 0, 0, 0][..], &form(t[3]), &form(77), &form(100)].concat()),
                // A list that nothing says the sizes of.
                Box::new(move |t| [&form(3)[..], &form(t[0]), &form(t[2]), &form(t[3])].concat()),
                // A pair among other numbers.
                Box::new(move |t| {
                    [&form(24_000)[..], &form(1_001), &form(t[2]), &form(48), &form(90_000)].concat()
                }),
            ];
            for (row, table) in rows.iter().enumerate() {
                let file = with_table(5_000, place, table);
                let error = refused(&file);
                assert!(
                    error.contains("looks like the position"),
                    "{place}, form {number}, row {row}: {error}"
                );
            }
        }
    }
}

#[test]
fn a_table_that_is_nothing_but_one_number_is_found_from_64_kib_on() {
    for place in PLACES {
        for form in [be32, le32, be64, le64] {
            for target in 0..4 {
                let file = with_table(66_000, place, &|t| [&[9, 9, 9][..], &form(t[target])].concat());
                assert!(refused(&file).contains("looks like the position"), "{place} {target}");
            }
        }
    }
}

#[test]
fn thousands_of_fragments_with_boxes_of_a_vendor_are_no_positions() {
    let mut a = Asm::default();
    a.open(b"moov");
    pssh(&mut a);
    a.close();
    let mut state = 1_u32;
    for number in 0..3_000_u32 {
        a.open(b"moof");
        a.full(b"mfhd", 0, 0);
        a.u32(number);
        a.close();
        a.open(b"vndr");
        // Counters and noise, of which some are the offset of some fragment.
        for _ in 0..8 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            a.u32(state >> 14);
        }
        a.close();
        a.close();
        a.leaf(b"mdat", &[0; 20]);
    }
    proven(&a.finish());
}

#[test]
fn positions_that_count_from_something_that_moves_along_are_none() {
    // From the first byte of the media data.
    for (lead, place) in [(50, "moov"), (70_000, "udta"), (70_000, "file")] {
        let relative = |t: &[u64; 4]| {
            let start = t[0].saturating_sub(lead as u64);
            t.iter().flat_map(|t| be32(t - start)).collect::<Vec<u8>>()
        };
        let file = with_table(lead, place, &relative);
        let new = proven(&file);
        let table = relative(&[0, 500, 1033, 1114].map(|at| at + lead as u64));
        assert!(new.windows(table.len()).any(|w| w == table), "{lead} {place}");
    }
}
