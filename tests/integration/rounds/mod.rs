//! Reads are rounds: how often the structure of a file is waited for, from finding it to the plan and its proof.

mod counting;
mod indexed;

use crate::asm::Asm;
use crate::law::request;
use crate::movie::{movies, object};
use counting::{Counting, Unheeding};
use prkit_bmff::{Edited, Fit, Layout, Limits, Request, Scope, Where, plan, prove};
use prkit_plan::{Source, Span};
use proptest::prelude::*;
use std::sync::Mutex;

const MOOV: Scope = Scope { file: false, moov: true, moof: false, meta: false, all_containers: false };

fn pssh(a: &mut Asm, url: usize) {
    a.full(b"pssh", 0, 0);
    a.put(&[0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95]);
    let data = object(url);
    a.u32(data.len() as u32);
    a.put(&data);
    a.close();
}

/// What a file with fragments is like.
struct Fragments {
    count: usize,
    /// Samples of the fragment.
    samples: fn(usize) -> u32,
    /// Whether a `pssh` is in each.
    pssh: bool,
    sidx: bool,
    mfra: bool,
    /// Bytes of filler in `moov`.
    filler: usize,
}

const PLAIN: Fragments =
    Fragments { count: 1000, samples: |_| 25, pssh: false, sidx: true, mfra: false, filler: 0 };

impl Fragments {
    /// A file with a `moov`, an index and fragments, and where the fragments' `moof` are.
    fn build(&self) -> (Vec<u8>, Vec<Span>) {
        let mut a = Asm::default();
        a.leaf(b"ftyp", b"iso6\0\0\0\0iso6");
        a.open(b"moov");
        pssh(&mut a, 20);
        a.leaf(b"free", &vec![0xFE; self.filler]);
        a.open(b"mvex");
        a.full(b"trex", 0, 0);
        [1, 1, 0, 4, 0].iter().for_each(|n| a.u32(*n));
        a.close();
        a.close();
        a.close();
        if self.sidx {
            a.full(b"sidx", 0, 0);
            [1, 1000, 0].iter().for_each(|n| a.u32(*n));
            a.distance(4, "sidx end", "fragment 0");
            a.u16(0);
            a.u16(self.count as u16);
            for i in 0..self.count {
                a.distance(4, format!("fragment {i}"), format!("fragment {}", i + 1));
                a.u32(500);
                a.u32(0x9000_0000);
            }
            a.close();
            a.label("sidx end");
        }
        let mut moofs = Vec::new();
        for i in 0..self.count {
            a.label(format!("fragment {i}"));
            let start = a.bytes.len() as u64;
            a.open(b"moof");
            a.full(b"mfhd", 0, 0);
            a.u32(i as u32 + 1);
            a.close();
            if self.pssh {
                pssh(&mut a, 20);
            }
            a.open(b"traf");
            a.full(b"tfhd", 0, 0x2_0000);
            a.u32(1);
            a.close();
            let samples = (self.samples)(i);
            a.full(b"trun", 0, 0x201);
            a.u32(samples);
            a.distance(4, format!("fragment {i}"), format!("data {i}"));
            a.put(&[0, 0, 0, 4].repeat(samples as usize));
            a.close();
            a.close();
            a.close();
            moofs.push(Span::new(start, a.bytes.len() as u64));
            a.open(b"mdat");
            a.label(format!("data {i}"));
            a.put(&vec![i as u8; samples as usize * 4]);
            a.close();
        }
        a.label(format!("fragment {}", self.count));
        if self.mfra {
            a.label("mfra");
            a.open(b"mfra");
            a.full(b"tfra", 0, 0);
            [1, 0, self.count as u32].iter().for_each(|n| a.u32(*n));
            for i in 0..self.count {
                a.u32(i as u32);
                a.distance(4, "file", format!("fragment {i}"));
                a.put(&[1, 1, 1]);
            }
            a.close();
            a.full(b"mfro", 0, 0);
            a.distance(4, "mfra", "end");
            a.close();
            a.close();
        }
        (a.finish(), moofs)
    }
}

fn located(source: &dyn Source, scope: Scope) -> Layout {
    Layout::locate(source, scope, Limits::default()).unwrap()
}

/// Locates and plans, and gives both.
fn planned(source: &Counting<'_>, scope: Scope, request: &Request) -> (Layout, Edited) {
    let layout = located(source, scope);
    assert!(layout.faults().is_empty(), "{:?}", layout.faults());
    let edited = plan(&layout, source, request).unwrap();
    assert!(!edited.plan.is_empty());
    (layout, edited)
}

/// Another URL, longer or as long as before.
fn longer(file: &[u8]) -> Request {
    request(file, &format!("https://b/{}", "y".repeat(300)), Fit::Any)
}

/// What is hinted for nothing is at most as much as what is used.
fn assert_hints_are_used(source: &Counting<'_>) {
    let (used, wasted) = source.used_and_wasted();
    assert!(wasted <= used, "{wasted} bytes are hinted for nothing, and {used} used");
}

