//! Changes of a header, each a splice of its text.
//!
//! ```text
//!   Edit        LA_URL, LUI_URL, DS_ID, CUSTOMATTRIBUTES, DECRYPTORSETUP      field.rs
//!   Requested   LICENSEREQUESTED                                              requested.rs
//!   KeyEdits    key ids, algorithm, checksums                                 wanted.rs, keys.rs
//!   version     the number, and the key list in that version's form           version.rs
//!   canonical   every fault of the text that can be mended                    ../syntax
//!
//!   Revision    all of them at once, checked against the version it ends with
//!   proof       the result is read again, and says what was asked             proof.rs
//! ```
//!
//! What lies outside the splices stays as crooked as it was, also in text that is not well-formed XML or not valid
//! UTF-16. A step is spliced into the bytes that the step before gave, so that one may build on the other.

mod apart;
mod field;
mod keys;
mod pad;
mod proof;
mod requested;
mod tag;
mod target;
mod value;
mod version;
mod wanted;

pub use field::{Change, Edit};
pub(crate) use keys::protect_info;
pub use requested::Requested;
pub(crate) use tag::{insert, remove};
pub(crate) use value::{check_value, is_absolute, is_invisible, written};

use super::needs::Needs;
use super::outline::Element;
use super::syntax::{self, FaultKind, Scope};
use super::text::TextSplice;
use super::{Algorithm, Field, Header, Version};
use crate::{Error, ErrorKind, Key, KeyId, Keyring, Result};
use apart::apart;
use proof::Asked;
use std::collections::HashSet;
use target::Target;

/// Bytes of COCKTAIL keys that versions from 4.1 on can name (PRH spec 3.5.1).
pub(crate) const COCKTAIL_LATER: usize = 8;

/// What becomes of the key ids.
#[derive(Clone, Debug, Default)]
pub struct KeyEdits {
    /// These and no others, if there are any.
    pub set: Vec<Key>,
    /// Without these.
    pub remove: Vec<KeyId>,
    /// And these too.
    pub add: Vec<Key>,
}

/// What becomes of the checksums.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Checksums {
    /// Every key gets one; all keys have to be known.
    Add,
    /// They go.
    Strip,
    /// They stay, also where the algorithm does not allow them.
    Keep,
}

/// Which version a header gets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum VersionChoice {
    /// The lowest that can say it.
    #[default]
    Lowest,
    /// This one.
    Exactly(Version),
}

/// Everything that is asked of a header at once.
#[derive(Clone, Debug, Default)]
pub struct Revision {
    /// Elements to set, change, take out.
    pub fields: Vec<Edit>,
    /// Key ids.
    pub keys: KeyEdits,
    /// The algorithm of all keys.
    pub algorithm: Option<Algorithm>,
    /// Without it, checksums stay with their key and algorithm, and keys that are named with theirs get one.
    pub checksums: Option<Checksums>,
    /// The header's version.
    pub version: Option<VersionChoice>,
    /// `LICENSEREQUESTED`.
    pub license_requested: Option<Requested>,
    /// Straighten the whole text.
    pub canonicalize: bool,
    /// Keys for checksums.
    pub keyring: Keyring,
}

impl KeyEdits {
    /// Whether nothing is asked for.
    pub const fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty() && self.add.is_empty()
    }
}

impl Revision {
    /// Whether nothing is asked for.
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.is_fields_only()
    }

    /// Whether nothing but elements is asked for, so that keys are named as before: one step, and the fast one.
    pub const fn is_fields_only(&self) -> bool {
        !self.touches_keys()
            && self.version.is_none()
            && self.license_requested.is_none()
            && !self.canonicalize
    }

    /// Whether the key list may become another one.
    const fn touches_keys(&self) -> bool {
        !self.keys.is_empty() || self.algorithm.is_some() || self.checksums.is_some()
    }
}

