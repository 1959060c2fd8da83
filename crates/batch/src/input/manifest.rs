//! A manifest as a document with objects in it.
//!
//! ```text
//!   manifest crate: descriptors, objects, their texts   ──▶ Found, with line and column
//!   new payload ──▶ new box or object                   ──▶ splice of the text
//! ```

use super::found::{Form, Found, InText, ObjectFault, of_pssh};
use super::kind::Kind;
use crate::{Error, Result};
use bytes::Bytes;
use prkit_bmff::{BoxType, Edited, Pssh, Replace};
use prkit_manifest::{Edit, ErrorKind, Manifest, Object, Shape};
use prkit_plan::Source;
use prkit_playready::SystemId;

/// An opened manifest.
pub struct Opened {
    /// What is in it.
    pub manifest: Manifest,
    /// Its bytes; short by the limits of the crate.
    pub bytes: Bytes,
}

impl From<prkit_manifest::Kind> for Kind {
    fn from(kind: prkit_manifest::Kind) -> Self {
        match kind {
            prkit_manifest::Kind::Mpd => Self::Mpd,
            prkit_manifest::Kind::Smooth => Self::Ism,
            prkit_manifest::Kind::M3u8 => Self::M3u8,
            prkit_manifest::Kind::Cpix => Self::Cpix,
            prkit_manifest::Kind::Text => Self::Text,
            prkit_manifest::Kind::Json => Self::Json,
            prkit_manifest::Kind::Soap => Self::Soap,
        }
    }
}

/// The crate's name for a kind.
const fn kind_of(kind: Kind) -> Option<prkit_manifest::Kind> {
    Some(match kind {
        Kind::Mpd => prkit_manifest::Kind::Mpd,
        Kind::M3u8 => prkit_manifest::Kind::M3u8,
        Kind::Ism => prkit_manifest::Kind::Smooth,
        Kind::Cpix => prkit_manifest::Kind::Cpix,
        Kind::Text => prkit_manifest::Kind::Text,
        Kind::Json => prkit_manifest::Kind::Json,
        Kind::Soap => prkit_manifest::Kind::Soap,
        _ => return None,
    })
}

impl Opened {
    /// Reads a document of this kind.
    pub fn parse(kind: Kind, bytes: Bytes) -> Result<Self> {
        let kind = kind_of(kind).ok_or(Error::NoManifest(kind))?;
        let manifest = Manifest::parse(kind, &bytes)?;
        Ok(Self { manifest, bytes })
    }

    /// The objects in it.
    pub fn objects(&self) -> Vec<Found> {
        self.manifest.objects().iter().enumerate().map(|(index, object)| found(index, object)).collect()
    }

    /// The bytes of an object as they stand in its text: a whole box where there is one.
    pub fn stored(&self, found: &Found) -> Option<Bytes> {
        let object = self.manifest.objects().get(found.index)?;
        (object.shape == Shape::Box).then(|| object.bytes.clone())
    }

    /// The bytes of an object with another payload.
    pub fn whole(&self, found: &Found, data: &[u8]) -> Result<Bytes> {
        let object = self.manifest.objects().get(found.index).ok_or(Error::NoObject(found.index))?;
        let (header, kind) = match object.shape {
            Shape::Data => return Ok(Bytes::copy_from_slice(data)),
            Shape::BoxData => (0, BoxType::new(*b"pssh")),
            Shape::Box => box_header(&object.bytes),
        };
        let content = object.bytes.get(header..).unwrap_or_default();
        let content = Pssh::parse(kind, content)?.encode(data).ok_or(Error::PayloadTooLong)?;
        let mut whole = object.bytes.get(..header).unwrap_or_default().to_vec();
        whole.extend(content);
        if header > 0 {
            set_size(&mut whole).ok_or(Error::PayloadTooLong)?;
        }
        Ok(whole.into())
    }

    /// The plan for new objects, new license URLs beside them, and other splices.
    pub fn edited(
        &self,
        replace: Vec<Replace>,
        urls: &[(usize, String)],
        mut edits: Vec<Edit>,
    ) -> Result<Edited> {
        let replacements: Vec<_> = replace.into_iter().map(|new| (new.pssh, new.with)).collect();
        edits.extend(self.manifest.replace_with_urls(&replacements, urls)?);
        Ok(self.manifest.plan(edits)?.into())
    }

    /// Looks at a written document: kept bytes are the same, and it reads as before.
    pub fn check(&self, edited: &Edited, new: &dyn Source) -> Result<()> {
        prkit_plan::check_kept(&edited.plan, &self.bytes, new)?;
        let mut bytes = Vec::new();
        new.fetch(prkit_plan::Span::new(0, new.len()), &mut bytes)?;
        let read = match Manifest::parse(self.manifest.kind(), &bytes.into()) {
            // Of a piece that was nothing but what was taken out, nothing is left to be read.
            Err(error) if matches!(error.kind(), ErrorKind::NoElement) => return Ok(()),
            read => read?,
        };
        // What could not be read before cannot be read now, and nothing else.
        let unreadable =
            |manifest: &Manifest| manifest.objects().iter().filter(|o| o.error.is_some()).count();
        if unreadable(&read) > unreadable(&self.manifest) {
            return Err(Error::Unreadable);
        }
        Ok(())
    }
}

fn found(index: usize, object: &Object) -> Found {
    let in_text = InText {
        line: object.position.line,
        column: object.position.column,
        len: u64::try_from(object.bytes.len()).unwrap_or(u64::MAX),
    };
    let outline = Found {
        index,
        path: Some(object.path.clone()),
        offset: object.span.start(),
        size: object.span.len(),
        system: object.system.unwrap_or(SystemId::from_uuid_bytes([0; 16])),
        box_error: object.error.clone().map(ObjectFault::Text),
        in_text: Some(in_text),
        other_scheme: object.other_scheme.clone(),
        ..Found::whole(Form::InText(object.form), &object.bytes)
    };
    let (header, kind) = match object.shape {
        Shape::Data => return outline,
        Shape::BoxData => (0, BoxType::new(*b"pssh")),
        Shape::Box => box_header(&object.bytes),
    };
    let content = object.bytes.slice(header.min(object.bytes.len())..);
    match Pssh::parse(kind, &content) {
        Ok(pssh) => of_pssh(pssh, &content, outline),
        Err(error) => Found { data: Bytes::new(), box_error: Some(error.into()), ..outline },
    }
}

/// Bytes of a box's header, and its type.
fn box_header(bytes: &[u8]) -> (usize, BoxType) {
    let large = bytes.starts_with(&[0, 0, 0, 1]);
    let size = if large { 16 } else { 8 };
    match bytes.get(4..8) {
        Some(b"uuid") => {
            let id = bytes.get(size..).and_then(|rest| rest.first_chunk::<16>()).copied().unwrap_or_default();
            (usize::saturating_add(size, 16), BoxType::extended(id))
        }
        _ => (size, BoxType::new(*b"pssh")),
    }
}

/// Writes the length of a box into its header, in the form it has. Size 0 means "to the end", which stays true.
fn set_size(whole: &mut [u8]) -> Option<()> {
    let len = whole.len();
    let size = whole.first_chunk_mut::<4>()?;
    match u32::from_be_bytes(*size) {
        0 => {}
        1 => {
            let large = whole.get_mut(8..)?.first_chunk_mut::<8>()?;
            *large = u64::try_from(len).ok()?.to_be_bytes();
        }
        _ => *size = u32::try_from(len).ok()?.to_be_bytes(),
    }
    Some(())
}
