//! Which of the objects in an input are meant.

use crate::input::Found;
#[cfg(feature = "files")]
use globset::GlobMatcher;
use prkit_bmff::{Scope, Where};
use prkit_playready::{Field, Header, KeyId, SystemId};

/// Patterns come from command lines and tables: without files there are none, and a page is shorter by their engine.
#[cfg(not(feature = "files"))]
#[derive(Clone, Debug)]
pub enum GlobMatcher {}

#[cfg(not(feature = "files"))]
impl GlobMatcher {
    fn is_match<T>(&self, _: T) -> bool {
        match *self {}
    }
}

/// What was asked for, ready to compare with.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Selector {
    /// Of which DRM system.
    pub system: System,
    /// Whether that was asked for: objects of another system are not overlooked then.
    pub is_system_named: bool,
    /// In which containers; in all, where none is named.
    pub places: Vec<Where>,
    /// The one with this number.
    pub index: Option<usize>,
    /// Those that hold this key id.
    pub kid: Option<KeyId>,
    /// Those whose license URL matches.
    pub la_url: Option<GlobMatcher>,
    /// Headers of this version, such as `4.3.0.0`.
    pub version: Option<String>,
    /// Headers of this domain service, in base64.
    pub ds_id: Option<String>,
    /// Whether an input in which nothing is selected has failed.
    pub require: bool,
}

/// Objects of which DRM system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum System {
    /// Of any.
    #[default]
    All,
    /// Those that PlayReady reads, under all of its identifiers.
    PlayReady,
    /// Of this one.
    One(SystemId),
}

impl Selector {
    /// Where boxes have to be looked for. An index counts boxes everywhere, so with one everything is looked at.
    pub fn scope(&self) -> Scope {
        let has = |place| self.places.is_empty() || self.places.contains(&place);
        if self.index.is_some() {
            return Scope::default();
        }
        Scope {
            file: has(Where::File),
            moov: has(Where::Moov),
            moof: has(Where::Moof),
            meta: has(Where::Meta),
            all_containers: false,
        }
    }

    /// Whether an object is meant.
    pub fn wants(&self, found: &Found) -> bool {
        let system = match self.system {
            System::All => true,
            System::PlayReady => found.system.is_playready(),
            System::One(id) => found.system == id,
        };
        system
            && self.wants_place(found)
            && self.index.is_none_or(|index| index == found.index)
            && self.wants_content(found)
    }

    /// Whether an object that is not meant was not excluded either: nothing that was asked for says that it stays.
    pub fn overlooks(&self, found: &Found) -> bool {
        !self.is_system_named && !self.asks_more() && self.wants_place(found)
    }

    /// The same for what is in a document and no object.
    pub fn overlooks_in_text(&self, system: Option<SystemId>) -> bool {
        let is_system = match self.system {
            System::All => true,
            System::PlayReady => system.is_none_or(SystemId::is_playready),
            System::One(id) => system == Some(id),
        };
        is_system && self.places.is_empty() && !self.asks_more()
    }

    /// Whether more is asked than the system and the place.
    const fn asks_more(&self) -> bool {
        self.index.is_some() || self.asks_header()
    }

    /// Whether anything is asked that not every object fits.
    pub const fn asks(&self) -> bool {
        self.is_system_named || !self.places.is_empty() || self.asks_more()
    }

    const fn asks_header(&self) -> bool {
        self.kid.is_some() || self.la_url.is_some() || self.version.is_some() || self.ds_id.is_some()
    }

    /// A manifest is none of the places in a media file.
    pub(crate) fn wants_place(&self, found: &Found) -> bool {
        self.places.is_empty()
            || found.in_text.is_none() && found.place.is_none_or(|place| self.places.contains(&place))
    }

    pub(crate) fn wants_content(&self, found: &Found) -> bool {
        if !self.asks_header() {
            return true;
        }
        let header = Header::of_payload(&found.data).ok();
        let has_kid = |kid: KeyId| {
            let named = header.as_ref().map(Header::kids).unwrap_or_default();
            found.kids.contains(&kid) || named.iter().any(|named| named.id == Some(kid))
        };
        let value = |field| header.as_ref().and_then(|header| header.value(field));
        self.kid.is_none_or(has_kid)
            && self
                .la_url
                .as_ref()
                .is_none_or(|glob| value(Field::LaUrl).is_some_and(|url| glob.is_match(&*url)))
            && self.ds_id.as_ref().is_none_or(|id| value(Field::DsId).is_some_and(|found| found == *id))
            && self.version.as_ref().is_none_or(|version| {
                header.as_ref().and_then(Header::version).is_some_and(|found| found.as_str() == version)
            })
    }
}
