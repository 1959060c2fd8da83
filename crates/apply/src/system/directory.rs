//! A folder that is held open: what is asked of it is asked of this folder, whatever becomes of its name.

use super::looked::Looked;
use super::unix::looked_of;
use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};

/// A folder.
#[derive(Debug)]
pub(crate) struct Directory(OwnedFd);

/// A pipe or device that nobody serves is an error, not a wait.
const PLAIN: OFlags = OFlags::CLOEXEC.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
const FOLDER: OFlags = OFlags::CLOEXEC.union(OFlags::DIRECTORY);

impl Directory {
    /// Opens a folder; links on the way to it are followed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let open = |flags| retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
        match open(FOLDER) {
            // Whoever may not list it may still pass through it.
            Err(Errno::ACCESS) => Ok(Self(open(FOLDER | super::here::THROUGH)?)),
            opened => Ok(Self(opened?)),
        }
    }

    /// Opens a folder below this one; no link is followed.
    pub(crate) fn below(&self, path: &Path) -> io::Result<Self> {
        if path.as_os_str().is_empty() {
            return Ok(Self(self.0.try_clone()?));
        }
        match self.open_below(path, FOLDER) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Ok(Self(self.open_below(path, FOLDER | super::here::THROUGH)?))
            }
            opened => Ok(Self(opened?)),
        }
    }

    /// The folder that this one is in now.
    pub(crate) fn parent(&self) -> io::Result<Self> {
        Ok(Self(retry_on_intr(|| rustix::fs::openat(&self.0, "..", FOLDER, Mode::empty()))?))
    }

    /// Opens a folder in this one, which is made where it is not there.
    pub(crate) fn make(&self, name: &OsStr) -> io::Result<Self> {
        match rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => self.below(Path::new(name)),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a file below this folder; no link is followed.
    pub(crate) fn file(&self, path: &Path, writes: bool) -> io::Result<File> {
        let access = if writes { OFlags::RDWR } else { OFlags::RDONLY };
        Ok(self.open_below(path, PLAIN | access)?.into())
    }

    /// Makes a file of a name that is free.
    pub(crate) fn create(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = PLAIN | OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        #[allow(
            clippy::useless_conversion,
            clippy::unnecessary_fallible_conversions,
            reason = "its width depends on the machine"
        )]
        let mode = Mode::from_raw_mode(mode.try_into().unwrap_or(0o600));
        Ok(retry_on_intr(|| rustix::fs::openat(&self.0, name, flags, mode))?.into())
    }

    fn open_below(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let flags = flags | OFlags::NOFOLLOW;
        let mut names = path.components().map(|part| match part {
            Component::Normal(name) => Ok(name),
            _ => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        });
        let first = names.next().ok_or(io::ErrorKind::InvalidInput)??;
        let Some(second) = names.next() else {
            return Ok(retry_on_intr(|| rustix::fs::openat(&self.0, first, flags, Mode::empty()))?);
        };
        let rest: Vec<&OsStr> = core::iter::once(second).chain(names).collect::<io::Result<_>>()?;
        if let Some(opened) = super::here::open_at_once(&self.0, path, flags) {
            return opened;
        }
        let through = FOLDER | OFlags::NOFOLLOW | super::here::THROUGH;
        let mut folder = rustix::fs::openat(&self.0, first, through, Mode::empty())?;
        let (last, between) = rest.split_last().ok_or(io::ErrorKind::InvalidInput)?;
        for name in between {
            folder = rustix::fs::openat(&folder, *name, through, Mode::empty())?;
        }
        Ok(retry_on_intr(|| rustix::fs::openat(&folder, *last, flags, Mode::empty()))?)
    }

    /// What a name stands for here; a link is itself.
    pub(crate) fn look(&self, name: &OsStr) -> io::Result<Option<Looked>> {
        match retry_on_intr(|| rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)) {
            Ok(stat) => Ok(Some(looked_of(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What a name stands for: its identity tells whether that is the open file.
    pub(crate) fn named(&self, _: &File, name: &OsStr) -> io::Result<Option<Looked>> {
        self.look(name)
    }

    /// Which folder it is.
    pub(crate) fn identity(&self) -> io::Result<Option<(u64, u64)>> {
        Ok(looked_of(&rustix::fs::fstat(&self.0)?).identity.inode)
    }

    /// Gives a file a name that is free, or another file's.
    pub(crate) fn rename(&self, from: &OsStr, to: &OsStr, replace: bool) -> io::Result<()> {
        if replace {
            return Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?);
        }
        if let Some(renamed) = super::here::rename_to_free(&self.0, from, to) {
            return renamed;
        }
        self.link(from, to)?;
        self.unlink(from)
    }

    /// Gives a file a second name that is free.
    pub(crate) fn link(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.0, from, &self.0, to, AtFlags::empty())?)
    }

    pub(crate) fn unlink(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Every name in it.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Makes its names durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(retry_on_intr(|| rustix::fs::fsync(self.0.as_fd()))?)
    }

    /// Makes everything on its file system durable.
    pub(crate) fn sync_file_system(&self) -> io::Result<()> {
        super::here::sync_file_system(&File::from(self.0.try_clone()?))
    }
}
