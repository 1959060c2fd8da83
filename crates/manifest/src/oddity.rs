//! What is wrong with a document that can be read all the same.

use crate::limits::MAX_ODDITIES;
use crate::path::paths;
use crate::text::{Position, Text};
use core::fmt;

/// Something odd, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Oddity {
    /// What.
    pub kind: OddityKind,
    /// Byte of the document.
    pub offset: u64,
    /// Line and column.
    pub position: Position,
    /// The element or line around it; `/` where there is none.
    pub path: String,
}

/// What is odd.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum OddityKind {
    /// A tag without `>`, or a `<` that begins none.
    Tag,
    /// An element, comment or CDATA section that nothing closes.
    Unclosed(String),
    /// An end tag that closes nothing, or something else.
    Unmatched(String),
    /// An attribute with typographic quotes, a missing quote, or none.
    Quotes(String),
    /// A prefix that no `xmlns` declares.
    Prefix(String),
    /// An element without the namespace that it needs.
    Namespace(String),
    /// A second root element, or text outside the root.
    Roots,
    /// No root element of the kind: a piece of a document.
    Fragment(String),
    /// Bytes that are no text of the document's encoding.
    Encoding,
    /// The XML declaration names another encoding than the bytes have.
    Declaration(String),
    /// A document type declaration; it defines nothing.
    DocumentType,
    /// Base64 that cannot be read.
    Base64(String),
    /// A key id that is none, or is written oddly.
    KeyId(String),
    /// A SystemID that is none.
    SystemId(String),
    /// A SystemID that is the scheme of a descriptor without what makes it a URN.
    Scheme(String),
    /// PlayReady's SystemID with swapped bytes.
    SwappedSystemId,
    /// A box of another system than the element around it says.
    System(String),
    /// A box where an object is due, or the reverse.
    Shape(&'static str),
    /// A line or an attribute of a playlist that cannot be read.
    Line(String),
    /// A key format that is no name of one.
    KeyFormat(String),
    /// A byte range that cannot be read.
    Range(String),
    /// A reference that is not followed.
    Reference(String),
    /// An object where no reader looks for one.
    Hidden(&'static str),
    /// A reference to a descriptor or a set of the document that is not there.
    Dangling(String),
}

impl OddityKind {
    /// The number of the rule.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Tag | Self::Unclosed(_) | Self::Unmatched(_) => "MAN-01",
            Self::Quotes(_) => "MAN-02",
            Self::Prefix(_) | Self::Namespace(_) => "MAN-03",
            Self::Roots | Self::Fragment(_) => "MAN-04",
            Self::Encoding | Self::Declaration(_) => "MAN-05",
            Self::DocumentType => "MAN-06",
            Self::Base64(_) => "MAN-07",
            Self::KeyId(_) => "MAN-08",
            Self::SystemId(_)
            | Self::Scheme(_)
            | Self::SwappedSystemId
            | Self::System(_)
            | Self::KeyFormat(_) => "MAN-09",
            Self::Shape(_) => "MAN-10",
            Self::Line(_) => "MAN-11",
            Self::Range(_) => "MAN-12",
            Self::Reference(_) => "MAN-13",
            Self::Hidden(_) => "MAN-14",
            Self::Dangling(_) => "MAN-15",
        }
    }
}

impl fmt::Display for OddityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag => f.write_str("a < begins no tag, or a tag does not end"),
            Self::Unclosed(what) => write!(f, "{what} is not closed"),
            Self::Unmatched(name) => write!(f, "the end tag {name} closes nothing of that name"),
            Self::Quotes(name) => write!(f, "the value of {name} is not between two straight quotes"),
            Self::Prefix(prefix) => write!(f, "the prefix {prefix} is not declared"),
            Self::Namespace(name) => write!(f, "{name} is not in its namespace"),
            Self::Roots => f.write_str("an element stands beside the root element"),
            Self::Fragment(name) => write!(f, "a piece of a document: it begins with {name}"),
            Self::Encoding => f.write_str("some bytes are no text in the document's encoding"),
            Self::Declaration(name) => write!(f, "the encoding is declared as {name} and is another one"),
            Self::DocumentType => f.write_str("a document type declaration, which is ignored"),
            Self::KeyId(text) => write!(f, "{text:?} is not written as a key id"),
            Self::SystemId(text) => write!(f, "{text:?} is no SystemID"),
            Self::Scheme(text) => {
                write!(
                    f,
                    "schemeIdUri is {text:?}, a SystemID without urn:uuid: in front, which players look for"
                )
            }
            Self::SwappedSystemId => f.write_str(
                "the SystemID of PlayReady has swapped bytes, as in HbbTV 1.5 and the first DASH mapping",
            ),
            Self::System(what) => {
                write!(f, "the box is one of {what}, the element around it says another system")
            }
            Self::Shape(what) => f.write_str(what),
            Self::Hidden(what) => {
                write!(f, "{what} is where no specification puts one; players do not read it")
            }
            Self::Base64(why)
            | Self::Line(why)
            | Self::KeyFormat(why)
            | Self::Range(why)
            | Self::Reference(why)
            | Self::Dangling(why) => f.write_str(why),
        }
    }
}

/// A bounded list, by offset in the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oddities {
    found: Vec<(usize, OddityKind)>,
}

impl Oddities {
    pub(crate) const fn new() -> Self {
        Self { found: Vec::new() }
    }

    pub(crate) fn add(&mut self, kind: OddityKind, at: usize) {
        if self.found.len() < MAX_ODDITIES {
            self.found.push((at, kind));
        }
    }

    pub(crate) fn into_found(mut self) -> Vec<(usize, OddityKind)> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found
    }

    /// With their places in a document.
    pub(crate) fn in_text(mut self, text: &Text) -> Vec<Oddity> {
        self.found.sort_by_key(|(at, _)| *at);
        let places: Vec<usize> = self.found.iter().map(|(at, _)| *at).collect();
        let found = self.found.into_iter().zip(paths(text, &places));
        let place =
            |((at, kind), path)| Oddity { kind, offset: text.raw(at), position: text.position(at), path };
        found.map(place).collect()
    }
}
