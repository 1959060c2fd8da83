//! The numbers of a run, as they are printed.

use crate::terminal::{escaped, note};
use indicatif::{HumanBytes, HumanCount, HumanDuration};
use prkit_batch::writing::Totals;
use std::time::Instant;

/// Different changes of URLs that are printed.
const MAX_LISTED: usize = 50;

/// Prints it on standard error.
pub(super) fn print(total: &Totals, dry_run: bool, start: Instant) {
    let verb = if dry_run { "would change" } else { "changed" };
    let mut parts = vec![format!("{} {verb}", HumanCount(total.changed))];
    let others = [
        (total.unchanged, "already as asked"),
        (total.unmatched, "without anything selected"),
        (total.missed, "without what was to be replaced"),
        (total.unchanged_left, "left as they were"),
        (total.done_before, "done before"),
        (total.failed, "failed"),
    ];
    let named = others.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(named.map(|(count, what)| format!("{} {what}", HumanCount(count))));
    note(format_args!("{}; {}", parts.join(", "), HumanDuration(start.elapsed())));
    if total.left > 0 {
        let plural = |count, one: &str, many: &str| {
            format!("{} {}", HumanCount(count), if count == 1 { one } else { many })
        };
        note(format_args!(
            "{} in {} left as {}: {}",
            plural(total.left, "object", "objects"),
            plural(total.with_left, "input", "inputs"),
            if total.left == 1 { "it was" } else { "they were" },
            "not read, followed or proven"
        ));
    }
    if total.changed > 0 {
        let strategies: Vec<_> =
            total.strategies.iter().map(|(name, count)| format!("{} {name}", HumanCount(*count))).collect();
        let verb = if dry_run { "to write" } else { "written" };
        note(format_args!(
            "{} {verb}, {} moved; {}",
            HumanBytes(total.bytes_written),
            HumanBytes(total.bytes_moved),
            strategies.join(", ")
        ));
    }
    if let Some(transfer) = total.transfer {
        note(format_args!(
            "{} requests; {} up, {} down, {} copied by the server",
            HumanCount(transfer.requests),
            HumanBytes(transfer.up),
            HumanBytes(transfer.down),
            HumanBytes(transfer.copied)
        ));
    }
    print_urls(total);
}

fn print_urls(total: &Totals) {
    let mut urls: Vec<_> = total.urls.iter().collect();
    urls.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    let name = |url: &Option<String>| url.as_deref().map_or("none".into(), |url| escaped(url).into_owned());
    for ((before, after), count) in urls.iter().take(MAX_LISTED) {
        note(format_args!("{} × {} → {}", HumanCount(**count), name(before), name(after)));
    }
    let rest =
        urls.iter().skip(MAX_LISTED).map(|(_, count)| **count).fold(total.other_urls, u64::saturating_add);
    if rest > 0 {
        note(format_args!("{} × other license URLs", HumanCount(rest)));
    }
}
