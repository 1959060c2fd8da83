//! A `pssh` box, or the content of one, where only its data is due.
//!
//! ```text
//!   ┌────────┬────────┬─────────┬───────┬──────────┬ ─ ─ ─ ─ ─ ─ ┬───────────┬──────┐
//!   │ size   │ pssh   │ version │ flags │ SystemID │ key ids     │ data size │ data │
//!   │ u32 BE │        │         │       │          │ version 1   │ u32 BE    │      │
//!   └────────┴────────┴─────────┴───────┴──────────┴ ─ ─ ─ ─ ─ ─ ┴───────────┴──────┘
//!   └── a whole box ──┘
//!                     └────────────── content of one ───────────────────────────────┘
//! ```
//!
//! People hand whole boxes to options that want data (shaka-packager issues 267 and 1154, gpac issue 2297); hls.js
//! issue 6574 met the result in playlists. Both are read, and an edit of the header inside keeps what is around it.

use crate::limits::MAX_NESTED;
use crate::{Error, ErrorKind, Object, Payload, Result, SystemId};

const BOX_HEADER_LEN: usize = 8;
const KID_LEN: usize = 16;

/// What is around a payload.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wrapping {
    /// A whole box.
    Box,
    /// The content of a box, without its size and type.
    Content,
}

/// A payload with a box, or part of one, around it.
#[derive(Clone, Debug)]
pub struct Nested<'a> {
    wrapping: Wrapping,
    /// Up to the data size.
    before: &'a [u8],
    data: &'a [u8],
    inner: Box<Payload<'a>>,
}

impl<'a> Nested<'a> {
    /// Whether the bytes begin like a box or the content of a PlayReady one.
    pub(crate) fn is_one(bytes: &[u8]) -> bool {
        bytes.get(4..8) == Some(b"pssh") || is_content(bytes)
    }

    /// # Errors
    ///
    /// [`ErrorKind::NestedBox`] when what is inside is nothing of PlayReady's.
    pub(crate) fn parse(bytes: &'a [u8], depth: u8) -> Result<Self> {
        let none = || Error::new(ErrorKind::NestedBox);
        let (wrapping, head) = match bytes.split_at_checked(BOX_HEADER_LEN) {
            Some((head, _)) if head.ends_with(b"pssh") => (Wrapping::Box, BOX_HEADER_LEN),
            _ => (Wrapping::Content, 0),
        };
        let content = bytes.get(head..).unwrap_or_default();
        if depth >= MAX_NESTED || !is_content(content) {
            return Err(none());
        }
        let lists = if content.first() == Some(&0) {
            0
        } else {
            let count = content.get(20..24).and_then(|count| count.first_chunk()).ok_or_else(none)?;
            let count = usize::try_from(u32::from_be_bytes(*count)).map_err(|_| none())?;
            count.checked_mul(KID_LEN).and_then(|len| len.checked_add(4)).ok_or_else(none)?
        };
        let at = head.checked_add(20).and_then(|at| at.checked_add(lists)).ok_or_else(none)?;
        let (before, rest) = bytes.split_at_checked(at).ok_or_else(none)?;
        // The size is not asked: where data and size disagree, the data is there all the same.
        let data = rest.get(4..).ok_or_else(none)?;
        let inner = Box::new(Payload::parse_at(data, depth.saturating_add(1)).map_err(|_| none())?);
        Ok(Self { wrapping, before, data, inner })
    }

    /// What is around the payload.
    pub const fn wrapping(&self) -> Wrapping {
        self.wrapping
    }

    /// The payload.
    pub const fn inner(&self) -> &Payload<'a> {
        &self.inner
    }

    pub(crate) fn into_inner(self) -> Payload<'a> {
        *self.inner
    }

    /// Its bytes.
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Where its bytes begin.
    pub fn data_offset(&self) -> usize {
        self.before.len().saturating_add(4)
    }

    pub(crate) fn object(&self) -> Option<&Object<'a>> {
        self.inner.object()
    }

    /// The same around other data, with right sizes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RecordTooLong`] when 32 bits cannot say a size.
    pub(crate) fn with_data(&self, data: &[u8]) -> Result<Vec<u8>> {
        let too_long = |_| Error::new(ErrorKind::RecordTooLong { len: data.len() });
        let len = u32::try_from(data.len()).map_err(too_long)?;
        let mut bytes = Vec::with_capacity(self.data_offset().saturating_add(data.len()));
        bytes.extend_from_slice(self.before);
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(data);
        if self.wrapping == Wrapping::Box {
            let size = u32::try_from(bytes.len()).map_err(too_long)?;
            if let Some(field) = bytes.first_chunk_mut() {
                *field = size.to_be_bytes();
            }
        }
        Ok(bytes)
    }
}

/// Version and flags, then PlayReady's SystemID.
fn is_content(bytes: &[u8]) -> bool {
    let system = bytes.get(4..20).and_then(|system| system.first_chunk());
    bytes.first().is_some_and(|version| *version < 2)
        && system.is_some_and(|system| SystemId::from_uuid_bytes(*system).is_playready())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Change, Edit, Field, RecordType};

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn object(url: &str) -> Vec<u8> {
        let header = utf16(&format!("<WRMHEADER><DATA><LA_URL>{url}</LA_URL></DATA></WRMHEADER>"));
        Object::encode([(RecordType::Header, &header[..])]).unwrap()
    }

    fn content(version: u8, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![version, 0, 0, 0];
        bytes.extend(SystemId::PLAYREADY.to_uuid_bytes());
        if version == 1 {
            bytes.extend([0, 0, 0, 1]);
            bytes.extend([7; 16]);
        }
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
        bytes
    }

    fn whole(version: u8, data: &[u8]) -> Vec<u8> {
        let content = content(version, data);
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes()[..], b"pssh", &content].concat()
    }

    #[test]
    fn the_payload_inside_is_read_and_edited_where_it_is() {
        let edit =
            Edit { field: Field::LaUrl, change: Change::Set("https://new/longer".into()), existing: false };
        for version in [0, 1] {
            for wrap in [whole, content, |version, data: &[u8]| whole(version, &whole(0, data))] {
                let bytes = wrap(version, &object("a:b"));
                let payload = Payload::parse(&bytes).unwrap();
                assert_eq!(payload.header().unwrap().value(Field::LaUrl).unwrap(), "a:b");
                assert_eq!(payload.object().unwrap().bytes(), object("a:b"));
                let new = payload.edit(std::slice::from_ref(&edit)).unwrap().unwrap();
                assert_eq!(new, wrap(version, &object("https://new/longer")));
            }
        }
    }

    #[test]
    fn what_is_inside_has_to_be_playreadys() {
        for bytes in [
            b"\0\0\0\x20pssh....".to_vec(),
            whole(0, b"abcd"),
            whole(0, &whole(0, &whole(0, &whole(0, &whole(0, &object("a:b")))))),
        ] {
            let error = Payload::parse(&bytes).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::NestedBox);
        }
        let mut many = content(1, &object("a:b"));
        many[20..24].fill(0xFF);
        assert!(Payload::parse(&many).is_err());
    }
}
