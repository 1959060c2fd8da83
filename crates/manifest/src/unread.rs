//! What a document holds of protection that is no object: it cannot be read, or not be followed.
//!
//! ```text
//!   #EXT-X-KEY:…,KEYFORMAT="com.microsoft.playready",URI="https://…"     the object is elsewhere
//! ```
//!
//! An edit does not change it, and whoever edits has to know that.

use crate::text::Position;
use core::fmt;
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
}

/// Why something was not read.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UnreadKind {
    /// The object is at an address, and not in the document.
    Address(String),
    /// Base64 of elements or lines that cannot be read.
    Base64(String),
    /// A variable whose value is not in the document.
    Variable(String),
}

impl fmt::Display for UnreadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64(why) | Self::Variable(why) => f.write_str(why),
            Self::Address(uri) => {
                write!(f, "the PlayReady Object is not in the document but at {uri:?}, which is not read")
            }
        }
    }
}
