//! A file that was opened as an asset.

use super::error::stored;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::folder::Place;
use crate::new_file::is_kept;
use crate::system::Identity;
use crate::way::{Manner, Way, WriteHow, said, way};
use prkit_plan::{Access, Asset, AssetId, Method, Offers, Plan, Source, Span, StoreError, Version};
use std::any::Any;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A file of a store, as it was when it was opened.
#[derive(Debug)]
pub struct FileAsset {
    id: AssetId,
    pub(super) file: FileSource,
    pub(super) stands: Stands,
    pub(super) access: Access,
    pub(super) manner: Arc<Manner>,
    version: Version,
}

/// Where a file is.
#[derive(Debug)]
pub(super) enum Stands {
    /// Under a name in a folder that is held.
    In(Place),
    /// At a path, which is looked at when it is needed; `None` for a file without a name.
    At(Option<PathBuf>),
}

impl FileAsset {
    pub(super) fn new(
        id: AssetId,
        file: FileSource,
        stands: Stands,
        access: Access,
        manner: Arc<Manner>,
    ) -> Self {
        let version = version_of(&file.identity());
        Self { id, file, stands, access, manner, version }
    }

    /// The file.
    pub const fn file(&self) -> &FileSource {
        &self.file
    }

    /// Its name and folder, where they are held.
    pub const fn place(&self) -> Option<&Place> {
        match &self.stands {
            Stands::In(place) => Some(place),
            Stands::At(_) => None,
        }
    }

    /// How an edit is carried out, if it is.
    ///
    /// In its turn, a file gets its new version by a new name and not by stores before all others, unless other names are to
    /// see it.
    pub(super) fn way(&self, plan: &Plan, in_turn: bool) -> Result<(Way, Way)> {
        let planned = way(plan, &self.file, &self.manner, &|| self.is_kept())?;
        let done = if in_turn && !self.manner.hard_links { Way::Anew } else { planned };
        Ok((planned, done))
    }

    /// Whether the old file has its second name already.
    fn is_kept(&self) -> bool {
        let named = match &self.stands {
            Stands::In(place) => Some(place.clone()),
            Stands::At(path) => path.as_deref().and_then(|path| Place::of(path).ok()),
        };
        named.is_some_and(|place| {
            self.manner.backup_of(place.name()).is_some_and(|backup| is_kept(&place, &backup))
        })
    }
}

/// What a file is known by: which one it is, and when it was last written to.
pub(super) fn version_of(identity: &Identity) -> Version {
    let (device, inode) = identity.inode.unwrap_or_default();
    let (seconds, nanoseconds) = identity.modified;
    Version::new(identity.len, format!("{device}:{inode}:{seconds}.{nanoseconds:09}"))
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

    fn origin(&self) -> Option<&dyn Any> {
        self.file.origin()
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
        let (abilities, write) = (self.file.abilities(), self.manner.write);
        let mut offers = Offers::default();
        offers.patches = self.file.has_locks();
        offers.shifts_by = (abilities.inserts && write != WriteHow::Rename).then_some(abilities.block);
        offers.shares_by = (abilities.clones && write != WriteHow::Map).then_some(abilities.block);
        offers
    }

    fn settle(&self, plan: Plan, in_turn: bool) -> Result<(Plan, Method), StoreError> {
        let (planned, done) = self.way(&plan, in_turn).map_err(stored)?;
        let plan = said(plan, planned, &self.file, &self.manner);
        let method = done.method(&plan, &self.file);
        Ok((plan, method))
    }
}

impl TryFrom<StoreError> for Error {
    type Error = StoreError;

    /// What a store of files said, as it is said of files.
    fn try_from(error: StoreError) -> Result<Self, StoreError> {
        Ok(match error {
            StoreError::Busy => Self::Busy,
            StoreError::AtWork => Self::AtWork,
            StoreError::Changed => Self::Changed,
            StoreError::Cancelled => Self::Cancelled,
            StoreError::NotAsPlanned(wrong) => Self::NotAsPlanned(wrong),
            StoreError::Io { doing, source } => Self::System { doing, source },
            StoreError::Other(wrong) | StoreError::Interrupted(wrong) => {
                *wrong.downcast().map_err(StoreError::Other)?
            }
            other => return Err(other),
        })
    }
}
