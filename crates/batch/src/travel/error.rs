//! What can be wrong with a file of plans.

use std::io;
use std::path::PathBuf;

/// What can be wrong with a file of plans. Lines are counted from 1; the head is the first one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TravelError {
    /// The system said no.
    #[error("cannot {doing}: {source}")]
    System {
        /// What was to be done.
        doing: &'static str,
        /// What the system answered.
        source: io::Error,
    },
    /// Its first line is not that of a plan.
    #[error("its first line is not that of a plan")]
    Head,
    /// Of a version that says more than is known here.
    #[error("it was written by a newer version")]
    TooNew,
    /// No end record.
    #[error("its last line is missing: the plan was cut, or its run did not come to its end")]
    NoEnd,
    /// A line is no edit.
    #[error("line {line} is no edit: {why}")]
    Line {
        /// Its number.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// Something is behind the end record.
    #[error("line {line} is behind the end of the plan")]
    Behind {
        /// Its number.
        line: u64,
    },
    /// A name leads out of the root.
    #[error("line {line} names {}, which is not below the root of the plan", crate::shown(path))]
    Outside {
        /// Its number.
        line: u64,
        /// The name.
        path: PathBuf,
    },
    /// A file is not below the root, so it has no name that travels.
    #[error("{} is not below {}, the root of the plan", crate::shown(path), crate::shown(root))]
    NotBelow {
        /// The file.
        path: PathBuf,
        /// The root.
        root: PathBuf,
    },
    /// The root cannot be opened.
    #[error("the root of the plan cannot be opened: {0}")]
    Root(#[source] prkit_apply::Error),
}
