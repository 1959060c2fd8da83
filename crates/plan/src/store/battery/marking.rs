//! Marks: they come and go with the bytes, or not at all.

use super::{Bench, fine, opened, plan};
use crate::store::{Access, Asset as _, Commit, Edit, Mark, Store as _};

pub(super) fn marks<B: Bench>(bench: &B) {
    drop(opened(bench, "a", b"bytes"));
    let keeps = bench.keeps_marks();
    let edit = |byte: &[u8], mark| {
        let asset = bench.store().open(&"a".into(), Access::Edit).unwrap();
        let plan = plan(5, &[(0, 1, byte)]);
        let (mut check, how) = (fine, Commit { mark, ..Commit::default() });
        let mut edits = [Edit::new(&asset, &plan, &mut check)];
        bench.store().commit(&mut edits, &how).pop().unwrap().unwrap();
    };
    let known =
        || ["one", "two"].map(|run| bench.store().open(&"a".into(), Access::Read).unwrap().is_marked(run));
    assert_eq!(known(), [false, false]);
    edit(b"B", Some(Mark::Add("one")));
    assert_eq!(known(), [keeps, false]);
    edit(b"C", Some(Mark::Add("two")));
    assert_eq!(known(), [keeps, keeps], "an edit of another run is no reason to do the first one again");
    edit(b"D", None);
    assert_eq!(known(), [keeps, keeps]);
    edit(b"E", Some(Mark::Remove("one")));
    assert_eq!(known(), [false, keeps]);
    edit(b"F", Some(Mark::Remove("two")));
    assert_eq!(known(), [false, false]);
    bench.put(&"a".into(), b"other");
    assert_eq!(known(), [false, false]);
}
