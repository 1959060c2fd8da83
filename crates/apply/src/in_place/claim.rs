//! What journals say of files that are about to be edited.
//!
//! Whoever edits a file holds its lock until the journal of that edit says done, so a journal that tells of a file that is
//! locked here is one of two: an edit was interrupted, or somebody is about to recover it. Looking before locking would
//! leave a moment in which an edit begins and dies.

use super::disk::{Blocked, JournalFile};
use super::journal::Journal;
use super::root::pointer::POINTER;
use crate::error::{Error, Result};
use crate::names::{folder_of, group_journals, journal_of};
use crate::system;
use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What stands in the way of an edit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// This journal tells of an edit that was interrupted.
    Interrupted(PathBuf),
    /// Somebody recovers the file.
    Busy,
}

/// Looks for journals that are about these files, which the caller has locked.
///
/// # Errors
///
/// [`Error::System`].
pub fn claims(paths: &[&Path]) -> Result<Vec<Option<Claim>>> {
    let mut claims: Vec<Option<Claim>> = paths.iter().map(|_| None).collect();
    for (path, claim) in paths.iter().zip(&mut claims) {
        one(&journal_of(path), &mut [(path, claim)])?;
    }
    let folders: BTreeSet<&Path> = paths.iter().map(|path| folder_of(path)).collect();
    for folder in folders {
        for journal in group_journals(folder) {
            let files = paths.iter().zip(&mut claims).filter(|(path, _)| folder_of(path) == folder);
            one(&journal, &mut files.collect::<Vec<_>>())?;
        }
        if let Some(claim) = of_several_folders(folder)? {
            let files = paths.iter().zip(&mut claims).filter(|(path, _)| folder_of(path) == folder);
            files.for_each(|(_, into)| *into = Some(claim.clone()));
        }
    }
    Ok(claims)
}

/// A pointer to the journal of an edit of several folders stands in the way of the whole folder: its files may have been
/// given other names, and second ones. Whoever holds its lock is at work.
fn of_several_folders(folder: &Path) -> Result<Option<Claim>> {
    let pointer = folder.join(POINTER);
    let file = match File::open(&pointer) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::system("open the pointer to a journal")(error)),
    };
    let is_at_work = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    Ok(Some(if is_at_work { Claim::Busy } else { Claim::Interrupted(pointer) }))
}

fn one(journal: &Path, files: &mut [(&&Path, &mut Option<Claim>)]) -> Result<()> {
    if !journal.exists() {
        return Ok(());
    }
    let read = Error::system("read the journal");
    let (found, claim) = match JournalFile::open(journal) {
        Ok(Some(log)) => (Journal::read(&log).map_err(read)?, Claim::Interrupted(journal.to_owned())),
        Ok(None) => return Ok(()),
        Err(Blocked::System(error)) => return Err(read(error)),
        // Half-written, it names no file that was touched.
        Err(Blocked::Busy | Blocked::Pending) => (JournalFile::look(journal).unwrap_or(None), Claim::Busy),
    };
    let entries = found.map(|found| found.entries).unwrap_or_default();
    if entries.is_empty() {
        return Ok(());
    }
    for (path, into) in files {
        let inode = system::inode_of(path).map_err(Error::system("look at it"))?;
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        // A file that has got the name since is another one.
        let is_it = |entry: &super::Entry| match inode {
            Some(inode) if entry.inode != 0 => entry.inode == inode,
            _ => entry.name == name,
        };
        if entries.iter().any(|found| is_it(&found.entry)) {
            **into = Some(claim.clone());
        }
    }
    Ok(())
}
