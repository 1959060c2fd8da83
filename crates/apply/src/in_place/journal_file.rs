//! A journal's file: made so that nobody else can have written it, and opened only if nobody else has.

use super::journal::{Journal, Reading, State};
use super::storage::Log;
use crate::error::{Error, copy_of};
use crate::folder::Place;
use crate::system;
use crate::trust::{Untrusted, distrust};
use std::fs::{File, TryLockError};
use std::io;

/// A journal on the disk.
#[derive(Debug)]
pub(crate) struct JournalFile {
    place: Place,
    file: File,
    is_new: bool,
}

/// What stands in the way of a new journal.
#[derive(Debug)]
pub(crate) enum Blocked {
    /// Another process writes it.
    Busy,
    /// It tells of an edit that was interrupted.
    Pending,
    /// It does not count.
    Untrusted(Untrusted),
    System(io::Error),
}

impl From<io::Error> for Blocked {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl Error {
    pub(crate) fn from_blocked(blocked: &Blocked, journal: &Place) -> Self {
        match blocked {
            Blocked::Busy => Self::Busy,
            Blocked::Pending => Self::Pending { journal: journal.path() },
            Blocked::Untrusted(why) => Self::Untrusted { journal: journal.path(), why: *why },
            Blocked::System(error) => Self::System { doing: "write the journal", source: copy_of(error) },
        }
    }
}

impl JournalFile {
    /// Makes a journal; one that says nothing any more gives way. Of what may be done with a file, the journal of its edits
    /// lets its owner do as much, and nobody else anything.
    pub(crate) fn create(place: &Place, mode: u32) -> Result<Self, Blocked> {
        loop {
            match Self::create_anew(place, mode) {
                Err(Blocked::Pending) => {}
                made => return made,
            }
            let Some(mut old) = Self::open(place, true)? else { continue };
            match Journal::read(&old)? {
                Reading::Whole(Journal { state: State::Open | State::Undo, .. }) => {
                    return Err(Blocked::Pending);
                }
                Reading::Whole(Journal { state: State::Done, .. }) | Reading::Unfinished => old.remove()?,
                Reading::Foreign(why) => return Err(Blocked::Untrusted(why)),
            }
        }
    }

    /// Makes a file under a name that is free; else it is [`Blocked::Pending`].
    pub(super) fn create_anew(place: &Place, mode: u32) -> Result<Self, Blocked> {
        let file = match place.create(mode & 0o700) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(Blocked::Pending),
            Err(error) => return Err(error.into()),
        };
        let journal = Self { place: place.clone(), file, is_new: true };
        if distrust(&system::look(&journal.file)?).is_some() {
            let _ = place.remove();
            return Err(not_ours().into());
        }
        match journal.lock()? {
            Locked::Ours => Ok(journal),
            // Whoever looked at it meanwhile found nothing in it, and took it away or is about to.
            Locked::Gone | Locked::Theirs => Err(Blocked::Busy),
        }
    }

    /// Opens a journal that is there and counts, and locks it; `None` when it is not there, or was taken away meanwhile.
    pub(crate) fn open(place: &Place, writes: bool) -> Result<Option<Self>, Blocked> {
        let Some(journal) = Self::look(place, writes)? else { return Ok(None) };
        match journal.lock()? {
            Locked::Ours => Ok(Some(journal)),
            Locked::Gone => Ok(None),
            Locked::Theirs => Err(Blocked::Busy),
        }
    }

    /// The same without a lock: somebody may be at work under it.
    pub(crate) fn look(place: &Place, writes: bool) -> Result<Option<Self>, Blocked> {
        // What is no file is not even opened: a device may do something then.
        match place.look()?.map(|found| distrust(&found)) {
            None => return Ok(None),
            Some(Some(why)) => return Err(Blocked::Untrusted(why)),
            Some(None) => {}
        }
        let Some(journal) = Self::unchecked(place, writes)? else { return Ok(None) };
        match distrust(&system::look(&journal.file)?) {
            Some(why) => Err(Blocked::Untrusted(why)),
            None => Ok(Some(journal)),
        }
    }

    /// Opens whatever file is there, for reading what it names and nothing else.
    pub(crate) fn of_somebody(place: &Place) -> io::Result<Option<Self>> {
        let is_file = |found: Option<system::Looked>| found.is_some_and(|found| found.is_file());
        if !is_file(place.look()?) {
            return Ok(None);
        }
        let journal = Self::unchecked(place, false)?;
        match &journal {
            Some(journal) if !system::look(&journal.file)?.is_file() => Ok(None),
            _ => Ok(journal),
        }
    }

    fn unchecked(place: &Place, writes: bool) -> io::Result<Option<Self>> {
        match place.open(writes) {
            Ok(file) => Ok(Some(Self { place: place.clone(), file, is_new: false })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits until its bytes are durable, whatever becomes of its name.
    pub(super) fn flush_content(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// Whoever holds the lock of a journal is at work under it.
    fn lock(&self) -> io::Result<Locked> {
        match self.file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Locked::Theirs),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Between opening and locking, its owner may have finished and taken it away.
        Ok(if self.place.names(&self.file)? { Locked::Ours } else { Locked::Gone })
    }
}

/// Who cannot be told from others by the files that he makes cannot have a journal that is known to be his.
fn not_ours() -> io::Error {
    let why =
        "on this file system, files that are made do not belong to their maker, or others may write to them";
    io::Error::new(io::ErrorKind::Unsupported, why)
}

enum Locked {
    Ours,
    Theirs,
    Gone,
}

impl Log for JournalFile {
    fn len(&self) -> io::Result<u64> {
        Ok(system::look(&self.file)?.identity.len)
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        system::read_exact_at(&self.file, into, at)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        system::write_all_at(&self.file, bytes, at)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        if self.is_new {
            self.place.folder().sync()?;
            self.is_new = false;
        }
        Ok(())
    }

    fn remove(&mut self) -> io::Result<()> {
        self.place.remove()
    }
}
