//! Who watches the engine: it counts what is moved, and asks whether a signal came.

use super::Signals;
use prkit_plan::Watch;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what the engine moves, and stops it where a signal came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watcher {
    pub(crate) signals: Option<Signals>,
    pub(crate) moves: Arc<Moves>,
}

/// Bytes that are stored, copied and compared.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    /// Of what began.
    expected: AtomicU64,
    moved: AtomicU64,
    /// How many times something began.
    begun: AtomicU64,
}

/// The same at some moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Moved {
    pub(super) expected: u64,
    pub(super) moved: u64,
    pub(super) begun: u64,
}

impl Watcher {
    pub(crate) fn new(signals: Option<Signals>) -> Self {
        Self { signals, moves: Arc::default() }
    }

    /// The number of the signal that came, if one did.
    pub(crate) fn caught(&self) -> Option<u8> {
        self.signals.as_ref().and_then(Signals::caught)
    }
}

impl Watch for Watcher {
    fn expects(&self, bytes: u64) {
        self.moves.expected.fetch_add(bytes, Ordering::Relaxed);
        self.moves.begun.fetch_add(1, Ordering::Relaxed);
    }

    fn moved(&self, bytes: u64) {
        self.moves.moved.fetch_add(bytes, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.caught().is_some()
    }
}

impl Moves {
    pub(super) fn now(&self) -> Moved {
        Moved {
            expected: self.expected.load(Ordering::Relaxed),
            moved: self.moved.load(Ordering::Relaxed),
            begun: self.begun.load(Ordering::Relaxed),
        }
    }
}

impl Moved {
    /// What came since another moment.
    pub(super) const fn since(self, before: Self) -> Self {
        Self {
            expected: self.expected.saturating_sub(before.expected),
            moved: self.moved.saturating_sub(before.moved),
            begun: self.begun.saturating_sub(before.begun),
        }
    }
}
