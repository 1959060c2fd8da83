//! Plans carried out for files of a store.
//!
//! ```text
//!   in place        map, journal: one for the files of a folder  ─┐  one flush for the group
//!   anew            new file, rename                             ─┘
//!   all or none     together
//! ```

use super::asset::{FileAsset, version_of};
use super::error::{flush_of, stored};
use crate::Check;
use crate::copying::Original;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::flush::Flush;
use crate::folder::Place;
use crate::in_place::{Edit as InPlace, Member, in_place, together as all_or_none};
use crate::new_file::{Make, NewFile, copy_file, keep_copy, new_files};
use crate::way::{Way, WriteHow};
use prkit_plan::{Access, Commit, Edit, Method, NotTogether, Plan, Receipt, Source as _, StoreError, Watch};
use std::ffi::OsString;

/// Bytes that a journal tells of at most, if it tells of more than one file.
const MAX_JOURNAL: u64 = 8 * 1024 * 1024;

/// One edit of a group.
struct Turn<'t> {
    number: usize,
    asset: &'t FileAsset,
    place: &'t Place,
    plan: &'t Plan,
    check: Check<'t>,
    block: Option<u64>,
    method: Method,
    /// Why it was not stored in place, as planned, but made anew.
    instead: Option<String>,
    backup: Option<OsString>,
}

/// What became of the edits of a group.
type Done = Vec<Option<Result<Receipt>>>;

fn set(done: &mut Done, number: usize, result: Result<Receipt>) {
    if let Some(known) = done.get_mut(number) {
        *known = Some(result);
    }
}

/// Each on its own, those of a folder under one journal.
pub(super) fn each(edits: &mut [Edit<'_, FileAsset>], how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
    let mut done: Done = edits.iter().map(|_| None).collect();
    let mut folders: Vec<Vec<Turn<'_>>> = Vec::new();
    let mut anew: Vec<Turn<'_>> = Vec::new();
    for (number, edit) in edits.iter_mut().enumerate() {
        let (way, place) = match way_for(edit, how) {
            Ok(found) => found,
            Err(error) => {
                set(&mut done, number, Err(error));
                continue;
            }
        };
        let (asset, plan) = (edit.asset, edit.plan);
        let mut turn = Turn {
            number,
            asset,
            place,
            plan,
            check: &mut *edit.check,
            block: None,
            method: way.method(plan, &asset.file),
            instead: None,
            backup: asset.manner.backup_of(place.name()),
        };
        let Way::InPlace { block } = way else {
            anew.push(turn);
            continue;
        };
        turn.block = block;
        let is_same =
            |of: &Vec<Turn<'_>>| of.first().is_some_and(|first| first.place.folder().is_same(place.folder()));
        match folders.iter_mut().find(|of| is_same(of)) {
            Some(of) => of.push(turn),
            None => folders.push(vec![turn]),
        }
    }
    let flush = flush_of(how.durability);
    for turns in folders {
        for group in journals(turns, how.watch, &mut done) {
            anew.extend(in_one_journal(group, flush, how, &mut done));
        }
    }
    made(anew, flush, how, &mut done);
    done.into_iter().map(|done| done.unwrap_or(Err(Error::Cancelled)).map_err(stored)).collect()
}

/// How an edit is carried out, if it is, and where.
fn way_for<'e>(edit: &Edit<'e, FileAsset>, how: &Commit<'_>) -> Result<(Way, &'e Place)> {
    let Some(place) = edit.asset.place().filter(|_| edit.asset.access == Access::Edit) else {
        return Err(Error::ReadOnly);
    };
    if edit.plan.old_len() != edit.asset.len() {
        return Err(Error::Changed);
    }
    if how.watch.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let (_, way) = edit.asset.way(edit.plan, edit.in_turn)?;
    Ok((way, place))
}

/// The files of a folder by the journal that tells of them. What is to be kept of a file is kept first.
fn journals<'t>(turns: Vec<Turn<'t>>, watch: &dyn Watch, done: &mut Done) -> Vec<Vec<Turn<'t>>> {
    let mut groups: Vec<Vec<Turn<'t>>> = Vec::new();
    let mut bytes = 0_u64;
    for turn in turns {
        let kept = turn.backup.as_ref().map_or(Ok(()), |backup| {
            turn.place.beside(backup).and_then(|backup| keep_copy(&turn.asset.file, &backup, watch))
        });
        if let Err(error) = kept {
            set(done, turn.number, Err(not_kept(error)));
            continue;
        }
        let len = turn.plan.bytes_put();
        bytes = bytes.saturating_add(len);
        match groups.last_mut() {
            Some(group) if bytes <= MAX_JOURNAL => group.push(turn),
            _ => {
                bytes = len;
                groups.push(vec![turn]);
            }
        }
    }
    groups
}

