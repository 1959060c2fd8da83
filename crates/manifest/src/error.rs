//! What makes a document unreadable or an edit impossible, and where.

use crate::limits;
use crate::text::Position;
use core::fmt;
use prkit_playready::{Overridable, Override};

/// The result of reading or editing.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong, and where in the document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    kind: ErrorKind,
    at: Option<Position>,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Longer than any manifest. Most likely no manifest.
    #[error("the document has {len} bytes; at most {} are read", limits::MAX_LEN)]
    TooLong {
        /// Bytes it has.
        len: u64,
    },
    /// Made to exhaust readers, or far from anything in use.
    #[error("more than {limit} {what}")]
    Limit {
        /// What there are too many of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A document type declaration that could define or load something.
    #[error(
        "a document type declaration that defines or loads something is not read: entities are never expanded"
    )]
    DocumentType,
    /// Nothing in it is an element, or a tag of a playlist.
    #[error("there is no element in it")]
    NoElement,
    /// An edit that the document has no place for.
    #[error("{0}")]
    NoPlace(String),
    /// Nothing could play what stays encrypted.
    #[error("without this {what} no DRM system could play what is encrypted there")]
    LastSystem {
        /// What would be removed.
        what: &'static str,
    },
    /// A playlist whose segments are not encrypted.
    #[error("the playlist has no key line, so its segments are not encrypted")]
    Unencrypted,
    /// A signature that an edit would break.
    #[error("the document is signed (XML Signature), and an edit breaks the signature")]
    Signed,
    /// There is a PlayReady descriptor already.
    #[error("{0}")]
    Exists(String),
    /// Two edits of the same text, or an object that does not exist.
    #[error("{0}")]
    Request(String),
    /// An object that cannot be made.
    #[error(transparent)]
    Object(#[from] prkit_playready::Error),
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self { kind, at: None }
    }

    pub(crate) const fn at(kind: ErrorKind, position: Position) -> Self {
        Self { kind, at: Some(position) }
    }

    pub(crate) const fn limit(what: &'static str, limit: usize) -> Self {
        Self::new(ErrorKind::Limit { what, limit })
    }

    /// What is wrong.
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Where, as far as there is a place.
    pub const fn position(&self) -> Option<Position> {
        self.at
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if let Some(position) = self.at {
            write!(f, " at {position}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Error {}

impl Overridable for Error {
    fn overridden_by(&self) -> Option<Override> {
        match &self.kind {
            ErrorKind::LastSystem { .. } => Some(Override::LastSystem),
            ErrorKind::Unencrypted => Some(Override::Unencrypted),
            ErrorKind::Signed => Some(Override::Signature),
            ErrorKind::Object(error) => error.overridden_by(),
            _ => None,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<prkit_playready::Error> for Error {
    fn from(error: prkit_playready::Error) -> Self {
        Self::new(ErrorKind::Object(error))
    }
}
