//! New assets, and what is given up half-way.

use super::{Bench, Verdict, commit, content, count, fine, opened, plan, wrong};
use crate::store::{AssetId, Commit, Edit, Make, Store as _, StoreError, Watch};
use crate::{Source, Span};
use core::sync::atomic::{AtomicU64, Ordering};
use std::io;

/// Cancels when so many bytes have been moved.
struct After {
    bytes: u64,
    moved: AtomicU64,
}

impl After {
    const fn new(bytes: u64) -> Self {
        Self { bytes, moved: AtomicU64::new(0) }
    }
}

impl Watch for After {
    fn moved(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.moved.load(Ordering::Relaxed) >= self.bytes
    }
}

pub(super) fn cancels<B: Bench>(bench: &B) {
    let asset = opened(bench, "a", b"bytes");
    let watch = After::new(0);
    let how = Commit { watch: &watch, ..Commit::default() };
    let plan = plan(5, &[(0, 1, b"B")]);
    let mut check = fine;
    let mut edits = [Edit::new(&asset, &plan, &mut check)];
    let error = bench.store().commit(&mut edits, &how).pop().unwrap().unwrap_err();
    assert!(matches!(error, StoreError::Cancelled), "{error}");
    let error = bench.store().commit_together(0, &mut edits, &how).unwrap_err().error;
    assert!(matches!(error, StoreError::Cancelled | StoreError::Unsupported(_)), "{error}");
    assert_eq!(bench.get(&"a".into()).unwrap(), b"bytes");
    // Nobody cancels: the same edits go through, and somebody hears of it.
    let watch = After::new(u64::MAX);
    let how = Commit { watch: &watch, ..Commit::default() };
    bench.store().commit(&mut edits, &how).pop().unwrap().unwrap();
    assert!(watch.moved.into_inner() >= plan.bytes_put(), "progress of fewer bytes than were put");
    assert_eq!(bench.get(&"a".into()).unwrap(), b"Bytes");
}

/// Bytes that cannot be read from some place on.
struct Failing(Vec<u8>, u64);

impl Source for Failing {
    fn len(&self) -> u64 {
        count(self.0.len())
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        if span.end() > self.1 {
            return Err(io::Error::other("a fault of the source"));
        }
        (&self.0[..]).read_at(span, into)
    }
}

pub(super) fn makes<B: Bench>(bench: &B) {
    let bytes = content(2_000_000);
    let plan = plan(bytes.len(), &[(0, 0, b"more")]);
    let expected = plan.to_vec(&&bytes[..]).unwrap();
    let id = AssetId::from("new/asset");
    let make = |replace: bool, source: &dyn Source, check: Verdict, watch: &dyn Watch| {
        let mut check = check;
        let make = Make { id: &id, replace, source, plan: &plan, check: &mut check };
        bench.store().make(make, &Commit { watch, ..Commit::default() })
    };
    let watch = After::new(u64::MAX);
    let fault = Failing(bytes.clone(), 1_000_000);
    let error = make(false, &fault, fine, &watch).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    let error = make(false, &&bytes[..], wrong, &watch).unwrap_err();
    assert!(matches!(error, StoreError::NotAsPlanned(_)), "{error}");
    let cancelled = After::new(1_000_000);
    let error = make(false, &&bytes[..], fine, &cancelled).unwrap_err();
    assert!(matches!(error, StoreError::Cancelled), "{error}");
    assert!(cancelled.moved.into_inner() < 1_500_000, "it was copied to its end all the same");
    assert_eq!(bench.get(&id), None, "a part of an asset is there");
    let receipt = make(false, &&bytes[..], fine, &watch).unwrap();
    assert_eq!(receipt.version.unwrap().len, count(expected.len()));
    assert!(bench.get(&id).unwrap() == expected);
    let error = make(false, &&bytes[..], fine, &watch).unwrap_err();
    assert!(matches!(&error, StoreError::Exists(of) if *of == id), "{error}");
    bench.put(&id, b"something else");
    make(true, &&bytes[..], fine, &watch).unwrap();
    assert!(bench.get(&id).unwrap() == expected);
}

pub(super) fn recovers<B: Bench>(bench: &B) {
    let asset = opened(bench, "t/a", b"bytes");
    commit(bench, &asset, &plan(5, &[(0, 1, b"B")])).unwrap();
    drop(asset);
    assert!(bench.store().recover(&AssetId::default(), false).unwrap().is_empty());
    assert_eq!(bench.get(&"t/a".into()).unwrap(), b"Bytes");
}
