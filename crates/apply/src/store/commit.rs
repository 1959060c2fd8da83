//! Plans carried out for files of a store.

use super::asset::{FileAsset, receipt};
use super::error::{flush_of, stored};
use crate::error::Error;
use crate::in_place::{Member, in_place, together as all_or_none};
use crate::new_file::{Make, NewFile, Original, new_files};
use crate::way::{Way, method_anew, method_in_place, way};
use prkit_plan::{Access, Commit, Edit, Method, NotTogether, Receipt, Source as _, StoreError};

/// Each on its own, those of a folder under one journal.
pub(super) fn each(edits: &mut [Edit<'_, FileAsset>], how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
    let mut ways: Vec<Result<Way, StoreError>> = edits.iter().map(|edit| way_for(edit, how)).collect();
    let mut results: Vec<Option<Result<Receipt, StoreError>>> = edits.iter().map(|_| None).collect();
    for (way, result) in ways.iter_mut().zip(&mut results) {
        if let Err(error) = way {
            *result = Some(Err(core::mem::replace(error, StoreError::Cancelled)));
        }
    }
    let mut folders: Vec<usize> = Vec::new();
    for (i, edit) in edits.iter().enumerate() {
        let is_same = |known: &usize| {
            edits
                .get(*known)
                .is_some_and(|known| known.asset.place.folder().is_same(edit.asset.place.folder()))
        };
        if !folders.iter().any(is_same) {
            folders.push(i);
        }
    }
    for first in folders {
        let Some(folder) = edits.get(first).map(|edit| edit.asset.place.folder().clone()) else { continue };
        let of_folder = |edit: &Edit<'_, FileAsset>| edit.asset.place.folder().is_same(&folder);
        let (mut mapped, mut made, mut at) = (Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
        for (i, (edit, way)) in edits.iter_mut().zip(&ways).enumerate() {
            let Ok(way) = way else { continue };
            if !of_folder(edit) {
                continue;
            }
            match way {
                Way::InPlace { block } => {
                    let method = method_in_place(edit.plan, *block);
                    at.0.push((i, method, edit.plan.bytes_put()));
                    mapped.push(in_place_edit(edit, *block));
                }
                Way::Anew => {
                    let original = Original::File(&edit.asset.file);
                    at.1.push((i, method_anew(edit.plan, &original), 0));
                    made.push(Make {
                        plan: edit.plan,
                        original,
                        target: &edit.asset.place,
                        how: NewFile { replace: true, ..NewFile::default() },
                        check: &mut *edit.check,
                        watch: how.watch,
                    });
                }
            }
        }
        let flush = flush_of(how.durability);
        let done = in_place(&mut mapped, flush).into_iter().zip(at.0);
        let done = done.chain(new_files(&mut made, flush).into_iter().zip(at.1));
        let done: Vec<_> = done.collect();
        drop((mapped, made));
        for (done, (i, method, bytes)) in done {
            let place = edits.get(i).map(|edit| &edit.asset.place);
            if let (Some(place), Some(result)) = (place, results.get_mut(i)) {
                how.watch.moved(if done.is_ok() { bytes } else { 0 });
                *result = Some(done.map_err(stored).and_then(|()| receipt(place, method)));
            }
        }
    }
    results.into_iter().map(|result| result.unwrap_or(Err(StoreError::Cancelled))).collect()
}

fn in_place_edit<'e>(edit: &'e mut Edit<'_, FileAsset>, block: Option<u64>) -> crate::in_place::Edit<'e> {
    crate::in_place::Edit {
        place: &edit.asset.place,
        source: &edit.asset.file,
        plan: edit.plan,
        block,
        preserve: false,
        check: &mut *edit.check,
    }
}

/// How an edit is carried out, if it is.
fn way_for(edit: &Edit<'_, FileAsset>, how: &Commit<'_>) -> Result<Way, StoreError> {
    if edit.asset.access != Access::Edit {
        return Err(StoreError::ReadOnly);
    }
    if edit.plan.old_len() != edit.asset.len() {
        return Err(StoreError::Changed);
    }
    if how.watch.is_cancelled() {
        return Err(StoreError::Cancelled);
    }
    match edit.asset.file.identity().links {
        0 | 1 => Ok(way(edit.plan, &edit.asset.file)),
        links => Err(stored(Error::Links { links })),
    }
}

/// All of them or none.
pub(super) fn together(
    root: usize,
    edits: &mut [Edit<'_, FileAsset>],
    how: &Commit<'_>,
) -> Result<Vec<Receipt>, NotTogether> {
    let blame = |member| move |error| NotTogether { member: Some(member), error };
    let mut ways = Vec::with_capacity(edits.len());
    for (i, edit) in edits.iter().enumerate() {
        ways.push(way_for(edit, how).map_err(blame(i))?);
    }
    let no_root = || NotTogether { member: None, error: StoreError::Missing };
    let place = edits.get(root).map(|edit| edit.asset.place.clone()).ok_or_else(no_root)?;
    let mut methods: Vec<(Method, u64)> = Vec::new();
    let mut members: Vec<Member<'_>> = Vec::new();
    for (edit, way) in edits.iter_mut().zip(ways) {
        let (block, renamed) = match way {
            Way::InPlace { block } => (block, false),
            Way::Anew => (None, true),
        };
        let method = if renamed {
            method_anew(edit.plan, &Original::File(&edit.asset.file))
        } else {
            method_in_place(edit.plan, block)
        };
        methods.push((method, edit.plan.bytes_put()));
        members.push(Member { edit: in_place_edit(edit, block), renamed });
    }
    let done = all_or_none(&place, &mut members, flush_of(how.durability));
    drop(members);
    done.map_err(|failed| NotTogether { member: failed.member, error: stored(failed.error) })?;
    let receipts = edits.iter().zip(methods).enumerate().map(|(i, (edit, (method, bytes)))| {
        how.watch.moved(bytes);
        receipt(&edit.asset.place, method).map_err(blame(i))
    });
    receipts.collect()
}
