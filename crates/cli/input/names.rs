//! Which inputs there are, one after the other.

use super::folder::{Filter, Folder};
use super::list::List;
use crate::args::InputArgs;
use crate::exit::Stop;
use crate::keys;
use prkit_batch::{Input, Kinds, Name};
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

/// The inputs of a command.
pub(crate) struct Inputs {
    names: Names,
    folder: Option<Folder>,
    filter: Filter,
    /// Files in folders that are none of ours.
    pub(crate) foreign: u64,
    unseen: bool,
}

enum Names {
    Data(Option<String>),
    Paths(std::vec::IntoIter<PathBuf>),
    Given(Box<dyn Iterator<Item = Result<Input, (Input, String)>> + Send>),
    /// Those of the command line, then those of a list.
    List(std::vec::IntoIter<PathBuf>, List),
}

/// Whether a name is that of no file, and may be a key that was to be part of an option.
fn is_mistaken_key(path: &Path) -> bool {
    path.to_str().is_some_and(keys::is_key_like) && path.symlink_metadata().is_err()
}

impl Inputs {
    /// What the arguments name; standard input when they name nothing and it is no terminal.
    pub(crate) fn new(args: &InputArgs) -> Result<Self, Stop> {
        let filter = Filter::new(args)?;
        if let Some(at) = args.inputs.iter().position(|path| is_mistaken_key(path)) {
            return Err(Stop::usage(format!(
                "INPUT {} is no file, and looks like a key, so it is not repeated here: a key and its key ID are one \
                 word, KID:KEY",
                at.saturating_add(1)
            )));
        }
        let names = match (&args.data, &args.files_from) {
            (Some(data), _) => Names::Data(Some(data.clone())),
            (None, Some(list)) => Names::List(args.inputs.clone().into_iter(), List::open(list, args.null)?),
            (None, None) if !args.inputs.is_empty() => Names::Paths(args.inputs.clone().into_iter()),
            (None, None) if io::stdin().is_terminal() => {
                return Err(Stop::usage("no INPUT: name a file or a folder, or use - for standard input"));
            }
            (None, None) => Names::Paths(vec![PathBuf::from("-")].into_iter()),
        };
        Ok(Self { names, folder: None, filter, foreign: 0, unseen: false })
    }

    /// The same, where whoever opens a file that was found in a folder tells whether it is one of ours.
    pub(crate) fn unseen(args: &InputArgs) -> Result<Self, Stop> {
        Ok(Self { unseen: true, ..Self::new(args)? })
    }

    /// Inputs that come from somewhere else.
    pub(crate) fn given(
        inputs: impl Iterator<Item = Result<Input, (Input, String)>> + Send + 'static,
    ) -> Self {
        let (names, filter) = (Names::Given(Box::new(inputs)), Filter::all());
        Self { names, folder: None, filter, foreign: 0, unseen: true }
    }

    /// Which kinds are taken from folders.
    pub(crate) const fn kinds(&self) -> &Kinds {
        self.filter.kinds()
    }

    /// Whether there is just one.
    pub(crate) fn is_one(&self) -> bool {
        match &self.names {
            Names::Data(_) => true,
            Names::Paths(paths) => paths.len() < 2 && !self.has_walks(),
            Names::List(..) | Names::Given(_) => false,
        }
    }

    /// Whether more may be found than is named on the command line.
    pub(crate) fn has_walks(&self) -> bool {
        match &self.names {
            Names::Data(_) => false,
            Names::Paths(paths) => paths.as_slice().iter().any(|path| path.is_dir()),
            Names::List(..) | Names::Given(_) => true,
        }
    }

    /// Counts them on the side; `None` where that would read a list twice.
    pub(crate) fn counter(&self) -> Option<impl FnOnce() -> u64 + Send + use<>> {
        let Names::Paths(paths) = &self.names else { return None };
        let (paths, filter) = (paths.as_slice().to_vec(), self.filter.clone());
        Some(move || {
            let count = |path: &PathBuf| {
                if path.is_dir() { Folder::new(path, &filter, true).count(&filter) } else { 1 }
            };
            paths.iter().map(count).fold(0, u64::saturating_add)
        })
    }

    /// The next input, or why there is none of that name.
    pub(crate) fn next(&mut self) -> Option<Result<Input, (Input, String)>> {
        loop {
            if let Some(folder) = &mut self.folder {
                if let Some(found) = folder.next(&self.filter) {
                    return Some(found);
                }
                self.foreign = self.foreign.saturating_add(folder.foreign);
                self.folder = None;
            }
            let path = match &mut self.names {
                Names::Data(data) => return data.take().map(|data| Ok(Input::named(Name::Data(data)))),
                Names::Paths(paths) => paths.next()?,
                Names::Given(inputs) => {
                    return inputs.next();
                }
                Names::List(paths, list) => match paths.next().map(Ok).or_else(|| list.next())? {
                    Ok(path) if is_mistaken_key(&path) => {
                        let named = Input::of_path(Path::new(keys::HIDDEN));
                        return Some(Err((
                            named,
                            "there is no such file; key lines are read by --keys".to_owned(),
                        )));
                    }
                    Ok(path) => path,
                    Err(failure) => return Some(Err(failure)),
                },
            };
            if path.as_os_str() == "-" {
                return Some(Ok(Input::named(Name::Stdin)));
            }
            if path.is_dir() {
                self.folder = Some(Folder::new(&path, &self.filter, self.unseen));
                continue;
            }
            return Some(Ok(Input::named(Name::Path(path))));
        }
    }
}
