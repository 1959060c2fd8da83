//! One license: what it says, and its tree.

use crate::input::{FoundLicense, hex};
use crate::terminal::escaped;
use anstyle::{AnsiColor, Style};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_license::{
    Evidence, License, Limits, Object, ObjectType, Protection, Rights, StoreContents, Summary, Value,
    seconds_text,
};
use prkit_playready::Store;
use serde::Serialize;
use std::fmt::Write as _;

/// Bytes of unknown objects that are shown; the rest is counted.
const MAX_HEX: usize = 32;

#[derive(Debug, Serialize)]
pub(crate) struct LicenseReport {
    index: usize,
    #[serde(rename = "box")]
    path: Option<String>,
    offset: u64,
    size: usize,
    evidence: &'static str,
    #[serde(flatten)]
    said: Option<Said>,
    tree: Vec<NodeReport>,
    error: Option<String>,
}

/// What a license says. Names are those of the Windows interface for licenses, where it has one.
#[derive(Debug, Serialize)]
struct Said {
    version: u32,
    id: String,
    keys: Vec<KeyReport>,
    rights: Vec<&'static str>,
    begin_date: Option<String>,
    expiration_date: Option<String>,
    expire_after_first_play: Option<u32>,
    grace_period: Option<u32>,
    real_time_expiration: bool,
    issue_date: Option<String>,
    removal_date: Option<String>,
    security_level: Option<u16>,
    output_levels: Option<LevelsReport>,
    output_protections: Vec<ProtectionReport>,
    play_enablers: Vec<IdReport>,
    chain_depth: u8,
    root_kid: Option<String>,
    domain_account_id: Option<String>,
    domain_revision: Option<u32>,
    bound_to_client: bool,
    embedding_behavior: Option<u32>,
    metering_id: Option<String>,
    copy_count: Option<u32>,
    source_id: Option<u32>,
    secure_stop: bool,
    signature: Option<SignatureReport>,
}

#[derive(Debug, Serialize)]
struct KeyReport {
    kid: String,
    base64: String,
    key_type: String,
    cipher: String,
    length: usize,
}

#[derive(Debug, Serialize)]
struct LevelsReport {
    compressed_video: Option<u16>,
    uncompressed_video: Option<u16>,
    analog_video: Option<u16>,
    compressed_audio: Option<u16>,
    uncompressed_audio: Option<u16>,
}

#[derive(Debug, Serialize)]
struct ProtectionReport {
    medium: String,
    id: String,
    name: Option<&'static str>,
    meaning: Option<String>,
    data: String,
}

#[derive(Debug, Serialize)]
struct IdReport {
    id: String,
    name: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct SignatureReport {
    #[serde(rename = "type")]
    kind: u16,
    length: usize,
}

/// One object of the tree.
#[derive(Debug, Serialize)]
struct NodeReport {
    offset: usize,
    #[serde(rename = "type")]
    kind: String,
    name: Option<&'static str>,
    evidence: &'static str,
    flags: u16,
    must_understand: bool,
    container: bool,
    length: usize,
    value: Option<String>,
    children: Vec<NodeReport>,
}

impl LicenseReport {
    pub(crate) fn new(index: usize, found: &FoundLicense) -> Self {
        let size = found.bytes.as_ref().map_or(0, bytes::Bytes::len);
        let mut report = Self {
            index,
            path: found.path.clone(),
            offset: found.offset,
            size,
            evidence: License::EVIDENCE,
            said: None,
            tree: Vec::new(),
            error: None,
        };
        match found.license() {
            Ok(license) => {
                report.size = license.bytes().len();
                match license.summary(Limits::default()) {
                    Ok(summary) => report.said = Some(Said::new(&license, &summary)),
                    Err(error) => report.error = Some(error.to_string()),
                }
                report.tree = tree(&license);
            }
            Err(error) => report.error = Some(error),
        }
        report
    }

    /// The licenses of a store, without their trees.
    pub(crate) fn of_store(store: Store<'_>) -> Vec<Self> {
        let contents = StoreContents::of(store, Limits::default());
        let found = contents.licenses.iter().map(|(offset, license)| FoundLicense {
            path: None,
            offset: u64::try_from(*offset).unwrap_or(u64::MAX),
            bytes: Ok(bytes::Bytes::copy_from_slice(license.bytes())),
            embedded: None,
        });
        found.enumerate().map(|(index, found)| Self::new(index, &found).without_tree()).collect()
    }

