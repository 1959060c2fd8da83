//! An edit of the same size in `moov` of a file whose index adds up: what it reads, and what it notices.

use super::{Counting, Fragments, MOOV, PLAIN, located, longer, planned};
use crate::args;
use crate::law::request;
use crate::program::prkit;
use prkit_bmff::{ErrorKind, Fit, Layout, Limits, Request, Scope, plan, prove};

const C2PA: [u8; 16] =
    [0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81];

fn same_size(file: &[u8]) -> Request {
    request(file, &format!("https://b/{}", "y".repeat(20)), Fit::Same)
}

fn boxes(layout: &Layout) -> usize {
    layout.top().len()
}

/// Three thousand fragments with a `sidx`.
fn indexed() -> Vec<u8> {
    Fragments { count: 3000, ..PLAIN }.build().0
}

/// With a box of a content credential put in at a place, which the index counts or does not.
fn signed(mut file: Vec<u8>, at: usize) -> Vec<u8> {
    let mut credential = 40_u32.to_be_bytes().to_vec();
    credential.extend(b"uuid");
    credential.extend(C2PA);
    credential.extend([0; 16]);
    drop(file.splice(at..at, credential));
    file
}

#[test]
fn an_edit_of_the_same_size_in_moov_reads_no_fragments_where_an_index_adds_up() {
    for shape in [Fragments { count: 3000, ..PLAIN }, Fragments { count: 3000, mfra: true, ..PLAIN }] {
        let (file, _) = shape.build();
        let source = Counting::new(&file);
        let (layout, edited) = planned(&source, MOOV, &same_size(&file));
        let new = edited.plan.to_vec(&&file[..]).unwrap();
        let proof = Counting::new(&new);
        prove(&layout, &edited, &proof, Limits::default()).unwrap();
        assert!(source.reads() <= 4, "{} reads", source.reads());
        assert!(source.reads() + proof.reads() <= 10, "{} and {} reads", source.reads(), proof.reads());
        assert!(boxes(&layout) < 10);
        assert_eq!(boxes(layout.whole(&source).unwrap()), 3 + 2 * 3000 + usize::from(shape.mfra));
    }
}

#[test]
fn the_proof_of_such_an_edit_notices_what_is_wrong_in_moov_and_at_the_end() {
    let file = indexed();
    let layout = located(&&file[..], MOOV);
    let edited = plan(&layout, &&file[..], &same_size(&file)).unwrap();
    let new = edited.plan.to_vec(&&file[..]).unwrap();
    let verdict =
        |new: &[u8]| prove(&layout, &edited, &new, Limits::default()).map_err(|error| error.to_string());
    assert_eq!(verdict(&new), Ok(()));
    let put = edited.plan.stores().next().unwrap().0.start() as usize;
    let sidx = layout.top()[2].span.start() as usize;
    let last = layout.top()[3].span.start() as usize;
    for at in [put, 20, sidx + 4, last + 3, last + 4] {
        let mut wrong = new.clone();
        wrong[at] ^= 1;
        assert!(verdict(&wrong).is_err(), "byte {at}");
    }
    assert!(verdict(&new[..new.len() - 1]).is_err());
}

#[test]
fn an_index_that_does_not_add_up_is_not_trusted() {
    let file = indexed();
    let all = boxes(&located(&&file[..], Scope::default()));
    let sidx = located(&&file[..], MOOV).top()[2].span.start() as usize;
    let first = sidx + 8 + 4 + 12 + 4 + 4;
    let changed = |at: usize, by: u8| {
        let mut file = file.clone();
        file[at] = file[at].wrapping_add(by);
        file
    };
    // One size too large, one too small, a first offset.
    let wrong = [changed(first + 3, 1), changed(first + 15, 0xFF), changed(first - 5, 8)];
    for (i, file) in wrong.iter().enumerate() {
        let layout = located(&&file[..], MOOV);
        assert_eq!(boxes(&layout), all, "{i}");
        let source = Counting::new(file);
        planned(&source, MOOV, &same_size(file));
    }
    // What it does not name is walked.
    assert_eq!(boxes(&located(&&changed(first - 1, 0xFE)[..], MOOV)), 3 + 2 * 3);
    // The tail is cut: it is walked, and the cut is said.
    let cut = &file[..file.len() - 10];
    let layout = located(&cut, MOOV);
    assert_eq!((boxes(&layout), layout.faults().len()), (all, 1));
    // More is wanted than moov.
    for scope in
        [Scope { meta: true, ..MOOV }, Scope { file: true, ..MOOV }, Scope { all_containers: true, ..MOOV }]
    {
        assert_eq!(boxes(&located(&&file[..], scope)), all);
    }
}

