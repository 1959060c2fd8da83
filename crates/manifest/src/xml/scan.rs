//! From text to elements.
//!
//! A tag ends at the first `>` outside of quotes; where a `<` comes first, a quote is missing, and the tag ends at the
//! first `>` before that `<`. An end tag closes the nearest open element of its name, else the innermost one.

use super::attribute;
use super::element::{Closed, Element, Tree};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{MAX_ALL_ATTRIBUTES, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS};
use crate::oddity::{Oddities, OddityKind};
use crate::text::Text;
use core::ops::Range;
use std::collections::HashMap;

/// Reads all elements, and says what is odd.
///
/// # Errors
///
/// What passes a limit, and a document type declaration that defines or loads something.
pub(crate) fn parse<'t>(text: &'t Text, oddities: &mut Oddities) -> Result<Tree<'t>> {
    let mut scan = Scan::new(text.as_str(), oddities);
    scan.run().map_err(|fault| Error::at(fault, text.position(scan.at)))?;
    Ok(scan.tree)
}

struct Scan<'t, 'o> {
    text: &'t str,
    at: usize,
    tree: Tree<'t>,
    open: Vec<Open<'t>>,
    roots: HashMap<&'t str, usize>,
    oddities: &'o mut Oddities,
}

/// An open element, and how many children of each name it has so far.
struct Open<'t> {
    index: usize,
    names: HashMap<&'t str, usize>,
}

impl<'t, 'o> Scan<'t, 'o> {
    fn new(text: &'t str, oddities: &'o mut Oddities) -> Self {
        let tree = Tree { text, elements: Vec::new(), attributes: Vec::new() };
        Self { text, at: 0, tree, open: Vec::new(), roots: HashMap::new(), oddities }
    }

