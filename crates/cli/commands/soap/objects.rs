//! PlayReady Objects and boxes in a message: key services answer in envelopes, and what they answer is in CDATA, escaped
//! once more, base64 of elements, or a CPIX document.

use crate::input::{Found, Opened};
use crate::style::{DIM, NAME};
use crate::terminal::escaped;
use prkit_playready::{Field, Header};
use serde::Serialize;
use std::fmt::Write as _;

/// One of them.
#[derive(Serialize)]
pub(super) struct ObjectReport {
    index: usize,
    #[serde(rename = "where")]
    place: String,
    line: u64,
    form: &'static str,
    system: String,
    bytes: u64,
    header_version: Option<String>,
    kids: Vec<String>,
    la_url: Option<String>,
}

/// Those of a message. What is no XML has none.
pub(super) fn objects(bytes: &[u8]) -> Vec<ObjectReport> {
    // Headers of HTTP in front of it are none of the document.
    let start = bytes.iter().position(|byte| *byte == b'<').unwrap_or(0);
    let document = bytes.get(start..).unwrap_or_default().to_vec();
    let Ok(opened) = Opened::parse(crate::input::Kind::Soap, document.into()) else { return Vec::new() };
    // The header of a request is shown with the request.
    let is_of_request =
        |found: &&Found| found.path.as_ref().is_some_and(|path| path.contains("/ContentHeader"));
    opened.objects().iter().filter(|found| !is_of_request(found)).map(report).collect()
}

fn report(found: &Found) -> ObjectReport {
    let header = Header::of_payload(&found.data).ok().filter(|_| found.box_error.is_none());
    let kids = header.iter().flat_map(Header::key_ids).chain(found.kids.iter().copied());
    let mut kids: Vec<String> = kids.map(|kid| kid.to_string()).collect();
    kids.dedup();
    ObjectReport {
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

pub(super) fn write(objects: &[ObjectReport], out: &mut String) {
    for object in objects {
        let version = object.header_version.as_deref().unwrap_or("no header");
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "  object       {NAME}{}{NAME:#}  {}  {} bytes, {version}  {DIM}{}{DIM:#}",
            object.system,
            object.form,
            object.bytes,
            escaped(&object.place)
        );
        for kid in &object.kids {
            let _ = writeln!(out, "    key        {kid}");
        }
        if let Some(url) = &object.la_url {
            let _ = writeln!(out, "    LA_URL     {}", escaped(url));
        }
    }
}
