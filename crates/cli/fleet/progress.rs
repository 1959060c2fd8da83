//! How far a run is: a bar on a terminal, lines elsewhere.
//!
//! How many files there are is found out meanwhile, by a second walk that opens nothing.

use crate::args::ProgressWhen;
use crate::input::Inputs;
use crate::out::Outcome;
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

/// Tells how far a run is.
pub(crate) struct Progress {
    way: Way,
    start: Instant,
    files: u64,
    bytes: u64,
    failed: u64,
}

enum Way {
    Silent,
    Bar(ProgressBar),
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

impl Progress {
    pub(crate) fn new(when: ProgressWhen, inputs: &Inputs) -> Self {
        let start = Instant::now();
        let way = match when {
            ProgressWhen::Never => Way::Silent,
            ProgressWhen::Auto if inputs.is_one() => Way::Silent,
            _ if io::stderr().is_terminal() => Way::Bar(bar(inputs)),
            ProgressWhen::Auto => Way::Lines { every: EVERY, last: start },
            ProgressWhen::Always => Way::Lines { every: OFTEN, last: start },
        };
        Self { way, start, files: 0, bytes: 0, failed: 0 }
    }

    /// Counts what came of some inputs.
    pub(crate) fn count(&mut self, outcomes: &[Outcome], bytes: u64) {
        let files = u64::try_from(outcomes.len()).unwrap_or(u64::MAX);
        let failed = outcomes.iter().filter(|outcome| **outcome == Outcome::Failed).count();
        self.files = self.files.saturating_add(files);
        self.failed = self.failed.saturating_add(u64::try_from(failed).unwrap_or(u64::MAX));
        self.bytes = self.bytes.saturating_add(bytes);
        let told = self.told();
        match &mut self.way {
            Way::Bar(bar) => {
                bar.set_message(told);
                bar.set_position(self.files);
            }
            Way::Lines { every, last } if last.elapsed() >= *every => {
                *last = Instant::now();
                self.line(&told);
            }
            Way::Silent | Way::Lines { .. } => {}
        }
    }

    /// Does something that writes to the terminal.
    pub(crate) fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.way {
            Way::Bar(bar) => bar.suspend(write),
            Way::Silent | Way::Lines { .. } => write(),
        }
    }

    pub(crate) fn finish(&self) {
        match &self.way {
            Way::Bar(bar) => bar.finish_and_clear(),
            Way::Lines { every, .. } if *every == OFTEN => self.line(&self.told()),
            Way::Silent | Way::Lines { .. } => {}
        }
    }

    fn told(&self) -> String {
        if matches!(self.way, Way::Silent) {
            return String::new();
        }
        let errors = match self.failed {
            0 => String::new(),
            failed => format!(", {} failed", HumanCount(failed)),
        };
        format!("{}{errors}", HumanBytes(self.bytes))
    }

    fn line(&self, told: &str) {
        let seconds = self.start.elapsed();
        let rate = u128::from(self.files).saturating_mul(1000).checked_div(seconds.as_millis().max(1));
        crate::terminal::note(format_args!(
            "{} files, {told}, {} files a second, after {}",
            HumanCount(self.files),
            rate.unwrap_or(0),
            HumanDuration(seconds)
        ));
    }
}

fn bar(inputs: &Inputs) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWS));
    // The width of a rate is that of its fraction.
    let style = "{bar:30} {human_pos}/{human_len} files  {msg}  {per_sec:0}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    if let Some(count) = inputs.counter() {
        let bar = bar.clone();
        std::thread::spawn(move || bar.set_length(count()));
    }
    bar
}
