//! Where a header is not what the [table](super::grammar) of its version says.
//!
//! ```text
//!   outline ──▶ misfits ──▶ findings            rules/structure.rs
//!                       └─▶ refused conversions edit/mod.rs: none that the header did not have
//! ```

use super::grammar::{self, Content, Count, Entry, Place, Presence, TABLE};
use super::{Algorithm, Closed, Element, Header, Outline, Version, local_name};
use std::collections::{HashMap, HashSet};

/// One element, or one that is missing, that the version has otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Misfit<'h> {
    /// The element of the table.
    pub(crate) name: &'static str,
    pub(crate) kind: MisfitKind,
    /// The element itself; the one around it, where it is missing.
    pub(crate) element: &'h Element,
    /// The element is a list, and lacks an entry.
    is_list: bool,
}

/// What is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum MisfitKind {
    /// The version needs it, and it is not there.
    Missing,
    /// The version does not have it.
    Unknown,
    /// It is located in another element than this one.
    Misplaced(&'static str),
    /// There is one already, and there may be one.
    Again,
    /// It says nothing.
    Empty,
    /// It has a text, and a value in an attribute.
    Filled,
    /// It has an attribute that the version does not have.
    Attribute(&'static str),
    /// It lacks an attribute that the version needs.
    NoAttribute(&'static str),
    /// Its algorithm is not that of the first key that has one.
    Mixed,
}

impl Misfit<'_> {
    /// Whether the document forbids it, and does not only leave it out.
    pub(crate) fn is_error(&self, level: u8) -> bool {
        match self.kind {
            MisfitKind::Empty => {
                grammar::entry(self.name).and_then(|entry| entry.place(level)).is_some_and(|p| p.must_say)
            }
            MisfitKind::Attribute(_) => self.name == "KID",
            _ => true,
        }
    }

    /// Whether it is a list that lacks an entry.
    pub(crate) fn is_of_list(&self) -> bool {
        self.kind == MisfitKind::Missing && self.is_list
    }

    /// What is wrong, for people.
    pub(crate) fn message(&self, header: &Header<'_>) -> String {
        let name = self.name;
        let version = version_name(header);
        match self.kind {
            MisfitKind::Missing if self.is_of_list() => "KIDS contains no KID".to_owned(),
            MisfitKind::Missing if name == "KID" => {
                format!("a {version} header needs a KID; one without comes with 4.1")
            }
            MisfitKind::Missing => {
                let parent = grammar::entry(name).and_then(|entry| entry.place(header.level()));
                format!(
                    "a {version} header needs {name} in {}",
                    parent.map_or("WRMHEADER", |place| place.parent)
                )
            }
            MisfitKind::Unknown => match (name, grammar::entry(name).and_then(Entry::since)) {
                ("ALGID" | "CHECKSUM", _) => format!("in a {version} header, {name} is an attribute of KID"),
                (_, Some(since)) if since > header.level() => {
                    format!("a {version} header has no {name}: it came with {}", number(since))
                }
                _ => format!("a {version} header has no {name}"),
            },
            MisfitKind::Misplaced("") => {
                let found = parent_name(header, self.element);
                format!("{name} is located in {found}; it is the outermost element, and there is one")
            }
            MisfitKind::Misplaced(parent) => {
                let found = parent_name(header, self.element);
                format!("{name} is located in {found}; in a {version} header it belongs in {parent}")
            }
            MisfitKind::Again if name == "KID" => {
                format!("a {version} header has one KID; several came with 4.2")
            }
            MisfitKind::Again => format!("{name} is there once more; clients differ in which one they take"),
            MisfitKind::Empty => format!("{name} is empty: it needs a value, or has to go"),
            MisfitKind::Filled => "KID has a VALUE and a text; clients of this version read VALUE".to_owned(),
            MisfitKind::Attribute(attribute) if name == "KID" => {
                let element = if attribute == "VALUE" { "its text" } else { "an element of its own" };
                format!("in a {version} header, KID has no attribute {attribute}: that is {element}")
            }
            MisfitKind::Attribute(attribute) => format!("a {version} header has no {attribute} at {name}"),
            MisfitKind::NoAttribute(attribute) => {
                format!("KID of a {version} header has an attribute {attribute}")
            }
            MisfitKind::Mixed => "the keys of the header have several algorithms".to_owned(),
        }
    }
}

impl Entry {
    /// The lowest version that has it.
    fn since(&self) -> Option<u8> {
        (0..4).find(|level| self.place(*level).is_some())
    }
}

fn number(level: u8) -> &'static str {
    ["4.0", "4.1", "4.2", "4.3"].get(usize::from(level)).copied().unwrap_or("4.3")
}