impl Header<'_> {
    /// The header's bytes with edits of elements done; `None` when they change nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotInVersion`], [`ErrorKind::Value`] and [`ErrorKind::CustomXml`] for what the specification does
    /// not allow, [`ErrorKind::NoParent`] when a new element has nowhere to go, [`ErrorKind::CutShort`] for text so
    /// broken that the result would not say what was asked.
    pub fn edit(&self, edits: &[Edit]) -> Result<Option<Vec<u8>>> {
        let mut steps = Steps::new(self);
        if steps.fields(edits, false)? {
            let version = self.version().unwrap_or(Version::V4_0);
            Needs { on_demand: true, ..Needs::ONE_KEY }.check(&version)?;
        }
        let new = steps.bytes;
        if let Some(new) = &new {
            self.prove(&Header::parse(new)?, &Asked { fields: edits, ..Asked::default() })?;
        }
        Ok(new)
    }

    /// The header's bytes revised; `None` when that changes nothing.
    ///
    /// # Errors
    ///
    /// As for [`edit`](Self::edit); [`ErrorKind::NoChecksum`] and [`ErrorKind::UnknownKey`] for checksums that cannot
    /// be computed, [`ErrorKind::Lossy`] and [`ErrorKind::CutShort`] for text that cannot be said in another way.
    pub fn revise(&self, revision: &Revision) -> Result<Option<Vec<u8>>> {
        if revision.is_fields_only() {
            return self.edit(&revision.fields);
        }
        let new = self.revised(revision)?;
        if let Some(new) = &new
            && !self.is_whole()
            && !revision.fields.iter().any(Edit::grows)
            && Header::parse(new)?.revised(revision) != Ok(None)
        {
            let reason = "done again, it would change again".to_owned();
            return Err(Error::new(ErrorKind::CutShort { reason }));
        }
        Ok(new)
    }

    fn revised(&self, revision: &Revision) -> Result<Option<Vec<u8>>> {
        let no_root = || Some("there is no element in it".to_owned());
        if let Some(reason) = self.outline.get(0).map_or_else(no_root, |root| self.broken_tag(root)) {
            return Err(Error::new(ErrorKind::CutShort { reason }));
        }
        let mut steps = Steps::new(self);
        let sets_up = steps.fields(&revision.fields, revision.canonicalize)?;
        if let Some(change) = revision.license_requested {
            steps.step(|header| requested::splices(header, change))?;
        }
        let target = Target::of(&steps.header()?, revision, sets_up)?;
        if target.converts && !target.goes_down() {
            steps.step(|header| version::splices(header, &target.version))?;
        }
        if target.changes_keys {
            let form = target.form();
            if target.has_stray {
                steps.step(|header| keys::into_form(header, form))?;
            }
            steps.step(|header| keys::splices(header, &wanted::wanted(header, revision)?, form))?;
        }
        if target.converts && target.goes_down() {
            steps.step(|header| version::splices(header, &target.version))?;
        }
        if revision.canonicalize {
            let straight = steps.header()?.canonical()?;
            steps.take(straight);
        }
        let after = steps.header().ok().filter(|new| new.root_name().is_some());
        let Some(after) = after else {
            let reason = "nothing of it would be left".to_owned();
            return Err(Error::new(ErrorKind::CutShort { reason }));
        };
        let keys = &revision.keys;
        let named = keys.set.iter().chain(&keys.add).map(|key| key.id);
        let removed: HashSet<KeyId> = keys.remove.iter().copied().collect();
        let asked = Asked {
            read: named.filter(|id| !removed.contains(id)).collect(),
            fields: &revision.fields,
            kids: Some(&target.kids).filter(|_| target.changes_keys),
            version: Some(&target.version).filter(|_| target.converts),
            license_requested: revision.license_requested,
            canonicalize: revision.canonicalize,
        };
        self.prove(&after, &asked)?;
        let added = match (target.converts, target.changes_keys) {
            (true, _) => after.added_to(self),
            // A key more in a crooked list is as crooked as the others.
            (false, true) => after.kind_added_to(self),
            (false, false) => None,
        };
        if let Some(misfit) = added {
            let (version, reason) = (target.version.to_string(), misfit.message(&after));
            return Err(Error::new(ErrorKind::Misfit { version, reason }));
        }
        Ok(steps.bytes.filter(|bytes| bytes != self.bytes()))
    }

    /// What is wrong with a start tag that nothing can be put into.
    fn broken_tag(&self, element: &Element) -> Option<String> {
        let name = self.name_of(element);
        if element.cut {
            return Some(format!("the tag <{name} lacks its >"));
        }
        let open = self.outline.attributes(element).iter().find(|attribute| !attribute.closed)?;
        let attribute = self.as_str().get(open.name.clone()).unwrap_or_default();
        Some(format!("the value of {attribute} in <{name} is not closed"))
    }

    /// The header in little-endian UTF-16 and canonical XML; `None` when it is that already.
    fn canonical(&self) -> Result<Option<Vec<u8>>> {
        let faults = syntax::faults(self.as_str(), &self.outline, Scope::Header);
        if let Some(fault) = faults.iter().find(|fault| fault.kind == FaultKind::CutShort) {
            return Err(Error::new(ErrorKind::CutShort { reason: fault.message.clone() }));
        }
        let spliced = self.spliced(syntax::splices(faults));
        let bytes = spliced.as_deref().unwrap_or(self.bytes());
        let straight = super::text::Text::decode(bytes).straight().ok_or_else(|| {
            let reason = "it holds bytes that are no text".to_owned();
            Error::new(ErrorKind::CutShort { reason })
        })?;
        Ok((straight != self.bytes()).then_some(straight))
    }

    /// The bytes with splices done that are in order; `None` for none.
    pub(crate) fn with_splices(&self, splices: Vec<TextSplice>) -> Option<Vec<u8>> {
        self.spliced(splices)
    }

    /// The bytes with splices done, in any order; `None` for none.
    fn spliced(&self, mut splices: Vec<TextSplice>) -> Option<Vec<u8>> {
        if splices.is_empty() {
            return None;
        }
        // Stable: new elements that go to the same place stay in the order of the edits.
        splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        Some(self.text.splice(&splices))
    }
}

