//! Why an operation is not done.

use crate::refused::Refused;
use prkit_playready::{Overridable, Override};

/// Why an operation is not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// It is refused, and somebody may override that.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// What is wrong with the box that an object is in.
    #[error(transparent)]
    BoxFault(crate::ObjectFault),
    /// A URL stands for the one key ID of a header.
    #[error("{} needs a header with exactly one key id, and this one has {count}", crate::KID)]
    KidOfHeader {
        /// Key IDs that it has.
        count: usize,
    },
    /// A license is not taken.
    #[cfg(feature = "files")]
    #[error(transparent)]
    License(super::LicenseError),
    /// There is nothing of that name to recover.
    #[error("there is no such file, and no journal of it")]
    NothingToRecover,
    /// A folder cannot be walked.
    #[cfg(feature = "files")]
    #[error(transparent)]
    Walk(walkdir::Error),
    /// Licenses are added over zeros only.
    #[error("its license store holds bytes that nobody knows; it is left alone")]
    UnknownInStore,
    /// Boxes are taken out of files.
    #[error("the input is the object itself; there is nothing to take it out of")]
    NothingAround,
    /// Boxes are put into files.
    #[error("the input is one object; there is nothing to put a box into")]
    NothingInside,
    /// No filler is as long.
    #[error("the box is too long to become filler")]
    NoFiller,
    /// A file without the container that boxes go into.
    #[error("there is no moov in it")]
    NoMoov,
    /// A manifest names no algorithm to make an object for.
    #[error("a manifest names no algorithm; the key ids have to be named")]
    NoAlgorithm,
    /// A manifest takes one object.
    #[error("a manifest takes one object")]
    OneObject,
    /// A manifest takes PlayReady's.
    #[error("into a manifest goes PlayReady's object only")]
    OtherSystem,
    /// No box holds as much.
    #[error("the object is too long")]
    TooLong,
    /// A box of the same system.
    #[error("a box of that system is there already, at byte {offset} in {path}")]
    Exists {
        /// Where it begins.
        offset: u64,
        /// Its container.
        path: String,
    },
    /// A box that goes on to the end of its container.
    #[error("nothing can stand behind the last box of {path}")]
    Behind {
        /// The container.
        path: String,
    },
    /// No box has this number.
    #[error("there is no pssh box {index} in {path}")]
    NoBox {
        /// The number.
        index: usize,
        /// The container.
        path: String,
    },
    /// Boxes that are given, and what is wrong with them.
    #[error(transparent)]
    BrokenBoxes(prkit_bmff::Error),
    /// The key IDs that a box of version 1 lists are those of a header that cannot be read.
    #[error("the key IDs of the box: {0}")]
    BoxKeys(#[source] Box<prkit_playready::Error>),
    /// An algorithm that the media is not encrypted with.
    #[error(transparent)]
    OtherAlgorithm(Refused),
    /// No key ID, and nothing that an object without one is for.
    #[error("no key id")]
    NoKeyId,
    /// A URL stands for one key ID.
    #[error("{} needs exactly one key id, and there are {count}", crate::KID)]
    KidOfUrl {
        /// Key IDs that there are.
        count: usize,
    },
    /// Boxes that are given.
    #[error("expected whole pssh boxes and nothing else")]
    NotBoxes,
    /// A box that is given goes on to the end of its file.
    #[error("its last box has size 0, to the end of the file, and cannot stand elsewhere")]
    ToEnd,
    /// A log has no line of it.
    #[error("the log says nothing about it")]
    NotInLog,
    /// A line of a log.
    #[error("its line in the log contradicts itself, and it was left alone")]
    LogContradicts,
    /// Somebody else wrote to it.
    #[error("it is not as the batch left it, and was left alone")]
    NotAsLeft,
    /// A plan has no line of it.
    #[error("the plan says nothing about it")]
    NotInPlan,
    /// A line of a plan.
    #[cfg(feature = "files")]
    #[error("its line in the plan contradicts itself, and it was left alone: {0}")]
    PlanContradicts(crate::travel::Contradiction),
    /// What a plan says for reports.
    #[error("its line in the plan has a report that is none: {0}")]
    PlanReport(#[source] serde_json::Error),
}

impl Overridable for OperationError {
    fn overridden_by(&self) -> Option<Override> {
        match self {
            Self::Refused(refused) | Self::OtherAlgorithm(refused) => refused.overridden_by(),
            _ => None,
        }
    }
}
