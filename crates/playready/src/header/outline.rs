//! The elements of a header text and where they stand.
//!
//! ```text
//!   <LA_URL lang="x"> https://… </LA_URL>
//!   ▲       ▲        ▲          ▲        ▲
//!   start   attrs    content    close    end
//! ```
//!
//! One flat list in document order serves reading, splicing, checking and straightening. XML that is not
//! well-formed has an outline too: an end tag closes the nearest open element of its name, else the innermost one
//! (`<WRHEADER …></WRMHEADER>` occurs in the field, nginx-vod-module issue 1323), and what is left open ends at the
//! end of the text.

use super::attribute::{Attribute, TagEnd};
use super::escape::attribute_value;
use super::scan::{Markup, Scanner, Token};
use crate::limits::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS};
use crate::work::count;
use core::ops::Range;
use std::borrow::Cow;

/// One element as written. All offsets are into the header text.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// Its name, prefix included.
    pub(crate) name: Range<usize>,
    /// Where `<` stands.
    pub(crate) start: usize,
    /// Between the tags; empty and right behind the tag for `<A/>`.
    pub(crate) content: Range<usize>,
    /// After the `>` of the end tag.
    pub(crate) end: usize,
    /// Index of the element around it.
    pub(crate) parent: Option<usize>,
    /// How it ends.
    pub(crate) closed: Closed,
    /// Whether one of its tags lacks the `>`.
    pub(crate) cut: bool,
    /// Whether it has a name of the header's, and is in another namespace.
    pub(crate) is_foreign: bool,
    depth: u16,
    attributes: Range<usize>,
}

/// How an element ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Closed {
    /// `</A>`.
    Explicitly,
    /// `<A/>`.
    BySlash,
    /// By an end tag of another name.
    ByOther,
    /// Not at all: an outer end tag or the end of the text did it.
    Not,
}

/// All elements in document order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    elements: Vec<Element>,
    attributes: Vec<Attribute>,
    markup: Vec<(Markup, Range<usize>)>,
    /// End tags that close nothing.
    strays: Vec<Range<usize>>,
    /// Where reading stopped, if not at the end.
    stopped: Option<usize>,
}

impl Element {
    /// The start tag.
    pub(crate) const fn start_tag(&self) -> Range<usize> {
        self.start..self.content.start
    }

    /// The end tag; empty where there is none.
    pub(crate) const fn end_tag(&self) -> Range<usize> {
        self.content.end..self.end
    }

    /// All of it.
    pub(crate) const fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

impl Outline {
    pub(crate) fn of(text: &str) -> Self {
        let tags = memchr::memchr_iter(b'<', text.as_bytes()).count();
        let mut outline = Self {
            elements: Vec::with_capacity(tags.div_ceil(2).min(MAX_ELEMENTS)),
            attributes: Vec::with_capacity(8),
            ..Self::default()
        };
        let mut open: Option<usize> = None;
        let mut scanner = Scanner::new(text);
        while let Some((token, span)) = scanner.next(&mut outline.attributes) {
            let at = span.end;
            match token {
                Token::Start { name, end } => {
                    let index = outline.push(name, span, open, end);
                    if end != TagEnd::Slash {
                        open = Some(index);
                    }
                }
                Token::End { name, closed } => open = outline.close(text, name, span, open, closed),
                Token::Markup(markup) => outline.markup.push((markup, span)),
            }
            let depth = open.and_then(|index| outline.get(index)).map_or(0, |element| element.depth);
            let absurd = outline.elements.len() >= MAX_ELEMENTS || outline.attributes.len() > MAX_ATTRIBUTES;
            if depth > MAX_DEPTH || absurd {
                outline.stopped = Some(at);
                break;
            }
        }
        while let Some(element) = open.and_then(|index| outline.elements.get_mut(index)) {
            element.content.end = text.len();
            element.end = text.len();
            open = element.parent;
        }
        outline
    }

