//! Local files as a store.
//!
//! ```text
//!   AssetId "title/hd/init.mp4" ──▶ Folder (held) ──▶ Place     no link is followed below the root
//!   open              locked, what was interrupted finished           open.rs
//!   commit            in_place, grouped by folder │ new_files         commit.rs, ../way.rs chooses
//!   commit_together   together
//! ```

mod asset;
mod commit;
mod error;
mod open;

pub use asset::FileAsset;

use crate::copying::Original;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::folder::{Folder, Place};
use crate::in_place::{is_journal, recover};
use crate::new_file::{Make, NewFile, new_files};
use crate::system::{What, os_name};
use crate::temporary::is_unfinished_name;
use crate::way::{Manner, method_anew};
use asset::Stands;
use core::ops::ControlFlow;
use error::{flush_of, stored, unopened};
use prkit_plan::{Access, AssetId, Commit, Edit, NotTogether, Receipt, Recovered, Source, Store, StoreError};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The files below a folder. Their names are paths below it; hidden files and what is reached over links are no assets.
#[derive(Clone, Debug)]
pub struct Files {
    root: Root,
    manner: Arc<Manner>,
    /// Folders below the root that files were made in last, held.
    made: Arc<Mutex<BTreeMap<PathBuf, Arc<Folder>>>>,
}

/// How many folders are held at once.
const MAX_HELD: usize = 32;

/// Where the names of assets lead.
#[derive(Clone, Debug)]
enum Root {
    /// Below a folder.
    Below(Arc<Folder>),
    /// Below one that is made when the first file is.
    Made(PathBuf, Arc<OnceLock<Arc<Folder>>>),
    /// Wherever a path does: whoever runs the program named it.
    Anywhere,
}

impl Root {
    /// The folder, where there is one.
    fn held(&self) -> Result<Option<Arc<Folder>>> {
        match self {
            Self::Below(folder) => Ok(Some(Arc::clone(folder))),
            Self::Made(path, held) => {
                if let Some(held) = held.get() {
                    return Ok(Some(Arc::clone(held)));
                }
                std::fs::create_dir_all(path).map_err(Error::system("make the folder"))?;
                let folder = Folder::open(path)?;
                Ok(Some(Arc::clone(held.get_or_init(|| folder))))
            }
            Self::Anywhere => Ok(None),
        }
    }
}

/// What is done with the files of a folder, and the name of that.
type EachFolder<'e> = dyn FnMut(&[u8], Vec<Place>) -> ControlFlow<()> + 'e;

impl Files {
    /// The files below a folder.
    ///
    /// # Errors
    ///
    /// [`Error::System`].
    pub fn below(root: &Path) -> Result<Self> {
        Ok(Self::of(Folder::open(root)?))
    }

    /// The same for a folder that is held already.
    pub fn of(root: Arc<Folder>) -> Self {
        Self::with(Root::Below(root))
    }

    /// The same for a folder that is made when the first file is.
    pub fn making(root: PathBuf) -> Self {
        Self::with(Root::Made(root, Arc::default()))
    }

    /// All files, each by a path that whoever runs the program named: links are followed on the way, and links that are
    /// named stay links.
    pub fn named() -> Self {
        Self::with(Root::Anywhere)
    }

    fn with(root: Root) -> Self {
        Self { root, manner: Arc::default(), made: Arc::default() }
    }

    /// The same, changed in this manner.
    pub fn changed_as(self, manner: Arc<Manner>) -> Self {
        Self { manner, ..self }
    }

    /// Where an asset is.
    fn place(&self, id: &AssetId) -> Result<Place, StoreError> {
        let path = self.path_of(id)?;
        let folder = self.folder(parent_of(&path)).map_err(unopened)?;
        folder.place(path.file_name().unwrap_or_default()).map_err(stored)
    }

    fn folder(&self, path: &Path) -> Result<Arc<Folder>> {
        self.root.held()?.map_or_else(|| Folder::open(path), |root| root.below(path))
    }

    /// Where an asset is made, whose folder is there then.
    fn place_to_make(&self, id: &AssetId) -> Result<Place, StoreError> {
        let path = self.path_of(id)?;
        let folder = self.folder_to_make(parent_of(&path)).map_err(stored)?;
        folder.place(path.file_name().unwrap_or_default()).map_err(stored)
    }

