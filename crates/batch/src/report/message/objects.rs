//! PlayReady Objects and boxes in a message: key services answer in envelopes, and what they answer is in CDATA, escaped
//! once more, base64 of elements, or a CPIX document.

use crate::input::{Found, Kind, Opened};
use prkit_playready::{Field, Header};
use serde::Serialize;

/// One of them.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ObjectInMessage {
    pub index: usize,
    #[serde(rename = "where")]
    pub place: String,
    pub line: u64,
    pub form: &'static str,
    pub system: String,
    pub bytes: u64,
    pub header_version: Option<String>,
    pub kids: Vec<String>,
    pub la_url: Option<String>,
}

/// Those of a message. What is no XML has none.
pub fn objects(bytes: &[u8]) -> Vec<ObjectInMessage> {
    // Headers of HTTP in front of it are none of the document.
    let start = bytes.iter().position(|byte| *byte == b'<').unwrap_or(0);
    let document = bytes.get(start..).unwrap_or_default().to_vec();
    let Ok(opened) = Opened::parse(Kind::Soap, document.into()) else { return Vec::new() };
    // The header of a request is shown with the request.
    let is_of_request =
        |found: &&Found| found.path.as_ref().is_some_and(|path| path.contains("/ContentHeader"));
    opened.objects().iter().filter(|found| !is_of_request(found)).map(report).collect()
}

fn report(found: &Found) -> ObjectInMessage {
    let header = Header::of_payload(&found.data).ok().filter(|_| found.box_error.is_none());
    let kids = header.iter().flat_map(Header::key_ids).chain(found.kids.iter().copied());
    let mut kids: Vec<String> = kids.map(|kid| kid.to_string()).collect();
    kids.dedup();
    ObjectInMessage {
        index: found.index,
        place: found.path.clone().unwrap_or_else(|| "/".to_owned()),
        line: found.in_text.map_or(1, |at| at.line),
        form: found.form.name(),
        system: found.system.name().map_or_else(|| found.system.to_string(), str::to_owned),
        bytes: found.len(),
        header_version: header.as_ref().and_then(Header::version).map(|version| version.to_string()),
        kids,
        la_url: header
            .as_ref()
            .and_then(|header| header.value(Field::LaUrl))
            .map(std::borrow::Cow::into_owned),
    }
}
