//! One policy in JSON: its fields, and the way there and back.

use super::{Embedded, Media, Origin, Policy, PolicyKid, Role};
use crate::guid::LENIENT;
use crate::{Domain, Error, KeyType, Medium, Moment, OutputLevels, Period, Protection, Result, Rights};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::fmt::{self, Display};
use core::str::FromStr;
use prkit_playready::KeyId;
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "an object")]
pub(super) struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<MediaName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<Vec<Right>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    persistent: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_level: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_type: Option<KeyName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    begin: Option<Written>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Written>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued: Option<Written>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removal: Option<Written>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_play: Option<Written>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grace: Option<Written>,
    #[serde(skip_serializing_if = "is_false")]
    real_time: bool,
    #[serde(skip_serializing_if = "is_false")]
    root: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedded: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Levels>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    protections: Vec<ProtectionEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    play_enablers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<DomainEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metering: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<u32>,
    #[serde(skip_serializing_if = "is_false")]
    secure_stop: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MediaName {
    Video,
    Audio,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Right {
    Play,
    Copy,
    Execute,
    Read,
    Extended,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum KeyName {
    #[serde(rename = "aesctr")]
    AesCtr,
    #[serde(rename = "aescbc")]
    AesCbc,
    #[serde(rename = "cocktail")]
    Cocktail,
    #[serde(rename = "keyexchange")]
    KeyExchange,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    File,
    Stream,
}

/// Text or a number.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrNumber)
    }
}

struct TextOrNumber;

