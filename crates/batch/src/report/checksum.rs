//! Whether the checksums of headers are those of keys.

use prkit_playready::{Algorithm, Checksum, KeySeed, Keyring, Kid};
use serde::Serialize;

/// What became of one checksum.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChecksumState {
    Right,
    /// Another key.
    Wrong,
    /// It was computed with the key id's bytes in UUID order.
    WrongOrder,
    /// The key is none of the test seed's.
    NotFromTestSeed,
    /// The header has none.
    Missing,
    /// The key was not given.
    Unknown,
    /// The algorithm has none.
    Undefined,
}

impl ChecksumState {
    /// The same for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong: it belongs to another key",
            Self::WrongOrder => "wrong: it was computed with the key id in the wrong byte order",
            Self::NotFromTestSeed => "not from the test seed",
            Self::Missing => "the header has no checksum",
            Self::Unknown => "not checked: its key was not given",
            Self::Undefined => "not checked: no checksum is defined for its algorithm",
        }
    }

    /// Whether a key was there to compare with.
    pub const fn is_checked(self) -> bool {
        matches!(self, Self::Right | Self::Wrong | Self::WrongOrder | Self::NotFromTestSeed)
    }
}

/// Keys to compare checksums with.
#[derive(Debug, Default)]
pub struct KnownKeys {
    pub ring: Keyring,
    /// What the others are derived from.
    pub seed: Option<KeySeed>,
}

impl KnownKeys {
    /// What becomes of the checksum of a key id.
    pub fn check(&self, kid: &Kid) -> ChecksumState {
        let (Some(id), Some(written)) = (kid.id, &kid.checksum) else { return ChecksumState::Missing };
        let algorithm = kid.algorithm.clone().unwrap_or(Algorithm::AesCtr);
        let given = self.ring.get(id);
        let derived = self.seed.as_ref().map(|seed| seed.derive(id));
        let Some(key) = given.or(derived.as_ref()) else { return ChecksumState::Unknown };
        let is = |id| Checksum::compute(id, key, &algorithm).map(|right| right.to_base64() == written.trim());
        match (is(id), is(id.swapped())) {
            (Err(_), _) => ChecksumState::Undefined,
            (Ok(true), _) => ChecksumState::Right,
            (_, Ok(true)) => ChecksumState::WrongOrder,
            _ if given.is_none() => ChecksumState::NotFromTestSeed,
            _ => ChecksumState::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prkit_playready::{ContentKey, Key, KeyId};

    #[test]
    fn a_checksum_in_the_other_byte_order_is_told_from_that_of_another_key() {
        let id: KeyId = "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
        let key = ContentKey::from_hex("0123456789abcdef0123456789abcdef").unwrap();
        let other = KeySeed::test().derive(id);
        let of =
            |id, key: &ContentKey| Some(Checksum::compute(id, key, &Algorithm::AesCtr).unwrap().to_base64());
        let known =
            KnownKeys { ring: [Key { id, key: Some(key.clone()) }].into_iter().collect(), seed: None };
        let state = |id: KeyId, checksum, algorithm| {
            let base64 = id.to_guid_base64();
            known.check(&Kid { id: Some(id), base64, algorithm: Some(algorithm), checksum })
        };
        assert_eq!(state(id, of(id, &key), Algorithm::AesCtr), ChecksumState::Right);
        assert_eq!(state(id, of(id.swapped(), &key), Algorithm::AesCtr), ChecksumState::WrongOrder);
        assert_eq!(state(id, of(id, &other), Algorithm::AesCtr), ChecksumState::Wrong);
        assert_eq!(state(id, of(id, &key), Algorithm::AesCbc), ChecksumState::Undefined);
        assert_eq!(state(id, None, Algorithm::AesCtr), ChecksumState::Missing);
        assert_eq!(state(id.swapped(), of(id, &key), Algorithm::AesCtr), ChecksumState::Unknown);
    }
}
