//! `prkit recover`: finish an interrupted edit in place, or take it back.

use crate::args::RecoverArgs;
use crate::exit::{Status, Stop};
use crate::out::{Out, Printer};
use crate::report::{PathReport, SCHEMA};
use crate::terminal;
use prkit_apply::{Outcome, is_journal, is_unfinished, journal_at, journals_of, pending, recover};
use serde::Serialize;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

#[derive(Serialize)]
struct RecoverReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    journal: Option<String>,
    /// `finished`, `taken-back`, `removed` for an unfinished copy, `pending` with `--list`.
    outcome: Option<&'static str>,
    error: Option<String>,
}

pub(crate) fn run(args: &RecoverArgs) -> Result<Status, Stop> {
    let (mut status, mut printer) = (Status::Done, Printer::new(!args.list));
    for path in &args.paths {
        let mut out = Out::new(args.json);
        let found = Found::at(path);
        match found {
            Ok(mut found) => {
                if args.list {
                    // What several folders point to is one thing that waits.
                    let mut seen = std::collections::BTreeSet::new();
                    found.journals.retain(|journal| {
                        let journal = journal_at(journal);
                        seen.insert(journal.canonicalize().unwrap_or(journal))
                    });
                }
                let mut nothing = true;
                for journal in &found.journals {
                    nothing = false;
                    status = status.max(one(journal, args, &mut out));
                }
                // A journal knows what becomes of the copies that it lists: they are looked at behind it.
                for copy in found.copies.iter().filter(|copy| is_unfinished(copy)) {
                    nothing = false;
                    status = status.max(unfinished(copy, args, &mut out));
                }
                if nothing && !args.json {
                    out.text(&format!("{}: nothing to recover\n", terminal::path(path)));
                }
            }
            Err(error) => {
                let path = PathReport::of_path(path);
                RecoverReport { schema: SCHEMA, path, journal: None, outcome: None, error: Some(error) }
                    .print(&mut out);
                status = status.max(Status::Failed);
            }
        }
        printer.print(out)?;
    }
    Ok(status)
}

/// What an interruption left.
#[derive(Default)]
struct Found {
    journals: Vec<PathBuf>,
    /// Hidden files, some of them copies that a killed process did not finish.
    copies: Vec<PathBuf>,
}

impl Found {
    /// Of a journal, of a file by its name, or of everything below a folder.
    fn at(path: &Path) -> Result<Self, String> {
        let mut found = Self::default();
        if path.is_dir() {
            for entry in WalkDir::new(path).sort_by_file_name() {
                let entry = entry.map_err(|error| error.to_string())?;
                if entry.file_type().is_file() {
                    found.take(entry.into_path());
                }
            }
        } else if is_journal(path) {
            found.take(path.to_owned());
        } else {
            found.journals.extend(journals_of(path));
            if found.journals.is_empty() && path.symlink_metadata().is_err() {
                return Err("there is no such file, and no journal of it".to_owned());
            }
        }
        Ok(found)
    }

    fn take(&mut self, path: PathBuf) {
        if is_journal(&path) {
            self.journals.push(path);
        } else if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            self.copies.push(path);
        }
    }
}

fn one(journal: &Path, args: &RecoverArgs, out: &mut Out) -> Status {
    let named = |path: &Path, outcome, error| RecoverReport {
        schema: SCHEMA,
        path: PathReport::of_path(path),
        journal: Some(journal.to_string_lossy().into_owned()),
        outcome,
        error,
    };
    let reports = if args.list {
        pending(journal).map(|files| files.iter().map(|path| named(path, Some("pending"), None)).collect())
    } else {
        recover(journal, args.undo).map(|files| {
            let report = |file: prkit_apply::Recovered| match file.result {
                Ok(Outcome::Finished) => named(&file.path, Some("finished"), None),
                Ok(Outcome::TakenBack) => named(&file.path, Some("taken-back"), None),
                Err(refusal) => named(&file.path, None, Some(refusal.to_string())),
            };
            files.into_iter().map(report).collect()
        })
    };
    let reports: Vec<RecoverReport> = match reports {
        Ok(reports) => reports,
        Err(error) => vec![named(journal, None, Some(error.to_string()))],
    };
    let mut status = Status::Done;
    for report in reports {
        if report.error.is_some() {
            status = Status::Failed;
        }
        report.print(out);
    }
    status
}

fn unfinished(copy: &Path, args: &RecoverArgs, out: &mut Out) -> Status {
    let result = if args.list { Ok("pending") } else { std::fs::remove_file(copy).map(|()| "removed") };
    let report = RecoverReport {
        schema: SCHEMA,
        path: PathReport::of_path(copy),
        journal: None,
        outcome: result.as_ref().ok().copied(),
        error: result.as_ref().err().map(ToString::to_string),
    };
    report.print(out);
    if result.is_ok() { Status::Done } else { Status::Failed }
}

impl RecoverReport {
    fn print(&self, out: &mut Out) {
        if out.is_json() {
            out.json(self);
        } else if let Some(outcome) = self.outcome {
            let words = match outcome {
                "finished" => "the interrupted edit was finished",
                "taken-back" => "the interrupted edit was taken back",
                "removed" => "an unfinished copy was removed",
                _ => "waits to be recovered",
            };
            out.text(&format!("{}: {words}\n", self.path.display()));
        }
        if let Some(error) = &self.error {
            out.note(&format!("{}: {}", self.path.display(), terminal::escaped(error)));
        }
    }
}
