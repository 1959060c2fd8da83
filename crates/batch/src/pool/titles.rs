//! Titles, each of which is worked at as a whole.

use super::{MAX_OPEN, OPEN_EACH, Pool};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;

/// Files that are open at once: a title holds all of its own.
struct Room {
    free: Mutex<usize>,
    freed: Condvar,
    all: usize,
}

impl Room {
    /// Waits for so many; a title that needs more than there are has them all to itself.
    fn take(&self, files: usize) -> usize {
        let files = files.min(self.all);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.freed.wait_while(free, |free| *free < files);
        let mut free = free.unwrap_or_else(PoisonError::into_inner);
        *free = free.saturating_sub(files);
        files
    }

    fn give_back(&self, files: usize) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = free.saturating_add(files);
        self.freed.notify_all();
    }
}

impl Pool {
    /// Does `work` with titles, given how many files each has, and has what comes of it taken here: as it comes, or in order.
    /// None is begun after whoever takes it wanted no more; those that are at work come to their end.
    ///
    /// # Errors
    ///
    /// Why no more is wanted.
    pub(crate) fn titles<T: Sync, P: Send, S>(
        &self,
        titles: &[(usize, T)],
        work: &(impl Fn(&T) -> P + Sync),
        take: &mut dyn FnMut(P) -> Result<(), S>,
    ) -> Result<(), S> {
        let jobs = self.jobs().min(titles.len());
        if jobs < 2 {
            return titles.iter().try_for_each(|(_, title)| take(work(title)));
        }
        let open = usize::try_from(prkit_apply::allow_many_files().min(MAX_OPEN)).unwrap_or(usize::MAX);
        let all = open.checked_div(OPEN_EACH).unwrap_or(1).max(1);
        let room = Room { free: Mutex::new(all), freed: Condvar::new(), all };
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (sender, done) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..jobs {
                let (sender, room, next, stopped) = (sender.clone(), &room, &next, &stopped);
                scope.spawn(move || {
                    while !stopped.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some((files, title)) = titles.get(number) else { return };
                        let files = room.take(*files);
                        let is_wanted = !stopped.load(Ordering::Relaxed);
                        let done = is_wanted.then(|| work(title));
                        room.give_back(files);
                        if let Some(done) = done {
                            // Whoever takes them waits until all have ended.
                            let _ = sender.send((number, done));
                        }
                    }
                });
            }
            drop(sender);
            let (mut result, mut waiting, mut expected) = (Ok(()), BTreeMap::new(), 0_usize);
            for (number, one) in done {
                waiting.insert(number, one);
                while let Some(one) = if self.ordered {
                    waiting.remove(&expected)
                } else {
                    waiting.pop_first().map(|(_, one)| one)
                } {
                    expected = expected.saturating_add(1);
                    let taken = take(one);
                    if result.is_ok() && taken.is_err() {
                        result = taken;
                        stopped.store(true, Ordering::Relaxed);
                    }
                }
            }
            // Behind one that was not begun any more, others may have come to their end.
            for one in waiting.into_values() {
                let taken = take(one);
                result = result.and(taken);
            }
            result
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_in_order_where_that_is_asked_for_and_end_when_no_more_are_wanted() {
        let titles: Vec<(usize, usize)> = (0..40).map(|n| (if n == 7 { 1_000_000 } else { 3 }, n)).collect();
        let mut seen = Vec::new();
        let taken = Pool::new(Some(4), true).titles(&titles, &|n: &usize| *n, &mut |n| {
            seen.push(n);
            Ok::<(), ()>(())
        });
        assert!(taken.is_ok() && seen.is_sorted() && seen.len() == 40, "{seen:?}");
        let mut count = 0;
        let taken = Pool::new(Some(4), false).titles(&titles, &|n: &usize| *n, &mut |_| {
            count += 1;
            if count == 3 { Err("enough") } else { Ok(()) }
        });
        assert_eq!(taken, Err("enough"));
    }
}
