//! Names, references, and reading.

use super::{Bench, commit, content, count, plan};
use crate::store::{Access, Asset as _, AssetId, Store as _, StoreError};
use crate::{Source as _, Span};
use core::ops::ControlFlow;

pub(super) fn lists<B: Bench>(bench: &B) {
    for name in ["a.mp4", "t/b.mp4", "t/c.mp4", "t/u/d.mp4", "tt/e.mp4"] {
        bench.put(&name.into(), b"bytes");
    }
    let list = |below: &str, most: usize| {
        let mut groups: Vec<Vec<AssetId>> = Vec::new();
        let listed = bench.store().list(&below.into(), &mut |group| {
            groups.push(group);
            if groups.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        listed.unwrap();
        groups
    };
    let all = list("", usize::MAX);
    for group in &all {
        assert!(!group.is_empty(), "a group without assets");
        assert!(
            group.iter().all(|id| Some(id.folder()) == group.first().map(AssetId::folder)),
            "a group of several folders: {group:?}"
        );
    }
    let mut names: Vec<String> = all.iter().flatten().map(ToString::to_string).collect();
    names.sort_unstable();
    assert_eq!(names, ["a.mp4", "t/b.mp4", "t/c.mp4", "t/u/d.mp4", "tt/e.mp4"]);
    let mut below: Vec<String> = list("t", usize::MAX).iter().flatten().map(ToString::to_string).collect();
    below.sort_unstable();
    assert_eq!(below, ["t/b.mp4", "t/c.mp4", "t/u/d.mp4"]);
    assert_eq!(list("", 1).len(), 1, "a list that was told to stop went on");
}

pub(super) fn keeps_names<B: Bench>(bench: &B) {
    if !bench.takes_any_name() {
        return;
    }
    let id = AssetId::new(*b"t/na\xFFme.mp4");
    bench.put(&id, b"bytes");
    let mut found = Vec::new();
    let listed = bench.store().list(&"t".into(), &mut |group| {
        found.extend(group);
        ControlFlow::Continue(())
    });
    listed.unwrap();
    assert_eq!(found, std::slice::from_ref(&id));
    let asset = bench.store().open(&id, Access::Edit).unwrap();
    assert_eq!(asset.id(), &id);
    commit(bench, &asset, &plan(5, &[(0, 1, b"B")])).unwrap();
    assert_eq!(bench.get(&id).unwrap(), b"Bytes");
}

pub(super) fn resolves<B: Bench>(bench: &B) {
    bench.put(&"t/init.mp4".into(), b"bytes");
    let from = AssetId::from("t/m/manifest.mpd");
    let resolve = |reference: &str| bench.store().resolve(&from, reference);
    let id = resolve("../init.mp4").unwrap();
    assert_eq!(bench.store().open(&id, Access::Read).unwrap().len(), 5);
    for out in ["../../../outside", "/outside"] {
        assert_eq!(resolve(out), None, "{out}");
    }
    let none = bench.store().open(&resolve("none.mp4").unwrap(), Access::Read);
    assert!(matches!(none.err().unwrap(), StoreError::Missing));
}

pub(super) fn reads<B: Bench>(bench: &B) {
    let bytes = content(100_000);
    bench.put(&"a".into(), &bytes);
    let asset = bench.store().open(&"a".into(), Access::Read).unwrap();
    assert_eq!((asset.len(), asset.version().len), (100_000, 100_000));
    let mut read = vec![9; 3];
    for (from, to) in [(0_usize, 10_usize), (70_000, 100_000), (5, 5), (99_999, 100_000)] {
        asset.read_at(Span::new(count(from), count(to)), &mut read).unwrap();
        assert_eq!(Some(&read[..]), bytes.get(from..to), "{from}..{to}");
    }
    assert!(asset.read_at(Span::new(99_999, 100_001), &mut read).is_err());
}
