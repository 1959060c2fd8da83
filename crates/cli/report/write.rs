//! The report of the commands that change something, as people read it.

use crate::input::Input;
use crate::out::Out;
use crate::style::{DONE, NAME, WARNING};
use crate::terminal::escaped;
use prkit_batch::report::{LICENSE_URL, WriteReport};
use std::fmt::Write as _;

/// How much is said of an input to people.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    None,
    /// What became of it, and what was left.
    Line,
    All,
}

/// Prints it, for programs or for people; `beside` where standard output carries the result.
pub(crate) fn print_write(report: &WriteReport, input: &Input, beside: bool, detail: Detail, out: &mut Out) {
    if out.is_json() {
        return out.json(report);
    }
    if detail == Detail::None {
        return;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, input, detail, &mut text);
    if beside { out.text_beside(&text) } else { out.text(&text) }
}

fn write(report: &WriteReport, input: &Input, detail: Detail, out: &mut String) -> std::fmt::Result {
    write!(out, "{NAME}{}{NAME:#}  ", input.display())?;
    match (report.matched, report.changed, report.dry_run) {
        (0, false, _) if report.left.is_empty() => writeln!(out, "nothing selected")?,
        (_, false, _) if report.verb.is_some() => {
            writeln!(out, "nothing to do: as before the batch already")?;
        }
        (_, false, _) if !report.left.is_empty() => writeln!(out, "nothing changed")?,
        (_, false, _) if report.missed > 0 => {
            writeln!(out, "nothing to do: what was to be replaced is not there")?;
        }
        (n, false, _) => writeln!(out, "nothing to do: {} already as asked", objects(n))?,
        (_, true, dry) => {
            let changed = report.boxes.iter().filter(|b| b.changed).count();
            let verb = report.verb.unwrap_or(if dry { "would change" } else { "changed" });
            // A manifest may change only where it says where things are, or beside an object that is in the media.
            let what = match report.patched.get(LICENSE_URL) {
                _ if changed > 0 => objects(changed),
                Some(1) => "1 license URL".to_owned(),
                Some(urls) => format!("{urls} license URLs"),
                None => "what it refers to".to_owned(),
            };
            write!(out, "{DONE}{verb}{DONE:#}")?;
            if report.verb.is_none() {
                write!(out, " {what}")?;
            }
            if let Some(output) = &report.output {
                write!(out, " → {}", escaped(output))?;
            }
            writeln!(out)?;
            if detail == Detail::All {
                write_change(report, out)?;
            }
        }
    }
    for note in report.notes.iter().filter(|_| detail == Detail::All) {
        writeln!(out, "  note  {note}")?;
    }
    for left in &report.left {
        writeln!(out, "  {WARNING}left{WARNING:#}  {}", escaped(&left.to_string()))?;
    }
    Ok(())
}

fn write_change(report: &WriteReport, out: &mut String) -> std::fmt::Result {
    for found in report.boxes.iter().filter(|found| found.changed) {
        let path = found.path.as_deref().unwrap_or("object");
        match (found.size_before, found.size_after) {
            (0, after) => writeln!(out, "  {path}  {after} bytes put in")?,
            (before, 0) => writeln!(out, "  {path}  {before} bytes taken out")?,
            (before, after) => writeln!(out, "  {path}  {before} → {after} bytes")?,
        }
    }
    if let Some(strategy) = report.strategy {
        writeln!(out, "  {strategy}: {}", report.why)?;
    }
    if report.els_before != report.els_after {
        let size = |len: Option<usize>| len.map_or_else(|| "none".to_owned(), |len| format!("{len} bytes"));
        writeln!(out, "  store  {} → {}", size(report.els_before), size(report.els_after))?;
    }
    let (before, after) = (report.size_before, report.size_after);
    if before != after {
        writeln!(out, "  file  {before} → {after} bytes")?;
    }
    if let Some(transfer) = report.transfer {
        writeln!(
            out,
            "  transfer  {} requests; {} bytes up, {} down, {} copied by the server",
            transfer.requests, transfer.bytes_up, transfer.bytes_down, transfer.bytes_copied
        )?;
    }
    if !report.patched.is_empty() {
        let patched: Vec<_> = report.patched.iter().map(|(name, count)| format!("{count} {name}")).collect();
        writeln!(out, "  patched  {}", patched.join(", "))?;
    }
    if let Some(first) = report.stale.first() {
        let listed = u64::try_from(report.stale.len()).unwrap_or(u64::MAX);
        let count = report.stale_count.unwrap_or(listed);
        writeln!(
            out,
            "  {WARNING}stale{WARNING:#}  {count} pointers were wrong before and are left alone; the first: {} → byte {}, {}",
            first.path, first.target, first.reason
        )?;
    }
    for left in &report.unscanned {
        writeln!(
            out,
            "  {WARNING}not scanned{WARNING:#}  {} bytes of {} at byte {}: positions in them stay as they are",
            left.size,
            escaped(&left.path),
            left.offset
        )?;
    }
    Ok(())
}

fn objects(count: usize) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}
