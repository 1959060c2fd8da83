//! Refusals that can be overridden.

use prkit_playready::{Algorithm, Overridable, Override};

/// What is refused, though it could be done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// An algorithm that the file is not encrypted with.
    #[error("{asked} contradicts the file, which is encrypted with {wanted}")]
    Algorithm {
        /// What is asked for.
        asked: Algorithm,
        /// That of the file.
        wanted: Algorithm,
    },
    /// A license for another key.
    #[error("the license in {license} is for {theirs}, and the object is for {ours}{hint}")]
    OtherKey {
        /// The file that the license is in.
        license: String,
        /// What the license is for.
        theirs: String,
        /// What the object is for.
        ours: String,
        /// What may be wrong with it.
        hint: &'static str,
    },
    /// An object for keys that are not used where it would be.
    #[error("the object names {named}, and the file uses {used}: none of its key IDs is one of the file")]
    Strangers {
        /// The key IDs of the object.
        named: String,
        /// Those of the file.
        used: String,
    },
    /// A header from which no key can be taken, for one that names some.
    #[error("the header {why}, and the one that it would replace names one")]
    NoKey {
        /// What is wrong with it.
        why: &'static str,
    },
    /// A box of a version that is not defined.
    #[error("the box has version {version}, of which nobody knows what it contains")]
    BoxVersion {
        /// Its version.
        version: u8,
    },
    /// A store that is not empty.
    #[error("its license store already holds {held}; a license is added behind it, over zeros only")]
    FilledStore {
        /// What is in it.
        held: String,
    },
}

impl Overridable for Refused {
    fn overridden_by(&self) -> Option<Override> {
        Some(match self {
            Self::Algorithm { .. } => Override::Algorithm,
            Self::OtherKey { .. } | Self::Strangers { .. } | Self::NoKey { .. } => Override::KeyId,
            Self::BoxVersion { .. } => Override::Version,
            Self::FilledStore { .. } => Override::FilledStore,
        })
    }
}
