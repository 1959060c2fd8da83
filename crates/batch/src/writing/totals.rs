//! What became of many inputs, in numbers.

use crate::report::WriteReport;
use prkit_plan::Transfer;
use std::collections::BTreeMap;

/// Numbers of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Totals {
    /// Changed, or to be changed.
    pub changed: u64,
    /// As asked already.
    pub unchanged: u64,
    /// Nothing in it was selected.
    pub unmatched: u64,
    /// Failed.
    pub failed: u64,
    /// Unchanged, with objects that were left as they were.
    pub unchanged_left: u64,
    /// Inputs with objects that were left as they were.
    pub with_left: u64,
    /// Objects that were left as they were.
    pub left: u64,
    /// Inputs in which something was to be replaced and is something else.
    pub missed: u64,
    /// A log says that they were done before.
    pub done_before: u64,
    /// Bytes that were written.
    pub bytes_written: u64,
    /// Bytes that are elsewhere afterwards.
    pub bytes_moved: u64,
    /// What edits of objects in buckets transfer, where a dry run counts it.
    pub transfer: Option<Transfer>,
    /// How often edits were made to fit in which way.
    pub strategies: BTreeMap<&'static str, u64>,
    /// License URLs before and after, where a dry run counts them.
    pub urls: BTreeMap<Urls, u64>,
    /// Changes of URLs that are not listed, because there are too many different ones.
    pub other_urls: u64,
}

/// A license URL before and after.
pub type Urls = (Option<String>, Option<String>);

/// Different changes of URLs that are remembered.
const MAX_URLS: usize = 10_000;

fn add(to: &mut u64, count: u64) {
    *to = to.saturating_add(count);
}

impl Totals {
    /// An input that failed before anything was known of it.
    pub fn fail(&mut self) {
        add(&mut self.failed, 1);
    }

    /// Inputs that were done before.
    pub fn skip(&mut self, count: usize) {
        add(&mut self.done_before, u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// One that was planned.
    pub fn count(&mut self, report: &WriteReport) {
        self.count_transfer(report.transfer.map(Transfer::from));
        add(&mut self.with_left, u64::from(!report.left.is_empty()));
        add(&mut self.left, u64::try_from(report.left.len()).unwrap_or(u64::MAX));
        match report {
            WriteReport { error: Some(_), .. } => return add(&mut self.failed, 1),
            WriteReport { changed: true, .. } => add(&mut self.changed, 1),
            WriteReport { left, .. } if !left.is_empty() => add(&mut self.unchanged_left, 1),
            WriteReport { missed: 1.., .. } => add(&mut self.missed, 1),
            WriteReport { matched: 0, .. } => add(&mut self.unmatched, 1),
            _ => add(&mut self.unchanged, 1),
        }
        add(&mut self.bytes_written, report.bytes_written);
        add(&mut self.bytes_moved, report.bytes_moved);
        if let Some(strategy) = report.strategy {
            add(self.strategies.entry(strategy).or_default(), 1);
        }
        for urls in &report.urls {
            self.count_urls(urls.clone(), 1);
        }
    }

    fn count_transfer(&mut self, transfer: Option<Transfer>) {
        if let Some(transfer) = transfer {
            self.transfer = Some(self.transfer.unwrap_or_default().and(transfer));
        }
    }

    fn count_urls(&mut self, urls: Urls, count: u64) {
        if self.urls.len() < MAX_URLS || self.urls.contains_key(&urls) {
            add(self.urls.entry(urls).or_default(), count);
        } else {
            add(&mut self.other_urls, count);
        }
    }

    /// Adds the numbers of another part of the run.
    pub fn merge(&mut self, other: Self) {
        for (to, count) in [
            (&mut self.changed, other.changed),
            (&mut self.unchanged, other.unchanged),
            (&mut self.unmatched, other.unmatched),
            (&mut self.failed, other.failed),
            (&mut self.with_left, other.with_left),
            (&mut self.left, other.left),
            (&mut self.unchanged_left, other.unchanged_left),
            (&mut self.missed, other.missed),
            (&mut self.done_before, other.done_before),
            (&mut self.bytes_written, other.bytes_written),
            (&mut self.bytes_moved, other.bytes_moved),
            (&mut self.other_urls, other.other_urls),
        ] {
            add(to, count);
        }
        self.count_transfer(other.transfer);
        for (strategy, count) in other.strategies {
            add(self.strategies.entry(strategy).or_default(), count);
        }
        for (urls, count) in other.urls {
            self.count_urls(urls, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        let urls = |n: u64| (Some("a".to_owned()), Some(n.to_string()));
        let mut totals = Totals { changed: 1, ..Totals::default() };
        totals.count_urls(urls(1), 1);
        let mut other = Totals { changed: 2, failed: 1, ..Totals::default() };
        other.count_urls(urls(1), 1);
        other.count_urls(urls(2), 1);
        totals.merge(other);
        assert_eq!((totals.changed, totals.failed), (3, 1));
        assert_eq!(totals.urls, BTreeMap::from([(urls(1), 2), (urls(2), 1)]));
    }

    #[test]
    fn too_many_different_urls_are_only_counted() {
        let mut totals = Totals::default();
        for n in 0..20_000 {
            totals.count_urls((None, Some(n.to_string())), 1);
        }
        assert_eq!((totals.urls.len(), totals.other_urls), (MAX_URLS, 10_000));
    }
}
