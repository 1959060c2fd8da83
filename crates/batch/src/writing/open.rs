//! Opening files that are edited in place: locked first, and with no interrupted edit left over.
//!
//! The folder of a file is opened once, from the one that was walked where it was found in one, and held: every later step
//! names files in it, so that no link or folder put in its place meanwhile leads elsewhere.

use super::WriteError;
use crate::input::{Input, Kinds, Name, kind_of};
use crate::{Error as Whole, Result};
use prkit_apply::{Claim, Error, FileSource, Folder, Place, claims};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What there is of an input.
pub(super) enum Opening<T> {
    Ours(T),
    /// It is of no kind that is read.
    Foreign,
    /// This process is at work on it, under this name or another: its turn comes when that is done.
    Later,
}

/// A file that is edited in place.
pub(super) struct Locked {
    pub(super) file: FileSource,
    /// Where it is, links resolved.
    pub(super) place: Place,
}

/// How often a group is opened again, because interrupted edits were finished or somebody was about to.
const TRIES: usize = 40;
/// Between two tries.
pub(super) const PAUSE: Duration = Duration::from_millis(25);

/// The files that this process is at work on.
static AT_WORK: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

/// Those of them that one group holds, until it is dropped.
#[derive(Default)]
pub(super) struct Held(Vec<(u64, u64)>);

