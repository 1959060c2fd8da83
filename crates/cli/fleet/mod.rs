//! Many inputs: folders of a hundred thousand segments, worked at by all processors.
//!
//! ```text
//!   Inputs ──feed.rs──▶ group 1 ──▶ worker ─┐
//!    one lock,          group 2 ──▶ worker ─┼──press.rs──▶ reports, as they come or in order
//!    nothing ahead      group 3 ──▶ …      ─┘   └─▶ progress.rs, the summary of the run
//! ```
//!
//! Each worker takes the next few inputs of one folder from the walk itself, so nothing is listed in advance and nothing
//! piles up: memory and open files depend on the number of workers, never on the number of inputs. A signal is looked at
//! between groups (`signal.rs`).

mod feed;
mod press;
mod progress;
mod signal;

pub(crate) use feed::Next;
pub(crate) use signal::Signals;

use crate::args::FleetArgs;
use crate::exit::{Status, Stop};
use crate::input::Inputs;
use crate::out::{Out, Outcome, Printer};
use feed::Feed;
use press::Press;
use progress::Progress;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How a run goes over its inputs.
pub(crate) struct Fleet<'f> {
    args: &'f FleetArgs,
    json: bool,
    /// Inputs that a worker takes at once, where they are found in folders.
    walked: usize,
    /// The same where they are named.
    named: usize,
    /// Bytes of the inputs of a group, where they are looked at.
    bytes: Option<u64>,
    /// Workers for each processor.
    crew: usize,
    /// Workers at most.
    most: usize,
    writes_files: bool,
    signals: Option<Signals>,
}

/// What came of a group.
pub(crate) struct Done<T> {
    pub(crate) outcomes: Vec<Outcome>,
    /// Handed to whoever collects, in the order of the reports.
    pub(crate) result: T,
}

/// Threads that a run may have, whatever is asked for.
const MAX_JOBS: usize = 64;
/// Files that are open at once, in all groups together, where the system allows it.
const MAX_OPEN: u64 = 4096;
/// Files that are open beside them: standard streams, folders on the way, journals, a log.
const OPEN_BESIDE: u64 = 64;
/// Files of an input that is being edited: itself, and the one that takes its place.
const OPEN_EACH: usize = 2;
/// Workers for each processor where they wait for the disk: while one waits, another one works.
const WAITING_CREW: usize = 2;
/// Inputs that share one wait for the disk: at least, and at most.
const MIN_GROUP: usize = 4;
const MAX_GROUP: usize = 256;
/// Bytes of the inputs of such a group: a run can be stopped between two.
const MAX_GROUP_BYTES: u64 = 256 * 1024 * 1024;

impl<'f> Fleet<'f> {
    /// Inputs one after the other, as far as reports can tell.
    pub(crate) const fn new(args: &'f FleetArgs, json: bool) -> Self {
        let (walked, named, crew, most) = (16, 1, 1, MAX_JOBS);
        Self { args, json, walked, named, bytes: None, crew, most, writes_files: false, signals: None }
    }

    /// Files are written, so the run goes on to its end when nobody reads what it says.
    pub(crate) fn writing_files(self, writes_files: bool) -> Self {
        Self { writes_files, ..self }
    }

    /// Inputs of one folder in groups as large as open files allow, each of which waits for the disk.
    pub(crate) fn in_groups(mut self) -> Self {
        self.crew = WAITING_CREW;
        let (fleet, each) = self.within_open_files();
        Self { walked: each, named: each, bytes: Some(MAX_GROUP_BYTES), ..fleet }
    }

    /// Inputs that wait for the disk each on its own.
    pub(crate) fn one_by_one(self) -> Self {
        let (fleet, each) = self.within_open_files();
        Self { walked: fleet.walked.min(each), ..fleet }
    }

