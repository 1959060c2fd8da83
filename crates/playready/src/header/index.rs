//! The elements of the table, looked up once: a header of thousands of faults asks for them thousands of times.

use super::grammar::{self, NAMES, TABLE};
use super::outline::{Element, Outline, local_name};
use super::{Field, Version};

/// Where the elements of each name are.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// Position in the table, position in the outline: by name, then in document order.
    found: Vec<(usize, usize)>,
    /// Where those of each name begin in `found`, and behind the last one.
    starts: [usize; NAMES + 1],
    /// The first one of each name that is where its version has it.
    placed: [Option<usize>; NAMES],
    level: u8,
    is_whole: bool,
}

/// What is known of an element when those inside of it are looked at.
#[derive(Clone, Copy)]
struct Seen {
    /// Its position in the table.
    name: Option<usize>,
    /// Whether it is in `CUSTOMATTRIBUTES`.
    is_service: bool,
    /// Whether it, and all that is around it, is where its version has it.
    is_placed: bool,
}

/// As [`is_placed`](super::structure::is_placed), where the answer for the element around is known.
fn is_placed(name: usize, level: u8, element: &Element, around: Option<Seen>) -> bool {
    let Some(place) = TABLE.get(name).and_then(|entry| entry.place(level)) else { return false };
    if place.parent == "WRMHEADER" {
        return element.parent == Some(0);
    }
    around.is_some_and(|around| {
        let parent = around.name.and_then(|name| TABLE.get(name));
        around.is_placed && parent.is_some_and(|parent| parent.name == place.parent)
    })
}

impl Index {
    pub(super) fn of(text: &str, outline: &Outline) -> Self {
        let root = outline.get(0);
        let version = root.and_then(|root| outline.attribute(text, root, "version"));
        let level = version.map_or(0, |version| Version::from_text(&version).level());
        let mut found: Vec<(usize, usize)> = Vec::with_capacity(outline.elements().len());
        let mut placed = [None; NAMES];
        // What is around an element stands before it.
        let mut seen: Vec<Seen> = Vec::with_capacity(outline.elements().len());
        for (at, element) in outline.elements().iter().enumerate() {
            let around = element.parent.and_then(|parent| seen.get(parent)).copied();
            let name = grammar::position(local_name(text, element));
            let is_service = around.is_some_and(|around| {
                let entry = around.name.and_then(|name| TABLE.get(name));
                let is_custom = entry.is_some_and(|entry| entry.name == Field::CustomAttributes.element());
                around.is_service || is_custom
            });
            let is_placed =
                !element.is_foreign && name.is_some_and(|name| is_placed(name, level, element, around));
            seen.push(Seen { name, is_service, is_placed });
            let Some(name) = name.filter(|_| !element.is_foreign && !is_service) else { continue };
            found.push((name, at));
            if let Some(first) = placed.get_mut(name).filter(|first| is_placed && first.is_none()) {
                *first = Some(at);
            }
        }
        // Stable: of one name they stay in document order.
        found.sort_by_key(|(name, _)| *name);
        let mut starts = [found.len(); NAMES + 1];
        let mut names = 0;
        for (at, (name, _)) in found.iter().enumerate() {
            // Names without an element begin where the next one does.
            let behind = name.saturating_add(1);
            starts.get_mut(names..behind).unwrap_or_default().fill(at);
            names = names.max(behind);
        }
        Self { found, starts, placed, level, is_whole: outline.is_whole() }
    }

    /// The elements of a name of the table, in document order.
    pub(super) fn find(&self, name: &str) -> &[(usize, usize)] {
        let Some(wanted) = grammar::position(name) else { return &[] };
        let start = self.starts.get(wanted).copied().unwrap_or_default();
        let end = self.starts.get(wanted.saturating_add(1)).copied().unwrap_or_default();
        self.found.get(start..end).unwrap_or_default()
    }

    pub(super) fn placed<'o>(&self, outline: &'o Outline, name: &str) -> Option<&'o Element> {
        outline.get(self.placed.get(grammar::position(name)?).copied().flatten()?)
    }

    pub(super) const fn level(&self) -> u8 {
        self.level
    }

    /// Whether every tag has its partner.
    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }
}
