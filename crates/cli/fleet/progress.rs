//! How far a run is: a bar on a terminal, lines elsewhere.
//!
//! ```text
//!   short files   ███░░░  1,200/5,000 files  12 MiB  800  5s left
//!   long ones     ███░░░  3/10 files  1.2 GiB of about 8.0 GiB  310 MiB/s  22s left       every moment, from the engine
//! ```
//!
//! How many files there are is found out meanwhile, by a second walk that opens nothing.

use super::watcher::{Moved, Moves};
use crate::args::ProgressWhen;
use crate::input::Inputs;
use crate::out::Outcome;
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Tells how far a run is.
pub(crate) struct Progress {
    board: Arc<Mutex<Board>>,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

/// What is told.
struct Board {
    way: Way,
    start: Instant,
    /// Files of the run, as far as they are counted.
    len: Option<u64>,
    is_one: bool,
    files: u64,
    bytes: u64,
    failed: u64,
    moves: Arc<Moves>,
    before: Moved,
}

enum Way {
    Silent,
    Bar(ProgressBar),
    /// Nothing yet: one that is done in a moment needs no bar.
    Later,
    /// A line whenever so much time is over.
    Lines {
        every: Duration,
        last: Instant,
    },
}

/// Between two lines.
const EVERY: Duration = Duration::from_secs(10);
/// Between two lines of runs that are watched closely.
const OFTEN: Duration = Duration::from_secs(1);
/// How often the bar is drawn.
const DRAWS: u8 = 8;
/// Between two looks at what was moved.
const TICK: Duration = Duration::from_millis(125);
/// One file that takes longer gets a bar.
const SOON: Duration = Duration::from_millis(500);
/// From this on, bytes tell more than files.
const LONG: u64 = 64 * 1024 * 1024;
/// Bytes that are moved.
const MOVES: &str = "{bar:20} {msg}";
/// Files that are done. The width of a rate is that of its fraction.
const FILES: &str = "{bar:30} {human_pos}/{human_len} files  {msg}  {per_sec:0}  {eta} left";

impl Progress {
    pub(crate) fn new(when: ProgressWhen, inputs: &Inputs, moves: &Arc<Moves>) -> Self {
        let progress = Self::of(when, inputs.is_one(), moves);
        if let Some(count) = inputs.counter().filter(|_| progress.ticker.is_some()) {
            let board = Arc::clone(&progress.board);
            std::thread::spawn(move || {
                let len = count();
                locked(&board).has(len);
            });
        }
        progress
    }

    /// Of one file, or of many that somebody counts.
    pub(crate) fn of(when: ProgressWhen, is_one: bool, moves: &Arc<Moves>) -> Self {
        let start = Instant::now();
        let way = match when {
            ProgressWhen::Never => Way::Silent,
            _ if io::stderr().is_terminal() && is_one => Way::Later,
            _ if io::stderr().is_terminal() => Way::Bar(bar()),
            ProgressWhen::Auto => Way::Lines { every: EVERY, last: start },
            ProgressWhen::Always => Way::Lines { every: OFTEN, last: start },
        };
        let is_silent = matches!(way, Way::Silent);
        let (len, before) = (is_one.then_some(1), moves.now());
        let (files, bytes, failed) = (0, 0, 0);
        let board = Board { way, start, len, is_one, files, bytes, failed, moves: Arc::clone(moves), before };
        let board = Arc::new(Mutex::new(board));
        let ticker = if is_silent { None } else { ticker(Arc::clone(&board)) };
        Self { board, ticker }
    }

    /// There are so many files, or titles.
    pub(crate) fn has(&self, len: u64) {
        locked(&self.board).has(len);
    }

    /// Counts what came of some inputs.
    pub(crate) fn count(&mut self, outcomes: &[Outcome], bytes: u64) {
        let mut board = locked(&self.board);
        let files = u64::try_from(outcomes.len()).unwrap_or(u64::MAX);
        let failed = outcomes.iter().filter(|outcome| **outcome == Outcome::Failed).count();
        board.files = board.files.saturating_add(files);
        board.failed = board.failed.saturating_add(u64::try_from(failed).unwrap_or(u64::MAX));
        board.bytes = board.bytes.saturating_add(bytes);
        board.tell();
    }

    /// Does something that writes to the terminal.
    pub(crate) fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        match &locked(&self.board).way {
            Way::Bar(bar) => bar.suspend(write),
            Way::Silent | Way::Later | Way::Lines { .. } => write(),
        }
    }

