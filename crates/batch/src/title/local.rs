//! A file below a root.

use prkit_apply::{Error, FileSource, Folder};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file by its one name, as it is shown to people, and the root that it is below.
#[derive(Clone, Debug)]
pub struct Local {
    /// Links resolved.
    pub path: PathBuf,
    /// Seen from where the manifest was named.
    pub shown: PathBuf,
    root: Arc<Folder>,
}

impl Local {
    /// A resolved path below one of the roots, if it is below one.
    pub(crate) fn below(path: PathBuf, shown: PathBuf, roots: &[Arc<Folder>]) -> Result<Self, PathBuf> {
        match roots.iter().find(|root| is_below(&path, root)) {
            Some(root) => Ok(Self { root: Arc::clone(root), path, shown }),
            None => Err(path),
        }
    }

    /// Its root, and its path below that, on which no link is followed.
    pub fn held(&self) -> Result<(Arc<Folder>, PathBuf), Error> {
        let below = self.path.strip_prefix(self.root.path()).map_err(|_| Error::Changed)?;
        Ok((Arc::clone(&self.root), below.to_owned()))
    }

    /// Opens it from its root: what became a link since it was found is not opened.
    pub fn open(&self) -> Result<FileSource, Error> {
        let (root, below) = self.held()?;
        FileSource::open_below(&root, &below)
    }
}

pub(crate) fn is_below(path: &Path, root: &Folder) -> bool {
    path != root.path() && path.starts_with(root.path())
}
