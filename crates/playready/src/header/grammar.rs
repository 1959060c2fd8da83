//! What is located where, how often, with what in it: the tables of PRH spec 3.3.3, 3.4.3, 3.5.2 and 3.6.2 as one.
//!
//! ```text
//!                      4.0                 4.1                4.2, 4.3
//!   DATA               1    WRMHEADER      0–1  WRMHEADER     0–1  WRMHEADER
//!   PROTECTINFO        1    DATA           0–1  DATA          0–1  DATA
//!   KIDS                                                      0–1  PROTECTINFO
//!   KID                1    DATA           0–1  PROTECTINFO   1–n  KIDS
//!   KEYLEN, ALGID      1    PROTECTINFO
//!   CHECKSUM           0–1  DATA
//!   LA_URL …           0–1  DATA           0–1  DATA          0–1  DATA
//!   DECRYPTORSETUP                         0–1  DATA          0–1  DATA
//! ```
//!
//! Reading, straightening, checking and converting ask this table and have none of their own.

use Count::{AtMostOne, Many, One};

/// How often an element is in its parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Count {
    /// Exactly once.
    One,
    /// Once or not at all.
    AtMostOne,
    /// Once or more where its parent is.
    Many,
}

/// What an element contains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    /// Other elements, and no text.
    Elements,
    /// A value.
    Value,
    /// Nothing: "its data value must be empty".
    Nothing,
    /// XML of the service's own.
    Service,
}

/// Where a version has an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// The element around it; empty for the root.
    pub(crate) parent: &'static str,
    pub(crate) count: Count,
    pub(crate) content: Content,
    /// "Its data value must not be empty."
    pub(crate) must_say: bool,
}

/// An element, and its place in 4.0, 4.1, 4.2 and 4.3.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    places: [Option<Place>; 4],
}

/// Whether a version has an attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Presence {
    Never,
    Optional,
    Required,
}

/// An attribute, and its presence in 4.0, 4.1, 4.2 and 4.3.
#[derive(Debug)]
pub(crate) struct AttributeEntry {
    pub(crate) element: &'static str,
    pub(crate) name: &'static str,
    presence: [Presence; 4],
}

const fn container(parent: &'static str, count: Count) -> Place {
    Place { parent, count, content: Content::Elements, must_say: false }
}

const fn value(parent: &'static str, count: Count) -> Place {
    Place { parent, count, content: Content::Value, must_say: true }
}

/// The table of 4.0 does not say that these must not be empty.
const fn unsaid(parent: &'static str, content: Content) -> Place {
    Place { parent, count: AtMostOne, content, must_say: false }
}

const fn nothing(parent: &'static str, count: Count) -> Place {
    Place { parent, count, content: Content::Nothing, must_say: false }
}

const fn service(parent: &'static str) -> Place {
    Place { parent, count: AtMostOne, content: Content::Service, must_say: true }
}

const FIELD: [Option<Place>; 4] = [
    Some(unsaid("DATA", Content::Value)),
    Some(value("DATA", AtMostOne)),
    Some(value("DATA", AtMostOne)),
    Some(value("DATA", AtMostOne)),
];

/// How many elements there are.
pub(crate) const NAMES: usize = 13;

