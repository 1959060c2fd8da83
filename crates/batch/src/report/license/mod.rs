//! One license: what it says here, its objects in `tree.rs`, what it breaks of the rules in `findings.rs`.

mod findings;
mod tree;

use crate::input::FoundLicense;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use findings::license_findings;
use prkit_license::{License, Limits, Protection, Rights, StoreContents, Summary};
use prkit_playready::Store;
use serde::Serialize;
pub use tree::NodeReport;
use tree::tree;

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct LicenseReport {
    pub index: usize,
    #[serde(rename = "box")]
    pub path: Option<String>,
    pub offset: u64,
    pub size: usize,
    pub evidence: &'static str,
    #[serde(flatten)]
    pub said: Option<Said>,
    pub tree: Vec<NodeReport>,
    pub error: Option<String>,
}

/// What a license says. Names are those of the Windows interface for licenses, where it has one.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Said {
    pub version: u32,
    pub id: String,
    pub keys: Vec<KeyReport>,
    pub rights: Vec<&'static str>,
    pub begin_date: Option<String>,
    pub expiration_date: Option<String>,
    pub expire_after_first_play: Option<u32>,
    pub grace_period: Option<u32>,
    pub real_time_expiration: bool,
    pub issue_date: Option<String>,
    pub removal_date: Option<String>,
    pub security_level: Option<u16>,
    pub output_levels: Option<LevelsReport>,
    pub output_protections: Vec<ProtectionReport>,
    pub play_enablers: Vec<IdReport>,
    pub chain_depth: u8,
    pub root_kid: Option<String>,
    pub domain_account_id: Option<String>,
    pub domain_revision: Option<u32>,
    pub bound_to_client: bool,
    pub embedding_behavior: Option<u32>,
    pub metering_id: Option<String>,
    pub copy_count: Option<u32>,
    pub source_id: Option<u32>,
    pub secure_stop: bool,
    pub signature: Option<SignatureReport>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct KeyReport {
    pub kid: String,
    pub base64: String,
    pub key_type: String,
    pub cipher: String,
    pub length: usize,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct LevelsReport {
    pub compressed_video: Option<u16>,
    pub uncompressed_video: Option<u16>,
    pub analog_video: Option<u16>,
    pub compressed_audio: Option<u16>,
    pub uncompressed_audio: Option<u16>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ProtectionReport {
    pub medium: String,
    pub id: String,
    pub name: Option<&'static str>,
    pub meaning: Option<String>,
    pub data: String,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct IdReport {
    pub id: String,
    pub name: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct SignatureReport {
    #[serde(rename = "type")]
    pub kind: u16,
    pub length: usize,
}

impl LicenseReport {
    pub fn new(index: usize, found: &FoundLicense) -> Self {
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
            Err(error) => report.error = Some(error.to_string()),
        }
        report
    }

    /// The licenses of a store, without their trees.
    pub fn of_store(store: Store<'_>) -> Vec<Self> {
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
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The objects are not asked for.
    #[must_use]
    pub fn without_tree(self) -> Self {
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
