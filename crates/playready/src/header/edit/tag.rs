//! Splices of tags: attributes, and elements that have to open for a child.

use crate::header::Header;
use crate::header::escape::{self, unescape};
use crate::header::outline::{Closed, Element, local_name};
use crate::header::text::TextSplice;

/// Something new at a place.
pub(crate) fn insert(at: usize, put: impl Into<String>) -> TextSplice {
    TextSplice { range: at..at, put: put.into() }
}

/// An element taken out, tags and all.
pub(crate) const fn remove(element: &Element) -> TextSplice {
    TextSplice { range: element.span(), put: String::new() }
}

impl Header<'_> {
    pub(crate) fn name_of(&self, element: &Element) -> &str {
        self.as_str().get(element.name.clone()).unwrap_or_default()
    }

    /// The prefix of an element's name, colon included.
    pub(crate) fn prefix_of(&self, element: &Element) -> &str {
        self.name_of(element).strip_suffix(local_name(self.as_str(), element)).unwrap_or_default()
    }

    /// Puts something in front of the element's first child.
    pub(crate) fn insert_first(&self, element: &Element, put: &str) -> TextSplice {
        if element.closed == Closed::BySlash {
            return self.opened(element, put);
        }
        insert(element.content.start, put)
    }

    /// Puts something behind the element's last child.
    pub(crate) fn insert_last(&self, element: &Element, put: &str) -> TextSplice {
        if element.closed == Closed::BySlash {
            return self.opened(element, put);
        }
        insert(element.content.end, put)
    }

    /// `<A b="c"/>` becomes `<A b="c">…</A>`.
    fn opened(&self, element: &Element, content: &str) -> TextSplice {
        let text = self.as_str();
        let open = text.get(element.span()).unwrap_or_default().trim_end_matches("/>").trim_end();
        let put = format!("{open}>{content}</{}>", self.name_of(element));
        TextSplice { range: element.span(), put }
    }

    /// Makes the element's text say something.
    pub(crate) fn set_text(&self, element: &Element, value: &str) -> Option<TextSplice> {
        let raw = self.as_str().get(element.content.clone()).unwrap_or_default();
        if element.closed == Closed::BySlash {
            return Some(self.opened(element, &escape::escape(value)));
        }
        if unescape(raw).trim() == value {
            return None;
        }
        Some(TextSplice { range: element.content.clone(), put: escape::escape(value).into_owned() })
    }

    /// Makes an attribute say something. A new one stands where alphabetical order wants it (PRH spec 3.2.5).
    pub(crate) fn set_attribute(&self, element: &Element, name: &str, value: &str) -> Option<TextSplice> {
        let text = self.as_str();
        let written = format!("{name}=\"{}\"", escape::attribute(value));
        if let Some(found) = self.outline.find_attribute(text, element, name) {
            let is_straight = found.closed && matches!(found.quote, Some('"' | '\''));
            let raw = text.get(found.value.clone()).unwrap_or_default();
            if is_straight && unescape(raw) == value {
                return None;
            }
            if is_straight && !value.contains('\'') {
                let put = escape::attribute(value).into_owned();
                return Some(TextSplice { range: found.value.clone(), put });
            }
            return Some(TextSplice { range: found.span(), put: written });
        }
        let attributes = self.outline.attributes(element);
        let comes_later = |other: &str| other > name && other != "xmlns" && !other.starts_with("xmlns:");
        let next =
            attributes.iter().find(|other| comes_later(text.get(other.name.clone()).unwrap_or_default()));
        Some(match (next, attributes.last()) {
            (Some(next), _) => insert(next.name.start, format!("{written} ")),
            (None, Some(last)) => insert(last.end, format!(" {written}")),
            (None, None) => insert(element.name.end, format!(" {written}")),
        })
    }

    /// Takes an attribute out, with the white space in front of it.
    pub(crate) fn remove_attribute(&self, element: &Element, name: &str) -> Option<TextSplice> {
        let text = self.as_str();
        let attributes = self.outline.attributes(element);
        let at = attributes.iter().position(|found| text.get(found.name.clone()) == Some(name))?;
        let before = at.checked_sub(1).and_then(|i| attributes.get(i)).map_or(element.name.end, |a| a.end);
        let end = attributes.get(at)?.end;
        Some(TextSplice { range: before..end, put: String::new() })
    }
}
