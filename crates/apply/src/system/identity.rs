//! What a system says of a file without reading it.

/// Which file it is, and whether it changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Device and inode, where the system has them.
    pub inode: Option<(u64, u64)>,
    /// Number of names it has.
    pub links: u64,
    /// Its length.
    pub len: u64,
    /// When it was last written to: seconds and nanoseconds.
    pub modified: (i64, i64),
}
