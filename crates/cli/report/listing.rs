//! Names of inputs instead of reports, as `grep` prints them.

use crate::args::ListingArgs;
use crate::exit::Status;
use crate::input::Input;
use crate::out::Out;
use std::sync::atomic::{AtomicBool, Ordering};

/// Which inputs are named, and whether one was.
pub(crate) struct Listing {
    args: ListingArgs,
    has_named: AtomicBool,
}

impl ListingArgs {
    /// Whether inputs are only named.
    pub(crate) fn listing(self) -> Option<Listing> {
        let is_asked = self.files_with_matches || self.files_without_match || self.count;
        is_asked.then(|| Listing { args: self, has_named: AtomicBool::new(false) })
    }
}

impl Listing {
    /// Names an input of which so many objects are selected.
    pub(crate) fn tell(&self, input: &Input, selected: usize, out: &mut Out) {
        let is_found = (selected > 0) != self.args.files_without_match;
        if is_found || self.args.count {
            out.listed(input, self.args.count.then_some(selected));
        }
        self.has_named.fetch_or(is_found, Ordering::Relaxed);
    }

    /// How a run ended: that nothing was there to name is a status of its own, as it is `grep`'s.
    pub(crate) fn ended(&self, status: Status) -> Status {
        status.max(if self.has_named.load(Ordering::Relaxed) { Status::Done } else { Status::Found })
    }
}
