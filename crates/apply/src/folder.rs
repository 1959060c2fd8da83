//! Folders that are held open, and names in them.
//!
//! ```text
//!   path ──open──▶ Folder ──place──▶ Place ──▶ open, make, rename, link, remove: always in that folder
//!                    └──below──▶ Folder          no link is followed
//! ```
//!
//! Whoever may write into the folders of a path can put a link, or another folder, into the place of one of them between
//! two system calls. So a path is resolved once; from then on every call names the folder by its descriptor.

use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::system::{self, Directory, Identity, Looked};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A folder that is held open.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    identity: Option<(u64, u64)>,
    directory: Directory,
}

impl Folder {
    /// Opens a folder; links on the way to it are followed.
    ///
    /// # Errors
    ///
    /// [`Error::System`].
    pub fn open(path: &Path) -> Result<Arc<Self>> {
        let shown = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Self::of(path.to_owned(), Directory::open(shown).map_err(Error::system("open the folder"))?)
    }

    /// Opens a folder, and calls it by its path without links.
    ///
    /// # Errors
    ///
    /// [`Error::System`].
    pub fn resolve(path: &Path) -> Result<Arc<Self>> {
        let shown = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let directory = Directory::open(shown).map_err(Error::system("open the folder"))?;
        Self::of(shown.canonicalize().map_err(Error::system("open the folder"))?, directory)
    }

    fn of(path: PathBuf, directory: Directory) -> Result<Arc<Self>> {
        let identity = directory.identity().map_err(Error::system("look at the folder"))?;
        Ok(Arc::new(Self { path, identity, directory }))
    }

    /// Opens a folder below this one. No link is followed.
    ///
    /// # Errors
    ///
    /// [`Error::Link`] for one that is reached over a link; [`Error::System`].
    pub fn below(&self, path: &Path) -> Result<Arc<Self>> {
        let directory = self.directory.below(path).map_err(no_link("open the folder"))?;
        Self::of(self.path.join(path), directory)
    }

    /// Opens a folder below this one, making what is not there. No link is followed.
    ///
    /// # Errors
    ///
    /// As for [`below`](Self::below).
    pub fn make_below(&self, path: &Path) -> Result<Arc<Self>> {
        match self.below(path) {
            Err(Error::System { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        let make = no_link("make the folder");
        let mut directory = self.directory.below(Path::new("")).map_err(Error::system("open the folder"))?;
        let made = path.components().try_for_each(|part| {
            let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
            directory = directory.make(name)?;
            Ok(())
        });
        made.map_err(make)?;
        Self::of(self.path.join(path), directory)
    }

    /// The folder that this one is in, so many levels up.
    pub(crate) fn above(&self, levels: u8) -> io::Result<Arc<Self>> {
        let mut directory = self.directory.below(Path::new(""))?;
        let mut path = self.path.clone();
        for _ in 0..levels {
            directory = directory.parent()?;
            if !(path.file_name().is_some() && path.pop()) {
                path.push("..");
            }
        }
        let identity = directory.identity()?;
        Ok(Arc::new(Self { path, identity, directory }))
    }

    /// A file of this folder, whether it is there or not.
    ///
    /// # Errors
    ///
    /// [`Error::System`] for what is no plain name.
    pub fn place(self: &Arc<Self>, name: &OsStr) -> Result<Place> {
        if !is_plain(name) {
            return Err(Error::system("open it")(io::Error::new(
                io::ErrorKind::InvalidFilename,
                "it is not the name of a file in a folder",
            )));
        }
        Ok(self.at(name))
    }

    /// The same for a name that is known to be plain.
    pub(crate) fn at(self: &Arc<Self>, name: &OsStr) -> Place {
        Place { folder: Arc::clone(self), name: name.to_owned() }
    }

    /// How it is shown to people.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Device and inode, where the system has them.
    pub const fn identity(&self) -> Option<(u64, u64)> {
        self.identity
    }

    /// Whether it is the same folder as another one.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self.identity, other.identity) {
            (Some(a), Some(b)) => a == b,
            _ => self.path == other.path,
        }
    }

    /// Opens a regular file below this folder for reading; no link is followed.
    pub(crate) fn file(&self, path: &Path) -> io::Result<File> {
        self.directory.file(path, false)
    }

    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        self.directory.names()
    }

    /// Makes its names durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.directory.sync()
    }

    /// Makes everything on its file system durable, where a system can do that.
    pub(crate) fn sync_file_system(&self) -> io::Result<()> {
        self.directory.sync_file_system()
    }
}

impl PartialEq for Folder {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

impl Eq for Folder {}

/// Whether a name is one of a file in a folder, and leads nowhere else.
pub(crate) fn is_plain(name: &OsStr) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
        && !name.as_encoded_bytes().contains(&0)
}

/// What the system says of a link in the way.
fn no_link(doing: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| if system::is_link(&source) { Error::Link } else { Error::System { doing, source } }
}

/// A name in a folder that is held open.
#[derive(Clone, Debug)]
pub struct Place {
    folder: Arc<Folder>,
    name: OsString,
}

impl Place {
    /// What a path names; links on the way to its folder are followed, one that it names itself is not.
    ///
    /// # Errors
    ///
    /// [`Error::System`].
    pub fn of(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default();
        Folder::open(crate::names::parent_of(path))?.place(name)
    }

