//! Boxes that are put in: as they are given, or made for the keys of a container.

use super::{ObjectSpec, OperationError};
use crate::input::{Document, Found, encryption_of};
use crate::payloads::check_object;
use crate::{Error, Result, shape};
use bytes::Bytes;
use prkit_bmff::{BoxType, Container, Layout, Limits, Pssh, Scope, SizeForm};
use prkit_playready::{Header, Key, KeyId, Keyring, Overrides, SystemId};
use std::borrow::Cow;

/// A box to put in.
#[derive(Clone, Debug)]
pub struct GivenBox {
    pub(super) system: SystemId,
    pub(super) content: Bytes,
    pub(super) whole: Bytes,
}

/// What is put in.
#[derive(Debug)]
pub enum Boxes {
    /// The same into every container.
    Given(Vec<GivenBox>),
    /// An object for the keys of each.
    FromMedia {
        /// What it holds beside.
        object: Box<ObjectSpec>,
        /// The version of its box.
        version: u8,
        /// Key IDs that are named instead of those of the media.
        keys: Vec<Key>,
        /// Keys for checksums.
        ring: Keyring,
    },
}

impl Boxes {
    /// Whole boxes, and nothing else.
    ///
    /// # Errors
    ///
    /// What is wrong with them, and what is no box.
    pub fn parse(bytes: &Bytes) -> Result<Self> {
        parse(bytes).map(Self::Given)
    }

    /// A box around an object; version 1 lists the header's key IDs.
    ///
    /// # Errors
    ///
    /// The header cannot be read; no box is as long.
    pub fn around(object: &[u8], version: u8) -> Result<Self> {
        Self::parse(&Bytes::from(pssh_around(object, version)?))
    }

    /// Refuses PlayReady Objects that are longer than what is recommended.
    ///
    /// # Errors
    ///
    /// One that is too long, unless that is overridden.
    pub fn check_length(self, overrides: Overrides) -> Result<Self> {
        let Self::Given(boxes) = &self else { return Ok(self) };
        for new in boxes.iter().filter(|new| new.system.is_playready()) {
            let pssh = Pssh::parse(BoxType::new(*b"pssh"), &new.content)?;
            check_object(&[], pssh.data, overrides)?;
        }
        Ok(self)
    }

    /// The boxes for one container: with the keys that the file names there, where they are made of them.
    pub(super) fn for_container(
        &self,
        document: &Document,
        container: &Container,
    ) -> Result<Cow<'_, [GivenBox]>> {
        let (object, version, keys, ring) = match self {
            Self::Given(boxes) => return Ok(Cow::Borrowed(boxes)),
            Self::FromMedia { object, version, keys, ring } => (object, *version, keys.clone(), ring),
        };
        let media = encryption_of(document, &in_container(container))?;
        let object = object.build(keys, ring, Some(media.understood()?))?;
        parse(&Bytes::from(pssh_around(&object, version)?)).map(Cow::Owned)
    }
}

/// An object that is located in a container.
pub(super) fn in_container(container: &Container) -> Found {
    let offset = container.content.start();
    Found { place: Some(container.place), offset, ..Found::whole_file() }
}

fn parse(bytes: &Bytes) -> Result<Vec<GivenBox>> {
    let layout = Layout::locate(bytes, Scope::default(), Limits::default())?;
    if let Some(fault) = layout.faults().first() {
        return Err(OperationError::BrokenBoxes(fault.clone()).into());
    }
    let other = layout.pssh().len() != layout.top().len() || !layout.leftovers().is_empty();
    if other || layout.pssh().is_empty() {
        return Err(OperationError::NotBoxes.into());
    }
    let mut boxes: Vec<GivenBox> = Vec::new();
    for found in layout.pssh() {
        let pssh = Pssh::parse(found.header.kind, &found.content)?;
        if let Some(fault) = pssh.fault {
            return Err(Error::Box(fault));
        }
        if found.header.form == SizeForm::ToEnd {
            return Err(OperationError::ToEnd.into());
        }
        let whole = found.encode(&found.content)?;
        let (system, content) = (pssh.system, found.content.clone());
        if !boxes.iter().any(|known| known.content == content) {
            boxes.push(GivenBox { system, content, whole });
        }
    }
    Ok(boxes)
}

fn pssh_around(object: &[u8], version: u8) -> Result<Vec<u8>> {
    let header = Header::of_payload(object);
    let kids: Vec<KeyId> = match (version, header) {
        (1, Ok(header)) => header.key_ids(),
        (1, Err(error)) => return Err(OperationError::BoxKeys(Box::new(error)).into()),
        _ => Vec::new(),
    };
    shape::new_box(object, version, kids)
}
