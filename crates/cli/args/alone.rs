//! Parsing with the one command that was typed.
//!
//! There are some twenty commands. To describe all of them, only to find one, takes longer than to read a small file; and
//! scripts start the program once a file. What is wrong, and help, is told by all of them.

use super::{
    AnywhereArgs, CheckArgs, Cli, Deferred, ExtractArgs, InjectArgs, LintArgs, ReheaderArgs, RemoveArgs,
    ShowArgs,
};
use clap::error::Error;
use clap::{Args, Command, FromArgMatches as _, Parser as _};
use std::ffi::OsString;

/// What was typed.
pub(crate) fn parse(typed: &[OsString]) -> Result<Cli, Error> {
    let command = typed.get(1).and_then(|name| name.to_str()).and_then(of_many_files);
    if let Some(command) = command {
        let program = AnywhereArgs::augment_args(Command::new("prkit")).subcommand(command);
        let found =
            program.try_get_matches_from(typed).and_then(|mut found| Cli::from_arg_matches_mut(&mut found));
        if found.is_ok() {
            return found;
        }
    }
    Cli::try_parse_from(typed)
}

/// The commands that are run for one file after the other, by the names that they have in `Command`.
fn of_many_files(name: &str) -> Option<Command> {
    fn of<T: Args>(name: &'static str) -> Command {
        Deferred::<T>::augment_args(Command::new(name))
    }
    Some(match name {
        "show" => of::<ShowArgs>("show"),
        "extract" => of::<ExtractArgs>("extract"),
        "lint" => of::<LintArgs>("lint"),
        "check" => of::<CheckArgs>("check"),
        "reheader" => of::<ReheaderArgs>("reheader"),
        "inject" => of::<InjectArgs>("inject"),
        "remove" => of::<RemoveArgs>("remove"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_command_takes_what_it_takes_among_all() {
        for name in ["show", "extract", "lint", "check", "reheader", "inject", "remove"] {
            for rest in [
                &["a.mp4"][..],
                &["--color", "never", "-n", "a.mp4", "b.mp4"],
                &["--json", "--select", "x"],
                &["-i", "--la-url", "https://a", "--system=playready", "."],
                &["--version"],
                &["--help"],
                &["--unknown"],
                &[],
            ] {
                let typed: Vec<OsString> =
                    ["prkit", name].into_iter().chain(rest.iter().copied()).map(OsString::from).collect();
                let told = |parsed: Result<Cli, Error>| match parsed {
                    Ok(cli) => format!("{cli:?}"),
                    Err(error) => error.render().to_string(),
                };
                assert_eq!(told(parse(&typed)), told(Cli::try_parse_from(&typed)), "{typed:?}");
            }
        }
    }
}
