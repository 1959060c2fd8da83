//! Content keys.
//!
//! ```text
//!   AESCTR, AESCBC   16 bytes
//!   COCKTAIL          7 bytes (8 by a note of PRH spec 3.5, whose table says 7)
//! ```
//!
//! Bytes of a key have no order to confuse: the hex digits that packagers print are the bytes as the cipher takes
//! them. A key is cleared when it goes out of use, compared in constant time, and shown by nothing here: whoever wants
//! its bytes has to ask with [`expose`](ContentKey::expose).

use crate::{Error, ErrorKind, Result};
use core::fmt;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

/// A content key.
#[derive(Clone)]
pub struct ContentKey {
    bytes: [u8; Self::AES_LEN],
    len: u8,
}

impl ContentKey {
    /// Bytes of an AES key.
    pub const AES_LEN: usize = 16;
    /// Bytes of a COCKTAIL key.
    pub const COCKTAIL_LEN: usize = 7;

    /// From the bytes of the key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeyLength`] for a length that no algorithm has.
    pub fn from_bytes(key: &[u8]) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::KeyLength { actual: key.len() });
        let (7 | 8 | Self::AES_LEN) = key.len() else { return Err(wrong()) };
        let mut bytes = [0; Self::AES_LEN];
        let len = u8::try_from(key.len()).map_err(|_| wrong())?;
        bytes.get_mut(..key.len()).ok_or_else(wrong)?.copy_from_slice(key);
        Ok(Self { bytes, len })
    }

    /// From hex digits, as packagers write keys.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeyDigits`] for anything but digits, [`ErrorKind::KeyLength`] for too many or too few. Neither
    /// message holds any of them.
    pub fn from_hex(text: &str) -> Result<Self> {
        let text = text.trim();
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let bytes = from_digits(digits).ok_or(Error::new(ErrorKind::KeyDigits))?;
        Self::from_bytes(&bytes)
    }

    /// The bytes: for computing with them, and for commands that exist to print a key.
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// The bytes that pairs of hex digits say.
pub(crate) fn from_digits(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for [high, low] in pairs {
        bytes.push(digit(*high)? << 4 | digit(*low)?);
    }
    rest.is_empty().then_some(bytes)
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(..)")
    }
}

impl PartialEq for ContentKey {
    fn eq(&self, other: &Self) -> bool {
        bool::from(self.expose().ct_eq(other.expose()))
    }
}

impl Eq for ContentKey {}

impl Drop for ContentKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_hex_and_shown_by_nothing() {
        let key = ContentKey::from_hex(" 00112233445566778899AABBCCDDEEFF ").unwrap();
        assert_eq!(key.expose()[..3], [0x00, 0x11, 0x22]);
        assert_eq!(format!("{key:?}"), "ContentKey(..)");
        assert_eq!(key, key.clone());
        assert_ne!(key, ContentKey::from_hex("00112233445566778899aabbccddeefe").unwrap());
        assert_ne!(ContentKey::from_bytes(&[0; 7]).unwrap(), ContentKey::from_bytes(&[0; 16]).unwrap());
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        for text in ["", "abc", "5ec7e75ec7e75ec7e75ec7e75ec7e7", "5ec7e75ec7e75ec7e75ec7e75ec7e7xy"] {
            let error = ContentKey::from_hex(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("5ec7"), "{error:?}");
        }
    }
}
