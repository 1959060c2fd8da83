//! Why an edit is not written.

use crate::log::LogError;
use prkit_manifest::Position;
use std::path::PathBuf;
use std::sync::Arc;

/// Why an edit is not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// What has no name in a file system cannot be edited in place.
    #[error("it has no place to write to")]
    NoPlace,
    /// The same for an output.
    #[error("it has no target")]
    NoTarget,
    /// An output cannot be written.
    #[error("{}: {source}", crate::shown(path))]
    Output {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: prkit_apply::Error,
    },
    /// An output is there already.
    #[error("{source}")]
    Exists {
        /// Which.
        source: prkit_apply::Error,
    },
    /// The output is the input.
    #[error("the target is the input itself")]
    TargetIsInput,
    /// Two inputs have one output.
    #[error("{input} and another input would both be written to {}", crate::shown(path))]
    SameTarget {
        /// The second input.
        input: String,
        /// The output.
        path: PathBuf,
    },
    /// The record of the run cannot be written.
    #[error("the log cannot be written: {0}")]
    Unrecorded(#[source] Arc<LogError>),
    /// A record in a store tells of what is edited in stores.
    #[error(
        "a record in a store keeps edits of objects of stores, one by one; a record in a file keeps this one, too"
    )]
    NoRecord,
    /// A record names assets by their addresses.
    #[error("its store has no addresses, by which a record could name it")]
    NoAddress,
    /// Only files can be written into a plan, by their names.
    #[error("only files can be written into a plan, by their names")]
    NoName,
    /// The plan of the run cannot be written.
    #[error("the plan cannot be written: {0}")]
    PlanTo(#[source] Box<crate::Error>),
    /// A manifest would address other bytes than before.
    #[error(
        "this {change}, and {manifest} addresses it by byte range ({range} at line {}, column {})",
        position.line,
        position.column
    )]
    Addressed {
        /// What would become of the file.
        change: Moves,
        /// The manifest.
        manifest: String,
        /// What in it.
        range: &'static str,
        /// Where in it.
        position: Position,
        /// Whether what becomes of the file was given, so that the manifest cannot change with it.
        is_given: bool,
    },
    /// Another file would say something else than this one, and is not changed with it.
    #[error("{other} also carries this header")]
    Carried {
        /// A manifest, or what a manifest names, as it is shown.
        other: String,
        /// Whether what becomes of the file was given, so that the other one cannot change with it.
        is_given: bool,
    },
    /// A manifest does not end as it should, and may name more than what can be read.
    #[error("it may be cut off: {what}, at line {}", position.line)]
    CutOff {
        /// What is wrong.
        what: String,
        /// Where.
        position: Position,
    },
    /// Several files would disagree.
    #[error("{}", _0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several(Vec<Self>),
    /// A manifest that is no part of the presentation names files of it.
    #[error("{} names files of it, too, from a folder above", crate::shown_here(manifest))]
    Above {
        /// The manifest.
        manifest: PathBuf,
    },
    /// Another file of its title is refused, with which it would disagree.
    #[error("nothing of its title is changed, because {file} is refused")]
    Title {
        /// That file.
        file: String,
    },
    /// Another file that changes together with it cannot be changed.
    #[error("nothing of its title was changed: {file}: {error}")]
    Tied {
        /// That file.
        file: String,
        /// Why not.
        error: Arc<crate::Error>,
    },
    /// One range of several files that move differently says nothing true afterwards.
    #[error(
        "{range} at line {}, column {} counts in several files, which would change differently",
        position.line,
        position.column
    )]
    Torn {
        /// What in a manifest.
        range: &'static str,
        /// Where in it.
        position: Position,
    },
    /// A file that a manifest names is of no kind that is read.
    #[error("not recognised")]
    NotRecognised,
    /// Something else got the name of a manifest.
    #[error("a manifest names it, and it is none")]
    NoManifest,
    /// Manifests that name manifests that name manifests.
    #[error("more than {documents} documents, or {depth} that name each other")]
    TooManyDocuments {
        /// How many are followed.
        documents: usize,
        /// How many behind each other.
        depth: usize,
    },
    /// References that lead out of the roots.
    #[error("{0}")]
    Outside(crate::title::OutsideRoots),
    /// A file of a presentation has no place below the folder that the output mirrors.
    #[error("it is not below the folder of the manifest, which the output mirrors")]
    NotBelow,
    /// A file of a presentation.
    #[error("{path}: {error}")]
    Member {
        /// Which.
        path: String,
        /// What is wrong.
        error: Box<crate::Error>,
    },
}

/// What an edit does to the boxes behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Moves {
    /// They move.
    #[error("would move its boxes")]
    Boxes,
    /// The file changes its length.
    #[error("would change its length from {old} to {new} bytes")]
    Length {
        /// Bytes before.
        old: u64,
        /// And after.
        new: u64,
    },
}

impl WriteError {
    /// An error of a file of a presentation.
    pub(crate) fn member(path: String, error: crate::Error) -> Self {
        Self::Member { path, error: Box::new(error) }
    }
}
