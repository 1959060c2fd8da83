//! What journals say of files that are about to be edited.
//!
//! Whoever edits a file holds its lock until the journal of that edit says done, so a journal that tells of a file that is
//! locked here is one of two: an edit was interrupted, or somebody is about to recover it. Looking before locking would
//! leave a moment in which an edit begins and dies.
//!
//! A journal that does not count is believed in one thing only: that the files that it names are not to be touched.

use super::journal::{Journal, Reading};
use super::journal_file::{Blocked, JournalFile};
use super::root::pointer::{self, POINTER};
use super::storage::Log as _;
use crate::error::{Error, Result};
use crate::folder::{Folder, Place};
use crate::names::{group_journals, journal_of};
use crate::system::Looked;
use crate::trust::Untrusted;
use std::ffi::OsStr;
use std::io;
use std::sync::Arc;

/// What stands in the way of an edit.
#[derive(Clone, Debug)]
pub(crate) enum Claim {
    /// This journal tells of an edit that was interrupted.
    Interrupted(Place),
    /// Somebody recovers the file.
    Busy,
    /// This one may, and does not count.
    Untrusted(Place, Untrusted),
}

/// Looks for journals that are about these files, which the caller has locked.
///
/// # Errors
///
/// [`Error::System`].
pub(crate) fn claims(places: &[&Place]) -> Result<Vec<Option<Claim>>> {
    let mut claims: Vec<Option<Claim>> = places.iter().map(|_| None).collect();
    for (place, claim) in places.iter().zip(&mut claims) {
        let journal = place.folder().at(&journal_of(place.name()));
        one(&journal, &mut [(place, claim)], true)?;
    }
    let mut folders: Vec<&Arc<Folder>> = Vec::new();
    for place in places {
        if !folders.iter().any(|known| known.is_same(place.folder())) {
            folders.push(place.folder());
        }
    }
    for folder in folders {
        let mut files: Vec<_> =
            places.iter().zip(&mut claims).filter(|(place, _)| place.folder().is_same(folder)).collect();
        for name in group_journals() {
            one(&folder.at(&name), &mut files, false)?;
        }
        if let Some(claim) = of_several_folders(folder)? {
            for (_, into) in files {
                *into = Some(claim.clone());
            }
        }
    }
    Ok(claims)
}

/// A pointer to the journal of an edit of several folders stands in the way of the whole folder: its files may have been
/// given other names, and second ones. Whoever holds its lock is at work.
fn of_several_folders(folder: &Arc<Folder>) -> Result<Option<Claim>> {
    let place = folder.at(OsStr::new(POINTER));
    match pointer::standing(&place)? {
        None => Ok(None),
        Some(pointer::Standing::Free) => Ok(Some(Claim::Interrupted(place))),
        Some(pointer::Standing::AtWork) => Ok(Some(Claim::Busy)),
        Some(pointer::Standing::Untrusted(why)) => Ok(Some(Claim::Untrusted(place, why))),
    }
}

/// What a journal says of files: the one that it is named after, or those of its folder.
fn one(journal: &Place, files: &mut [(&&Place, &mut Option<Claim>)], is_own: bool) -> Result<()> {
    let read = || Error::system("read the journal");
    if journal.look().map_err(read())?.is_none() {
        return Ok(());
    }
    let (found, claim) = match JournalFile::open(journal, true) {
        Ok(None) => return Ok(()),
        Ok(Some(log)) => match Journal::read(&log).map_err(read())? {
            Reading::Whole(found) => (Some(found), Claim::Interrupted(journal.clone())),
            Reading::Unfinished => return Ok(()),
            Reading::Foreign(why) => return untrusted(journal, why, files, is_own),
        },
        Err(Blocked::Untrusted(why)) => return untrusted(journal, why, files, is_own),
        Err(Blocked::System(error)) => return Err(read()(error)),
        // Half-written, it names no file that was touched.
        Err(Blocked::Busy | Blocked::Pending) => (at_work(journal), Claim::Busy),
    };
    if let Some(found) = found.filter(|found| !found.entries.is_empty()) {
        claim_named(&found, &claim, files)?;
    }
    Ok(())
}

/// What a journal lists that somebody is at work under.
fn at_work(journal: &Place) -> Option<Journal> {
    let log = JournalFile::look(journal, false).ok().flatten()?;
    Journal::read(&log).ok()?.whole()
}

/// Journals that do not count are read up to this length.
const MAX_UNTRUSTED: u64 = 64 * 1024 * 1024;

/// A journal that does not count stands in the way of the file that it is named after, and of those that it names. Where it
/// may be one and cannot be read, these may be all.
fn untrusted(
    journal: &Place,
    why: Untrusted,
    files: &mut [(&&Place, &mut Option<Claim>)],
    is_own: bool,
) -> Result<()> {
    let claim = Claim::Untrusted(journal.clone(), why);
    let all = |files: &mut [(&&Place, &mut Option<Claim>)]| {
        for (_, into) in files {
            **into = Some(claim.clone());
        }
    };
    if is_own {
        all(files);
        return Ok(());
    }
    let reading = JournalFile::of_somebody(journal).and_then(|log| match log {
        Some(log) if log.len()? > MAX_UNTRUSTED => Ok(Some(Reading::Foreign(Untrusted::Contents))),
        Some(log) => Journal::read(&log).map(Some),
        None => Ok(None),
    });
    match reading {
        Ok(Some(Reading::Whole(found))) => claim_named(&found, &claim, files)?,
        Ok(Some(Reading::Foreign(Untrusted::Version | Untrusted::Contents))) => all(files),
        // Somebody's other file, or none at all: no file is meant.
        Ok(Some(Reading::Foreign(_) | Reading::Unfinished) | None) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(_) => all(files),
    }
    Ok(())
}

fn claim_named(found: &Journal, claim: &Claim, files: &mut [(&&Place, &mut Option<Claim>)]) -> Result<()> {
    for (place, into) in files {
        let inode =
            place.look().map_err(Error::system("look at it"))?.and_then(|found: Looked| found.identity.inode);
        let name = place.name().as_encoded_bytes();
        // A file that has got the name since is another one, for a journal that counts.
        let is_believed = !matches!(claim, Claim::Untrusted(..));
        let is_it = |entry: &super::Entry| match inode {
            Some((_, inode)) if is_believed => entry.inode == inode,
            Some((_, inode)) => entry.inode == inode || entry.name == name,
            None => entry.name == name,
        };
        let is_named = !is_believed && found.names().any(|named| named == name);
        if is_named || found.entries.iter().any(|found| is_it(&found.entry)) {
            **into = Some(claim.clone());
        }
    }
    Ok(())
}
