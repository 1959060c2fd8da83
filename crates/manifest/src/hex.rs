//! Hex digits in documents: what is all digits, and the bytes of it.

/// The digits of a text that is nothing else, in letters of one case and without a prefix: whoever writes other bytes in
/// their place writes them the same way.
pub(crate) fn digits_of(text: &str) -> Option<&str> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let has = |is: fn(&u8) -> bool| digits.bytes().any(|byte| is(&byte));
    let is_even = digits.len().is_multiple_of(2);
    let is_one_case = !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase));
    (is_even && is_one_case && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then_some(digits)
}

/// Bytes of hex digits, two each.
pub(crate) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_can_be_written_again() {
        for text in ["00ff", " 0x00ff ", "00FF", "0X00FF\n", "1234"] {
            let digits = digits_of(text).unwrap();
            assert_eq!(digits.len(), 4, "{text}");
            assert!(text.contains(digits));
        }
        for text in ["", "0x", "00f", "00fF", "00 ff", "00fg"] {
            assert_eq!(digits_of(text), None, "{text}");
        }
        assert_eq!(from_hex("00fF"), Some(vec![0, 0xFF]));
        assert_eq!(from_hex("0"), None);
    }
}
