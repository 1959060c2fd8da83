//! Which inputs there are, one after the other.

use super::error::InputsError;
use super::folder::{Filter, Folder};
use super::list::List;
use crate::{Address, Data, Error, HIDDEN, Input, Kinds, Name, Reach, is_key_like};
use bytes::Bytes;
use core::ops::ControlFlow;
use prkit_apply::path_of;
use prkit_plan::{AnyStore, AssetId, Store as _, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where inputs come from.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Sources {
    /// Files, folders, and `-` for standard input.
    pub paths: Vec<PathBuf>,
    /// Pasted data, instead of all others.
    pub data: Option<Data>,
    /// A file with names of inputs, which come behind `paths`; `-` for standard input.
    pub list: Option<PathBuf>,
    /// Names in the list end with NUL instead of a line end.
    pub ends_with_nul: bool,
    /// In folders, only files whose name, or path below the folder, matches one of these.
    pub include: Vec<String>,
    /// In folders, no files that match one of these.
    pub exclude: Vec<String>,
    /// In folders, only files of these kinds.
    pub kinds: Kinds,
    /// In folders, links are followed.
    pub follow: bool,
    /// What opens inputs that are addresses; without, none is opened.
    pub reach: Option<Arc<dyn Reach>>,
    /// What is in the list, where it was read already.
    held: Option<Bytes>,
}

impl Sources {
    /// Reads a list on standard input to its end, where something has to be known of all inputs before the first one.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    pub fn hold_list(&mut self) -> Result<(), InputsError> {
        if self.held.is_none() && self.list.as_ref().is_some_and(|list| list.as_os_str() == "-") {
            self.held = Some(super::list::read_stdin()?);
        }
        Ok(())
    }

    pub(super) fn open_list(&self) -> Result<Option<List>, InputsError> {
        let Some(path) = &self.list else { return Ok(None) };
        match &self.held {
            Some(held) => Ok(Some(List::of(held.clone(), self.ends_with_nul))),
            None => List::open(path, self.ends_with_nul).map(Some),
        }
    }
}

/// An input that cannot be looked at, and why.
pub type Failed = (Input, Error);

/// Inputs, one after the other.
pub struct Inputs {
    names: Names,
    folder: Option<Folder>,
    filter: Filter,
    foreign: u64,
    unseen: bool,
    reach: Option<Arc<dyn Reach>>,
    /// Assets below a name.
    below: Option<Box<Self>>,
}

enum Names {
    Data(Option<Data>),
    Paths(std::vec::IntoIter<PathBuf>),
    Given(Box<dyn Iterator<Item = Result<Input, Failed>> + Send>),
    /// Those that are named, then those of a list.
    List(std::vec::IntoIter<PathBuf>, List),
}

/// Whether a name is that of no file, and may be a key that was to be part of an option.
fn is_mistaken_key(path: &Path) -> bool {
    path.to_str().is_some_and(is_key_like) && path.symlink_metadata().is_err()
}

impl Inputs {
    /// The inputs of these sources.
    ///
    /// # Errors
    ///
    /// What is wrong with a pattern, a list, or a name that may be a key.
    pub fn new(sources: &Sources) -> Result<Self, InputsError> {
        let filter = Filter::new(sources)?;
        if let Some(at) = sources.paths.iter().position(|path| is_mistaken_key(path)) {
            return Err(InputsError::KeyLike { number: at.saturating_add(1) });
        }
        let paths = sources.paths.clone().into_iter();
        let names = match &sources.data {
            Some(data) => Names::Data(Some(data.clone())),
            None => match sources.open_list()? {
                Some(list) => Names::List(paths, list),
                None => Names::Paths(paths),
            },
        };
        Ok(Self {
            names,
            folder: None,
            filter,
            foreign: 0,
            unseen: false,
            reach: sources.reach.clone(),
            below: None,
        })
    }

