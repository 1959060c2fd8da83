//! What is printed, by one worker at a time.
//!
//! Out of order, whoever is done prints. In order, what is done early waits, and when too much waits, so do the workers:
//! only the one whose turn it is goes on.

use super::Done;
use super::progress::Progress;
use crate::exit::{Status, Stop};
use crate::out::{Out, Printer};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(crate) struct Press<'c, T, C> {
    ordered: bool,
    window: u64,
    stopped: AtomicBool,
    state: Mutex<State<'c, T, C>>,
    turn: Condvar,
}

struct State<'c, T, C> {
    /// The number that is printed next.
    next: u64,
    waiting: BTreeMap<u64, (Out, Done<T>)>,
    collect: &'c mut C,
    progress: Progress,
    printer: Printer,
    status: Status,
    foreign: u64,
    stop: Option<Stop>,
}

/// Groups that may wait, for every worker.
const WINDOW: usize = 8;

impl<'c, T, C: FnMut(T) -> Result<(), Stop>> Press<'c, T, C> {
    pub(crate) fn new(
        ordered: bool,
        jobs: usize,
        collect: &'c mut C,
        progress: Progress,
        printer: Printer,
    ) -> Self {
        let state = State {
            next: 0,
            waiting: BTreeMap::new(),
            collect,
            progress,
            printer,
            status: Status::Done,
            foreign: 0,
            stop: None,
        };
        Self {
            ordered,
            window: u64::try_from(jobs.saturating_mul(WINDOW)).unwrap_or(u64::MAX),
            stopped: AtomicBool::new(false),
            state: Mutex::new(state),
            turn: Condvar::new(),
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Ends the run when the workers are done with what they have; the first reason counts.
    pub(crate) fn stop(&self, why: Stop) {
        self.lock().stop.get_or_insert(why);
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Prints what came of a group, now or when it is its turn.
    pub(crate) fn put(&self, number: u64, out: Out, done: Done<T>) {
        let mut state = self.lock();
        if !self.ordered {
            self.print(&mut state, out, done);
            return;
        }
        while number > state.next.saturating_add(self.window) {
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.insert(number, (out, done));
        let mut next = state.next;
        while let Some((out, done)) = state.waiting.remove(&next) {
            self.print(&mut state, out, done);
            next = next.saturating_add(1);
            state.next = next;
        }
        self.turn.notify_all();
    }

    fn print(&self, state: &mut State<'c, T, C>, out: Out, done: Done<T>) {
        for outcome in &done.outcomes {
            state.status = state.status.max((*outcome).into());
        }
        state.foreign = state.foreign.saturating_add(out.foreign);
        state.progress.count(&done.outcomes, out.bytes);
        let State { progress, printer, collect, stop, .. } = state;
        let printed = progress.aside(|| printer.print(out));
        // What was done counts, also where it cannot be printed.
        let collected = collect(done.result);
        if let Err(why) = printed.and(collected) {
            // What cannot be printed ends the run, whatever else was about to end it.
            *stop = Some(stop.take().filter(Stop::is_fatal).unwrap_or(why));
            self.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// The end of the run.
    pub(crate) fn finish(self, foreign: u64) -> Result<Status, Stop> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.progress.finish();
        let foreign = state.foreign.saturating_add(foreign);
        crate::report::skipped(foreign);
        match state.stop {
            Some(Stop::FailFast) => {
                crate::terminal::note(format_args!("stopped at the first failure, as --fail-fast asks"));
                Ok(state.status)
            }
            Some(stop) => Err(stop),
            None => Ok(state.status),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'c, T, C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