/// Files that are stored into under one journal; those where the system cannot do that are to be made anew.
fn in_one_journal<'t>(
    mut group: Vec<Turn<'t>>,
    flush: Flush,
    how: &Commit<'_>,
    done: &mut Done,
) -> Vec<Turn<'t>> {
    let edits = group.iter_mut().map(|turn| InPlace {
        place: turn.place,
        source: &turn.asset.file,
        plan: turn.plan,
        block: turn.block,
        preserve: turn.asset.manner.preserve,
        check: &mut *turn.check,
        watch: how.watch,
    });
    let mut edits: Vec<InPlace<'_>> = edits.collect();
    let results = in_place(&mut edits, flush);
    drop(edits);
    let mut left = Vec::new();
    for (mut turn, result) in group.into_iter().zip(results) {
        match result {
            Ok(()) => {
                how.watch.moved(turn.plan.bytes_put());
                set(done, turn.number, receipt(&turn, how));
            }
            Err(error) if error.is_unsupported() && may_make(&turn) => {
                turn.instead = Some(format!("{error}, so the file is written anew"));
                turn.method = Way::Anew.method(turn.plan, &turn.asset.file);
                // It is kept already.
                turn.backup = None;
                left.push(turn);
            }
            Err(error) => set(done, turn.number, Err(error)),
        }
    }
    left
}

/// Whether a new file will do: nobody asked for the map, no other name is to see the change, and the file is still the one
/// that was planned for.
fn may_make(turn: &Turn<'_>) -> bool {
    let file = &turn.asset.file;
    turn.asset.manner.write == WriteHow::Auto
        && file.identity().links == 1
        && file.check_unchanged_at(turn.place).is_ok()
}

/// Files that are made anew.
fn made(mut turns: Vec<Turn<'_>>, flush: Flush, how: &Commit<'_>, done: &mut Done) {
    let makes = turns.iter_mut().map(|turn| Make {
        plan: turn.plan,
        original: Original::File(&turn.asset.file),
        target: turn.place,
        how: NewFile { replace: true, preserve: turn.asset.manner.preserve, backup: turn.backup.as_deref() },
        check: &mut *turn.check,
        watch: how.watch,
    });
    let mut makes: Vec<Make<'_>> = makes.collect();
    let results = new_files(&mut makes, flush);
    drop(makes);
    for (turn, result) in turns.iter().zip(results) {
        set(done, turn.number, result.and_then(|()| receipt(turn, how)));
    }
}

fn receipt(turn: &Turn<'_>, how: &Commit<'_>) -> Result<Receipt> {
    let mut receipt = receipt_of(turn.place, turn.method, how)?;
    receipt.instead.clone_from(&turn.instead);
    Ok(receipt)
}

/// What was done with a file that has this name now.
pub(super) fn receipt_of(place: &Place, method: Method, how: &Commit<'_>) -> Result<Receipt> {
    if !how.tells_versions {
        return Ok(Receipt::of(method));
    }
    let file = FileSource::open_at(place)?;
    Ok(Receipt::new(version_of(&file.identity()), method))
}

/// All of them or none.
pub(super) fn together(
    root: usize,
    edits: &mut [Edit<'_, FileAsset>],
    how: &Commit<'_>,
) -> Result<Vec<Receipt>, NotTogether> {
    let blame = |member| move |error| NotTogether { member: Some(member), error: stored(error) };
    let mut ways = Vec::with_capacity(edits.len());
    for (i, edit) in edits.iter().enumerate() {
        ways.push(way_for(edit, how).map_err(blame(i))?);
    }
    let no_root = || NotTogether { member: None, error: StoreError::Missing };
    let place = ways.get(root).map(|(_, place)| *place).ok_or_else(no_root)?;
    let mut backups = Backups::default();
    for (i, (edit, (_, place))) in edits.iter().zip(&ways).enumerate() {
        backups.keep(edit.asset, place, how.watch).map_err(blame(i))?;
    }
    let mut methods: Vec<(Method, u64)> = Vec::new();
    let mut members: Vec<Member<'_>> = Vec::new();
    for (edit, (way, place)) in edits.iter_mut().zip(&ways) {
        let block = if let Way::InPlace { block } = way { *block } else { None };
        let (asset, plan) = (edit.asset, edit.plan);
        methods.push((way.method(plan, &asset.file), plan.bytes_put()));
        let (source, preserve) = (&asset.file, asset.manner.preserve);
        let check = &mut *edit.check;
        let edit = InPlace { place, source, plan, block, preserve, check, watch: how.watch };
        members.push(Member { edit, renamed: *way == Way::Anew });
    }
    let done = all_or_none(place, &mut members, flush_of(how.durability));
    drop(members);
    done.map_err(|failed| NotTogether {
        member: failed.member,
        error: stored(failed.error.or_cancelled(how.watch)),
    })?;
    backups.made.clear();
    let receipts = ways.iter().zip(methods).enumerate().map(|(i, ((way, place), (method, bytes)))| {
        // What was made anew was counted while it was copied.
        if *way != Way::Anew {
            how.watch.moved(bytes);
        }
        receipt_of(place, method, how).map_err(blame(i))
    });
    receipts.collect()
}

/// Why there is no copy of the old file.
fn not_kept(error: Error) -> Error {
    match error {
        Error::Cancelled => Error::Cancelled,
        error => Error::Backup(Box::new(error)),
    }
}

/// Copies under other names, which go again when nothing was changed.
#[derive(Default)]
struct Backups {
    made: Vec<Place>,
}

impl Backups {
    fn keep(&mut self, asset: &FileAsset, place: &Place, watch: &dyn Watch) -> Result<()> {
        let Some(backup) = asset.manner.backup_of(place.name()) else { return Ok(()) };
        let backup = place.beside(&backup)?;
        copy_file(&asset.file, &backup, watch).map_err(not_kept)?;
        self.made.push(backup);
        Ok(())
    }
}

impl Drop for Backups {
    fn drop(&mut self) {
        for backup in &self.made {
            let _ = backup.remove();
        }
    }
}
