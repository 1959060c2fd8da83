//! Ids that are no key ids: licenses, accounts, metering, output protections.
//!
//! ```text
//! text   786627d8-c2a6-44be-8f88-08ae255b01a7
//! guid   d8 27 66 78 a6 c2 be 44 8f 88 08 ae 25 5b 01 a7      in a license
//! ```
//!
//! The names are published: MS docs `testing-output-protections.md`, `query-string-syntax.md`.

use crate::{Error, ErrorKind, Result};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use core::fmt;
use core::str::FromStr;
use uuid::Uuid;

/// Padding or not, stray trailing bits or not: the test server's own example `data:Ah==` has stray bits.
pub(crate) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Sixteen bytes with a published name, or without.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(Uuid);

impl Guid {
    /// High-bandwidth Digital Content Protection of a given type; the data is the type.
    pub const HDCP_TYPE: Self = named(0xabb2_c6f1_e663_4625_a945_972d_17b2_31e7);
    /// Largest resolution that may be decoded; the data is height and width.
    pub const MAX_RESOLUTION: Self = named(0x9645_e831_e01d_4fff_8342_0a72_0e3e_028f);
    /// Serial Copy Management System, on digital audio.
    pub const SCMS: Self = named(0x6d5c_fa59_c250_4426_930e_fac7_2c8f_cfa6);
    /// Automatic gain control and colour stripe, on analog video.
    pub const AGC_COLOR_STRIPE: Self = named(0xc3fd_11c6_f8b7_4d20_b008_1db1_7d61_f2da);
    /// A play enabler: outputs nobody knows, any resolution.
    pub const UNKNOWN_OUTPUT: Self = named(0x7866_27d8_c2a6_44be_8f88_08ae_255b_01a7);
    /// A play enabler: outputs nobody knows, constrained resolution.
    pub const UNKNOWN_OUTPUT_CONSTRAINED: Self = named(0xb621_d91f_edcc_4035_8d4b_dc71_760d_43e9);

    /// From little-endian field order, as licenses and messages have it.
    pub const fn from_guid_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes_le(bytes))
    }

    /// Little-endian field order.
    pub const fn to_guid_bytes(self) -> [u8; 16] {
        self.0.to_bytes_le()
    }

    /// From the base64 of little-endian field order. White space around is ignored.
    pub fn from_guid_base64(text: &str) -> Option<Self> {
        let bytes: [u8; 16] = LENIENT.decode(text.trim()).ok()?.try_into().ok()?;
        Some(Self::from_guid_bytes(bytes))
    }

    /// The base64 of little-endian field order.
    pub fn to_guid_base64(self) -> String {
        STANDARD.encode(self.to_guid_bytes())
    }

    /// Its published name.
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(guid, _)| *guid == self).map(|(_, name)| *name)
    }
}

const fn named(value: u128) -> Guid {
    Guid(Uuid::from_u128(value))
}

const NAMES: [(Guid, &str); 12] = [
    (Guid::HDCP_TYPE, "HDCP type restriction"),
    (Guid::MAX_RESOLUTION, "maximum resolution decode"),
    (Guid::SCMS, "SCMS"),
    (named(0x225c_d36f_f132_49ef_ba8c_c91e_a28e_4369), "CGMS-A"),
    (named(0x2098_de8d_7ddd_4bab_96c6_32eb_b6fa_bea3), "CGMS-A"),
    (Guid::AGC_COLOR_STRIPE, "AGC and color stripe"),
    (named(0x760a_e755_682a_41e0_b1b3_dcdf_836a_7306), "digital video only"),
    (named(0xd783_a191_e083_4baf_b2da_e69f_910b_3772), "analog computer monitor"),
    (named(0x811c_5110_46c8_4c6e_8163_c048_2a15_d47e), "analog component video"),
    (Guid::UNKNOWN_OUTPUT, "unknown output"),
    (Guid::UNKNOWN_OUTPUT_CONSTRAINED, "unknown output, constrained resolution"),
    (named(0x5abf_0f0d_dc29_4b82_9982_fd8e_5752_5bfc), "AirPlay"),
];

/// Reads a GUID with or without dashes, braces or `urn:uuid:`, or base64 of its little-endian bytes: both stand in
/// queries of the test server.
impl FromStr for Guid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        Uuid::try_parse(text)
            .ok()
            .map(Self)
            .or_else(|| Self::from_guid_base64(text))
            .ok_or_else(|| ErrorKind::Guid { text: text.to_owned() }.into())
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_read_as_text_and_as_base64_of_its_little_endian_bytes() {
        let text: Guid = "e13a7861-d8cc-4284-9245-7c835ebde9f0".parse().unwrap();
        // Both forms stand beside each other in query-string-syntax.md.
        assert_eq!("YXg64czYhEKSRXyDXr3p8A==".parse::<Guid>().unwrap(), text);
        assert_eq!(text.to_guid_base64(), "YXg64czYhEKSRXyDXr3p8A==");
        assert!("header".parse::<Guid>().unwrap_err().to_string().contains("expected"));
    }

    #[test]
    fn published_ids_have_names() {
        let id: Guid = "5ABF0F0D-DC29-4B82-9982-FD8E57525BFC".parse().unwrap();
        assert_eq!(id.name(), Some("AirPlay"));
        assert_eq!(Guid::from_guid_bytes([0; 16]).name(), None);
    }
}
