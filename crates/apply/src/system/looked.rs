//! What a system says of a name, or of an open file.

use super::Identity;

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    File,
    Folder,
    Link,
    /// A pipe, a device, a socket.
    Other,
}

/// What a system says of a name, or of an open file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Looked {
    pub(crate) identity: Identity,
    pub(crate) what: What,
    /// The user that it belongs to, where the system has such.
    pub(crate) owner: Option<u32>,
    /// Who may do what with it.
    pub(crate) mode: u32,
    /// Whether it has fewer blocks than bytes.
    pub(crate) is_sparse: bool,
    /// When it was last read.
    pub(crate) accessed: (i64, i64),
}

impl Looked {
    pub(crate) fn is_file(&self) -> bool {
        self.what == What::File
    }

    /// Whether this is the file of an inode; where the system has none, nobody knows better.
    pub(crate) fn is_inode(&self, inode: u64) -> bool {
        self.identity.inode.is_none_or(|(_, found)| found == inode)
    }
}
