//! A file below a root, or an asset of a store.

use crate::Result;
use crate::input::{Content, Input, Name};
use prkit_apply::{Error, FileSource, Folder, path_of};
use prkit_plan::{Access, AnyStore, AssetId, Store as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file by its one name, as it is shown to people, and the root that it is below; or an asset of a store.
#[derive(Clone, Debug)]
pub struct Local {
    /// Links resolved; of an asset, a name that no asset of another store has.
    pub path: PathBuf,
    /// Seen from where the manifest was named.
    pub shown: PathBuf,
    stands: Stands,
}

#[derive(Clone, Debug)]
enum Stands {
    Below(Arc<Folder>),
    In(AnyStore, AssetId),
}

impl Local {
    /// A resolved path below one of the roots, if it is below one.
    pub(crate) fn below(path: PathBuf, shown: PathBuf, roots: &[Arc<Folder>]) -> Result<Self, PathBuf> {
        match roots.iter().find(|root| is_below(&path, root)) {
            Some(root) => Ok(Self { stands: Stands::Below(Arc::clone(root)), path, shown }),
            None => Err(path),
        }
    }

    /// An asset of a store.
    pub(crate) fn stored(store: &AnyStore, id: AssetId) -> Self {
        let shown = path_of(&id);
        let path = Path::new(&format!("{:x}:", store.address())).join(&shown);
        Self { path, shown, stands: Stands::In(store.clone(), id) }
    }

    /// Whether it is a file.
    pub(crate) const fn is_file(&self) -> bool {
        matches!(self.stands, Stands::Below(_))
    }

    /// As an input, with its path below the folder that was walked.
    pub(crate) fn to_input(&self, below: PathBuf) -> Input {
        let name = match &self.stands {
            Stands::Below(_) => Name::Path(self.shown.clone()),
            Stands::In(store, id) => Name::Asset { store: store.clone(), id: id.clone() },
        };
        Input { below: Some(below), ..Input::named(name) }
    }

    /// An input that is this file, opened from its root: no link is followed below that.
    pub(crate) fn held(&self, input: &Input) -> Result<Input> {
        let input = input.clone();
        let Stands::Below(root) = &self.stands else { return Ok(input) };
        Ok(Input { root: Some(Arc::clone(root)), within: Some(self.within(root)?), ..input })
    }

    fn within(&self, root: &Folder) -> Result<PathBuf, Error> {
        self.path.strip_prefix(root.path()).map(Path::to_owned).map_err(|_| Error::Changed)
    }

    /// Opens it, a file from its root: what became a link since it was found is not opened.
    pub fn open(&self) -> Result<Content> {
        match &self.stands {
            Stands::Below(root) => Ok(Content::File(FileSource::open_below(root, &self.within(root)?)?)),
            Stands::In(store, id) => Ok(Content::of_asset(&store.open(id, Access::Read)?)),
        }
    }
}

pub(crate) fn is_below(path: &Path, root: &Folder) -> bool {
    path != root.path() && path.starts_with(root.path())
}
