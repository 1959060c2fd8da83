//! The tokens of a header text, well-formed or not.
//!
//! ```text
//!   <?xml …?>  <!-- … -->  <![CDATA[…]]>  <!DOCTYPE …>     markup
//!   <NAME attributes>  <NAME attributes/>  </NAME>         tags
//!   everything between                                     text
//! ```
//!
//! A `<` that begins none of these is text. XML readers stop there, and at quotes that do not fit; this must not: a
//! splice beside the fault has to find its place, and `lint` has to say what is wrong. It is also what keeps parsing
//! one pass over the text without an allocation of its own.

use super::attribute::{self, Attribute, TagEnd};
use super::cursor::{Cursor, is_space};
use core::ops::Range;

/// What stands between texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    /// `<NAME …>` or `<NAME …/>`.
    Start { name: Range<usize>, end: TagEnd },
    /// `</NAME>`; whether it has its `>`.
    End { name: Range<usize>, closed: bool },
    /// None of the elements.
    Markup(Markup),
}

/// What is neither element nor text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Markup {
    /// `<?xml …?>`.
    Declaration,
    /// Any other `<?…?>`.
    Instruction,
    /// `<!-- … -->`.
    Comment,
    /// `<![CDATA[…]]>`.
    CData,
    /// `<!DOCTYPE …>` and the like.
    Doctype,
}

/// Reads the tokens of a text.
pub(crate) struct Scanner<'t> {
    cursor: Cursor<'t>,
    /// Kinds of markup whose end does not come any more: a text of nothing but `<!--` is not searched again and again.
    hopeless: [bool; MARKUP.len()],
}

const MARKUP: [(&str, &str, Markup); 4] = [
    ("<!--", "-->", Markup::Comment),
    ("<![CDATA[", "]]>", Markup::CData),
    ("<?", "?>", Markup::Instruction),
    ("<!", ">", Markup::Doctype),
];

impl<'t> Scanner<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { cursor: Cursor::new(text, 0), hopeless: [false; MARKUP.len()] }
    }

    /// The next token and its span. Attributes of a start tag are added to the list.
    pub(crate) fn next(&mut self, attributes: &mut Vec<Attribute>) -> Option<(Token, Range<usize>)> {
        loop {
            let len = memchr::memchr(b'<', self.cursor.rest().as_bytes())?;
            self.cursor.advance(len);
            let start = self.cursor.at();
            if let Some(token) = self.token(attributes) {
                return Some((token, start..self.cursor.at()));
            }
            self.cursor.rewind(start.saturating_add(1));
        }
    }

    fn token(&mut self, attributes: &mut Vec<Attribute>) -> Option<Token> {
        match self.cursor.rest().as_bytes().get(1)? {
            b'!' | b'?' => self.markup().map(Token::Markup),
            b'/' => Some(self.end_tag()),
            byte if byte.is_ascii_alphabetic() || !byte.is_ascii() || matches!(byte, b'_' | b':') => {
                self.cursor.advance(1);
                let name = self.name();
                let end = attribute::scan(&mut self.cursor, attributes);
                Some(Token::Start { name, end })
            }
            _ => None,
        }
    }

    fn markup(&mut self) -> Option<Markup> {
        let rest = self.cursor.rest();
        for ((open, close, markup), hopeless) in MARKUP.into_iter().zip(&mut self.hopeless) {
            let Some(body) = rest.strip_prefix(open) else { continue };
            let Some(len) = (!*hopeless).then(|| body.find(close)).flatten() else {
                *hopeless = true;
                return None;
            };
            self.cursor.advance(open.len().saturating_add(len).saturating_add(close.len()));
            let is_declaration = body
                .strip_prefix("xml")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace() || c == '?'));
            return Some(match markup {
                Markup::Instruction if is_declaration => Markup::Declaration,
                markup => markup,
            });
        }
        None
    }

    /// `</>` and `</ A>` are end tags without a name.
    fn end_tag(&mut self) -> Token {
        self.cursor.advance(2);
        let name = self.name();
        self.cursor.take_while(|byte| !matches!(byte, b'>' | b'<'));
        let closed = self.cursor.rest().starts_with('>');
        if closed {
            self.cursor.advance(1);
        }
        Token::End { name, closed }
    }

    fn name(&mut self) -> Range<usize> {
        let start = self.cursor.at();
        self.cursor
            .take_while(|byte| !is_space(byte) && !matches!(byte, b'>' | b'<' | b'/' | b'=' | b'"' | b'\''));
        start..self.cursor.at()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(String, &str)> {
        let (mut scanner, mut attributes, mut found) = (Scanner::new(text), Vec::new(), Vec::new());
        while let Some((token, span)) = scanner.next(&mut attributes) {
            let name = match token {
                Token::Start { name, end } => format!("{} {end:?}", &text[name]),
                Token::End { name, closed } => format!("/{} {closed}", &text[name]),
                Token::Markup(markup) => format!("{markup:?}"),
            };
            found.push((name, &text[span]));
        }
        found
    }

    fn names(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn every_kind_of_markup_is_told_apart() {
        assert_eq!(
            names("<?xml version='1.0'?><!DOCTYPE a><?xml-x?><a b='>'>t<!-- <c> --><![CDATA[<d>]]><e/></a >"),
            ["Declaration", "Doctype", "Instruction", "a Open", "Comment", "CData", "e Slash", "/a true"]
        );
    }

    #[test]
    fn what_begins_no_markup_is_text() {
        assert_eq!(names("a < b <3 <<a> <!-- open <b>"), ["a Open", "b Open"]);
    }

    #[test]
    fn markup_that_never_ends_is_searched_for_once() {
        let text = "<!--".repeat(1 << 18);
        // Searched for again at every one of them, this would take minutes.
        assert_eq!(tokens(&text), []);
    }

    #[test]
    fn a_tag_without_its_end_ends_before_the_next() {
        assert_eq!(
            tokens("<a x='y' <b></a<c"),
            [
                ("a Missing".into(), "<a x='y' "),
                ("b Open".into(), "<b>"),
                ("/a false".into(), "</a"),
                ("c Missing".into(), "<c")
            ]
        );
    }
}
