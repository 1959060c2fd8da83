//! What an input and the objects in it are: the report of `show`.

use super::descriptor::DescriptorReport;
use super::{Finding, LicenseReport, Object, PathReport, SCHEMA, Shared, Shown};
use crate::input::{Document, Found, keys_in_fragments};
use prkit_bmff::{FourCc, Layout, Track};
use prkit_playready::{Algorithm, Field, Header, KeyId, Kid, Payload, SystemId, Version};
use serde::Serialize;
use std::borrow::Cow;

/// What an input and the objects in it are.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ShowReport<'r> {
    pub schema: u32,
    #[serde(flatten)]
    pub path: PathReport,
    pub kind: &'static str,
    pub size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fragmented: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brands: Option<Vec<Shown<FourCc>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracks: Option<Vec<TrackReport>>,
    /// Keys that fragments use, and no track names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fragment_kids: Vec<Shown<KeyId>>,
    /// What a manifest says beside the objects in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descriptors: Option<Vec<DescriptorReport>>,
    pub pssh: Vec<ObjectReport<'r>>,
    /// What a document holds of protection that is none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<Vec<UnreadReport>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack: Option<Vec<SlackReport>>,
    pub findings: Vec<Finding>,
    /// Bytes of structure that were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_read: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct TrackReport {
    pub id: Option<u32>,
    pub handler: Option<String>,
    pub format: Option<String>,
    pub scheme: Option<String>,
    pub default_kid: Option<String>,
    /// The keys of all sample entries and sample groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kids: Vec<String>,
    /// The other schemes, where sample entries differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_schemes: Vec<String>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct SlackReport {
    #[serde(rename = "box")]
    pub path: String,
    pub offset: u64,
    pub size: u64,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct UnreadReport {
    pub path: String,
    pub line: u64,
    pub column: u64,
    pub system: Option<&'static str>,
    pub why: String,
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
#[non_exhaustive]
pub struct ObjectReport<'r> {
    pub index: usize,
    #[serde(rename = "box")]
    pub path: Option<&'r str>,
    pub offset: u64,
    pub size: u64,
    pub form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    pub version: Option<u8>,
    pub flags: Option<u32>,
    pub system: Option<&'static str>,
    pub system_id: Shown<SystemId>,
    pub kids: Vec<Shown<KeyId>>,
    pub data_size: usize,
    pub trailing: usize,
    pub error: Option<Cow<'r, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pro: Option<Shared<ProReport<'r>>>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ProReport<'r> {
    pub length: Option<u32>,
    pub records: Vec<RecordReport>,
    pub header: Option<HeaderReport<'r>>,
    pub els: Option<StoreReport>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct RecordReport {
    #[serde(rename = "type")]
    pub kind: u16,
    pub offset: usize,
    pub length: u16,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct HeaderReport<'r> {
    pub version: Option<Shown<Version>>,
    pub min_client: Option<&'static str>,
    pub kids: Vec<KidReport>,
    pub la_url: Option<Cow<'r, str>>,
    pub lui_url: Option<Cow<'r, str>>,
    pub ds_id: Option<Cow<'r, str>>,
    pub custom_attributes: Option<Cow<'r, str>>,
    pub decryptor_setup: Option<Cow<'r, str>>,
    pub license_requested: Option<Cow<'r, str>>,
    pub xml: &'r str,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct KidReport {
    pub kid: Option<Shown<KeyId>>,
    pub base64: String,
    pub algid: Option<Shown<Algorithm>>,
    pub checksum: Option<String>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct StoreReport {
    pub capacity: usize,
    pub empty: bool,
    /// Offsets count from the start of the store.
    pub licenses: Vec<LicenseReport>,
}

impl<'r> ShowReport<'r> {
    /// What is in a document that has this name.
    pub fn new(
        path: PathReport,
        document: &Document,
        objects: &'r [Object<'_>],
        findings: Vec<Finding>,
    ) -> Self {
        let layout = document.layout.as_ref();
        Self {
            schema: SCHEMA,
            path,
            kind: document.kind.name(),
            size: document.content.len(),
            fragmented: layout.map(Layout::is_fragmented),
            brands: layout.map(|layout| layout.brands().iter().copied().map(Shown).collect()),
            tracks: layout.map(|layout| layout.tracks().iter().map(TrackReport::new).collect()),
            fragment_kids: keys_in_fragments(document)
                .map(|found| found.kids.iter().copied().map(Shown).collect())
                .unwrap_or_default(),
            descriptors: document.manifest.as_ref().map(|opened| {
                let of = |descriptor| DescriptorReport::new(descriptor, &opened.manifest);
                opened.manifest.descriptors().iter().map(of).collect()
            }),
            unread: document
                .manifest
                .as_ref()
                .map(|opened| opened.manifest.unread().iter().map(UnreadReport::new).collect()),
            pssh: ObjectReport::of_all(objects),
            slack: layout.map(|layout| layout.slack().iter().map(SlackReport::new).collect()),
            findings,
            bytes_read: layout.map(Layout::bytes_read),
            error: Self::error_of(document, objects.iter().map(|object| object.found)),
        }
    }

    /// One line of JSON, as `prkit show --json` prints it.
    ///
    /// # Errors
    ///
    /// [`Error::Report`](crate::Error::Report).
    pub fn to_json(&self) -> crate::Result<String> {
        serde_json::to_string(self).map_err(crate::Error::Report)
    }

    /// What is broken about an input.
    pub fn error_of<'f>(document: &Document, mut objects: impl Iterator<Item = &'f Found>) -> Option<String> {
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
        Self { path: slack.path.text(), offset: span.start(), size: span.len() }
    }
}

impl<'r> ObjectReport<'r> {
    fn of_all(objects: &'r [Object<'_>]) -> Vec<Self> {
        let mut reports: Vec<Self> = Vec::with_capacity(objects.len());
        for object in objects {
            let twin = object.twin.and_then(|twin| reports.get(twin)).and_then(|twin| twin.pro.clone());
            reports.push(Self::new(object, twin));
        }
        reports
    }

    fn new(object: &'r Object<'_>, twin: Option<Shared<ProReport<'r>>>) -> Self {
        let found = object.found;
        let (pro, payload_error) = match object.payload.as_deref() {
            None => (None, None),
            Some(Ok(payload)) => (twin.or_else(|| Some(Shared::new(ProReport::new(payload)))), None),
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
            error: found.box_error.as_ref().map(|error| Cow::Owned(error.to_string())).or(payload_error),
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