    fn push(&mut self, name: Range<usize>, tag: Range<usize>, parent: Option<usize>, end: TagEnd) -> usize {
        let first = self.elements.last().map_or(0, |element| element.attributes.end);
        let depth = parent.and_then(|index| self.get(index)).map_or(0, |parent| parent.depth);
        self.elements.push(Element {
            name,
            start: tag.start,
            content: tag.end..tag.end,
            end: tag.end,
            parent,
            closed: if end == TagEnd::Slash { Closed::BySlash } else { Closed::Not },
            cut: end == TagEnd::Missing,
            is_foreign: false,
            depth: depth.saturating_add(1),
            attributes: first..self.attributes.len(),
        });
        self.elements.len().saturating_sub(1)
    }

    /// Closes the nearest open element of that name, else the innermost, and gives what is open then.
    fn close(
        &mut self,
        text: &str,
        name: Range<usize>,
        tag: Range<usize>,
        open: Option<usize>,
        complete: bool,
    ) -> Option<usize> {
        let Some(innermost) = open else {
            self.strays.push(tag);
            return None;
        };
        let wanted = text.get(name);
        let mut same = open;
        while let Some(element) = same.and_then(|index| self.get(index)) {
            if text.get(element.name.clone()) == wanted {
                break;
            }
            same = element.parent;
        }
        let closes = same.unwrap_or(innermost);
        let mut at = open;
        while let Some(index) = at {
            let Some(element) = self.elements.get_mut(index) else { break };
            element.content.end = tag.start;
            at = element.parent;
            if index == closes {
                element.end = tag.end;
                element.closed = if same.is_some() { Closed::Explicitly } else { Closed::ByOther };
                element.cut |= !complete;
                break;
            }
            element.end = tag.start;
        }
        at
    }

    pub(crate) fn elements(&self) -> &[Element] {
        count(self.elements.len());
        &self.elements
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Element> {
        count(1);
        self.elements.get(index)
    }

    /// Those of all elements, in document order.
    pub(crate) fn all_attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    pub(super) fn set_foreign(&mut self, index: usize) {
        if let Some(element) = self.elements.get_mut(index) {
            element.is_foreign = true;
        }
    }

    pub(crate) fn attributes(&self, element: &Element) -> &[Attribute] {
        count(element.attributes.len());
        self.attributes.get(element.attributes.clone()).unwrap_or_default()
    }

    /// Whether every tag has its partner: then what is put between two of them stands there for every reader.
    pub(crate) fn is_whole(&self) -> bool {
        count(self.elements.len());
        let is_closed = |element: &Element| {
            !element.cut && matches!(element.closed, Closed::Explicitly | Closed::BySlash)
        };
        self.stopped.is_none() && self.strays.is_empty() && self.elements.iter().all(is_closed)
    }

    /// The first element inside of another.
    pub(crate) fn first_child(&self, element: &Element) -> Option<&Element> {
        let next = self.elements.partition_point(|other| other.start <= element.start);
        self.get(next).filter(|next| next.start < element.content.end)
    }

    /// The first element that begins at an offset or behind it.
    pub(crate) fn next(&self, at: usize) -> Option<&Element> {
        self.get(self.elements.partition_point(|element| element.start < at))
    }

    /// The innermost element whose content an offset is in.
    pub(crate) fn around(&self, at: usize) -> Option<&Element> {
        let behind = self.elements.partition_point(|element| element.start <= at);
        let mut innermost = behind.checked_sub(1).and_then(|last| self.get(last));
        while let Some(element) = innermost.filter(|element| !element.content.contains(&at)) {
            innermost = element.parent.and_then(|parent| self.get(parent));
        }
        innermost
    }

    /// The element whose content this is.
    pub(crate) fn of_content(&self, content: &Range<usize>) -> Option<&Element> {
        let at = self.elements.partition_point(|element| element.content.start < content.start);
        self.get(at).filter(|element| element.content == *content)
    }

    /// The elements inside of another one, however deep.
    pub(crate) fn inside(&self, element: &Element) -> impl Iterator<Item = &Element> + Clone {
        let first = self.elements.partition_point(|other| other.start < element.content.start);
        let end = element.content.end;
        let inside = self.elements.get(first..).unwrap_or_default().iter();
        inside.take_while(move |inner| inner.start < end).inspect(|_| count(1))
    }

    /// Whether the element is directly in one of this name. A root of another name is WRMHEADER misspelt.
    pub(crate) fn is_child_of(&self, text: &str, element: &Element, parent: &str) -> bool {
        match element.parent.and_then(|index| Some((index, self.get(index)?))) {
            Some((0, _)) if parent == "WRMHEADER" => true,
            Some((_, outer)) => is_named(text, outer, parent),
            None => false,
        }
    }

    /// Declarations, comments and the like, in order.
    pub(crate) fn markup(&self) -> &[(Markup, Range<usize>)] {
        &self.markup
    }

    /// End tags that close nothing.
    pub(crate) fn strays(&self) -> &[Range<usize>] {
        &self.strays
    }

    /// Where reading stopped, if not at the end.
    pub(crate) const fn stopped(&self) -> Option<usize> {
        self.stopped
    }

    /// Whether the element or one around it has this local name.
    pub(crate) fn is_within(&self, text: &str, element: &Element, local: &str) -> bool {
        let mut parent = element.parent;
        while let Some(outer) = parent.and_then(|index| self.get(index)) {
            if is_named(text, outer, local) {
                return true;
            }
            parent = outer.parent;
        }
        false
    }

    pub(crate) fn find_attribute(&self, text: &str, element: &Element, name: &str) -> Option<&Attribute> {
        self.attributes(element).iter().find(|a| text.get(a.name.clone()) == Some(name))
    }

    /// What an attribute says, as XML readers take it.
    pub(crate) fn attribute<'t>(&self, text: &'t str, element: &Element, name: &str) -> Option<Cow<'t, str>> {
        text.get(self.find_attribute(text, element, name)?.value.clone()).map(attribute_value)
    }
}

