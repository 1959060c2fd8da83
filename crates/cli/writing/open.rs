//! Opening files that are edited in place: locked first, and with no interrupted edit left over.

use crate::input::{Input, Kinds, Name, kind_of};
use prkit_apply::{Claim, Error, FileSource, claims};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What there is of an input.
pub(super) enum Opening<T> {
    Ours(T),
    /// It is none of ours.
    Foreign,
    /// This process is at work on it, under this name or another: its turn comes when that is done.
    Later,
}

/// A file that is edited in place.
pub(super) struct Locked {
    pub(super) file: FileSource,
    /// Its path, links resolved.
    pub(super) path: PathBuf,
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
pub(super) fn open_locked(
    inputs: &[&Input],
    kinds: &Kinds,
    held: &mut Held,
) -> Vec<Result<Opening<Locked>, String>> {
    let mut refused: BTreeMap<PathBuf, String> = BTreeMap::new();
    for _ in 0..TRIES {
        held.give_back();
        let mut folders = Folders::default();
        let mut files: Vec<_> =
            inputs.iter().map(|input| lock(input, kinds, &mut folders, &refused, held)).collect();
        let locked: Vec<&Path> = files
            .iter()
            .filter_map(|file| match file {
                Ok(Opening::Ours(locked)) => Some(locked.path.as_path()),
                _ => None,
            })
            .collect();
        let claims = match claims(&locked) {
            Ok(claims) if claims.iter().all(Option::is_none) => return files,
            Ok(claims) => claims,
            Err(error) => return inputs.iter().map(|_| Err(error.to_string())).collect(),
        };
        let journals: BTreeSet<PathBuf> = claims
            .iter()
            .filter_map(|claim| match claim {
                Some(Claim::Interrupted(journal)) => Some(journal.clone()),
                _ => None,
            })
            .collect();
        // Recovery locks the files itself.
        files.clear();
        for journal in &journals {
            finish(journal, &mut refused);
        }
        if journals.is_empty() {
            std::thread::sleep(PAUSE);
        }
    }
    inputs
        .iter()
        .map(|_| Err("another process is recovering files beside it; it was left alone".to_owned()))
        .collect()
}

/// Finishes what is left in a journal; what cannot be finished is noted.
fn finish(journal: &Path, refused: &mut BTreeMap<PathBuf, String>) {
    match prkit_apply::recover(journal, false) {
        Ok(recovered) => {
            for recovered in recovered {
                if let Err(refusal) = recovered.result {
                    let (journal, of) =
                        (crate::terminal::path(journal), crate::terminal::path(&recovered.path));
                    let message = format!(
                        "an interrupted edit of {of} cannot be finished: {refusal} (journal {journal})"
                    );
                    refused.insert(recovered.path, message);
                }
            }
        }
        // Somebody else was faster, or cannot be helped: the next look tells.
        Err(_) => std::thread::sleep(PAUSE),
    }
}

/// Folders of a group, links resolved.
#[derive(Default)]
struct Folders(BTreeMap<PathBuf, PathBuf>);

impl Folders {
    /// A link stays a link: what it names is edited. Folders are resolved once a group.
    fn resolve(&mut self, path: &Path) -> Result<PathBuf, String> {
        let error = |error: std::io::Error| format!("cannot be resolved: {error}");
        let is_link = path.symlink_metadata().map_err(error)?.is_symlink();
        let (Some(folder), Some(name), false) = (path.parent(), path.file_name(), is_link) else {
            return path.canonicalize().map_err(error);
        };
        if let Some(known) = self.0.get(folder) {
            return Ok(known.join(name));
        }
        let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let resolved = shown.canonicalize().map_err(error)?;
        let path = resolved.join(name);
        self.0.insert(folder.to_owned(), resolved);
        Ok(path)
    }
}

/// Opens a file and locks it; when another one got its name meanwhile, that one.
fn lock(
    input: &Input,
    kinds: &Kinds,
    folders: &mut Folders,
    refused: &BTreeMap<PathBuf, String>,
    held: &mut Held,
) -> Result<Opening<Locked>, String> {
    let Name::Path(path) = &input.name else { return Err("it has no place to write to".to_owned()) };
    let is_walked = input.is_walked();
    let path = folders.resolve(path)?;
    if let Some(refusal) = refused.get(&path) {
        return Err(refusal.clone());
    }
    for _ in 0..8 {
        let locked = FileSource::open_for_edit(&path).and_then(|mut file| {
            if !held.take(&file) {
                return Ok(None);
            }
            file.lock().map(|()| Some(file))
        });
        let file = match locked {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(Opening::Later),
            // What may not be written to, or is locked, may still be none of ours.
            Err(error) => {
                let kind = FileSource::open(&path).ok().and_then(|file| kind_of(&file).ok());
                return match kind {
                    Some(kind) if is_walked && !kinds.takes(kind) => Ok(Opening::Foreign),
                    _ => Err(error.to_string()),
                };
            }
        };
        // What was there before the lock may have been edited: look again.
        match file.check_unchanged_at(&path) {
            Ok(()) => return Ok(Opening::Ours(Locked { file, path })),
            Err(Error::Changed) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Err("the file is replaced again and again; it was left alone".to_owned())
}

/// Brings what a kill left of a file to an end: an interrupted edit is finished, an unfinished copy goes.
pub(super) fn settle(path: &Path, kinds: &Kinds) -> Result<(), String> {
    let Ok(path) = path.canonicalize() else { return Ok(()) };
    for opened in open_locked(&[&Input::of_path(&path)], kinds, &mut Held::default()) {
        opened?;
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let begin = [b".", name.as_encoded_bytes()].concat();
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(&begin)
            && prkit_apply::is_unfinished(&entry.path())
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}
