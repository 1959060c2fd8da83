//! The files that this process is at work on.
//!
//! A lock is the process's on some systems and the descriptor's on others; this tells the two workers of one process apart
//! that came to a file by two names.

use crate::system::Identity;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static AT_WORK: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

/// That a file is being worked at, until this is dropped.
#[derive(Debug)]
pub(crate) struct AtWork((u64, u64));

impl AtWork {
    /// `Err` where somebody has it; `None` on a system that does not say which file it is, and has its locks alone.
    pub(crate) fn begin(identity: &Identity) -> Result<Option<Self>, Taken> {
        let Some(inode) = identity.inode else { return Ok(None) };
        let is_free = AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).insert(inode);
        if is_free { Ok(Some(Self(inode))) } else { Err(Taken) }
    }
}

/// Somebody in this process is at work on it.
pub(crate) struct Taken;

impl Drop for AtWork {
    fn drop(&mut self) {
        AT_WORK.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}
