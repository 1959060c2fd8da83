//! All distances of a file in one number: what is planned, and what the written file says, have to give the same.

use core::hash::{Hash, Hasher};
use prkit_plan::{Moved, Place, Shape, Table};
use std::collections::hash_map::DefaultHasher;

/// All distances of a file, folded in file order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fingerprint {
    hasher: DefaultHasher,
    count: u64,
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.hasher.finish() == other.hasher.finish()
    }
}

impl Fingerprint {
    pub(crate) fn planned_entry(&mut self, table: &Table, value: u64, shape: &Shape) {
        let value = table.moved(value, shape).unwrap_or(value);
        self.fold(moved(table.from, shape), i128::from(value));
    }

    /// A distance, by where it counts from.
    pub(crate) fn fold(&mut self, from: u64, value: i128) {
        (from, value).hash(&mut self.hasher);
        self.count = self.count.saturating_add(1);
    }
}

/// Where a place is afterwards; what is gone keeps its number.
pub(crate) fn moved(place: Place, shape: &Shape) -> u64 {
    match shape.moved(place) {
        Moved::To(offset) => offset,
        Moved::Gone => place.offset(),
    }
}
