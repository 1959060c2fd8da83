//! `prkit undo`: take back a finished batch, file by file, with its log.
//!
//! ```text
//!   log, last line first ──▶ file: as the batch left it? ──▶ plan: the old bytes where they were ──▶ writing/
//! ```

use super::pending::Pending;
use crate::args::{UndoArgs, WhereTo, WriteArgs};
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, Input, Inputs, Kinds};
use crate::out::Out;
use crate::report::{self, WriteReport};
use crate::terminal;
use crate::writing;
use prkit_batch::Edits;
use prkit_batch::Selector;
use prkit_batch::log::{Asked, Line, LogError, LogReader, left_of};

pub(crate) fn run(args: &UndoArgs) -> Result<Status, Stop> {
    let mut elsewhere = 0_u64;
    let count = |line: &Line| elsewhere = elsewhere.saturating_add(u64::from(line.output().is_some()));
    let told = |message: &str| {
        let mut out = Out::new(args.json);
        report::failure(&Input::of_path(&args.log), message, &mut out);
        out.print().map(|()| Status::Failed)
    };
    let cannot = |error: &LogError| {
        // The message begins with its name anyway.
        let (error, name) = (error.to_string(), format!("{}: ", terminal::path(&args.log)));
        told(&format!("the log cannot be read: {}", error.strip_prefix(&name).unwrap_or(&error)))
    };
    let left = match left_of(&args.log) {
        Ok(left) => left,
        Err(error) => return cannot(&error),
    };
    let mut status = Status::Done;
    let mut is_settled = left.is_empty();
    if !is_settled && !args.dry_run {
        match writing::settle(&args.log, args.sync, &Kinds::default()) {
            Ok(()) => is_settled = true,
            // Lines that are as they were written count all the same.
            Err(LogError::Damaged { .. }) => {}
            Err(error) => return cannot(&error),
        }
    }
    let opened = LogReader::open(&args.log, &mut { count });
    let mut reader = match opened.and_then(|reader| reader.lock().map(|()| reader)) {
        Ok(reader) => reader,
        Err(error) => return cannot(&error),
    };
    if reader.is_old() {
        terminal::note(format_args!(
            "{} was written by an older version, and its lines have no checksums: what was changed in it is not noticed",
            terminal::path(&args.log)
        ));
    }
    if !is_settled && let Err(error) = reader.beside(&left) {
        status = told(&error.to_string())?;
    }
    // A run that was killed had no time for an end.
    for damage in reader.damage().filter(|damage| is_settled || !damage.is_of_the_end()) {
        status = told(&damage.to_string())?;
    }
    if !is_settled {
        let what = if args.dry_run { "looked at when it is taken back" } else { "left alone" };
        terminal::note(format_args!(
            "the run was killed: {} tell of more files, which are {what}",
            left.iter().map(|left| terminal::path(left)).collect::<Vec<_>>().join(", ")
        ));
    }
    if elsewhere > 0 {
        terminal::note(format_args!("{elsewhere} results of the batch are other files: remove them"));
    }
    let undo = Undo::default();
    let lines = undo.lines.clone();
    let log = Input::of_path(&args.log);
    let paths = std::iter::from_fn(move || {
        loop {
            let line = match reader.take_last()? {
                Ok(line) if line.is_to_take_back() => line,
                Ok(_) => continue,
                Err(error) => return Some(Err((log.clone(), error.into()))),
            };
            let Some(path) = line.path() else {
                return Some(Err((log.clone(), LogError::Nameless.into())));
            };
            let input = Input::of_path(&path);
            lines.put(path, line);
            return Some(Ok(input));
        }
    });
    let selector = Selector::default();
    let asked = || Asked::of("undo");
    let taken = writing::carry_out(&undo, Inputs::given(paths), &selector, &write_args(args), &asked)?;
    Ok(status.max(taken))
}

/// How it is written: as other edits in place.
fn write_args(args: &UndoArgs) -> WriteArgs {
    let to = WhereTo { in_place: !args.dry_run, dry_run: args.dry_run, output: None };
    WriteArgs {
        json: args.json,
        sync: args.sync,
        write: args.write,
        hard_links: args.hard_links,
        fleet: args.fleet.clone(),
        ..WriteArgs::new(to)
    }
}

/// Lines of files that are being worked at.
#[derive(Default)]
struct Undo {
    lines: Pending<Line>,
}

impl writing::Command for Undo {
    /// What the batch left may be of no kind that is known: a file without its only pssh box, or nothing at all.
    fn wants_bytes(&self) -> bool {
        true
    }

    fn edits(&self, _: &Document, _: &[Found], _: &mut WriteReport) -> Result<Edits, String> {
        Err("the log says nothing about it".to_owned())
    }

    fn edits_of(
        &self,
        input: &Input,
        document: &Document,
        _: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
        let line = self.lines.take_for(input).ok_or("the log says nothing about it")?;
        let file = document.outer_source();
        let read = |error: std::io::Error| format!("cannot be read: {error}");
        report.matched = 1;
        report.verb =
            Some(if report.dry_run { "would be as before the batch" } else { "as before the batch" });
        let exact = if line.is_new(file).map_err(read)? {
            line.back().ok_or("its line in the log contradicts itself, and it was left alone")?
        } else if line.is_old(file).map_err(read)? {
            prkit_plan::Plan::unchanged(file.len())
        } else {
            return Err("it is not as the batch left it, and was left alone".to_owned());
        };
        Ok(Edits { exact: Some(exact), ..Edits::default() })
    }
}
