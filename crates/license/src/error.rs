//! What can be wrong with a license, a query or a policy.

use crate::ObjectType;
use core::fmt;

/// The result of reading.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    kind: ErrorKind,
    offset: Option<usize>,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Fewer bytes than the smallest license has.
    #[error("{actual} bytes are too short for a license, which has at least 32")]
    Short {
        /// Bytes there are.
        actual: usize,
    },
    /// Something else than a license.
    #[error("a license begins with XMR and a zero byte, not with {found}")]
    Magic {
        /// The first four bytes in hex.
        found: String,
    },
    /// The header is not followed by the container that holds everything.
    #[error("the license header is followed by object type {found} instead of OuterContainer (0x0001)")]
    NoOuter {
        /// What follows.
        found: ObjectType,
    },
    /// The outer container says it is no container.
    #[error("OuterContainer does not have the container flag: flags are {flags:#06x}")]
    OuterNoContainer {
        /// The flags.
        flags: u16,
    },
    /// Bytes at the end of a container that are too few for an object.
    #[error("{left} bytes at the end of {parent} are too few for an object, which has at least 8")]
    Leftover {
        /// Bytes left.
        left: usize,
        /// The container.
        parent: ObjectType,
    },
    /// An object shorter than its own header: a reader would never advance.
    #[error("object {kind} says it has {len} bytes, which is less than its header of 8")]
    ObjectShort {
        /// The object's type.
        kind: ObjectType,
        /// The length it gives.
        len: u32,
    },
    /// An object longer than what it stands in.
    #[error("object {kind} says it has {len} bytes, and {left} are left in {parent}")]
    PastParent {
        /// The object's type.
        kind: ObjectType,
        /// The length it gives.
        len: u32,
        /// Bytes left in the container.
        left: usize,
        /// The container, or the license itself.
        parent: String,
    },
    /// Containers in containers in containers.
    #[error("containers are nested more than {max} deep")]
    Depth {
        /// The limit.
        max: usize,
    },
    /// More objects than any license has.
    #[error("the license has more than {max} objects")]
    Count {
        /// The limit.
        max: usize,
    },
    /// Text that is no time.
    #[error(
        "{text:?} is no time: expected 2018-01-05T19:55:00Z, 2018-01-05, 20180105, 20180105195500 or seconds since 1970"
    )]
    Time {
        /// What was given.
        text: String,
    },
    /// Text that is no period.
    #[error("{text:?} is no period: expected seconds, or a number with a unit such as 48h, 30d, 1mo")]
    Period {
        /// What was given.
        text: String,
    },
    /// Text that is no GUID.
    #[error("{text:?} is no GUID: expected 00112233-4455-6677-8899-aabbccddeeff")]
    Guid {
        /// What was given.
        text: String,
    },
    /// A query that cannot be taken apart.
    #[error("{0}")]
    Query(String),
    /// A policy or scenario that cannot be read.
    #[error("{0}")]
    Json(String),
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind) -> Self {
        Self { kind, offset: None }
    }

    pub(crate) const fn at(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset: Some(offset) }
    }

    /// A policy or scenario that cannot be read.
    pub(crate) const fn policy(message: String) -> Self {
        Self::new(ErrorKind::Json(message))
    }

    /// What is wrong.
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Where, from the start of the license or of the text.
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
