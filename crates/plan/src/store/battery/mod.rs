//! What every store has to keep to, as tests that run on any of them.
//!
//! ```no_run
//! # #[cfg(feature = "battery")] {
//! use prkit_plan::{AssetId, Memory, battery};
//!
//! struct Mine(Memory);
//!
//! impl battery::Bench for Mine {
//!     type Store = Memory;
//!     fn store(&self) -> &Memory { &self.0 }
//!     fn put(&self, id: &AssetId, bytes: &[u8]) { self.0.put(id.clone(), bytes.to_vec()); }
//!     fn get(&self, id: &AssetId) -> Option<Vec<u8>> { self.0.get(id).map(|bytes| bytes.to_vec()) }
//! }
//!
//! for (name, test) in battery::tests() {
//!     println!("{name}");
//!     test(&Mine(Memory::new()));
//! }
//! # }
//! ```
//!
//! A test that fails panics, as tests do.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests, which panic")]

mod committing;
mod making;
mod marking;
mod reading;

use super::{Access, AssetId, Commit, Edit, Receipt, Store, StoreError, Wrong};
use crate::{Place, Plan, Replacement, Shape, Source, Span, Splice, Strategy, With};
use bytes::Bytes;
use committing::{
    carries_out, commits_groups, commits_together, holds_to_versions, locks, refuses_other_lengths,
    refuses_readers,
};
use making::{cancels, makes, recovers};
use marking::marks;
use reading::{keeps_names, lists, reads, resolves};

/// A store under test, empty, and a way around it.
pub trait Bench {
    /// The store.
    type Store: Store;

    /// The store.
    fn store(&self) -> &Self::Store;

    /// Puts an asset past the store, as another program would, or replaces it.
    fn put(&self, id: &AssetId, bytes: &[u8]);

    /// The bytes of an asset, past the store.
    fn get(&self, id: &AssetId) -> Option<Vec<u8>>;

    /// Whether a name may be any bytes.
    fn takes_any_name(&self) -> bool {
        true
    }

    /// Whether assets tell which runs edited them.
    fn keeps_marks(&self) -> bool {
        false
    }
}

/// A test: its name, and what it does with a bench of its own.
pub type Test<B> = (&'static str, fn(&B));

/// All tests.
pub fn tests<B: Bench>() -> [Test<B>; 15] {
    [
        ("assets_are_listed_below_a_name_in_groups_of_one_folder", lists),
        ("a_name_that_is_no_text_leads_back_to_its_asset", keeps_names),
        ("a_reference_leads_to_an_asset_of_the_store_or_nowhere", resolves),
        ("an_asset_is_read_at_positions_and_not_past_its_end", reads),
        ("the_result_of_a_plan_is_the_same_in_every_store", carries_out),
        ("one_edit_of_a_group_that_fails_leaves_the_others", commits_groups),
        ("a_transaction_changes_all_or_none", commits_together),
        ("an_asset_that_changed_since_it_was_read_is_left_alone", holds_to_versions),
        ("an_asset_is_edited_by_one_at_a_time", locks),
        ("an_asset_that_was_opened_for_reading_is_not_edited", refuses_readers),
        ("a_plan_for_another_length_is_refused", refuses_other_lengths),
        ("a_cancelled_commit_leaves_what_was_there", cancels),
        ("a_new_asset_is_there_as_a_whole_or_not_at_all", makes),
        ("a_mark_comes_and_goes_with_the_bytes_of_its_edit", marks),
        ("nothing_is_recovered_where_nothing_was_interrupted", recovers),
    ]
}

/// Bytes without a pattern that a shift by some bytes would leave as it was.
fn content(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(len)
    .collect()
}

/// A plan that puts other bytes where some are.
fn plan(len: usize, edits: &[Put<'_>]) -> Plan {
    let at = |offset: &u64| Place::start(*offset);
    let splices = edits.iter().map(|(from, to, new)| Splice {
        from: at(from),
        to: at(to),
        len: count(<[u8]>::len(new)),
    });
    let shape = Shape::new(splices.collect()).unwrap();
    let replacements = edits.iter().map(|(from, to, new)| {
        Replacement::of(Span::new(*from, *to), With::Bytes(Bytes::copy_from_slice(new)))
    });
    let grows = edits.iter().any(|(from, to, new)| to.saturating_sub(*from) != count(<[u8]>::len(new)));
    let strategy = if grows { Strategy::Copy } else { Strategy::Same };
    Plan::new(count(len), shape, replacements.collect(), strategy, "a test").unwrap()
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap()
}

/// What a format says of a result.
type Verdict = fn(&dyn Source) -> Result<(), Wrong>;

/// Bytes of a plan's old file, and what stands there instead.
type Put<'p> = (u64, u64, &'p [u8]);

#[expect(clippy::unnecessary_wraps, reason = "a verdict like the other")]
fn fine(_: &dyn Source) -> Result<(), Wrong> {
    Ok(())
}

fn wrong(_: &dyn Source) -> Result<(), Wrong> {
    Err("a fault of the result".into())
}

/// Puts an asset and opens it for an edit.
fn opened<B: Bench>(bench: &B, name: &str, bytes: &[u8]) -> <B::Store as Store>::Asset {
    bench.put(&name.into(), bytes);
    bench.store().open(&name.into(), Access::Edit).unwrap()
}

fn commit<B: Bench>(
    bench: &B,
    asset: &<B::Store as Store>::Asset,
    plan: &Plan,
) -> Result<Receipt, StoreError> {
    let mut check = fine;
    let mut edits = [Edit::new(asset, plan, &mut check)];
    bench.store().commit(&mut edits, &Commit::default()).pop().unwrap()
}

#[cfg(test)]
mod of_memory {
    use super::*;
    use crate::Memory;

    impl Bench for Memory {
        type Store = Self;

        fn store(&self) -> &Self {
            self
        }

        fn put(&self, id: &AssetId, bytes: &[u8]) {
            Self::put(self, id.clone(), bytes.to_vec());
        }

        fn get(&self, id: &AssetId) -> Option<Vec<u8>> {
            Self::get(self, id).map(|bytes| bytes.to_vec())
        }

        fn keeps_marks(&self) -> bool {
            true
        }
    }

    #[test]
    fn assets_in_memory_pass_the_battery() {
        for (_, test) in tests::<Memory>() {
            test(&Memory::new());
        }
    }
}
