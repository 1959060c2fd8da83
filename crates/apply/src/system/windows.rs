//! Windows.

pub(crate) use super::plain::{
    allocate, collapse_range, copy_range, insert_range, kind_of, room, unshare, will_need,
};

use super::identity::Identity;
use super::looked::{Looked, What};
use same_file::Handle;
use std::ffi::{OsStr, OsString};
use std::fs::{File, FileTimes, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, MetadataExt as _};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Pipes have names of their own there, which no folder lists.
pub(crate) fn without_waiting(_: &mut OpenOptions) {}

pub(crate) fn identity(metadata: &Metadata) -> Identity {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or((0, 0), pair_of);
    Identity { inode: None, links: 1, len: metadata.len(), modified }
}

/// What the system says of an open file.
pub(crate) fn look(file: &File) -> io::Result<Looked> {
    file.metadata().map(|metadata| looked_of(&metadata))
}

fn looked_of(metadata: &Metadata) -> Looked {
    const FILE_ATTRIBUTE_SPARSE_FILE: u32 = 0x200;
    let what = match metadata.file_type() {
        kind if kind.is_symlink() => What::Link,
        kind if kind.is_file() => What::File,
        kind if kind.is_dir() => What::Folder,
        _ => What::Other,
    };
    let accessed = metadata.accessed().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Looked {
        identity: identity(metadata),
        what,
        owner: None,
        mode: 0o600,
        is_sparse: metadata.file_attributes() & FILE_ATTRIBUTE_SPARSE_FILE != 0,
        accessed: accessed.map_or((0, 0), pair_of),
    }
}

fn pair_of(since: Duration) -> (i64, i64) {
    (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), i64::from(since.subsec_nanos()))
}

/// Whether one call flushes a file system.
pub(crate) const FLUSHES_ALL: bool = false;

/// Whether a link was in the way that was not followed.
pub(crate) fn is_link(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotADirectory)
}

/// Users have no numbers there; who may write to a file is not asked.
pub(crate) fn own_user() -> Option<u32> {
    None
}

/// A folder, by its path: what is asked of it is asked of whatever has that name.
#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if path.metadata()?.is_dir() {
            Ok(Self(path.to_owned()))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    pub(crate) fn below(&self, path: &Path) -> io::Result<Self> {
        let mut folder = self.0.clone();
        for part in path.components() {
            let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
            folder.push(name);
            if !folder.symlink_metadata()?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        Ok(Self(folder))
    }

    pub(crate) fn parent(&self) -> io::Result<Self> {
        Ok(Self(self.0.join("..")))
    }

    pub(crate) fn make(&self, name: &OsStr) -> io::Result<Self> {
        match std::fs::create_dir(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.below(Path::new(name)),
        }
    }

    pub(crate) fn file(&self, path: &Path, writes: bool) -> io::Result<File> {
        let folder = self.below(path.parent().unwrap_or(Path::new("")))?;
        let path = folder.0.join(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
        if path.symlink_metadata()?.is_symlink() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        OpenOptions::new().read(true).write(writes).open(path)
    }

    pub(crate) fn create(&self, name: &OsStr, _: u32) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    pub(crate) fn look(&self, name: &OsStr) -> io::Result<Option<Looked>> {
        match self.0.join(name).symlink_metadata() {
            Ok(metadata) => Ok(Some(looked_of(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What this open file is, if the name stands for it: by volume and index, which need an open handle of both.
    pub(crate) fn named(&self, file: &File, name: &OsStr) -> io::Result<Option<Looked>> {
        match Handle::from_path(self.0.join(name)) {
            Ok(named) if Handle::from_file(file.try_clone()?)? == named => look(file).map(Some),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn identity(&self) -> io::Result<Option<(u64, u64)>> {
        Ok(None)
    }

    pub(crate) fn rename(&self, from: &OsStr, to: &OsStr, replace: bool) -> io::Result<()> {
        if !replace && self.look(to)?.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        std::fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(crate) fn link(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        std::fs::hard_link(self.0.join(from), self.0.join(to))
    }

    pub(crate) fn unlink(&self, name: &OsStr) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        std::fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    /// Windows makes names durable with their files.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "other systems have to do something")]
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    /// No call flushes a file system there: each file is flushed by whoever asks for this.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "other systems have to do something")]
    pub(crate) fn sync_file_system(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the file system does not have what was asked of it.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// A name of a journal. One that is no Unicode does not come back whole, and its file is then not found.
pub(crate) fn os_name(bytes: &[u8]) -> OsString {
    OsString::from(String::from_utf8_lossy(bytes).into_owned())
}

pub(crate) fn read_exact_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    let (mut into, mut at) = (into, at);
    while !into.is_empty() {
        match file.seek_read(into, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                into = into.get_mut(n..).unwrap_or_default();
                at = at.saturating_add(u64::try_from(n).unwrap_or(0));
            }
        }
    }
    Ok(())
}

pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    let (mut bytes, mut at) = (bytes, at);
    while !bytes.is_empty() {
        match file.seek_write(bytes, at)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            n => {
                bytes = bytes.get(n..).unwrap_or_default();
                at = at.saturating_add(u64::try_from(n).unwrap_or(0));
            }
        }
    }
    Ok(())
}

pub(crate) fn shift_unit(_: &File) -> io::Result<u64> {
    Ok(4096)
}

pub(crate) fn copy_attributes(from: &File, to: &File) -> io::Result<()> {
    to.set_permissions(from.metadata()?.permissions())
}

pub(crate) fn set_times(looked: &Looked, to: &File) -> io::Result<()> {
    let time = |(seconds, nanoseconds): (i64, i64)| {
        let since = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
        UNIX_EPOCH.checked_add(since)
    };
    let mut times = FileTimes::new();
    if let Some(accessed) = time(looked.accessed) {
        times = times.set_accessed(accessed);
    }
    if let Some(modified) = time(looked.identity.modified) {
        times = times.set_modified(modified);
    }
    to.set_times(times)
}

/// Windows makes names durable with their files.
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn sync_file_system(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// The C runtime allows at least so many, and nothing else limits them here.
pub fn allow_many_files() -> u64 {
    2048
}
