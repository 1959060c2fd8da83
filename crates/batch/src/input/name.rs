//! What an input is called, and where it was found.

use super::address::Address;
use super::shown::{escaped, shown};
use prkit_apply::{Error, FileSource, Folder};
use prkit_plan::{AnyStore, AssetId, Store as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    /// What it is called.
    pub name: Name,
    /// Its path below the folder it was found in; `None` when it was named itself.
    pub below: Option<PathBuf>,
    /// That folder, or the root of its title, held since then, where no link is followed below it.
    pub root: Option<Arc<Folder>>,
    /// Its path below `root`, where that is not the one below the folder it was found in.
    pub within: Option<PathBuf>,
    /// What changes together has this in common, and is one behind the other.
    pub title: Option<Arc<str>>,
}

/// What an input is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Name {
    /// A file.
    Path(PathBuf),
    /// An asset of a store.
    Asset {
        /// The store.
        store: AnyStore,
        /// What it is called there.
        id: AssetId,
    },
    /// Standard input.
    Stdin,
    /// Pasted.
    Data(Data),
    /// Behind an address.
    Address(Address),
}

/// Text that was pasted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Data {
    /// The text.
    pub text: String,
    /// What whoever asks calls it.
    pub name: String,
}

impl Name {
    const fn is_stored(&self) -> bool {
        matches!(self, Self::Path(_) | Self::Asset { .. })
    }
}

impl Input {
    /// Its path, where it is a file.
    pub fn path(&self) -> Option<&Path> {
        if let Name::Path(path) = &self.name { Some(path) } else { None }
    }

    /// The name for people.
    pub fn display(&self) -> String {
        match &self.name {
            Name::Path(path) => shown(path),
            Name::Asset { store, id } => {
                escaped(&store.url(id).unwrap_or_else(|| id.to_string())).into_owned()
            }
            Name::Stdin => "-".to_owned(),
            Name::Data(data) => data.name.clone(),
            Name::Address(address) => address.to_string(),
        }
    }

    /// Whether it is in the same folder as another one, as far as their names say.
    pub fn is_beside(&self, other: &Self) -> bool {
        match (&self.name, &other.name) {
            (Name::Path(one), Name::Path(other)) => one.parent() == other.parent(),
            (Name::Asset { store, id }, Name::Asset { store: of, id: other }) => {
                store.is_same(of) && id.folder() == other.folder()
            }
            (one, other) => !one.is_stored() && !other.is_stored(),
        }
    }

    /// Whether it was found in a folder.
    pub const fn is_walked(&self) -> bool {
        self.below.is_some()
    }

    /// A file named by an option.
    pub fn of_path(path: &Path) -> Self {
        Self::named(Name::Path(path.to_owned()))
    }

    /// Standard input.
    pub const fn stdin() -> Self {
        Self::named(Name::Stdin)
    }

    /// One that was named itself.
    pub const fn named(name: Name) -> Self {
        Self { name, below: None, root: None, within: None, title: None }
    }

    /// The folder that it was found in, and its path below that, where no link is followed on the way.
    pub fn held(&self) -> Option<(&Arc<Folder>, &Path)> {
        Some((self.root.as_ref()?, self.within.as_deref().or(self.below.as_deref())?))
    }

    /// Opens its file for reading; one that was found in a folder only below that, whatever became of its path.
    pub fn open(&self, path: &Path) -> Result<FileSource, Error> {
        match self.held() {
            Some((root, below)) => FileSource::open_below(root, below),
            None => FileSource::open(path),
        }
    }
}