#[test]
fn a_thousand_fragments_with_an_index_are_planned_in_three_rounds_and_each_moof_is_read_once() {
    let shapes = [
        PLAIN,
        Fragments { pssh: true, ..PLAIN },
        // Structure of 2,000 bytes, which differs from fragment to fragment.
        Fragments { samples: |i| 400 + (i as u32 * 7) % 100, ..PLAIN },
        Fragments { mfra: true, ..PLAIN },
        Fragments { filler: 20_000, ..PLAIN },
        Fragments { count: 2500, ..PLAIN },
    ];
    for (i, shape) in shapes.iter().enumerate() {
        let (file, moofs) = shape.build();
        let source = Counting::new(&file);
        let request = longer(&file);
        let (layout, edited) = planned(&source, Scope::default(), &request);
        assert!(source.rounds() <= 3, "{i}: {} rounds", source.rounds());
        // The head, a moov that is longer, the index, the fragments in windows, what else an edit reads.
        let waits = 2 + shape.count.div_ceil(1024) + usize::from(shape.filler > 0 || shape.mfra);
        assert!(source.waits() <= waits, "{i}: {} of {waits} waits", source.waits());
        assert!(moofs.iter().all(|moof| source.most(*moof) == 1), "{i}");
        assert!(source.most(Span::new(0, file.len() as u64)) == 1, "{i}: nothing is read twice");
        assert_hints_are_used(&source);

        let new = edited.plan.to_vec(&&file[..]).unwrap();
        let proof = Counting::new(&new);
        prove(&layout, &edited, &proof, Limits::default()).unwrap();
        assert!(proof.rounds() <= 3, "{i}: {} rounds of the proof", proof.rounds());
        assert!(proof.most(Span::new(0, new.len() as u64)) == 1, "{i}: nothing is read twice");
    }
}

#[test]
fn fragments_that_only_the_last_box_names_are_asked_for_after_a_few_of_them() {
    let (file, moofs) = Fragments { sidx: false, mfra: true, ..PLAIN }.build();
    let source = Counting::new(&file);
    planned(&source, Scope::default(), &longer(&file));
    assert!(source.rounds() <= 24, "{} rounds", source.rounds());
    assert!(moofs.iter().all(|moof| source.most(*moof) == 1));
    assert_hints_are_used(&source);
}

#[test]
fn fragments_are_asked_for_once_however_many_indexes_name_them() {
    let (file, _) = PLAIN.build();
    let moov = located(&&file[..], Scope::default()).top()[1].span;
    let sidx = located(&&file[..], Scope::default()).top()[2].span;
    let range = |span: Span| span.start() as usize..span.end() as usize;
    let mut many = file[..moov.end() as usize].to_vec();
    for i in (0_u32..50).rev() {
        let mut copy = file[range(sidx)].to_vec();
        copy[24..28].copy_from_slice(&(i * sidx.len() as u32).to_be_bytes());
        many.extend(copy);
    }
    many.extend(&file[sidx.end() as usize..]);
    let source = Counting::new(&many);
    assert!(located(&source, Scope::default()).faults().is_empty());
    assert!(source.spans_hinted() <= 1100, "{}", source.spans_hinted());
}

#[test]
fn places_where_indexes_name_no_boxes_are_soon_not_asked_for() {
    let (file, moofs) = PLAIN.build();
    let layout = located(&&file[..], Scope::default());
    let (moov, sidx) = (layout.top()[1].span, layout.top()[2].span);
    let range = |span: Span| span.start() as usize..span.end() as usize;
    let mut many = file[..moov.end() as usize].to_vec();
    for i in (0_u32..50).rev() {
        let mut copy = file[range(sidx)].to_vec();
        // Each is wrong by another number of bytes.
        copy[24..28].copy_from_slice(&(i * sidx.len() as u32 + i + 1).to_be_bytes());
        many.extend(copy);
    }
    many.extend(&file[sidx.end() as usize..]);
    let source = Counting::new(&many);
    let found = located(&source, Scope::default());
    assert_eq!(found.moofs().count(), moofs.len());
    // All of them name 50,000.
    assert!(source.spans_hinted() <= 6_000, "{}", source.spans_hinted());
}

