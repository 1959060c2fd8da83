//! Parts of an object, taken out.

use crate::input::{Document, Found};
use crate::shape::Shape;
use crate::{Error, Result};
use bytes::Bytes;
use prkit_playready::{Object, Payload, SystemId};

/// What is taken out of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The whole object.
    Object,
    /// The header.
    Header,
    /// The license store.
    Store,
    /// The whole box.
    Box,
}

/// A part of an object, as bytes or text: in a shape, if there is one. A header is what is stored, or else text in UTF-8.
///
/// # Errors
///
/// It has no such part, or that cannot be read.
pub fn piece(
    document: &Document,
    found: &Found,
    part: Part,
    shape: Option<Shape>,
    is_stored: bool,
) -> Result<Bytes> {
    if part == Part::Box && shape.is_none() {
        return stored_box(document, found);
    }
    if !found.system.is_playready() {
        return match (part, shape) {
            (Part::Object, None) => Ok(found.data.clone()),
            _ => Err(Error::OtherSystem(found.system)),
        };
    }
    let payload = Payload::parse(&found.data)?;
    let bytes = match (part, shape) {
        (Part::Header, None) if is_stored => stored_header(&payload)?.to_vec(),
        (Part::Header, None) => crate::shape::header_text(&payload)?.into_bytes(),
        (Part::Store, None) => stored_store(&payload)?.to_vec(),
        (Part::Object, None) => found.data.to_vec(),
        (_, Some(form)) => form.of(&payload, |object| match (&document.layout, &payload) {
            (layout, Payload::Object(stored)) if layout.is_some() || document.manifest.is_some() => {
                // A header that becomes UTF-16 needs a box of another length.
                if stored.bytes() == object {
                    return stored_box(document, found).map(|stored| stored.to_vec());
                }
                crate::shape::new_box(object, found.version.unwrap_or(0), found.kids.clone())
            }
            _ => new_box(object),
        })?,
        (Part::Box, None) => Vec::new(),
    };
    Ok(Bytes::from(bytes))
}

fn stored_header<'a>(payload: &Payload<'a>) -> Result<&'a [u8]> {
    Ok(payload.header()?.bytes())
}

fn stored_store<'a>(payload: &Payload<'a>) -> Result<&'a [u8]> {
    let store = payload.object().and_then(Object::store);
    store.map(|store| store.bytes()).ok_or(Error::NoStore)
}

fn stored_box(document: &Document, found: &Found) -> Result<Bytes> {
    if let Some(stored) = document.manifest.as_ref().and_then(|opened| opened.stored(found)) {
        return Ok(stored);
    }
    match &document.layout {
        Some(layout) => {
            let found = layout.pssh().get(found.index).ok_or(Error::NoObject(found.index))?;
            Ok(found.encode(&found.content)?)
        }
        None if found.system == SystemId::from_uuid_bytes([0; 16]) => Err(Error::NoSystem),
        None => crate::shape::box_of(found.system, &found.data).map(Bytes::from),
    }
}

fn new_box(object: &[u8]) -> Result<Vec<u8>> {
    crate::shape::new_box(object, 0, Vec::new())
}
