//! Indexes of fragments: `sidx`, `ssix`, `mfra`.

use super::{LONG, mdat, proven, pssh, refused, word};
use crate::asm::Asm;
use crate::law;
use crate::reader;
use prkit_bmff::Fit;

#[test]
fn a_range_of_24_bits_that_would_overflow_is_refused() {
    let mut a = Asm::default();
    a.full(b"sidx", 0, 0);
    a.u32(1);
    a.u32(1000);
    a.u32(0);
    a.distance(4, "sidx end", "segment");
    a.u16(0);
    a.u16(1);
    a.distance(4, "segment", "end");
    a.u32(1);
    a.u32(0);
    a.close();
    a.label("sidx end");
    a.full(b"ssix", 0, 0);
    a.u32(1);
    a.u32(1);
    a.u8(0);
    a.distance(3, "segment", "end");
    a.close();
    a.label("segment");
    let segment = a.bytes.len();
    a.open(b"moof");
    pssh(&mut a);
    a.close();
    let moof_len = a.bytes.len() - segment;
    a.leaf(b"mdat", &vec![0; 0xFF_FFFF - 10 - 8 - moof_len]);
    let error = refused(&a.finish());
    assert!(error.starts_with("ssix would have to be 16777"), "{error}");
}

#[test]
fn a_wrong_random_access_offset_is_reported_and_follows_what_it_points_into() {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"isom\0\0\0\0isom");
    a.open(b"moov");
    pssh(&mut a);
    a.close();
    a.open(b"moof");
    a.label("inside");
    a.leaf(b"mfhd", &[0; 8]);
    a.close();
    a.leaf(b"mdat", b"0123456789");
    a.open(b"mfra");
    a.full(b"tfra", 0, 0);
    a.u32(1);
    a.u32(0);
    a.u32(1);
    a.u32(0);
    a.distance(4, "file", "inside");
    a.put(&[1, 1, 1]);
    a.close();
    a.close();
    let file = a.finish();
    let edited = law::reheader(&file, LONG, Fit::Any).unwrap();
    assert_eq!(edited.stale[0].why, "does not point at a moof");
    assert_eq!(edited.stale[0].path.to_string(), "/mfra/tfra[0]");
    let new = edited.plan.to_vec(&&file[..]).unwrap();
    assert_eq!(reader::read(&file)["tfra"], reader::read(&new)["tfra"]);
}

#[test]
fn an_index_whose_boundary_lies_in_a_replaced_box_goes_on_behind_it() {
    let mut a = Asm::default();
    a.full(b"sidx", 0, 0);
    for n in [1, 1000, 0, 0] {
        a.u32(n);
    }
    a.u16(0);
    a.u16(2);
    a.distance_plus(4, "sidx end", "second", 40);
    a.put(&[0; 8]);
    a.distance_plus(4, "second", "end", -40);
    a.put(&[0; 8]);
    a.close();
    a.label("sidx end");
    for name in ["first", "second"] {
        a.label(name);
        a.open(b"moof");
        pssh(&mut a);
        a.close();
        mdat(&mut a);
    }
    let file = a.finish();
    let new = proven(&file);
    let sizes = |file: &[u8]| (word(file, 32), word(file, 44));
    let (first, second) = sizes(&new);
    assert_eq!(first, sizes(&file).0, "a boundary that is gone keeps its number");
    assert_eq!(word(&new, 0) + first + second, new.len(), "the next one is where its box went");
}

#[test]
fn an_index_that_points_behind_all_files_is_left_alone() {
    let mut a = Asm::default();
    pssh(&mut a);
    a.full(b"sidx", 1, 0);
    for n in [1, 1000, 0, 0, u32::MAX, u32::MAX - 5] {
        a.u32(n);
    }
    a.u16(0);
    a.u16(1);
    a.u32(100);
    a.put(&[0; 8]);
    a.close();
    let file = a.finish();
    assert!(proven(&file).ends_with(&file[file.len() - 40..]));
}