    /// What is wrong with it, if it cannot be read.
    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The objects are not asked for.
    #[must_use]
    pub(crate) fn without_tree(self) -> Self {
        Self { tree: Vec::new(), ..self }
    }
}

impl Said {
    fn new(license: &License<'_>, summary: &Summary) -> Self {
        let time = |time: Option<prkit_license::Moment>| time.map(|time| time.to_string());
        let levels = summary.levels;
        Self {
            version: license.version(),
            id: license.id().to_string(),
            keys: summary
                .keys
                .iter()
                .map(|key| KeyReport {
                    kid: key.kid.to_string(),
                    base64: key.kid.to_guid_base64(),
                    key_type: key.kind.to_string(),
                    cipher: key.cipher.to_string(),
                    length: key.len,
                })
                .collect(),
            rights: rights(summary.rights),
            begin_date: time(summary.begin),
            expiration_date: time(summary.end),
            expire_after_first_play: summary.first_play,
            grace_period: summary.grace,
            real_time_expiration: summary.real_time,
            issue_date: time(summary.issued),
            removal_date: time(summary.removal),
            security_level: summary.security_level,
            output_levels: (!levels.is_empty()).then_some(LevelsReport {
                compressed_video: levels.compressed_video,
                uncompressed_video: levels.uncompressed_video,
                analog_video: levels.analog_video,
                compressed_audio: levels.compressed_audio,
                uncompressed_audio: levels.uncompressed_audio,
            }),
            output_protections: summary.protections.iter().map(ProtectionReport::new).collect(),
            play_enablers: summary
                .enablers
                .iter()
                .map(|id| IdReport { id: id.to_string(), name: id.name() })
                .collect(),
            chain_depth: if summary.is_leaf() { 2 } else { 1 },
            root_kid: summary.uplink.and_then(|uplink| uplink.kid).map(|kid| kid.to_string()),
            domain_account_id: summary.domain.map(|domain| domain.account.to_string()),
            domain_revision: summary.domain.map(|domain| domain.revision),
            bound_to_client: summary.device_key.is_some(),
            embedding_behavior: summary.embedding,
            metering_id: summary.metering.map(|id| id.to_string()),
            copy_count: summary.copy_count,
            source_id: summary.source_id,
            secure_stop: summary.secure_stop,
            signature: summary.signature.map(|(kind, length)| SignatureReport { kind, length }),
        }
    }
}

impl ProtectionReport {
    fn new(protection: &Protection) -> Self {
        Self {
            medium: protection.medium.to_string(),
            id: protection.id.to_string(),
            name: protection.id.name(),
            meaning: protection.meaning(),
            data: STANDARD.encode(&protection.data),
        }
    }
}

fn rights(rights: Rights) -> Vec<&'static str> {
    let all = [
        (rights.play, "play"),
        (rights.copy, "copy"),
        (rights.execute, "execute"),
        (rights.read, "read"),
        (rights.extended, "extended"),
    ];
    all.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect()
}

/// The objects, as far as they can be read.
fn tree(license: &License<'_>) -> Vec<NodeReport> {
    let mut open: Vec<NodeReport> = Vec::new();
    let mut top = Vec::new();
    let close = |open: &mut Vec<NodeReport>, top: &mut Vec<NodeReport>| {
        if let Some(node) = open.pop() {
            open.last_mut().map_or(top, |parent| &mut parent.children).push(node);
        }
    };
    let nodes = license.walk(Limits::default()).map_while(Result::ok);
    let mut in_keys: Option<usize> = None;
    for (depth, object) in nodes {
        while open.len() > depth {
            close(&mut open, &mut top);
        }
        if in_keys.is_some_and(|keys| depth <= keys) {
            in_keys = None;
        }
        open.push(NodeReport::new(&object, in_keys.is_some()));
        if object.kind() == ObjectType::KeyMaterialContainer {
            in_keys = in_keys.or(Some(depth));
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut top);
    }
    top
}

