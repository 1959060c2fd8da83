//! Character references in element text.

use core::ops::Range;
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
    if memchr::memchr2(b'&', b'<', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    // What is said is never longer than how it is written.
    let mut said = String::with_capacity(raw.len());
    said.extend(characters(raw).map(|(c, _)| c));
    Cow::Owned(said)
}

/// What an attribute says: references resolved, line ends and tabs as spaces (XML 1.0, 3.3.3).
pub(crate) fn attribute_value(raw: &str) -> Cow<'_, str> {
    if memchr::memchr3(b'\t', b'\r', b'\n', raw.as_bytes()).is_none() {
        return unescape(raw);
    }
    let spaces = raw.replace("\r\n", " ").replace(['\t', '\r', '\n'], " ");
    Cow::Owned(unescape(&spaces).into_owned())
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
/// Character references and the five entities that XML itself defines; no others are known, and none are expanded. A
/// reference to a character that XML does not have is none.
pub fn reference(text: &str) -> Option<(char, usize)> {
    if let Some((c, len)) = numbered(text) {
        return Some((c?, len));
    }
    let body = text.strip_prefix('&')?;
    let named = [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\'')];
    let (name, c) = named.into_iter().find(|(name, _)| body.starts_with(name))?;
    Some((c, name.len().saturating_add(1)))
}

/// Whether `text` begins with a reference, be it to a character that XML does not have.
pub(crate) fn is_reference(text: &str) -> bool {
    numbered(text).is_some() || reference(text).is_some()
}

/// A character reference at the start of `text`: its character, where XML has it (XML 1.0, 4.1), and its bytes.
fn numbered(text: &str) -> Option<(Option<char>, usize)> {
    let number = text.strip_prefix("&#")?;
    // `&#X41;` is none: the x is a small one.
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let len = digits.find(|c: char| !c.is_digit(radix)).filter(|len| *len > 0)?;
    let behind = digits.get(len..)?.strip_prefix(';')?;
    let code = u32::from_str_radix(digits.get(..len)?, radix).ok();
    let c = code.and_then(char::from_u32).filter(|c| is_char(*c));
    Some((c, text.len().saturating_sub(behind.len())))
}

/// Where element text or a value has references to characters that XML does not have, in order. In comments and CDATA
/// sections there are no references.
pub(crate) fn forbidden(raw: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0_usize;
    let mut ends = Ends::default();
    core::iter::from_fn(move || {
        loop {
            let start = at.saturating_add(raw.get(at..)?.find(['&', '<'])?);
            let found = raw.get(start..)?;
            let is_section = found.starts_with("<!--") || found.starts_with("<![CDATA[");
            let section = if is_section { ends.of_section(found) } else { None };
            at = start.saturating_add(section.unwrap_or(1));
            if let Some((None, len)) = numbered(found) {
                at = start.saturating_add(len);
                return Some(start..at);
            }
        }
    })
}

/// What is written, written by `write`. What was meant by a reference to no character, nobody knows, and it stays.
pub(crate) fn rewritten(raw: &str, write: impl Fn(&str) -> Cow<'_, str>) -> String {
    let mut new = String::with_capacity(raw.len());
    let mut at = 0;
    for span in forbidden(raw) {
        new.push_str(&write(&unescape(raw.get(at..span.start).unwrap_or_default())));
        new.push_str(raw.get(span.clone()).unwrap_or_default());
        at = span.end;
    }
    new.push_str(&write(&unescape(raw.get(at..).unwrap_or_default())));
    new
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
        assert_eq!((reference("&#X41;"), unescape("a&#X41;").as_ref()), (None, "a&#X41;"));
        assert_eq!(attribute_value("a\t&#9;b\r\nc&#x41;"), "a \tb cA");
        assert_eq!((reference("&#0000000000000000000065;b"), reference("&#+65;")), (Some(('A', 25)), None));
    }

    #[test]
    fn a_reference_to_no_character_says_itself_and_stays_as_it_is() {
        let raw = "a&#0;&b<![CDATA[&#1;]]>&#xD800;<!-- &#2; -->&#8;&#99999999999;&#x41;";
        let found: Vec<_> = forbidden(raw).map(|span| &raw[span]).collect();
        assert_eq!(found, ["&#0;", "&#xD800;", "&#8;", "&#99999999999;"]);
        assert_eq!(unescape("a&#1;b"), "a&#1;b");
        assert_eq!(rewritten(raw, escape), "a&#0;&amp;b&amp;#1;&#xD800;&#8;&#99999999999;A");
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
