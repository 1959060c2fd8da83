//! Text as HTML has it.

use std::borrow::Cow;

/// Characters of a text from a file that are shown. A URL may have some thousands.
const MAX_TEXT: usize = 240;

/// Text, whole.
pub(super) fn text(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c if c.is_control() => html.push(char::REPLACEMENT_CHARACTER),
            c => html.push(c),
        }
    }
    html
}

/// Text, as much as there is room for.
pub(super) fn clipped(whole: &str) -> String {
    match whole.char_indices().nth(MAX_TEXT).and_then(|(end, _)| whole.get(..end)) {
        Some(begin) => format!("{}…", text(begin)),
        None => text(whole),
    }
}

/// A number with its thousands apart.
pub(super) fn number(count: impl TryInto<u64>) -> String {
    let digits = count.try_into().unwrap_or(u64::MAX).to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A number of things.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// Bytes, as people compare them.
pub(super) fn bytes(count: u64) -> Cow<'static, str> {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    let mut scaled = (count, "bytes");
    for unit in UNITS {
        if scaled.0 < 10_000 {
            break;
        }
        scaled = (scaled.0 / 1000, unit);
    }
    format!("{} {}", number(scaled.0), scaled.1).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        assert_eq!(text("<b a=\"'\">&\u{7}"), "&lt;b a=&quot;&#39;&quot;&gt;&amp;\u{FFFD}");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(MAX_TEXT + 1);
        assert_eq!(clipped(&long), format!("{}…", "é".repeat(MAX_TEXT)));
        assert_eq!(clipped(&"é".repeat(MAX_TEXT)), "é".repeat(MAX_TEXT));
    }

    #[test]
    fn numbers_have_their_thousands_apart() {
        assert_eq!([0_u64, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [9_999, 10_000, 176_105, 12_000_000_000].map(bytes),
            ["9,999 bytes", "10 KB", "176 KB", "12 GB"].map(Cow::from)
        );
    }
}
