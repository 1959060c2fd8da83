//! What is wrong with a file or a request, where, and in which box.

use crate::path::BoxPath;
use core::fmt;
use prkit_plan::Span;
use prkit_playready::{Overridable, Override};
use std::sync::Arc;

/// The result of reading or planning.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What is wrong, at which byte of the file, in which box.
#[derive(Clone, Debug)]
pub struct Error(Arc<Inner>);

/// Results are small when what went wrong, and where, stands elsewhere.
#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    offset: u64,
    path: BoxPath,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file is broken.
    #[error("box size {size} is smaller than its header of {header} bytes")]
    SmallerThanHeader {
        /// As written.
        size: u64,
        /// Bytes of the header.
        header: u8,
    },
    /// The file is cut, or its container's size is wrong.
    #[error("{code} box of {size} bytes runs past the end of {within} by {past}")]
    PastEnd {
        /// Which box.
        code: String,
        /// As written.
        size: u64,
        /// Its container.
        within: &'static str,
        /// Bytes that are missing.
        past: u64,
    },
    /// Size 0 means "to the end of the file" and is allowed for its last box only.
    #[error("{code} box has size 0, which only the last box of a file may have")]
    ToEndInside {
        /// Which box.
        code: String,
    },
    /// The file ends inside a box header.
    #[error("box header is cut: {left} bytes left of {needed}")]
    HeaderCut {
        /// Bytes there are.
        left: u64,
        /// Bytes it has.
        needed: u8,
    },
    /// The file is made to exhaust readers.
    #[error("containers are nested more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: u8,
    },
    /// A box is shorter than its own fields.
    #[error("{name} box has {actual} bytes of content where at least {needed} are due")]
    Short {
        /// Which box.
        name: &'static str,
        /// Bytes there are.
        actual: u64,
        /// Bytes its fields need.
        needed: u64,
    },
    /// A `pssh` box whose key ids do not fit into it.
    #[error("pssh box claims {count} key ids, which do not fit into its {len} bytes of content")]
    KidsPastEnd {
        /// As written.
        count: u32,
        /// Bytes of content.
        len: usize,
    },
    /// A `pssh` box whose data does not fit into it.
    #[error("pssh box claims {size} bytes of data, only {left} are left")]
    DataPastEnd {
        /// As written.
        size: u32,
        /// Bytes left.
        left: usize,
    },
    /// More than [`Limits`](crate::Limits) allow.
    #[error("more than {limit} {what}: raise the limit if the file is really like this")]
    Limit {
        /// What there are too many of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A plan that puts something else than objects, filler, and the sizes and offsets that follow from them.
    #[error(
        "the plan puts byte {at} of the result, in place of bytes {old}, where there is no object, no filler, and no size or offset that follows from these"
    )]
    Foreign {
        /// The first such byte, in the result.
        at: u64,
        /// What it takes the place of.
        old: Span,
    },
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Read(std::io::Error),
    /// A number that would not fit its field.
    #[error("{name} would have to be {value}, which its {width} bytes cannot say")]
    TooWide {
        /// The structure.
        name: &'static str,
        /// The value.
        value: i128,
        /// Bytes of the field.
        width: u8,
    },
    /// A position that is implied and would have to change.
    #[error("{name} has no field for its position, which would have to change")]
    NoField {
        /// The structure.
        name: &'static str,
    },
    /// Media data where bytes would be changed.
    #[error(
        "{name} says that media data stands at bytes {span}, which the edit would change; the pointer looks stale"
    )]
    InMedia {
        /// The structure that points there.
        name: &'static str,
        /// The data.
        span: Span,
    },
    /// A box nobody knows holds what looks like the position of something that moves.
    #[error(
        "the number at byte {at} looks like the position of what begins at byte {target} and moves; nobody knows this box, and it would not be changed"
    )]
    UnknownPosition {
        /// Where the number is.
        at: u64,
        /// What it says.
        target: u64,
    },
    /// The file is broken; it can be shown, and an edit might make it worse.
    #[error("the file is broken and is not edited: {0}")]
    Broken(String),
    /// A signature covers the bytes of the file.
    #[error("a content credential (C2PA) signs this file, and the edit would break it")]
    Signed,
    /// Samples or items at a data reference of a type that is not known.
    #[error(
        "a data reference of the type {code:?}, which is not known, does not tell whether offsets count in this file"
    )]
    DataReference {
        /// Its type.
        code: String,
    },
    /// Samples or items at a location that ends with the name of this file.
    #[error(
        "a data reference leads to {location:?}, which has the name of this file: whether it is this one, and its offsets have to change, cannot be told"
    )]
    DataLocation {
        /// The location.
        location: String,
    },
    /// A structure of a version that is not known: nobody can tell where its offsets are.
    #[error("{name} box of version {version} is not known, and what it points at would not be followed")]
    UnknownVersion {
        /// Which box.
        name: &'static str,
        /// Its version.
        version: u8,
    },
    /// A structure that cannot be edited around.
    #[error("{0}")]
    Refused(&'static str),
    /// The edit does not fit as asked.
    #[error("{needed} and does not fit as asked ({fit}); the file has {room} bytes of filler")]
    DoesNotFit {
        /// What is needed.
        needed: String,
        /// The last step allowed.
        fit: &'static str,
        /// Bytes of filler.
        room: u64,
    },
    /// It would fit if `free` boxes with content were filler.
    #[error(
        "{needed} and does not fit as asked ({fit}): the free boxes that could give or take them contain something, {content} bytes"
    )]
    SlackContent {
        /// What is needed.
        needed: String,
        /// The last step allowed.
        fit: &'static str,
        /// Bytes of these boxes.
        content: u64,
    },
    /// A plan takes bytes of a `free` box with content for filler.
    #[error("the plan takes bytes of a free box of {len} bytes that contains something")]
    TakesContent {
        /// Bytes of the box.
        len: u64,
    },
    /// Two requests for one box, or one that does not exist.
    #[error("{0}")]
    Request(String),
    /// A plan could not be made.
    #[error(transparent)]
    Plan(prkit_plan::Error),
    /// The written file is not as planned.
    #[error("the result is not as planned: {0}")]
    NotAsPlanned(String),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, offset: u64, path: &BoxPath) -> Self {
        Self(Arc::new(Inner { kind, offset, path: path.clone() }))
    }

    pub(crate) fn in_file(kind: ErrorKind) -> Self {
        Self::new(kind, 0, &BoxPath::file())
    }

    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The byte of the file it is about.
    pub fn offset(&self) -> u64 {
        self.0.offset
    }

    /// The box it is about or in.
    pub fn path(&self) -> &BoxPath {
        &self.0.path
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            kind @ (ErrorKind::Broken(_)
            | ErrorKind::DoesNotFit { .. }
            | ErrorKind::SlackContent { .. }
            | ErrorKind::Request(_)
            | ErrorKind::Plan(_)
            | ErrorKind::Foreign { .. }
            | ErrorKind::NotAsPlanned(_)) => kind.fmt(f),
            kind => write!(f, "{kind} at byte {} in {}", self.offset(), self.path()),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Read(source) => Some(source),
            ErrorKind::Plan(source) => Some(source),
            _ => None,
        }
    }
}

impl Overridable for Error {
    fn overridden_by(&self) -> Option<Override> {
        match self.kind() {
            ErrorKind::InMedia { .. } => Some(Override::Stale),
            ErrorKind::SlackContent { .. } | ErrorKind::TakesContent { .. } => Some(Override::SlackContent),
            ErrorKind::Signed => Some(Override::Signature),
            ErrorKind::UnknownPosition { .. } => Some(Override::UnknownPosition),
            _ => None,
        }
    }
}

impl From<prkit_plan::Error> for Error {
    fn from(error: prkit_plan::Error) -> Self {
        match error {
            prkit_plan::Error::Read { span, source } => {
                Self::new(ErrorKind::Read(source), span.start(), &BoxPath::file())
            }
            other => Self::in_file(ErrorKind::Plan(other)),
        }
    }
}
