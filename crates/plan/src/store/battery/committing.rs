//! Edits: their results, and what keeps them from being made.

use super::{Bench, Put, Verdict, commit, content, fine, opened, plan, wrong};
use crate::Source as _;
use crate::store::{Access, Asset as _, Commit, Edit, NotTogether, Store as _, StoreError};

pub(super) fn carries_out<B: Bench>(bench: &B) {
    let long = content(3_000_000);
    let cases: [(&str, usize, Vec<Put<'_>>); 12] = [
        ("nothing", 1000, Vec::new()),
        ("same length", 1000, vec![(10, 20, b"0123456789")]),
        (
            "several of the same length",
            70_000,
            vec![(0, 2, b"ab"), (40_000, 40_001, b"c"), (69_999, 70_000, b"d")],
        ),
        ("an insertion in front", 1000, vec![(0, 0, b"in front")]),
        ("an insertion at the end", 1000, vec![(1000, 1000, b"at the end")]),
        ("an insertion in the middle", 9000, vec![(4097, 4097, b"middle")]),
        ("bytes taken out", 9000, vec![(100, 5000, b"")]),
        ("the end taken out", 9000, vec![(100, 9000, b"")]),
        ("everything replaced", 100, vec![(0, 100, b"all of it is new")]),
        (
            "growth and shrinking that make up for each other",
            9000,
            vec![(10, 10, b"more"), (5000, 5004, b"")],
        ),
        ("growth of a block, far from the end", 3_000_000, vec![(5000, 5000, long.get(..4096).unwrap())]),
        ("a block taken out, far from the end", 3_000_000, vec![(4096, 8192, b"")]),
    ];
    for (i, (name, len, edits)) in cases.iter().enumerate() {
        let id = format!("case-{i}");
        let old = long.get(..*len).unwrap();
        let plan = plan(*len, edits);
        let expected = plan.to_vec(&old).unwrap();
        let asset = opened(bench, &id, old);
        let receipt = commit(bench, &asset, &plan).unwrap_or_else(|error| panic!("{name}: {error}"));
        drop(asset);
        assert!(bench.get(&id.as_str().into()).unwrap() == expected, "{name}: other bytes");
        let now = bench.store().open(&id.as_str().into(), Access::Read).unwrap();
        assert_eq!(receipt.version.as_ref(), Some(now.version()), "{name}");
    }
}

pub(super) fn commits_groups<B: Bench>(bench: &B) {
    let assets: Vec<_> = (0..5).map(|i| opened(bench, &format!("g/{i}"), b"old bytes")).collect();
    let same = plan(9, &[(0, 3, b"new")]);
    let longer = plan(9, &[(0, 3, b"newer")]);
    let mut checks: Vec<Verdict> = vec![fine, fine, wrong, fine, fine];
    let mut edits: Vec<Edit<'_, _>> = assets
        .iter()
        .zip(&mut checks)
        .enumerate()
        .map(|(i, (asset, check))| Edit::new(asset, if i == 1 { &longer } else { &same }, check))
        .collect();
    let results = bench.store().commit(&mut edits, &Commit::default());
    drop(edits);
    for (i, result) in results.iter().enumerate() {
        let expected: &[u8] = match i {
            1 => b"newer bytes",
            2 => b"old bytes",
            _ => b"new bytes",
        };
        assert_eq!(bench.get(&format!("g/{i}").as_str().into()).unwrap(), expected, "{i}: {result:?}");
        match result {
            Ok(_) => assert_ne!(i, 2, "what is not as planned was kept"),
            Err(error) => {
                assert!(i == 2 && matches!(error, StoreError::NotAsPlanned(_)), "{i}: {error}");
            }
        }
    }
}

pub(super) fn commits_together<B: Bench>(bench: &B) {
    let try_it = |folder: &str, checks: &mut [Verdict; 3], change: bool| {
        let name = |i: usize| format!("{folder}/{i}/asset");
        let assets: Vec<_> = (0..3).map(|i| opened(bench, &name(i), b"old bytes")).collect();
        if change {
            bench.put(&name(1).as_str().into(), b"of another");
        }
        let plans = [plan(9, &[(0, 3, b"new")]), plan(9, &[(9, 9, b" more")]), plan(9, &[(0, 4, b"")])];
        let mut edits: Vec<Edit<'_, _>> = assets
            .iter()
            .zip(&plans)
            .zip(checks.iter_mut())
            .map(|((asset, plan), check)| Edit::new(asset, plan, check))
            .collect();
        let result = bench.store().commit_together(0, &mut edits, &Commit::default());
        let now: Vec<Vec<u8>> = (0..3).map(|i| bench.get(&name(i).as_str().into()).unwrap()).collect();
        (result, now)
    };
    let old = [b"old bytes".to_vec(), b"old bytes".to_vec(), b"old bytes".to_vec()];
    let (result, now) = try_it("all", &mut [fine, fine, fine], false);
    match result {
        Err(NotTogether { error: StoreError::Unsupported(_), .. }) => {
            assert_eq!(now, old, "what is not supported was done");
            return;
        }
        Err(error) => panic!("{error}"),
        Ok(receipts) => assert_eq!(receipts.len(), 3),
    }
    assert_eq!(now, [b"new bytes".to_vec(), b"old bytes more".to_vec(), b"bytes".to_vec()]);
    let (result, now) = try_it("wrong", &mut [fine, fine, wrong], false);
    let error = result.unwrap_err();
    assert!(
        matches!(error, NotTogether { member: Some(2), error: StoreError::NotAsPlanned(_) }),
        "{error:?}"
    );
    assert_eq!(now, old, "one of several was changed");
    let (result, now) = try_it("changed", &mut [fine, fine, fine], true);
    let error = result.unwrap_err();
    assert!(matches!(error, NotTogether { member: Some(1), error: StoreError::Changed }), "{error:?}");
    assert_eq!(now, [b"old bytes".to_vec(), b"of another".to_vec(), b"old bytes".to_vec()]);
}

pub(super) fn holds_to_versions<B: Bench>(bench: &B) {
    for (name, other) in [("same length", b"of somebody".to_vec()), ("longer", b"of somebody else".to_vec())]
    {
        let asset = opened(bench, name, b"my own data");
        bench.put(&name.into(), &other);
        let error = commit(bench, &asset, &plan(11, &[(0, 2, b"MY")])).unwrap_err();
        assert!(matches!(error, StoreError::Changed), "{name}: {error}");
        assert_eq!(bench.get(&name.into()).unwrap(), other, "{name}");
    }
    // An edit is held to what was read, after one's own edit as well.
    let asset = opened(bench, "twice", b"bytes");
    commit(bench, &asset, &plan(5, &[(5, 5, b"!")])).unwrap();
    let error = commit(bench, &asset, &plan(5, &[(5, 5, b"!")])).unwrap_err();
    assert!(matches!(error, StoreError::Changed), "{error}");
    assert_eq!(bench.get(&"twice".into()).unwrap(), b"bytes!");
}

pub(super) fn locks<B: Bench>(bench: &B) {
    let asset = opened(bench, "a", b"bytes");
    let second = bench.store().open(&"a".into(), Access::Edit).err();
    assert!(matches!(second, Some(StoreError::Busy | StoreError::AtWork)), "{second:?}");
    assert_eq!(bench.store().open(&"a".into(), Access::Read).unwrap().len(), 5);
    drop(asset);
    let again = bench.store().open(&"a".into(), Access::Edit).unwrap();
    commit(bench, &again, &plan(5, &[(0, 1, b"B")])).unwrap();
}

pub(super) fn refuses_readers<B: Bench>(bench: &B) {
    bench.put(&"a".into(), b"bytes");
    let asset = bench.store().open(&"a".into(), Access::Read).unwrap();
    let error = commit(bench, &asset, &plan(5, &[(0, 1, b"B")])).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly), "{error}");
    assert_eq!(bench.get(&"a".into()).unwrap(), b"bytes");
}

pub(super) fn refuses_other_lengths<B: Bench>(bench: &B) {
    let asset = opened(bench, "a", b"bytes");
    let error = commit(bench, &asset, &plan(6, &[(0, 1, b"B")])).unwrap_err();
    assert!(matches!(error, StoreError::Changed), "{error}");
    assert_eq!(bench.get(&"a".into()).unwrap(), b"bytes");
}