    fn folder_to_make(&self, path: &Path) -> Result<Arc<Folder>> {
        let Some(root) = self.root.held()? else { return Folder::open(path) };
        if path.as_os_str().is_empty() {
            return Ok(root);
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(path) {
            return Ok(Arc::clone(known));
        }
        if made.len() >= MAX_HELD {
            made.clear();
        }
        let folder = root.make_below(path)?;
        made.insert(path.to_owned(), Arc::clone(&folder));
        Ok(folder)
    }

    /// Whether a name that an asset could be made under is that of this file, be it by another name or over links.
    ///
    /// # Errors
    ///
    /// As for making it.
    pub fn is_same_file(&self, id: &AssetId, file: &crate::Identity) -> Result<bool, StoreError> {
        Ok(self.place_to_make(id)?.is_same_file(file))
    }

    /// The path of an asset; below a folder, what leads elsewhere is none.
    fn path_of(&self, id: &AssetId) -> Result<PathBuf, StoreError> {
        match self.root {
            Root::Anywhere => Ok(path_of(id)),
            Root::Below(_) | Root::Made(..) => path_below(id),
        }
    }

    fn path_of_folder(&self, below: &AssetId) -> Result<PathBuf, StoreError> {
        if below.as_bytes().is_empty() { Ok(PathBuf::new()) } else { self.path_of(below) }
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
            if Self::walk(&below, &joined(name, &bytes_of(&found)), each)?.is_break() {
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
        let folder = self.folder(&self.path_of_folder(below)?).map_err(unopened)?;
        let _end = Self::walk(&folder, below.as_bytes(), &mut |folder, files| {
            let visible = files.iter().filter(|place| !place.name().as_encoded_bytes().starts_with(b"."));
            let ids: Vec<AssetId> =
                visible.map(|place| AssetId::new(joined(folder, &bytes_of(place.name())))).collect();
            if ids.is_empty() { ControlFlow::Continue(()) } else { group(ids) }
        })?;
        Ok(())
    }

    fn open(&self, id: &AssetId, access: Access) -> Result<FileAsset, StoreError> {
        if access == Access::Edit {
            let opened = self.open_for_edit(&[&self.path_of(id)?]).pop();
            return opened.unwrap_or(Err(Error::Changed)).map_err(unopened);
        }
        let place = self.place(id)?;
        let file = FileSource::open_at(&place).map_err(unopened)?;
        Ok(FileAsset::new(id.clone(), file, Stands::In(place), access, Arc::clone(&self.manner)))
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
        self.make_all(vec![make], how).pop().unwrap_or(Err(StoreError::Missing))
    }

    fn make_all(
        &self,
        mut makes: Vec<prkit_plan::Make<'_>>,
        how: &Commit<'_>,
    ) -> Vec<Result<Receipt, StoreError>> {
        let places: Vec<_> = makes.iter().map(|make| self.place_to_make(make.id)).collect();
        let (mut files, mut methods) = (Vec::new(), Vec::new());
        for (make, target) in makes.iter_mut().zip(&places) {
            let Ok(target) = target else { continue };
            let original = original_of(make.source);
            methods.push(method_at(make.plan, &original, target));
            files.push(Make {
                plan: make.plan,
                original,
                target,
                how: NewFile { replace: make.replace, preserve: self.manner.preserve, backup: None },
                check: &mut *make.check,
                watch: how.watch,
            });
        }
        let made = new_files(&mut files, flush_of(how.durability));
        drop(files);
        let mut made = made.into_iter().zip(methods);
        let ends = makes.iter().zip(places).map(|(make, target)| {
            let (target, Some((made, method))) = (target?, made.next()) else {
                return Err(StoreError::Missing);
            };
            match made {
                Err(Error::Exists { .. }) => Err(StoreError::Exists(make.id.clone())),
                made => made.and_then(|()| commit::receipt_of(&target, method, how)).map_err(stored),
            }
        });
        ends.collect()
    }

    fn recover(&self, below: &AssetId, undo: bool) -> Result<Vec<Recovered>, StoreError> {
        let parent = self.path_of_folder(below)?;
        let folder = self.folder(&parent).map_err(unopened)?;
        let mut journals = Vec::new();
        let _end = Self::walk(&folder, below.as_bytes(), &mut |_, files| {
            journals.extend(files.into_iter().filter(|place| is_journal(place.name())));
            ControlFlow::Continue(())
        })?;
        let mut all = Vec::new();
        for journal in journals.iter().filter(|journal| journal.is_taken()) {
            for recovered in recover(journal, undo).map_err(stored)? {
                let below = recovered.path.strip_prefix(folder.path()).unwrap_or(&recovered.path);
                let below = parent.join(below);
                let result = recovered.result.map(|_| ());
                let result = result.map_err(|refusal| StoreError::Interrupted(refusal.to_string().into()));
                all.push(Recovered::new(id_of(&below), result));
            }
        }
        Ok(all)
    }
}

/// What a file is made of: another one, as far as it is one as a whole.
fn original_of(source: &dyn Source) -> Original<'_> {
    match source.origin().and_then(<dyn std::any::Any>::downcast_ref::<FileSource>) {
        Some(file) => Original::File(file),
        None => Original::Bytes(source),
    }
}

/// Blocks are shared within a file system only.
fn method_at(plan: &prkit_plan::Plan, original: &Original<'_>, target: &Place) -> prkit_plan::Method {
    let device = target.folder().identity().map(|(device, _)| device);
    match original {
        Original::File(file) if file.identity().inode.map(|(device, _)| device) == device => {
            method_anew(plan, original)
        }
        _ => prkit_plan::Method::Copied,
    }
}

/// The path of an asset below the root; what leads elsewhere is none.
fn path_below(id: &AssetId) -> Result<PathBuf, StoreError> {
    let path = path_of(id);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_hidden = path.file_name().is_none_or(|name| is_journal(name) || is_unfinished_name(name));
    if is_plain && !is_hidden { Ok(path) } else { Err(StoreError::Outside(id.clone())) }
}

fn parent_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A path as the name of an asset.
pub fn id_of(path: &Path) -> AssetId {
    AssetId::new(bytes_of(path.as_os_str()))
}

/// The name of an asset as a path. Where it leads, only a store says.
pub fn path_of(id: &AssetId) -> PathBuf {
    PathBuf::from(os_name(id.as_bytes()))
}

/// A name or path as the name of an asset has it.
fn bytes_of(path: &OsStr) -> Vec<u8> {
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