    fn run(&mut self) -> Result<(), ErrorKind> {
        while let Some(len) = self.rest().find('<') {
            self.at = self.at.saturating_add(len);
            let rest = self.rest();
            let next = rest.get(1..).and_then(|rest| rest.chars().next());
            if rest.starts_with("<!--") {
                self.skip_to("-->", "a comment");
            } else if rest.starts_with("<![CDATA[") {
                self.skip_to("]]>", "a CDATA section");
            } else if rest.starts_with("<?") {
                self.instruction();
            } else if rest.starts_with("<!") {
                self.declaration()?;
            } else if next == Some('/') {
                self.end_tag();
            } else if next.is_some_and(is_name_start) {
                self.start_tag()?;
            } else {
                self.oddities.add(OddityKind::Tag, self.at);
                self.at = self.at.saturating_add(1);
            }
        }
        self.finish();
        Ok(())
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_to(&mut self, end: &str, what: &str) {
        if let Some(len) = self.rest().find(end) {
            self.at = self.at.saturating_add(len).saturating_add(end.len());
        } else {
            self.oddities.add(OddityKind::Unclosed(what.to_owned()), self.at);
            self.at = self.text.len();
        }
    }

    /// `<?xml … ?>`; one that lost its second question mark ends at its `>`.
    fn instruction(&mut self) {
        let rest = self.rest();
        let inside = rest.get(1..).unwrap_or_default();
        let limit = inside.find('<').map_or(rest.len(), |len| len.saturating_add(1));
        let head = rest.get(..limit).unwrap_or_default();
        let end = head.find("?>").map(|at| at.saturating_add(2));
        let end = end.unwrap_or_else(|| {
            self.oddities.add(OddityKind::Tag, self.at);
            head.find('>').map_or(limit, |at| at.saturating_add(1))
        });
        self.at = self.at.saturating_add(end);
    }

    /// `<!DOCTYPE smil>` says nothing; one with more in it is refused.
    fn declaration(&mut self) -> Result<(), ErrorKind> {
        let rest = self.rest();
        let head = rest.get(..rest.find('>').unwrap_or(rest.len())).unwrap_or_default();
        let is_plain =
            head.get(.."<!DOCTYPE".len()).is_some_and(|name| name.eq_ignore_ascii_case("<!DOCTYPE"))
                && head.split_whitespace().count() <= 2
                && !head.contains(['[', '"', '\'']);
        if !is_plain {
            return Err(ErrorKind::DocumentType);
        }
        self.oddities.add(OddityKind::DocumentType, self.at);
        self.at = self.at.saturating_add(head.len()).saturating_add(1).min(self.text.len());
        Ok(())
    }

    /// Where the tag at `at` ends, and whether something is wrong with that.
    fn tag_end(&self) -> (usize, bool) {
        let rest = self.rest();
        let mut quote = None;
        for (i, byte) in rest.bytes().enumerate().skip(1) {
            match (quote, byte) {
                (None, b'>') => return (self.at.saturating_add(i).saturating_add(1), false),
                (_, b'<') => return (self.broken_end(i), true),
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), byte) if byte == open => quote = None,
                _ => {}
            }
        }
        (self.broken_end(rest.len()), true)
    }

    fn broken_end(&self, limit: usize) -> usize {
        let head = self.rest().get(..limit).unwrap_or_default();
        let len = head.find('>').map_or(limit, |at| at.saturating_add(1));
        self.at.saturating_add(len)
    }

    fn start_tag(&mut self) -> Result<(), ErrorKind> {
        let (end, broken) = self.tag_end();
        let tag = self.text.get(self.at..end).unwrap_or_default();
        let inside = tag.strip_suffix('>').unwrap_or(tag);
        let (inside, closed) = match inside.strip_suffix('/') {
            Some(inside) => (inside, Closed::BySlash),
            None => (inside, Closed::Not),
        };
        if broken {
            self.oddities.add(OddityKind::Tag, self.at);
        }
        let name_len = inside
            .get(1..)
            .unwrap_or_default()
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\''))
            .unwrap_or(inside.len().saturating_sub(1));
        let name_start = self.at.saturating_add(1);
        let name = name_start..name_start.saturating_add(name_len);
        let attributes = self.attributes(name.end..self.at.saturating_add(inside.len()))?;
        let parent = self.open.last().map(|open| open.index);
        let names = self.open.last_mut().map_or(&mut self.roots, |open| &mut open.names);
        let number = names.entry(self.text.get(name.clone()).unwrap_or_default()).or_default();
        let index = *number;
        *number = number.saturating_add(1);
        let this = self.tree.elements.len();
        if this >= MAX_ELEMENTS {
            return Err(ErrorKind::Limit { what: "elements", limit: MAX_ELEMENTS });
        }
        if parent.is_none() && this > 0 {
            self.oddities.add(OddityKind::Roots, self.at);
        }
        self.tree.elements.push(Element {
            name,
            start: self.at,
            content: end..end,
            end,
            parent,
            index,
            skip: this.saturating_add(1),
            closed,
            attributes,
        });
        if closed == Closed::Not {
            if self.open.len() >= MAX_DEPTH {
                return Err(ErrorKind::Limit { what: "elements nested in each other", limit: MAX_DEPTH });
            }
            self.open.push(Open { index: this, names: HashMap::new() });
        }
        self.at = end;
        Ok(())
    }

    fn attributes(&mut self, between: Range<usize>) -> Result<Range<usize>, ErrorKind> {
        let first = self.tree.attributes.len();
        for attribute in attribute::scan(self.text, between) {
            let count = self.tree.attributes.len();
            if count.saturating_sub(first) >= MAX_ATTRIBUTES {
                return Err(ErrorKind::Limit { what: "attributes of an element", limit: MAX_ATTRIBUTES });
            }
            if count >= MAX_ALL_ATTRIBUTES {
                return Err(ErrorKind::Limit { what: "attributes", limit: MAX_ALL_ATTRIBUTES });
            }
            if !attribute.right {
                let name = self.text.get(attribute.name.clone()).unwrap_or_default();
                self.oddities.add(OddityKind::Quotes(name.to_owned()), attribute.name.start);
            }
            self.tree.attributes.push(attribute);
        }
        Ok(first..self.tree.attributes.len())
    }

    fn end_tag(&mut self) {
        let rest = self.rest();
        let inside = rest.get(2..).unwrap_or_default();
        let len = inside.find(['<', '>']).unwrap_or(inside.len());
        let name = inside.get(..len).unwrap_or_default().trim();
        let ended = inside.get(len..).is_some_and(|rest| rest.starts_with('>'));
        let end = self.at.saturating_add(2).saturating_add(len).saturating_add(usize::from(ended));
        let same = self.open.iter().rposition(|open| self.tree.name(open.index) == name);
        if !ended {
            self.oddities.add(OddityKind::Tag, self.at);
        }
        if same.is_none() {
            self.oddities.add(OddityKind::Unmatched(name.to_owned()), self.at);
        }
        if let Some(depth) = same.or(self.open.len().checked_sub(1)) {
            self.close(depth, same.is_some(), end);
        }
        self.at = end;
    }

    /// Closes the element at `depth` and those that are still open in it.
    fn close(&mut self, depth: usize, explicitly: bool, end: usize) {
        let next = self.tree.elements.len();
        for (i, open) in self.open.drain(depth..).enumerate() {
            let Some(element) = self.tree.elements.get_mut(open.index) else { continue };
            element.content.end = self.at;
            element.skip = next;
            (element.end, element.closed) = match i {
                0 if explicitly => (end, Closed::Explicitly),
                0 => (end, Closed::Not),
                _ => (self.at, Closed::Not),
            };
            if i > 0 {
                let name = self.text.get(element.name.clone()).unwrap_or_default();
                self.oddities.add(OddityKind::Unclosed(name.to_owned()), element.start);
            }
        }
    }

    fn finish(&mut self) {
        self.at = self.text.len();
        let next = self.tree.elements.len();
        for open in self.open.drain(..) {
            let Some(element) = self.tree.elements.get_mut(open.index) else { continue };
            let name = self.text.get(element.name.clone()).unwrap_or_default();
            self.oddities.add(OddityKind::Unclosed(name.to_owned()), element.start);
            element.content.end = self.text.len();
            element.end = self.text.len();
            element.skip = next;
        }
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | ':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn read(text: &str) -> (Tree<'_>, Vec<String>) {
        let mut oddities = Oddities::default();
        let mut scan = Scan::new(text, &mut oddities);
        scan.run().unwrap();
        (scan.tree, oddities.into_found().iter().map(|(_, kind)| kind.to_string()).collect())
    }

    fn shown(text: &str) -> Vec<(&str, &str, Closed)> {
        let (elements, _) = read(text);
        elements
            .elements
            .iter()
            .map(|e| (&text[e.name.clone()], &text[e.content.clone()], e.closed))
            .collect()
    }

    fn error(text: &str) -> String {
        let text = Text::decode(&Bytes::copy_from_slice(text.as_bytes()));
        parse(&text, &mut Oddities::default()).unwrap_err().to_string()
    }

    #[test]
    fn every_element_has_its_content_and_its_path() {
        let text = "<A x='>'><B>t</B><p:C/><B a=\"1\"/></A>";
        assert_eq!(
            shown(text),
            [
                ("A", "<B>t</B><p:C/><B a=\"1\"/>", Closed::Explicitly),
                ("B", "t", Closed::Explicitly),
                ("p:C", "", Closed::BySlash),
                ("B", "", Closed::BySlash),
            ]
        );
        let (elements, odd) = read(text);
        assert_eq!(elements.path(3), "/A/B[1]");
        assert_eq!(elements.children(0).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(odd, [] as [&str; 0]);
    }

    #[test]
    fn a_missing_quote_breaks_one_tag_only() {
        let text = "<A><B x=\"1><C>t</C></B><B y=\"2\"/></A>";
        let (elements, odd) = read(text);
        assert_eq!(elements.len(), 4);
        assert_eq!(elements.content(2), "t");
        assert_eq!(elements.said(1, "x").unwrap(), "1");
        assert_eq!(odd[0], "a < begins no tag, or a tag does not end");
    }

    #[test]
    fn a_document_that_is_cut_has_what_came_before() {
        let text = "<A><B>t</B><C x=\"1\"";
        assert_eq!(shown(text)[1], ("B", "t", Closed::Explicitly));
        let (elements, odd) = read(text);
        assert_eq!(elements.said(2, "x").unwrap(), "1");
        assert_eq!(odd, ["A is not closed", "a < begins no tag, or a tag does not end", "C is not closed"]);
    }

    #[test]
    fn end_tags_that_match_nothing_close_the_innermost() {
        let (elements, odd) = read("<A><B></b><C></A>");
        assert_eq!(elements.children(0).count(), 2);
        assert_eq!(odd, ["the end tag b closes nothing of that name", "C is not closed"]);
    }

    #[test]
    fn several_roots_are_read() {
        let (elements, odd) = read("<A/><!-- <x> --><A>t</A>");
        assert_eq!(elements.roots().count(), 2);
        assert_eq!(odd, ["an element stands beside the root element"]);
    }

    #[test]
    fn text_is_read_around_comments_and_out_of_cdata() {
        let text = "<A> a<!-- <b> --><![CDATA[c&amp;]]><B>d</B>e &amp;<?p ?></A>";
        let (elements, _) = read(text);
        assert_eq!(elements.content(0), "ac&e &");
    }

    #[test]
    fn nothing_is_ever_expanded_or_loaded() {
        let refused = "a document type declaration that defines or loads something is not read: \
                       entities are never expanded at line 1, column 1";
        assert_eq!(error("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), refused);
        assert_eq!(error("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), refused);
        assert_eq!(error("<!ENTITY b 'c'>"), refused);
        assert_eq!(read("<!DOCTYPE smil>\n<smil/>").1, ["a document type declaration, which is ignored"]);
    }

    #[test]
    fn what_passes_a_limit_is_refused() {
        let deep = "<a>".repeat(10_000);
        assert_eq!(error(&deep), "more than 64 elements nested in each other at line 1, column 193");
        let wide = format!("<a {}/>", "b='c' ".repeat(10_000));
        assert!(error(&wide).starts_with("more than 256 attributes of an element"));
        assert!(error(&"<a/>".repeat(600_000)).starts_with("more than 500000 elements"));
    }

    #[test]
    fn time_grows_with_the_length_whatever_is_broken() {
        // Each of these makes a reader that looks for the closing quote or mark start over at every tag.
        for piece in ["<a b=\"", "<a b='", "</a", "<?x ", "< "] {
            read(&piece.repeat(200_000 / piece.len()).replace("<a ", "</a><a "));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_spans_stay_inside(text in "[<>/A-C =\"'!?&\\-\\[\\]“é]{0,80}") {
            let mut oddities = Oddities::default();
            let decoded = Text::decode(&Bytes::copy_from_slice(text.as_bytes()));
            if let Ok(elements) = parse(&decoded, &mut oddities) {
                for (i, element) in elements.elements.iter().enumerate() {
                    prop_assert!(text.get(element.content.clone()).is_some());
                    prop_assert!(text.get(element.start..element.end).is_some());
                    prop_assert!(element.skip > i && element.skip <= elements.len());
                    elements.content(i);
                    elements.path(i);
                }
            }
        }
    }
}