    /// No more workers than open files allow, and what each may take at once.
    fn within_open_files(mut self) -> (Self, usize) {
        let open = prkit_apply::allow_many_files().min(MAX_OPEN).saturating_sub(OPEN_BESIDE);
        let files = usize::try_from(open).unwrap_or(0).checked_div(OPEN_EACH).unwrap_or(0);
        self.most = files.checked_div(MIN_GROUP).unwrap_or(0).clamp(1, MAX_JOBS);
        let each = files.checked_div(self.jobs()).unwrap_or(0).clamp(MIN_GROUP, MAX_GROUP);
        (self, each)
    }

    /// A signal stops the run between two groups, and not before.
    pub(crate) fn stopped_by(self, signals: Option<Signals>) -> Self {
        Self { signals, ..self }
    }

    pub(crate) fn jobs(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, NonZero::get).saturating_mul(self.crew);
        self.args.jobs.map_or_else(cores, usize::from).clamp(1, self.most)
    }

    /// Does something with all inputs.
    pub(crate) fn run<T: Send>(
        &self,
        inputs: Inputs,
        work: &(impl Fn(&Next, &mut Out) -> Done<T> + Sync),
        collect: &mut (impl FnMut(T) -> Result<(), Stop> + Send),
    ) -> Result<Status, Stop> {
        let jobs = if inputs.is_one() { 1 } else { self.jobs() };
        let ordered = self.args.ordered || !inputs.has_walks();
        let progress = Progress::new(self.args.progress, &inputs);
        let printer = Printer::new(self.writes_files);
        let press = Press::new(ordered && jobs > 1, jobs, collect, progress, printer);
        let feed = Mutex::new(Feed::new(inputs, self.walked, self.named, self.bytes));
        let worker = || self.work(&feed, &press, work);
        thread::scope(|scope| {
            for _ in 1..jobs {
                scope.spawn(worker);
            }
            worker();
        });
        let feed = feed.into_inner().unwrap_or_else(PoisonError::into_inner);
        press.finish(feed.foreign())
    }

    fn work<T, C>(
        &self,
        feed: &Mutex<Feed>,
        press: &Press<'_, T, C>,
        work: &impl Fn(&Next, &mut Out) -> Done<T>,
    ) where
        C: FnMut(T) -> Result<(), Stop>,
    {
        while !press.is_stopped() {
            let mut feed = feed.lock().unwrap_or_else(PoisonError::into_inner);
            // When all is done nothing is left to go on with.
            if let Some(signal) = self.signals.as_ref().and_then(Signals::caught).filter(|_| !feed.is_over())
            {
                press.stop(Stop::Signal(signal));
                return;
            }
            let next = feed.next();
            drop(feed);
            let Some((number, next)) = next else { return };
            let mut out = Out::new(self.json);
            let done = work(&next, &mut out);
            let stops = self.args.fail_fast && done.outcomes.contains(&Outcome::Failed);
            press.put(number, out, done);
            if stops {
                press.stop(Stop::FailFast);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use std::path::Path;

    /// Three inputs, each a group; the signal comes while one of them is worked at.
    fn run(signal_at: usize) -> (usize, bool) {
        #[derive(clap::Parser)]
        struct Typed {
            #[command(flatten)]
            fleet: FleetArgs,
        }
        let args = <Typed as clap::Parser>::parse_from(["", "-j1"]).fleet;
        let (signals, mut seen) = (Signals::none(), 0_usize);
        let inputs = Inputs::given((0..3).map(|n| Ok(Input::of_path(Path::new(&format!("{n}/file"))))));
        let work = |_: &Next, _: &mut Out| Done { outcomes: vec![Outcome::Done], result: () };
        let mut collect = |()| {
            seen = seen.saturating_add(1);
            if seen == signal_at {
                signals.raise(2);
            }
            Ok(())
        };
        let fleet = Fleet::new(&args, true).in_groups().stopped_by(Some(signals.clone()));
        let status = fleet.run(inputs, &work, &mut collect);
        (seen, matches!(status, Err(Stop::Signal(2))))
    }

    #[test]
    fn a_signal_that_comes_when_all_is_done_stops_nothing() {
        assert_eq!(run(1), (1, true));
        assert_eq!(run(3), (3, false));
    }
}
