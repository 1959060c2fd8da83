//! `prkit`: finds, reads and rewrites PlayReady headers in MP4 files.
//!
//! ```text
//!   args/      what was typed                         (low arguments)
//!   input/     which inputs, what they are, what is in them
//!   select.rs  which of that is meant
//!   header_change.rs, keys.rs   what becomes of headers, and keys as people give them
//!   left.rs    what an edit left as it was, and why
//!   payloads.rs   payloads changed where they are
//!   new_object.rs   a new object from options
//!   table/     which inputs, keys and fragments get which options
//!   shape.rs   the forms an object is given in
//!   title/     which local files the references of a manifest lead to, below its roots
//!   check/     whether things agree: facts, rules, comparisons
//!   commands/  one file a command: input → job → report
//!   run.rs     every input, one after the other; out.rs: what is printed for it
//!   fleet/     many inputs at once: workers, order, signals, progress
//!   writing/   where a result goes, and how it gets there
//!   log/       the record of a run: resume, undo
//!   report/    what is printed, for people and for programs
//! ```

#![forbid(unsafe_code)]

mod args;
mod check;
mod commands;
mod exit;
mod fleet;
mod header_change;
mod input;
mod keys;
mod left;
mod log;
mod new_object;
mod out;
mod payloads;
mod report;
mod run;
mod select;
mod shape;
mod style;
mod table;
mod terminal;
mod title;
mod writing;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = args::Cli::parse_from(args::once_for_help(std::env::args_os()));
    match commands::run(cli.command) {
        Ok(status) => status.into(),
        Err(stop) => stop.report(),
    }
}
