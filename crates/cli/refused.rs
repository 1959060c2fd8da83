//! How refusals are told that can be overridden.
//!
//! ```text
//!   error ──▶ its text, its place ──▶ "; --force=KIND overrides this" where it has a kind
//! ```

use prkit_playready::Override;
use std::fmt;

/// The option that overrides a refusal of this kind, as a message ends with it.
pub(crate) struct Hint(pub(crate) Option<Override>);

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |kind| write!(f, "; --force={} overrides this", kind.name()))
    }
}
