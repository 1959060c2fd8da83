//! Where `saio` leads: right where each of its offsets leads to what it is for, in `senc` or in a copy of that.

use super::{HERE, reference, track};
use crate::asm::Asm;
use prkit_bmff::{AstrayFault, Layout, Limits, Scope};

/// How a `saio` box is written, and where its offsets lead.
#[derive(Clone, Copy, Debug)]
struct Case {
    version: u8,
    /// With the type of the data in front.
    typed: bool,
    /// Sizes of the data of all samples, or one for all.
    equal: bool,
    /// One offset for each of three runs or chunks, or one for all.
    each: bool,
    /// They lead to a copy of the data in `mdat`, in another order.
    copied: bool,
    /// This one of the offsets leads some bytes astray.
    astray: Option<(usize, i64)>,
}

/// Samples of each run or chunk, and bytes of auxiliary data of each sample.
const SAMPLES: [usize; 3] = [2, 1, 3];
const SIZES: [usize; 6] = [8, 14, 8, 26, 8, 20];

fn size(case: Case, sample: usize) -> usize {
    if case.equal { 8 } else { SIZES[sample] }
}

/// Bytes of the data of a run, all of which occur once.
fn data(case: Case, run: usize) -> Vec<u8> {
    let first: usize = SAMPLES[..run].iter().sum();
    let len: usize = (first..first + SAMPLES[run]).map(|sample| size(case, sample)).sum();
    (0..len).map(|i| (run * 70 + i) as u8).collect()
}

fn boxes(a: &mut Asm, case: Case, base: &str) {
    let samples: usize = SAMPLES.iter().sum();
    let flags = u32::from(case.typed);
    let typed = |a: &mut Asm| {
        if case.typed {
            a.put(b"cbcs\0\0\0\0")
        }
    };
    a.full(b"saiz", 0, flags);
    typed(a);
    a.u8(if case.equal { 8 } else { 0 });
    a.u32(samples as u32);
    if !case.equal {
        SIZES.iter().for_each(|size| a.u8(*size as u8));
    }
    a.close();
    a.full(b"saio", case.version, flags);
    typed(a);
    let count = if case.each { 3 } else { 1 };
    a.u32(count);
    for number in 0..count as usize {
        let plus = case.astray.filter(|(which, _)| *which == number).map_or(0, |(_, by)| by);
        let to = if case.copied { format!("copy {number}") } else { format!("senc {number}") };
        a.distance_plus(if case.version == 0 { 4 } else { 8 }, base, to, plus);
    }
    a.close();
    a.full(b"senc", 0, 2);
    a.u32(samples as u32);
    for run in 0..3 {
        a.label(format!("senc {run}"));
        a.put(&data(case, run));
    }
    a.close();
}

fn copies(a: &mut Asm, case: Case) {
    a.open(b"mdat");
    a.label("samples");
    a.put(&[0xEE; 60]);
    if case.each {
        for run in [2, 0, 1] {
            a.label(format!("copy {run}"));
            a.put(&data(case, run));
        }
    } else {
        a.label("copy 0");
        (0..3).for_each(|run| a.put(&data(case, run)));
    }
    a.close();
}

fn in_fragment(case: Case) -> Vec<u8> {
    let mut a = Asm::default();
    a.label("moof");
    a.open(b"moof");
    a.open(b"traf");
    a.full(b"tfhd", 0, 0x2_0010);
    a.u32(1);
    a.u32(10);
    a.close();
    for samples in SAMPLES {
        a.full(b"trun", 0, 1);
        a.u32(samples as u32);
        a.distance(4, "moof", "samples");
        a.close();
    }
    boxes(&mut a, case, "moof");
    a.close();
    a.close();
    copies(&mut a, case);
    a.finish()
}

fn in_movie(case: Case) -> Vec<u8> {
    let mut a = Asm::default();
    a.open(b"moov");
    track(
        &mut a,
        &[&|a| reference(a, b"url ", HERE)],
        |a| {
            a.full(b"stsc", 0, 0);
            a.u32(3);
            for (chunk, samples) in (1..).zip(SAMPLES) {
                [chunk, samples as u32, 1].into_iter().for_each(|n| a.u32(n));
            }
            a.close();
            a.full(b"stsz", 0, 0);
            a.u32(10);
            a.u32(6);
            a.close();
            a.full(b"stco", 0, 0);
            a.u32(3);
            (0..3).for_each(|chunk| a.distance_plus(4, "file", "samples", chunk * 20));
            a.close();
            boxes(a, case, "file");
        },
        &|_, _| {},
    );
    a.close();
    copies(&mut a, case);
    a.finish()
}

/// How many `saio` boxes lead astray, and of how many it was seen.
fn astray(file: &[u8]) -> (usize, u64) {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let (found, compared) = layout.astray(&file).unwrap();
    (found.len(), compared)
}

#[test]
fn every_offset_of_every_form_of_the_box_is_compared() {
    for number in 0..32 {
        let bit = |bit: u8| number >> bit & 1 == 1;
        let case = Case {
            version: u8::from(bit(0)),
            typed: bit(1),
            equal: bit(2),
            each: bit(3),
            copied: bit(4),
            astray: None,
        };
        for build in [in_fragment, in_movie] {
            assert_eq!(astray(&build(case)), (0, 1), "{case:?}");
            for which in 0..if case.each { 3 } else { 1 } {
                for by in [-8, 1, 8] {
                    let wrong = Case { astray: Some((which, by)), ..case };
                    assert_eq!(astray(&build(wrong)), (1, 1), "{wrong:?}");
                }
            }
        }
    }
}

#[test]
fn auxiliary_data_of_another_type_is_not_compared() {
    let case =
        Case { version: 0, typed: true, equal: true, each: false, copied: false, astray: Some((0, 3)) };
    for build in [in_fragment, in_movie] {
        let mut file = build(case);
        for kind in [b"saiz", b"saio"] {
            let at = super::content_of(&file, kind) + 4;
            file[at..at + 4].copy_from_slice(b"what");
        }
        assert_eq!(astray(&file), (0, 0));
    }
}

#[test]
fn sizes_and_offsets_that_do_not_go_with_the_encryption_data_are_named() {
    let case = Case { version: 0, typed: false, equal: true, each: false, copied: false, astray: None };
    let fault = |build: fn(Case) -> Vec<u8>, kind: &[u8; 4], at: usize, byte: u8| {
        let mut file = build(case);
        let at = super::content_of(&file, kind) + at;
        assert_ne!(file[at], byte);
        file[at] = byte;
        let layout = Layout::locate(&file.as_slice(), Scope::default(), Limits::default()).unwrap();
        let (found, _) = layout.astray(&file.as_slice()).unwrap();
        let found: Vec<AstrayFault> = found.into_iter().map(|astray| astray.fault).collect();
        found
    };
    // Six samples of eight bytes, in three runs.
    for build in [in_fragment as fn(Case) -> Vec<u8>, in_movie] {
        assert_eq!(fault(build, b"saiz", 8, 5), [AstrayFault::Samples { saiz: 5, senc: 6 }]);
        assert_eq!(fault(build, b"saiz", 8, 7), [AstrayFault::Samples { saiz: 7, senc: 6 }]);
        assert_eq!(fault(build, b"saiz", 4, 9), [AstrayFault::Bytes { saiz: 54, senc: 48 }]);
    }
    for offsets in [0, 2] {
        let expected = AstrayFault::Offsets { saio: u32::from(offsets), runs: 3 };
        assert_eq!(fault(in_fragment, b"saio", 7, offsets), [expected]);
    }
}
