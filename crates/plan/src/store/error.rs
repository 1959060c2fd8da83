//! What can go wrong with an asset in its store.

use super::{AssetId, Wrong};
use std::io;

/// What can go wrong with an asset. Whoever asked knows which one it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No asset has that name.
    #[error("no such asset")]
    Missing,
    /// An asset has that name, and is not to be replaced.
    #[error("{0} exists")]
    Exists(AssetId),
    /// Somebody else edits it.
    #[error("another process is editing it; it was left alone")]
    Busy,
    /// This process edits it at the moment, so it is free again soon.
    #[error("this process is editing it")]
    AtWork,
    /// It is no longer what it was when it was opened.
    #[error("it changed since it was read; it was left alone")]
    Changed,
    /// It was opened for reading.
    #[error("it was opened for reading only")]
    ReadOnly,
    /// An edit of it stopped half-way, and [`recover`](super::Store::recover) has to finish it.
    #[error("an edit of it was interrupted: {0}")]
    Interrupted(Wrong),
    /// The result is not as planned; what was there before is still there.
    #[error("the result was not as planned and was not kept: {0}")]
    NotAsPlanned(Wrong),
    /// The store cannot do that.
    #[error("the store has no {0}")]
    Unsupported(&'static str),
    /// It was told to stop; what was there before is still there.
    #[error("cancelled")]
    Cancelled,
    /// A name that leads out of the store.
    #[error("{0} leads out of the store")]
    Outside(AssetId),
    /// The system, or the network, said no.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What was said.
        source: io::Error,
    },
    /// What only this store knows.
    #[error(transparent)]
    Other(Wrong),
}

impl StoreError {
    /// An error of the system while something was being done.
    pub fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}

/// Why no asset of a transaction changed, and which one is to blame.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct NotTogether {
    /// Number of the edit.
    pub member: Option<usize>,
    /// What happened.
    #[source]
    pub error: StoreError,
}
