//! The editor's law: after an edit, every byte the plan keeps is the same, everything a pointer addresses is the same,
//! and the same edit again changes nothing.

use crate::movie::{Movie, movies};
use crate::reader;
use bytes::Bytes;
use prkit_bmff::{Blocks, Fit, Growth, Insert, Layout, Limits, Media, Pssh, Replace, Request, Scope};
use prkit_plan::{Plan, Span};
use prkit_playready::{Change, Edit, Field, Header, Overrides, Payload};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

/// Sets the license URL of every PlayReady box.
pub fn reheader(file: &[u8], url: &str, fit: Fit) -> Result<prkit_bmff::Edited, String> {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    assert!(layout.faults().is_empty(), "{:?}", layout.faults());
    prkit_bmff::plan(&layout, &file, &request(file, url, fit)).map_err(|error| error.to_string())
}

/// The boxes with another license URL.
pub fn request(file: &[u8], url: &str, fit: Fit) -> Request {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let edit = Edit { field: Field::LaUrl, change: Change::Set(url.into()), existing: false };
    let mut replace = Vec::new();
    for (i, found) in layout.pssh().iter().enumerate() {
        let pssh = Pssh::parse(found.header.kind, &found.content).unwrap();
        if !pssh.system.is_playready() {
            continue;
        }
        let Some(data) = Payload::parse(pssh.data).unwrap().edit(std::slice::from_ref(&edit)).unwrap() else {
            continue;
        };
        let with: Bytes = found.encode(&pssh.encode(&data).unwrap()).unwrap();
        replace.push(Replace::new(i, with));
    }
    Request { replace, fit, ..Request::default() }
}

fn urls(file: &[u8]) -> Vec<Option<String>> {
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    let playready = layout.pssh().iter().filter_map(|found| {
        let pssh = Pssh::parse(found.header.kind, &found.content).unwrap();
        pssh.system.is_playready().then(|| {
            let header = Header::of_payload(pssh.data).unwrap();
            header.value(Field::LaUrl).map(std::borrow::Cow::into_owned)
        })
    });
    playready.collect()
}

