//! `prkit man`: one page a command, made of what `--help` says.

use crate::args::{Cli, ManArgs, examples};
use crate::exit::{Status, Stop};
use crate::saving;
use crate::terminal;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use std::io::{self, Write as _};

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
    // What stands behind the options in `--help` has sections of its own here.
    let bare = command.clone().after_long_help(None::<&str>);
    Man::new(bare).source(source).manual("prkit").render(&mut page)?;
    let name = command.get_bin_name().unwrap_or_default();
    let examples = examples::of(name.trim_start_matches("prkit "));
    if !examples.is_empty() {
        page.extend_from_slice(b".SH EXAMPLES\n");
    }
    for (what, command) in examples {
        let command = command.replace('\\', "\\\\").replace('-', "\\-");
        write!(page, ".PP\n{what}:\n.PP\n.RS 4\n.nf\n{command}\n.fi\n.RE\n")?;
    }
    page.extend_from_slice(b".SH \"EXIT STATUS\"\n");
    for (status, what) in examples::EXIT_STATUS {
        writeln!(page, ".TP\n.B {status}\n{}", what.replace('-', "\\-"))?;
    }
    Ok(page)
}
