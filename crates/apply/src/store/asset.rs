//! A file that was opened as an asset.

use super::error::stored;
use crate::error::Error;
use crate::file::FileSource;
use crate::folder::Place;
use crate::in_place::{Claim, claims, recover};
use crate::system::Identity;
use prkit_plan::{Access, Asset, AssetId, Method, Offers, Receipt, Source, Span, StoreError, Version};
use std::io;
use std::time::Duration;

/// A file of a store, as it was when it was opened.
#[derive(Debug)]
pub struct FileAsset {
    id: AssetId,
    pub(super) file: FileSource,
    pub(super) place: Place,
    pub(super) access: Access,
    version: Version,
}

/// How often a file is opened again, because another one got its name, or an interrupted edit was finished.
const TRIES: u32 = 40;
/// Between two tries while somebody else recovers it.
const PAUSE: Duration = Duration::from_millis(25);

impl FileAsset {
    pub(super) fn open(id: AssetId, place: Place, access: Access) -> Result<Self, StoreError> {
        let file = match access {
            Access::Read => FileSource::open_at(&place).map_err(stored)?,
            Access::Edit => locked(&place)?,
        };
        let version = version_of(&file.identity());
        Ok(Self { id, file, place, access, version })
    }
}

/// Opens a file for an edit: locked, the one that its name stands for, and with no edit left half-way.
fn locked(place: &Place) -> Result<FileSource, StoreError> {
    for _ in 0..TRIES {
        let mut file = FileSource::open_for_edit(place).map_err(stored)?;
        file.lock().map_err(stored)?;
        match file.check_unchanged_at(place) {
            Ok(()) => {}
            // It was edited, or replaced, before the lock was had.
            Err(Error::Changed) => continue,
            Err(error) => return Err(stored(error)),
        }
        match claims(&[place]).map_err(stored)?.pop().flatten() {
            None => return Ok(file),
            Some(Claim::Untrusted(journal, why)) => {
                return Err(stored(Error::Untrusted { journal: journal.path(), why }));
            }
            Some(Claim::Busy) => std::thread::sleep(PAUSE),
            Some(Claim::Interrupted(journal)) => {
                // Recovery locks the file itself.
                drop(file);
                let recovered = recover(&journal, false).map_err(stored)?;
                if let Some(refusal) = recovered.into_iter().find_map(|recovered| recovered.result.err()) {
                    return Err(StoreError::Interrupted(refusal.to_string().into()));
                }
            }
        }
    }
    Err(StoreError::Busy)
}

/// What a file is known by: which one it is, and when it was last written to.
fn version_of(identity: &Identity) -> Version {
    let (device, inode) = identity.inode.unwrap_or_default();
    let (seconds, nanoseconds) = identity.modified;
    Version::new(identity.len, format!("{device}:{inode}:{seconds}.{nanoseconds:09}"))
}

/// What was done with a file that has this name now.
pub(super) fn receipt(place: &Place, method: Method) -> Result<Receipt, StoreError> {
    let file = FileSource::open_at(place).map_err(stored)?;
    Ok(Receipt::new(version_of(&file.identity()), method))
}

impl Source for FileAsset {
    fn len(&self) -> u64 {
        self.file.len()
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        self.file.read_at(span, into)
    }

    fn hint(&self, spans: &[Span]) {
        self.file.hint(spans);
    }
}

impl Asset for FileAsset {
    fn id(&self) -> &AssetId {
        &self.id
    }

    fn version(&self) -> &Version {
        &self.version
    }

    fn offers(&self) -> Offers {
        let abilities = self.file.abilities();
        let mut offers = Offers::default();
        offers.patches = self.file.has_locks();
        offers.shifts_by = abilities.inserts.then_some(abilities.block);
        offers.shares_by = abilities.clones.then_some(abilities.block);
        offers
    }
}
