//! The editor's law on files made of anything: what is planned can be done, keeps every byte it says it keeps, leaves
//! everything pointers address as it was, and is nothing to do the second time.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use prkit_bmff::{Blocks, Fit, Growth, Insert, Layout, Limits, Media, Replace, Request, Scope, free_box};
use prkit_fuzz::Choices;
use prkit_plan::Strategy;

fn boxed(len: usize) -> Bytes {
    let len = len.max(9);
    let mut bytes = (len as u32).to_be_bytes().to_vec();
    bytes.extend(b"pssh");
    bytes.resize(len, 0xAB);
    Bytes::from(bytes)
}

fn request(layout: &Layout, choices: &mut Choices<'_>) -> Request {
    let mut replace = Vec::new();
    for pssh in 0..layout.pssh().len().min(4) {
        let with = match choices.below(5) {
            0 => continue,
            1 => Bytes::new(),
            2 if !layout.pssh()[pssh].cut => {
                free_box(layout.pssh()[pssh].header.span.len()).unwrap_or_default()
            }
            _ => boxed(choices.size()),
        };
        replace.push(Replace::new(pssh, with));
    }
    let mut insert: Vec<Insert> = Vec::new();
    for _ in 0..choices.below(3) {
        let Some(container) = choices.below(8).checked_rem(layout.containers().len().max(1)) else { break };
        let Some(found) = layout.containers().get(container) else { break };
        let position = choices.below(12).min(found.last_position());
        insert.push(Insert { container, position, boxes: boxed(choices.size()) });
    }
    insert.dedup_by_key(|insert| (insert.container, insert.position));
    let blocks = Blocks {
        size: [64, 512, 4096][choices.below(3)],
        tail: 100,
        grow: Strategy::InsertRange,
        shrink: Strategy::CollapseRange,
    };
    let growth = Growth {
        reserve: [0, 0, 8, 300][choices.below(4)],
        blocks: choices.flag().then_some(blocks),
        close_gaps: choices.flag(),
    };
    let fit = choices.one_of(&[Fit::Any, Fit::Any, Fit::Slack, Fit::Same]);
    Request { replace, insert, fit, growth, ..Request::default() }
}

fuzz_target!(|input: &[u8]| {
    let Some((file, mut choices)) = Choices::behind(input) else { return };
    let scope = Scope { all_containers: true, ..Scope::default() };
    let Ok(layout) = Layout::locate(&file, scope, Limits::default()) else { return };
    let request = request(&layout, &mut choices);
    let Ok(edited) = prkit_bmff::plan(&layout, &file, &request) else { return };
    let new = edited.plan.to_vec(&file).unwrap();
    assert_eq!(new.len() as u64, edited.plan.new_len());
    if edited.plan.is_empty() {
        assert_eq!(new, file);
        return;
    }
    prkit_plan::check_kept(&edited.plan, &file, &&new[..]).unwrap();
    let proof = prkit_bmff::prove(&layout, &edited, &&new[..], Limits::default());
    assert!(proof.is_ok(), "{proof:?} {edited:?}");
    if request.fit < Fit::Any {
        assert_eq!(new.len(), file.len());
    }
    let after = Layout::locate(&&new[..], scope, Limits::default()).unwrap();
    // An edit that keeps the length asks no pointers outside of the boxes it moves: what these call samples may then be
    // the header itself.
    let asks_all = !matches!(edited.plan.strategy(), Strategy::Same | Strategy::Slack);
    if asks_all && let Ok(media) = Media::read(&layout, &file) {
        let compared = Media::read(&after, &&new[..]).and_then(|after| media.compare(&after));
        assert!(compared.is_ok(), "{compared:?} {edited:?}");
    }
    let shrinks = request.replace.iter().any(|replace| !replace.with.ends_with(&[0xAB]));
    if request.insert.is_empty() && !shrinks && after.pssh().len() == layout.pssh().len() {
        let again = prkit_bmff::plan(&after, &&new[..], &request).unwrap();
        let same = again.plan.to_vec(&&new[..]).unwrap();
        assert!(same == new, "the same edit again");
    }
});
