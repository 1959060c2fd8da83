//! `prkit undo`: take back a finished batch, file by file, with its log.
//!
//! ```text
//!   log, last line first ──▶ file: as the batch left it? ──▶ plan: the old bytes where they were ──▶ writing/
//! ```

use crate::args::{UndoArgs, WhereTo, WriteArgs};
use crate::exit::{Status, Stop};
use crate::input::{Input, Inputs};
use crate::out::Out;
use crate::report;
use crate::terminal;
use crate::writing;
use prkit_batch::Selector;
use prkit_batch::Sources;
use prkit_batch::log::{Asked, Line, LogError, LogReader, left_of};
use prkit_batch::operation::Undo;
use prkit_batch::writing::Guard;

pub(crate) fn run(args: &UndoArgs) -> Result<Status, Stop> {
    let mut elsewhere = 0_u64;
    let mut sources = Sources::default();
    let count = |line: &Line| {
        elsewhere = elsewhere.saturating_add(u64::from(line.output().is_some()));
        if !args.alone && line.is_to_take_back() {
            sources.paths.extend(line.path());
        }
    };
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
        match writing::settle(&args.log, args.sync) {
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
    let log = Input::of_path(&args.log);
    let paths = undo.inputs(reader).map(move |next| next.map_err(|error| (log.clone(), error)));
    let selector = Selector::default();
    let asked = || Asked::of("undo");
    let guard = (!args.alone).then(|| Guard::new(sources, Vec::new(), Vec::new()));
    let taken =
        writing::carry_out(&undo, (Inputs::given(paths), true), guard, &selector, &write_args(args), &asked)?;
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
