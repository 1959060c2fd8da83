//! One object: its text, what is wrong with it, its keys and all forms of it.

use crate::fault::{Fault, Result};
use crate::open::Opened;
use crate::players::{self, PlayerView};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use prkit_batch::report::{Asked, context_of};
use prkit_batch::shape::{self, Shape};
use prkit_batch::{Found, Literal, encryption_of, hex};
use prkit_playready::{Header, KeyId, Kid, Object, Payload, RecordType, lint};
use serde::Serialize;

/// What the page is told of an object.
#[derive(Serialize)]
pub(crate) struct ObjectView {
    system: String,
    /// The text of its header.
    text: Option<String>,
    findings: Vec<FindingView>,
    keys: Vec<KeyView>,
    forms: Vec<FormView>,
    players: Vec<PlayerView>,
    /// The object without its license store, for a link: licenses contain keys, if encrypted ones.
    link: Option<String>,
    /// The bytes of the system's data.
    data: String,
    /// What is known about them: where each part begins and ends.
    parts: Vec<PartView>,
}

#[derive(Serialize)]
struct FindingView {
    rule: &'static str,
    level: &'static str,
    title: &'static str,
    section: &'static str,
    message: String,
    /// In the text of the header, in UTF-16 units.
    units: Option<[usize; 2]>,
    fix: Option<String>,
}

#[derive(Serialize)]
struct KeyView {
    id: Option<String>,
    /// As the header has it.
    base64: String,
    /// 16 bytes in the order of the text: CENC.
    uuid: Option<String>,
    uuid_base64: Option<String>,
    /// 16 bytes in the order of a GUID: the header.
    guid: Option<String>,
    /// The key ID that somebody sees who takes one order for the other.
    swapped: Option<String>,
    algorithm: Option<String>,
    checksum: Option<String>,
}

#[derive(Serialize)]
struct FormView {
    name: String,
    what: String,
    text: String,
}

#[derive(Serialize)]
struct PartView {
    name: &'static str,
    from: usize,
    to: usize,
}

/// What an object is.
pub(crate) fn view(opened: &Opened, index: usize) -> Result<ObjectView> {
    let found = opened.found.iter().find(|found| found.index == index);
    let found = found.ok_or_else(|| Fault::new("there is no such object"))?;
    let system = found.system.name().map_or_else(|| found.system.to_string(), str::to_owned);
    let data = STANDARD.encode(&found.data);
    let payload = Some(Payload::parse(&found.data)).filter(|_| found.system.is_playready());
    let Some(Ok(payload)) = payload else {
        return Ok(ObjectView {
            system,
            text: None,
            findings: Vec::new(),
            keys: found.kids.iter().map(|id| KeyView::of_box(*id)).collect(),
            forms: plain_forms(opened, found),
            players: Vec::new(),
            link: None,
            data,
            parts: Vec::new(),
        });
    };
    let header = payload.header().ok();
    let mut keys: Vec<KeyView> =
        header.map(Header::kids).unwrap_or_default().into_iter().map(KeyView::of).collect();
    for id in &found.kids {
        if !keys.iter().any(|known| known.id.as_deref() == Some(&*id.to_string())) {
            keys.push(KeyView::of_box(*id));
        }
    }
    let mut forms = payload_forms(opened, found, &payload);
    forms.extend(plain_forms(opened, found));
    let findings = findings(opened, found)?;
    // A header in which somebody seems to have put a content key goes into no link.
    let link = if findings.iter().any(|finding| finding.rule == "PLY-03") { None } else { link(&payload) };
    Ok(ObjectView {
        system,
        text: header.map(|header| header.as_str().to_owned()),
        findings,
        keys,
        forms,
        players: header.map(|header| players::views(header, found.version.unwrap_or(0))).unwrap_or_default(),
        link,
        data,
        parts: parts(&payload),
    })
}

fn findings(opened: &Opened, found: &Found) -> Result<Vec<FindingView>> {
    let encryption = encryption_of(&opened.document, found)?;
    let context = context_of(found, &encryption, Asked::default());
    let findings = lint(&found.data, &context).into_iter().map(|finding| FindingView {
        rule: finding.rule.id,
        level: finding.level.name(),
        title: finding.rule.title,
        section: finding.rule.section,
        message: finding.message,
        units: finding.units,
        fix: finding.fix.map(|fix| fix.what().to_owned()),
    });
    Ok(findings.collect())
}

