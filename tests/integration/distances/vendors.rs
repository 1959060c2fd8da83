//! Positions of vendors that are known.

use super::{HERE, content_of, field, mdat, movie, proven, refused};
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
    let chunk = new.windows(10).position(|w| w == b"0123456789").unwrap();
    assert_eq!(field(&new, b"CTBO", 12), chunk);
    let empty = content_of(&new, b"CTBO") + 28;
    assert_eq!(new[empty..empty + 16], [0; 16]);
    assert_eq!(field(&new, b"gps ", 8), chunk);
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
fn a_novatek_table_that_counts_more_than_it_has_moves_as_far_as_it_goes() {
    for count in [2, 3, 4, 100, u32::MAX] {
        let file = movie(
            &[HERE],
            |a| a.distance(4, "file", "chunk"),
            |a| {
                a.open(b"mdat");
                a.put(b"01234567");
                a.label("chunk");
                a.put(b"0123456789");
                a.close();
                a.open(b"gps ");
                a.u32(0x101);
                a.u32(count);
                a.distance(4, "file", "chunk");
                // No box begins there, and nothing says that it is as long as this.
                a.u32(7);
                a.distance(4, "file", "chunk");
                a.u32(3);
                a.close();
            },
        );
        let new = proven(&file);
        let chunk = new.windows(10).position(|w| w == b"0123456789").unwrap();
        assert_eq!((field(&new, b"gps ", 8), field(&new, b"gps ", 16)), (chunk, chunk), "{count}");
    }
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

#[test]
fn tables_that_end_within_their_entries_and_versions_nobody_defined_are_refused_by_name() {
    let with = |put: &dyn Fn(&mut Asm)| {
        movie(
            &[HERE],
            |a| a.distance(4, "file", "chunk"),
            |a| {
                put(a);
                mdat(a);
            },
        )
    };
    let entry = |a: &mut Asm| a.distance(8, "file", "chunk");
    type Case<'a> = (&'a dyn Fn(&mut Asm), &'a str);
    let cases: [Case<'_>; 8] = [
        (
            &|a| {
                a.open(b"flst");
                a.u16(2);
                entry(a);
                a.u32(10);
                a.u16(0);
                a.close();
            },
            "flst box has 16 bytes of content where at least 30 are due",
        ),
        (
            &|a| {
                canon(a);
                a.open(b"CTBO");
                a.u32(2);
                a.u32(1);
                entry(a);
                a.put(&[0; 8]);
                a.close();
                a.close();
            },
            "CTBO box has 24 bytes of content where at least 44 are due",
        ),
        (
            &|a| {
                a.full(b"afra", 0, 0);
                a.u8(0x40);
                a.u32(1000);
                a.u32(3);
                a.put(&[0; 8]);
                entry(a);
                a.close();
            },
            "afra box has 29 bytes of content where at least 61 are due",
        ),
        (
            &|a| {
                a.full(b"afra", 1, 0);
                a.u8(0x40);
                a.u32(1000);
                a.u32(1);
                a.put(&[0; 8]);
                entry(a);
                a.close();
            },
            "afra box of version 1 is not known",
        ),
        (
            &|a| {
                a.open(b"mfra");
                a.full(b"tfra", 2, 0);
                a.u32(1);
                a.u32(0);
                a.u32(1);
                a.put(&[0; 8]);
                entry(a);
                a.put(&[1; 3]);
                a.close();
                a.close();
            },
            "tfra box of version 2 is not known",
        ),
        (
            &|a| {
                a.full(b"sidx", 2, 0);
                a.put(&[0; 24]);
                a.close();
            },
            "sidx box of version 2 is not known",
        ),
        (&|a| item(a, 3, 0), "iloc box of version 3 is not known"),
        (&|a| item(a, 1, 3), "the construction method of an item (iloc) is none that is known"),
    ];
    for (put, expected) in cases {
        let error = refused(&with(put));
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

/// A `meta` with one item that is the chunk, by this version of `iloc` and this construction method.
fn item(a: &mut Asm, version: u8, method: u16) {
    a.full(b"meta", 0, 0);
    a.full(b"hdlr", 0, 0);
    a.put(b"\0\0\0\0pict");
    a.put(&[0; 13]);
    a.close();
    a.full(b"iloc", version, 0);
    a.u16(0x4400);
    for number in [1, 1, method, 0, 1] {
        a.u16(number);
    }
    a.distance(4, "file", "chunk");
    a.u32(10);
    a.close();
    a.close();
}
