//! A key ID in all its forms, as it was given, and where files have it.

use super::SCHEMA;
use crate::Result;
use crate::input::{Document, Found, encryption_below, hex};
use prkit_playready::{ErrorKind, Header, KeyId};
use serde::Serialize;

/// A key id of a file, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownKid {
    pub path: String,
    pub place: String,
    pub id: KeyId,
}

impl KnownKid {
    /// Those of a document that has this name.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn all_of(name: &str, document: &Document) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        let mut add = |place: String, id| {
            if !found.iter().any(|known: &KnownKid| known.id == id && known.place == place) {
                found.push(KnownKid { path: name.to_owned(), place, id });
            }
        };
        if document.layout.is_some() {
            for id in &encryption_below(document, &Found::whole_file())?.kids {
                add("tenc or seig".to_owned(), *id);
            }
        }
        for object in document.objects()? {
            let place = object.path.clone().unwrap_or_else(|| "/".to_owned());
            for id in &object.kids {
                add(format!("{place}, key id list"), *id);
            }
            let header = Header::of_payload(&object.data);
            if let Ok(header) =
                header.map_err(|_| ()).and_then(|h| object.system.is_playready().then_some(h).ok_or(()))
            {
                for id in header.kids().into_iter().filter_map(|kid| kid.id) {
                    add(format!("{place}, header"), id);
                }
            }
        }
        Ok(found)
    }
}

/// A key id as it was given: bare base64 has two readings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenKid {
    pub text: String,
    pub readings: Vec<KidReading>,
}

/// A reading of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KidReading {
    /// The byte order it was read in, where the text does not say it.
    pub order: Option<&'static str>,
    pub id: KeyId,
}

impl GivenKid {
    /// One whose text says which it is.
    pub fn certain(text: String, id: KeyId) -> Self {
        Self { text, readings: vec![KidReading { order: None, id }] }
    }

    /// What a text says.
    ///
    /// # Errors
    ///
    /// It is no key id.
    pub fn parse(text: &str) -> prkit_playready::Result<Self> {
        let error = match text.parse::<KeyId>() {
            Ok(id) => return Ok(Self::certain(text.to_owned(), id)),
            Err(error) => error,
        };
        match (error.kind(), KeyId::from_guid_base64(text)) {
            // The same either way.
            (ErrorKind::KeyIdOrder { .. }, Some(id)) if id == id.swapped() => {
                Ok(Self::certain(text.to_owned(), id))
            }
            (ErrorKind::KeyIdOrder { .. }, Some(id)) => Ok(Self {
                text: text.to_owned(),
                readings: vec![
                    KidReading { order: Some("guid"), id },
                    KidReading { order: Some("uuid"), id: id.swapped() },
                ],
            }),
            _ => Err(error),
        }
    }

    /// Whether the text has several readings, and no file decides which is meant.
    pub fn is_undecided(&self, known: &[KnownKid]) -> bool {
        self.readings.len() > 1 && !self.readings.iter().any(|reading| reading.fits(known))
    }

    /// How it fits the key ids of files.
    pub fn fit(&self, known: &[KnownKid]) -> KidFit {
        let fitting: Vec<&KidReading> = self.readings.iter().filter(|reading| reading.fits(known)).collect();
        let is_swapped =
            self.readings.iter().any(|reading| known.iter().any(|kid| kid.id == reading.id.swapped()));
        match fitting.as_slice() {
            [] if is_swapped => KidFit::Swapped,
            [] => KidFit::Nowhere,
            [reading] => KidFit::One(reading.order),
            [_, ..] => KidFit::Either,
        }
    }
}

impl KidReading {
    fn fits(&self, known: &[KnownKid]) -> bool {
        known.iter().any(|kid| kid.id == self.id)
    }
}

/// How a key id that was given fits those of files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KidFit {
    Nowhere,
    /// Only with its bytes swapped.
    Swapped,
    /// One of its readings, in this order where the text does not say it.
    One(Option<&'static str>),
    /// All of them.
    Either,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct KidForms<'r> {
    pub schema: u32,
    pub input: &'r str,
    /// `guid` or `uuid` where the text has both readings.
    pub order: Option<&'static str>,
    pub kid: String,
    pub hex: String,
    pub guid_base64: String,
    pub uuid_base64: String,
    pub guid_hex: String,
    pub swapped: String,
    pub found: Vec<FoundKid<'r>>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct FoundKid<'r> {
    pub path: &'r str,
    #[serde(rename = "where")]
    pub place: &'r str,
    pub order: &'static str,
}

impl<'r> KidForms<'r> {
    /// What a text means that was read in this order, and where that is.
    pub fn new(input: &'r str, order: Option<&'static str>, id: KeyId, known: &'r [KnownKid]) -> Self {
        let found = known.iter().filter_map(|kid| {
            let order = match kid.id {
                other if other == id => "same",
                other if other == id.swapped() => "swapped",
                _ => return None,
            };
            Some(FoundKid { path: &kid.path, place: &kid.place, order })
        });
        Self {
            schema: SCHEMA,
            input,
            order,
            kid: id.to_string(),
            hex: hex(&id.to_uuid_bytes(), false),
            guid_base64: id.to_guid_base64(),
            uuid_base64: id.to_uuid_base64(),
            guid_hex: hex(&id.to_guid_bytes(), false),
            swapped: id.swapped().to_string(),
            found: found.collect(),
        }
    }
}
