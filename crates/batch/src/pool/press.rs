//! Parts are taken by one worker at a time.
//!
//! Out of order, whoever is done hands its part over. In order, what is done early waits, and when too much waits, so do the
//! workers: only the one whose turn it is goes on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(super) struct Press<'c, P, S, C> {
    ordered: bool,
    window: u64,
    stopped: AtomicBool,
    state: Mutex<State<'c, P, S, C>>,
    turn: Condvar,
}

struct State<'c, P, S, C> {
    /// The number that is taken next.
    next: u64,
    waiting: BTreeMap<u64, P>,
    take: &'c mut C,
    /// Why whoever takes parts wants no more.
    stop: Option<S>,
}

/// Groups that may wait, for every worker.
const WINDOW: usize = 8;

impl<'c, P, S, C: FnMut(P) -> Result<(), S>> Press<'c, P, S, C> {
    pub(super) fn new(ordered: bool, jobs: usize, take: &'c mut C) -> Self {
        let state = State { next: 0, waiting: BTreeMap::new(), take, stop: None };
        Self {
            ordered,
            window: u64::try_from(jobs.saturating_mul(WINDOW)).unwrap_or(u64::MAX),
            stopped: AtomicBool::new(false),
            state: Mutex::new(state),
            turn: Condvar::new(),
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Ends the run when the workers are done with what they have.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Hands a part over, now or when it is its turn.
    pub(super) fn put(&self, number: u64, part: P) {
        let mut state = self.lock();
        if !self.ordered {
            self.take(&mut state, part);
            return;
        }
        while number > state.next.saturating_add(self.window) {
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.insert(number, part);
        let mut next = state.next;
        while let Some(part) = state.waiting.remove(&next) {
            self.take(&mut state, part);
            next = next.saturating_add(1);
            state.next = next;
        }
        self.turn.notify_all();
    }

    /// What was done counts, also where nobody wants more of it.
    fn take(&self, state: &mut State<'c, P, S, C>, part: P) {
        if let Err(why) = (state.take)(part) {
            state.stop.get_or_insert(why);
            self.stop();
        }
    }

    /// Why no more was wanted.
    pub(super) fn finish(self) -> Option<S> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).stop
    }

    fn lock(&self) -> MutexGuard<'_, State<'c, P, S, C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
