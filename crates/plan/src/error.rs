//! What can be wrong with a plan or with reading for one.

use crate::Span;

/// The result of planning.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What can be wrong with a plan or with reading for one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two edits touch the same bytes. The caller's fault: ask for one edit of them.
    #[error("two edits overlap at byte {at}")]
    Overlap {
        /// First byte both touch.
        at: u64,
    },
    /// The replaced bytes do not add up to the new length. A fault of this program.
    #[error("a plan for {expected} bytes makes {actual}")]
    Length {
        /// Length by the moves.
        expected: u64,
        /// Length by the segments.
        actual: u64,
    },
    /// The file could not be read.
    #[error("bytes {span} cannot be read: {source}")]
    Read {
        /// The bytes asked for.
        span: Span,
        /// Why not.
        source: std::io::Error,
    },
    /// A byte that was to be kept is another one.
    #[error("byte {new} of the result differs from byte {old} of the original")]
    Differs {
        /// Offset before the edit.
        old: u64,
        /// Offset after it.
        new: u64,
    },
    /// The result has another length than planned.
    #[error("the result has {actual} bytes instead of {expected}")]
    WrongLength {
        /// As planned.
        expected: u64,
        /// As found.
        actual: u64,
    },
}