/// Checks the law and gives the new file.
pub fn check(file: &[u8], url: &str, fit: Fit) -> Option<Vec<u8>> {
    let edited = match reheader(file, url, fit) {
        Ok(edited) => edited,
        Err(error) if fit != Fit::Any => {
            assert!(error.contains("does not fit"), "{error}");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let new = edited.plan.to_vec(&file).unwrap();
    let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
    prkit_plan::check_kept(&edited.plan, &file, &&new[..]).unwrap();
    prkit_bmff::prove(&layout, &edited, &&new[..], Limits::default()).unwrap();
    travel(file, &edited);
    assert_eq!(reader::read(file), reader::read(&new));
    assert!(urls(&new).iter().all(|found| found.as_deref() == Some(url)));
    let again = reheader(&new, url, fit).unwrap();
    assert!(again.plan.is_empty(), "the same edit again is nothing to do");
    if fit < Fit::Any {
        assert_eq!(new.len(), file.len());
    }
    Some(new)
}

/// A plan travels: told as what it replaces, it is taken on and makes the same file, and with another byte where no object and
/// no filler is, it is not.
fn travel(file: &[u8], edited: &prkit_bmff::Edited) {
    let scope = Scope { all_containers: true, ..Scope::default() };
    let layout = Layout::locate(&file, scope, Limits::default()).unwrap();
    let plan = &edited.plan;
    let new = plan.to_vec(&file).unwrap();
    let put = |span: Span| Bytes::copy_from_slice(&new[span.start() as usize..span.end() as usize]);
    let edits: Vec<(Span, Bytes)> = plan.replaced().map(|(old, new)| (old, put(new))).collect();
    let adopt = |edits: &[(Span, Bytes)]| {
        prkit_bmff::adopt(&layout, &file, edits, plan.strategy(), plan.why(), Overrides::default())
    };
    let adopted =
        adopt(&edits).unwrap_or_else(|error| panic!("{error}: {edits:?} {:?}", layout.containers()));
    assert_eq!(prkit_plan::first_difference(&adopted.plan, plan, &file).unwrap(), None);
    assert_eq!((&adopted.patched, adopted.plan.strategy()), (&edited.patched, plan.strategy()));
    prkit_bmff::prove(&layout, &adopted, &&new[..], Limits::default()).unwrap();
    let is_free = |old: Span| {
        let boxes = layout.containers().iter().flat_map(|container| &container.children);
        boxes.into_iter().any(|child| {
            let is_inside = child.span.start() <= old.start() && old.end() <= child.span.end();
            is_inside && child.kind.is_free()
        })
    };
    let follows = |old: Span| {
        !old.is_empty() && !is_free(old) && !layout.pssh().iter().any(|pssh| pssh.header.span == old)
    };
    // The first, a middle and the last one of them.
    let follow: Vec<usize> = (0..edits.len()).filter(|index| follows(edits[*index].0)).collect();
    for index in [follow.first(), follow.get(follow.len() / 2), follow.last()].into_iter().flatten() {
        let mut wrong = edits.clone();
        let mut bytes = wrong[*index].1.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        wrong[*index].1 = bytes.into();
        assert!(adopt(&wrong).is_err(), "{:?} may become {:?}", wrong[*index], edits[*index].1);
    }
}

fn plan_of(file: &[u8], url: &str) -> Plan {
    reheader(file, url, Fit::Any).unwrap().plan
}

/// `PRKIT_CASES` asks for a longer run.
fn config() -> ProptestConfig {
    let cases = std::env::var("PRKIT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(600);
    ProptestConfig { cases, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn everything_pointers_address_survives_any_edit(movie in movies(), len in 0_usize..400) {
        let file = movie.build();
        let url = format!("https://b/{}", "y".repeat(len));
        check(&file, &url, Fit::Any);
        check(&file, &url, Fit::Slack);
        check(&file, &url, Fit::Same);
    }

    #[test]
    fn there_and_back_again_leaves_the_pointers_right(movie in movies(), len in 0_usize..400) {
        let file = movie.build();
        let there = check(&file, &format!("https://b/{}", "y".repeat(len)), Fit::Any).unwrap();
        check(&there, "https://c/", Fit::Any);
    }
}

/// Any change of boxes: grown, shrunk, taken out, put in.
#[derive(Clone, Debug)]
struct Surgery {
    /// For the boxes there are, in turn: their new sizes.
    sizes: Vec<Option<Size>>,
    /// Whether they may be a few bytes longer.
    pad: bool,
    /// Containers and positions to put a box of so many bytes into.
    put: Vec<(usize, usize, u64)>,
    fit: Fit,
    growth: Growth,
}

#[derive(Clone, Copy, Debug)]
enum Size {
    Gone,
    Is(u64),
    /// So many bytes more or less than now.
    Near(i64),
}

fn surgeries() -> impl Strategy<Value = Surgery> {
    let len = prop_oneof![3 => 9_u64..200, 2 => 9_u64..3_000, 1 => 9_u64..70_000];
    let sizes = prop::collection::vec(
        prop::option::of(prop_oneof![
            1 => Just(Size::Gone),
            4 => len.clone().prop_map(Size::Is),
            2 => (-12_i64..13).prop_map(Size::Near),
        ]),
        0..4,
    );
    let put = prop::collection::vec((0_usize..4, 0_usize..9, len), 0..3);
    let fit = prop_oneof![1 => Just(Fit::Same), 1 => Just(Fit::Slack), 4 => Just(Fit::Any)];
    let blocks =
        (prop_oneof![Just(64_u64), Just(512), Just(4096)], 0_u64..5_000).prop_map(|(size, tail)| Blocks {
            size,
            tail,
            grow: prkit_plan::Strategy::InsertRange,
            shrink: prkit_plan::Strategy::CollapseRange,
        });
    let reserve = prop_oneof![Just(0_u64), 8_u64..5_000];
    let growth = (reserve, prop::option::of(blocks), any::<bool>())
        .prop_map(|(reserve, blocks, close_gaps)| Growth { reserve, blocks, close_gaps });
    (sizes, any::<bool>(), put, fit, growth).prop_map(|(sizes, pad, put, fit, growth)| Surgery {
        sizes,
        pad,
        put,
        fit,
        growth,
    })
}

fn filler_box(len: u64) -> Bytes {
    let mut bytes = (len as u32).to_be_bytes().to_vec();
    bytes.extend(b"pssh");
    bytes.resize(len as usize, 0xAB);
    Bytes::from(bytes)
}

fn operate(file: &[u8], surgery: &Surgery) {
    let scope = Scope { all_containers: true, ..Scope::default() };
    let layout = Layout::locate(&file, scope, Limits::default()).unwrap();
    let replace = surgery.sizes.iter().enumerate().filter_map(|(pssh, size)| {
        let old = layout.pssh().get(pssh)?.header.span.len();
        let len = match (*size)? {
            Size::Gone => return Some(Replace::new(pssh, Bytes::new())),
            Size::Is(len) => len,
            Size::Near(by) => old.saturating_add_signed(by).max(9),
        };
        let longer = if surgery.pad { &[2, 4, 6][..] } else { &[] };
        let padded = longer.iter().map(|more| filler_box(len + more)).collect();
        Some(Replace { padded, ..Replace::new(pssh, filler_box(len)) })
    });
    let mut insert: Vec<Insert> = surgery
        .put
        .iter()
        .filter_map(|(container, position, len)| {
            let found = layout.containers().get(*container)?;
            let position = (*position).min(found.last_position());
            Some(Insert { container: *container, position, boxes: filler_box(*len) })
        })
        .collect();
    // Two boxes may be put into one gap.
    insert.dedup_by_key(|insert| (insert.container, insert.position));
    let request = Request {
        replace: replace.collect(),
        insert,
        fit: surgery.fit,
        growth: surgery.growth,
        ..Request::default()
    };
    let edited = match prkit_bmff::plan(&layout, &file, &request) {
        Ok(edited) => edited,
        Err(error) => {
            let error = error.to_string();
            assert!(surgery.fit != Fit::Any && error.contains("does not fit"), "{error}");
            return;
        }
    };
    let new = edited.plan.to_vec(&file).unwrap();
    prkit_plan::check_kept(&edited.plan, &file, &&new[..]).unwrap();
    prkit_bmff::prove(&layout, &edited, &&new[..], Limits::default()).unwrap();
    travel(file, &edited);
    assert_eq!(reader::read(file), reader::read(&new));
    let layout_after = Layout::locate(&&new[..], scope, Limits::default()).unwrap();
    for (pssh, size) in &edited.sizes {
        let there = layout_after.pssh().iter().filter(|found| found.header.span.len() == *size);
        assert!(*size == 0 || there.count() > 0, "no box has the {size} bytes that box {pssh} should have");
    }
    let media = |file: &[u8]| {
        let layout = Layout::locate(&file, Scope::default(), Limits::default()).unwrap();
        Media::read(&layout, &file).unwrap()
    };
    media(file).compare(&media(&new)).unwrap();
    let by = new.len().abs_diff(file.len()) as u64;
    match edited.plan.strategy() {
        prkit_plan::Strategy::InsertRange | prkit_plan::Strategy::CollapseRange => {
            assert_eq!(by % surgery.growth.blocks.unwrap().size, 0);
        }
        prkit_plan::Strategy::Copy => {}
        _ => assert_eq!(by, 0),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn boxes_come_and_go_and_everything_pointers_address_stays(movie in movies(), surgery in surgeries()) {
        operate(&movie.build(), &surgery);
    }
}

#[test]
fn a_box_and_the_filler_behind_it_travel_into_every_container() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = movies();
    let growth = Growth { reserve: 8, blocks: None, close_gaps: false };
    let mut without_children = 0;
    while without_children < 20 {
        let file = strategy.new_tree(&mut runner).unwrap().current().build();
        let scope = Scope { all_containers: true, ..Scope::default() };
        let layout = Layout::locate(&&file[..], scope, Limits::default()).unwrap();
        if layout.containers().iter().all(|found| !found.children.is_empty()) {
            continue;
        }
        without_children += 1;
        for (container, found) in layout.containers().iter().enumerate() {
            for position in [0, found.last_position()] {
                let put = vec![(container, position, 9)];
                operate(&file, &Surgery { sizes: Vec::new(), pad: false, put, fit: Fit::Any, growth });
            }
        }
    }
}

#[test]
fn what_is_kept_is_almost_everything() {
    proptest!(config(), |(movie in movies())| {
        let file = movie.build();
        let plan = plan_of(&file, "https://new/");
        let put = plan.bytes_put();
        prop_assert!(put <= 40_000, "{put} bytes put");
    });
}

#[test]
fn generated_files_cover_what_they_should() {
    // A generator that never makes a structure proves nothing about it.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = movies();
    let mut seen = std::collections::BTreeMap::<&str, u32>::new();
    for _ in 0..400 {
        let movie: Movie = strategy.new_tree(&mut runner).unwrap().current();
        let file = movie.build();
        let url = "https://b/much/longer/than/it/was/before/and/longer/still";
        let edited = reheader(&file, url, Fit::Any).unwrap();
        for (name, count) in &edited.patched {
            *seen.entry(name).or_default() += u32::from(*count > 0);
        }
        *seen.entry(edited.plan.strategy().name()).or_default() += 1;
    }
    for name in ["stco", "saio", "tfhd", "trun", "sidx", "ssix", "tfra", "iloc", "size", "slack", "copy"] {
        assert!(seen.get(name).is_some_and(|count| *count > 5), "{name} is hardly ever patched: {seen:?}");
    }
}