impl KeyView {
    fn of(kid: Kid) -> Self {
        let algorithm = kid.algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned());
        let of_id = kid.id.map(Self::of_box);
        Self { base64: kid.base64, algorithm, checksum: kid.checksum, ..of_id.unwrap_or_default() }
    }

    fn of_box(id: KeyId) -> Self {
        Self {
            id: Some(id.to_string()),
            base64: id.to_guid_base64(),
            uuid: Some(hex(&id.to_uuid_bytes(), false)),
            uuid_base64: Some(id.to_uuid_base64()),
            guid: Some(hex(&id.to_guid_bytes(), false)),
            swapped: Some(id.swapped().to_string()),
            algorithm: None,
            checksum: None,
        }
    }
}

impl Default for KeyView {
    /// One that cannot be read.
    fn default() -> Self {
        let (id, uuid, uuid_base64, guid) = (None, None, None, None);
        Self {
            id,
            base64: String::new(),
            uuid,
            uuid_base64,
            guid,
            swapped: None,
            algorithm: None,
            checksum: None,
        }
    }
}

/// The object in every form that PlayReady has one in. Forms that it has none in are left out: a store alone has no text.
fn payload_forms(opened: &Opened, found: &Found, payload: &Payload<'_>) -> Vec<FormView> {
    // The box it is in, where that holds the very object; else one that lists no key IDs.
    let boxed = |object: &[u8]| match opened.stored_box(found) {
        Some(stored) if payload.object().is_some_and(|own| own.bytes() == object) => Ok(stored.to_vec()),
        _ => shape::new_box(object, found.version.unwrap_or(0).min(1), found.kids.clone()),
    };
    let mut forms = Vec::new();
    for shape in Shape::ALL {
        let Ok(bytes) = shape.of(payload, boxed) else { continue };
        if shape.is_text() {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            forms.push(FormView { name: shape.name().to_owned(), what: shape.what().to_owned(), text });
        } else {
            forms.extend(encodings(shape.name(), shape.what(), &bytes));
        }
    }
    forms
}

/// What can be given of any system's data: the box.
fn plain_forms(opened: &Opened, found: &Found) -> Vec<FormView> {
    if found.system.is_playready() && Payload::parse(&found.data).is_ok() {
        return Vec::new();
    }
    let stored = opened.stored_box(found);
    let of_box = stored.iter().flat_map(|stored| encodings("pssh", "A pssh box", stored));
    of_box.chain(encodings("data", "The data of the system", &found.data)).collect()
}

fn encodings(name: &str, what: &str, bytes: &[u8]) -> [FormView; 3] {
    let form = |suffix: &str, how: &str, text: String| FormView {
        name: format!("{name}{suffix}"),
        what: format!("{what}, {how}"),
        text,
    };
    [
        form("-base64", "in base64", STANDARD.encode(bytes)),
        form("-hex", "in hex", hex(bytes, false)),
        form("-c", "as an array of C", format!("{{ {} }}", Literal::HexArray.encode(bytes))),
    ]
}

/// The header in an object of its own.
fn link(payload: &Payload<'_>) -> Option<String> {
    let header = shape::utf16(payload.header().ok()?.bytes()).ok()?;
    let object = Object::encode([(RecordType::Header, &header[..])]).ok()?;
    Some(URL_SAFE_NO_PAD.encode(object))
}

/// Length and count, then each record: its type and length, and its value.
fn parts(payload: &Payload<'_>) -> Vec<PartView> {
    let Some(object) = payload.object() else { return Vec::new() };
    let mut parts = vec![PartView { name: "length and count", from: 0, to: 6 }];
    for record in object.records() {
        let value = record.value_offset();
        parts.push(PartView { name: "type and length of a record", from: record.offset, to: value });
        let name = match record.kind {
            RecordType::Header => "header",
            RecordType::Store => "license store",
            _ => "record of another type",
        };
        parts.push(PartView { name, from: value, to: value.saturating_add(record.value.len()) });
    }
    parts
}
