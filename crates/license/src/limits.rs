//! How much a reader takes on.

/// Bounds that no real input comes near: the public licenses have three levels and a dozen objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Containers in containers.
    pub depth: usize,
    /// Objects of one license.
    pub objects: usize,
    /// Licenses of one store.
    pub licenses: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 16, objects: 4096, licenses: 1024 }
    }
}

/// Bytes of policies or of a scenario, as people write them.
pub(crate) const MAX_TEXT: usize = 1024 * 1024;
/// Policies of one text: a catalogue is checked with one a kind of license, not one a title.
pub(crate) const MAX_POLICIES: usize = 1024;
/// Events of a scenario.
pub(crate) const MAX_EVENTS: usize = 10_000;
/// Bytes of a query, which is part of a URL.
pub(crate) const MAX_QUERY: usize = 64 * 1024;
/// Parentheses in parentheses: `extendedright` is the deepest documented value, with four.
pub(crate) const MAX_DEPTH: usize = 8;
/// Items of a query: more than any license can carry.
pub(crate) const MAX_ITEMS: usize = 1024;
