//! Base64 as messages have it.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _, alphabet};

/// Padding or not, stray trailing bits or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes of base64 that may be wrapped into lines.
pub(crate) fn base64_bytes(text: &str) -> Result<Vec<u8>, DecodeError> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    LENIENT.decode(compact)
}

/// How many bytes base64 stands for, without decoding it: Microsoft's samples have shortened values with too much
/// padding.
pub(crate) fn base64_len(text: &str) -> usize {
    let digits = text.chars().filter(|c| !c.is_whitespace() && *c != '=').count();
    digits.saturating_mul(3).checked_div(4).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_missing_padding_and_stray_bits_are_read() {
        assert_eq!(base64_bytes("AAEC\r\n Aw"), Ok(vec![0, 1, 2, 3]));
        assert_eq!(base64_bytes("Ah=="), Ok(vec![2]));
        assert!(base64_bytes("!").is_err());
        assert_eq!((base64_len("AAECAw=="), base64_len("YWaP======")), (4, 3));
    }
}
