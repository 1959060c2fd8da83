//! The folder that a journal of several folders is in, and those below it: each is opened once, over no link, and held.

use crate::folder::{Folder, Place};
use crate::system;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders by their paths below one.
#[derive(Debug)]
pub(crate) struct Tree {
    base: Arc<Folder>,
    folders: BTreeMap<PathBuf, Arc<Folder>>,
}

impl Tree {
    pub(crate) fn new(base: &Arc<Folder>) -> Self {
        Self { base: Arc::clone(base), folders: BTreeMap::new() }
    }

    /// The tree of several folders that are held already, below the one that all of them are in.
    pub(super) fn over<'f>(
        folders: impl Iterator<Item = &'f Arc<Folder>> + Clone,
    ) -> crate::error::Result<Self> {
        let mut paths = folders.clone().map(|folder| folder.path());
        let mut common = paths.next().map(Path::to_owned).unwrap_or_default();
        for path in paths {
            while !path.starts_with(&common) && common.pop() {}
        }
        let mut tree = Self::new(&Folder::open(&common)?);
        for folder in folders {
            let below = folder.path().strip_prefix(&common).unwrap_or(folder.path()).to_owned();
            // Between opening the one and the other, somebody may have renamed what is between them.
            if !tree.base.below(&below)?.is_same(folder) {
                return Err(crate::error::Error::Changed);
            }
            tree.folders.insert(below, Arc::clone(folder));
        }
        Ok(tree)
    }

    pub(crate) const fn base(&self) -> &Arc<Folder> {
        &self.base
    }

    /// The path of a folder that is held, as seen from the base.
    pub(super) fn below(&self, folder: &Folder) -> &Path {
        let found = self.folders.iter().find(|(_, known)| known.is_same(folder));
        found.map_or(Path::new(""), |(path, _)| path)
    }

    /// A file by its path below the base.
    pub(crate) fn place(&mut self, path: &[u8]) -> io::Result<Place> {
        let path = PathBuf::from(system::os_name(path));
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let folder = self.folder(path.parent().unwrap_or(Path::new("")))?;
        folder.place(name).map_err(io::Error::other)
    }

    pub(crate) fn folder(&mut self, below: &Path) -> io::Result<Arc<Folder>> {
        if let Some(known) = self.folders.get(below) {
            return Ok(Arc::clone(known));
        }
        let folder = self.base.below(below).map_err(|error| match error {
            crate::error::Error::System { source, .. } => source,
            error => io::Error::other(error.to_string()),
        })?;
        self.folders.insert(below.to_owned(), Arc::clone(&folder));
        Ok(folder)
    }

    /// The folders that were asked for.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Arc<Folder>> + Clone {
        self.folders.values()
    }
}
