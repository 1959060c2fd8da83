//! How edits are made and written.

use crate::Fitting;
use prkit_apply::{Manner, WriteHow};
use prkit_plan::Durability;
use std::sync::Arc;

/// How edits are made to fit, and how they are written.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WriteOptions {
    /// How an edit is made to fit, and what is done although it is refused.
    pub fitting: Fitting,
    /// How a file is changed in place.
    pub how: WriteHow,
    /// What is waited for.
    pub durability: Durability,
    /// The old file is kept under its name and this suffix.
    pub backup: Option<String>,
    /// Times of access and change are kept.
    pub preserve: bool,
    /// Files that have several names are edited in place, and all names see it.
    pub hard_links: bool,
    /// All samples, auxiliary data and items of both versions are compared.
    pub verify: bool,
    /// Nothing is written.
    pub dry_run: bool,
    /// Reports have the exact plan.
    pub reports_plan: bool,
    /// What a manifest refers to changes with it.
    pub presentation: bool,
    /// A group ends at its first input that fails.
    pub fail_fast: bool,
}

impl WriteOptions {
    /// What of it is about files.
    pub(super) fn manner(&self) -> Arc<Manner> {
        let mut manner = Manner::default();
        manner.write = self.how;
        manner.preserve = self.preserve;
        manner.hard_links = self.hard_links;
        manner.backup = self.backup.as_ref().map(Into::into);
        Arc::new(manner)
    }
}
