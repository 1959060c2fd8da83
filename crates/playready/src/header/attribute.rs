//! Attributes of a start tag, with their spans.
//!
//! A tree of elements hides what the specification asks about: order, quotes, white space. So the tag is read as
//! written. It also has to read what no XML reader does: people paste attributes with typographic quotes from
//! Microsoft's pages, where seven examples have them.

use core::ops::Range;

/// One attribute as written. All ranges are offsets in the header text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attribute {
    /// Its name, prefix included.
    pub(crate) name: Range<usize>,
    /// Its value without the quotes; empty when it has none.
    pub(crate) value: Range<usize>,
    /// The opening quote; `None` when there is none.
    pub(crate) quote: Option<char>,
}

/// Reads the attributes in `text[tag]`, which begins after the element's name and ends before `>` or `/>`.
pub(crate) fn scan(text: &str, tag: Range<usize>, into: &mut Vec<Attribute>) {
    let mut cursor = Cursor { text, at: tag.start, end: tag.end };
    loop {
        cursor.skip(char::is_whitespace);
        let name = cursor.take(|c| !c.is_whitespace() && c != '=');
        if name.is_empty() && cursor.at >= cursor.end {
            return;
        }
        cursor.skip(char::is_whitespace);
        if cursor.peek() != Some('=') {
            into.push(Attribute { name, value: cursor.at..cursor.at, quote: None });
            continue;
        }
        cursor.bump();
        cursor.skip(char::is_whitespace);
        let quote = cursor.peek().filter(|c| closing(*c).is_some());
        let value = match quote.and_then(closing) {
            Some(close) => {
                cursor.bump();
                let value = cursor.take(|c| !close.contains(&c));
                cursor.bump();
                value
            }
            None => cursor.take(|c| !c.is_whitespace()),
        };
        into.push(Attribute { name, value, quote });
    }
}

/// What ends a value that this character begins.
const fn closing(open: char) -> Option<&'static [char]> {
    match open {
        '"' => Some(&['"']),
        '\'' => Some(&['\'']),
        '\u{201C}' | '\u{201D}' => Some(&['\u{201C}', '\u{201D}', '"']),
        _ => None,
    }
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..self.end)?.chars().next()
    }

    fn bump(&mut self) {
        self.at = self.at.saturating_add(self.peek().map_or(0, char::len_utf8));
    }

    fn take(&mut self, mut wanted: impl FnMut(char) -> bool) -> Range<usize> {
        let start = self.at;
        while self.peek().is_some_and(&mut wanted) {
            self.bump();
        }
        start..self.at
    }

    fn skip(&mut self, wanted: impl FnMut(char) -> bool) {
        self.take(wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(tag: &str) -> Vec<(&str, &str, Option<char>)> {
        let mut found = Vec::new();
        scan(tag, 0..tag.len(), &mut found);
        found.into_iter().map(|a| (&tag[a.name], &tag[a.value], a.quote)).collect()
    }

    #[test]
    fn values_are_found_whatever_the_quotes() {
        assert_eq!(
            pairs(" VALUE=\"a b\"  ALGID = 'c'\tX=“d” Y=“e\" Z=f W"),
            [
                ("VALUE", "a b", Some('"')),
                ("ALGID", "c", Some('\'')),
                ("X", "d", Some('“')),
                ("Y", "e", Some('“')),
                ("Z", "f", None),
                ("W", "", None),
            ]
        );
    }

    #[test]
    fn an_open_value_goes_to_the_end_and_junk_ends() {
        assert_eq!(pairs(" a=\"b c"), [("a", "b c", Some('"'))]);
        assert_eq!(pairs(" = \"\""), [("", "", Some('"'))]);
        assert_eq!(pairs("=="), [("", "=", None)]);
    }
}
