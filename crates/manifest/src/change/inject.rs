//! PlayReady's descriptor put in.

use crate::edit::Edit;
use crate::error::{Error, ErrorKind, Result};
use crate::found::{Descriptor, Object, Shape};
use crate::manifest::{Kind, Manifest};
use crate::slot::data_of;
use crate::text::Position;
use bytes::Bytes;
use prkit_playready::{KeyId, Overrides, Payload};
use std::collections::BTreeSet;

/// What becomes of a PlayReady descriptor that is there already.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum IfExists {
    /// It stays, and none is added.
    Keep,
    /// It goes.
    Replace,
    /// It stays, and one is added.
    Add,
    /// One with the same object is nothing to do, another one is an error.
    #[default]
    Error,
}

/// What is put in: a PlayReady Object, and the box around it for forms that hold one.
#[derive(Clone, Copy, Debug)]
pub struct NewObject<'o> {
    /// The object.
    pub object: &'o [u8],
    /// A whole `pssh` box with it.
    pub whole_box: &'o [u8],
}

/// Edits that put descriptors in.
#[derive(Clone, Debug, Default)]
pub struct Injected {
    /// What to do.
    pub edits: Vec<Edit>,
    /// Places that get a descriptor: the element or line it stands in or beside.
    pub added: Vec<String>,
    /// Places that have one and keep it.
    pub kept: usize,
    /// Encrypted places with other keys than the object's.
    pub other_keys: usize,
}

/// What becomes of one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Add,
    /// In place of this descriptor.
    Instead(usize),
    /// Into this descriptor, which holds nothing.
    Fill(usize),
    Keep,
    OtherKeys,
}

impl Manifest {
    /// Edits that put a PlayReady Object into a document, wherever the document says that something is encrypted.
    ///
    /// In an MPD that is beside every descriptor of the encryption, in a playlist behind the key lines, in a Smooth
    /// client manifest in `Protection`. Where the document names key ids and the object does too, only places with
    /// one of them get it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoPlace`] where nothing says that it is encrypted, [`ErrorKind::Exists`] by `if_exists`,
    /// [`ErrorKind::Unencrypted`] for a playlist without keys, [`ErrorKind::Object`] for what is no object.
    pub fn inject(&self, new: NewObject<'_>, if_exists: IfExists, overrides: Overrides) -> Result<Injected> {
        let object = new.object;
        let kids = key_ids(object)?;
        let injected = match self.kind() {
            Kind::Mpd => self.inject_mpd(new, &kids, if_exists)?,
            Kind::M3u8 => self.inject_playlist(object, &kids, if_exists, overrides)?,
            Kind::Smooth => self.inject_smooth(object, if_exists)?,
            Kind::Text => {
                let why = "the text is no document that has a place for it".to_owned();
                return Err(ErrorKind::NoPlace(why).into());
            }
            Kind::Cpix | Kind::Json | Kind::Soap => {
                let why = "the document is an answer of a key service; nothing is added to it".to_owned();
                return Err(ErrorKind::NoPlace(why).into());
            }
        };
        if injected.added.is_empty() && injected.kept == 0 && injected.other_keys > 0 {
            let why = "none of the encrypted places has a key id that the object names".to_owned();
            return Err(ErrorKind::NoPlace(why).into());
        }
        if !injected.added.is_empty() && !self.oddities().is_empty() && !self.would_read(&injected, new) {
            let why = "the document is broken in a way that would hide what is put in".to_owned();
            return Err(ErrorKind::NoPlace(why).into());
        }
        Ok(injected)
    }

    /// Whether the document holds the object after these edits: in one whose elements do not end where they should,
    /// what is put behind one may stand inside of another.
    fn would_read(&self, injected: &Injected, new: NewObject<'_>) -> bool {
        let mut edits: Vec<&Edit> = injected.edits.iter().collect();
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let (text, mut put, mut at) = (self.text().as_str(), String::new(), 0);
        for edit in edits {
            let Some(kept) = text.get(at..edit.range.start) else { return false };
            put.push_str(kept);
            put.push_str(&edit.put);
            at = edit.range.end;
        }
        put.push_str(text.get(at..).unwrap_or_default());
        let after = Self::parse(self.kind(), &Bytes::from(put));
        let is_new = |object: &Object| object.bytes == new.object || object.bytes == new.whole_box;
        after.is_ok_and(|after| after.objects().iter().any(is_new))
    }

