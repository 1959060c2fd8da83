//! What a license says, gathered from its tree.
//!
//! ```text
//!   GlobalPolicyContainer   expiration, issue date, security level, domain, uplink …      apply to all rights
//!   PlaybackPolicyContainer its presence is the right to play; output protection …        apply to that right
//!   KeyMaterialContainer    content key, device key, auxiliary keys
//! ```
//!
//! Values are taken wherever they stand: the order is free (Microsoft's own sample has the playback policy first),
//! and nothing public says that a type belongs to one container only.

use crate::{
    ContentKey, DeviceKey, Domain, Guid, License, Limits, Moment, Object, ObjectType, OutputLevels,
    Protection, Result, Uplink, Value,
};

/// The rights a license grants.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Rights {
    /// To play.
    pub play: bool,
    /// To copy.
    pub copy: bool,
    /// To execute.
    pub execute: bool,
    /// To read.
    pub read: bool,
    /// Rights of the extensible policy.
    pub extended: bool,
}

impl Rights {
    /// Those that are granted, by name.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.play, "play"),
            (self.copy, "copy"),
            (self.execute, "execute"),
            (self.read, "read"),
            (self.extended, "extended rights"),
        ];
        all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name)
    }

    /// Those that are here or there.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            play: self.play || other.play,
            copy: self.copy || other.copy,
            execute: self.execute || other.execute,
            read: self.read || other.read,
            extended: self.extended || other.extended,
        }
    }

    /// Those that are here and not there.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self {
            play: self.play && !other.play,
            copy: self.copy && !other.copy,
            execute: self.execute && !other.execute,
            read: self.read && !other.read,
            extended: self.extended && !other.extended,
        }
    }
}

/// What a license says. A value that stands twice is kept as it comes last; [`Summary::twice`] lists the types.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Keys it carries.
    pub keys: Vec<ContentKey>,
    /// Rights it grants.
    pub rights: Rights,
    /// Not before.
    pub begin: Option<Moment>,
    /// Not after.
    pub end: Option<Moment>,
    /// Seconds after the first play.
    pub first_play: Option<u32>,
    /// Seconds of grace where the clock is not set.
    pub grace: Option<u32>,
    /// Whether the end counts during a session.
    pub real_time: bool,
    /// When it was issued.
    pub issued: Option<Moment>,
    /// When it may be removed from a store.
    pub removal: Option<Moment>,
    /// The security level a client needs.
    pub security_level: Option<u16>,
    /// Levels of output protection.
    pub levels: OutputLevels,
    /// Explicit output protections.
    pub protections: Vec<Protection>,
    /// Play enablers.
    pub enablers: Vec<Guid>,
    /// The domain it is bound to.
    pub domain: Option<Domain>,
    /// The root it hangs on.
    pub uplink: Option<Uplink>,
    /// The client it is bound to.
    pub device_key: Option<DeviceKey>,
    /// How it is to be embedded; 1 in public licenses, the meaning is unknown.
    pub embedding: Option<u32>,
    /// The metering id.
    pub metering: Option<Guid>,
    /// Copies that may be made.
    pub copy_count: Option<u32>,
    /// The source the content comes from.
    pub source_id: Option<u32>,
    /// Whether the end of playback is reported.
    pub secure_stop: bool,
    /// The signature: type and bytes.
    pub signature: Option<(u16, usize)>,
    /// Types that stand twice and should stand once.
    pub twice: Vec<ObjectType>,
}

impl Summary {
    pub(crate) fn of(license: &License<'_>, limits: Limits) -> Result<Self> {
        let mut summary = Self::default();
        for node in license.walk(limits) {
            let (_, object) = node?;
            summary.take(object);
        }
        Ok(summary)
    }

