//! Many inputs: folders of a hundred thousand segments, worked at by all processors.
//!
//! ```text
//!   Inputs ──feed.rs──▶ group 1 ──▶ worker ─┐
//!    one lock,          group 2 ──▶ worker ─┼──press.rs──▶ parts, as they come or in order ──▶ whoever takes them
//!    nothing ahead      group 3 ──▶ …      ─┘
//! ```
//!
//! Each worker takes the next few inputs of one folder from the walk itself, so nothing is listed in advance and nothing
//! piles up: memory and open files depend on the number of workers, never on the number of inputs. Whether the run is
//! cancelled is asked between groups.

mod feed;
mod press;
mod titles;

pub use feed::Next;

use crate::Inputs;
use feed::Feed;
use press::Press;
use prkit_plan::Watch;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How a run goes over its inputs.
#[derive(Clone, Debug)]
pub struct Pool {
    jobs: Option<usize>,
    /// Parts of folders and lists are taken in their order.
    ordered: bool,
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
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended<S> {
    /// Files that were met in folders and are of no kind that is read.
    pub foreign: u64,
    /// Why it ended before its inputs did.
    pub stopped: Option<Stopped<S>>,
}

/// Why a run ended before its inputs did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stopped<S> {
    /// It was cancelled.
    Cancelled,
    /// Whoever takes its parts wanted no more.
    By(S),
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

impl Pool {
    /// Inputs one after the other, as far as whoever takes the parts can tell; by so many workers, or one a processor.
    pub const fn new(jobs: Option<usize>, ordered: bool) -> Self {
        Self { jobs, ordered, walked: 16, named: 1, bytes: None, crew: 1, most: MAX_JOBS }
    }

    /// Inputs of one folder in groups as large as open files allow, each of which waits for the disk.
    pub fn in_groups(self) -> Self {
        let (pool, each) = Self { crew: WAITING_CREW, ..self }.within_open_files();
        Self { walked: each, named: each, bytes: Some(MAX_GROUP_BYTES), ..pool }
    }

    /// Inputs that wait for the disk each on its own.
    pub fn one_by_one(self) -> Self {
        let (pool, each) = self.within_open_files();
        Self { walked: pool.walked.min(each), ..pool }
    }

    /// No more workers than open files allow, and what each may take at once.
    fn within_open_files(mut self) -> (Self, usize) {
        let open = prkit_apply::allow_many_files().min(MAX_OPEN).saturating_sub(OPEN_BESIDE);
        let files = usize::try_from(open).unwrap_or(0).checked_div(OPEN_EACH).unwrap_or(0);
        self.most = files.checked_div(MIN_GROUP).unwrap_or(0).clamp(1, MAX_JOBS);
        let each = files.checked_div(self.jobs()).unwrap_or(0).clamp(MIN_GROUP, MAX_GROUP);
        (self, each)
    }

    fn jobs(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, NonZero::get).saturating_mul(self.crew);
        self.jobs.unwrap_or_else(cores).clamp(1, self.most)
    }

    /// Does `work` with all inputs, and has every part of it taken, by one worker at a time.
    pub fn run<P: Send, S: Send>(
        &self,
        inputs: Inputs,
        watch: &dyn Watch,
        work: &(impl Fn(&Next) -> P + Sync),
        take: &mut (impl FnMut(P) -> Result<(), S> + Send),
    ) -> Ended<S> {
        let jobs = if inputs.is_one() { 1 } else { self.jobs() };
        let ordered = self.ordered || !inputs.has_walks();
        let press = Press::new(ordered && jobs > 1, jobs, take);
        let cancelled = std::sync::atomic::AtomicBool::new(false);
        let feed = Mutex::new(Feed::new(inputs, self.walked, self.named, self.bytes));
        let worker = || {
            while !press.is_stopped() {
                let mut feed = feed.lock().unwrap_or_else(PoisonError::into_inner);
                // When all is done nothing is left to go on with.
                if watch.is_cancelled() && !feed.is_over() {
                    cancelled.store(true, std::sync::atomic::Ordering::Relaxed);
                    press.stop();
                    return;
                }
                let next = feed.next();
                drop(feed);
                let Some((number, next)) = next else { return };
                press.put(number, work(&next));
            }
        };
        thread::scope(|scope| {
            for _ in 1..jobs {
                scope.spawn(worker);
            }
            worker();
        });
        let foreign = feed.into_inner().unwrap_or_else(PoisonError::into_inner).foreign();
        let cancelled = cancelled.into_inner().then_some(Stopped::Cancelled);
        Ended { foreign, stopped: press.finish().map(Stopped::By).or(cancelled) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Flag(AtomicBool);

    impl Watch for Flag {
        fn is_cancelled(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn inputs() -> Inputs {
        Inputs::given((0..3).map(|n| Ok(Input::of_path(Path::new(&format!("{n}/file"))))))
    }

    /// Three inputs, each a group; the run is cancelled while one of them is worked at.
    fn run(cancelled_at: usize) -> (usize, Option<Stopped<()>>) {
        let (flag, mut seen) = (Flag(AtomicBool::new(false)), 0_usize);
        let mut take = |()| {
            seen += 1;
            flag.0.fetch_or(seen == cancelled_at, Ordering::Relaxed);
            Ok(())
        };
        let pool = Pool::new(Some(1), false).in_groups();
        let ended = pool.run(inputs(), &flag, &|_: &Next| (), &mut take);
        (seen, ended.stopped)
    }

    #[test]
    fn what_is_cancelled_when_all_is_done_ends_as_it_would_have() {
        assert_eq!(run(1), (1, Some(Stopped::Cancelled)));
        assert_eq!(run(3), (3, None));
    }

    #[test]
    fn who_takes_parts_may_want_no_more_and_gets_what_was_done() {
        let mut seen = Vec::new();
        let mut take = |n: usize| {
            seen.push(n);
            if n == 2 { Err("enough") } else { Ok(()) }
        };
        let count = std::sync::atomic::AtomicUsize::new(0);
        let work = |_: &Next| count.fetch_add(1, Ordering::Relaxed) + 1;
        let ended = Pool::new(Some(1), false).run(inputs(), &prkit_plan::Unwatched, &work, &mut take);
        assert_eq!((seen, ended.stopped), (vec![1, 2], Some(Stopped::By("enough"))));
    }
}
