//! Licenses wherever they are: alone, in base64, in license stores of files, in messages.
//!
//! ```text
//!   XMR\0 …                      a license
//!   <soap:Envelope>, HTTP/1.1    a message
//!   base64, hex                  one of the two
//!   anything else                what `show` reads: its license stores
//! ```

use super::content::Content;
use super::document::Document;
use super::found::{Found, as_u64};
use super::text;
use crate::{Error, Result};
use bytes::Bytes;
use prkit_bmff::{Scope, Where};
use prkit_license::{Embedded, License, StoreContents};
use prkit_plan::Span;
use prkit_playready::{Payload, RecordType, Store};
use prkit_protocol::{LicenseFault, Limits, Message};

/// Messages and licenses are small.
const MAX_LETTER: u64 = 8 * 1024 * 1024;
const HEAD: u64 = 4096;

/// An input that is a license or a message.
pub enum Letter {
    /// A license.
    License(Bytes),
    /// A message between a client and a server.
    Message(Bytes),
}

/// What was found in an input.
pub struct LicenseInput {
    /// What the input is.
    pub kind: &'static str,
    /// Its length in bytes.
    pub size: u64,
    /// The licenses in it.
    pub licenses: Vec<FoundLicense>,
    /// Bytes of stores that are no license: where, and the bytes.
    pub gaps: Vec<(String, u64, Bytes)>,
    /// The message, where it is one.
    pub message: Option<Box<Message>>,
    /// Objects of a file: their headers say which keys it has.
    pub objects: Vec<Found>,
}

/// One license of an input.
#[derive(Clone, Debug)]
pub struct FoundLicense {
    /// The box whose store it stands in; `None` for a license alone.
    pub path: Option<String>,
    /// Where it begins.
    pub offset: u64,
    /// Its bytes, or why there are none.
    pub bytes: Result<Bytes, base64::DecodeError>,
    /// Where in the content it stands.
    pub embedded: Option<Embedded>,
}

impl Letter {
    /// The license or message that content is, plain or encoded.
    pub fn of(content: &Content) -> Result<Option<Self>> {
        let len = content.len();
        let head = content.read(Span::new(0, len.min(HEAD)))?;
        let is_encoded = head.is_ascii() && !head.contains(&0);
        if !License::is_license(&head) && !Message::is_message(&head) && !is_encoded {
            return Ok(None);
        }
        if len > MAX_LETTER {
            return Ok(None);
        }
        let bytes = Bytes::from(content.read(Span::new(0, len))?);
        Ok(Self::plain(&bytes).or_else(|| {
            let text = std::str::from_utf8(&bytes).ok()?;
            Self::plain(&Bytes::from(text::decode(text)?.bytes))
        }))
    }

    fn plain(bytes: &Bytes) -> Option<Self> {
        if License::is_license(bytes) {
            return Some(Self::License(bytes.clone()));
        }
        Message::is_message(bytes).then(|| Self::Message(bytes.clone()))
    }
}

impl Letter {
    /// The message that content is, and its bytes.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn message_in(content: &Content) -> Result<(Message, Bytes)> {
        match Self::of(content)? {
            Some(Self::Message(bytes)) => Ok((Message::parse(&bytes, Limits::default())?, bytes)),
            Some(Self::License(_)) => Err(Error::LicenseForMessage),
            None => Err(Error::NoMessage),
        }
    }
}

impl LicenseInput {
    /// Looks for licenses in content.
    pub fn of(content: Content) -> Result<Self> {
        let size = content.len();
        let empty = |kind| Self {
            kind,
            size,
            licenses: Vec::new(),
            gaps: Vec::new(),
            message: None,
            objects: Vec::new(),
        };
        match Letter::of(&content)? {
            Some(Letter::License(bytes)) => {
                let license = FoundLicense { path: None, offset: 0, bytes: Ok(bytes), embedded: None };
                Ok(Self { licenses: vec![license], ..empty("license") })
            }
            Some(Letter::Message(bytes)) => {
                let message = Message::parse(&bytes, Limits::default())?;
                let licenses = of_message(&message);
                Ok(Self { licenses, message: Some(Box::new(message)), ..empty("message") })
            }
            None => {
                let document = Document::of(content, Scope::default())?;
                let objects = document.objects()?;
                let mut found = empty(document.kind.name());
                for object in objects.iter().filter(|object| object.system.is_playready()) {
                    found.add_stores(object);
                }
                found.objects = objects;
                Ok(found)
            }
        }
    }

    fn add_stores(&mut self, object: &Found) {
        let Ok(Payload::Object(pro)) = Payload::parse(&object.data) else { return };
        let path = object.path.clone().unwrap_or_else(|| "/".to_owned());
        let embedded = match object.place {
            Some(Where::Moof) => Embedded::Stream,
            _ => Embedded::File,
        };
        for record in pro.records().iter().filter(|record| record.kind == RecordType::Store) {
            let contents = StoreContents::of(Store::new(record.value), prkit_license::Limits::default());
            let start = object.value_offset(record);
            for (offset, license) in contents.licenses {
                self.licenses.push(FoundLicense {
                    path: Some(path.clone()),
                    offset: start.saturating_add(as_u64(offset)),
                    bytes: Ok(object.data.slice_ref(license.bytes())),
                    embedded: Some(embedded),
                });
            }
            for gap in contents.gaps.iter().filter(|gap| !gap.is_zero()) {
                let offset = start.saturating_add(as_u64(gap.offset));
                self.gaps.push((path.clone(), offset, object.data.slice_ref(gap.bytes)));
            }
        }
    }
}

fn of_message(message: &Message) -> Vec<FoundLicense> {
    let Some(response) = message.response() else { return Vec::new() };
    response
        .licenses
        .iter()
        .map(|blob| FoundLicense {
            path: None,
            offset: as_u64(blob.offset),
            bytes: blob.bytes.clone().map(Bytes::from),
            embedded: None,
        })
        .collect()
}

impl FoundLicense {
    /// The license.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    pub fn license(&self) -> Result<License<'_>, LicenseFault> {
        let bytes = self.bytes.as_deref().map_err(Clone::clone)?;
        Ok(License::parse(bytes)?)
    }
}
