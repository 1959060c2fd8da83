//! Ctrl-C and its like stop a run where no file is half-way.
//!
//! The first signal is remembered and looked at between two groups of files; the second one ends the process at once, which
//! is as safe as a kill: journals know how to go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Signals that were caught.
#[derive(Clone, Debug)]
pub(crate) struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// Catches signals from now on. Where that does not work, they end the process as ever.
    pub(crate) fn catch() -> Option<Self> {
        let caught = Arc::new(AtomicUsize::new(0));
        for (signal, number) in ALL {
            register(signal, number, &caught).ok()?;
        }
        Some(Self(caught))
    }

    /// The number of the signal that came, if one did.
    pub(crate) fn caught(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::Relaxed)).ok().filter(|signal| *signal > 0)
    }
}

#[cfg(unix)]
const ALL: [(i32, usize); 3] =
    [(signal_hook::consts::SIGINT, 2), (signal_hook::consts::SIGTERM, 15), (signal_hook::consts::SIGHUP, 1)];
#[cfg(not(unix))]
const ALL: [(i32, usize); 2] = [(signal_hook::consts::SIGINT, 2), (signal_hook::consts::SIGTERM, 15)];

fn register(signal: i32, number: usize, caught: &Arc<AtomicUsize>) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let second = Arc::new(std::sync::atomic::AtomicBool::new(false));
        // In this order: the first signal finds the flag down and puts it up.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&second))?;
        signal_hook::flag::register(signal, second)?;
    }
    signal_hook::flag::register_usize(signal, Arc::clone(caught), number)?;
    Ok(())
}
