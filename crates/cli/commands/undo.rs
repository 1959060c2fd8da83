//! `prkit undo`: take back a finished batch, input by input, with its log.
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
use prkit_batch::log::{Asked, Ledger, Line, LogError, LogReader, StoreLogReader, left_of};
use prkit_batch::operation::Undo;
use prkit_batch::writing::Guard;
use prkit_batch::{Reach, Selector, Sources};
use prkit_plan::{AnyStore, AssetId};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) fn run(args: &UndoArgs) -> Result<Status, Stop> {
    let reach = args.remote.reach(false)?;
    match Ledger::named(&args.log, reach.as_ref()) {
        Ok(Ledger::File(path)) if path.is_dir() => of_folder(args, reach.as_ref()),
        Ok(Ledger::File(_)) => of_file(args, reach),
        Ok(Ledger::Store(store, folder)) => of_store(args, reach, store, folder),
        Err(error) => Err(Stop::usage(format!("the log cannot be read: {error}"))),
    }
}

/// Takes back what all logs in a folder tell of: those of one run, whose tasks have one each.
fn of_folder(args: &UndoArgs, reach: Option<&Arc<dyn Reach>>) -> Result<Status, Stop> {
    let found = args.log.read_dir().and_then(|entries| {
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let is_log = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "log");
        paths.filter(|path| path.as_ref().map_or(true, is_log)).collect::<io::Result<Vec<_>>>()
    });
    let mut logs = match found {
        Ok(logs) if logs.is_empty() => return tell(args, "the folder holds no log of a run (*.log)"),
        Ok(logs) => logs,
        Err(error) => return tell(args, &format!("the folder cannot be read: {error}")),
    };
    logs.sort();
    let mut status = Status::Done;
    for log in logs {
        status = status.max(of_file(&UndoArgs { log, ..args.clone() }, reach.cloned())?);
    }
    Ok(status)
}

/// Takes back what a record in a store tells of.
fn of_store(
    args: &UndoArgs,
    reach: Option<Arc<dyn Reach>>,
    store: AnyStore,
    folder: AssetId,
) -> Result<Status, Stop> {
    let reader = match StoreLogReader::open(store, folder) {
        Ok(reader) => reader,
        Err(error) => return tell(args, &format!("the log cannot be read: {error}")),
    };
    let undo = Undo::reaching(reach);
    let inputs = undo.inputs_of_store(reader);
    // What stands beside an object in a store, nobody looks for.
    take_back(args, &undo, inputs, None)
}

/// Says what is wrong with a log.
fn tell(args: &UndoArgs, message: &str) -> Result<Status, Stop> {
    let mut out = Out::new(args.json);
    report::failure(&Input::of_path(&args.log), message, &mut out);
    out.print().map(|()| Status::Failed)
}

fn take_back(
    args: &UndoArgs,
    undo: &Undo,
    inputs: impl Iterator<Item = prkit_batch::Result<Input>> + Send + 'static,
    guard: Option<Guard>,
) -> Result<Status, Stop> {
    let log = Input::of_path(&args.log);
    let inputs = inputs.map(move |next| next.map_err(|error| (log.clone(), error)));
    let selector = Selector::default();
    let asked = || Asked::of("undo");
    writing::carry_out(undo, (Inputs::given(inputs), true), guard, &selector, &write_args(args), &asked)
}

fn of_file(args: &UndoArgs, reach: Option<Arc<dyn Reach>>) -> Result<Status, Stop> {
    let mut elsewhere = 0_u64;
    let mut sources = Sources::default();
    let count = |line: &Line| {
        elsewhere = elsewhere.saturating_add(u64::from(line.is_elsewhere()));
        if !args.alone && line.is_to_take_back() {
            sources.paths.extend(line.path());
        }
    };
    let told = |message: &str| tell(args, message);
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
        match writing::settle(&args.log, args.sync, reach.as_ref()) {
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
    let undo = Undo::reaching(reach);
    let inputs = undo.inputs(reader);
    let guard = (!args.alone).then(|| Guard::new(sources, Vec::new(), Vec::new()));
    let taken = take_back(args, &undo, inputs, guard)?;
    Ok(status.max(taken))
}

/// How it is written: as other edits in place.
fn write_args(args: &UndoArgs) -> WriteArgs {
    let to = WhereTo { in_place: !args.dry_run, dry_run: args.dry_run, output: None };
    WriteArgs {
        json: args.json,
        told: args.told,
        sync: args.sync,
        write: args.write,
        hard_links: args.hard_links,
        fleet: args.fleet.clone(),
        ..WriteArgs::new(to)
    }
}
