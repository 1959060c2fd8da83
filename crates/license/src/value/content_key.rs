//! Object 0x000a.
//!
//! ```text
//!  ┌───────────────┬──────────┬────────┬────────┬─────────────────────┐
//!  │ key id 16     │ key type │ cipher │ length │ encrypted key       │
//!  │ GUID order    │ u16      │ u16    │ u16    │ counted, never kept │
//!  └───────────────┴──────────┴────────┴────────┴─────────────────────┘
//! ```

use core::fmt;
use prkit_playready::{Algorithm, KeyId};

/// Which key a license carries, and how it is wrapped. The key itself is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContentKey {
    /// The key id, equal to that of the header.
    pub kid: KeyId,
    /// What the key is for.
    pub kind: KeyType,
    /// What it is encrypted with.
    pub cipher: Cipher,
    /// Bytes of the encrypted key.
    pub len: usize,
}

/// What a key is for. Inferred; the public licenses have 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyType {
    /// 1: AES in counter mode.
    AesCtr,
    /// 2: RC4, of Windows Media DRM.
    Rc4,
    /// 3: AES, one block at a time.
    AesEcb,
    /// 4: the cipher of Windows Media DRM.
    Cocktail,
    /// 5: AES in cipher block chaining mode.
    AesCbc,
    /// 6: no content key but one to exchange keys with.
    KeyExchange,
    /// Any other number.
    Other(u16),
}

/// What an encrypted key is encrypted with. Inferred; the public licenses have 3.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cipher {
    /// 1: the client's RSA key.
    Rsa1024,
    /// 2: the key of the root license.
    Chained,
    /// 3: the client's key on an elliptic curve.
    Ecc256,
    /// 4: the same in another form.
    Ecc256Kz,
    /// 5: a key of a trusted execution environment.
    TeeTransient,
    /// 6: an elliptic curve by way of a symmetric key.
    Ecc256ViaSymmetric,
    /// Any other number.
    Other(u16),
}

impl ContentKey {
    /// Bytes of the fields in front of the key.
    pub(crate) const MIN: usize = 22;

    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let (kid, rest) = body.split_first_chunk()?;
        let (kind, rest) = rest.split_first_chunk()?;
        let (cipher, rest) = rest.split_first_chunk()?;
        let (len, key) = rest.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes(*len));
        (key.len() == len).then(|| Self {
            kid: KeyId::from_guid_bytes(*kid),
            kind: KeyType::from_u16(u16::from_be_bytes(*kind)),
            cipher: Cipher::from_u16(u16::from_be_bytes(*cipher)),
            len,
        })
    }
}

impl KeyType {
    const fn from_u16(number: u16) -> Self {
        match number {
            1 => Self::AesCtr,
            2 => Self::Rc4,
            3 => Self::AesEcb,
            4 => Self::Cocktail,
            5 => Self::AesCbc,
            6 => Self::KeyExchange,
            other => Self::Other(other),
        }
    }

    /// Whether a header with this algorithm can name the key; `None` where nothing is known.
    pub fn agrees_with(self, algorithm: &Algorithm) -> Option<bool> {
        match (self, algorithm) {
            (Self::Other(_) | Self::KeyExchange, _) | (_, Algorithm::Other(_)) => None,
            (Self::AesCtr, Algorithm::AesCtr)
            | (Self::AesCbc, Algorithm::AesCbc)
            | (Self::Cocktail, Algorithm::Cocktail) => Some(true),
            _ => Some(false),
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AesCtr => f.write_str("AES128-CTR"),
            Self::Rc4 => f.write_str("RC4"),
            Self::AesEcb => f.write_str("AES128-ECB"),
            Self::Cocktail => f.write_str("COCKTAIL"),
            Self::AesCbc => f.write_str("AES128-CBC"),
            Self::KeyExchange => f.write_str("key exchange"),
            Self::Other(number) => write!(f, "key type {number}"),
        }
    }
}

impl Cipher {
    const fn from_u16(number: u16) -> Self {
        match number {
            1 => Self::Rsa1024,
            2 => Self::Chained,
            3 => Self::Ecc256,
            4 => Self::Ecc256Kz,
            5 => Self::TeeTransient,
            6 => Self::Ecc256ViaSymmetric,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa1024 => f.write_str("RSA-1024"),
            Self::Chained => f.write_str("key of the root license"),
            Self::Ecc256 => f.write_str("ECC-256"),
            Self::Ecc256Kz => f.write_str("ECC-256 KZ"),
            Self::TeeTransient => f.write_str("TEE transient key"),
            Self::Ecc256ViaSymmetric => f.write_str("ECC-256 via symmetric key"),
            Self::Other(number) => write!(f, "cipher {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_counted_and_must_fill_the_object() {
        let body = [&[9; 16][..], &[0, 1, 0, 3, 0, 4], b"key!"].concat();
        let key = ContentKey::parse(&body).unwrap();
        assert_eq!((key.kind, key.cipher, key.len), (KeyType::AesCtr, Cipher::Ecc256, 4));
        assert_eq!(ContentKey::parse(&body[..25]), None);
        assert_eq!(ContentKey::parse(&body[..21]), None);
    }

    #[test]
    fn key_types_are_compared_with_the_algorithm_of_a_header() {
        assert_eq!(KeyType::AesCtr.agrees_with(&Algorithm::AesCtr), Some(true));
        assert_eq!(KeyType::AesCtr.agrees_with(&Algorithm::AesCbc), Some(false));
        assert_eq!(KeyType::AesCbc.agrees_with(&Algorithm::AesCtr), Some(false));
        assert_eq!(KeyType::KeyExchange.agrees_with(&Algorithm::AesCtr), None);
        assert_eq!(KeyType::Other(9).agrees_with(&Algorithm::AesCtr), None);
    }

    #[test]
    fn unknown_numbers_are_kept() {
        assert_eq!(KeyType::from_u16(77).to_string(), "key type 77");
        assert_eq!(Cipher::from_u16(77).to_string(), "cipher 77");
    }
}
