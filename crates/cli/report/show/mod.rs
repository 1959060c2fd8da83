//! The report of `show`.

mod text;

use super::descriptor::DescriptorReport;
use super::{Finding, LicenseReport, Object, PathReport, SCHEMA, Shown};
use crate::input::{Document, Found, Input};
use prkit_bmff::{FourCc, Layout, Track};
use prkit_playready::{Algorithm, Field, Header, KeyId, Kid, Payload, SystemId, Version};
use serde::Serialize;
use std::borrow::Cow;

#[derive(Debug, Serialize)]
pub(crate) struct ShowReport<'r> {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    kind: &'static str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fragmented: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brands: Option<Vec<Shown<FourCc>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracks: Option<Vec<TrackReport>>,
    /// What a manifest says beside the objects in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptors: Option<Vec<DescriptorReport>>,
    pssh: Vec<ObjectReport<'r>>,
    /// What a document holds of protection that is none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<Vec<UnreadReport>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slack: Option<Vec<SlackReport>>,
    findings: Vec<Finding>,
    /// Bytes of structure that were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_read: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

#[derive(Debug, Serialize)]
struct TrackReport {
    id: Option<u32>,
    handler: Option<String>,
    format: Option<String>,
    scheme: Option<String>,
    default_kid: Option<String>,
    /// The keys of all sample entries and sample groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kids: Vec<String>,
    /// The other schemes, where sample entries differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_schemes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SlackReport {
    #[serde(rename = "box")]
    path: String,
    offset: u64,
    size: u64,
}

#[derive(Debug, Serialize)]
struct UnreadReport {
    path: String,
    line: u64,
    column: u64,
    system: Option<&'static str>,
    why: String,
}

impl UnreadReport {
    fn new(unread: &prkit_manifest::Unread) -> Self {
        Self {
            path: unread.path.clone(),
            line: unread.position.line,
            column: unread.position.column,
            system: unread.system.and_then(SystemId::name),
            why: unread.why.to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ObjectReport<'r> {
    index: usize,
    #[serde(rename = "box")]
    path: Option<&'r str>,
    offset: u64,
    size: u64,
    form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
    version: Option<u8>,
    flags: Option<u32>,
    system: Option<&'static str>,
    system_id: Shown<SystemId>,
    kids: Vec<Shown<KeyId>>,
    data_size: usize,
    trailing: usize,
    error: Option<Cow<'r, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pro: Option<ProReport<'r>>,
}

#[derive(Debug, Serialize)]
struct ProReport<'r> {
    length: Option<u32>,
    records: Vec<RecordReport>,
    header: Option<HeaderReport<'r>>,
    els: Option<StoreReport>,
}

#[derive(Debug, Serialize)]
struct RecordReport {
    #[serde(rename = "type")]
    kind: u16,
    offset: usize,
    length: u16,
}

#[derive(Debug, Serialize)]
struct HeaderReport<'r> {
    version: Option<Shown<Version>>,
    min_client: Option<&'static str>,
    kids: Vec<KidReport>,
    la_url: Option<Cow<'r, str>>,
    lui_url: Option<Cow<'r, str>>,
    ds_id: Option<Cow<'r, str>>,
    custom_attributes: Option<Cow<'r, str>>,
    decryptor_setup: Option<Cow<'r, str>>,
    license_requested: Option<Cow<'r, str>>,
    xml: &'r str,
}

#[derive(Debug, Serialize)]
struct KidReport {
    kid: Option<Shown<KeyId>>,
    base64: String,
    algid: Option<Shown<Algorithm>>,
    checksum: Option<String>,
}

#[derive(Debug, Serialize)]
struct StoreReport {
    capacity: usize,
    empty: bool,
    /// Offsets count from the start of the store.
    licenses: Vec<LicenseReport>,
}

impl<'r> ShowReport<'r> {
    pub(crate) fn new(
        input: &Input,
        document: &Document,
        objects: &'r [Object<'_>],
        findings: Vec<Finding>,
    ) -> Self {
        let layout = document.layout.as_ref();
        Self {
            schema: SCHEMA,
            path: PathReport::of(input),
            kind: document.kind.name(),
            size: document.content.len(),
            fragmented: layout.map(Layout::is_fragmented),
            brands: layout.map(|layout| layout.brands().iter().copied().map(Shown).collect()),
            tracks: layout.map(|layout| layout.tracks().iter().map(TrackReport::new).collect()),
            descriptors: document.manifest.as_ref().map(|opened| {
                let of = |descriptor| DescriptorReport::new(descriptor, &opened.manifest);
                opened.manifest.descriptors().iter().map(of).collect()
            }),
            unread: document
                .manifest
                .as_ref()
                .map(|opened| opened.manifest.unread().iter().map(UnreadReport::new).collect()),
            pssh: objects.iter().map(ObjectReport::new).collect(),
            slack: layout.map(|layout| layout.slack().iter().map(SlackReport::new).collect()),
            findings,
            bytes_read: layout.map(Layout::bytes_read),
            error: Self::error_of(document, objects.iter().map(|object| object.found)),
        }
    }

    /// What is broken about an input.
    pub(crate) fn error_of<'f>(
        document: &Document,
        mut objects: impl Iterator<Item = &'f Found>,
    ) -> Option<String> {
        document.fault().map(ToString::to_string).or_else(|| objects.find_map(Found::fault))
    }
}