/// A header that becomes another one step by step.
struct Steps<'h> {
    first: &'h Header<'h>,
    bytes: Option<Vec<u8>>,
}

impl<'h> Steps<'h> {
    const fn new(first: &'h Header<'h>) -> Self {
        Self { first, bytes: None }
    }

    fn header(&self) -> Result<Header<'_>> {
        Header::parse(self.bytes.as_deref().unwrap_or(self.first.bytes()))
    }

    fn take(&mut self, bytes: Option<Vec<u8>>) {
        self.bytes = bytes.or(self.bytes.take());
    }

    /// Edits elements, each in what the one before has left: the second one finds the DATA that came with the first. Tells
    /// whether `DECRYPTORSETUP` is set, which not every version has.
    fn fields(&mut self, edits: &[Edit], canonicalize: bool) -> Result<bool> {
        let mut sets_up = false;
        for edit in edits {
            let is_changed = self.step(|header| header.field_splices(edit, canonicalize))?;
            sets_up |= is_changed && edit.change != Change::Remove && edit.field == Field::DecryptorSetup;
        }
        Ok(sets_up)
    }

    /// Does splices, and tells whether there were any.
    fn step(&mut self, splices: impl FnOnce(&Header<'_>) -> Result<Vec<TextSplice>>) -> Result<bool> {
        let bytes = match &self.bytes {
            None => self.first.spliced(apart(splices(self.first)?)?),
            Some(bytes) => {
                let header = Header::parse(bytes)?;
                header.spliced(apart(splices(&header)?)?)
            }
        };
        let is_changed = bytes.is_some();
        self.take(bytes);
        Ok(is_changed)
    }
}

#[cfg(test)]
mod tests;
