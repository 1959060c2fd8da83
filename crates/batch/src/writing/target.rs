//! Where results go: into the inputs, to another file, into a folder, to a stream, or nowhere.

use super::WriteError;
use crate::Inputs;
use crate::input::{Input, Name};
use prkit_apply::{FileSource, Folder, Place};
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the results of a run go.
pub enum Target {
    /// Nowhere.
    DryRun,
    /// Into the inputs.
    InPlace,
    /// To one file.
    File(PathBuf),
    /// Into a folder.
    Folder(Output),
    /// To a stream, one after the other.
    Stream(Mutex<Box<dyn Write + Send>>),
}

/// A folder that results go into, and those below it that were needed last. All are held open, and none is reached over a
/// link below the first one.
pub struct Output {
    path: PathBuf,
    held: Mutex<BTreeMap<PathBuf, Arc<Folder>>>,
}

/// How many folders are held at once.
const MAX_HELD: usize = 32;

impl Output {
    const fn new(path: PathBuf) -> Self {
        Self { path, held: Mutex::new(BTreeMap::new()) }
    }

    /// A folder below it, which is made where it is not there.
    fn folder(&self, below: &Path) -> Result<Arc<Folder>, prkit_apply::Error> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = held.get(below) {
            return Ok(Arc::clone(known));
        }
        let top = if let Some(top) = held.get(Path::new("")) {
            Arc::clone(top)
        } else {
            std::fs::create_dir_all(&self.path)
                .map_err(|source| prkit_apply::Error::System { doing: "make the folder", source })?;
            Folder::open(&self.path)?
        };
        if held.len() >= MAX_HELD {
            held.clear();
        }
        held.insert(PathBuf::new(), Arc::clone(&top));
        let folder = if below.as_os_str().is_empty() { top } else { top.make_below(below)? };
        held.insert(below.to_owned(), Arc::clone(&folder));
        Ok(folder)
    }
}

impl Target {
    /// Whether results get into files.
    pub const fn writes_files(&self) -> bool {
        matches!(self, Self::InPlace | Self::File(_) | Self::Folder(_))
    }

    /// A folder.
    pub const fn folder(path: PathBuf) -> Self {
        Self::Folder(Output::new(path))
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

    /// The file that an input's result goes to, where that is another one.
    pub fn path_for(&self, input: &Input) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Folder(Output { path: folder, .. }) => match (&input.below, &input.name) {
                (Some(below), _) => Some(folder.join(below)),
                (None, Name::Path(path)) => path.file_name().map(|name| folder.join(name)),
                (None, Name::Stdin | Name::Data(_)) => Some(folder.join("stdin")),
                (None, Name::Address(address)) => Some(folder.join(address.file_name().unwrap_or("index"))),
            },
            Self::DryRun | Self::InPlace | Self::Stream(_) => None,
        }
    }

    /// Where a result goes: its folder is there then. Refuses to write over the input.
    pub(super) fn make_way(&self, input: &Input, path: &Path) -> crate::Result<Place> {
        let cannot = |source: prkit_apply::Error| WriteError::Output { path: path.to_owned(), source };
        let place = match self {
            Self::Folder(output) => {
                let below = path.strip_prefix(&output.path).unwrap_or(path);
                let folder = output.folder(below.parent().unwrap_or(Path::new(""))).map_err(cannot)?;
                folder.place(path.file_name().unwrap_or_default()).map_err(cannot)?
            }
            Self::DryRun | Self::InPlace | Self::File(_) | Self::Stream(_) => {
                Place::of(path).map_err(cannot)?
            }
        };
        let Name::Path(source) = &input.name else { return Ok(place) };
        if place.is_same_file(&FileSource::look(source)?) {
            return Err(WriteError::TargetIsInput.into());
        }
        Ok(place)
    }
}
