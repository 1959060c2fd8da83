//! Bytes as numbers with nothing but white space between them: `0x00 0x01`, `0 1`.

use super::forms::{Literal, Read, from_hex};

/// Bytes of a prefix and two digits, with white space between them.
pub(super) fn hex_words(text: &str) -> Option<Read> {
    let start = text.len().saturating_sub(text.trim_start().len());
    let byte = |word: &str| match from_hex(word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"))?)?[..]
    {
        [byte] => Some(byte),
        _ => None,
    };
    let bytes: Vec<u8> = text.split_whitespace().map(byte).collect::<Option<_>>()?;
    let span = start..start.saturating_add(text.trim().len());
    (bytes.len() >= 4).then_some((bytes, span, Literal::HexWords))
}

/// Numbers with white space between them. As few of them may be hex digits.
pub(super) fn decimals(text: &str) -> Option<Read> {
    let start = text.len().saturating_sub(text.trim_start().len());
    let numbers: Vec<u8> = text.split_whitespace().map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let span = start..start.saturating_add(text.trim().len());
    (numbers.len() >= 16).then_some((numbers, span, Literal::Decimals))
}
