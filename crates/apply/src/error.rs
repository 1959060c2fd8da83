//! What can go wrong with a file.

use crate::in_place::Refusal;
use crate::system;
use crate::trust::Untrusted;
use prkit_plan::Watch;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// The result of an effect.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What can go wrong with a file. The program adds which input it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system said no.
    #[error("cannot {doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else holds the lock.
    #[error("another process is editing the file; it was left alone")]
    Busy,
    /// The file is not the one the plan was made for.
    #[error("the file changed while it was read; it was left alone")]
    Changed,
    /// It was told to stop before anything counted.
    #[error("cancelled; the file was left alone")]
    Cancelled,
    /// The target exists and was not to be replaced.
    #[error("{} exists", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// A link where none is followed.
    #[error("a symbolic link is in its place or on the way to it, and is not followed")]
    Link,
    /// A journal that does not count is about the file.
    #[error("the journal {} {why}", journal.display())]
    Untrusted {
        /// What stands under the name of a journal.
        journal: PathBuf,
        /// Why it does not count.
        why: Untrusted,
    },
    /// It was opened for reading.
    #[error("it was opened for reading only")]
    ReadOnly,
    /// This process is at work on it, under this name or another.
    #[error("it is being edited under another name; it was left alone")]
    AtWork,
    /// What an earlier, interrupted edit left cannot be brought to an end.
    #[error(
        "an interrupted edit of {} cannot be finished: {refusal} (journal {})",
        file.display(),
        journal.display()
    )]
    Unfinished {
        /// The file.
        file: PathBuf,
        /// Its journal.
        journal: PathBuf,
        /// Why not.
        refusal: Refusal,
    },
    /// Somebody else finishes interrupted edits in the same folder, and does not come to an end.
    #[error("another process is recovering files beside it; it was left alone")]
    Recovering,
    /// Other files get its name all the time.
    #[error("the file is replaced again and again; it was left alone")]
    Replaced,
    /// The old file cannot be kept under another name.
    #[error("cannot keep a copy: {0}")]
    Backup(#[source] Box<Self>),
    /// Files are stored into under locks only.
    #[error("storing into a file needs locks, which this file system does not have")]
    NoLocks,
    /// The file system cannot shift what follows the change.
    #[error(
        "the {tail} bytes behind the change would have to be stored again: this file system cannot shift them"
    )]
    LongTail {
        /// Bytes.
        tail: u64,
    },
    /// A new file would be one of the names only.
    #[error(
        "the file has {links} hard links, and the edit needs a new file, which would be one of them only"
    )]
    LinksAnew {
        /// How many.
        links: u64,
    },
    /// What stands in the way of several files.
    #[error(transparent)]
    Shared(Arc<Self>),
    /// Neither a regular file nor a link to one.
    #[error("not a regular file")]
    NotAFile,
    /// The result is not as planned; what was there before is still there.
    #[error("the result was not as planned and was not kept: {0}")]
    NotAsPlanned(Box<dyn core::error::Error + Send + Sync>),
    /// An edit in place stopped half-way; the journal knows how to go on.
    #[error("cannot {doing}: {source}; the edit is half done, and its journal, {}, knows how to finish it", journal.display())]
    Interrupted {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
        /// The journal.
        journal: PathBuf,
    },
    /// An earlier edit stopped half-way.
    #[error("an earlier edit was interrupted: its journal, {}, knows how to finish it or to take it back", journal.display())]
    Pending {
        /// The journal.
        journal: PathBuf,
    },
    /// The file has other names, which would see the edit.
    #[error(
        "the file has {links} hard links: editing in place changes all of them, a new file changes this name only"
    )]
    Links {
        /// How many.
        links: u64,
    },
}

impl Error {
    /// Whether the file system does not have what was asked of it. Nothing was changed, and a new file may do.
    pub fn is_unsupported(&self) -> bool {
        matches!(self, Self::System { source, .. } if system::is_unsupported(source))
    }

    /// The same, unless it failed because it was to be given up: what left the file as it was.
    pub(crate) fn or_cancelled(self, watch: &dyn Watch) -> Self {
        match self {
            Self::System { .. } | Self::NotAsPlanned(_) if watch.is_cancelled() => Self::Cancelled,
            error => error,
        }
    }

    pub(crate) fn system(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { doing, source }
    }
}

/// The same error again, for another file that it is about.
pub(crate) fn copy_of(error: &io::Error) -> io::Error {
    error
        .raw_os_error()
        .map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error)
}
