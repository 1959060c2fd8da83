//! Attributes of a start tag, with their spans.
//!
//! Seven examples on Microsoft's pages have typographic quotes, and people copy them; quotes get lost when a manifest
//! is made by putting strings together. So the tag is read as written: a value ends at its closing quote of any
//! shape, and where the closing quote is missing it ends before the next `name=`.

use core::ops::Range;

/// One attribute as written. All ranges are offsets in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attribute {
    /// Its name, prefix included.
    pub(crate) name: Range<usize>,
    /// Its value without the quotes; empty when it has none.
    pub(crate) value: Range<usize>,
    /// Whether name, equals sign and quotes are as XML wants them.
    pub(crate) right: bool,
}

/// Reads the attributes in `text[tag]`, which begins after the element's name and ends before `>` or `/>`.
pub(crate) fn scan(text: &str, tag: Range<usize>) -> Attributes<'_> {
    Attributes { text, at: tag.start, end: tag.end }
}

pub(crate) struct Attributes<'t> {
    text: &'t str,
    at: usize,
    end: usize,
}

impl Iterator for Attributes<'_> {
    type Item = Attribute;

    fn next(&mut self) -> Option<Attribute> {
        self.take(char::is_whitespace);
        if self.at >= self.end {
            return None;
        }
        let name = self.take(|c| !c.is_whitespace() && c != '=' && quotes_like(c).is_none());
        self.take(char::is_whitespace);
        if self.peek() != Some('=') {
            // A stray quote or a name alone; always goes on.
            if name.is_empty() {
                self.bump();
            }
            return Some(Attribute { value: self.at..self.at, name, right: false });
        }
        self.bump();
        self.take(char::is_whitespace);
        let Some(like) = self.peek().and_then(quotes_like) else {
            let value = self.take(|c| !c.is_whitespace());
            let kept = self.text.get(value.clone()).unwrap_or_default().trim_end_matches(is_quote).len();
            let value = value.start..value.start.saturating_add(kept);
            return Some(Attribute { name, value, right: false });
        };
        let straight = self.peek().is_some_and(is_straight);
        self.bump();
        let value = self.take(|c| !like(c));
        let closed = self.peek().is_some_and(is_straight);
        self.bump();
        match self.peek() {
            Some(c) if !c.is_whitespace() => {
                let value = self.cut(value);
                Some(Attribute { name, value, right: false })
            }
            _ => Some(Attribute { right: straight && closed && !name.is_empty(), name, value }),
        }
    }
}

impl Attributes<'_> {
    /// What ended the value was the opening quote of the next attribute: `a="b c="d"`. Goes back to that one's name.
    fn cut(&mut self, value: Range<usize>) -> Range<usize> {
        let inside = self.text.get(value.clone()).unwrap_or_default();
        let before_equals = inside.trim_end().strip_suffix('=').map(str::trim_end);
        let Some(next) = before_equals.and_then(|before| before.rfind(char::is_whitespace)) else {
            return value;
        };
        self.at = value.start.saturating_add(next);
        let kept = inside
            .get(..next)
            .unwrap_or_default()
            .trim_end_matches(|c: char| c.is_whitespace() || is_quote(c));
        value.start..value.start.saturating_add(kept.len())
    }

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
}

const fn is_straight(c: char) -> bool {
    matches!(c, '"' | '\'')
}

const fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201C}'..='\u{201F}' | '\u{2033}' | '\u{00AB}' | '\u{00BB}')
}

const fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}'..='\u{201B}' | '\u{2032}')
}

/// Any quote of any shape.
pub(crate) const fn is_quote(c: char) -> bool {
    is_double(c) || is_single(c)
}

/// What ends a value that this character begins. A straight quote is ended by its like only.
fn quotes_like(open: char) -> Option<fn(char) -> bool> {
    match open {
        '"' => Some(|c| c == '"'),
        '\'' => Some(|c| c == '\''),
        c if is_double(c) => Some(is_double),
        c if is_single(c) => Some(is_single),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(tag: &str) -> Vec<(&str, &str, bool)> {
        scan(tag, 0..tag.len()).map(|a| (&tag[a.name], &tag[a.value], a.right)).collect()
    }

    #[test]
    fn values_are_found_whatever_the_quotes() {
        assert_eq!(
            pairs(" a=\"b c\"  d = 'e'\tf=“g” h=”i\" j=k l m=’n’"),
            [
                ("a", "b c", true),
                ("d", "e", true),
                ("f", "g", false),
                ("h", "i", false),
                ("j", "k", false),
                ("l", "", false),
                ("m", "n", false),
            ]
        );
    }

    #[test]
    fn a_missing_quote_does_not_swallow_the_next_attribute() {
        assert_eq!(pairs(" a=\"b c=\"d\" e='f'"), [("a", "b", false), ("c", "d", true), ("e", "f", true)]);
        assert_eq!(pairs(" a=b\" c=\"d\""), [("a", "b", false), ("c", "d", true)]);
        assert_eq!(pairs(" a=\"b' c=\"d\""), [("a", "b", false), ("c", "d", true)]);
        assert_eq!(pairs(" a=\"b c"), [("a", "b c", false)]);
    }

    #[test]
    fn quotes_of_the_other_shape_and_signs_inside_a_value_are_part_of_it() {
        assert_eq!(
            pairs(" a=\"it's\" b='>/\"' c=\"x=y z=\""),
            [("a", "it's", true), ("b", ">/\"", true), ("c", "x=y z=", true)]
        );
    }

    proptest! {
        #[test]
        fn every_tag_is_read_to_its_end(tag in "[ a-c=\"'“”’\\-:/]{0,60}") {
            for attribute in scan(&tag, 0..tag.len()).take(1000) {
                prop_assert!(tag.get(attribute.name).is_some() && tag.get(attribute.value).is_some());
            }
            prop_assert!(scan(&tag, 0..tag.len()).count() <= tag.len());
        }
    }
}
