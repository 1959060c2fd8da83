//! Ctrl-C and its like stop a run where no file is half-way.
//!
//! ```text
//!   first signal   remembered, and looked at between two files and two blocks of a copy; where nothing is on its way to
//!                  a file and the run may wait for somebody else, the end
//!   second signal  the end at once, which is as safe as a kill: journals know how to go on, and it is said what is left
//! ```

use crate::exit::SIGNALLED;
use crate::terminal;
use prkit_apply::{is_journal, is_unfinished_name};
use std::collections::BTreeSet;
use std::io::{IsTerminal as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Signals that were caught.
#[derive(Clone, Debug)]
pub(crate) struct Signals(Arc<Caught>);

#[derive(Debug)]
struct Caught {
    first: AtomicU8,
    /// Standard input or output may keep the run waiting.
    may_wait: bool,
    work: Mutex<Work>,
}

/// What is on its way to files.
#[derive(Debug, Default)]
struct Work {
    has_begun: bool,
    files: Vec<PathBuf>,
}

impl Signals {
    /// Catches signals from now on. Where that does not work, they end the process as ever.
    pub(crate) fn catch(may_wait: bool) -> Option<Self> {
        let caught = Caught { first: AtomicU8::new(0), may_wait, work: Mutex::default() };
        let signals = Self(Arc::new(caught));
        listen(signals.clone()).ok()?;
        Some(signals)
    }

    /// The number of the signal that came, if one did.
    pub(crate) fn caught(&self) -> Option<u8> {
        Some(self.0.first.load(Ordering::Relaxed)).filter(|signal| *signal > 0)
    }

    /// Results are on their way to files.
    pub(crate) fn begins(&self, files: &[PathBuf]) {
        let mut work = self.0.work.lock().unwrap_or_else(PoisonError::into_inner);
        work.has_begun |= !files.is_empty();
        work.files.extend_from_slice(files);
    }

    /// They are there, or gone again.
    pub(crate) fn ends(&self, files: &[PathBuf]) {
        let mut work = self.0.work.lock().unwrap_or_else(PoisonError::into_inner);
        for file in files {
            if let Some(at) = work.files.iter().position(|known| known == file) {
                work.files.swap_remove(at);
            }
        }
    }

    fn come(&self, signal: u8) -> Next {
        if self.0.first.compare_exchange(0, signal, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            let files = match self.0.work.try_lock() {
                Ok(work) => work.files.clone(),
                Err(_) => Vec::new(),
            };
            return Next::End(files);
        }
        let work = self.0.work.lock().unwrap_or_else(PoisonError::into_inner);
        if self.0.may_wait && !work.has_begun {
            terminal::note(format_args!("interrupted; no file was changed"));
            // Under the lock, so that nothing begins meanwhile.
            std::process::exit(SIGNALLED.saturating_add(signal).into());
        }
        Next::Remembered
    }
}

enum Next {
    Remembered,
    /// While these files were at work.
    End(Vec<PathBuf>),
}

#[cfg(unix)]
fn listen(caught: Signals) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    const ALL: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];
    // A third one ends the process, also where the second one has nobody to tell.
    let last = Arc::new(std::sync::atomic::AtomicBool::new(false));
    for signal in ALL {
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&last))?;
    }
    let mut signals = signal_hook::iterator::Signals::new(ALL)?;
    let listen = move || {
        for signal in signals.forever() {
            if let Next::End(files) = caught.come(u8::try_from(signal).unwrap_or(u8::MAX)) {
                last.store(true, Ordering::SeqCst);
                tell_left(&files);
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map(drop)
}

#[cfg(not(unix))]
fn listen(caught: Signals) -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let (second, numbers) = (caught.clone(), [SIGINT, SIGTERM]);
    let come = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for signal in numbers {
        let number = usize::try_from(signal).unwrap_or_default();
        signal_hook::flag::register_usize(signal, Arc::clone(&come), number)?;
    }
    let listen = move || loop {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let signal = u8::try_from(come.swap(0, Ordering::Relaxed)).unwrap_or(u8::MAX);
        if signal > 0
            && let Next::End(files) = second.come(signal)
        {
            tell_left(&files);
            std::process::exit(SIGNALLED.saturating_add(signal).into());
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map(drop)
}

/// Names that are listed.
const MOST: usize = 8;

/// Tells what recovery finds where these files were at work.
fn tell_left(files: &[PathBuf]) {
    if stderr().is_terminal() {
        // Behind the bar.
        terminal::say("\n");
    }
    let folders: BTreeSet<&Path> = files.iter().map(|file| prkit_apply::folder_of(file)).collect();
    let mut left = Vec::new();
    for folder in &folders {
        for entry in folder.read_dir().into_iter().flatten().filter_map(Result::ok) {
            let name = entry.file_name();
            if is_journal(&name) {
                left.push(format!(
                    "{}, an edit that it finishes or takes back",
                    terminal::path(&entry.path())
                ));
            } else if is_unfinished_name(&name) {
                left.push(format!("{}, an unfinished copy that it removes", terminal::path(&entry.path())));
            }
        }
    }
    if left.is_empty() {
        terminal::note(format_args!("ended at once; nothing is left to recover"));
        return;
    }
    let more = left.len().saturating_sub(MOST);
    left.truncate(MOST);
    if more > 0 {
        left.push(format!("{more} more"));
    }
    let folders: Vec<String> = folders.iter().map(|folder| terminal::path(folder)).collect();
    terminal::note(format_args!(
        "ended at once; `prkit recover {}` finds {}",
        folders.join(" "),
        left.join("; ")
    ));
}