impl NodeReport {
    fn new(object: &Object<'_>, in_keys: bool) -> Self {
        Self {
            offset: object.offset(),
            kind: format!("{:#06x}", object.kind().to_u16()),
            name: object.kind().name(),
            evidence: object.kind().evidence().as_str(),
            flags: object.flags(),
            must_understand: object.must_understand(),
            container: object.is_container(),
            length: object.len(),
            value: value_text(&object.value(), object.kind(), in_keys),
            children: Vec::new(),
        }
    }

    fn write(&self, depth: usize, out: &mut String) -> std::fmt::Result {
        let indent = depth.saturating_mul(2);
        let name = self.name.unwrap_or("unknown");
        write!(out, "      {DIM}@{:<5}{DIM:#}{:indent$}{} {name}", self.offset, "", self.kind)?;
        let optional = if self.must_understand { "" } else { ", optional" };
        write!(out, "  {DIM}{} bytes{optional}{DIM:#}", self.length)?;
        if let Some(value) = &self.value {
            write!(out, "  {}", escaped(value))?;
        }
        if self.evidence == Evidence::Unknown.as_str() {
            write!(out, "  {WARNING}unknown type{WARNING:#}")?;
        }
        writeln!(out)?;
        for child in &self.children {
            child.write(depth.saturating_add(1), out)?;
        }
        Ok(())
    }
}

/// The fields of an object in words. What could be a key is counted, not shown.
fn value_text(value: &Value<'_>, kind: ObjectType, in_keys: bool) -> Option<String> {
    let named = |id: &prkit_license::Guid| match id.name() {
        Some(name) => format!("{id} {name}"),
        None => id.to_string(),
    };
    Some(match value {
        Value::Expiration { begin, end } => {
            let begin = begin.map_or_else(|| "none".to_owned(), |begin| begin.to_string());
            format!("begin {begin}, end {end}")
        }
        Value::Time(time) => time.to_string(),
        Value::Seconds(seconds) => seconds_text(i64::from(*seconds)),
        Value::SecurityLevel(level) => level.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Id(id) => named(id),
        Value::OutputLevels(levels) => {
            let levels = levels.named().map(|(name, level)| format!("{name} {}", level.unwrap_or(0)));
            levels.join(", ")
        }
        Value::Protection(protection) => protection
            .meaning()
            .unwrap_or_else(|| format!("{} {}", named(&protection.id), some_hex(&protection.data))),
        Value::ContentKey(key) => {
            format!("{} {}, {} bytes under {}", key.kid, key.kind, key.len, key.cipher)
        }
        Value::Uplink(uplink) => match uplink.kid {
            Some(kid) => format!("root {kid}"),
            None => format!("{} bytes nobody knows", uplink.rest),
        },
        Value::Domain(domain) => format!("account {}, revision {}", domain.account, domain.revision),
        Value::DeviceKey(key) => format!("curve {}, {} bytes", key.curve, key.len),
        Value::Signature { kind, len } => format!("type {kind}, {len} bytes"),
        Value::Metadata { id, data } => format!("{} {}", named(id), some_hex(data)),
        Value::Key { len } => format!("{len} bytes, not shown"),
        Value::Opaque(bytes) if in_keys || kind.holds_key() => format!("{} bytes, not shown", bytes.len()),
        Value::Opaque(bytes) => some_hex(bytes),
        Value::Malformed { needs, has } => {
            format!("{has} bytes, and the fields need {needs} or say otherwise")
        }
        _ => return None,
    })
}

fn some_hex(bytes: &[u8]) -> String {
    match bytes.get(..MAX_HEX).filter(|_| bytes.len() > MAX_HEX) {
        Some(first) => format!("{}… {} bytes", hex(first, false), bytes.len()),
        None => hex(bytes, false),
    }
}

const NAME: Style = Style::new().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();