    /// Objects of a descriptor. An element without text is a place for one, and none; a reference has what it leads to.
    fn held_by(&self, index: usize) -> impl Iterator<Item = &Object> {
        let target = self.descriptors().get(index).and_then(Descriptor::target).unwrap_or(index);
        let is_here = move |object: &&Object| object.descriptor.is_some_and(|d| d == index || d == target);
        self.objects().iter().filter(is_here).filter(|object| !object.span.is_empty())
    }

    /// Whether a descriptor has neither an object nor a reference to one.
    pub(super) fn is_empty(&self, index: usize) -> bool {
        let Some(descriptor) = self.descriptors().get(index) else { return false };
        let is_elsewhere = || self.unread().iter().any(|unread| descriptor.span.encloses(unread.span));
        descriptor.refers.is_none() && self.held_by(index).next().is_none() && !is_elsewhere()
    }

    /// Decides about a place with these descriptors; those that go without anything in their place are added to
    /// `gone`.
    pub(super) fn decide(
        &self,
        here: &[usize],
        object: &[u8],
        if_exists: IfExists,
        gone: &mut BTreeSet<usize>,
    ) -> Result<Place> {
        let existing: Vec<usize> = here
            .iter()
            .copied()
            .filter(|index| self.descriptors().get(*index).is_some_and(Descriptor::is_playready))
            .collect();
        let Some((first, others)) = existing.split_first() else { return Ok(Place::Add) };
        let held = |index: usize| self.held_by(index);
        let same = existing.iter().any(|index| {
            held(*index).next().is_some() && held(*index).all(|found| payload_of(found) == Some(object))
        });
        if !same && existing.iter().all(|index| self.is_empty(*index)) {
            if let Some(descriptor) = self.descriptors().get(*first) {
                self.refuse_open(descriptor)?;
            }
            return Ok(Place::Fill(*first));
        }
        match if_exists {
            _ if same => Ok(Place::Keep),
            IfExists::Keep => Ok(Place::Keep),
            IfExists::Add => Ok(Place::Add),
            IfExists::Replace => {
                for descriptor in existing.iter().filter_map(|index| self.descriptors().get(*index)) {
                    self.refuse_open(descriptor)?;
                }
                gone.extend(others);
                Ok(Place::Instead(*first))
            }
            IfExists::Error => {
                let why = ErrorKind::Exists(
                    "there is a PlayReady descriptor with another object already".to_owned(),
                );
                let position = self.descriptors().get(*first).map(|descriptor| descriptor.position);
                Err(position
                    .map_or_else(|| Error::new(why.clone()), |position| Error::at(why.clone(), position)))
            }
        }
    }
}

impl Injected {
    pub(super) fn count(&mut self, place: Place, path: impl FnOnce() -> String) {
        match place {
            Place::Add | Place::Instead(_) | Place::Fill(_) => self.added.push(path()),
            Place::Keep => self.kept = self.kept.saturating_add(1),
            Place::OtherKeys => self.other_keys = self.other_keys.saturating_add(1),
        }
    }
}

/// The PlayReady Object in what a document holds.
fn payload_of(object: &Object) -> Option<&[u8]> {
    match object.shape {
        Shape::Data => Some(&object.bytes),
        Shape::Box => data_of(&object.bytes),
        Shape::BoxData => None,
    }
}

/// The key ids that an object names.
fn key_ids(object: &[u8]) -> Result<Vec<KeyId>> {
    let payload = Payload::parse(object)?;
    if payload.object().is_none() {
        let why = "a bare header is no PlayReady Object".to_owned();
        return Err(Error::at(ErrorKind::Request(why), Position { line: 1, column: 1 }));
    }
    Ok(payload
        .header()
        .map(prkit_playready::Header::kids)
        .unwrap_or_default()
        .iter()
        .filter_map(|kid| kid.id)
        .collect())
}

/// Whether a place that names `named` is one for an object that names `kids`.
pub(super) fn fits(named: &[KeyId], kids: &[KeyId]) -> bool {
    named.is_empty() || kids.is_empty() || named.iter().any(|kid| kids.contains(kid))
}
