//! Where results go: into the inputs, to another file, into a folder, to a stream, or nowhere.

use super::WriteError;
use crate::Inputs;
use crate::input::{Input, Name};
use prkit_apply::{Files, Manner, id_of, path_of};
use prkit_plan::{AnyStore, AssetId, Store as _};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Where the results of a run go.
pub enum Target {
    /// Nowhere.
    DryRun,
    /// Into the inputs.
    InPlace,
    /// To one file.
    File(PathBuf),
    /// Into a folder.
    Folder(PathBuf),
    /// Into a folder, under the paths that inputs have below another one; whole paths, where they are elsewhere.
    Mirror {
        /// Where results go.
        folder: PathBuf,
        /// Where inputs come from, links resolved.
        from: PathBuf,
    },
    /// Into a store, under the names that the inputs have where they were found.
    Store(AnyStore),
    /// Into a folder of a store, as files go into a folder.
    Below(AnyStore, AssetId),
    /// To one asset of a store.
    Asset(AnyStore, AssetId),
    /// To a stream, one after the other.
    Stream(Mutex<Box<dyn Write + Send>>),
}

/// The store that results go to.
pub(super) struct Outputs {
    pub(super) store: AnyStore,
    /// The same where it is one of files.
    pub(super) files: Option<Files>,
}

impl Target {
    /// Whether results get into files.
    pub const fn writes_files(&self) -> bool {
        !matches!(self, Self::DryRun | Self::Stream(_))
    }

    /// Whether results go into a folder, or below a name.
    pub const fn is_folder(&self) -> bool {
        matches!(self, Self::Folder(_) | Self::Mirror { .. } | Self::Below(..))
    }

    /// Whether results are made as a whole beside the inputs, or elsewhere.
    pub(super) const fn is_elsewhere(&self) -> bool {
        !matches!(self, Self::InPlace)
    }

    /// The store that results go to, where that is another one than that of the inputs.
    pub(super) fn outputs(&self, manner: &Arc<Manner>) -> Option<Outputs> {
        let files = match self {
            Self::File(_) => Files::named(),
            Self::Folder(path) | Self::Mirror { folder: path, .. } => Files::making(path.clone()),
            Self::Store(store) | Self::Below(store, _) | Self::Asset(store, _) => {
                return Some(Outputs { store: store.clone(), files: None });
            }
            Self::DryRun | Self::InPlace | Self::Stream(_) => return None,
        };
        let files = files.changed_as(Arc::clone(manner));
        Some(Outputs { store: AnyStore::new(files.clone()), files: Some(files) })
    }

    /// What that store calls an output.
    pub(super) fn id_of(&self, path: &Path) -> AssetId {
        let path = match self {
            Self::Folder(folder) | Self::Mirror { folder, .. } => path.strip_prefix(folder).unwrap_or(path),
            Self::Asset(_, id) => return id.clone(),
            Self::Below(_, folder) if !folder.as_bytes().is_empty() => {
                let id = id_of(path);
                return AssetId::new([folder.as_bytes(), b"/", id.as_bytes()].concat());
            }
            _ => path,
        };
        id_of(path)
    }

    /// The address of an output in a store, where it goes to one that has addresses.
    pub(super) fn url_of(&self, input: &Input) -> Option<String> {
        let (Self::Store(store) | Self::Below(store, _) | Self::Asset(store, _)) = self else { return None };
        store.url(&self.id_of(&self.path_for(input)?))
    }

    /// The same, for inputs of which several have one name: results are named as inputs are below the folder that all of them
    /// are in. `None` where they are in none, or where results go to no folder.
    pub fn mirrored(&self, inputs: Inputs) -> Option<Self> {
        let Self::Folder(folder) = self else { return None };
        let mut from: Option<PathBuf> = None;
        for input in inputs.flatten() {
            let Name::Path(path) = &input.name else { continue };
            let own = folder_of(path)?;
            from = match from {
                Some(known) => known.ancestors().find(|above| own.starts_with(above)).map(Path::to_owned),
                None => Some(own),
            };
        }
        Some(Self::Mirror { folder: folder.clone(), from: from? })
    }

    /// Two inputs on one target are an error before anything is written.
    ///
    /// # Errors
    ///
    /// [`WriteError::SameTarget`].
    pub fn check_distinct(&self, inputs: Inputs) -> Result<(), WriteError> {
        let mut seen = HashSet::new();
        for input in inputs.flatten() {
            let Some(path) = self.path_for(&input) else { continue };
            let mut hasher = DefaultHasher::new();
            path.hash(&mut hasher);
            if !seen.insert(hasher.finish()) {
                return Err(WriteError::SameTarget { input: input.display(), path });
            }
        }
        Ok(())
    }

    /// The file that an input's result goes to, where that is another one; in a store, its name there.
    pub fn path_for(&self, input: &Input) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Folder(folder) => Some(folder.join(name_of(input)?)),
            Self::Mirror { folder, from } => Some(folder.join(path_below(from, input)?)),
            Self::Store(_) | Self::Below(..) => name_of(input),
            Self::Asset(_, id) => Some(path_of(id)),
            Self::DryRun | Self::InPlace | Self::Stream(_) => None,
        }
    }
}

/// The folder of a file, links resolved.
fn folder_of(path: &Path) -> Option<PathBuf> {
    prkit_apply::folder_of(path).canonicalize().ok()
}

/// The path of an input below a folder; its whole path, where it is elsewhere.
fn path_below(from: &Path, input: &Input) -> Option<PathBuf> {
    let Name::Path(path) = &input.name else { return name_of(input) };
    let whole = folder_of(path)?.join(path.file_name()?);
    let is_name = |part: &Component<'_>| matches!(part, Component::Normal(_));
    Some(
        whole
            .strip_prefix(from)
            .map_or_else(|_| whole.components().filter(is_name).collect(), Path::to_owned),
    )
}

/// The path of an input below where it was found, or its name.
fn name_of(input: &Input) -> Option<PathBuf> {
    match (&input.below, &input.name) {
        (Some(below), _) => Some(below.clone()),
        (None, Name::Path(path)) => path.file_name().map(PathBuf::from),
        // As of a file that was named: what it is called in its folder.
        (None, Name::Asset { id, .. }) => path_of(id).file_name().map(PathBuf::from),
        (None, Name::Stdin | Name::Data(_)) => Some(PathBuf::from("stdin")),
        (None, Name::Address(address)) => Some(PathBuf::from(address.file_name().unwrap_or("index"))),
    }
}
