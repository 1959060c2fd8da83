//! The disk: files that are mapped for storing, and the journal beside them.

use super::journal::{Journal, State};
use super::shift::Shift;
use super::storage::{Log, Target};
use crate::file::FileSource;
use crate::map::Map;
use crate::names::folder_of;
use crate::system::{self, Kind};
use prkit_plan::{Source, Span};
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that is edited in place.
pub(crate) struct Disk {
    file: Arc<File>,
    len: u64,
    map: Option<Map>,
    /// Stores that stand closer together than this are not worth a map.
    map_from: u64,
    is_sparse: bool,
}

/// Below this, one of many files is not mapped: taking a map away interrupts every processor that runs this process,
/// and costs more than all else that a small edit does.
const MAP_FROM: u64 = 64 * 1024;

impl Disk {
    /// A file that is edited alone, or one of many.
    pub(crate) fn new(source: &FileSource, metadata: &Metadata, is_alone: bool) -> Self {
        Self {
            is_sparse: system::is_sparse(metadata),
            len: metadata.len(),
            map: None,
            map_from: if is_alone { 0 } else { MAP_FROM },
            file: Arc::clone(source.file()),
        }
    }

    pub(crate) fn set_times(&self, before: &Metadata) -> io::Result<()> {
        system::set_times(before, &self.file)
    }

    fn check_len(&self) -> io::Result<()> {
        let len = self.current_len()?;
        if len == self.len {
            return Ok(());
        }
        let expected = self.len;
        let wrong =
            format!("another program changed its length from {expected} to {len} bytes during the edit");
        Err(io::Error::other(wrong))
    }

    /// Gives space of its own to bytes that have none, or share it: a store through a map could only fail by SIGBUS.
    fn allocate(&self, spans: &[Span]) -> io::Result<bool> {
        match system::kind_of(&self.file) {
            Kind::Ext4 | Kind::Memory if !self.is_sparse => Ok(true),
            Kind::Ext4 | Kind::Memory => system::allocate(&self.file, spans),
            Kind::Xfs => system::unshare(&self.file, spans),
            // Every write goes to new blocks there, or nobody knows.
            Kind::Btrfs | Kind::Other => Ok(false),
        }
    }
}

impl Source for Disk {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        into.resize(usize::try_from(span.len()).map_err(|_| io::ErrorKind::OutOfMemory)?, 0);
        system::read_exact_at(&self.file, into, span.start())
    }
}

impl Target for Disk {
    fn current_len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn prepare(&mut self, spans: &[Span]) -> io::Result<()> {
        let spans: Vec<Span> = spans.iter().copied().filter(|span| !span.is_empty()).collect();
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(()) };
        let whole = Span::new(first.start(), last.end());
        if self.map.as_ref().is_none_or(|map| !map.holds_all(whole)) && self.allocate(&spans)? {
            // Where mapping does not work or does not pay, the same bytes go through `pwrite`.
            let is_worth_it = whole.len() >= self.map_from;
            self.map = is_worth_it.then(|| Map::new(&self.file, whole).ok()).flatten();
        }
        // What is stored behind the end of a file ends the process.
        self.check_len()
    }

    fn store(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        match &mut self.map {
            Some(map) if map.holds(at, bytes.len()) => map.store(at, bytes),
            _ => system::write_all_at(&self.file, bytes, at),
        }
    }

    fn shift(&mut self, shift: Shift, from: u64, to: u64) -> io::Result<()> {
        self.map = None;
        match shift {
            Shift::None => {}
            Shift::Insert { at, len } => system::insert_range(&self.file, at, len)?,
            Shift::Collapse { at, len } => system::collapse_range(&self.file, at, len)?,
            Shift::Resize => self.file.set_len(to)?,
        }
        self.is_sparse |= to > from;
        self.len = to;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(map) = &self.map {
            map.flush()?;
        }
        self.file.sync_all()
    }
}

/// A journal on the disk.
#[derive(Debug)]
pub(crate) struct JournalFile {
    path: PathBuf,
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
    System(io::Error),
}

impl From<io::Error> for Blocked {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl JournalFile {
    /// Opens a journal for writing; one that says nothing any more is written over.
    pub(crate) fn create(path: &Path) -> Result<Self, Blocked> {
        loop {
            let is_new = !path.exists();
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let file = options.open(path)?;
            let mut journal = Self { path: path.to_owned(), file, is_new };
            match journal.lock()? {
                Locked::Ours => {}
                Locked::Gone => continue,
                Locked::Theirs => return Err(Blocked::Busy),
            }
            return match Journal::read(&journal)? {
                Some(Journal { state: State::Open | State::Undo, .. }) => Err(Blocked::Pending),
                Some(Journal { state: State::Done, .. }) | None => {
                    journal.is_new |= journal.len()? == 0;
                    Ok(journal)
                }
            };
        }
    }

    /// Opens a journal that is there; `None` when it is not, or was taken away meanwhile.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Blocked> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let journal = Self { path: path.to_owned(), file, is_new: false };
        match journal.lock()? {
            Locked::Ours => Ok(Some(journal)),
            Locked::Gone => Ok(None),
            Locked::Theirs => Err(Blocked::Busy),
        }
    }

    /// Reads a journal that somebody else is at work under.
    pub(crate) fn look(path: &Path) -> io::Result<Option<Journal>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Journal::read(&Self { path: path.to_owned(), file, is_new: false })
    }

    /// Whoever holds the lock of a journal is at work under it.
    fn lock(&self) -> io::Result<Locked> {
        match self.file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Locked::Theirs),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Between opening and locking, its owner may have finished and taken it away.
        let same = system::same_file(&self.file, &self.path)?;
        Ok(if same { Locked::Ours } else { Locked::Gone })
    }
}

enum Locked {
    Ours,
    Theirs,
    Gone,
}

impl Log for JournalFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
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
            system::sync_folder(folder_of(&self.path))?;
            self.is_new = false;
        }
        Ok(())
    }

    fn remove(&mut self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}
