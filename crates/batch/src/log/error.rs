//! What can be wrong with a log.

use std::io;
use std::path::{Path, PathBuf};

pub(super) type Result<T, E = LogError> = std::result::Result<T, E>;

/// What can be wrong with a log. The path is that of the log, or of a file beside it.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The system said no.
    #[error("{}: cannot {doing}: {source}", shown(path))]
    System {
        /// Of the log, or of a file beside it.
        path: PathBuf,
        /// What was to be done.
        doing: &'static str,
        /// What the system answered.
        source: io::Error,
    },
    /// It cannot be trusted.
    #[error("{} {why}", shown(path))]
    Untrusted {
        /// Of the log, or of a file beside it.
        path: PathBuf,
        /// Why.
        why: Distrust,
    },
    /// A log is not written over: nobody could take its batch back any more.
    #[error("{} exists", shown(path))]
    Exists {
        /// Of the log, or of a file beside it.
        path: PathBuf,
    },
    /// A run was killed before it wrote anything, or somebody emptied it.
    #[error("{} is empty, so nothing is known of the files of its run", shown(path))]
    Empty {
        /// Of the log, or of a file beside it.
        path: PathBuf,
    },
    /// Old bytes are in there.
    #[error("{} is left of another run: move it away first", shown(path))]
    Left {
        /// Of the log, or of a file beside it.
        path: PathBuf,
    },
    /// Another process has it.
    #[error("{}: another process is at work with it", shown(path))]
    Busy {
        /// Of the log, or of a file beside it.
        path: PathBuf,
    },
    /// Not written by this program, or changed in its first line.
    #[error("{}: its first line {}, so nothing in it counts", shown(path), if *is_head { "was changed" } else { "is not that of a log" })]
    Head {
        /// Of the log, or of a file beside it.
        path: PathBuf,
        /// It was that of a log.
        is_head: bool,
    },
    /// A line is not as it was written.
    #[error("{}: {damage}", shown(path))]
    Damaged {
        /// Of the log, or of a file beside it.
        path: PathBuf,
        /// What.
        damage: Damage,
    },
    /// It belongs to a run that asked for something else.
    #[error("{} is of a run with other options, or other keys", shown(path))]
    OtherRun {
        /// Of the log, or of a file beside it.
        path: PathBuf,
    },
    /// It is kept in a store, or tells of an object of one, and that cannot be reached.
    #[error("{} cannot be reached: {source}", shown(Path::new(url)))]
    Unreached {
        /// The address.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// The record of an edit that is there says something else than what is to be done.
    #[error("{} is there, and tells of another edit of the same version", shown(path))]
    OtherEdit {
        /// The record.
        path: PathBuf,
    },
    /// Of a version that said too little in it.
    #[error(
        "{} was written by an older version, whose logs do not tell what a run was asked for",
        shown(path)
    )]
    TooOld {
        /// Of the log, or of a file beside it.
        path: PathBuf,
    },
    /// Of a version that says more than is known here.
    #[error("{} was written by a newer version", shown(path))]
    TooNew {
        /// Of the log, or of a file beside it.
        path: PathBuf,
    },
    /// A line whose file nobody can find.
    #[error("a line of the log names no absolute path")]
    Nameless,
    /// What was begun for a file cannot be brought to its end.
    #[error(transparent)]
    Settle(Box<dyn std::error::Error + Send + Sync>),
}

/// Why a file does not count as a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Distrust {
    /// A link leads elsewhere.
    #[error("is a link, and logs are not looked for behind links: name the log itself")]
    Link,
    /// A folder, a pipe, a device.
    #[error("is not a regular file")]
    NotAFile,
    /// Its owner is somebody else.
    #[error(
        "belongs to another user, and what it tells of is not believed: its owner can go on with it or take it back"
    )]
    Owner,
    /// Its group or everybody may write to it.
    #[error("can be written to by others than its owner, and what it tells of is not believed")]
    Mode,
}

/// What is not as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Damage {
    /// A line that does not fit its own checksum, or belongs elsewhere.
    #[error("line {line}, at byte {offset}, was changed or damaged: the file that it tells of is left alone")]
    Line {
        /// The number of the line; the head is 1.
        line: u64,
        /// Where the line begins, in bytes.
        offset: u64,
    },
    /// Lines that are missing in front of one.
    #[error("{count} lines in front of line {line} are missing: the files that they tell of are left alone")]
    Missing {
        /// The number of the line; the head is 1.
        line: u64,
        /// How many.
        count: u64,
    },
    /// A line without its end.
    #[error(
        "line {line}, at byte {offset}, has no end: the log was cut, and files that it told of are left alone"
    )]
    Cut {
        /// The number of the line; the head is 1.
        line: u64,
        /// Where the line begins, in bytes.
        offset: u64,
    },
    /// Lines that a file beside the log has seen in it, and that are not in it.
    #[error(
        "its last {count} lines are missing: the log was cut, and the files that they told of are left alone"
    )]
    Lost {
        /// How many.
        count: u64,
    },
    /// No end record.
    #[error("its end record is missing: the log was cut, and files that it told of are left alone")]
    NoEnd,
}

impl Damage {
    /// Whether it may be that the run was killed.
    pub const fn is_of_the_end(&self) -> bool {
        matches!(self, Self::Cut { .. } | Self::NoEnd)
    }
}

impl LogError {
    pub(super) fn of(path: &Path, doing: &'static str, source: io::Error) -> Self {
        Self::System { path: path.to_owned(), doing, source }
    }

    /// Whether another command line would do: nothing failed.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::System { source, .. } => {
                use io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
                matches!(source.kind(), NotFound | PermissionDenied | IsADirectory | NotADirectory)
            }
            Self::Unreached { source, .. } => {
                matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
            }
            Self::Exists { .. }
            | Self::Empty { .. }
            | Self::Left { .. }
            | Self::Busy { .. }
            | Self::OtherRun { .. }
            | Self::TooOld { .. }
            | Self::TooNew { .. }
            | Self::Untrusted { why: Distrust::Link | Distrust::NotAFile, .. } => true,
            Self::Untrusted { .. }
            | Self::Head { .. }
            | Self::Damaged { .. }
            | Self::Nameless
            | Self::OtherEdit { .. }
            | Self::Settle(_) => false,
        }
    }
}

fn shown(path: &Path) -> String {
    crate::shown(path)
}
