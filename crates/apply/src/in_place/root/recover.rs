//! Going on where an edit of files in several folders was interrupted: all of them, or none.
//!
//! Every file is looked at before the first one is touched. When one of them is not as the journal knows it, all are left
//! alone: what was a whole old or new presentation to somebody stays one.

use super::super::disk::Disk;
use super::super::journal::{Found, Journal, Move, State, mark};
use super::super::journal_file::JournalFile;
use super::super::recover::{self, Outcome, Refusal};
use super::super::storage::Log as _;
use super::super::{Recovered, find, open_locked, refusal};
use super::pointer;
use super::renaming::Renaming;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::system;
use std::io;
use std::path::{Path, PathBuf};

type Looked<T> = (PathBuf, core::result::Result<T, Refusal>);

/// Finishes or takes back all that a journal lists.
pub(crate) fn recover(log: &mut JournalFile, journal: &Journal, undo: bool) -> Result<Vec<Recovered>> {
    system::allow_many_files();
    let mut tree = Tree::new(log.place().folder());
    let mut stored: Vec<Looked<Disk>> =
        journal.entries.iter().map(|found| look(&mut tree, found, log)).collect();
    let renamed: Vec<Looked<(Renaming<'_>, FileSource)>> =
        journal.moves.iter().map(|one| look_at_name(&mut tree, one, log)).collect();
    let refused = stored.iter().any(|(_, looked)| looked.is_err()) || renamed.iter().any(|(_, r)| r.is_err());
    if refused {
        let left = |path, error: Option<Refusal>| Recovered {
            path,
            result: Err(error.unwrap_or(Refusal::Together)),
        };
        let stored = stored.into_iter().map(|(path, looked)| left(path, looked.err()));
        return Ok(stored
            .chain(renamed.into_iter().map(|(path, looked)| left(path, looked.err())))
            .collect());
    }
    // Their locks are held to the end.
    let renamed: Vec<(Renaming<'_>, FileSource)> =
        renamed.into_iter().filter_map(|(_, looked)| looked.ok()).collect();
    let mut all = Vec::new();
    let outcome = if undo { Outcome::TakenBack } else { Outcome::Finished };
    let mut go_on = |path: PathBuf, result: core::result::Result<(), Refusal>| {
        let is_done = result.is_ok();
        all.push(Recovered { path, result: result.map(|()| outcome) });
        is_done
    };
    let mut is_whole = true;
    if undo {
        for (one, _) in renamed.iter().rev() {
            is_whole &= go_on(one.path(), one.take_back());
        }
    }
    for (found, (path, disk)) in journal.entries.iter().zip(&mut stored) {
        let result = match disk {
            Ok(disk) => recover::recover(found, disk, log, undo).map(drop),
            Err(_) => Err(Refusal::Gone),
        };
        is_whole &= go_on(path.clone(), result);
    }
    if !undo {
        // The manifests come last: what they say is true by then.
        for (one, _) in &renamed {
            is_whole = is_whole && go_on(one.path(), one.finish());
        }
    }
    if is_whole {
        tree.folders().try_for_each(|folder| folder.sync()).map_err(Error::system("flush a folder"))?;
        mark(log, State::Done).and_then(|()| log.flush()).map_err(Error::system("mark the journal done"))?;
        clean(log, journal).map_err(Error::system("take the journal away"))?;
    }
    Ok(all)
}

/// Takes away what nothing needs any more, the journal last: while it is there, it knows what else is.
pub(crate) fn clean(log: &mut JournalFile, journal: &Journal) -> io::Result<()> {
    let mut tree = Tree::new(log.place().folder());
    for one in &journal.moves {
        // A folder that is gone, or a link now, has nothing of ours.
        if let Ok(renaming) = Renaming::new(&mut tree, one) {
            renaming.clean()?;
        }
    }
    for folder in journal.folders.iter().flatten() {
        if let Ok(folder) = tree.folder(Path::new(&system::os_name(folder))) {
            pointer::remove_from(&folder, log.place());
        }
    }
    log.remove()
}

fn look(tree: &mut Tree, found: &Found, log: &JournalFile) -> Looked<Disk> {
    let shown = || log.place().folder().path().join(system::os_name(&found.entry.name));
    let place = match tree.place(&found.entry.name) {
        Ok(place) => place,
        Err(error) => return (shown(), Err(error.into())),
    };
    let Some(place) = find(&place, found.entry.inode) else {
        return (place.path(), Err(Refusal::Gone));
    };
    let looked = open_locked(&place, found.entry.inode)
        .and_then(|disk| recover::look(found, &disk, log).map(|_| disk));
    (place.path(), looked)
}

fn look_at_name<'j>(tree: &mut Tree, one: &'j Move, log: &JournalFile) -> Looked<(Renaming<'j>, FileSource)> {
    let shown = tree.base().path().join(system::os_name(&one.name));
    let mut locked = || {
        let renaming = Renaming::new(tree, one)?;
        let mut file = renaming.compare(log)?;
        file.lock().map_err(refusal)?;
        Ok((renaming, file))
    };
    (shown, locked())
}
