//! What a document holds of protection that is no object: it cannot be read, or not be followed.
//!
//! ```text
//!   #EXT-X-KEY:…,KEYFORMAT="com.microsoft.playready",URI="https://…"     the object is elsewhere
//! ```
//!
//! An edit does not change it, and whoever edits has to know that.

use crate::found::RefFault;
use crate::text::Position;
use core::fmt;
use core::ops::Range;
use prkit_plan::Span;
use prkit_playready::SystemId;

/// Something of protection that was not read, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// The element or line.
    pub path: String,
    /// Line and column.
    pub position: Position,
    /// Its bytes in the document.
    pub span: Span,
    /// The DRM system it is of, where the document tells.
    pub system: Option<SystemId>,
    /// Why.
    pub why: UnreadKind,
    /// Its range in the text.
    pub(crate) range: Range<usize>,
}

/// What is said of a text in which nothing is found, by whoever says it.
pub(crate) const NOT_UNDERSTOOD: &str = "it is neither empty nor anything that is read there: no object, no box, no element or line of protection";

/// Why something was not read.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UnreadKind {
    /// The object is at an address, and not in the document.
    Address(String),
    /// A descriptor that refers to another one, and that one is not there.
    Reference {
        /// What is referred to.
        id: String,
        /// Why it leads nowhere.
        fault: RefFault,
    },
    /// A set that refers to the descriptors of an `InitializationSet`, and that one is not there.
    InitializationSet(String),
    /// An object, or the text of a header, where no reader looks for one.
    Hidden(&'static str),
    /// A text of PlayReady's in which nothing is found.
    NotUnderstood,
    /// Base64 of elements or lines that cannot be read.
    Base64(String),
    /// A variable whose value is not in the document.
    Variable(String),
}

impl fmt::Display for UnreadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference { id, fault } => write!(f, "ref={id:?}: {fault}"),
            Self::InitializationSet(id) => {
                write!(f, "initializationSetRef names {id}, and there is no InitializationSet of that id")
            }
            Self::Hidden(what) => {
                write!(f, "{what} is where no specification puts one and no player looks for one")
            }
            Self::NotUnderstood => f.write_str(NOT_UNDERSTOOD),
            Self::Base64(why) | Self::Variable(why) => f.write_str(why),
            Self::Address(uri) => {
                write!(f, "the PlayReady Object is not in the document but at {uri:?}, which is not read")
            }
        }
    }
}
