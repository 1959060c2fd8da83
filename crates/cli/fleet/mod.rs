//! Many inputs at once: what the pool of the engine does is printed, and a signal stops it (signal.rs).

mod progress;
mod signal;
mod watcher;

pub(crate) use prkit_batch::pool::Next;
pub(crate) use progress::Progress;
pub(crate) use signal::Signals;
pub(crate) use watcher::Watcher;

use crate::args::FleetArgs;
use crate::exit::{Status, Stop};
use crate::input::Inputs;
use crate::out::{Out, Outcome, Printer};
use prkit_batch::pool::{Pool, Stopped};
use prkit_plan::Watch;
use std::sync::atomic::{AtomicBool, Ordering};

/// How a run goes over its inputs.
pub(crate) struct Fleet<'f> {
    args: &'f FleetArgs,
    json: bool,
    pool: Pool,
    writes_files: bool,
    watcher: Watcher,
}

/// What came of a group.
pub(crate) struct Done<T> {
    pub(crate) outcomes: Vec<Outcome>,
    /// Handed to whoever collects, in the order of the reports.
    pub(crate) result: T,
}

/// Why a run is to end.
struct Cancelled<'c> {
    watcher: &'c Watcher,
    /// An input failed, and the others are left.
    has_failed: AtomicBool,
}

impl Watch for Cancelled<'_> {
    fn is_cancelled(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed) || self.watcher.is_cancelled()
    }
}

impl<'f> Fleet<'f> {
    /// Inputs one after the other, as far as reports can tell.
    pub(crate) fn new(args: &'f FleetArgs, json: bool) -> Self {
        let pool = Pool::new(args.jobs.map(usize::from), args.ordered);
        Self { args, json, pool, writes_files: false, watcher: Watcher::default() }
    }

    /// Files are written, so the run goes on to its end when nobody reads what it says.
    pub(crate) fn writing_files(self, writes_files: bool) -> Self {
        Self { writes_files, ..self }
    }

    /// Inputs that wait for the disk, in groups or each on its own.
    pub(crate) fn waiting(self, in_groups: bool) -> Self {
        let pool = if in_groups { self.pool.in_groups() } else { self.pool.one_by_one() };
        Self { pool, ..self }
    }

    /// Somebody watches, and may stop the run.
    pub(crate) fn watched_by(self, watcher: &Watcher) -> Self {
        Self { watcher: watcher.clone(), ..self }
    }

    /// How its inputs are worked at.
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Does something with all inputs.
    pub(crate) fn run<T: Send>(
        &self,
        inputs: Inputs,
        work: &(impl Fn(&Next, &mut Out) -> Done<T> + Sync),
        collect: &mut (impl FnMut(T) -> Result<(), Stop> + Send),
    ) -> Result<Status, Stop> {
        let mut progress = Progress::new(self.args.progress, &inputs, &self.watcher.moves);
        let mut printer = Printer::new(self.writes_files);
        let (mut status, mut foreign, mut is_cut) = (Status::Done, 0_u64, false);
        let watch = Cancelled { watcher: &self.watcher, has_failed: AtomicBool::new(false) };
        let work = |next: &Next| {
            let mut out = Out::new(self.json);
            let done = work(next, &mut out);
            let stops = self.args.fail_fast && done.outcomes.contains(&Outcome::Failed);
            watch.has_failed.fetch_or(stops, Ordering::Relaxed);
            (out, done)
        };
        let mut take = |(out, done): (Out, Done<T>)| {
            status = done.outcomes.iter().fold(status, |status, outcome| status.max((*outcome).into()));
            is_cut |= done.outcomes.contains(&Outcome::Stopped);
            foreign = foreign.saturating_add(out.foreign);
            progress.count(&done.outcomes, out.bytes);
            let printed = progress.aside(|| printer.print(out));
            // What was done counts, also where it cannot be printed.
            let collected = collect(done.result);
            printed.and(collected)
        };
        let ended = self.pool.run(inputs, &watch, &work, &mut take);
        progress.finish();
        crate::report::skipped(foreign.saturating_add(ended.foreign));
        if let Some(Stopped::By(stop)) = ended.stopped {
            return Err(stop);
        }
        if watch.has_failed.into_inner() {
            crate::terminal::note(format_args!("stopped at the first failure, as --fail-fast asks"));
            return Ok(status);
        }
        // When all was done before it was looked at, it ends as it would have.
        match self.watcher.caught().filter(|_| is_cut || ended.stopped.is_some()) {
            Some(signal) => Err(Stop::Signal(signal)),
            None => Ok(status),
        }
    }
}