    fn take(&mut self, object: Object<'_>) {
        let kind = object.kind();
        match kind {
            // The presence of a policy is the right, whether or not it has the flag of a container.
            ObjectType::PlaybackPolicyContainer => self.rights.play = true,
            ObjectType::CopyPolicyContainer | ObjectType::CopyPolicy2Container => self.rights.copy = true,
            ObjectType::ExecutePolicyContainer => self.rights.execute = true,
            ObjectType::ReadPolicyContainer => self.rights.read = true,
            ObjectType::RealTimeExpiration => self.real_time = true,
            ObjectType::SecureStop | ObjectType::SecureStop2 => self.secure_stop = true,
            _ => {}
        }
        let is_second = match object.value() {
            Value::Expiration { begin, end } => {
                self.begin = begin;
                self.end.replace(end).is_some()
            }
            Value::Time(time) if kind == ObjectType::IssueDate => self.issued.replace(time).is_some(),
            Value::Time(time) => self.removal.replace(time).is_some(),
            Value::Seconds(seconds) if kind == ObjectType::GracePeriod => {
                self.grace.replace(seconds).is_some()
            }
            Value::Seconds(seconds) => self.first_play.replace(seconds).is_some(),
            Value::SecurityLevel(level) => self.security_level.replace(level).is_some(),
            Value::OutputLevels(levels) => {
                let is_second = !self.levels.is_empty();
                self.levels = levels;
                is_second
            }
            Value::Domain(domain) => self.domain.replace(domain).is_some(),
            Value::Uplink(uplink) => self.uplink.replace(uplink).is_some(),
            Value::DeviceKey(key) => self.device_key.replace(key).is_some(),
            Value::Signature { kind, len } => self.signature.replace((kind, len)).is_some(),
            Value::Number(number) => match kind {
                ObjectType::EmbeddingBehavior => self.embedding.replace(number).is_some(),
                ObjectType::CopyCount2 => self.copy_count.replace(number).is_some(),
                ObjectType::SourceId => self.source_id.replace(number).is_some(),
                _ => false,
            },
            Value::Id(id) => {
                match kind {
                    ObjectType::Metering => self.metering = Some(id),
                    ObjectType::PlayEnabler => self.enablers.push(id),
                    _ => {}
                }
                false
            }
            Value::ContentKey(key) => {
                self.keys.push(key);
                false
            }
            Value::Protection(protection) => {
                self.protections.push(protection);
                false
            }
            _ => false,
        };
        if is_second && !self.twice.contains(&kind) {
            self.twice.push(kind);
        }
    }

    /// Whether it hangs on a root license.
    pub fn is_leaf(&self) -> bool {
        self.uplink.is_some() || self.keys.iter().any(|key| key.cipher == crate::Cipher::Chained)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{container, content_key, leaf, license, outer, words};
    use prkit_playready::KeyId;

    #[test]
    fn everything_is_found_wherever_it_stands() {
        let bytes = license(&outer(&[
            container(0x0004, &[leaf(0x0005, &[1, 0xF4, 0, 0xFA, 0, 0x96, 0, 0x64, 0, 0x64])]),
            container(
                0x0002,
                &[
                    leaf(0x0012, &words(&[100, 200])),
                    leaf(0x0013, &words(&[90])),
                    leaf(0x0030, &words(&[48 * 3600])),
                    leaf(0x0034, &2000_u16.to_be_bytes()),
                    leaf(0x0055, &[]),
                ],
            ),
            container(
                0x0009,
                &[content_key([1; 16], 1, 2), leaf(0x003B, &[&[2; 16][..], &[0, 1, 0, 0]].concat())],
            ),
        ]));
        let summary = License::parse(&bytes).unwrap().summary(Limits::default()).unwrap();
        assert!(summary.rights.play && !summary.rights.copy && summary.real_time && summary.is_leaf());
        assert_eq!(
            (summary.begin, summary.end),
            (Some(Moment::from_unix(100)), Some(Moment::from_unix(200)))
        );
        assert_eq!((summary.first_play, summary.security_level), (Some(172_800), Some(2000)));
        assert_eq!(summary.keys[0].kid, KeyId::from_guid_bytes([1; 16]));
        assert_eq!(summary.uplink.unwrap().kid, Some(KeyId::from_guid_bytes([2; 16])));
        assert_eq!(summary.levels.compressed_video, Some(500));
        assert_eq!(summary.twice, []);
    }

    #[test]
    fn a_value_that_stands_twice_is_listed() {
        let level = |level: u16| leaf(0x0034, &level.to_be_bytes());
        let bytes = license(&outer(&[level(150), level(2000)]));
        let summary = License::parse(&bytes).unwrap().summary(Limits::default()).unwrap();
        assert_eq!(
            (summary.security_level, &summary.twice[..]),
            (Some(2000), &[ObjectType::SecurityLevel][..])
        );
    }

    #[test]
    fn an_error_in_the_tree_is_an_error_of_the_summary() {
        let mut short = leaf(0x0034, &[0, 150]);
        short[7] = 3;
        let bytes = license(&outer(&[short]));
        assert!(License::parse(&bytes).unwrap().summary(Limits::default()).is_err());
    }
}
