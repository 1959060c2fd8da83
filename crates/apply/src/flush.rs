//! When a write counts as done.

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
