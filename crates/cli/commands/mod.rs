//! One file a command.

mod check;
mod extract;
mod inject;
mod recover;
mod reheader;
mod remove;
mod show;

use crate::args::Command;
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, Input};
use crate::select::Selector;

pub(crate) fn run(command: Command) -> Result<Status, Stop> {
    match command {
        Command::Show(args) => show::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Reheader(args) => reheader::run(&args),
        Command::Inject(args) => inject::run(&args),
        Command::Remove(args) => remove::run(&args),
        Command::Recover(args) => recover::run(&args),
        Command::Check(args) => check::run(&args),
    }
}

/// Opens an input and finds the objects that are meant.
fn open(input: &Input, selector: &Selector) -> Result<(Document, Vec<Found>), String> {
    let document = Document::open(input, selector.scope())?;
    let objects = document.objects()?.into_iter().filter(|found| selector.wants(found)).collect();
    Ok((document, objects))
}