/// A file with two tracks, and tables of so many bytes each; `moov` is in front of the media data or behind it.
fn progressive(table: usize, moov_last: bool) -> (Vec<u8>, Vec<Span>) {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"isom\0\0\0\0isom");
    let mut tables = Vec::new();
    let mdat = |a: &mut Asm| {
        a.leaf(b"mdat", &[7; 5000]);
    };
    if moov_last {
        mdat(&mut a);
    }
    a.open(b"moov");
    pssh(&mut a, 20);
    for _ in 0..2 {
        a.open(b"trak");
        a.open(b"mdia");
        a.open(b"minf");
        a.open(b"stbl");
        a.leaf(b"stsd", &[0; 8]);
        a.full(b"ctts", 0, 0);
        a.u32((table / 32) as u32);
        a.put(&vec![0; table / 4]);
        a.close();
        a.full(b"stsc", 0, 0);
        [1, 1, 1, 1].iter().for_each(|n| a.u32(*n));
        a.close();
        for kind in [b"stsz", b"stco"] {
            a.full(kind, 0, 0);
            if kind == b"stsz" {
                a.u32(0);
            }
            a.u32((table / 4) as u32);
            let start = a.bytes.len() as u64;
            a.put(&[0, 0, 0, 1].repeat(table / 4));
            tables.push(Span::new(start, a.bytes.len() as u64));
            a.close();
        }
        (0..4).for_each(|_| a.close());
    }
    a.close();
    if !moov_last {
        mdat(&mut a);
    }
    let mut file = a.finish();
    let data = if moov_last { 16 + 4 + 8 } else { file.len() as u32 - 5000 };
    for offsets in tables.iter().skip(1).step_by(2) {
        let range = offsets.start() as usize..offsets.end() as usize;
        file[range].as_chunks_mut().0.fill(data.to_be_bytes());
    }
    (file, tables)
}

#[test]
fn a_moov_of_six_megabytes_is_planned_in_four_rounds() {
    for (table, moov_last) in [(1_400_000, false), (1_400_000, true), (500_000, false), (20_000, false)] {
        let (file, tables) = progressive(table, moov_last);
        let source = Counting::new(&file);
        planned(&source, Scope::default(), &longer(&file));
        assert!(source.rounds() <= 4, "{table}: {} rounds", source.rounds());
        assert!(source.waits() <= 4, "{table}: {} waits", source.waits());
        let twice = tables.iter().map(|table| source.most(*table)).max();
        assert!(twice <= Some(2), "{table}: {twice:?}");
        assert!(source.most(Span::new(0, tables[0].start())) == 1, "{table}");
        if table < 1_000_000 {
            assert!(source.most(Span::new(0, file.len() as u64)) == 1, "{table}: nothing is read twice");
        }
        assert_hints_are_used(&source);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What a source does with hints, and how it answers reads, changes nothing of what is found and planned.
    #[test]
    fn layouts_and_plans_are_the_same_through_any_source(movie in movies(), len in 0_usize..300, seed: u64) {
        let file = movie.build();
        let request = request(&file, &format!("https://b/{}", "y".repeat(len)), Fit::Any);
        let all = Scope { all_containers: true, ..Scope::default() };
        for scope in [Scope::default(), all, MOOV, Scope { moof: false, ..Scope::default() }] {
            let counting = Counting::new(&file);
            let unheeding = Unheeding(&file, seed, Mutex::default());
            let sources: [&dyn Source; 3] = [&&file[..], &counting, &unheeding];
            let found = sources.map(|source| {
                let layout = located(source, scope);
                let plan = (scope != MOOV).then(|| format!("{:?}", plan(&layout, source, &request)));
                (format!("{layout:?}"), plan, format!("{:?}", layout.astray(source)))
            });
            prop_assert_eq!(&found[0], &found[1]);
            prop_assert_eq!(&found[0], &found[2]);
            prop_assert!(counting.most(Span::new(0, file.len() as u64)) <= 1 + u8::from(scope.all_containers));
        }
    }

    /// An index that is trusted changes neither what is found in `moov` nor the plan for it.
    #[test]
    fn a_plan_for_moov_is_the_same_whether_an_index_is_trusted_or_not(movie in movies(), len in 0_usize..300) {
        let file = movie.build();
        let whole = located(&&file[..], Scope::default());
        let moov = located(&&file[..], MOOV);
        let mut asked = request(&file, &format!("https://b/{}", "y".repeat(len)), Fit::Any);
        asked.replace.retain(|replace| whole.pssh()[replace.pssh].place == Where::Moov);
        let in_moov: Vec<usize> = (0..whole.pssh().len()).filter(|i| whole.pssh()[*i].place == Where::Moov).collect();
        let mut asked_in_moov = asked.clone();
        for replace in &mut asked_in_moov.replace {
            replace.pssh = in_moov.iter().position(|index| *index == replace.pssh).unwrap();
        }
        let planned = plan(&whole, &&file[..], &asked).map_err(|error| error.to_string());
        let trusted = plan(&moov, &&file[..], &asked_in_moov).map_err(|error| error.to_string());
        match (planned, trusted) {
            (Ok(planned), Ok(trusted)) => {
                prop_assert_eq!(&planned.plan, &trusted.plan);
                let new = trusted.plan.to_vec(&&file[..]).unwrap();
                prove(&moov, &trusted, &&new[..], Limits::default()).unwrap();
            }
            (planned, trusted) => prop_assert_eq!(planned.map(|_| ()), trusted.map(|_| ())),
        }
    }
}
