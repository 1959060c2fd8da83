//! `prkit completions`: what a shell needs to complete commands and options.

use crate::args::{Cli, CompletionsArgs};
use crate::exit::{Status, Stop};
use crate::terminal;
use clap::CommandFactory as _;

pub(crate) fn run(args: &CompletionsArgs) -> Result<Status, Stop> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    // The generators panic where a write fails, as into a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    terminal::put(&script)?;
    Ok(Status::Done)
}