/// The children of `DATA` are in the order of the specification's listings.
pub(crate) static TABLE: [Entry; NAMES] = [
    Entry { name: "WRMHEADER", places: [Some(container("", One)); 4] },
    Entry {
        name: "DATA",
        places: [
            Some(container("WRMHEADER", One)),
            Some(container("WRMHEADER", AtMostOne)),
            Some(container("WRMHEADER", AtMostOne)),
            Some(container("WRMHEADER", AtMostOne)),
        ],
    },
    Entry {
        name: "PROTECTINFO",
        places: [
            Some(container("DATA", One)),
            Some(container("DATA", AtMostOne)),
            Some(container("DATA", AtMostOne)),
            Some(container("DATA", AtMostOne)),
        ],
    },
    Entry { name: "KEYLEN", places: [Some(value("PROTECTINFO", One)), None, None, None] },
    Entry { name: "ALGID", places: [Some(value("PROTECTINFO", One)), None, None, None] },
    Entry {
        name: "KIDS",
        places: [
            None,
            None,
            Some(container("PROTECTINFO", AtMostOne)),
            Some(container("PROTECTINFO", AtMostOne)),
        ],
    },
    Entry {
        name: "KID",
        places: [
            Some(value("DATA", One)),
            Some(nothing("PROTECTINFO", AtMostOne)),
            Some(nothing("KIDS", Many)),
            Some(nothing("KIDS", Many)),
        ],
    },
    Entry { name: "CHECKSUM", places: [Some(value("DATA", AtMostOne)), None, None, None] },
    Entry { name: "LA_URL", places: FIELD },
    Entry { name: "LUI_URL", places: FIELD },
    Entry { name: "DS_ID", places: FIELD },
    Entry {
        name: "CUSTOMATTRIBUTES",
        places: [
            Some(unsaid("DATA", Content::Service)),
            Some(service("DATA")),
            Some(service("DATA")),
            Some(service("DATA")),
        ],
    },
    Entry {
        name: "DECRYPTORSETUP",
        places: [
            None,
            Some(value("DATA", AtMostOne)),
            Some(value("DATA", AtMostOne)),
            Some(value("DATA", AtMostOne)),
        ],
    },
];

pub(crate) static ATTRIBUTES: [AttributeEntry; 5] = {
    use Presence::{Never, Optional, Required};
    [
        AttributeEntry { element: "WRMHEADER", name: "version", presence: [Required; 4] },
        // The text of 2021 only.
        AttributeEntry {
            element: "PROTECTINFO",
            name: "LICENSEREQUESTED",
            presence: [Never, Never, Never, Optional],
        },
        AttributeEntry { element: "KID", name: "ALGID", presence: [Never, Required, Required, Optional] },
        AttributeEntry { element: "KID", name: "CHECKSUM", presence: [Never, Optional, Optional, Optional] },
        AttributeEntry { element: "KID", name: "VALUE", presence: [Never, Required, Required, Required] },
    ]
};

impl Entry {
    /// Its place in a version; `None` where the version does not have it.
    pub(crate) fn place(&self, level: u8) -> Option<Place> {
        self.places.get(usize::from(level)).copied().flatten()
    }

    /// Its place in the versions that have it, lowest first.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        self.places.into_iter().flatten()
    }
}

impl AttributeEntry {
    pub(crate) fn presence(&self, level: u8) -> Presence {
        self.presence.get(usize::from(level)).copied().unwrap_or(Presence::Never)
    }
}

/// The element of a name.
pub(crate) fn entry(name: &str) -> Option<&'static Entry> {
    TABLE.get(position(name)?)
}

/// Where in the table the element of a name is.
pub(crate) fn position(name: &str) -> Option<usize> {
    // Most names differ in their length or their first letter already, which is told without a call.
    let first = name.as_bytes().first();
    TABLE.iter().position(|entry| {
        entry.name.len() == name.len() && entry.name.as_bytes().first() == first && entry.name == name
    })
}

/// The attributes that any version has at an element.
pub(crate) fn attributes_of(element: &str) -> impl Iterator<Item = &'static AttributeEntry> {
    ATTRIBUTES.iter().filter(move |attribute| attribute.element == element)
}

/// The elements that stand before another one in the listings of the specification.
pub(crate) fn before(name: &str) -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|entry| entry.name).take_while(move |other| *other != name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_located_in_one_that_its_version_has_and_that_contains_elements() {
        for entry in &TABLE {
            for level in 0..4 {
                let Some(place) = entry.place(level).filter(|place| !place.parent.is_empty()) else {
                    continue;
                };
                let parent = super::entry(place.parent).and_then(|parent| parent.place(level)).unwrap();
                assert_eq!(parent.content, Content::Elements, "{} in version {level}", entry.name);
            }
        }
    }

    #[test]
    fn what_4_0_has_in_elements_later_versions_have_in_attributes() {
        for level in 1..4 {
            for name in ["ALGID", "CHECKSUM"] {
                assert_eq!(entry(name).unwrap().place(level), None);
                let attribute = attributes_of("KID").find(|attribute| attribute.name == name).unwrap();
                assert_ne!(attribute.presence(level), Presence::Never);
                assert_eq!(attribute.presence(0), Presence::Never);
            }
        }
    }
}
