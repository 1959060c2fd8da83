//! Why inputs cannot be found.

use std::io;
use std::path::PathBuf;

/// Why inputs cannot be found. No message repeats a name that may be a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputsError {
    /// The name of no file, which may be a key that was to be part of something else.
    #[error("input {number} is no file, and looks like a key, so it is not repeated here")]
    KeyLike {
        /// Which one, from 1.
        number: usize,
    },
    /// The same in a list.
    #[error("there is no such file")]
    KeyInList,
    /// An address, and nothing that reaches it.
    #[error("addresses are not read")]
    NoReach {
        /// It, without what may be secret.
        address: String,
    },
    /// A pattern for names.
    #[error(transparent)]
    Pattern(#[from] globset::Error),
    /// A list cannot be opened.
    #[error("cannot read the list {}: {source}", crate::shown(path))]
    OpenList {
        /// Its path.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A list is a folder.
    #[error("cannot read the list {}: it is a folder", crate::shown(path))]
    ListIsFolder {
        /// Its path.
        path: PathBuf,
    },
    /// A list cannot be read any further.
    #[error("cannot read the list: {0}")]
    List(#[source] io::Error),
    /// A folder cannot be walked.
    #[error("{}", walked(_0))]
    Walk(#[source] walkdir::Error),
}

/// The path is that of the input.
fn walked(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), ToString::to_string)
}
