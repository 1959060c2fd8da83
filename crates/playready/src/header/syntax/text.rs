//! Text between tags: escapes, comments, white space.

use super::{Checker, FaultKind, Scope};
use crate::header::escape::{self, Ends, SPACE};
use crate::header::grammar::{self, Content};
use crate::header::outline::{Element, local_name};
use crate::header::text::TextSplice;
use core::ops::Range;
use std::borrow::Cow;
use std::sync::Arc;

impl Checker<'_> {
    pub(super) fn gap(&mut self, span: Range<usize>, parent: Option<usize>) {
        let raw = self.get(span.clone());
        let parent = parent.and_then(|index| Some((index, self.outline.get(index)?)));
        let role = self.role(parent);
        self.references(raw, span.start);
        let text = straight_text(raw);
        let put = match role {
            Role::Outside => "",
            Role::Container | Role::Leaf => text.trim_matches(SPACE),
            Role::Service => &text,
        };
        if role == Role::Container && !put.is_empty() {
            self.loose_text(raw, &span, put);
        }
        if put == raw {
            return;
        }
        let fix = TextSplice { range: span.clone(), put: put.to_owned() };
        if role == Role::Outside {
            self.outside(raw, &span, fix);
            return;
        }
        let before = self.found.len();
        self.characters(raw, &span, &fix);
        if let Some(offset) = raw.find('\r') {
            let start = span.start.saturating_add(offset);
            let message = "a carriage return, which canonical XML does not have";
            self.add(FaultKind::NotCanonical, message, start..start.saturating_add(1), Some(fix.clone()));
        }
        if put != text {
            let message = match role {
                Role::Container => "white space between elements",
                _ => "white space around the value",
            };
            self.add(FaultKind::Space, message, span.clone(), Some(fix.clone()));
        }
        if self.found.len() == before {
            self.add(FaultKind::NotCanonical, "canonical XML writes this text otherwise", span, Some(fix));
        }
    }

    /// Text where only elements belong. What was meant, nobody knows.
    fn loose_text(&mut self, raw: &str, span: &Range<usize>, said: &str) {
        let start = raw.find(said).unwrap_or(0);
        let len = if raw.contains(said) { said.len() } else { raw.len() };
        let start = span.start.saturating_add(start);
        let message = "text between elements: clients do not read it";
        self.add(FaultKind::LooseText, message, start..start.saturating_add(len), None);
    }

    fn outside(&mut self, raw: &str, span: &Range<usize>, fix: TextSplice) {
        // Zero characters and byte order marks are a matter of the encoding.
        let visible = raw.trim_matches(['\0', '\u{FEFF}']);
        let start = span.start.saturating_add(raw.find(visible).unwrap_or(0));
        let visible_span = start..start.saturating_add(visible.len());
        if visible.trim_matches(SPACE).is_empty() {
            if !visible.is_empty() {
                let message = "white space outside the root element, which canonical XML does not have";
                self.add(FaultKind::NotCanonical, message, visible_span, Some(fix));
            }
        } else if visible.starts_with("<!--") {
            let message = "canonical XML has no comments";
            self.add(FaultKind::NotCanonical, message, visible_span, Some(fix));
        } else {
            let message = "text outside the root element";
            self.add(FaultKind::IllFormed, message, visible_span, Some(fix));
        }
    }

    /// Characters that XML does not have, wherever they are. What was meant, nobody knows. Zeros behind everything pad the
    /// text, and are a matter of the encoding.
    pub(super) fn controls(&mut self) {
        let text = self.text.trim_end_matches('\0');
        let mut last = None;
        for (start, c) in text.char_indices().filter(|(_, c)| !escape::is_char(*c)) {
            let end = start.saturating_add(c.len_utf8());
            // One of a run is enough.
            if last.replace(end) != Some(start) {
                let message = format!("the character U+{:04X}, which XML does not have", u32::from(c));
                self.add(FaultKind::IllFormed, message, start..end, None);
            }
        }
    }

    /// References to characters that XML does not have.
    pub(super) fn references(&mut self, raw: &str, base: usize) {
        for span in escape::forbidden(raw) {
            let reference = raw.get(span.clone()).unwrap_or_default();
            let shown: String = reference.chars().take(24).collect();
            let message = format!("{shown} refers to a character that XML does not have");
            let [start, end] = [span.start, span.end].map(|at| base.saturating_add(at));
            self.add(FaultKind::IllFormed, message, start..end, None);
        }
    }

    fn characters(&mut self, raw: &str, span: &Range<usize>, fix: &TextSplice) {
        let fix = Arc::new(fix.clone());
        let mut at = |kind, message: &str, offset: usize, len: usize| {
            let start = span.start.saturating_add(offset);
            self.add_shared(kind, message, start..start.saturating_add(len), Some(Arc::clone(&fix)));
        };
        // One of each kind is enough: one splice mends them all.
        if let Some(offset) = raw_ampersand(raw) {
            at(FaultKind::IllFormed, "& is written &amp;", offset, 1);
        }
        let mut outside = raw;
        let mut base = 0_usize;
        let mut ends = Ends::default();
        while let Some(open) = outside.find('<') {
            let rest = outside.get(open..).unwrap_or_default();
            let offset = base.saturating_add(open);
            let (kind, message, end) = if rest.starts_with("<!--") {
                (FaultKind::NotCanonical, "canonical XML has no comments", ends.of_section(rest))
            } else if rest.starts_with("<![CDATA[") {
                (FaultKind::NotCanonical, "canonical XML has no CDATA sections", ends.of_section(rest))
            } else {
                (FaultKind::IllFormed, "< in text is written &lt;", None)
            };
            let len = end.unwrap_or(1);
            at(kind, message, offset, len);
            base = offset.saturating_add(len);
            outside = raw.get(base..).unwrap_or_default();
        }
    }

    fn role(&self, parent: Option<(usize, &Element)>) -> Role {
        let Some((index, element)) = parent else {
            return if self.scope == Scope::Header { Role::Outside } else { Role::Service };
        };
        if self.scope == Scope::Fragment || self.outline.is_within(self.text, element, "CUSTOMATTRIBUTES") {
            return Role::Service;
        }
        match local_name(self.text, element) {
            _ if index == 0 => Role::Container,
            name => match grammar::entry(name).and_then(|entry| entry.places().next()) {
                Some(place) if place.content == Content::Elements => Role::Container,
                Some(place) if place.content != Content::Service => Role::Leaf,
                _ => Role::Service,
            },
        }
    }
}

/// What text means where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    /// Outside the root.
    Outside,
    /// Between elements of the specification.
    Container,
    /// A value.
    Leaf,
    /// The service's own: every character counts.
    Service,
}

/// Text as canonical XML writes it.
fn straight_text(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['&', '<', '>', '\r']) {
        return Cow::Borrowed(raw);
    }
    let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(escape::rewritten(&lines, escape::escape))
}

/// An `&` that begins no reference, not even to a character that XML does not have, outside comments and CDATA sections.
pub(super) fn raw_ampersand(raw: &str) -> Option<usize> {
    let mut at = 0;
    let mut ends = Ends::default();
    loop {
        let rest = raw.get(at..)?;
        let offset = rest.find(['&', '<'])?;
        let start = at.saturating_add(offset);
        let found = raw.get(start..)?;
        at = start.saturating_add(match found {
            _ if found.starts_with("<!--") || found.starts_with("<![CDATA[") => {
                ends.of_section(found).unwrap_or(1)
            }
            _ if found.starts_with('<') || escape::is_reference(found) => 1,
            _ => return Some(start),
        });
    }
}
