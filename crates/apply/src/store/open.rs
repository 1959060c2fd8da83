//! Opening files that are edited in place: locked first, and with no interrupted edit left over.
//!
//! The folder of a file is opened once and held: every later step names files in it, so that no link or folder put in its
//! place meanwhile leads elsewhere.

use super::asset::Stands;
use super::{FileAsset, Files, Root, id_of};
use crate::at_work::{AtWork, Taken};
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::folder::{Folder, Place};
use crate::in_place::{Claim, claims, recover};
use prkit_plan::Access;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often a group is opened again, because interrupted edits were finished or somebody was about to.
const TRIES: usize = 40;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(25);

/// What no file of that path can be edited for.
type Refused = BTreeMap<PathBuf, Arc<Error>>;

impl Files {
    /// Opens and locks files that are edited together, with one look for what may stand in their way.
    ///
    /// An interrupted edit of one is finished first. One that cannot be finished is in the way of that file only.
    pub fn open_for_edit(&self, paths: &[&Path]) -> Vec<Result<FileAsset>> {
        let mut refused = Refused::new();
        for _ in 0..TRIES {
            let mut folders = Folders::default();
            let mut files: Vec<_> =
                paths.iter().map(|path| self.lock(path, &mut folders, &refused)).collect();
            let locked: Vec<&Place> = files.iter().flatten().map(|(_, place)| place).collect();
            let claims = match claims(&locked) {
                Ok(claims) if claims.iter().all(Option::is_none) => {
                    FileSource::ask_once(files.iter_mut().flatten().map(|(file, _)| file));
                    let opened = paths.iter().zip(files);
                    return opened.map(|(path, file)| file.map(|file| self.asset(path, file))).collect();
                }
                Ok(claims) => claims,
                Err(error) => {
                    let error = Arc::new(error);
                    return paths.iter().map(|_| Err(Error::Shared(Arc::clone(&error)))).collect();
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
                        refused.insert(place.path(), Arc::new(error));
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
        paths.iter().map(|_| Err(Error::Recovering)).collect()
    }

    fn asset(&self, path: &Path, (file, place): (FileSource, Place)) -> FileAsset {
        let id = id_of(path);
        FileAsset::new(id, file, Stands::In(place), Access::Edit, Arc::clone(&self.manner))
    }

    /// A file that was opened for reading, as an asset: what would become of it is asked. Where it is, its path says, if it
    /// has one.
    pub fn asset_of(&self, file: FileSource, path: Option<&Path>) -> FileAsset {
        let id = path.map(id_of).unwrap_or_default();
        let stands = Stands::At(path.map(Path::to_owned));
        FileAsset::new(id, file, stands, Access::Read, Arc::clone(&self.manner))
    }

    /// Opens a file and locks it; when another one got its name meanwhile, that one.
    fn lock(&self, path: &Path, folders: &mut Folders, refused: &Refused) -> Result<(FileSource, Place)> {
        for _ in 0..8 {
            let (mut file, place) = folders.open(&self.root, path)?;
            if let Some(why) = refused.get(&place.path()) {
                return Err(Error::Shared(Arc::clone(why)));
            }
            match AtWork::begin(&file.identity()) {
                Ok(at_work) => file.at_work = at_work.map(Arc::new),
                Err(Taken) => return Err(Error::AtWork),
            }
            file.lock()?;
            // What was there before the lock may have been edited: look again.
            match file.check_unchanged_at(&place) {
                Ok(()) => return Ok((file, place)),
                Err(Error::Changed) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Replaced)
    }
}

/// Finishes what is left in a journal; what cannot be finished is noted.
fn finish(journal: &Place, refused: &mut Refused) {
    match recover(journal, false) {
        Ok(recovered) => {
            for recovered in recovered {
                if let Err(refusal) = recovered.result {
                    let (file, journal) = (recovered.path.clone(), journal.path());
                    let error = Error::Unfinished { file, journal, refusal };
                    refused.insert(recovered.path, Arc::new(error));
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
    /// Where a file is: below the root, over no link, where there is one.
    fn place(&mut self, root: &Root, path: &Path) -> Result<Place> {
        let name = path.file_name().unwrap_or_default();
        let parent = path.parent().unwrap_or(Path::new(""));
        if let Some(known) = self.0.get(parent) {
            return known.place(name);
        }
        let folder = match root.held()? {
            Some(root) => root.below(parent)?,
            None => Folder::resolve(parent)?,
        };
        self.0.insert(parent.to_owned(), Arc::clone(&folder));
        folder.place(name)
    }

    /// Opens a file that is to be edited. A link that was named stays one: what it leads to is edited.
    fn open(&mut self, root: &Root, path: &Path) -> Result<(FileSource, Place)> {
        let open = |place: Place| Ok((FileSource::open_for_edit(&place)?, place));
        match self.place(root, path).and_then(open) {
            Err(Error::Link) if matches!(root, Root::Anywhere) => {
                let resolved = path
                    .canonicalize()
                    .map_err(|source| Error::System { doing: "resolve the link", source })?;
                self.place(root, &resolved).and_then(open)
            }
            opened => opened,
        }
    }
}
