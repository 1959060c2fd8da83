//! A key ID in all its forms, and where files have it.

use super::SCHEMA;
use crate::Result;
use crate::input::{Document, Found, encryption_below, hex};
use prkit_playready::{Header, KeyId};
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
