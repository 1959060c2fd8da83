//! Content keys derived from a seed and a key id (Microsoft, "PlayReady Key Seed").
//!
//! ```text
//!   seed   the first 30 bytes            id   16 bytes in GUID order
//!
//!   A = SHA-256(seed id)   B = SHA-256(seed id seed)   C = SHA-256(seed id seed id)
//!   key = A[..16] ^ A[16..] ^ B[..16] ^ B[16..] ^ C[..16] ^ C[16..]
//! ```

use crate::content_key::from_digits;
use crate::key_id::LENIENT;
use crate::{ContentKey, Error, ErrorKind, KeyId, Result};
use base64::Engine as _;
use core::fmt;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

/// What a service derives its content keys from.
#[derive(Clone)]
pub struct KeySeed([u8; Self::LEN]);

/// `XVBovsmzhP9gRIZxWfFta3VVRPzVEWmJsazEJ46I` on Microsoft's page about its test server.
const TEST: [u8; KeySeed::LEN] = [
    0x5D, 0x50, 0x68, 0xBE, 0xC9, 0xB3, 0x84, 0xFF, 0x60, 0x44, 0x86, 0x71, 0x59, 0xF1, 0x6D, 0x6B, 0x75,
    0x55, 0x44, 0xFC, 0xD5, 0x11, 0x69, 0x89, 0xB1, 0xAC, 0xC4, 0x27, 0x8E, 0x88,
];

impl KeySeed {
    /// Bytes that count.
    pub const LEN: usize = 30;

    /// The public seed of Microsoft's test server.
    pub const fn test() -> Self {
        Self(TEST)
    }

    /// From at least 30 bytes; the rest is cut off, as the algorithm says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SeedLength`] for fewer.
    pub fn from_bytes(seed: &[u8]) -> Result<Self> {
        let short = || Error::new(ErrorKind::SeedLength { actual: seed.len() });
        seed.first_chunk().copied().map(Self).ok_or_else(short)
    }

    /// From base64, as the page and packagers write seeds, or from hex digits.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SeedText`] for anything else, [`ErrorKind::SeedLength`] for fewer than 30 bytes.
    pub fn from_text(text: &str) -> Result<Self> {
        let text = text.trim();
        let is_hex = text.len() >= 2 * Self::LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bytes = if is_hex { from_digits(text) } else { LENIENT.decode(text).ok().map(Zeroizing::new) };
        Self::from_bytes(&bytes.ok_or(Error::new(ErrorKind::SeedText))?)
    }

    /// The key of a key id.
    pub fn derive(&self, id: KeyId) -> ContentKey {
        let id = id.to_guid_bytes();
        let mut key = Zeroizing::new([0; ContentKey::AES_LEN]);
        for parts in [&[&self.0[..], &id][..], &[&self.0, &id, &self.0], &[&self.0, &id, &self.0, &id]] {
            let mut hash = Sha256::new();
            for part in parts {
                hash.update(part);
            }
            let mut hash: [u8; 32] = hash.finalize().into();
            let (first, second) = hash.split_at(ContentKey::AES_LEN);
            for ((byte, first), second) in key.iter_mut().zip(first).zip(second) {
                *byte ^= first ^ second;
            }
            hash.zeroize();
        }
        // Sixteen bytes are a key.
        ContentKey::from_bytes(key.as_slice()).unwrap_or_else(|_| unreachable!("an AES key has 16 bytes"))
    }
}

impl fmt::Debug for KeySeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySeed(..)")
    }
}

impl Drop for KeySeed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key ids as in the headers of Microsoft's test content, and the keys whose checksums those headers have; the
    /// last key is published in Bento4 issues 14 and 74.
    const VECTORS: [(&str, &str); 9] = [
        ("0IbHou/5s0yzM80yOkKEpQ==", "4edb7704cdbf03617f4800bd878a6df2"),
        ("/qgG2xbs4k2SKCxx6bhWqw==", "3179923adf3c929892951e62f93a518a"),
        ("q5HgCTj40kGeNVhTH9Gexw==", "9cb061164b7013eaefcc7d6d18424c2c"),
        ("4Rplb+TbNES8tGkNFWTEHA==", "88da852ae4fa2e1e36aeb2d5c94997b1"),
        ("AAAAEAAQABAQABAAAAAAAQ==", "3a2a1b68dd2bd9b2eeb25e84c4776668"),
        ("hztjcu3Ow0ylvQ9tps+rxw==", "d9ea9dfc25b0ad2c5b4794d8e1e7d039"),
        ("7vat9ESdVEyTnjI33kbGZQ==", "1191ae647cb5eabc05cf87f0bfce4050"),
        ("9f0iCfpqoEGIYV0byEysYA==", "01187a4b01ffeba15850313aa932e6b8"),
        ("AmfjCTOPbEOl3WD/5mcecA==", "b42ca3172ee4e69bf51848a59db9cd13"),
    ];

    #[test]
    fn the_test_seed_gives_the_published_keys() {
        for (id, key) in VECTORS {
            let id = KeyId::from_guid_base64(id).unwrap();
            assert_eq!(KeySeed::test().derive(id), ContentKey::from_hex(key).unwrap());
        }
    }

    #[test]
    fn a_seed_is_read_from_base64_and_hex_and_cut_to_thirty_bytes() {
        let id = KeyId::NIL;
        let test = KeySeed::test().derive(id);
        let base64 = "XVBovsmzhP9gRIZxWfFta3VVRPzVEWmJsazEJ46I";
        let hex = "5d5068bec9b384ff6044867159f16d6b755544fcd5116989b1acc4278e88".to_owned();
        for text in [base64.to_owned(), format!("{base64}AAAA"), hex] {
            assert_eq!(KeySeed::from_text(&text).unwrap().derive(id), test);
        }
        assert!(KeySeed::from_text("XVBovsmz").unwrap_err().to_string().contains("at least 30"));
        assert!(KeySeed::from_text("no seed!").is_err());
        assert_eq!(format!("{:?}", KeySeed::test()), "KeySeed(..)");
    }
}