impl Held {
    /// Whether nobody had it.
    fn take(&mut self, file: &FileSource) -> bool {
        // A system that does not say which file it is has its locks alone.
        let Some(inode) = file.identity().inode else { return true };
        let is_free = AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).insert(inode);
        if is_free {
            self.0.push(inode);
        }
        is_free
    }

    fn give_back(&mut self) {
        let mut at_work = AT_WORK.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.drain(..).for_each(|inode| {
            at_work.remove(&inode);
        });
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// Opens and locks the files of a group.
///
/// An interrupted edit of one is finished first. One that cannot be finished is in the way of that file only.
pub(super) fn open_locked(inputs: &[&Input], kinds: &Kinds, held: &mut Held) -> Vec<Result<Opening<Locked>>> {
    let mut refused: BTreeMap<PathBuf, Arc<Whole>> = BTreeMap::new();
    for _ in 0..TRIES {
        held.give_back();
        let mut folders = Folders::default();
        let mut files: Vec<_> =
            inputs.iter().map(|input| lock(input, kinds, &mut folders, &refused, held)).collect();
        let locked: Vec<&Place> = files
            .iter()
            .filter_map(|file| match file {
                Ok(Opening::Ours(locked)) => Some(&locked.place),
                _ => None,
            })
            .collect();
        let claims = match claims(&locked) {
            Ok(claims) if claims.iter().all(Option::is_none) => return files,
            Ok(claims) => claims,
            Err(error) => {
                let error = Arc::new(Whole::from(error));
                return inputs.iter().map(|_| Err(Whole::Shared(Arc::clone(&error)))).collect();
            }
        };
        let mut journals: BTreeMap<PathBuf, Place> = BTreeMap::new();
        let mut is_busy = false;
        for (place, claim) in locked.iter().zip(claims) {
            match claim {
                Some(Claim::Interrupted(journal)) => {
                    journals.insert(journal.path(), journal);
                }
                // Others go on without it.
                Some(Claim::Untrusted(journal, why)) => {
                    let error = Error::Untrusted { journal: journal.path(), why };
                    refused.insert(place.path(), Arc::new(error.into()));
                }
                Some(Claim::Busy) => is_busy = true,
                None => {}
            }
        }
        // Recovery locks the files itself.
        files.clear();
        for journal in journals.values() {
            finish(journal, &mut refused);
        }
        if journals.is_empty() && is_busy {
            std::thread::sleep(PAUSE);
        }
    }
    inputs.iter().map(|_| Err(WriteError::Recovering.into())).collect()
}

/// Finishes what is left in a journal; what cannot be finished is noted.
fn finish(journal: &Place, refused: &mut BTreeMap<PathBuf, Arc<Whole>>) {
    match prkit_apply::recover(journal, false) {
        Ok(recovered) => {
            for recovered in recovered {
                if let Err(refusal) = recovered.result {
                    let (file, journal) = (recovered.path.clone(), journal.path());
                    let error = WriteError::Unfinished { file, journal, refusal };
                    refused.insert(recovered.path, Arc::new(error.into()));
                }
            }
        }
        // Somebody else was faster, or cannot be helped: the next look tells.
        Err(_) => std::thread::sleep(PAUSE),
    }
}

/// Folders of a group, each of them held.
#[derive(Default)]
struct Folders(BTreeMap<PathBuf, Arc<Folder>>);

impl Folders {
    /// Where a file is. What was found in a folder that was walked is below that, over no link.
    fn place(&mut self, input: &Input, path: &Path) -> Result<Place, Error> {
        // What is held has a path of its own below that, whatever links lead to it.
        let held = input.held().map(|(root, below)| (root, below, root.path().join(below)));
        let path = held.as_ref().map_or(path, |(.., path)| path.as_path());
        let name = path.file_name().unwrap_or_default();
        let parent = path.parent().unwrap_or(Path::new(""));
        if let Some(known) = self.0.get(parent) {
            return known.place(name);
        }
        let folder = match held {
            Some((root, below, _)) => root.below(below.parent().unwrap_or(Path::new("")))?,
            None => Folder::resolve(parent)?,
        };
        self.0.insert(parent.to_owned(), Arc::clone(&folder));
        folder.place(name)
    }

    /// Opens a file that is to be edited. A link that was named, or that may be followed, stays one: what it leads to is
    /// edited.
    fn open(&mut self, input: &Input, path: &Path) -> Result<(FileSource, Place), Error> {
        let open = |place: Place| Ok((FileSource::open_for_edit(&place)?, place));
        match self.place(input, path).and_then(open) {
            Err(Error::Link) if input.held().is_none() => {
                let resolved = path
                    .canonicalize()
                    .map_err(|source| Error::System { doing: "resolve the link", source })?;
                self.place(input, &resolved).and_then(open)
            }
            opened => opened,
        }
    }
}

/// Opens a file and locks it; when another one got its name meanwhile, that one.
fn lock(
    input: &Input,
    kinds: &Kinds,
    folders: &mut Folders,
    refused: &BTreeMap<PathBuf, Arc<Whole>>,
    held: &mut Held,
) -> Result<Opening<Locked>> {
    let Name::Path(path) = &input.name else { return Err(WriteError::NoPlace.into()) };
    for _ in 0..8 {
        let locked = folders.open(input, path).and_then(|(mut file, place)| {
            if refused.contains_key(&place.path()) || !held.take(&file) {
                return Ok((None, place));
            }
            file.lock().map(|()| (Some(file), place))
        });
        let (file, place) = match locked {
            Ok((Some(file), place)) => (file, place),
            Ok((None, place)) => {
                let why = refused.get(&place.path());
                return why.map_or(Ok(Opening::Later), |why| Err(Whole::Shared(Arc::clone(why))));
            }
            // What may not be written to, or is locked, may still be none of ours.
            Err(error) => {
                let kind = input.open(path).ok().and_then(|file| kind_of(&file).ok());
                return match kind {
                    Some(kind) if input.is_walked() && !kinds.takes(kind) => Ok(Opening::Foreign),
                    _ => Err(error.into()),
                };
            }
        };
        // What was there before the lock may have been edited: look again.
        match file.check_unchanged_at(&place) {
            Ok(()) => return Ok(Opening::Ours(Locked { file, place })),
            Err(Error::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(WriteError::Replaced.into())
}

/// Brings what a kill left of a file to an end: an interrupted edit is finished, an unfinished copy goes.
pub(super) fn settle(path: &Path, kinds: &Kinds) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    for opened in open_locked(&[&Input::of_path(path)], kinds, &mut Held::default()) {
        let Opening::Ours(Locked { place, .. }) = opened? else { continue };
        prkit_apply::remove_unfinished(&place);
    }
    Ok(())
}