impl LicenseReport {
    pub(crate) fn write(&self, out: &mut String) -> std::fmt::Result {
        write!(out, "  [{}] {NAME}license{NAME:#}  {} bytes at {}", self.index, self.size, self.offset)?;
        if let Some(path) = &self.path {
            write!(out, " in {path}")?;
        }
        writeln!(out)?;
        if let Some(said) = &self.said {
            said.write(out)?;
        }
        for node in &self.tree {
            node.write(0, out)?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "      {WARNING}unreadable{WARNING:#} {}", escaped(error))?;
        }
        Ok(())
    }

    /// One line for lists.
    pub(crate) fn line(&self) -> String {
        let Some(said) = &self.said else {
            return format!("license   unreadable: {}", self.error.as_deref().unwrap_or_default());
        };
        let kids: Vec<_> = said.keys.iter().map(|key| key.kid.as_str()).collect();
        let kids = if kids.is_empty() { "no key".to_owned() } else { kids.join(", ") };
        let mut line = format!("license   {kids}  {} bytes at {}", self.size, self.offset);
        if let Some(end) = &said.expiration_date {
            let _ = write!(line, "  until {end}");
        }
        line
    }
}

impl Said {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "      id          {}", self.id)?;
        for key in &self.keys {
            write!(out, "      key         {}  {}", key.kid, key.base64)?;
            writeln!(out, "  {}, {} bytes under {}", key.key_type, key.length, key.cipher)?;
        }
        let rights = if self.rights.is_empty() { "none".to_owned() } else { self.rights.join(", ") };
        writeln!(out, "      rights      {rights}")?;
        let times = [
            ("issued", &self.issue_date),
            ("begin", &self.begin_date),
            ("end", &self.expiration_date),
            ("removal", &self.removal_date),
        ];
        for (name, time) in times {
            if let Some(time) = time {
                writeln!(out, "      {name:11} {time}")?;
            }
        }
        for (name, seconds) in [("first play", self.expire_after_first_play), ("grace", self.grace_period)] {
            if let Some(seconds) = seconds {
                writeln!(out, "      {name:11} {}", seconds_text(i64::from(seconds)))?;
            }
        }
        if self.real_time_expiration {
            writeln!(out, "      real time   the end counts during a session")?;
        }
        if let Some(level) = self.security_level {
            writeln!(out, "      security    level {level}")?;
        }
        self.write_output(out)?;
        self.write_binding(out)
    }

    fn write_output(&self, out: &mut String) -> std::fmt::Result {
        if let Some(levels) = &self.output_levels {
            let levels = [
                ("compressed video", levels.compressed_video),
                ("uncompressed video", levels.uncompressed_video),
                ("analog video", levels.analog_video),
                ("compressed audio", levels.compressed_audio),
                ("uncompressed audio", levels.uncompressed_audio),
            ];
            let levels: Vec<_> = levels
                .iter()
                .filter_map(|(name, level)| level.map(|level| format!("{name} {level}")))
                .collect();
            writeln!(out, "      output      {}", levels.join(", "))?;
        }
        for protection in &self.output_protections {
            let what = protection.meaning.as_deref().or(protection.name).unwrap_or(&protection.id);
            writeln!(out, "      protection  {}: {what}", protection.medium)?;
        }
        for enabler in &self.play_enablers {
            writeln!(out, "      enabler     {}", enabler.name.unwrap_or(&enabler.id))?;
        }
        Ok(())
    }

    fn write_binding(&self, out: &mut String) -> std::fmt::Result {
        if self.chain_depth > 1 {
            let root = self.root_kid.as_deref().unwrap_or("a root that it does not name");
            writeln!(out, "      leaf of     {root}")?;
        }
        if let (Some(account), Some(revision)) = (&self.domain_account_id, self.domain_revision) {
            writeln!(out, "      domain      {account}, revision {revision}")?;
        }
        if self.bound_to_client {
            writeln!(out, "      bound to    one client")?;
        }
        if let Some(embedding) = self.embedding_behavior {
            writeln!(out, "      embedding   behavior {embedding}")?;
        }
        if let Some(metering) = &self.metering_id {
            writeln!(out, "      metering    {metering}")?;
        }
        if let Some(source) = self.source_id {
            writeln!(out, "      source id   {source}")?;
        }
        if let Some(copies) = self.copy_count {
            writeln!(out, "      copies      {copies}")?;
        }
        if self.secure_stop {
            writeln!(out, "      secure stop the end of playback is reported")?;
        }
        if let Some(signature) = &self.signature {
            writeln!(
                out,
                "      signature   type {}, {} bytes, not checked",
                signature.kind, signature.length
            )?;
        }
        Ok(())
    }
}
