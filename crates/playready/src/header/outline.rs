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

use super::attribute::{self, Attribute};
use core::ops::Range;
use quick_xml::Reader;
use quick_xml::events::Event;

/// More elements than any header of 64 KiB has.
const MAX_ELEMENTS: usize = 16 * 1024;
/// More levels than any header means.
const MAX_DEPTH: usize = 64;

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
    /// Where reading stopped, if not at the end.
    stopped: Option<usize>,
}

impl Outline {
    pub(crate) fn of(text: &str) -> Self {
        let mut outline = Self::default();
        let mut open: Vec<usize> = Vec::new();
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            let start = position(&reader);
            let event = reader.read_event();
            let end = position(&reader);
            match event {
                Ok(Event::Start(_)) => {
                    let index = outline.push(text, start..end, open.last().copied(), Closed::Not);
                    open.push(index);
                }
                Ok(Event::Empty(_)) => {
                    outline.push(text, start..end, open.last().copied(), Closed::BySlash);
                }
                Ok(Event::End(_)) => outline.close(text, start..end, &mut open),
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(_) => {
                    outline.stopped = Some(usize::try_from(reader.error_position()).unwrap_or(start));
                    break;
                }
            }
            if open.len() > MAX_DEPTH || outline.elements.len() >= MAX_ELEMENTS {
                outline.stopped = Some(end);
                break;
            }
        }
        for index in open {
            if let Some(element) = outline.elements.get_mut(index) {
                element.content.end = text.len();
                element.end = text.len();
            }
        }
        outline
    }

    fn push(&mut self, text: &str, tag: Range<usize>, parent: Option<usize>, closed: Closed) -> usize {
        let name_start = tag.start.saturating_add(1);
        let inside = text.get(name_start..tag.end).unwrap_or_default();
        let name_len = inside
            .find(|c: char| c.is_whitespace() || c == '>' || (c == '/' && closed == Closed::BySlash))
            .unwrap_or(inside.len());
        let name = name_start..name_start.saturating_add(name_len);
        let tail = if closed == Closed::BySlash { 2 } else { 1 };
        let first = self.attributes.len();
        let between = name.end..tag.end.saturating_sub(tail).max(name.end);
        attribute::scan(text, between, &mut self.attributes);
        let attributes = first..self.attributes.len();
        let content = tag.end..tag.end;
        self.elements.push(Element {
            name,
            start: tag.start,
            content,
            end: tag.end,
            parent,
            closed,
            attributes,
        });
        self.elements.len().saturating_sub(1)
    }

    fn close(&mut self, text: &str, tag: Range<usize>, open: &mut Vec<usize>) {
        let name = text.get(tag.clone()).unwrap_or_default();
        let name = name.trim_start_matches("</").trim_end_matches('>').trim_end();
        let same = open.iter().rposition(|index| {
            self.elements.get(*index).and_then(|element| text.get(element.name.clone())) == Some(name)
        });
        let Some(depth) = same.or(open.len().checked_sub(1)) else { return };
        for (i, index) in open.drain(depth..).enumerate() {
            let Some(element) = self.elements.get_mut(index) else { continue };
            element.content.end = tag.start;
            if i == 0 {
                element.end = tag.end;
                element.closed = if same.is_some() { Closed::Explicitly } else { Closed::ByOther };
            } else {
                element.end = tag.start;
            }
        }
    }

    pub(crate) fn elements(&self) -> &[Element] {
        &self.elements
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Element> {
        self.elements.get(index)
    }

    pub(crate) fn attributes(&self, element: &Element) -> &[Attribute] {
        self.attributes.get(element.attributes.clone()).unwrap_or_default()
    }

    /// Whether the element or one around it has this local name.
    pub(crate) fn is_within(&self, text: &str, element: &Element, local: &str) -> bool {
        let mut parent = element.parent;
        while let Some(outer) = parent.and_then(|index| self.get(index)) {
            if local_name(text, outer) == local {
                return true;
            }
            parent = outer.parent;
        }
        false
    }

    pub(crate) fn attribute<'t>(&self, text: &'t str, element: &Element, name: &str) -> Option<&'t str> {
        let found = self.attributes(element).iter().find(|a| text.get(a.name.clone()) == Some(name))?;
        text.get(found.value.clone())
    }
}

/// The element's name without its prefix.
pub(crate) fn local_name<'t>(text: &'t str, element: &Element) -> &'t str {
    let name = text.get(element.name.clone()).unwrap_or_default();
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn deep_nesting_ends_the_reading() {
        let deep = "<A>".repeat(10_000);
        assert!(Outline::of(&deep).elements().len() <= MAX_DEPTH + 1);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_spans_stay_inside(text in "[<>/A-C =\"'!?&\\-\\[\\]“é]{0,60}") {
            let outline = Outline::of(&text);
            for element in outline.elements() {
                prop_assert!(text.get(element.content.clone()).is_some());
                prop_assert!(text.get(element.start..element.end).is_some());
            }
        }
    }
}
