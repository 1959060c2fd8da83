//! `prkit recover`: finish an interrupted edit in place, or take it back.

use crate::args::{RecoverArgs, ToldArgs};
use crate::exit::{Status, Stop};
use crate::fleet::Signals;
use crate::hints::told;
use crate::input::Address;
use crate::out::{Out, Printer};
use crate::owner::act_as;
use crate::report::{PathReport, SCHEMA};
use crate::terminal;
use prkit_apply::{Outcome, Place, is_unfinished, journal_at, pending, recover};
use prkit_batch::operation::LeftBehind;
use serde::Serialize;
use std::path::Path;
#[cfg(feature = "remote")]
use std::time::Duration;

#[derive(Serialize)]
struct RecoverReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    journal: Option<String>,
    /// `finished`, `taken-back`, `removed` for an unfinished copy, `left-alone` for what only looks like one, `pending`
    /// with `--list`.
    outcome: Option<&'static str>,
    error: Option<String>,
}

pub(crate) fn run(args: &RecoverArgs) -> Result<Status, Stop> {
    if let Some(owner) = &args.owner {
        act_as(owner).map_err(Stop::usage)?;
    }
    let (mut status, mut printer) = (Status::Done, Printer::new(!args.list));
    let signals = if args.list { None } else { Signals::catch(false) };
    for path in &args.paths {
        let mut out = Out::new(args.json);
        if let Some(address) = path.to_str().filter(|path| Address::is_address(path)) {
            status = status.max(in_bucket(address, args, &mut out)?);
            printer.print(out)?;
            continue;
        }
        let found = LeftBehind::at(path);
        match found {
            Ok(mut found) => {
                if args.list {
                    // What several folders point to is one thing that waits.
                    let mut seen: Vec<Place> = Vec::new();
                    found.journals.retain(|journal| {
                        let journal = journal_at(journal);
                        let is_new = !seen.contains(&journal);
                        seen.push(journal);
                        is_new
                    });
                }
                let mut nothing = true;
                for journal in &found.journals {
                    nothing = false;
                    let at_work = [journal.path()];
                    if let Some(signals) = &signals {
                        signals.begins(&at_work);
                    }
                    status = status.max(one(journal, args, &mut out));
                    let Some(signals) = &signals else { continue };
                    signals.ends(&at_work);
                    if let Some(signal) = signals.caught() {
                        return interrupted(signal, out, &mut printer);
                    }
                }
                // A journal knows what becomes of the copies that it lists: they are looked at behind it.
                for copy in found.copies.iter().filter(|copy| copy.is_taken()) {
                    nothing = false;
                    status = status.max(unfinished(copy, args, &mut out));
                }
                if nothing && !args.json && !args.told.quiet {
                    out.text(&format!("{}: nothing to recover\n", terminal::path(path)));
                }
            }
            Err(error) => {
                let path = PathReport::of_path(path);
                RecoverReport {
                    schema: SCHEMA,
                    path,
                    journal: None,
                    outcome: None,
                    error: Some(told(error)),
                }
                .print(args.told, &mut out);
                status = status.max(Status::Failed);
            }
        }
        printer.print(out)?;
    }
    Ok(status)
}

/// Ends between two edits.
fn interrupted(signal: u8, out: Out, printer: &mut Printer) -> Result<Status, Stop> {
    printer.print(out)?;
    terminal::note(format_args!("interrupted between two edits; the same command again goes on"));
    Err(Stop::Signal(signal))
}

