//! A file as a source of bytes.

use crate::at_work::AtWork;
use crate::error::{Error, Result};
use crate::folder::{Folder, Place, opened};
use crate::system::{self, Identity, Kind, Looked};
use prkit_plan::{BLOCK, Source, Span};
use std::any::Any;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A regular file, read at positions.
///
/// Reading through a map would be slower for small files, would not scale over threads, and would pull whole files
/// through the page cache; so files are mapped for storing only.
#[derive(Clone, Debug)]
pub struct FileSource {
    file: Arc<File>,
    identity: Identity,
    has_locks: bool,
    /// Its lock, until the last of its copies is closed.
    locked: Option<Arc<Locked>>,
    kind: OnceLock<Kind>,
    /// The same of files of one device that are open together: one of them is asked for all.
    kind_of_group: Option<Arc<OnceLock<Kind>>>,
    abilities: OnceLock<Abilities>,
    /// That this process is at work on it, until the last of its copies is closed.
    pub(crate) at_work: Option<Arc<AtWork>>,
}

/// The lock of a file, given back when this is dropped.
///
/// To close the file is not enough: a program that another thread starts has a copy of every descriptor until it is
/// executed, and with it the lock, and the next edit of the file would find it busy.
#[derive(Debug)]
struct Locked(Arc<File>);

impl Drop for Locked {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// What a file system can do to make a long file grow cheaply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Abilities {
    /// Insert blocks into a file and take them out, and not be torn by a crash while doing it.
    pub inserts: bool,
    /// Share blocks between files.
    pub clones: bool,

    /// The unit of both.
    pub block: u64,
}

impl FileSource {
    /// Opens a regular file for reading; a link is followed.
    ///
    /// # Errors
    ///
    /// [`Error::System`]; [`Error::NotAFile`] for folders, pipes and devices, which are not waited for.
    pub fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        system::without_waiting(options.read(true));
        Self::of(options.open(path).map_err(Error::system("open it"))?)
    }

    /// Opens a regular file of a folder for reading; a link is not followed.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open); [`Error::Link`].
    pub fn open_at(place: &Place) -> Result<Self> {
        Self::of(opened(place.open(false))?)
    }

    /// Opens a regular file of a folder for reading and writing; a link is not followed.
    ///
    /// # Errors
    ///
    /// As for [`open_at`](Self::open_at).
    pub fn open_for_edit(place: &Place) -> Result<Self> {
        Self::of(opened(place.open(true))?)
    }

    /// Opens a regular file below a folder for reading; no link is followed on the way.
    ///
    /// # Errors
    ///
    /// As for [`open_at`](Self::open_at).
    pub fn open_below(folder: &Folder, path: &Path) -> Result<Self> {
        Self::of(opened(folder.file(path))?)
    }

    fn of(file: File) -> Result<Self> {
        let identity = Identity::of(&file)?;
        Ok(Self {
            file: Arc::new(file),
            identity,
            has_locks: true,
            locked: None,
            kind: OnceLock::new(),
            kind_of_group: None,
            abilities: OnceLock::new(),
            at_work: None,
        })
    }

    /// Takes over what a stream gives, in an unnamed temporary file.
    ///
    /// # Errors
    ///
    /// [`Error::System`].
    pub fn spool(first: &[u8], rest: &mut dyn io::Read) -> Result<Self> {
        let mut file = tempfile::tempfile().map_err(Error::system("create a temporary file"))?;
        io::Write::write_all(&mut file, first).map_err(Error::system("write a temporary file"))?;
        io::copy(rest, &mut file).map_err(Error::system("copy the stream to a temporary file"))?;
        Self::from_file(&file)
    }

    /// What its file system can do, which is asked for once.
    pub fn abilities(&self) -> Abilities {
        *self.abilities.get_or_init(|| {
            let kind = self.kind();
            let block = system::shift_unit(&self.file).unwrap_or(4096);
            Abilities { inserts: kind == Kind::Ext4, clones: kind.clones(), block }
        })
    }

    /// Whether its file system puts every store into new blocks: none is certain to find room there, not even one of the
    /// bytes that were there before.
    pub fn moves_stores(&self) -> bool {
        self.kind() == Kind::Btrfs
    }

    /// Its file system, which is asked for once.
    pub(crate) fn kind(&self) -> Kind {
        let kind = self.kind_of_group.as_deref().unwrap_or(&self.kind);
        *kind.get_or_init(|| system::kind_of(&self.file))
    }

    /// Files that are open together ask one of each device what its file system is. As long as they are open, no other one
    /// takes its place.
    pub(crate) fn ask_once<'f>(files: impl Iterator<Item = &'f mut Self>) {
        let mut devices: BTreeMap<u64, Arc<OnceLock<Kind>>> = BTreeMap::new();
        for file in files {
            let device = file.identity.inode.map(|(device, _)| device);
            file.kind_of_group = device.map(|device| Arc::clone(devices.entry(device).or_default()));
        }
    }

    /// What a file is now, by its name.
    ///
    /// # Errors
    ///
    /// [`Error::System`]; [`Error::NotAFile`].
    pub fn look(path: &Path) -> Result<Identity> {
        let metadata = path.metadata().map_err(Error::system("look at it"))?;
        if metadata.is_file() { Ok(system::identity(&metadata)) } else { Err(Error::NotAFile) }
    }

    /// Locks the file against other editors, until it is closed, where its file system has locks.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] when another process holds the lock; [`Error::System`].
    pub fn lock(&mut self) -> Result<()> {
        match self.file.try_lock() {
            Ok(()) => {
                self.locked = Some(Arc::new(Locked(Arc::clone(&self.file))));
                Ok(())
            }
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Error(error)) => {
                self.has_locks = !system::is_unsupported(&error);
                if self.has_locks { Err(Error::system("lock it")(error)) } else { Ok(()) }
            }
        }
    }

    /// Whether [`lock`](Self::lock) did not find that its file system has no locks. Without them a file is made anew:
    /// nobody else can be kept from storing into it.
    pub const fn has_locks(&self) -> bool {
        self.has_locks
    }

    /// What the file was when it was opened.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// Fails when the file is no longer what it was when it was opened.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`].
    pub fn check_unchanged(&self) -> Result<()> {
        if Identity::of(&self.file)? == self.identity { Ok(()) } else { Err(Error::Changed) }
    }

    /// Fails when the file is no longer what it was when it was opened, or a name no longer stands for it.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`].
    pub fn check_unchanged_at(&self, place: &Place) -> Result<()> {
        self.look_again(place).map(|_| ())
    }

    /// The same, with what the system says of it.
    pub(crate) fn look_again(&self, place: &Place) -> Result<Looked> {
        let found = place.named(&self.file).map_err(Error::system("look at it"))?;
        let same = found.filter(|now| now.is_file() && now.identity == self.identity);
        same.ok_or(Error::Changed)
    }

    /// The same, but for the number of its names.
    pub(crate) fn check_content_unchanged(&self) -> Result<()> {
        let now = Identity { links: self.identity.links, ..Identity::of(&self.file)? };
        if now == self.identity { Ok(()) } else { Err(Error::Changed) }
    }

    /// An open file as it is now.
    pub(crate) fn from_file(file: &File) -> Result<Self> {
        Self::of(file.try_clone().map_err(Error::system("open it"))?)
    }

    pub(crate) const fn file(&self) -> &Arc<File> {
        &self.file
    }
}

