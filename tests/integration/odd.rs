//! Odd arguments of public functions: an error, never a panic, nor memory by the caller's word.

use crate::law;
use crate::program::sample;
use bytes::Bytes;
use prkit_bmff::{Blocks, Fit, Growth, Insert, Layout, Limits, Replace, Request, Scope, free_box};
use prkit_plan::{Plan, Span, Strategy};
use prkit_playready::{NewObject, Object, Overrides, Payload, RecordType, StoreChange};

const NEAR: [usize; 6] = [usize::MAX, usize::MAX - 1, usize::MAX / 2, usize::MAX / 2 + 1, 1 << 40, 65_536];

#[test]
fn spaces_and_stores_of_any_size_are_made_or_refused() {
    let xml: Vec<u8> = "<WRMHEADER version=\"4.0.0.0\"><DATA></DATA></WRMHEADER>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let object = Object::encode([(RecordType::Header, &xml[..]), (RecordType::Store, &[0; 64])]).unwrap();
    for bytes in [&xml, &object] {
        let payload = Payload::parse(bytes).unwrap();
        for count in NEAR {
            assert!(payload.padded(count).is_err(), "{count}");
            assert_eq!(payload.header().unwrap().padded(count), None, "{count}");
        }
        assert!(payload.padded(40_000).is_err() && payload.padded(10).unwrap().is_some());
    }
    let payload = Payload::parse(&object).unwrap();
    for len in NEAR {
        for overrides in [Overrides::default(), Overrides::ALL] {
            assert!(payload.with_store(StoreChange::Size { len, overrides }).is_err(), "{len}");
            assert!(
                NewObject {
                    header: None,
                    store: Some(len),
                    place: Some(prkit_playready::Use::Moof),
                    overrides
                }
                .build()
                .is_err()
            );
        }
        assert!(payload.with_store(StoreChange::Fill { at: len, bytes: &[1] }).is_err(), "{len}");
    }
}

#[test]
fn edits_of_boxes_are_planned_from_boxes_or_refused() {
    let file = std::fs::read(sample("dash-live/video-init.mp4")).unwrap();
    let layout = Layout::locate(&&file[..], Scope::default(), Limits::default()).unwrap();
    let plan = |request: &Request| prkit_bmff::plan(&layout, &&file[..], request);
    let no_boxes: [&[u8]; 8] = [
        b"x",
        b"\0\0\0",
        b"\0\0\0\x08fre",
        b"\0\0\0\x07free",
        b"\0\0\0\x09free",
        b"\xff\xff\xff\xfffree",
        b"\0\0\0\x01free\0\0\0\0\0\0\0",
        b"\0\0\0\x01free\xff\xff\xff\xff\xff\xff\xff\xff",
    ];
    for bytes in no_boxes {
        for fit in [Fit::Same, Fit::Slack, Fit::Store, Fit::Any] {
            let bytes = Bytes::from_static(bytes);
            let replace = vec![Replace::new(0, bytes.clone())];
            assert!(plan(&Request { replace, fit, ..Request::default() }).is_err(), "{bytes:?}");
            let mut padded = Replace::new(0, free_box(64).unwrap());
            padded.padded = vec![bytes.clone()];
            assert!(
                plan(&Request { replace: vec![padded], fit, ..Request::default() }).is_err(),
                "{bytes:?}"
            );
            let insert = vec![Insert { container: 0, position: 0, boxes: bytes.clone() }];
            assert!(plan(&Request { insert, fit, ..Request::default() }).is_err(), "{bytes:?}");
        }
    }
    let boxes = free_box(64).unwrap();
    for (container, position) in [(usize::MAX, 0), (0, usize::MAX), (1, usize::MAX), (usize::MAX, usize::MAX)]
    {
        let insert = vec![Insert { container, position, boxes: boxes.clone() }];
        if let Ok(edited) = plan(&Request { insert, fit: Fit::Any, ..Request::default() }) {
            assert!(edited.plan.to_vec(&&file[..]).unwrap().len() >= file.len());
        }
    }
    let replace = vec![Replace::new(usize::MAX, boxes)];
    assert!(plan(&Request { replace, ..Request::default() }).is_err());
}

#[test]
fn filler_of_any_size_is_made_or_refused() {
    let mut file = std::fs::read(sample("dash-live/video-init.mp4")).unwrap();
    // Right behind the boxes and inside of them.
    file.extend_from_slice(&free_box(64).unwrap());
    for reserve in [0, 7, 8, 1 << 16, (1 << 30) + 1, 1 << 33, u64::MAX / 2, u64::MAX] {
        for size in [0, 1, 4096, 1 << 40, u64::MAX] {
            for fit in [Fit::Slack, Fit::Any] {
                let blocks = Some(Blocks {
                    size,
                    tail: 0,
                    grow: Strategy::InsertRange,
                    shrink: Strategy::CollapseRange,
                });
                let growth = Growth { reserve, blocks, ..Growth::default() };
                let url = "https://license.example.com/a/longer/one";
                let request = Request { growth, ..law::request(&file, url, fit) };
                let layout = Layout::locate(&&file[..], Scope::default(), Limits::default()).unwrap();
                let planned = prkit_bmff::plan(&layout, &&file[..], &request);
                assert!(reserve <= 1 << 30 || planned.is_err(), "{reserve}");
            }
        }
    }
    for len in [0, 7, u64::MAX, u64::MAX / 2, 1 << 32, (1 << 30) + 1] {
        assert_eq!(free_box(len), None, "{len}");
    }
}

#[test]
fn a_plan_that_is_larger_than_memory_is_an_error() {
    let old = b"some bytes".as_slice();
    for len in [u64::MAX, u64::MAX / 2, 1 << 62] {
        assert!(Plan::unchanged(len).to_vec(&old).is_err(), "{len}");
        if let Ok(plan) = Plan::splice(len, Span::new(0, 1), Bytes::from_static(b"xx")) {
            assert!(plan.to_vec(&old).is_err(), "{len}");
        }
    }
    assert!(Plan::unchanged(1 << 20).to_vec(&old).is_err());
}
