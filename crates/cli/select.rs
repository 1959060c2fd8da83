//! Which of the objects in an input are meant.

use crate::args::SelectArgs;
use crate::exit::Stop;
use crate::input::{Found, Input};
use crate::out::{Out, Outcome};
use globset::{Glob, GlobMatcher};
use prkit_bmff::{Scope, Where};
use prkit_playready::{Field, Header, KeyId, SystemId};

/// What was asked for, ready to compare with.
pub(crate) struct Selector {
    system: System,
    /// Whether that was asked for.
    is_system_named: bool,
    places: Vec<Where>,
    index: Option<usize>,
    kid: Option<KeyId>,
    la_url: Option<GlobMatcher>,
    version: Option<String>,
    ds_id: Option<String>,
    pub(crate) require: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum System {
    All,
    PlayReady,
    One(SystemId),
}

impl Selector {
    /// `all` is what no `--system` means.
    pub(crate) fn new(args: &SelectArgs, all: bool) -> Result<Self, Stop> {
        let system = match args.system.as_deref() {
            None if all => System::All,
            None => System::PlayReady,
            Some(name) if name.eq_ignore_ascii_case("all") => System::All,
            Some(name) => {
                match name.parse::<SystemId>().map_err(|error| Stop::usage(format!("--system: {error}")))? {
                    id if id == SystemId::PLAYREADY => System::PlayReady,
                    id => System::One(id),
                }
            }
        };
        let kid = args.kid.as_deref().map(str::parse::<KeyId>).transpose();
        let la_url = args.if_la_url.as_deref().map(Glob::new).transpose();
        let places = args.places.iter().map(|place| place.of());
        Ok(Self {
            system,
            is_system_named: args.system.is_some(),
            places: places.collect(),
            index: args.index,
            kid: kid.map_err(|error| Stop::usage(format!("--kid: {error}")))?,
            la_url: la_url
                .map_err(|error| Stop::usage(format!("--if-la-url: {error}")))?
                .map(|g| g.compile_matcher()),
            version: args.if_version.as_deref().map(full_version),
            ds_id: args.if_ds_id.as_deref().map(ds_id_base64).transpose()?,
            require: args.require,
        })
    }

    /// For commands that select containers instead of objects.
    pub(crate) const fn nothing_in_particular() -> Self {
        Self {
            system: System::All,
            is_system_named: false,
            places: Vec::new(),
            index: None,
            kid: None,
            la_url: None,
            version: None,
            ds_id: None,
            require: false,
        }
    }

    /// Where boxes have to be looked for. An index counts boxes everywhere, so with one everything is looked at.
    pub(crate) fn scope(&self) -> Scope {
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

    /// Whether an input in which nothing was found failed, and the note about it.
    pub(crate) fn nothing(&self, input: &Input, out: &mut Out) -> Outcome {
        if self.require {
            out.message(input, "nothing is selected, and --require asks for something");
            return Outcome::Failed;
        }
        if !input.is_walked() {
            out.message(input, "nothing is selected");
        }
        Outcome::Done
    }

    /// Whether an object is meant.
    pub(crate) fn wants(&self, found: &Found) -> bool {
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
    pub(crate) fn overlooks(&self, found: &Found) -> bool {
        !self.is_system_named && !self.asks_more() && self.wants_place(found)
    }

    /// The same for what is in a document and no object.
    pub(crate) fn overlooks_in_text(&self, system: Option<SystemId>) -> bool {
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

    const fn asks_header(&self) -> bool {
        self.kid.is_some() || self.la_url.is_some() || self.version.is_some() || self.ds_id.is_some()
    }

    /// A manifest is none of the places in a media file.
    fn wants_place(&self, found: &Found) -> bool {
        self.places.is_empty()
            || found.in_text.is_none() && found.place.is_none_or(|place| self.places.contains(&place))
    }

    fn wants_content(&self, found: &Found) -> bool {
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

/// `4.3` means `4.3.0.0`.
fn full_version(text: &str) -> String {
    if text.matches('.').count() == 1 { format!("{text}.0.0") } else { text.to_owned() }
}

/// A domain service id as the header has it.
pub(crate) fn ds_id_base64(text: &str) -> Result<String, Stop> {
    match text.parse::<KeyId>() {
        Ok(guid) => Ok(guid.to_guid_base64()),
        Err(_) if KeyId::from_guid_base64(text).is_some() => Ok(text.trim().to_owned()),
        Err(_) => Err(Stop::usage(format!(
            "{text:?} is no domain service id: expected a GUID or the base64 of 16 bytes"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_version_is_completed() {
        assert_eq!(full_version("4.3"), "4.3.0.0");
        assert_eq!(full_version("4.3.0.0"), "4.3.0.0");
    }

    #[test]
    fn a_domain_service_id_is_a_guid_or_its_base64() {
        let base64 = "AH+03juKbUGbHl1V/QIwRA==";
        let guid = KeyId::from_guid_base64(base64).unwrap().to_string();
        assert_eq!(ds_id_base64(&guid).unwrap(), base64);
        assert_eq!(ds_id_base64(base64).unwrap(), base64);
        assert!(ds_id_base64("x").is_err());
    }
}
