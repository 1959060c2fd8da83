//! Character references in element text.

use std::borrow::Cow;

/// White space of XML.
pub(crate) const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Text as C14N writes it (Canonical XML 1.1, 2.3): `&`, `<`, `>` and carriage returns become references.
pub(crate) fn escape(value: &str) -> Cow<'_, str> {
    if !value.contains(['&', '<', '>', '\r']) {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len().saturating_add(16));
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\r' => text.push_str("&#xD;"),
            c => text.push(c),
        }
    }
    Cow::Owned(text)
}

/// An attribute's value as C14N writes it (Canonical XML 1.1, 2.3), between double quotes.
pub(crate) fn attribute(value: &str) -> Cow<'_, str> {
    if !value.contains(['&', '<', '"', '\t', '\n', '\r']) {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len().saturating_add(16));
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '"' => text.push_str("&quot;"),
            '\t' => text.push_str("&#x9;"),
            '\n' => text.push_str("&#xA;"),
            '\r' => text.push_str("&#xD;"),
            c => text.push(c),
        }
    }
    Cow::Owned(text)
}

/// Whether XML has the character (XML 1.0, 2.2).
pub(crate) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

/// What element text says: references resolved, CDATA sections opened, comments left out.
///
/// A raw `&`, as pywidevine and pssh-tools write it into `LA_URL`, says itself.
pub fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['&', '<']) {
        return Cow::Borrowed(raw);
    }
    // What is said is never longer than how it is written.
    let mut said = String::with_capacity(raw.len());
    said.extend(characters(raw).map(|(c, _)| c));
    Cow::Owned(said)
}

/// Whether element text says exactly this.
pub(crate) fn says(raw: &str, value: &str) -> bool {
    characters(raw).map(|(c, _)| c).eq(value.chars())
}

/// How many bytes of `raw` say exactly `prefix`; `None` when the text does not begin with it.
pub(crate) fn prefix_len(raw: &str, prefix: &str) -> Option<usize> {
    let mut said = characters(raw);
    let mut end = 0;
    for wanted in prefix.chars() {
        let (c, after) = said.next()?;
        if c != wanted {
            return None;
        }
        end = after;
    }
    Some(end)
}

/// Finds the ends of comments and CDATA sections. One whose end does not come is searched for once: a text of nothing but
/// beginnings is not read again and again.
#[derive(Default)]
pub(crate) struct Ends {
    hopeless: [bool; 2],
}

impl Ends {
    /// Bytes of the section that the text begins with, where it has an end.
    pub(crate) fn of_section(&mut self, text: &str) -> Option<usize> {
        let [comment, data] = &mut self.hopeless;
        let (close, hopeless) = if text.starts_with("<!--") { ("-->", comment) } else { ("]]>", data) };
        let find = || {
            let len = text.find(close);
            crate::work::count(len.unwrap_or(text.len()));
            len
        };
        let len = (!*hopeless).then(find).flatten();
        *hopeless = len.is_none();
        Some(len?.saturating_add(close.len()))
    }
}

/// The characters that text says, each with the offset after the bytes that say it.
fn characters(raw: &str) -> impl Iterator<Item = (char, usize)> {
    let mut at = 0;
    let mut cdata_until = 0;
    let mut ends = Ends::default();
    core::iter::from_fn(move || {
        loop {
            let rest = raw.get(at..)?;
            let first = rest.chars().next()?;
            if at < cdata_until {
                at = at.saturating_add(first.len_utf8());
                if at >= cdata_until {
                    at = at.saturating_add("]]>".len());
                }
                return Some((first, at));
            }
            if rest.starts_with("<![CDATA[")
                && let Some(len) = ends.of_section(rest)
            {
                cdata_until = at.saturating_add(len).saturating_sub("]]>".len());
                at = at.saturating_add("<![CDATA[".len());
                if at >= cdata_until {
                    at = at.saturating_add("]]>".len());
                }
                continue;
            }
            if rest.starts_with("<!--")
                && let Some(len) = ends.of_section(rest)
            {
                at = at.saturating_add(len);
                continue;
            }
            let (c, len) = reference(rest).unwrap_or((first, first.len_utf8()));
            at = at.saturating_add(len);
            return Some((c, at));
        }
    })
}

/// The character that a reference at the start of `text` stands for, and the bytes the reference takes.
///
/// Character references and the five entities that XML itself defines; no others are known, and none are expanded.
pub fn reference(text: &str) -> Option<(char, usize)> {
    // The longest reference is "&#x10FFFF;"; a few leading zeros more are still one.
    let body = text.strip_prefix('&')?;
    let end = body.char_indices().take(16).find(|(_, c)| *c == ';')?.0;
    let name = body.get(..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end.saturating_add(2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_are_resolved_and_a_raw_ampersand_says_itself() {
        assert_eq!(unescape("a&amp;b&#x26;c&#38;d&e=1&;&nope;"), "a&b&c&d&e=1&;&nope;");
        assert_eq!(unescape("<![CDATA[a&b]]>c<!-- no -->d<![CDATA[]]>"), "a&bcd");
        assert_eq!((reference("&#x110000;"), reference("&lol9;")), (None, None));
    }

    #[test]
    fn a_prefix_is_measured_in_what_is_written() {
        assert_eq!(prefix_len("http://a&amp;b/c", "http://a&b"), Some(14));
        assert_eq!(prefix_len("http://a&b/c", "http://a&b"), Some(10));
        assert_eq!(prefix_len("http://a", "https"), None);
        assert_eq!(prefix_len("ab", "abc"), None);
    }

    proptest! {
        #[test]
        fn what_is_escaped_says_the_same(value in "\\PC{0,40}") {
            let escaped = escape(&value);
            let said = unescape(&escaped);
            prop_assert_eq!(said.as_ref(), value.as_str());
            prop_assert!(says(&escaped, &value));
        }

        #[test]
        fn no_text_panics(raw in "[<!\\[CDAT\\]>&#x0-9;a-]{0,40}") {
            unescape(&raw);
        }
    }
}
