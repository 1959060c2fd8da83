//! What many files hold, in numbers, as people read it: `--summary`.

use crate::style::NAME;
use crate::terminal::escaped;
use indicatif::{HumanBytes, HumanCount};
use prkit_batch::report::{Room, Survey};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Lines of a table for people.
const MAX_ROWS: usize = 40;

/// The tables: a title, what is counted, and the rows.
pub(crate) fn tables(survey: &Survey) -> Vec<(&'static str, Vec<(String, String)>)> {
    let names = |names: &BTreeMap<String, u64>| {
        let mut rows: Vec<_> = names.iter().collect();
        rows.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
        rows.into_iter().map(|(name, count)| (name.clone(), HumanCount(*count).to_string())).collect()
    };
    let kinds = survey.kinds.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
    let room = |name: &str, room: Room| {
        let told = format!(
            "{} in {} files, {}, the largest {} bytes",
            HumanCount(room.count),
            HumanCount(room.files),
            HumanBytes(room.bytes),
            HumanCount(room.largest)
        );
        (name.to_owned(), told)
    };
    let mut rooms = vec![room("slack", survey.slack), room("stores", survey.stores)];
    if survey.stores.count > 0 {
        rooms.push(("empty stores".to_owned(), HumanCount(survey.empty_stores).to_string()));
    }
    let findings = survey.findings.iter().map(|(rule, found)| {
        let told = format!("{} in {} files", HumanCount(found.count), HumanCount(found.files));
        (format!("{rule} {}", found.level), told)
    });
    let total = vec![
        ("all".to_owned(), format!("{}, {}", HumanCount(survey.files), HumanBytes(survey.bytes))),
        ("failed".to_owned(), HumanCount(survey.failed).to_string()),
    ];
    let tables = vec![
        ("Files", total),
        ("Files by kind", names(&kinds)),
        ("Files by system", names(&survey.systems)),
        ("Files by header version", names(&survey.versions)),
        ("Files by license URL", names(&survey.la_urls)),
        ("Room", rooms),
        ("Findings by rule", findings.collect()),
    ];
    tables.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
}

/// For people.
pub(crate) fn text(survey: &Survey) -> String {
    let mut out = String::new();
    for (title, rows) in tables(survey) {
        let width =
            rows.iter().take(MAX_ROWS).map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(60);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{NAME}{title}{NAME:#}");
        for (name, value) in rows.iter().take(MAX_ROWS) {
            let _ = writeln!(out, "  {:width$}  {value}", escaped(name));
        }
        if let Some(rest) = rows.len().checked_sub(MAX_ROWS).filter(|rest| *rest > 0) {
            let _ = writeln!(out, "  and {rest} others; --json has all");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tables_are_cut_and_say_so() {
        let mut survey = Survey::default();
        survey.la_urls.extend((0..60).map(|n| (format!("https://{n}/"), 1)));
        assert!(text(&survey).contains("and 20 others; --json has all"));
    }
}
