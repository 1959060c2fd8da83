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
