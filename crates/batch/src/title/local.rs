//! A file below a root.

use prkit_apply::{Error, FileSource, HeldFolder};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A file by its one name, as it is shown to people, and the root that it is below.
#[derive(Clone, Debug)]
pub struct Local {
    /// Links resolved.
    pub path: PathBuf,
    /// Seen from where the manifest was named.
    pub shown: PathBuf,
    root: Rc<HeldFolder>,
}

impl Local {
    /// A resolved path below one of the roots, if it is below one.
    pub(crate) fn below(path: PathBuf, shown: PathBuf, roots: &[Rc<HeldFolder>]) -> Result<Self, PathBuf> {
        match roots.iter().find(|root| is_below(&path, root)) {
            Some(root) => Ok(Self { root: Rc::clone(root), path, shown }),
            None => Err(path),
        }
    }

    /// Opens it from its root: what became a link since it was found is not opened.
    pub fn open(&self) -> Result<FileSource, Error> {
        let below = self.path.strip_prefix(self.root.path()).map_err(|_| Error::Changed)?;
        self.root.open_file(below)
    }

    /// Whether an open file is this one, seen from its root.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] where its path leads elsewhere by now.
    pub fn check(&self, opened: &FileSource) -> Result<(), Error> {
        let here = self.open()?;
        if here.identity().inode == opened.identity().inode { Ok(()) } else { Err(Error::Changed) }
    }
}

pub(crate) fn is_below(path: &Path, root: &HeldFolder) -> bool {
    path != root.path() && path.starts_with(root.path())
}
