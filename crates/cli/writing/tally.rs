//! What became of many inputs, in numbers.

use crate::report::WriteReport;
use crate::terminal::{escaped, note};
use indicatif::{HumanBytes, HumanCount, HumanDuration};
use std::collections::BTreeMap;
use std::time::Instant;

/// Numbers of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tally {
    changed: u64,
    unchanged: u64,
    /// Nothing in it was selected.
    unmatched: u64,
    failed: u64,
    /// Unchanged, with objects that were left as they were.
    unchanged_left: u64,
    /// Inputs with objects that were left as they were, and how many of these.
    with_left: u64,
    left: u64,
    /// A log says that they were done before.
    done_before: u64,
    bytes_written: u64,
    bytes_moved: u64,
    strategies: BTreeMap<&'static str, u64>,
    urls: BTreeMap<Urls, u64>,
    /// Changes of URLs that are not listed, because there are too many different ones.
    other_urls: u64,
}

/// A license URL before and after.
pub(crate) type Urls = (Option<String>, Option<String>);

/// Different changes of URLs that are remembered, and that are printed.
const MAX_URLS: usize = 10_000;
const MAX_LISTED: usize = 50;

fn add(to: &mut u64, count: u64) {
    *to = to.saturating_add(count);
}

impl Tally {
    /// An input that failed before anything was known of it.
    pub(super) fn fail(&mut self) {
        add(&mut self.failed, 1);
    }

    pub(super) fn skip(&mut self, count: usize) {
        add(&mut self.done_before, u64::try_from(count).unwrap_or(u64::MAX));
    }

    pub(super) fn count(&mut self, report: &WriteReport) {
        add(&mut self.with_left, u64::from(!report.left.is_empty()));
        add(&mut self.left, u64::try_from(report.left.len()).unwrap_or(u64::MAX));
        match report {
            WriteReport { error: Some(_), .. } => return add(&mut self.failed, 1),
            WriteReport { changed: true, .. } => add(&mut self.changed, 1),
            WriteReport { left, .. } if !left.is_empty() => add(&mut self.unchanged_left, 1),
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

    fn count_urls(&mut self, urls: Urls, count: u64) {
        if self.urls.len() < MAX_URLS || self.urls.contains_key(&urls) {
            add(self.urls.entry(urls).or_default(), count);
        } else {
            add(&mut self.other_urls, count);
        }
    }

    /// Adds the numbers of another part of the run.
    pub(super) fn merge(&mut self, other: Self) {
        for (to, count) in [
            (&mut self.changed, other.changed),
            (&mut self.unchanged, other.unchanged),
            (&mut self.unmatched, other.unmatched),
            (&mut self.failed, other.failed),
            (&mut self.with_left, other.with_left),
            (&mut self.left, other.left),
            (&mut self.unchanged_left, other.unchanged_left),
            (&mut self.done_before, other.done_before),
            (&mut self.bytes_written, other.bytes_written),
            (&mut self.bytes_moved, other.bytes_moved),
            (&mut self.other_urls, other.other_urls),
        ] {
            add(to, count);
        }
        for (strategy, count) in other.strategies {
            add(self.strategies.entry(strategy).or_default(), count);
        }
        for (urls, count) in other.urls {
            self.count_urls(urls, count);
        }
    }

    /// Prints it on standard error.
    pub(super) fn print(&self, dry_run: bool, start: Instant) {
        let verb = if dry_run { "would change" } else { "changed" };
        let mut parts = vec![format!("{} {verb}", HumanCount(self.changed))];
        let others = [
            (self.unchanged, "already as asked"),
            (self.unmatched, "without anything selected"),
            (self.unchanged_left, "left as they were"),
            (self.done_before, "done before"),
            (self.failed, "failed"),
        ];
        let named = others.into_iter().filter(|(count, _)| *count > 0);
        parts.extend(named.map(|(count, what)| format!("{} {what}", HumanCount(count))));
        note(format_args!("{}; {}", parts.join(", "), HumanDuration(start.elapsed())));
        if self.left > 0 {
            let plural = |count, one: &str, many: &str| {
                format!("{} {}", HumanCount(count), if count == 1 { one } else { many })
            };
            note(format_args!(
                "{} in {} left as {}: {}",
                plural(self.left, "object", "objects"),
                plural(self.with_left, "input", "inputs"),
                if self.left == 1 { "it was" } else { "they were" },
                "not read, followed or proven"
            ));
        }
        if self.changed > 0 {
            let strategies: Vec<_> = self
                .strategies
                .iter()
                .map(|(name, count)| format!("{} {name}", HumanCount(*count)))
                .collect();
            let verb = if dry_run { "to write" } else { "written" };
            note(format_args!(
                "{} {verb}, {} moved; {}",
                HumanBytes(self.bytes_written),
                HumanBytes(self.bytes_moved),
                strategies.join(", ")
            ));
        }
        self.print_urls();
    }

    fn print_urls(&self) {
        let mut urls: Vec<_> = self.urls.iter().collect();
        urls.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
        let name =
            |url: &Option<String>| url.as_deref().map_or("none".into(), |url| escaped(url).into_owned());
        for ((before, after), count) in urls.iter().take(MAX_LISTED) {
            note(format_args!("{} × {} → {}", HumanCount(**count), name(before), name(after)));
        }
        let rest =
            urls.iter().skip(MAX_LISTED).map(|(_, count)| **count).fold(self.other_urls, u64::saturating_add);
        if rest > 0 {
            note(format_args!("{} × other license URLs", HumanCount(rest)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        let urls = |n: u64| (Some("a".to_owned()), Some(n.to_string()));
        let mut tally = Tally { changed: 1, ..Tally::default() };
        tally.count_urls(urls(1), 1);
        let mut other = Tally { changed: 2, failed: 1, ..Tally::default() };
        other.count_urls(urls(1), 1);
        other.count_urls(urls(2), 1);
        tally.merge(other);
        assert_eq!((tally.changed, tally.failed), (3, 1));
        assert_eq!(tally.urls, BTreeMap::from([(urls(1), 2), (urls(2), 1)]));
    }

    #[test]
    fn too_many_different_urls_are_only_counted() {
        let mut tally = Tally::default();
        for n in 0..20_000 {
            tally.count_urls((None, Some(n.to_string())), 1);
        }
        assert_eq!((tally.urls.len(), tally.other_urls), (MAX_URLS, 10_000));
    }
}
