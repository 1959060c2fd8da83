//! Attributes of a start tag, with their spans.
//!
//! ```text
//!   ALGID = "AESCTR"
//!   ▲       ▲     ▲ ▲
//!   name    value   end
//! ```
//!
//! A tree of elements hides what the specification asks about: order, quotes, white space. So the tag is read as
//! written. It also has to read what no XML reader does: people paste attributes with typographic quotes from
//! Microsoft's pages, where seven examples have them, one of them closed by a straight quote.

use super::cursor::{Cursor, is_space};
use core::ops::Range;

/// One attribute as written. All offsets are into the header text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attribute {
    /// Its name, prefix included.
    pub(crate) name: Range<usize>,
    /// Its value without the quotes; empty when it has none.
    pub(crate) value: Range<usize>,
    /// The opening quote; `None` when there is none.
    pub(crate) quote: Option<char>,
    /// Whether the value has an end of its own: a quote that fits the opening one.
    pub(crate) closed: bool,
    /// Behind the closing quote.
    pub(crate) end: usize,
}

impl Attribute {
    /// All of it.
    pub(crate) const fn span(&self) -> Range<usize> {
        self.name.start..self.end
    }
}

/// How a start tag ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TagEnd {
    /// `>`.
    Open,
    /// `/>`.
    Slash,
    /// Not at all: the next `<` or the end of the text comes first.
    Missing,
}

/// Reads attributes from behind the element's name to the end of the tag, and moves the cursor behind that.
pub(crate) fn scan(cursor: &mut Cursor<'_>, into: &mut Vec<Attribute>) -> TagEnd {
    loop {
        cursor.skip_space();
        let rest = cursor.rest();
        match rest.as_bytes() {
            [] | [b'<', ..] => return TagEnd::Missing,
            [b'>', ..] => {
                cursor.advance(1);
                return TagEnd::Open;
            }
            [b'/', b'>', ..] => {
                cursor.advance(2);
                return TagEnd::Slash;
            }
            _ => into.push(attribute(cursor)),
        }
    }
}

fn attribute(cursor: &mut Cursor<'_>) -> Attribute {
    let start = cursor.at();
    cursor.take_while(|byte| !is_space(byte) && !matches!(byte, b'=' | b'>' | b'<' | b'/'));
    if cursor.at() == start && !cursor.rest().starts_with('=') {
        // A stray slash: it is nobody's, but the tag goes on.
        cursor.advance(1);
    }
    let name = start..cursor.at();
    let behind_name = cursor.at();
    cursor.skip_space();
    if !cursor.rest().starts_with('=') {
        cursor.rewind(behind_name);
        return Attribute {
            value: behind_name..behind_name,
            name,
            quote: None,
            closed: true,
            end: behind_name,
        };
    }
    cursor.advance(1);
    cursor.skip_space();
    let Some((quote, closers)) = cursor.rest().chars().next().and_then(|c| Some((c, closing(c)?))) else {
        let start = cursor.at();
        loop {
            cursor.take_while(|byte| !is_space(byte) && !matches!(byte, b'>' | b'<' | b'/'));
            // URLs have slashes; only the one before `>` ends a tag.
            if !cursor.rest().starts_with('/') || cursor.rest().starts_with("/>") {
                break;
            }
            cursor.advance(1);
        }
        let end = cursor.at();
        return Attribute { name, value: start..end, quote: None, closed: true, end };
    };
    cursor.advance(quote.len_utf8());
    let start = cursor.at();
    let rest = cursor.rest();
    // A value holds no `<`: where one comes before the closing quote, the quote was forgotten (PRH spec of 2021,
    // 3.2.4 has such a tag).
    let end = match (u8::try_from(quote), closers) {
        (Ok(quote), [_]) => memchr::memchr2(b'<', quote, rest.as_bytes()),
        _ => rest.find(|c| c == '<' || closers.contains(&c)),
    };
    match end.and_then(|len| Some((len, rest.get(len..)?.chars().next()?))) {
        Some((len, closer)) if closer != '<' => {
            let value = start..start.saturating_add(len);
            cursor.advance(len.saturating_add(closer.len_utf8()));
            Attribute { name, value, quote: Some(quote), closed: true, end: cursor.at() }
        }
        _ => {
            cursor.take_while(|byte| !matches!(byte, b'>' | b'<'));
            if cursor.rest().starts_with('>') && cursor.text_from(start).ends_with('/') {
                cursor.rewind(cursor.at().saturating_sub(1));
            }
            let end = cursor.at();
            Attribute { name, value: start..end, quote: Some(quote), closed: false, end }
        }
    }
}

/// What ends a value that this character begins.
const fn closing(open: char) -> Option<&'static [char]> {
    match open {
        '"' => Some(&['"']),
        '\'' => Some(&['\'']),
        '\u{201C}' | '\u{201D}' => Some(&['\u{201C}', '\u{201D}', '"']),
        '\u{2018}' | '\u{2019}' => Some(&['\u{2018}', '\u{2019}', '\'']),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, value, quote, whether the value is closed.
    type Pair<'t> = (&'t str, &'t str, Option<char>, bool);

    fn scanned(tag: &str) -> (Vec<Pair<'_>>, TagEnd, &str) {
        let mut cursor = Cursor::new(tag, 0);
        let mut found = Vec::new();
        let end = scan(&mut cursor, &mut found);
        let found = found.into_iter().map(|a| (&tag[a.name], &tag[a.value], a.quote, a.closed)).collect();
        (found, end, &tag[cursor.at()..])
    }

    fn pairs(tag: &str) -> Vec<(&str, &str, Option<char>)> {
        scanned(tag).0.into_iter().map(|(name, value, quote, _)| (name, value, quote)).collect()
    }

    #[test]
    fn values_are_found_whatever_the_quotes() {
        assert_eq!(
            pairs(" VALUE=\"a > b\"  ALGID = 'c'\tX=“d” Y=“e\" Z=f/g W>"),
            [
                ("VALUE", "a > b", Some('"')),
                ("ALGID", "c", Some('\'')),
                ("X", "d", Some('“')),
                ("Y", "e", Some('“')),
                ("Z", "f/g", None),
                ("W", "", None),
            ]
        );
    }

    #[test]
    fn a_forgotten_quote_ends_with_the_tag() {
        assert_eq!(
            scanned(" version=\"4.3.0.0>\n<DATA a=\"b\">"),
            (vec![("version", "4.3.0.0", Some('"'), false)], TagEnd::Open, "\n<DATA a=\"b\">")
        );
        assert_eq!(scanned(" a=\"b/><C>"), (vec![("a", "b", Some('"'), false)], TagEnd::Slash, "<C>"));
        assert_eq!(scanned(" a=\"b c"), (vec![("a", "b c", Some('"'), false)], TagEnd::Missing, ""));
    }

    #[test]
    fn a_tag_ends_before_the_next_one() {
        assert_eq!(scanned(" a='b'<C>"), (vec![("a", "b", Some('\''), true)], TagEnd::Missing, "<C>"));
        assert_eq!(scanned("/><C>"), (vec![], TagEnd::Slash, "<C>"));
        assert_eq!(scanned(" Z=f/>").1, TagEnd::Slash);
    }

    #[test]
    fn junk_is_passed() {
        assert_eq!(pairs(" = \"\">"), [("", "", Some('"'))]);
        assert_eq!(pairs("==>"), [("", "=", None)]);
        assert_eq!(pairs(" / a='b'>"), [("/", "", None), ("a", "b", Some('\''))]);
    }
}