    /// The folder.
    pub const fn folder(&self) -> &Arc<Folder> {
        &self.folder
    }

    /// The name in it.
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// How it is shown to people.
    pub fn path(&self) -> PathBuf {
        self.folder.path.join(&self.name)
    }

    /// Another name in the same folder.
    ///
    /// # Errors
    ///
    /// [`Error::System`] for what is no plain name.
    pub fn beside(&self, name: &OsStr) -> Result<Self> {
        self.folder.place(name)
    }

    /// Whether the name stands for something, be it a link to nowhere.
    pub fn is_taken(&self) -> bool {
        !matches!(self.look(), Ok(None))
    }

    /// Whether the name is free, or stands for a file, or for a link to a file or to nothing.
    pub(crate) fn may_be_replaced(&self) -> bool {
        match self.look() {
            Ok(None) => true,
            Ok(Some(found)) if found.what == system::What::Link => match self.path().metadata() {
                Ok(led_to) => led_to.is_file(),
                Err(_) => true,
            },
            Ok(Some(found)) => found.is_file(),
            Err(_) => false,
        }
    }

    /// Whether the name stands for a link.
    pub fn is_link(&self) -> bool {
        matches!(self.look(), Ok(Some(found)) if found.what == system::What::Link)
    }

    /// Whether the name stands for a file, be it by another name or over links.
    pub fn is_same_file(&self, other: &Identity) -> bool {
        match self.look() {
            Ok(Some(found)) if found.what == system::What::Link => {
                FileSource::look(&self.path()).is_ok_and(|found| found.inode == other.inode)
            }
            Ok(Some(found)) => found.identity.inode.is_some() && found.identity.inode == other.inode,
            Ok(None) | Err(_) => false,
        }
    }

    pub(crate) fn look(&self) -> io::Result<Option<Looked>> {
        self.folder.directory.look(&self.name)
    }

    /// What the name stands for: its identity tells whether that is the open file.
    pub(crate) fn named(&self, file: &File) -> io::Result<Option<Looked>> {
        self.folder.directory.named(file, &self.name)
    }

    /// Whether the name stands for this open file.
    pub(crate) fn names(&self, file: &File) -> io::Result<bool> {
        let Some(named) = self.named(file)? else { return Ok(false) };
        Ok(named.identity.inode == system::look(file)?.identity.inode)
    }

    /// Opens what is there; a link is not followed, and nobody is waited for.
    pub(crate) fn open(&self, writes: bool) -> io::Result<File> {
        self.folder.directory.file(Path::new(&self.name), writes)
    }

    /// Makes a file of a name that is free.
    pub(crate) fn create(&self, mode: u32) -> io::Result<File> {
        self.folder.directory.create(&self.name, mode)
    }

    /// Gives the file another name.
    pub(crate) fn rename(&self, to: &OsStr, replace: bool) -> io::Result<()> {
        self.folder.directory.rename(&self.name, to, replace)
    }

    /// Gives the file a second name.
    pub(crate) fn link(&self, to: &OsStr) -> io::Result<()> {
        self.folder.directory.link(&self.name, to)
    }

    /// Takes the name away.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn remove(&self) -> io::Result<()> {
        self.folder.directory.unlink(&self.name)
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.folder.is_same(&other.folder)
    }
}

impl Eq for Place {}

/// Opens what is there for a [`FileSource`](crate::FileSource).
pub(crate) fn opened(file: io::Result<File>) -> Result<File> {
    file.map_err(no_link("open it"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_folder_that_became_a_link_leads_nowhere() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        fs::create_dir_all(base.join("a/b")).unwrap();
        fs::create_dir_all(base.join("other/b")).unwrap();
        fs::write(base.join("other/b/f"), "other").unwrap();
        fs::write(base.join("a/b/f"), "ours").unwrap();
        let root = Folder::open(base).unwrap();
        let held = root.below(Path::new("a/b")).unwrap();
        fs::rename(base.join("a"), base.join("moved")).unwrap();
        symlink(base.join("other"), base.join("a")).unwrap();
        for path in ["a", "a/b"] {
            assert!(matches!(root.below(Path::new(path)), Err(Error::Link)), "{path}");
        }
        assert!(matches!(opened(root.file(Path::new("a/b/f"))), Err(Error::Link)));
        assert!(matches!(root.make_below(Path::new("a/b/c")), Err(Error::Link)));
        // What is held is the folder, not its name.
        held.at(OsStr::new("f")).rename(OsStr::new("g"), true).unwrap();
        assert_eq!(fs::read(base.join("moved/b/g")).unwrap(), b"ours");
        assert_eq!(fs::read(base.join("other/b/f")).unwrap(), b"other");
    }

    #[test]
    fn names_that_lead_elsewhere_are_no_places() {
        let folder = Folder::open(Path::new("")).unwrap();
        for name in ["", ".", "..", "/", "a/b", "../a", "a/", "/etc", "a\0b"] {
            assert!(folder.place(OsStr::new(name)).is_err(), "{name:?}");
        }
        assert!(folder.place(OsStr::new("a")).is_ok());
        for path in ["..", "../a", "/etc", "a/../b", "."] {
            assert!(folder.below(Path::new(path)).is_err(), "{path}");
        }
    }
}
