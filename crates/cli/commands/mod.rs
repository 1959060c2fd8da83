//! One file a command.

mod extract;
mod reheader;
mod show;

use crate::args::Command;
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, Input, Inputs};
use crate::report;
use crate::select::Selector;

pub(crate) fn run(command: Command) -> Result<Status, Stop> {
    match command {
        Command::Show(args) => show::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Reheader(args) => reheader::run(&args),
    }
}

/// Does something with every input. One that fails is reported, the others go on.
fn each(
    mut inputs: Inputs,
    json: bool,
    job: &mut dyn FnMut(&Input) -> Result<Outcome, Stop>,
) -> Result<Status, Stop> {
    let mut status = Status::Done;
    while let Some(next) = inputs.next() {
        let outcome = match next {
            Ok(input) => job(&input)?,
            Err((input, error)) => {
                report::failure(&input, &error, json)?;
                Outcome::Failed
            }
        };
        status = status.max(match outcome {
            Outcome::Done => Status::Done,
            Outcome::Pending => Status::Pending,
            Outcome::Failed => Status::Failed,
        });
    }
    if inputs.foreign > 0 {
        let files = if inputs.foreign == 1 { "file" } else { "files" };
        anstream::eprintln!("prkit: {} other {files} skipped", inputs.foreign);
    }
    Ok(status)
}

/// What became of one input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Done,
    Pending,
    Failed,
}

/// Opens an input and finds the objects that are meant.
fn open(input: &Input, selector: &Selector) -> Result<(Document, Vec<Found>), String> {
    let document = Document::open(input, selector.scope())?;
    let objects = document.objects()?.into_iter().filter(|found| selector.wants(found)).collect();
    Ok((document, objects))
}

/// Whether an input in which nothing was found failed, and the note about it.
fn nothing_selected(input: &Input, selector: &Selector) -> Outcome {
    if selector.require {
        report::message(input, "nothing is selected, and --require asks for something");
        return Outcome::Failed;
    }
    if !input.is_walked() {
        report::message(input, "nothing is selected");
    }
    Outcome::Done
}
