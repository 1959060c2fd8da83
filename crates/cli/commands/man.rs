//! `prkit man`: one page a command, made of what `--help` says.

use crate::args::{Cli, ManArgs};
use crate::exit::{Status, Stop};
use crate::saving;
use crate::terminal;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use std::io;

/// What every page ends with.
const EXIT_STATUS: &str = r#".SH "EXIT STATUS"
.TP
.B 0
Done, also where there was nothing to do.
.TP
.B 1
\fBlint\fR, \fBcheck\fR and the like found something at or above \fB\-\-level\fR, or
\fB\-\-dry\-run \-\-exit\-code\fR found pending work.
.TP
.B 2
The command line makes no sense.
.TP
.B 3
At least one input failed. The others were done.
.TP
.B 130
Interrupted.
"#;

pub(crate) fn run(args: &ManArgs) -> Result<Status, Stop> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // Full names, and the options that commands inherit.
    program.build();
    let Some(folder) = &args.all else {
        let mut command = &program;
        for name in &args.command {
            command = command
                .find_subcommand(name)
                .ok_or_else(|| Stop::usage(format!("there is no command {}", terminal::escaped(name))))?;
        }
        terminal::put(&page(command)?)?;
        return Ok(Status::Done);
    };
    if let Err(error) = std::fs::create_dir_all(folder) {
        terminal::note(format_args!("cannot make {}: {error}", terminal::path(folder)));
        return Ok(Status::Failed);
    }
    let mut status = Status::Done;
    for command in commands(&program) {
        let path = folder.join(Man::new(command.clone()).get_filename());
        status = status.max(saving::save(&path, &page(command)?, args.overwrite.overwrite()));
    }
    Ok(status)
}

/// A command and all below it.
fn commands(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|command| !command.is_hide_set()).flat_map(commands);
    std::iter::once(command).chain(below).collect()
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let source = concat!("prkit ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(source).manual("prkit").render(&mut page)?;
    page.extend_from_slice(EXIT_STATUS.as_bytes());
    Ok(page)
}
