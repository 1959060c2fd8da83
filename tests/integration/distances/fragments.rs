//! Fragments: bases, runs and auxiliary data.

use super::{LONG, field, forced, inserted, mdat, pssh, refused};
use crate::asm::Asm;
use crate::law;
use bytes::Bytes;
use prkit_bmff::{Fit, Growth, Layout, Limits, Replace, Request, Scope};

fn fragment(run_flags: u32, put: impl FnOnce(&mut Asm)) -> Vec<u8> {
    let mut a = Asm::default();
    a.label("moof");
    a.open(b"moof");
    pssh(&mut a);
    a.open(b"traf");
    a.full(b"tfhd", 0, 0x2_0010);
    a.u32(1);
    a.u32(10);
    a.close();
    a.full(b"trun", 0, run_flags);
    a.u32(1);
    put(&mut a);
    a.close();
    a.close();
    a.close();
    mdat(&mut a);
    a.finish()
}

#[test]
fn a_first_run_without_an_offset_cannot_be_moved() {
    // Its data begins where the moof does, by the specification: nothing could be put into that.
    let error = refused(&fragment(0, |_| {}));
    assert!(error.contains("trun says that media data stands at bytes 0..10"), "{error}");
}

#[test]
fn a_run_that_points_before_the_file_is_left_alone() {
    let file = fragment(1, |a| a.u32((-5_i32).cast_unsigned()));
    assert_eq!(law::reheader(&file, LONG, Fit::Any).unwrap().patched.get("trun"), None);
}

/// A fragment behind a `pssh` box that is replaced, whose `traf` boxes count from inside that box.
fn counting_from_what_goes(trafs: impl FnOnce(&mut Asm)) -> Vec<u8> {
    let mut a = Asm::default();
    a.label("pssh");
    pssh(&mut a);
    a.label("moof");
    a.open(b"moof");
    trafs(&mut a);
    a.close();
    mdat(&mut a);
    a.finish()
}

/// A `traf` whose base data offset is byte 40 of the `pssh` box, and what follows in it.
fn based_in_pssh(a: &mut Asm, more: impl FnOnce(&mut Asm)) {
    a.open(b"traf");
    a.full(b"tfhd", 0, 1);
    a.u32(1);
    a.distance_plus(8, "file", "pssh", 40);
    a.close();
    more(a);
    a.close();
}

fn run_of_one(a: &mut Asm, offset: impl FnOnce(&mut Asm)) {
    a.full(b"trun", 0, 0x201);
    a.u32(1);
    offset(a);
    a.u32(10);
    a.close();
}

#[test]
fn a_table_that_counts_from_a_byte_that_goes_is_refused() {
    let offsets = |a: &mut Asm| {
        a.full(b"saio", 0, 0);
        a.u32(1);
        a.u32(200);
        a.close();
    };
    let file = counting_from_what_goes(|a| based_in_pssh(a, offsets));
    let error = forced_error(&file);
    assert!(error.starts_with("its offsets count from a byte that is replaced at byte "), "{error}");
    assert!(error.ends_with("/saio[0]"), "{error}");
}

#[test]
fn a_run_that_counts_from_a_byte_that_goes_still_finds_its_data() {
    let file = counting_from_what_goes(|a| {
        based_in_pssh(a, |a| run_of_one(a, |a| a.distance_plus(4, "pssh", "chunk", -40)));
    });
    let new = forced(&file).plan.to_vec(&&file[..]).unwrap();
    let at = field(&new, b"tfhd", 12) + field(&new, b"trun", 8);
    assert_eq!(&new[at..at + 10], b"0123456789");
}

#[test]
fn a_run_that_would_lead_before_the_file_is_refused() {
    let mut a = Asm::default();
    a.label("pssh");
    pssh(&mut a);
    a.label("moof");
    a.open(b"moof");
    a.open(b"traf");
    a.full(b"tfhd", 0, 0x2_0000);
    a.u32(1);
    a.close();
    a.full(b"trun", 0, 1);
    a.u32(0);
    a.distance_plus(4, "moof", "pssh", 13);
    a.close();
    a.close();
    a.close();
    mdat(&mut a);
    let file = a.finish();
    let layout = Layout::locate(&&file[..], Scope::default(), Limits::default()).unwrap();
    let replace = vec![Replace::new(0, Bytes::new())];
    let growth = Growth { close_gaps: true, ..Growth::default() };
    let request = Request { replace, growth, ..Request::default() };
    let refused = prkit_bmff::plan(&layout, &&file[..], &request);
    let error = refused.map(|edited| edited.plan.new_len()).unwrap_err().to_string();
    assert!(error.starts_with("the byte it leads to is replaced, and what it says would lead"), "{error}");
}

#[test]
fn two_that_lead_to_one_byte_that_goes_and_would_part_are_refused() {
    let file = counting_from_what_goes(|a| {
        based_in_pssh(a, |a| run_of_one(a, |a| a.distance_plus(4, "pssh", "chunk", -40)));
        a.open(b"traf");
        a.full(b"tfhd", 0, 0x2_0000);
        a.u32(2);
        a.close();
        run_of_one(a, |a| a.distance_plus(4, "moof", "pssh", 40));
        a.close();
    });
    let error = forced_error(&file);
    assert!(error.contains("that byte is replaced, and they would part"), "{error}");
}

/// Why the edit is refused, whatever stale pointers say.
fn forced_error(file: &[u8]) -> String {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let asked = law::request(file, LONG, Fit::Any);
    prkit_bmff::plan(&layout, &file, &Request { overrides: prkit_playready::Overrides::ALL, ..asked })
        .unwrap_err()
        .to_string()
}

#[test]
fn nothing_is_put_between_a_run_and_one_that_goes_on_from_it() {
    let mut a = Asm::default();
    a.label("moof");
    a.open(b"moof");
    a.open(b"traf");
    a.full(b"tfhd", 0, 0x2_0010);
    a.u32(1);
    a.u32(10);
    a.close();
    a.full(b"trun", 0, 1);
    a.u32(1);
    a.distance_plus(4, "moof", "gap", -10);
    a.close();
    a.full(b"trun", 0, 0);
    a.u32(1);
    a.close();
    a.close();
    a.close();
    a.leaf(b"skip", &[1; 20]);
    a.label("gap");
    a.leaf(b"skip", &[2; 20]);
    assert_eq!(
        inserted(&a.finish(), 2),
        "trun has no field for its position, which would have to change at byte 56 in /moof[0]/traf[0]/trun[1]"
    );
}