/// The version that a header is read in: one without a number like 4.0.
pub(crate) fn version_name(header: &Header<'_>) -> String {
    header.version().map_or_else(|| Version::V4_0.to_string(), |version| version.to_string())
}

pub(crate) fn parent_name(header: &Header<'_>, element: &Element) -> String {
    let parent = element.parent.and_then(|index| header.outline().get(index));
    parent.map_or_else(|| "no element".to_owned(), |parent| local_name(header.as_str(), parent).to_owned())
}

/// Whether an element of a name, and all that is around it, is where a version has it.
pub(super) fn is_placed(text: &str, outline: &Outline, level: u8, element: &Element, name: &str) -> bool {
    let Some(place) = grammar::entry(name).and_then(|entry| entry.place(level)) else { return false };
    if place.parent == "WRMHEADER" {
        return element.parent == Some(0);
    }
    let around = element.parent.and_then(|index| outline.get(index));
    around.is_some_and(|around| {
        !around.is_foreign
            && local_name(text, around) == place.parent
            && is_placed(text, outline, level, around, place.parent)
    })
}

impl Header<'_> {
    /// Everything that the table of the version has otherwise.
    pub(crate) fn misfits(&self) -> Vec<Misfit<'_>> {
        let mut found = Vec::new();
        let Some(root) = self.outline.get(0) else { return found };
        let level = self.level();
        for entry in &TABLE {
            let elements: Vec<_> = self.find(entry.name).filter(|e| e.start != root.start).collect();
            let Some(place) = entry.place(level) else {
                found.extend(elements.iter().map(|e| misfit(entry, MisfitKind::Unknown, e)));
                continue;
            };
            let parent = if place.parent == "WRMHEADER" { Some(root) } else { self.own(place.parent) };
            // Where even the element around it is missing, that is what is said.
            if let Some(parent) = parent.filter(|_| elements.is_empty() && place.count == Count::One) {
                found.push(misfit(entry, MisfitKind::Missing, parent));
            }
            self.placed_wrongly(entry, place, &elements, &mut found);
            found.extend(elements.iter().filter_map(|element| self.filled_wrongly(entry, place, element)));
        }
        self.attributed_wrongly(level, &mut found);
        found
    }

    fn placed_wrongly<'h>(
        &'h self,
        entry: &'static Entry,
        place: Place,
        elements: &[&'h Element],
        found: &mut Vec<Misfit<'h>>,
    ) {
        let mut has_one = false;
        for element in elements {
            if !self.is_child_of(element, place.parent) {
                found.push(misfit(entry, MisfitKind::Misplaced(place.parent), element));
            } else if core::mem::replace(&mut has_one, true) && place.count != Count::Many {
                found.push(misfit(entry, MisfitKind::Again, element));
            }
        }
        if place.count == Count::Many {
            let parents = elements.iter().filter_map(|element| self.outline.get(element.parent?));
            let filled: HashSet<usize> = parents.map(|parent| parent.start).collect();
            let lists = self.find(place.parent).filter(|list| !filled.contains(&list.start));
            let missing = |list| Misfit { is_list: true, ..misfit(entry, MisfitKind::Missing, list) };
            found.extend(lists.map(missing));
        }
    }

    fn filled_wrongly<'h>(
        &'h self,
        entry: &'static Entry,
        place: Place,
        element: &'h Element,
    ) -> Option<Misfit<'h>> {
        let text = self.as_str();
        let said = text.get(element.content.clone()).unwrap_or_default().trim();
        let has_value = || self.outline.find_attribute(text, element, "VALUE").is_some();
        let kind = match place.content {
            Content::Value if self.text_of(element).is_empty() => MisfitKind::Empty,
            Content::Service if said.is_empty() => MisfitKind::Empty,
            Content::Nothing if !said.is_empty() && has_value() => MisfitKind::Filled,
            _ => return None,
        };
        Some(misfit(entry, kind, element))
    }

    fn attributed_wrongly<'h>(&'h self, level: u8, found: &mut Vec<Misfit<'h>>) {
        let text = self.as_str();
        // The version itself says which table it is.
        for attribute in grammar::ATTRIBUTES.iter().filter(|attribute| attribute.name != "version") {
            let Some(entry) = grammar::entry(attribute.element) else { continue };
            for element in self.find(attribute.element) {
                let is_there = self.outline.find_attribute(text, element, attribute.name).is_some();
                let kind = match (attribute.presence(level), is_there) {
                    (Presence::Never, true) => MisfitKind::Attribute(attribute.name),
                    (Presence::Required, false) => MisfitKind::NoAttribute(attribute.name),
                    _ => continue,
                };
                found.push(misfit(entry, kind, element));
            }
        }
        // "All the ALGID values must be the same" came with AESCBC (PRH spec 3.3.1), and by the text of 2021 all have one.
        let kids = self.all_kids();
        let first = kids.iter().find_map(|kid| kid.algorithm.as_ref());
        let is_other = |algorithm: &Option<Algorithm>| first.is_some() && algorithm.as_ref() != first;
        if let Some(entry) = grammar::entry("KID").filter(|_| level > 2) {
            let others = self.find("KID").zip(&kids).filter(|(_, kid)| is_other(&kid.algorithm));
            found.extend(others.map(|(element, _)| misfit(entry, MisfitKind::Mixed, element)));
        }
    }

    /// Whether the element is directly in one of this name. A root of another name is WRMHEADER misspelt.
    pub(crate) fn is_child_of(&self, element: &Element, parent: &str) -> bool {
        self.outline.is_child_of(self.as_str(), element, parent)
    }

    /// The first element of a name that is where its version has it.
    pub(crate) fn placed(&self, name: &'static str) -> Option<&Element> {
        self.index().placed(&self.outline, name)
    }

    /// Whether an element of a name, and all that is around it, is where its version has it.
    pub(crate) fn is_placed(&self, element: &Element, name: &str) -> bool {
        is_placed(self.as_str(), &self.outline, self.level(), element, name)
    }

    /// The one that counts: where its version has it, else wherever it is.
    pub(crate) fn own(&self, name: &'static str) -> Option<&Element> {
        let mut all = self.find(name);
        let first = all.next()?;
        // One alone counts wherever it is, and most are alone.
        if all.next().is_none() { Some(first) } else { self.placed(name).or(Some(first)) }
    }

    /// Whether every tag of it, and of what is around it, has its partner.
    pub(crate) fn can_take(&self, element: &Element) -> bool {
        self.is_whole() && element.closed == Closed::Explicitly
    }

    /// The first error of this header that the other one does not have.
    pub(crate) fn added_to<'h>(&'h self, before: &Header<'_>) -> Option<Misfit<'h>> {
        let errors = self.errors();
        if errors.is_empty() {
            return None;
        }
        let mut known: HashMap<_, usize> = HashMap::new();
        for misfit in &before.errors() {
            let count = known.entry(misfit.key()).or_default();
            *count = count.saturating_add(1);
        }
        errors.into_iter().find(|misfit| {
            let left = known.get_mut(&misfit.key()).filter(|left| **left > 0);
            left.map(|left| *left = left.saturating_sub(1)).is_none()
        })
    }

    /// The first error of this header of a kind that the other one does not have.
    pub(crate) fn kind_added_to<'h>(&'h self, before: &Header<'_>) -> Option<Misfit<'h>> {
        let errors = self.errors();
        if errors.is_empty() {
            return None;
        }
        let known: HashSet<_> = before.errors().iter().map(Misfit::key).collect();
        errors.into_iter().find(|misfit| !known.contains(&misfit.key()))
    }

    fn errors(&self) -> Vec<Misfit<'_>> {
        let level = self.level();
        self.misfits().into_iter().filter(|misfit| misfit.is_error(level)).collect()
    }
}

impl Misfit<'_> {
    fn key(&self) -> (&'static str, MisfitKind, bool) {
        let kind = match self.kind {
            MisfitKind::Misplaced(_) => MisfitKind::Misplaced(""),
            kind => kind,
        };
        (self.name, kind, self.is_list)
    }
}

const fn misfit<'h>(entry: &'static Entry, kind: MisfitKind, element: &'h Element) -> Misfit<'h> {
    Misfit { name: entry.name, kind, element, is_list: false }
}