impl Identity {
    pub(crate) fn of(file: &File) -> Result<Self> {
        let found = system::look(file).map_err(Error::system("look at it"))?;
        if found.is_file() { Ok(found.identity) } else { Err(Error::NotAFile) }
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.identity.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        let len = usize::try_from(span.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        if span.end() > self.identity.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Only what is new in the buffer is cleared.
        into.resize(len, 0);
        system::read_exact_at(&self.file, into, span.start())
    }

    /// Many short spans are asked for at once. A long one, as `moov`, is left alone: little of it may be needed, and what is
    /// read in order the system reads ahead by itself.
    fn hint(&self, spans: &[Span]) {
        let short: Vec<Span> = spans.iter().copied().filter(|span| span.len() <= BLOCK).collect();
        system::will_need(&self.file, &short);
    }

    fn origin(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_lock_ends_with_the_last_copy_of_the_source_whoever_else_has_the_descriptor() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut first = FileSource::open(file.path()).unwrap();
        first.lock().unwrap();
        let mut second = FileSource::open(file.path()).unwrap();
        // What a program that is being started has.
        let inherited = first.file.try_clone().unwrap();
        let copy = first.clone();
        drop(first);
        assert!(matches!(second.lock(), Err(Error::Busy)));
        drop(copy);
        second.lock().unwrap();
        drop(inherited);
    }

    #[test]
    fn a_file_is_read_at_positions_and_its_changes_are_noticed() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abcdef").unwrap();
        let source = FileSource::open(file.path()).unwrap();
        let mut bytes = vec![9; 9];
        source.read_at(Span::new(2, 4), &mut bytes).unwrap();
        assert_eq!(bytes, b"cd");
        assert!(source.read_at(Span::new(4, 9), &mut bytes).is_err());
        source.check_unchanged().unwrap();
        file.write_all(b"g").unwrap();
        assert!(matches!(source.check_unchanged(), Err(Error::Changed)));
    }

    #[test]
    fn a_folder_is_not_a_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(FileSource::open(folder.path()), Err(Error::NotAFile)));
    }
}
