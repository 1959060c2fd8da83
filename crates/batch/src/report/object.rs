//! Objects that are read once for all that is said of them, and what is said once for all that are the same.

use crate::input::{Form, Found};
use prkit_playready::{Payload, Result, SystemId};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

/// An object, and what stands in it.
#[non_exhaustive]
pub struct Object<'f> {
    pub found: &'f Found,
    /// `None` for what is not PlayReady's.
    pub payload: Option<Rc<Result<Payload<'f>>>>,
    /// The first object beside it that has the same payload, by its index; `None` for that one.
    pub twin: Option<usize>,
}

impl<'f> Object<'f> {
    /// One alone.
    pub fn read(found: &'f Found) -> Self {
        let payload = found.system.is_playready().then(|| Rc::new(Payload::parse(&found.data)));
        Self { found, payload, twin: None }
    }

    /// Those of an input. A box in every fragment is mostly the same one, of which a layout has the bytes once: what is at
    /// the same place is the same.
    pub fn read_all(found: &'f [Found]) -> Vec<Self> {
        let mut objects: Vec<Self> = Vec::with_capacity(found.len());
        // Most files have few, which are looked through faster than they are hashed.
        let mut firsts = HashMap::new();
        let is_many = found.len() > FEW;
        for found in found {
            let index = objects.len();
            let first = if is_many {
                *firsts.entry(place_of(found)).or_insert(index)
            } else {
                let is_first = |known: &Self| place_of(known.found) == place_of(found);
                objects.iter().position(is_first).unwrap_or(index)
            };
            objects.push(match objects.get(first) {
                Some(twin) => Self { found, payload: twin.payload.clone(), twin: Some(first) },
                None => Self::read(found),
            });
        }
        objects
    }
}

/// So many objects are compared with each other.
const FEW: usize = 4;

/// Where the data of an object is, and what it is read as.
fn place_of(found: &Found) -> (*const u8, usize, Form, SystemId) {
    (found.data.as_ptr(), found.data.len(), found.form, found.system)
}

/// A part of several reports, which is written as JSON once. It serialises to JSON only.
#[derive(Debug)]
pub struct Shared<T>(Rc<Part<T>>);

#[derive(Debug)]
struct Part<T> {
    report: T,
    json: OnceCell<Box<RawValue>>,
}

impl<T> Shared<T> {
    pub(super) fn new(report: T) -> Self {
        Self(Rc::new(Part { report, json: OnceCell::new() }))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.report
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Part { report, json } = &*self.0;
        if Rc::strong_count(&self.0) == 1 {
            return report.serialize(serializer);
        }
        if let Some(written) = json.get() {
            return written.serialize(serializer);
        }
        let written = to_raw_value(report).map_err(S::Error::custom)?;
        json.get_or_init(|| written).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Content, Document};
    use crate::report::{PathReport, ShowReport, findings};
    use bytes::Bytes;
    use prkit_bmff::Scope;

    fn boxed(code: [u8; 4], content: &[u8]) -> Vec<u8> {
        let len = u32::try_from(8 + content.len()).unwrap();
        [&len.to_be_bytes()[..], &code, content].concat()
    }

    /// A `pssh` box of a system with this data.
    fn pssh(system: [u8; 16], data: &[u8]) -> Vec<u8> {
        let len = u32::try_from(data.len()).unwrap();
        boxed(*b"pssh", &[&[0; 4][..], &system, &len.to_be_bytes(), data].concat())
    }

    /// A header with an oddity: it names no key.
    fn object(url: &str) -> Vec<u8> {
        let namespace = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";
        let text = format!(
            "<WRMHEADER xmlns=\"{namespace}\" version=\"4.0.0.0\"><DATA><LA_URL>{url}</LA_URL></DATA></WRMHEADER>"
        );
        let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let len = u16::try_from(text.len()).unwrap();
        let record = [&[1, 0][..], &len.to_le_bytes(), &text].concat();
        [&(u32::from(len) + 10).to_le_bytes()[..], &[1, 0], &record].concat()
    }

    #[test]
    fn boxes_that_are_the_same_are_read_once_and_reported_each() {
        let playready = SystemId::PLAYREADY.to_uuid_bytes();
        let (one, other) = (object("https://a.example.com"), object("https://b.example.com"));
        let boxes = [
            pssh(playready, &one),
            pssh(playready, &other),
            pssh(playready, &one),
            pssh([7; 16], &one),
            pssh(playready, &one[..40]),
            pssh(playready, &one[..40]),
        ];
        let file: Vec<u8> = boxes.iter().flat_map(|pssh| boxed(*b"moof", pssh)).collect();
        let document = Document::of(Content::Memory(Bytes::from(file)), Scope::default()).unwrap();
        let found = document.objects().unwrap();
        let told = |objects: &[Object<'_>]| {
            let findings = findings(&document, objects);
            ShowReport::new(PathReport::text("name"), &document, objects, findings).to_json().unwrap()
        };
        let alone: Vec<_> = found.iter().map(Object::read).collect();
        let shared = Object::read_all(&found);
        assert_eq!(told(&shared), told(&alone));
        let twins: Vec<_> = shared.iter().map(|object| object.twin).collect();
        assert_eq!(twins, [None, None, Some(0), None, None, Some(4)]);
    }
}
