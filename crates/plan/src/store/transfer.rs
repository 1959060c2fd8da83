//! What an edit transfers, where a store is asked by requests.

/// Requests of an edit, and the bytes of assets that they transfer; headers, lists and repeated attempts are not counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Transfer {
    /// Requests, those among them that open and read the asset.
    pub requests: u64,
    /// Bytes that are sent.
    pub up: u64,
    /// Bytes that are received.
    pub down: u64,
    /// Bytes that the store copies on its side.
    pub copied: u64,
}

impl Transfer {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests.saturating_add(other.requests),
            up: self.up.saturating_add(other.up),
            down: self.down.saturating_add(other.down),
            copied: self.copied.saturating_add(other.copied),
        }
    }
}
