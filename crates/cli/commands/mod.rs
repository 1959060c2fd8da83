//! One file a command.

mod apply;
mod check;
mod checksum;
mod clock;
mod completions;
mod config;
mod derive_key;
mod els;
mod extract;
mod inject;
mod kid;
mod license;
mod lint;
mod man;
mod new;
mod policy;
mod recover;
mod reheader;
mod remove;
mod show;
mod soap;
mod status;
mod undo;

use crate::args::Command;
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, Input, Kinds};
use crate::out::{Out, Outcome};
use crate::report::Listing;
use prkit_batch::Selector;

pub(crate) fn run(command: Command) -> Result<Status, Stop> {
    match command {
        Command::Show(args) => show::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Reheader(args) => reheader::run(&args),
        Command::Inject(args) => inject::run(&args),
        Command::Remove(args) => remove::run(&args),
        Command::Els(args) => els::run(&args),
        Command::Recover(args) => recover::run(&args),
        Command::Apply(args) => apply::run(&args),
        Command::Undo(args) => undo::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::New(args) => new::run(&args),
        Command::Kid(args) => kid::run(&args),
        Command::Checksum(args) => checksum::run(&args),
        Command::DeriveKey(args) => derive_key::run(&args),
        Command::License(args) => license::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Soap(args) => soap::run(&args),
        Command::Clock(args) => clock::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Config(_) => config::run(),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Check(args) => check::run(&args),
    }
}

/// Why nothing in an input is selected, with what that is: nothing where it was found in a folder, and only counted.
fn unselected(input: &Input, document: &Document, selector: &Selector, out: &mut Out) -> Outcome {
    let why = if input.is_walked() && !selector.require { None } else { selector.why_nothing(document).ok() };
    out.nothing_selected(input, selector.require, why.map(|why| why.to_string()).as_deref())
}

/// Names an input, and says why not where something has to be selected in it.
fn listed(
    listing: &Listing,
    input: &Input,
    (document, selected): (&Document, usize),
    selector: &Selector,
    out: &mut Out,
) -> Outcome {
    listing.tell(input, selected, out);
    if selected == 0 && selector.require { unselected(input, document, selector, out) } else { Outcome::Done }
}

/// Opens an input and finds the objects that are meant.
fn open(input: &Input, selector: &Selector) -> prkit_batch::Result<(Document, Vec<Found>)> {
    let document = Document::open(input, selector.scope())?;
    let objects = document.objects_that(&|found| selector.wants(found))?;
    Ok((document, objects))
}

/// The same for an input that may be none of ours.
fn open_if_ours(
    input: &Input,
    selector: &Selector,
    kinds: &Kinds,
) -> prkit_batch::Result<Option<(Document, Vec<Found>)>> {
    let Some(document) = Document::open_if_ours(input, selector.scope(), kinds)? else { return Ok(None) };
    let objects = document.objects_that(&|found| selector.wants(found))?;
    Ok(Some((document, objects)))
}
