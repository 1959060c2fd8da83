//! Key ids.
//!
//! ```text
//! text   00112233-4455-6677-8899-aabbccddeeff
//! uuid   00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff   CENC: tenc, seig, pssh version 1
//! guid   33 22 11 00 55 44 77 66 88 99 aa bb cc dd ee ff   PlayReady Header KID, checksums, key seed
//! ```
//!
//! The two orders are the eternal bug of this field, so no function takes or gives sixteen bytes without saying
//! which (PRH spec 3.3.3: "this GUID value must be little endian byte order").

use crate::{Error, ErrorKind, Result};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use core::fmt;
use core::str::FromStr;
use uuid::Uuid;

/// Standard alphabet, padding or not, stray trailing bits or not: values in the field have all of these.
pub(crate) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The same with the alphabet of URLs, which some write instead.
pub(crate) const LENIENT_URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The id of a content key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Uuid);

impl KeyId {
    /// All zeros, as `tenc` has it where keys rotate.
    pub const NIL: Self = Self(Uuid::nil());

    /// From big-endian field order, as MP4 boxes have it.
    pub const fn from_uuid_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// From little-endian field order, as PlayReady headers have it.
    pub const fn from_guid_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes_le(bytes))
    }

    /// Big-endian field order, as MP4 boxes have it.
    pub const fn to_uuid_bytes(self) -> [u8; 16] {
        *self.0.as_bytes()
    }

    /// Little-endian field order, as PlayReady headers have it.
    pub const fn to_guid_bytes(self) -> [u8; 16] {
        self.0.to_bytes_le()
    }

    /// From the base64 of little-endian field order, as a header's `KID` has it. White space around is ignored.
    pub fn from_guid_base64(text: &str) -> Option<Self> {
        decode_16(text).map(Self::from_guid_bytes)
    }

    /// The base64 of little-endian field order, as a header's `KID` has it.
    pub fn to_guid_base64(self) -> String {
        STANDARD.encode(self.to_guid_bytes())
    }

    /// The base64 of big-endian field order.
    pub fn to_uuid_base64(self) -> String {
        STANDARD.encode(self.to_uuid_bytes())
    }

    /// The same sixteen bytes read in the other order: what a program gets that confuses the two.
    #[must_use]
    pub const fn swapped(self) -> Self {
        Self::from_guid_bytes(self.to_uuid_bytes())
    }
}

fn decode_16(text: &str) -> Option<[u8; 16]> {
    LENIENT.decode(text.trim()).ok()?.try_into().ok()
}

/// The text of a message about what is no key id. A key that stands where a key id is due is not repeated.
fn repeated(text: &str) -> &str {
    const DIGITS: usize = 32;
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    if digits < DIGITS { text } else { "(not repeated: it may hold a key)" }
}

/// Reads what people type: a UUID with or without dashes, braces or `urn:uuid:`, `guid:BASE64`, `uuid:BASE64`.
///
/// Bare base64 is refused with both readings in the message: nothing in it says which order it has.
impl FromStr for KeyId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let unreadable = || Error::new(ErrorKind::KeyId { text: repeated(text).to_owned() });
        if let Some(rest) = text.strip_prefix("guid:") {
            return decode_16(rest).map(Self::from_guid_bytes).ok_or_else(unreadable);
        }
        if let Some(rest) = text.strip_prefix("uuid:") {
            return decode_16(rest).map(Self::from_uuid_bytes).ok_or_else(unreadable);
        }
        if let Ok(uuid) = Uuid::try_parse(&text.to_ascii_lowercase()) {
            return Ok(Self(uuid));
        }
        match decode_16(text) {
            Some(bytes) => Err(Error::new(ErrorKind::KeyIdOrder {
                text: text.to_owned(),
                guid: Self::from_guid_bytes(bytes).to_string(),
                uuid: Self::from_uuid_bytes(bytes).to_string(),
            })),
            None => Err(unreadable()),
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "00112233-4455-6677-8899-aabbccddeeff";

    #[test]
    fn both_byte_orders_are_those_of_the_picture() {
        let kid: KeyId = TEXT.parse().unwrap();
        assert_eq!(kid.to_uuid_bytes()[..4], [0x00, 0x11, 0x22, 0x33]);
        assert_eq!(kid.to_guid_bytes()[..8], [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66]);
        assert_eq!(KeyId::from_guid_bytes(kid.to_guid_bytes()), kid);
        assert_eq!(kid.swapped().swapped(), kid);
    }

    #[test]
    fn the_example_of_the_dash_mapping_has_both_base64_forms() {
        let kid: KeyId = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6".parse().unwrap();
        assert_eq!(kid.to_uuid_base64(), "+B1Prn3sEdCnZQCgyR5r9g==");
        assert_eq!(kid.to_guid_base64(), "rk8d+Ox90BGnZQCgyR5r9g==");
    }

    #[test]
    fn every_form_people_type_is_read() {
        let kid: KeyId = TEXT.parse().unwrap();
        for form in [
            "00112233445566778899aabbccddeeff",
            "{00112233-4455-6677-8899-AABBCCDDEEFF}",
            "urn:uuid:00112233-4455-6677-8899-aabbccddeeff",
            "URN:UUID:00112233-4455-6677-8899-AABBCCDDEEFF",
            "guid:MyIRAFVEd2aImaq7zN3u/w==",
            "uuid:ABEiM0RVZneImaq7zN3u/w",
            " 00112233-4455-6677-8899-aabbccddeeff ",
        ] {
            assert_eq!(form.parse::<KeyId>().unwrap(), kid, "{form}");
        }
    }

    #[test]
    fn bare_base64_is_refused_with_both_readings() {
        let error = "ABEiM0RVZneImaq7zN3u/w==".parse::<KeyId>().unwrap_err().to_string();
        assert!(error.contains("33221100-5544-7766-8899-aabbccddeeff") && error.contains(TEXT), "{error}");
    }

    #[test]
    fn nonsense_is_refused_with_what_would_be_right() {
        let error = "hello".parse::<KeyId>().unwrap_err().to_string();
        assert!(error.contains("expected a UUID"), "{error}");
    }
}