impl Visitor<'_> for TextOrNumber {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time or a period as text, or a whole number")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Written, E> {
        Ok(Written::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Written, E> {
        Ok(Written::Text(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Written, E> {
        // Where JSON has a whole number that is not negative, the other one is asked.
        Err(E::invalid_value(Unexpected::Signed(number), &self))
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "an object")]
struct Levels {
    #[serde(skip_serializing_if = "Option::is_none")]
    compressed_video: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uncompressed_video: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    analog_video: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compressed_audio: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uncompressed_audio: Option<u16>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct ProtectionEntry {
    medium: MediumName,
    id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    data: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MediumName {
    AnalogVideo,
    DigitalAudio,
    DigitalVideo,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct DomainEntry {
    account: String,
    #[serde(default)]
    revision: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Entry {
    pub(super) fn into_policy(self) -> Result<Policy> {
        let role = match (self.root, self.leaf_of) {
            (true, Some(_)) => {
                return Err(Error::policy("\"root\" and \"leaf_of\" exclude each other".to_owned()));
            }
            (true, None) => Role::Root,
            (false, Some(root)) => Role::Leaf { root: Some(key_id("leaf_of", &root)?) },
            (false, None) => Role::Simple,
        };
        let kid = match self.kid.as_deref() {
            None => None,
            Some("header") => Some(PolicyKid::Header),
            Some(kid) => Some(PolicyKid::Id(key_id("kid", kid)?)),
        };
        // Nothing said is the right to play, as with the test server.
        let rights = self.rights.unwrap_or_else(|| vec![Right::Play]);
        let has = |right| rights.contains(&right);
        let levels = self.output.unwrap_or_default();
        Ok(Policy {
            origin: Origin::Json,
            name: self.name,
            kid,
            role,
            rights: Rights {
                play: has(Right::Play),
                copy: has(Right::Copy),
                execute: has(Right::Execute),
                read: has(Right::Read),
                extended: has(Right::Extended),
            },
            persistent: self.persistent,
            security_level: self.security_level,
            key_type: self.key_type.map(KeyName::kind),
            media: self.media.map(|media| match media {
                MediaName::Video => Media::Video,
                MediaName::Audio => Media::Audio,
            }),
            begin: time("begin", self.begin)?,
            end: time("end", self.end)?,
            issued: time("issued", self.issued)?,
            removal: time("removal", self.removal)?,
            first_play: seconds("first_play", self.first_play)?,
            grace: seconds("grace", self.grace)?,
            real_time: self.real_time,
            levels: OutputLevels {
                compressed_video: levels.compressed_video,
                uncompressed_video: levels.uncompressed_video,
                analog_video: levels.analog_video,
                compressed_audio: levels.compressed_audio,
                uncompressed_audio: levels.uncompressed_audio,
            },
            protections: self.protections.iter().map(ProtectionEntry::read).collect::<Result<_>>()?,
            enablers: self.play_enablers.iter().map(|id| read("play_enablers", id)).collect::<Result<_>>()?,
            domain: match self.domain {
                Some(domain) => {
                    Some(Domain { account: read("account", &domain.account)?, revision: domain.revision })
                }
                None => None,
            },
            metering: self.metering.map(|id| read("metering", &id)).transpose()?,
            copy_count: self.copy_count,
            source_id: self.source_id,
            secure_stop: self.secure_stop,
            embedded: self.embedded.map(|place| match place {
                Place::File => Embedded::File,
                Place::Stream => Embedded::Stream,
            }),
            client_bound: false,
            simple: false,
            id: None,
        })
    }

    pub(super) fn of(policy: &Policy) -> Self {
        let rights = policy.rights;
        let granted = [
            (rights.play, Right::Play),
            (rights.copy, Right::Copy),
            (rights.execute, Right::Execute),
            (rights.read, Right::Read),
            (rights.extended, Right::Extended),
        ];
        let time = |time: Option<Moment>| time.map(|time| Written::Text(time.to_string()));
        let levels = policy.levels;
        Self {
            name: policy.name.clone(),
            kid: policy.kid.map(|kid| match kid {
                PolicyKid::Header => "header".to_owned(),
                PolicyKid::Id(kid) => kid.to_string(),
            }),
            media: policy.media.map(|media| match media {
                Media::Video => MediaName::Video,
                Media::Audio => MediaName::Audio,
            }),
            rights: Some(granted.iter().filter(|(has, _)| *has).map(|(_, right)| *right).collect()),
            persistent: policy.persistent,
            security_level: policy.security_level,
            key_type: policy.key_type.and_then(KeyName::of),
            begin: time(policy.begin),
            end: time(policy.end),
            issued: time(policy.issued),
            removal: time(policy.removal),
            first_play: policy.first_play.map(|seconds| Written::Number(seconds.into())),
            grace: policy.grace.map(|seconds| Written::Number(seconds.into())),
            real_time: policy.real_time,
            root: policy.role == Role::Root,
            leaf_of: match policy.role {
                Role::Leaf { root: Some(root) } => Some(root.to_string()),
                _ => None,
            },
            embedded: policy.embedded.map(|place| match place {
                Embedded::File => Place::File,
                Embedded::Stream => Place::Stream,
            }),
            output: (!levels.is_empty()).then_some(Levels {
                compressed_video: levels.compressed_video,
                uncompressed_video: levels.uncompressed_video,
                analog_video: levels.analog_video,
                compressed_audio: levels.compressed_audio,
                uncompressed_audio: levels.uncompressed_audio,
            }),
            protections: policy.protections.iter().map(ProtectionEntry::of).collect(),
            play_enablers: policy.enablers.iter().map(ToString::to_string).collect(),
            domain: policy
                .domain
                .map(|domain| DomainEntry { account: domain.account.to_string(), revision: domain.revision }),
            metering: policy.metering.map(|id| id.to_string()),
            copy_count: policy.copy_count,
            source_id: policy.source_id,
            secure_stop: policy.secure_stop,
        }
    }
}

impl ProtectionEntry {
    fn read(&self) -> Result<Protection> {
        let medium = match self.medium {
            MediumName::AnalogVideo => Medium::AnalogVideo,
            MediumName::DigitalAudio => Medium::DigitalAudio,
            MediumName::DigitalVideo => Medium::DigitalVideo,
        };
        let data = LENIENT.decode(self.data.trim()).map_err(|error| {
            Error::policy(format!("protections: data {:?} is no base64: {error}", self.data))
        })?;
        Ok(Protection { medium, id: read("protections", &self.id)?, data })
    }

    fn of(protection: &Protection) -> Self {
        Self {
            medium: match protection.medium {
                Medium::AnalogVideo => MediumName::AnalogVideo,
                Medium::DigitalAudio => MediumName::DigitalAudio,
                Medium::DigitalVideo => MediumName::DigitalVideo,
            },
            id: protection.id.to_string(),
            data: STANDARD.encode(&protection.data),
        }
    }
}

impl KeyName {
    const fn kind(self) -> KeyType {
        match self {
            Self::AesCtr => KeyType::AesCtr,
            Self::AesCbc => KeyType::AesCbc,
            Self::Cocktail => KeyType::Cocktail,
            Self::KeyExchange => KeyType::KeyExchange,
        }
    }

    const fn of(kind: KeyType) -> Option<Self> {
        match kind {
            KeyType::AesCtr => Some(Self::AesCtr),
            KeyType::AesCbc => Some(Self::AesCbc),
            KeyType::Cocktail => Some(Self::Cocktail),
            KeyType::KeyExchange => Some(Self::KeyExchange),
            _ => None,
        }
    }
}

fn read<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error: T::Err| Error::policy(format!("{field}: {error}")))
}

fn key_id(field: &str, text: &str) -> Result<KeyId> {
    read(field, text)
}

fn time(field: &str, written: Option<Written>) -> Result<Option<Moment>> {
    match written {
        None => Ok(None),
        Some(Written::Text(text)) => read(field, &text).map(Some),
        // 20180105 is a day in every text; as a number it would be a day in August 1970.
        Some(Written::Number(number)) => read(field, &number.to_string()).map(Some),
    }
}

fn seconds(field: &str, written: Option<Written>) -> Result<Option<u32>> {
    let too_many = |said: String| {
        Error::policy(format!("{field}: {said} is more than the {} seconds it can hold", u32::MAX))
    };
    match written {
        None => Ok(None),
        Some(Written::Number(seconds)) => {
            u32::try_from(seconds).map(Some).map_err(|_| too_many(seconds.to_string()))
        }
        Some(Written::Text(text)) => {
            let period: Period = read(field, &text)?;
            let seconds = period.seconds_from(Moment::from_unix(0));
            u32::try_from(seconds).map(Some).map_err(|_| too_many(format!("{text:?}")))
        }
    }
}
