//! A folder that is held open, and files that are opened below it.
//!
//! ```text
//!   HeldFolder /srv/title ──▶ v ──▶ 1.m4s     each step from the folder before it, no link followed
//!                             │
//!                             └ a link, put there after the path was resolved: the file is not opened
//! ```
//!
//! On Linux the kernel takes all steps at once (`openat2` with `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`), where it is new
//! enough and lets us; elsewhere on Unix they are taken one by one. Other systems have no such call: there the path is
//! resolved once more, and what is swapped in between that and the opening is followed.

use crate::error::{Error, Result};
use crate::file::FileSource;
#[cfg(unix)]
use rustix::fs::OFlags;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

/// A folder that stays the same one, whatever becomes of its path.
#[derive(Debug)]
pub struct HeldFolder {
    path: PathBuf,
    #[cfg(unix)]
    folder: File,
}

impl HeldFolder {
    /// Holds a folder; links that lead to it are followed.
    ///
    /// # Errors
    ///
    /// [`Error::System`], also for what is no folder.
    pub fn open(path: &Path) -> Result<Self> {
        let path = path.canonicalize().map_err(Error::system("open the folder"))?;
        #[cfg(unix)]
        let folder = {
            let opened = rustix::fs::open(&path, FOLDER, rustix::fs::Mode::empty());
            File::from(opened.map_err(|error| Error::system("open the folder")(error.into()))?)
        };
        #[cfg(not(unix))]
        if !path.is_dir() {
            return Err(Error::system("open the folder")(std::io::ErrorKind::NotADirectory.into()));
        }
        Ok(Self {
            path,
            #[cfg(unix)]
            folder,
        })
    }

    /// Its path when it was opened, links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a regular file for reading by its path below the folder, which leads through no link.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] where a link is on the way, or a step leads up; [`Error::NotAFile`]; [`Error::System`].
    pub fn open_file(&self, below: &Path) -> Result<FileSource> {
        let is_plain = |step| matches!(step, Component::Normal(_));
        if below.as_os_str().is_empty() || !below.components().all(is_plain) {
            return Err(Error::Changed);
        }
        let file = self.file_below(below)?;
        FileSource::from_file(&file)
    }

    #[cfg(unix)]
    fn file_below(&self, below: &Path) -> Result<File> {
        use rustix::io::Errno;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
        at_once(&self.folder, below, flags)
            .or_else(|error| match error {
                Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::AGAIN => {
                    step_by_step(&self.folder, below, flags)
                }
                error => Err(error),
            })
            .map(File::from)
            .map_err(|error| match error {
                Errno::LOOP | Errno::XDEV | Errno::NOTDIR => Error::Changed,
                error => Error::system("open it")(error.into()),
            })
    }

    #[cfg(not(unix))]
    fn file_below(&self, below: &Path) -> Result<File> {
        let path = self.path.join(below);
        let resolved = path.canonicalize().map_err(Error::system("open it"))?;
        if resolved != path {
            return Err(Error::Changed);
        }
        File::open(resolved).map_err(Error::system("open it"))
    }
}

/// How a folder is held that is only gone through: on Linux it need not be readable.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

#[cfg(unix)]
type Opened = rustix::io::Result<rustix::fd::OwnedFd>;

#[cfg(any(target_os = "linux", target_os = "android"))]
fn at_once(folder: &File, below: &Path, flags: OFlags) -> Opened {
    use rustix::fs::{Mode, ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(folder, below, flags, Mode::empty(), resolve)
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn at_once(folder: &File, below: &Path, flags: OFlags) -> Opened {
    step_by_step(folder, below, flags)
}

#[cfg(unix)]
fn step_by_step(folder: &File, below: &Path, flags: OFlags) -> Opened {
    use rustix::fs::{Mode, openat};
    let name = below.file_name().ok_or(rustix::io::Errno::NOENT)?;
    let mut here = folder.try_clone().map_err(|_| rustix::io::Errno::MFILE)?;
    for step in below.parent().unwrap_or_else(|| Path::new("")) {
        here = File::from(openat(&here, step, FOLDER, Mode::empty())?);
    }
    openat(&here, name, flags, Mode::empty())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use prkit_plan::Source as _;
    use std::fs;
    use std::os::unix::fs::symlink;

    /// A folder with a file in it, beside one that is not below it.
    fn folders() -> (tempfile::TempDir, HeldFolder) {
        let top = tempfile::tempdir().unwrap();
        for name in ["in/v", "out"] {
            fs::create_dir_all(top.path().join(name)).unwrap();
            fs::write(top.path().join(name).join("a"), name).unwrap();
        }
        let held = HeldFolder::open(&top.path().join("in")).unwrap();
        (top, held)
    }

    #[test]
    fn a_file_below_is_opened_and_nothing_else() {
        let (top, held) = folders();
        assert_eq!(held.open_file(Path::new("v/a")).unwrap().len(), 4);
        for outside in ["../out/a", "v/../../out/a", "", ".", "/etc/hostname"] {
            assert!(matches!(held.open_file(Path::new(outside)), Err(Error::Changed)), "{outside}");
        }
        assert!(matches!(held.open_file(Path::new("v")), Err(Error::NotAFile)));
        assert!(matches!(held.open_file(Path::new("v/none")), Err(Error::System { .. })));
        let made = std::process::Command::new("mkfifo").arg(top.path().join("in/pipe")).status();
        if made.is_ok_and(|status| status.success()) {
            assert!(matches!(held.open_file(Path::new("pipe")), Err(Error::NotAFile)), "and not waited for");
        }
    }

    #[test]
    fn a_link_that_was_put_there_afterwards_is_not_followed() {
        let (top, held) = folders();
        let at = |name: &str| top.path().join(name);
        fs::rename(at("in/v"), at("in/w")).unwrap();
        symlink(at("out"), at("in/v")).unwrap();
        symlink(at("out/a"), at("in/w/b")).unwrap();
        for below in ["v/a", "w/b"] {
            assert!(matches!(held.open_file(Path::new(below)), Err(Error::Changed)), "{below}");
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW;
            assert!(step_by_step(&held.folder, Path::new(below), flags).is_err(), "{below}, step by step");
        }
        // Its own path may lead elsewhere now; it is still the same folder.
        fs::rename(at("in"), at("moved")).unwrap();
        symlink(at("out"), at("in")).unwrap();
        assert_eq!(held.open_file(Path::new("w/a")).unwrap().len(), 4);
        assert!(held.open_file(Path::new("a")).is_err());
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW;
        assert!(step_by_step(&held.folder, Path::new("w/a"), flags).is_ok());
    }
}