/// The element's name without its prefix.
pub(crate) fn local_name<'t>(text: &'t str, element: &Element) -> &'t str {
    let name = text.get(element.name.clone()).unwrap_or_default();
    // Names are short, and most have no prefix: this is asked of every element several times.
    let prefix = name.bytes().rposition(|byte| byte == b':').map_or(0, |colon| colon.saturating_add(1));
    name.get(prefix..).unwrap_or_default()
}

/// Whether that is the element's name without its prefix.
pub(crate) fn is_named(text: &str, element: &Element, local: &str) -> bool {
    let prefix = text.get(element.name.clone()).and_then(|name| name.strip_suffix(local));
    prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    fn shown(text: &str) -> Vec<(&str, &str, Closed)> {
        let outline = Outline::of(text);
        outline
            .elements()
            .iter()
            .map(|e| (&text[e.name.clone()], &text[e.content.clone()], e.closed))
            .collect()
    }

    #[test]
    fn every_element_has_its_content() {
        assert_eq!(
            shown("<A x='>'><B>t</B><p:C/></A>"),
            [
                ("A", "<B>t</B><p:C/>", Closed::Explicitly),
                ("B", "t", Closed::Explicitly),
                ("p:C", "", Closed::BySlash)
            ]
        );
    }

    #[test]
    fn a_wrong_root_name_closed_by_the_right_one_is_still_a_root() {
        assert_eq!(
            shown("<WRHEADER><D>x</D></WRMHEADER>"),
            [("WRHEADER", "<D>x</D>", Closed::ByOther), ("D", "x", Closed::Explicitly)]
        );
    }

    #[test]
    fn an_element_left_open_ends_where_its_parent_does() {
        assert_eq!(shown("<A><B>t</A>"), [("A", "<B>t", Closed::Explicitly), ("B", "t", Closed::Not)]);
        assert_eq!(shown("<A><B>t"), [("A", "<B>t", Closed::Not), ("B", "t", Closed::Not)]);
    }

    #[test]
    fn text_outside_elements_is_no_element() {
        assert_eq!(shown("\0\0 raw & text <A></A>\0").len(), 1);
        assert_eq!(shown("no xml").len(), 0);
        assert_eq!(shown("<?xml version='1.0'?><!-- <A> --><B></B>").len(), 1);
    }

    #[test]
    fn quotes_that_do_not_fit_hide_no_element() {
        // PRH spec 3.3.3 as printed.
        let text =
            "<KID ALGID=\"value\" CHECKSUM=“base64-encoded value\" VALUE=\"guid\"></KID><LA_URL></LA_URL>";
        let outline = Outline::of(text);
        assert_eq!(outline.elements().len(), 2);
        assert_eq!(outline.attribute(text, &outline.elements()[0], "VALUE"), Some("guid".into()));
        assert_eq!(shown("<W version=\"4.3.0.0>\n<DATA>x</DATA></W>").len(), 2);
    }

    #[test]
    fn an_end_tag_that_closes_nothing_is_remembered() {
        let outline = Outline::of("<A></A></B><C></C>");
        assert_eq!(outline.strays().first(), Some(&(7..11)));
        assert_eq!(outline.elements().len(), 2);
    }

    #[test]
    fn deep_nesting_ends_the_reading() {
        let outline = Outline::of(&"<A>".repeat(10_000));
        assert!(outline.elements().len() <= usize::from(MAX_DEPTH) + 1);
        assert!(outline.stopped().is_some());
    }

    /// What another reader says about well-formed text: names and the spans of tags.
    fn by_quick_xml(text: &str) -> Vec<(String, usize, usize)> {
        let mut reader = Reader::from_str(text);
        let mut starts = Vec::new();
        let (mut open, mut at) = (Vec::new(), 0);
        loop {
            let event = reader.read_event().unwrap();
            let end = usize::try_from(reader.buffer_position()).unwrap();
            match event {
                Event::Start(start) => {
                    open.push(starts.len());
                    starts.push((start.name().0.to_owned(), at, end));
                }
                Event::Empty(start) => {
                    starts.push((start.name().0.to_owned(), at, end));
                }
                Event::End(_) => starts[open.pop().unwrap()].2 = end,
                Event::Eof => return starts,
                _ => {}
            }
            at = end;
        }
    }

    fn well_formed() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("text &amp; more".to_owned()),
            Just("<!-- <no> -->".to_owned()),
            Just("<![CDATA[<no>]]>".to_owned()),
            Just("<E a='>' b=\"'/\"/>".to_owned()),
            Just("é “quoted”".to_owned()),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            (proptest::collection::vec(inner, 0..4), "[A-C][a-c_]{0,3}", "( [a-c]=\"[ -!#-%'-;=?-~]{0,5}\")?")
                .prop_map(|(inner, name, attributes)| {
                    format!("<{name}{attributes}>{}</{name} >", inner.concat())
                })
        })
    }

    proptest! {
        #[test]
        fn well_formed_text_is_read_as_xml_readers_do(text in well_formed()) {
            let outline = Outline::of(&text);
            let ours: Vec<_> = outline
                .elements()
                .iter()
                .map(|e| (text[e.name.clone()].to_owned(), e.start, e.end))
                .collect();
            prop_assert_eq!(ours, by_quick_xml(&text));
            prop_assert!(outline.strays().is_empty() && outline.stopped().is_none());
        }

        #[test]
        fn no_text_panics_and_spans_stay_inside(text in "[<>/A-C =\"'!?&\\-\\[\\]“é\u{85}]{0,60}") {
            let outline = Outline::of(&text);
            for element in outline.elements() {
                prop_assert!(text.get(element.content.clone()).is_some());
                prop_assert!(text.get(element.span()).is_some());
                for attribute in outline.attributes(element) {
                    prop_assert!(text.get(attribute.span()).is_some());
                    prop_assert!(text.get(attribute.value.clone()).is_some());
                }
            }
        }
    }
}
