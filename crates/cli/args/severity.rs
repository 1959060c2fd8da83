//! How bad a finding must be.

use clap::ValueEnum;
use prkit_playready::Level;

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Severity {
    /// Does not work, or is forbidden
    Error,
    /// Some programs do not like it, or will not some day
    Warning,
    /// Good to know
    Note,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Note,
        }
    }
}