    /// The same, where whoever opens a file that was found in a folder tells whether it is of a kind that is read.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn unseen(sources: &Sources) -> Result<Self, InputsError> {
        Ok(Self { unseen: true, ..Self::new(sources)? })
    }

    /// Inputs that come from somewhere else.
    pub fn given(inputs: impl Iterator<Item = Result<Input, Failed>> + Send + 'static) -> Self {
        let (names, filter) = (Names::Given(Box::new(inputs)), Filter::all());
        Self { names, folder: None, filter, foreign: 0, unseen: true, reach: None, below: None }
    }

    /// What an address names.
    fn behind(&mut self, address: &str) -> Result<Option<Input>, Failed> {
        let Some(reach) = &self.reach else {
            let address = Address::shown(address);
            return Err((Input::of_path(Path::new(&address)), InputsError::NoReach { address }.into()));
        };
        let named = |name| Input::named(name);
        let failed = |error: Error| (Input::of_path(Path::new(&Address::shown(address))), error);
        match reach.store(address).map_err(|error| failed(Error::Reach(error)))? {
            None => Ok(named(Name::Address(Address::new(address.to_owned(), Arc::clone(reach))))),
            Some((store, id)) if !is_folder(&id) => Ok(named(Name::Asset { store, id })),
            Some((store, id)) => {
                let below = AssetId::new(id.as_bytes().strip_suffix(b"/").unwrap_or_default());
                self.below =
                    Some(Box::new(Self::of_store(&store, &below).map_err(|error| failed(error.into()))?));
                return Ok(None);
            }
        }
        .map(Some)
    }

    /// The assets of a store below a name, as files that are found in a folder.
    ///
    /// # Errors
    ///
    /// What cannot be listed.
    pub fn of_store(store: &AnyStore, below: &AssetId) -> Result<Self, StoreError> {
        let mut found = Vec::new();
        store.list(below, &mut |group| {
            found.extend(group);
            ControlFlow::Continue(())
        })?;
        let (store, folder) = (store.clone(), below.clone());
        let inputs = found.into_iter().map(move |id| {
            let below = Some(path_of(&id.within(&folder).unwrap_or_else(|| id.clone())));
            Ok(Input { below, ..Input::named(Name::Asset { store: store.clone(), id }) })
        });
        Ok(Self { filter: Filter::default(), ..Self::given(inputs) })
    }

    /// Files that were met in folders and are of no kind that is read.
    pub const fn foreign(&self) -> u64 {
        self.foreign
    }

    /// What opens inputs that are addresses.
    pub const fn reach(&self) -> Option<&Arc<dyn Reach>> {
        self.reach.as_ref()
    }

    /// The same inputs, and what opens addresses that are named beside them.
    pub fn reaching(self, reach: Option<Arc<dyn Reach>>) -> Self {
        Self { reach, ..self }
    }

    /// Which kinds are taken from folders.
    pub const fn kinds(&self) -> &Kinds {
        self.filter.kinds()
    }

    /// Whether there is just one.
    pub fn is_one(&self) -> bool {
        match &self.names {
            Names::Data(_) => true,
            Names::Paths(paths) => paths.len() < 2 && !self.has_walks(),
            Names::List(..) | Names::Given(_) => false,
        }
    }

    /// Whether more may be found than is named.
    pub fn has_walks(&self) -> bool {
        match &self.names {
            Names::Data(_) => false,
            Names::Paths(paths) => {
                paths.as_slice().iter().any(|path| path.is_dir() || self.is_folder_of_a_store(path))
            }
            Names::List(..) | Names::Given(_) => true,
        }
    }

    /// Whether it is the address of all assets of a store, or of those below a name.
    fn is_folder_of_a_store(&self, path: &Path) -> bool {
        let address = path.to_str().filter(|word| Address::is_address(word));
        let found = self.reach.as_ref().zip(address).map(|(reach, address)| reach.store(address));
        matches!(found, Some(Ok(Some((_, id)))) if is_folder(&id))
    }

    /// Whether the next one may be waited for: standard input, or what another process writes.
    pub fn may_wait(&self) -> bool {
        let may = |path: &PathBuf| {
            path.as_os_str() == "-" || path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
        };
        match &self.names {
            Names::Data(_) | Names::Given(_) => false,
            Names::Paths(paths) => paths.as_slice().iter().any(may),
            Names::List(..) => true,
        }
    }

    /// Counts them on the side; `None` where that would read a list twice.
    pub fn counter(&self) -> Option<impl FnOnce() -> u64 + Send + use<>> {
        let Names::Paths(paths) = &self.names else { return None };
        let (paths, filter) = (paths.as_slice().to_vec(), self.filter.clone());
        Some(move || {
            let count = |path: &PathBuf| {
                if path.is_dir() { Folder::new(path, &filter, true).count(&filter) } else { 1 }
            };
            paths.iter().map(count).fold(0, u64::saturating_add)
        })
    }
}

/// Whether a name in a store means what is below it.
fn is_folder(id: &AssetId) -> bool {
    id.as_bytes().is_empty() || id.as_bytes().ends_with(b"/")
}

impl Iterator for Inputs {
    type Item = Result<Input, Failed>;

    /// The next input, or why there is none of that name.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(below) = &mut self.below {
                let filter = &self.filter;
                let is_wanted = |found: &Result<Input, Failed>| match found {
                    Ok(input) => input.below.as_deref().is_none_or(|below| filter.wants(below)),
                    Err(_) => true,
                };
                if let Some(found) = below.find(is_wanted) {
                    return Some(found);
                }
                self.below = None;
            }
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
                        let named = Input::of_path(Path::new(HIDDEN));
                        return Some(Err((named, InputsError::KeyInList.into())));
                    }
                    Ok(path) => path,
                    Err(failure) => return Some(Err(failure)),
                },
            };
            if path.as_os_str() == "-" {
                return Some(Ok(Input::named(Name::Stdin)));
            }
            if let Some(address) = path.to_str().filter(|word| Address::is_address(word)) {
                match self.behind(address).transpose() {
                    Some(next) => return Some(next),
                    None => continue,
                }
            }
            if path.is_dir() {
                self.folder = Some(Folder::new(&path, &self.filter, self.unseen));
                continue;
            }
            return Some(Ok(Input::named(Name::Path(path))));
        }
    }
}
