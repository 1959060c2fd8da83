//! Going on where an edit of files in several folders was interrupted: all of them, or none.
//!
//! Every file is looked at before the first one is touched. When one of them is not as the journal knows it, all are left
//! alone: what was a whole old or new presentation to somebody stays one.

use super::super::disk::{Disk, JournalFile};
use super::super::journal::{Found, Journal};
use super::super::recover::{self, Outcome, Refusal};
use super::super::{Recovered, find, open_locked};
use super::pointer;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::names::folder_of;
use crate::system;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

type Looked<T> = (PathBuf, core::result::Result<T, Refusal>);

/// Finishes or takes back all that a journal lists.
pub(crate) fn recover(
    path: &Path,
    log: &mut JournalFile,
    journal: &Journal,
    undo: bool,
) -> Result<Vec<Recovered>> {
    system::allow_many_files();
    let base = folder_of(path);
    let mut stored: Vec<Looked<Disk>> = journal.entries.iter().map(|found| look(base, found, log)).collect();
    let renamed: Vec<Looked<FileSource>> = journal.moves.iter().map(|one| look_at_name(base, one)).collect();
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
    let mut all = Vec::new();
    let outcome = if undo { Outcome::TakenBack } else { Outcome::Finished };
    let mut go_on = |path: PathBuf, result: core::result::Result<(), Refusal>| {
        let is_done = result.is_ok();
        all.push(Recovered { path, result: result.map(|()| outcome) });
        is_done
    };
    let mut is_whole = true;
    if undo {
        for one in journal.moves.iter().rev() {
            is_whole &= go_on(one.path(base), one.take_back(base));
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
        for one in &journal.moves {
            is_whole = is_whole && go_on(one.path(base), one.finish(base));
        }
    }
    if is_whole {
        for folder in folders_of(base, journal) {
            system::sync_folder(&folder).map_err(Error::system("flush a folder"))?;
        }
        super::super::journal::mark(log, super::super::journal::State::Done)
            .and_then(|()| super::super::storage::Log::flush(log))
            .map_err(Error::system("mark the journal done"))?;
        clean(path, log, journal).map_err(Error::system("take the journal away"))?;
    }
    Ok(all)
}

/// Takes away what nothing needs any more, the journal last.
pub(crate) fn clean(path: &Path, log: &mut JournalFile, journal: &Journal) -> std::io::Result<()> {
    let base = folder_of(path);
    for one in &journal.moves {
        one.clean(base);
    }
    for folder in journal.folders.iter().flatten() {
        pointer::remove_from(&base.join(system::os_name(folder)), path);
    }
    super::super::storage::Log::remove(log)
}

/// Every file that a journal is about.
pub(crate) fn files<'j>(base: &'j Path, journal: &'j Journal) -> impl Iterator<Item = PathBuf> + 'j {
    let stored = journal.entries.iter().map(|found| base.join(system::os_name(&found.entry.name)));
    stored.chain(journal.moves.iter().map(|one| one.path(base)))
}

fn folders_of(base: &Path, journal: &Journal) -> BTreeSet<PathBuf> {
    files(base, journal).map(|file| folder_of(&file).to_owned()).collect()
}

fn look(base: &Path, found: &Found, log: &JournalFile) -> Looked<Disk> {
    let path = base.join(system::os_name(&found.entry.name));
    let Some(path) = find(folder_of(&path), &path, found.entry.inode) else {
        return (path, Err(Refusal::Gone));
    };
    let looked = open_locked(&path).and_then(|disk| recover::look(found, &disk, log).map(|_| disk));
    (path, looked)
}

fn look_at_name(base: &Path, one: &super::super::journal::Move) -> Looked<FileSource> {
    let path = one.path(base);
    let locked = || {
        one.look(base)?;
        let mut file = FileSource::open(&path).map_err(super::super::refusal)?;
        file.lock().map_err(super::super::refusal)?;
        Ok(file)
    };
    let looked = locked();
    (path, looked)
}
