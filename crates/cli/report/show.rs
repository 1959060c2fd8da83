//! The report of `show`.

use super::descriptor::DescriptorReport;
use super::{Finding, LicenseReport, Object, PathReport, SCHEMA, Shown};
use crate::input::{Document, Found, Input};
use crate::out::Out;
use crate::style::{DIM, ERROR, NAME, WARNING};
use crate::terminal::escaped;
use prkit_bmff::{FourCc, Layout, Track};
use prkit_playready::{Algorithm, Field, Header, KeyId, Kid, Payload, SystemId, Version};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write as _;

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
}

#[derive(Debug, Serialize)]
struct SlackReport {
    #[serde(rename = "box")]
    path: String,
    offset: u64,
    size: u64,
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
            descriptors: document
                .manifest
                .as_ref()
                .map(|opened| opened.manifest.descriptors().iter().map(DescriptorReport::new).collect()),
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
        Self {
            id: track.id,
            handler: track.handler.map(|handler| handler.to_string()),
            format: entry.map(|entry| entry.format.to_string()),
            scheme: entry.and_then(|entry| entry.scheme).map(|scheme| scheme.to_string()),
            default_kid: entry.and_then(|entry| entry.tenc.first()).map(|tenc| tenc.kid.to_string()),
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
            license_requested: header.license_requested().map(Cow::Borrowed),
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

impl ShowReport<'_> {
    /// Prints it, for programs or for people.
    pub(crate) fn print(&self, input: &Input, out: &mut Out) {
        out.report(self, |text| self.write(input, text));
    }

    fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        write!(out, "{NAME}{}{NAME:#}  {}, {}", input.display(), self.kind, bytes(self.size))?;
        if self.fragmented == Some(true) {
            write!(out, ", fragmented")?;
        }
        if let Some(brands) = self.brands.as_ref().filter(|brands| !brands.is_empty()) {
            let brands: Vec<String> = brands.iter().map(ToString::to_string).collect();
            write!(out, "  {DIM}{}{DIM:#}", escaped(&brands.join(" ")))?;
        }
        writeln!(out)?;
        for track in self.tracks.iter().flatten() {
            track.write(out)?;
        }
        for descriptor in self.descriptors.iter().flatten() {
            descriptor.write(out)?;
        }
        for object in &self.pssh {
            object.write(out)?;
        }
        for slack in self.slack.iter().flatten() {
            writeln!(out, "  free      {}  {} at {}", slack.path, bytes(slack.size), slack.offset)?;
        }
        for finding in &self.findings {
            let place = match (finding.line, finding.column) {
                (Some(line), Some(column)) => format!("line {line}, column {column}"),
                _ => finding.place.clone(),
            };
            writeln!(
                out,
                "  {WARNING}{}{WARNING:#}  {}: {}",
                finding.rule,
                escaped(&place),
                escaped(&finding.message)
            )?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "  {ERROR}error{ERROR:#}     {}", escaped(error))?;
        }
        writeln!(out)
    }
}

impl TrackReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let id = self.id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        write!(out, "  track {id}  ")?;
        for part in [&self.handler, &self.format, &self.scheme].into_iter().flatten() {
            write!(out, " {}", escaped(part))?;
        }
        if let Some(kid) = &self.default_kid {
            write!(out, "  key {kid}")?;
        }
        writeln!(out)
    }
}

impl ObjectReport<'_> {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let system = self.system.map_or_else(|| self.system_id.to_string(), str::to_owned);
        write!(out, "  [{}] {NAME}{system}{NAME:#}  ", self.index)?;
        if let (Some(path), Some(line), Some(column)) = (&self.path, self.line, self.column) {
            write!(out, "{}  {} at line {line}, column {column}", escaped(path), self.form)?;
        } else if let Some(path) = &self.path {
            write!(out, "{path}  {} at {}", bytes(self.size), self.offset)?;
        } else {
            write!(out, "{}  {}", self.form, bytes(self.size))?;
        }
        if let Some(version) = self.version.filter(|version| *version > 0) {
            write!(out, "  version {version}")?;
        }
        writeln!(out)?;
        for kid in &self.kids {
            writeln!(out, "      box key   {kid}")?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "      {WARNING}unreadable{WARNING:#} {}", escaped(error))?;
        }
        self.pro.as_ref().map_or(Ok(()), |pro| pro.write(out))
    }
}

impl ProReport<'_> {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        if let Some(header) = &self.header {
            header.write(out)?;
        }
        if let Some(store) = &self.els {
            let state = match (store.empty, store.licenses.len()) {
                (true, _) => "empty".to_owned(),
                (false, 0) => "holds something that is no license".to_owned(),
                (false, 1) => "holds 1 license".to_owned(),
                (false, count) => format!("holds {count} licenses"),
            };
            writeln!(
                out,
                "      store     {}, {state}",
                bytes(u64::try_from(store.capacity).unwrap_or(u64::MAX))
            )?;
            for license in &store.licenses {
                writeln!(out, "      {}", escaped(&license.line()))?;
            }
        }
        Ok(())
    }
}

impl HeaderReport<'_> {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let version = self.version.as_ref().map_or("without version", |version| version.0.as_str());
        write!(out, "      header    {}", escaped(version))?;
        if let Some(client) = self.min_client {
            write!(out, "  {DIM}PlayReady {client} and later{DIM:#}")?;
        }
        writeln!(out)?;
        for kid in &self.kids {
            let id = kid.kid.map_or_else(|| "unreadable".to_owned(), |id| id.to_string());
            write!(out, "      key       {id}  {}", escaped(&kid.base64))?;
            if let Some(algid) = &kid.algid {
                write!(out, "  {}", escaped(algid.0.as_str()))?;
            }
            if let Some(checksum) = &kid.checksum {
                write!(out, "  checksum {}", escaped(checksum))?;
            }
            writeln!(out)?;
        }
        let fields = [
            ("LA_URL", &self.la_url),
            ("LUI_URL", &self.lui_url),
            ("DS_ID", &self.ds_id),
            ("custom", &self.custom_attributes),
            ("setup", &self.decryptor_setup),
            ("requested", &self.license_requested),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                writeln!(out, "      {name:9} {}", escaped(value))?;
            }
        }
        Ok(())
    }
}

fn bytes(count: u64) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
