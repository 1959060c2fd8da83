//! When a write counts as done.

use crate::names::folder_of;
use crate::system;
use std::io;
use std::path::Path;

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Flush {
    /// Every file on its own.
    Each,
    /// All files of a group at once.
    #[default]
    Group,
    /// Nothing: edits survive a kill, not a power failure.
    None,
}

/// Waits until the name of a file is durable.
///
/// # Errors
///
/// What the system says.
pub fn flush_name(path: &Path) -> io::Result<()> {
    system::sync_folder(folder_of(path))
}
