//! Text that may hold a key, and is not repeated in messages.

use prkit_playready::ContentKey;
use std::borrow::Cow;

/// Text for a message, unless it may hold a key.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_digit = |c: char| c.is_ascii_hexdigit() || matches!(c, '-' | ':' | ' ');
    let longest =
        text.split(|c: char| !is_digit(c)).map(|run| run.chars().filter(char::is_ascii_hexdigit).count());
    if longest.max().unwrap_or(0) < ContentKey::AES_LEN.saturating_mul(2) {
        return Cow::Borrowed(text);
    }
    Cow::Borrowed(HIDDEN)
}

/// What a message has in place of a name.
pub const HIDDEN: &str = "(a name that is not repeated: it may hold a key)";

/// Digits of a name that is a key with one too many or too few.
const ALMOST: usize = 28;

/// Whether a word is nothing but keys and key IDs, as where `KID KEY` or `KID=KEY` was typed for `KID:KEY`. A path of
/// several names is none.
pub fn is_key_like(word: &str) -> bool {
    let is_hex = |part: &str| {
        let part = part.trim_start_matches("0x").trim_matches(['{', '}']);
        let digits = part.chars().filter(char::is_ascii_hexdigit).count();
        digits >= ALMOST && part.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
    };
    let is_base64 = |part: &str| {
        let digits = part.trim_end_matches('=');
        let is_mixed = digits.contains(|c: char| c.is_ascii_lowercase())
            && digits.contains(|c: char| c.is_ascii_uppercase());
        // Of the last digit, two bits count.
        let is_canonical = digits.ends_with(['A', 'Q', 'g', 'w']);
        digits.len() == 22
            && digits.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_'))
            && (part.len() > digits.len() || (is_mixed && is_canonical))
    };
    let is_form = |part: &&str| matches!(*part, "guid" | "uuid" | "urn");
    let are_keys = |parts: &mut dyn Iterator<Item = &str>| {
        let mut parts = parts.filter(|part| !part.is_empty() && !is_form(part)).peekable();
        parts.peek().is_some() && parts.all(|part| is_hex(part) || is_base64(part))
    };
    let is_between = |c: char| matches!(c, ':' | ';' | ',' | '|') || c.is_whitespace();
    are_keys(&mut word.split(is_between))
        || are_keys(&mut word.split(|c| is_between(c) || matches!(c, '=' | '/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233-4455-6677-8899-aabbccddeeff";
    const HEX: &str = "0123456789abcdef0123456789abcdef";
    const BASE64: &str = "MyIRAFVEd2aImaq7zN3u/w==";

    #[test]
    fn keys_with_any_separator_are_recognized_and_names_are_not() {
        for separator in [":", "=", " ", ";", ",", "/", "::"] {
            assert!(is_key_like(&format!("{ID}{separator}{HEX}")), "{separator}");
            // These are digits of base64, too.
            if !matches!(separator, "/" | "=") {
                assert!(is_key_like(&format!("guid:{BASE64}{separator}{HEX}")), "{separator}");
            }
        }
        for word in [
            HEX,
            ID,
            BASE64,
            "0x0123456789abcdef0123456789abcdef",
            "MyIRAFVEd2aImaq7zN3u_w",
            HEX.trim_start_matches('0'),
        ] {
            assert!(is_key_like(word), "{word}");
        }
        let path = format!("assets/{HEX}/init.mp4");
        for word in
            ["", ":", "a.mp4", "segment-00000000000000000000000000001.m4s", "guid", "@keys.txt", &path]
        {
            assert!(!is_key_like(word), "{word}");
        }
    }

    #[test]
    fn a_name_is_repeated_and_a_key_is_not() {
        assert_eq!(harmless("keys/prod.txt"), "keys/prod.txt");
        assert!(!harmless(&format!("{ID}:{HEX}")).contains("0123"));
    }
}
