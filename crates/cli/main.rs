//! `prkit`: finds, reads and rewrites PlayReady headers in MP4 files.
//!
//! ```text
//!   args/      what was typed                         (low arguments)
//!   config.rs  defaults of options, from the user's configuration folder
//!   asked/     what that asks of the engine, crates/batch; keys.rs: keys as people give them
//!   input.rs   which inputs: what was typed, for the engine
//!   hints.rs   errors in the words of the program: which option helps
//!   remote.rs  addresses as inputs, in programs that are built with it
//!   saving.rs  how bytes are written
//!   values.rs  values from files, standard input and variables
//!   refused.rs    how refusals are told that somebody may override
//!   owner.rs   another user, in whose name root recovers
//!   topics.rs  help about what commands have in common
//!   table.rs   options as columns of a table
//!   commands/  one file a command: what was asked → the engine → how it is told
//!   run.rs     every input, one after the other; out.rs: what is printed for it
//!   fleet/     many inputs at once: signals and progress of the engine's pool
//!   writing/   what commands that write have in common: the engine does it, and here it is told
//!   report/    what is printed, for people and for programs
//! ```

#![forbid(unsafe_code)]

mod args;
mod asked;
mod commands;
mod config;
mod exit;
mod fleet;
mod hints;
mod input;
mod keys;
mod out;
mod owner;
mod refused;
#[cfg(feature = "remote")]
mod remote;
mod report;
mod run;
mod saving;
mod style;
mod table;
mod terminal;
mod topics;
mod values;
mod version;
mod writing;

use clap::{CommandFactory as _, FromArgMatches as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let typed = args::once_for_help(std::env::args_os());
    if let Some(topic) = topics::asked(&typed) {
        let put = terminal::put(topic.as_bytes()).map_err(exit::Stop::from);
        return put.map_or_else(|stop| stop.report(), |()| ExitCode::SUCCESS);
    }
    args::colors_typed(&typed).write_global();
    // What packages are made of is the same for everybody.
    let is_packaging = typed.get(1).is_some_and(|command| command == "man" || command == "completions");
    let loaded = if is_packaging { Ok(()) } else { config::load() };
    let mut command = args::Cli::command();
    if let Some(color) = config::value("color") {
        command = command.mut_arg("color", |arg| arg.default_value(color));
    }
    let parsed =
        command.try_get_matches_from(&typed).and_then(|matches| args::Cli::from_arg_matches(&matches));
    let mut cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return exit::not_parsed(&error, &typed),
    };
    if let Err(stop) = loaded {
        return stop.report();
    }
    config::complete(&mut cli.command);
    anstream::ColorChoice::from(cli.color).write_global();
    match commands::run(cli.command) {
        Ok(status) => status.into(),
        Err(stop) => stop.report(),
    }
}