#[test]
fn what_moves_is_planned_from_all_fragments() {
    let (file, moofs) = PLAIN.build();
    let source = Counting::new(&file);
    let (moov, planned) = planned(&source, MOOV, &longer(&file));
    assert!(source.reads() <= PLAIN.count + 16, "{} reads", source.reads());
    assert!(moofs.iter().all(|moof| source.most(*moof) == 1), "each is read once");
    let whole = plan(&located(&&file[..], Scope::default()), &&file[..], &longer(&file)).unwrap();
    assert_eq!(planned.plan, whole.plan);
    let new = planned.plan.to_vec(&&file[..]).unwrap();
    prove(&moov, &planned, &&new[..], Limits::default()).unwrap();
    // A fragment that is not as planned is found.
    let last = new.len() - 108 - 4;
    let mut wrong = new.clone();
    assert_eq!(&wrong[last..last + 4], b"\0\0\0\x04");
    // The offset of its run.
    wrong[last - 24 * 4 - 1] ^= 1;
    assert!(prove(&moov, &planned, &&wrong[..], Limits::default()).is_err());
}

#[test]
fn a_signature_is_looked_for_in_front_of_the_index_and_in_the_last_boxes() {
    let file = indexed();
    let layout = located(&&file[..], MOOV);
    let moov = layout.top()[1].span;
    let request = same_size(&file);
    let refused = |file: &[u8]| {
        let layout = located(&file, MOOV);
        let planned = plan(&layout, &file, &request);
        (boxes(&layout) < 10, matches!(planned.map_err(|e| matches!(e.kind(), ErrorKind::Signed)), Err(true)))
    };
    assert_eq!(refused(&signed(file.clone(), moov.end() as usize)), (true, true), "in front of the index");
    assert_eq!(refused(&signed(file.clone(), file.len())), (true, true), "behind all that it counts");
    let mut last = signed(file.clone(), file.len());
    let sidx = layout.top()[2].span.end() as usize;
    let size = u32::from_be_bytes(last[sidx - 12..sidx - 8].try_into().unwrap()) + 40;
    last[sidx - 12..sidx - 8].copy_from_slice(&size.to_be_bytes());
    assert_eq!(refused(&last), (true, true), "the last box of what it counts");
}

#[test]
fn the_program_edits_and_shows_moov_with_few_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.mp4");
    let file = indexed();
    std::fs::write(&path, &file).unwrap();
    let read = |args: Vec<std::ffi::OsString>| prkit(args).one()["bytes_read"].as_u64().unwrap();
    let shown = read(args!["show", "--json", "--where", "moov", &path]);
    assert!(shown < 60_000, "{shown} bytes read");
    let url = format!("https://b/{}", "y".repeat(20));
    let run = prkit(args!["reheader", "--json", "--where", "moov", "--la-url", &url, "-i", &path]);
    assert_eq!((run.status, &run.one()["strategy"]), (0, &"same".into()), "{}", run.stderr);
    let edited = std::fs::read(&path).unwrap();
    let layout = located(&&file[..], MOOV);
    let planned = plan(&layout, &&file[..], &same_size(&file)).unwrap();
    assert_eq!(edited, planned.plan.to_vec(&&file[..]).unwrap());
}
