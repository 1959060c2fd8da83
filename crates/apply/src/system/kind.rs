//! File systems.

/// File systems that differ in what an edit in place may rely on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    expect(dead_code, reason = "only Linux says which file system a file is on")
)]
pub(crate) enum Kind {
    /// Shifts blocks without being torn; stores into allocated blocks cannot fail.
    Ext4,
    /// Shares blocks; tears a shift that is interrupted.
    Xfs,
    /// Shares blocks, and writes every change to new ones.
    Btrfs,
    /// `tmpfs`.
    Memory,
    /// Anything else: nothing is relied on.
    Other,
}

impl Kind {
    /// Whether a copy inside it can share blocks.
    pub(crate) const fn clones(self) -> bool {
        matches!(self, Self::Xfs | Self::Btrfs)
    }

    /// Whether a store goes to the blocks that the bytes have, once these are their own.
    pub(crate) const fn keeps_blocks(self) -> bool {
        matches!(self, Self::Ext4 | Self::Xfs | Self::Memory)
    }
}
