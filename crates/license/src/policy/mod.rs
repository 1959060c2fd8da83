//! One policy: what a license allows, from wherever it is described.
//!
//! ```text
//!   License ───────────┐
//!   cfg=( … ) ─ Group ─┼─▶ Policy ─▶ rules, advice, simulation
//!   JSON ──────────────┘
//! ```
//!
//! `None` says that the source does not say; the test server's defaults (play, security level 150, non-persistent)
//! are filled in where its query leaves them out.

mod entry;
mod json;
mod members;

pub(crate) use json::from_value;
pub use json::{from_json, to_json};
pub(crate) use members::parse as parse_json;

use crate::{
    Domain, Guid, KeyType, License, Limits, Moment, OutputLevels, Protection, Result, Rights, Summary,
};
use core::fmt;
use prkit_playready::KeyId;

/// What a license allows, and under which conditions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Policy {
    /// Where it comes from: rules have other names for licenses.
    pub origin: Origin,
    /// What people call it.
    pub name: Option<String>,
    /// The key it is for.
    pub kid: Option<PolicyKid>,
    /// Its place in a chain.
    pub role: Role,
    /// What it allows.
    pub rights: Rights,
    /// Whether it is kept in the client's store.
    pub persistent: Option<bool>,
    /// The security level a client needs.
    pub security_level: Option<u16>,
    /// What the key is for.
    pub key_type: Option<KeyType>,
    /// Whether the key is for video or audio.
    pub media: Option<Media>,
    /// Not before.
    pub begin: Option<Moment>,
    /// Not after.
    pub end: Option<Moment>,
    /// When it was issued.
    pub issued: Option<Moment>,
    /// When it may be removed from a store.
    pub removal: Option<Moment>,
    /// Seconds after the first play.
    pub first_play: Option<u32>,
    /// Seconds of grace where the clock is not set.
    pub grace: Option<u32>,
    /// Whether the end counts during a session.
    pub real_time: bool,
    /// Levels of output protection.
    pub levels: OutputLevels,
    /// Explicit output protections.
    pub protections: Vec<Protection>,
    /// Play enablers.
    pub enablers: Vec<Guid>,
    /// The domain it is bound to.
    pub domain: Option<Domain>,
    /// Whether it is bound to one client.
    pub client_bound: bool,
    /// The metering id.
    pub metering: Option<Guid>,
    /// Copies that may be made.
    pub copy_count: Option<u32>,
    /// The source the content comes from.
    pub source_id: Option<u32>,
    /// Whether the end of playback is reported.
    pub secure_stop: bool,
    /// Whether it stands in the content; `Some(Embedded::Stream)` for a store in a fragment.
    pub embedded: Option<Embedded>,
    /// Made by the server's class for simple non-persistent licenses.
    pub simple: bool,
    /// The id of the license.
    pub id: Option<Guid>,
}

/// Where a policy comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Origin {
    /// A license.
    License,
    /// A query of the test server.
    Query,
    /// A description in JSON.
    #[default]
    Json,
}

/// Which key a policy is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PolicyKid {
    /// The one of the header that comes with the request.
    Header,
    /// This one.
    Id(KeyId),
}

/// The place of a license in a chain (MS docs `license-chaining.md`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Role {
    /// Not part of a chain, as far as it says: a root alone looks the same.
    #[default]
    Simple,
    /// Others hang on it.
    Root,
    /// Hangs on a root.
    Leaf {
        /// The key id of the root, where it is said.
        root: Option<KeyId>,
    },
}

/// What a key is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Media {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
}

/// Where in the content a license stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Embedded {
    /// In the store of a file.
    File,
    /// In a fragment of a stream.
    Stream,
}

impl Policy {
    /// The policy of a license.
    ///
    /// # Errors
    ///
    /// Those of [`License::summary`].
    pub fn from_license(license: &License<'_>, limits: Limits) -> Result<Self> {
        Ok(Self { id: Some(license.id()), ..Self::from_summary(license.summary(limits)?) })
    }

    fn from_summary(summary: Summary) -> Self {
        let role = match (&summary.uplink, summary.is_leaf()) {
            (Some(uplink), _) => Role::Leaf { root: uplink.kid },
            (None, true) => Role::Leaf { root: None },
            (None, false) => Role::Simple,
        };
        let key = summary.keys.first();
        Self {
            origin: Origin::License,
            name: None,
            kid: key.map(|key| PolicyKid::Id(key.kid)),
            role,
            rights: summary.rights,
            persistent: None,
            security_level: summary.security_level,
            key_type: key.map(|key| key.kind),
            media: None,
            begin: summary.begin,
            end: summary.end,
            issued: summary.issued,
            removal: summary.removal,
            first_play: summary.first_play,
            grace: summary.grace,
            real_time: summary.real_time,
            levels: summary.levels,
            protections: summary.protections,
            enablers: summary.enablers,
            domain: summary.domain,
            client_bound: summary.device_key.is_some(),
            metering: summary.metering,
            copy_count: summary.copy_count,
            source_id: summary.source_id,
            secure_stop: summary.secure_stop,
            embedded: None,
            simple: false,
            id: None,
        }
    }

    /// The key id, where it is one.
    pub const fn key_id(&self) -> Option<KeyId> {
        match self.kid {
            Some(PolicyKid::Id(kid)) => Some(kid),
            _ => None,
        }
    }

    /// Whether it is a leaf.
    pub const fn is_leaf(&self) -> bool {
        matches!(self.role, Role::Leaf { .. })
    }

    /// Whether a clock is needed to obey it.
    pub const fn is_time_based(&self) -> bool {
        self.begin.is_some() || self.end.is_some() || self.first_play.is_some() || self.grace.is_some()
    }

    /// Whether it allows anything.
    pub fn has_right(&self) -> bool {
        self.rights != Rights::default()
    }

    /// How people call it: its name, else its key.
    pub fn label(&self) -> String {
        match (&self.name, self.kid) {
            (Some(name), _) => name.clone(),
            (None, Some(PolicyKid::Id(kid))) => kid.to_string(),
            (None, Some(PolicyKid::Header)) => "the header's key".to_owned(),
            (None, None) => "a license".to_owned(),
        }
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Video => "video",
            Self::Audio => "audio",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{container, content_key, leaf, license, outer, words};

    #[test]
    fn a_license_becomes_a_policy() {
        let bytes = license(&outer(&[
            container(0x0002, &[leaf(0x0012, &words(&[0, 200])), leaf(0x0034, &2000_u16.to_be_bytes())]),
            container(0x0004, &[]),
            container(0x0009, &[content_key([1; 16], 5, 3)]),
        ]));
        let policy = Policy::from_license(&License::parse(&bytes).unwrap(), Limits::default()).unwrap();
        assert_eq!((policy.begin, policy.end), (None, Some(Moment::from_unix(200))));
        assert_eq!((policy.key_type, policy.security_level), (Some(KeyType::AesCbc), Some(2000)));
        assert!(policy.rights.play && policy.is_time_based() && policy.role == Role::Simple);
        assert_eq!(policy.label(), "01010101-0101-0101-0101-010101010101");
    }

    #[test]
    fn a_key_wrapped_by_another_makes_a_leaf_even_without_an_uplink() {
        let bytes = license(&outer(&[container(0x0009, &[content_key([1; 16], 1, 2)])]));
        let policy = Policy::from_license(&License::parse(&bytes).unwrap(), Limits::default()).unwrap();
        assert_eq!(policy.role, Role::Leaf { root: None });
    }
}
