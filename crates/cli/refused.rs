//! Refusals that can be overridden, and how they are told.
//!
//! ```text
//!   error ──▶ its text, its place ──▶ "; --force=KIND overrides this" where it has a kind
//! ```

use prkit_playready::{Algorithm, Overridable, Override};
use std::fmt;

/// What is refused here, though it could be done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// An algorithm that the file is not encrypted with.
    #[error("{asked} contradicts the file, which is encrypted with {wanted}")]
    Algorithm { asked: Algorithm, wanted: Algorithm },
    /// A license for another key.
    #[error("the license in {license} is for {theirs}, and the object is for {ours}{hint}")]
    OtherKey { license: String, theirs: String, ours: String, hint: &'static str },
    /// An object for keys that are not used where it would be.
    #[error("the object names {named}, and the file uses {used}: none of its key IDs is one of the file")]
    Strangers { named: String, used: String },
    /// A box of a version that is not defined.
    #[error("the box has version {0}, of which nobody knows what it contains")]
    BoxVersion(u8),
    /// A store that is not empty.
    #[error("its license store already holds {held}; a license is added behind it, over zeros only")]
    FilledStore { held: String },
}

impl Overridable for Refused {
    fn overridden_by(&self) -> Option<Override> {
        Some(match self {
            Self::Algorithm { .. } => Override::Algorithm,
            Self::OtherKey { .. } | Self::Strangers { .. } => Override::KeyId,
            Self::BoxVersion(_) => Override::Version,
            Self::FilledStore { .. } => Override::FilledStore,
        })
    }
}

/// The option that overrides a refusal of this kind, as a message ends with it.
pub(crate) struct Hint(pub(crate) Option<Override>);

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |kind| write!(f, "; --force={} overrides this", kind.name()))
    }
}

/// An error with the option that overrides it, if one does.
pub(crate) fn told(error: &impl Overridable) -> String {
    format!("{error}{}", Hint(error.overridden_by()))
}
