//! Where results go: into the inputs, to another file, into a folder, to a stream, or nowhere.

use crate::args::{InputArgs, WriteArgs};
use crate::exit::Stop;
use crate::input::{Input, Inputs, Name};
use crate::terminal;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

/// Where the results of a run go.
pub(crate) enum Target {
    /// Nowhere.
    DryRun,
    /// Into the inputs.
    InPlace,
    /// To one file.
    File(PathBuf),
    /// Into a folder.
    Folder(PathBuf),
    /// To standard output.
    Stdout,
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
        let target = Self::Folder(output.clone());
        if many {
            target.check_distinct(inputs)?;
        }
        Ok(target)
    }

    /// Two inputs on one target are an error before anything is written.
    fn check_distinct(&self, args: &InputArgs) -> Result<(), Stop> {
        if args.files_from.as_ref().is_some_and(|list| list.as_os_str() == "-") {
            // The list can be read once only; a second result for a name is refused when it comes.
            return Ok(());
        }
        let mut inputs = Inputs::new(args)?;
        let mut seen = HashSet::new();
        while let Some(next) = inputs.next() {
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
            Self::Folder(folder) => match (&input.below, &input.name) {
                (Some(below), _) => Some(folder.join(below)),
                (None, Name::Path(path)) => path.file_name().map(|name| folder.join(name)),
                (None, Name::Stdin | Name::Data(_)) => Some(folder.join("stdin")),
            },
            Self::DryRun | Self::InPlace | Self::Stdout => None,
        }
    }

    /// Makes the folders a result goes into, and refuses to write over the input.
    pub(crate) fn make_way(&self, input: &Input, path: &Path) -> Result<(), String> {
        if let (Self::Folder(_), Some(folder)) = (self, path.parent()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
        }
        let Name::Path(source) = &input.name else { return Ok(()) };
        let identity = |path: &Path| path.canonicalize().ok();
        if identity(path).is_some_and(|target| identity(source) == Some(target)) {
            return Err("the target is the input itself: use -i".to_owned());
        }
        Ok(())
    }
}
