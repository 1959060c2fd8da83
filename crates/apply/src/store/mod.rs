//! Local files as a store.
//!
//! ```text
//!   AssetId "title/hd/init.mp4" ──▶ Folder (held) ──▶ Place     no link is followed below the root
//!   commit            in_place, grouped by folder │ new_files         (way.rs chooses)
//!   commit_together   together
//! ```

mod asset;
mod commit;
mod error;

pub use asset::FileAsset;

use crate::error::Error;
use crate::folder::{Folder, Place};
use crate::in_place::{is_journal, recover};
use crate::new_file::{Make, NewFile, Original, new_files};
use crate::system::{What, os_name};
use crate::temporary::is_unfinished_name;
use crate::way::method_anew;
use core::ops::ControlFlow;
use error::{flush_of, stored};
use prkit_plan::{Access, AssetId, Commit, Edit, NotTogether, Receipt, Recovered, Store, StoreError};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The files below a folder. Their names are paths below it; hidden files and what is reached over links are no assets.
#[derive(Clone, Debug)]
pub struct Files {
    root: Arc<Folder>,
}

/// What is done with the files of a folder, and the name of that.
type EachFolder<'e> = dyn FnMut(&[u8], Vec<Place>) -> ControlFlow<()> + 'e;

impl Files {
    /// The files below a folder.
    ///
    /// # Errors
    ///
    /// [`Error::System`].
    pub fn below(root: &Path) -> Result<Self, Error> {
        Ok(Self { root: Folder::open(root)? })
    }

    /// The same for a folder that is held already.
    pub const fn of(root: Arc<Folder>) -> Self {
        Self { root }
    }

    /// Where an asset is.
    fn place(&self, id: &AssetId) -> Result<Place, StoreError> {
        let path = path_of(id)?;
        let folder = self.root.below(parent_of(&path)).map_err(stored)?;
        folder.place(path.file_name().unwrap_or_default()).map_err(stored)
    }

    /// Hands out the files of a folder, then those below it.
    fn walk(
        folder: &Arc<Folder>,
        name: &[u8],
        each: &mut EachFolder<'_>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let mut names = folder.names().map_err(StoreError::io("list the folder"))?;
        names.sort_unstable();
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for found in names {
            let place = folder.at(&found);
            match place.look().map_err(StoreError::io("look at it"))?.map(|looked| looked.what) {
                Some(What::File) => files.push(place),
                Some(What::Folder) if !found.as_encoded_bytes().starts_with(b".") => folders.push(found),
                _ => {}
            }
        }
        if each(name, files).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        for found in folders {
            let below = folder.below(Path::new(&found)).map_err(stored)?;
            if Self::walk(&below, &joined(name, &id_of(&found)), each)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Store for Files {
    type Asset = FileAsset;

    fn list(
        &self,
        below: &AssetId,
        group: &mut dyn FnMut(Vec<AssetId>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let path = if below.as_bytes().is_empty() { PathBuf::new() } else { path_of(below)? };
        let folder = self.root.below(&path).map_err(stored)?;
        let _end = Self::walk(&folder, below.as_bytes(), &mut |folder, files| {
            let visible = files.iter().filter(|place| !place.name().as_encoded_bytes().starts_with(b"."));
            let ids: Vec<AssetId> =
                visible.map(|place| AssetId::new(joined(folder, &id_of(place.name())))).collect();
            if ids.is_empty() { ControlFlow::Continue(()) } else { group(ids) }
        })?;
        Ok(())
    }

    fn open(&self, id: &AssetId, access: Access) -> Result<FileAsset, StoreError> {
        FileAsset::open(id.clone(), self.place(id)?, access)
    }

    fn commit(
        &self,
        edits: &mut [Edit<'_, FileAsset>],
        how: &Commit<'_>,
    ) -> Vec<Result<Receipt, StoreError>> {
        commit::each(edits, how)
    }

    fn commit_together(
        &self,
        root: usize,
        edits: &mut [Edit<'_, FileAsset>],
        how: &Commit<'_>,
    ) -> Result<Vec<Receipt>, NotTogether> {
        commit::together(root, edits, how)
    }

    fn make(&self, make: prkit_plan::Make<'_>, how: &Commit<'_>) -> Result<Receipt, StoreError> {
        let path = path_of(make.id)?;
        let folder = self.root.make_below(parent_of(&path)).map_err(stored)?;
        let target = folder.place(path.file_name().unwrap_or_default()).map_err(stored)?;
        let original = Original::Bytes(make.source);
        let method = method_anew(make.plan, &original);
        let how_new = NewFile { replace: make.replace, ..NewFile::default() };
        let mut files = [Make {
            plan: make.plan,
            original,
            target: &target,
            how: how_new,
            check: make.check,
            watch: how.watch,
        }];
        let made = new_files(&mut files, flush_of(how.durability)).pop().unwrap_or(Ok(()));
        match made {
            Err(Error::Exists { .. }) => Err(StoreError::Exists(make.id.clone())),
            made => made.map_err(stored).and_then(|()| asset::receipt(&target, method)),
        }
    }

    fn recover(&self, below: &AssetId, undo: bool) -> Result<Vec<Recovered>, StoreError> {
        let path = if below.as_bytes().is_empty() { PathBuf::new() } else { path_of(below)? };
        let folder = self.root.below(&path).map_err(stored)?;
        let mut journals = Vec::new();
        let _end = Self::walk(&folder, below.as_bytes(), &mut |_, files| {
            journals.extend(files.into_iter().filter(|place| is_journal(place.name())));
            ControlFlow::Continue(())
        })?;
        let mut all = Vec::new();
        for journal in journals.iter().filter(|journal| journal.is_taken()) {
            for recovered in recover(journal, undo).map_err(stored)? {
                let below = recovered.path.strip_prefix(self.root.path()).unwrap_or(&recovered.path);
                let result = recovered.result.map(|_| ());
                let result = result.map_err(|refusal| StoreError::Interrupted(refusal.to_string().into()));
                all.push(Recovered::new(AssetId::new(id_of(below.as_os_str())), result));
            }
        }
        Ok(all)
    }
}

/// The path of an asset below the root; what leads elsewhere is none.
fn path_of(id: &AssetId) -> Result<PathBuf, StoreError> {
    let path = PathBuf::from(os_name(id.as_bytes()));
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_hidden = path.file_name().is_none_or(|name| is_journal(name) || is_unfinished_name(name));
    if is_plain && !is_hidden { Ok(path) } else { Err(StoreError::Outside(id.clone())) }
}

fn parent_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A name or path as the name of an asset has it.
fn id_of(path: &OsStr) -> Vec<u8> {
    let bytes = path.as_encoded_bytes();
    if std::path::MAIN_SEPARATOR == '/' {
        return bytes.to_vec();
    }
    bytes.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect()
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

#[cfg(test)]
mod tests;
