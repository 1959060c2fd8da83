//! What can be wrong with a message.

use core::fmt;

/// The result of reading.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong, and where in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    kind: ErrorKind,
    offset: Option<usize>,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Larger than any message.
    #[error("the message has {len} bytes, more than {max}")]
    TooLong {
        /// Bytes it has.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// Not even a first element.
    #[error("there is no XML element")]
    NoElement,
    /// The XML is broken.
    #[error("the XML is broken: {0}")]
    Xml(String),
    /// A document type definition: entities and files come with it.
    #[error("a document type definition is not read: messages have none")]
    DocType,
    /// An entity that XML does not predefine.
    #[error("the entity &{name}; is not one of the five of XML, and none is expanded")]
    Entity {
        /// Its name, cut.
        name: String,
    },
    /// Elements in elements in elements.
    #[error("elements are nested more than {max} deep")]
    Depth {
        /// The limit.
        max: usize,
    },
    /// More elements than any message has.
    #[error("the message has more than {max} elements")]
    Elements {
        /// The limit.
        max: usize,
    },
    /// More attributes than any element has.
    #[error("an element has more than {max} attributes")]
    Attributes {
        /// The limit.
        max: usize,
    },
    /// More namespaces than any message has.
    #[error("the message has more than {max} namespaces")]
    Namespaces {
        /// The limit.
        max: usize,
    },
    /// A namespace longer than any.
    #[error("a namespace has more than {max} characters")]
    Namespace {
        /// The limit.
        max: usize,
    },
    /// An envelope without a body, or a body without an element.
    #[error("the SOAP envelope has no body with an element in it")]
    NoBody,
    /// Base64 that is none.
    #[error("{what} is no base64: {why}")]
    Base64 {
        /// Whose text it is.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Messages in messages in messages.
    #[error("messages are nested more than {max} deep")]
    Nested {
        /// The limit.
        max: usize,
    },
    /// Text that is no status code.
    #[error("{text:?} is no status code: expected 0x8004C605, 8004C605, -2147170811 or 2147796485")]
    Status {
        /// What was given.
        text: String,
    },
    /// Text that is no version.
    #[error("{text:?} is no PlayReady version: expected one like 2, 2.5 or 4.0")]
    Version {
        /// What was given.
        text: String,
    },
    /// What no clock service is for.
    #[error(
        "{text:?} is no version of PlayReady{why}: expected one of its porting kits, such as 1.2, 2.11, 3.0 or 4.5, or wmdrm7 or wmdrm10"
    )]
    ClockTarget {
        /// What was given.
        text: String,
        /// What it is instead, where that is known.
        why: &'static str,
    },
    /// Nothing of a clock.
    #[error("neither a petition, a challenge nor a response of a clock service")]
    NoClock,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self { kind, offset: None }
    }

    pub(crate) const fn at(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset: Some(offset) }
    }

    /// What is wrong.
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Where, in bytes from the start of the text.
    pub const fn offset(&self) -> Option<usize> {
        self.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match self.offset {
            Some(offset) => write!(f, " at byte {offset}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Error {}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}
