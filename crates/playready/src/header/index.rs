//! The elements of the table, looked up once: a header of thousands of faults asks for them thousands of times.

use super::grammar::{self, NAMES, TABLE};
use super::outline::{Element, Outline, local_name};
use super::{Field, Version, structure};

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

impl Index {
    pub(super) fn of(text: &str, outline: &Outline) -> Self {
        let root = outline.get(0);
        let version = root.and_then(|root| outline.attribute(text, root, "version"));
        let level = version.map_or(0, |version| Version::from_text(&version).level());
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (at, element) in outline.elements().iter().enumerate() {
            let Some(name) = grammar::position(local_name(text, element)) else { continue };
            if !element.is_foreign && !outline.is_within(text, element, Field::CustomAttributes.element()) {
                found.push((name, at));
            }
        }
        // Stable: of one name they stay in document order.
        found.sort_by_key(|(name, _)| *name);
        let mut starts = [found.len(); NAMES + 1];
        for (at, (name, _)) in found.iter().enumerate().rev() {
            // Names without an element begin where the next one does.
            starts.iter_mut().take(name.saturating_add(1)).for_each(|start| *start = at);
        }
        let mut placed = [None; NAMES];
        for (name, at) in &found {
            let is_placed = || {
                let (entry, element) = TABLE.get(*name).zip(outline.get(*at))?;
                structure::is_placed(text, outline, level, element, entry.name).then_some(*at)
            };
            if let Some(first) = placed.get_mut(*name)
                && first.is_none()
            {
                *first = is_placed();
            }
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
