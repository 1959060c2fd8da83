//! Errors of files as errors of a store.

use crate::error::Error;
use crate::flush::Flush;
use prkit_plan::{Durability, StoreError};
use std::io;

/// What a store says of it.
pub(super) fn stored(error: Error) -> StoreError {
    match error {
        Error::Busy => StoreError::Busy,
        Error::Changed => StoreError::Changed,
        Error::Cancelled => StoreError::Cancelled,
        Error::ReadOnly => StoreError::ReadOnly,
        Error::NotAsPlanned(wrong) => StoreError::NotAsPlanned(wrong),
        Error::System { doing, source } => StoreError::Io { doing, source },
        error @ (Error::Interrupted { .. }
        | Error::Pending { .. }
        | Error::Untrusted { .. }
        | Error::Unfinished { .. }) => StoreError::Interrupted(Box::new(error)),
        error => StoreError::Other(Box::new(error)),
    }
}

/// The same of a file that is to be opened, and may not be there.
pub(super) fn unopened(error: Error) -> StoreError {
    match error {
        Error::System { source, .. } if source.kind() == io::ErrorKind::NotFound => StoreError::Missing,
        Error::AtWork => StoreError::AtWork,
        error => stored(error),
    }
}

pub(super) const fn flush_of(durability: Durability) -> Flush {
    match durability {
        Durability::Each => Flush::Each,
        Durability::Group => Flush::Group,
        Durability::None => Flush::None,
    }
}