/// Uploads into a bucket that were not completed.
#[cfg(feature = "remote")]
fn in_bucket(address: &str, args: &RecoverArgs, out: &mut Out) -> Result<Status, Stop> {
    let named = |address: &str, outcome, error| RecoverReport {
        schema: SCHEMA,
        path: PathReport::of_path(Path::new(&Address::shown(address))),
        journal: None,
        outcome,
        error,
    };
    if args.undo {
        return Err(Stop::usage(
            "--undo: an upload that was not completed changed nothing, and cannot be finished",
        ));
    }
    let remote = args.remote.opened(false)?;
    let found = match remote.bucket(address) {
        Ok(Some((bucket, below))) => bucket.left_uploads(&below).map(|found| (bucket, found)),
        Ok(None) => return Err(Stop::usage("recover takes files, folders and s3://BUCKET/FOLDER/")),
        Err(error) => Err(error),
    };
    let (bucket, (left, others)) = match found {
        Ok(found) => found,
        Err(error) => {
            let error = format!("its unfinished uploads cannot be listed: {error}");
            named(address, None, Some(error)).print(args.told, out);
            return Ok(Status::Failed);
        }
    };
    let root = address.split('/').take(3).collect::<Vec<_>>().join("/");
    let (mut status, age) =
        (Status::Done, Duration::from_secs(u64::from(args.older_than).saturating_mul(3600)));
    for upload in &left {
        let (outcome, error) = match (upload.is_older_than(age), args.list) {
            (false, _) => (Some("left-alone"), None),
            (true, true) => (Some("pending"), None),
            (true, false) => match bucket.abort_upload(upload) {
                Ok(()) => (Some("removed"), None),
                Err(error) => (None, Some(error.to_string())),
            },
        };
        if error.is_some() {
            status = Status::Failed;
        }
        named(&format!("{root}/{}", upload.key), outcome, error).print(args.told, out);
    }
    if left.is_empty() && !args.json {
        out.text(&format!("{}: nothing to recover\n", terminal::escaped(&Address::shown(address))));
    }
    if others > 0 {
        out.note(&format!(
            "{}: {others} unfinished uploads of other programs are left alone",
            terminal::escaped(&Address::shown(address))
        ));
    }
    Ok(status)
}

#[cfg(not(feature = "remote"))]
fn in_bucket(address: &str, _: &RecoverArgs, _: &mut Out) -> Result<Status, Stop> {
    let address = Address::shown(address);
    Err(Stop::usage(told(prkit_batch::InputsError::NoReach { address }.into())))
}

fn one(journal: &Place, args: &RecoverArgs, out: &mut Out) -> Status {
    let named = |path: &Path, outcome, error| RecoverReport {
        schema: SCHEMA,
        path: PathReport::of_path(path),
        journal: Some(journal.path().to_string_lossy().into_owned()),
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
        Err(error) => vec![named(&journal.path(), None, Some(error.to_string()))],
    };
    let mut status = Status::Done;
    for report in reports {
        if report.error.is_some() {
            status = Status::Failed;
        }
        report.print(args.told, out);
    }
    status
}

/// A file with the name of an unfinished copy goes if it is one.
fn unfinished(copy: &Place, args: &RecoverArgs, out: &mut Out) -> Status {
    let result = match (is_unfinished(copy), args.list) {
        (false, _) => Ok("left-alone"),
        (true, true) => Ok("pending"),
        (true, false) => copy.remove().map(|()| "removed"),
    };
    let report = RecoverReport {
        schema: SCHEMA,
        path: PathReport::of_path(&copy.path()),
        journal: None,
        outcome: result.as_ref().ok().copied(),
        error: result.as_ref().err().map(ToString::to_string),
    };
    report.print(args.told, out);
    if result.is_ok() { Status::Done } else { Status::Failed }
}

impl RecoverReport {
    fn print(&self, told: ToldArgs, out: &mut Out) {
        if out.is_json() {
            out.json(self);
        } else if let Some(outcome) = self.outcome.filter(|_| !told.quiet) {
            let words = match outcome {
                "finished" => "the interrupted edit was finished",
                "taken-back" => "the interrupted edit was taken back",
                "removed" => "an unfinished copy was removed",
                "left-alone" => {
                    "left alone: it is at work, or has the name of an unfinished copy and not the mark of one; \
                     remove it, if nobody needs it"
                }
                _ => "waits to be recovered",
            };
            out.text(&format!("{}: {words}\n", self.path.display()));
            if let Some(journal) = self.journal.as_ref().filter(|_| told.verbose) {
                out.text(&format!("  journal  {}\n", terminal::escaped(journal)));
            }
        }
        if let Some(error) = &self.error {
            out.note(&format!("{}: {}", self.path.display(), terminal::escaped(error)));
        }
    }
}
