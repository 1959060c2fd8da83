//! What is known of files whose turn has not come: lines of a log, edits of a plan.

use crate::input::{Input, Name};
use prkit_plan::Store as _;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// By path or address, and of one path in the order in which it was put there.
pub(super) struct Pending<T>(Arc<Mutex<HashMap<PathBuf, VecDeque<T>>>>);

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Pending<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Pending<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, VecDeque<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, path: PathBuf, what: T) {
        self.lock().entry(path).or_default().push_back(what);
    }

    pub(super) fn take(&self, path: &Path) -> Option<T> {
        let mut pending = self.lock();
        let of_path = pending.get_mut(path)?;
        let first = of_path.pop_front();
        if of_path.is_empty() {
            pending.remove(path);
        }
        first
    }

    /// The same for an input, if it is a file, or an object with an address.
    pub(super) fn take_for(&self, input: &Input) -> Option<T> {
        match &input.name {
            Name::Path(path) => self.take(path),
            Name::Asset { store, id } => self.take(Path::new(&store.url(id)?)),
            Name::Stdin | Name::Data(_) | Name::Address(_) => None,
        }
    }
}
