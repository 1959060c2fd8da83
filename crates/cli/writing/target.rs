//! Where results go: into the inputs, to another file, into a folder, to a stream, or nowhere.

use crate::args::{InputArgs, WriteArgs};
use crate::exit::Stop;
use crate::input::{Input, Name};
use crate::terminal;
use prkit_apply::{FileSource, Folder, Place};
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the results of a run go.
pub(crate) enum Target {
    /// Nowhere.
    DryRun,
    /// Into the inputs.
    InPlace,
    /// To one file.
    File(PathBuf),
    /// Into a folder.
    Folder(Output),
    /// To standard output.
    Stdout,
}

/// A folder that results go into, and those below it that were needed last. All are held open, and none is reached over a
/// link below the first one.
pub(crate) struct Output {
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
    pub(super) const fn writes_files(&self) -> bool {
        matches!(self, Self::InPlace | Self::File(_) | Self::Folder(_))
    }

    /// What the arguments ask for.
    pub(crate) fn new(write: &WriteArgs, inputs: &InputArgs) -> Result<Self, Stop> {
        let is_stdin = inputs.data.is_some() || inputs.inputs.iter().any(|input| input.as_os_str() == "-");
        if write.to.in_place {
            if is_stdin {
                return Err(Stop::usage("standard input and pasted data have no place: use -o"));
            }
            return Ok(Self::InPlace);
        }
        let Some(output) = &write.to.output else { return Ok(Self::DryRun) };
        let many = inputs.files_from.is_some()
            || inputs.inputs.len() > 1
            || inputs.inputs.first().is_some_and(|input| input.is_dir());
        if output.as_os_str() == "-" {
            if many {
                return Err(Stop::usage("-o - takes one input"));
            }
            if write.json {
                return Err(Stop::usage("-o - and --json both want standard output"));
            }
            return Ok(Self::Stdout);
        }
        let is_folder = output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/") || many;
        if !is_folder {
            return Ok(Self::File(output.clone()));
        }
        let target = Self::folder(output.clone());
        if many {
            target.check_distinct(inputs)?;
        }
        Ok(target)
    }

    /// A folder.
    pub(crate) const fn folder(path: PathBuf) -> Self {
        Self::Folder(Output::new(path))
    }

    /// Two inputs on one target are an error before anything is written.
    fn check_distinct(&self, args: &InputArgs) -> Result<(), Stop> {
        if args.files_from.as_ref().is_some_and(|list| list.as_os_str() == "-") {
            // The list can be read once only; a second result for a name is refused when it comes.
            return Ok(());
        }
        let inputs = args.open()?;
        let mut seen = HashSet::new();
        for next in inputs {
            let Ok(input) = next else { continue };
            let Some(path) = self.path_for(&input) else { continue };
            let mut hasher = DefaultHasher::new();
            path.hash(&mut hasher);
            if !seen.insert(hasher.finish()) {
                let path = terminal::path(&path);
                let message =
                    format!("{} and another input would both be written to {path}", input.display());
                return Err(Stop::usage(message));
            }
        }
        Ok(())
    }

    /// The file that an input's result goes to, where that is another one.
    pub(crate) fn path_for(&self, input: &Input) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Folder(Output { path: folder, .. }) => match (&input.below, &input.name) {
                (Some(below), _) => Some(folder.join(below)),
                (None, Name::Path(path)) => path.file_name().map(|name| folder.join(name)),
                (None, Name::Stdin | Name::Data(_)) => Some(folder.join("stdin")),
            },
            Self::DryRun | Self::InPlace | Self::Stdout => None,
        }
    }

    /// Where a result goes: its folder is there then. Refuses to write over the input.
    pub(crate) fn make_way(&self, input: &Input, path: &Path) -> Result<Place, String> {
        let cannot = |error: prkit_apply::Error| format!("{}: {error}", terminal::path(path));
        let place = match self {
            Self::Folder(output) => {
                let below = path.strip_prefix(&output.path).unwrap_or(path);
                let folder = output.folder(below.parent().unwrap_or(Path::new(""))).map_err(cannot)?;
                folder.place(path.file_name().unwrap_or_default()).map_err(cannot)?
            }
            Self::DryRun | Self::InPlace | Self::File(_) | Self::Stdout => Place::of(path).map_err(cannot)?,
        };
        let Name::Path(source) = &input.name else { return Ok(place) };
        if place.is_same_file(&FileSource::look(source).map_err(|error| error.to_string())?) {
            return Err("the target is the input itself: use -i".to_owned());
        }
        Ok(place)
    }
}
