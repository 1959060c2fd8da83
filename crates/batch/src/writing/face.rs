//! What the engine asks of whoever runs it.

use crate::Error;
use crate::log::Unsettled;
use std::path::{Path, PathBuf};

/// Whoever runs the engine, and words what it says: a program, a service, a page.
pub trait Face: Sync {
    /// An error in its words, with the option of its own that would help, for reports and logs.
    fn words(&self, error: &Error) -> String {
        error.to_string()
    }

    /// Whether an output of this name may be replaced, if there is one.
    fn replaces(&self, _output: &Path) -> bool {
        false
    }

    /// A file that is called like a manifest cannot be read, so nobody knows what it says of others.
    fn unread(&self, _manifest: &Path, _error: &Error) {}

    /// Results are on their way to these files: what is killed from here on may leave something of them to recovery.
    fn begins(&self, _files: &[PathBuf]) {}

    /// Nothing more happens to these files.
    fn ends(&self, _files: &[PathBuf]) {}

    /// A file that a killed run had begun is neither as before nor as it was to become.
    fn unsettled(&self, _file: &Path, _why: &Unsettled) {}
}

/// One that adds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Face for Plain {}