    pub(crate) fn finish(&mut self) {
        if let Some((stop, ticker)) = self.ticker.take() {
            drop(stop);
            let _ = ticker.join();
        }
        let board = locked(&self.board);
        match &board.way {
            Way::Bar(bar) => bar.finish_and_clear(),
            Way::Lines { every, .. } if *every == OFTEN => board.line(),
            Way::Silent | Way::Later | Way::Lines { .. } => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.ticker.is_some() {
            self.finish();
        }
    }
}

fn locked(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells from time to time what was moved, until its sender is dropped.
fn ticker(board: Arc<Mutex<Board>>) -> Option<(Sender<()>, JoinHandle<()>)> {
    let (stop, stopped) = channel();
    let tick = move || {
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            let mut board = locked(&board);
            if board.moved().is_some() {
                board.tell();
            }
        }
    };
    let ticker = std::thread::Builder::new().name("progress".to_owned()).spawn(tick).ok()?;
    Some((stop, ticker))
}

impl Board {
    fn has(&mut self, len: u64) {
        self.len = Some(len);
        if let Way::Bar(bar) = &self.way {
            bar.set_length(len);
        }
    }

    /// What was moved, where that is worth a word.
    fn moved(&self) -> Option<Moved> {
        Some(self.moves.now().since(self.before)).filter(|moved| moved.expected >= LONG)
    }

    fn tell(&mut self) {
        let moved = self.moved();
        match &mut self.way {
            Way::Later if moved.is_some() && self.start.elapsed() >= SOON => self.way = Way::Bar(bar()),
            Way::Lines { every, last } if last.elapsed() >= *every => {
                *last = Instant::now();
                // Of one file, there is nothing to say but that.
                if moved.is_some() || !self.is_one {
                    self.line();
                }
            }
            Way::Silent | Way::Later | Way::Lines { .. } | Way::Bar(_) => {}
        }
        let Way::Bar(bar) = &self.way else { return };
        let Some(moved) = moved else {
            bar.set_message(self.counted());
            bar.set_position(self.files);
            return;
        };
        if let Ok(style) = ProgressStyle::with_template(MOVES) {
            bar.set_style(style);
        }
        bar.set_length(self.all(moved));
        bar.set_position(moved.moved);
        let files = match (self.is_one, self.len) {
            (true, _) => String::new(),
            (false, Some(len)) => format!("{}/{} files  ", HumanCount(self.files), HumanCount(len)),
            (false, None) => format!("{} files  ", HumanCount(self.files)),
        };
        bar.set_message(format!("{files}{}", self.way_of(moved)));
    }

    /// Bytes of the whole run: of what began, and as many for each of those that did not.
    fn all(&self, moved: Moved) -> u64 {
        let each = moved.expected.checked_div(moved.begun.max(1)).unwrap_or(0);
        let waiting = self.len.unwrap_or(0).saturating_sub(moved.begun.max(self.files));
        moved.expected.saturating_add(each.saturating_mul(waiting))
    }

    fn way_of(&self, moved: Moved) -> String {
        let all = self.all(moved);
        let about = if all > moved.expected { "about " } else { "" };
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(", {} failed", HumanCount(failed)),
        };
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = moved.moved.saturating_mul(1000).checked_div(millis).unwrap_or(0);
        let left = match all.saturating_sub(moved.moved) {
            0 => "flushing".to_owned(),
            left => match left.checked_div(rate) {
                Some(seconds) => format!("{:#} left", HumanDuration(Duration::from_secs(seconds))),
                None => "not moving yet".to_owned(),
            },
        };
        format!(
            "{} of {about}{}{failed}  {}/s  {left}",
            HumanBytes(moved.moved.min(all)),
            HumanBytes(all),
            HumanBytes(rate)
        )
    }

    fn counted(&self) -> String {
        let errors = match self.failed {
            0 => String::new(),
            failed => format!(", {} failed", HumanCount(failed)),
        };
        format!("{}{errors}", HumanBytes(self.bytes))
    }

    fn line(&self) {
        let elapsed = self.start.elapsed();
        if let Some(moved) = self.moved() {
            let way = self.way_of(moved).replace("  ", ", ");
            crate::terminal::note(format_args!(
                "{} files, {way}, after {}",
                HumanCount(self.files),
                HumanDuration(elapsed)
            ));
            return;
        }
        let rate = u128::from(self.files).saturating_mul(1000).checked_div(elapsed.as_millis().max(1));
        crate::terminal::note(format_args!(
            "{} files, {}, {} files a second, after {}",
            HumanCount(self.files),
            self.counted(),
            rate.unwrap_or(0),
            HumanDuration(elapsed)
        ));
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWS));
    if let Ok(style) = ProgressStyle::with_template(FILES) {
        bar.set_style(style);
    }
    bar
}