impl TrackReport {
    fn new(track: &Track) -> Self {
        let entry = track.protection();
        let scheme = entry.and_then(|entry| entry.scheme);
        let mut kids = track.key_ids();
        for seig in track.seig.iter().filter(|seig| seig.protected && seig.kid != KeyId::NIL) {
            if !kids.contains(&seig.kid) {
                kids.push(seig.kid);
            }
        }
        let mut other_schemes: Vec<String> = Vec::new();
        for other in track.entries.iter().flat_map(|entry| &entry.schemes) {
            if Some(*other) != scheme && !other_schemes.contains(&other.to_string()) {
                other_schemes.push(other.to_string());
            }
        }
        Self {
            id: track.id,
            handler: track.handler.map(|handler| handler.to_string()),
            format: entry.map(|entry| entry.format.to_string()),
            scheme: scheme.map(|scheme| scheme.to_string()),
            default_kid: entry.and_then(|entry| entry.tenc.first()).map(|tenc| tenc.kid.to_string()),
            kids: kids.iter().map(ToString::to_string).collect(),
            other_schemes,
        }
    }
}

impl SlackReport {
    fn new(slack: &prkit_bmff::SlackBox) -> Self {
        let span = slack.header.span;
        Self { path: slack.path.to_string(), offset: span.start(), size: span.len() }
    }
}

impl<'r> ObjectReport<'r> {
    fn new(object: &'r Object<'_>) -> Self {
        let found = object.found;
        let (pro, payload_error) = match &object.payload {
            None => (None, None),
            Some(Ok(payload)) => (Some(ProReport::new(payload)), None),
            Some(Err(error)) => (None, Some(Cow::Owned(error.to_string()))),
        };
        Self {
            index: found.index,
            path: found.path.as_deref(),
            offset: found.offset,
            size: found.size,
            form: found.form.name(),
            line: found.in_text.map(|place| place.line),
            column: found.in_text.map(|place| place.column),
            version: found.version,
            flags: found.flags,
            system: found.system.name(),
            system_id: Shown(found.system),
            kids: found.kids.iter().copied().map(Shown).collect(),
            data_size: found.data.len(),
            trailing: found.trailing,
            error: found.box_error.as_deref().map(Cow::Borrowed).or(payload_error),
            pro,
        }
    }
}

impl<'r> ProReport<'r> {
    fn new(payload: &'r Payload<'_>) -> Self {
        let object = payload.object();
        let records = object.map(|object| {
            object.records().iter().map(|record| RecordReport {
                kind: record.kind.to_u16(),
                offset: record.offset,
                length: record.declared_len,
            })
        });
        Self {
            length: object.map(prkit_playready::Object::declared_len),
            records: records.map(Iterator::collect).unwrap_or_default(),
            header: payload.header().ok().map(HeaderReport::new),
            els: object.and_then(prkit_playready::Object::store).map(|store| StoreReport {
                capacity: store.capacity(),
                empty: store.is_empty(),
                licenses: LicenseReport::of_store(store),
            }),
        }
    }
}

impl<'r> HeaderReport<'r> {
    fn new(header: &'r Header<'_>) -> Self {
        let value = |field| header.value(field);
        let version = header.version();
        Self {
            min_client: version.as_ref().and_then(Version::min_client),
            version: version.map(Shown),
            kids: header.kids().into_iter().map(KidReport::new).collect(),
            la_url: value(Field::LaUrl),
            lui_url: value(Field::LuiUrl),
            ds_id: value(Field::DsId),
            custom_attributes: value(Field::CustomAttributes),
            decryptor_setup: value(Field::DecryptorSetup),
            license_requested: header.license_requested(),
            xml: header.as_str(),
        }
    }
}

impl KidReport {
    fn new(kid: Kid) -> Self {
        Self {
            kid: kid.id.map(Shown),
            base64: kid.base64,
            algid: kid.algorithm.map(Shown),
            checksum: kid.checksum,
        }
    }
}
