//! `prkit extract`: one object, header, store or box.

use super::{listed, open};
use crate::args::{ExtractArgs, What};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::Input;
use crate::out::{Out, Outcome};
use crate::report::Listing;
use crate::run::each;
use crate::saving::{Writing, save_all};
use bytes::Bytes;
use prkit_batch::Selector;
use std::io::{self, IsTerminal as _};
use std::path::Path;

pub(crate) fn run(args: &ExtractArgs) -> Result<Status, Stop> {
    let selector = args.select.selector(false)?;
    if args.encoding.raw && args.output.is_none() && args.all.is_none() && io::stdout().is_terminal() {
        return Err(Stop::usage("--raw bytes are not for a terminal: use -o or a pipe"));
    }
    let mut taken: Vec<Taken> = Vec::new();
    let listing = args.listing.listing();
    let mut work =
        |input: &Input, out: &mut Out| take(input, &selector, args, (listing.as_ref(), &mut taken), out);
    let status = each(&mut args.input.open()?, false, &mut work)?;
    if let Some(listing) = listing {
        return Ok(listing.ended(status));
    }
    let given = give(args, &taken)?;
    Ok(status.max(given))
}

/// Something taken out, and where it was.
struct Taken {
    from: String,
    bytes: Bytes,
}

fn take(
    input: &Input,
    selector: &Selector,
    args: &ExtractArgs,
    (listing, taken): (Option<&Listing>, &mut Vec<Taken>),
    out: &mut Out,
) -> Outcome {
    let (document, objects) = match open(input, selector) {
        Ok(opened) => opened,
        Err(error) => {
            out.message(input, &told(error));
            return Outcome::Failed;
        }
    };
    if let Some(listing) = listing {
        return listed(listing, input, (&document, objects.len()), selector, out);
    }
    if objects.is_empty() {
        let why = selector.why_nothing(&document).ok().map(|why| why.to_string());
        return out.nothing_selected(input, selector.require, why.as_deref());
    }
    let mut outcome = Outcome::Done;
    let is_stored = args.encoding.raw || args.encoding.is_textual();
    for found in &objects {
        let place = found.path.clone().unwrap_or_else(|| "object".to_owned());
        match prkit_batch::piece(&document, found, args.what.into(), args.shape, is_stored) {
            // Identical copies, one in every fragment, count once.
            Ok(bytes) if taken.iter().any(|known| known.bytes == bytes) => {}
            Ok(bytes) => {
                taken.push(Taken { from: format!("{} {place} [{}]", input.display(), found.index), bytes });
            }
            Err(error) => {
                out.message(input, &format!("{error}, at byte {} in {place}", found.offset));
                outcome = Outcome::Failed;
            }
        }
    }
    outcome
}

/// How what was taken is written.
fn writing(args: &ExtractArgs) -> Writing {
    let is_text = match args.shape {
        None => args.what == What::Header && !args.encoding.raw && !args.encoding.is_textual(),
        Some(form) => form.is_text(),
    };
    Writing { encoding: args.encoding, is_text }
}

fn give(args: &ExtractArgs, taken: &[Taken]) -> Result<Status, Stop> {
    if let Some(folder) = &args.all {
        return give_all(args, folder, taken);
    }
    let only = match taken {
        [] => {
            crate::terminal::note(format_args!("there is nothing to extract"));
            return Ok(Status::Failed);
        }
        [only] => only,
        several => {
            crate::terminal::note(format_args!(
                "several different ones are selected; choose with --index, --kid or --where, or take --all DIR:"
            ));
            for taken in several {
                crate::terminal::line(format_args!("  {}, {} bytes", taken.from, taken.bytes.len()));
            }
            return Ok(Status::Failed);
        }
    };
    if args.told.verbose {
        crate::terminal::note(format_args!("{}, {} bytes", only.from, only.bytes.len()));
    }
    match &args.output {
        Some(path) if args.input.names(path) => {
            Err(Stop::usage("-o: the target is the input itself; nothing was written"))
        }
        Some(path) if path.as_os_str() != "-" => {
            Ok(writing(args).save(path, &only.bytes, args.overwrite.overwrite()))
        }
        _ => {
            writing(args).print(&only.bytes)?;
            Ok(Status::Done)
        }
    }
}

fn give_all(args: &ExtractArgs, folder: &Path, taken: &[Taken]) -> Result<Status, Stop> {
    if taken.is_empty() {
        crate::terminal::note(format_args!("there is nothing to extract"));
        return Ok(Status::Failed);
    }
    let extension = match (writing(args).is_text, args.what) {
        (true, _) => "xml",
        (false, What::Box) => "pssh",
        (false, What::Store) => "els",
        (false, _) => "pro",
    };
    let files = taken.iter().enumerate().map(|(i, taken)| {
        (format!("{i}.{extension}"), writing(args).encode(&taken.bytes, true), taken.from.as_str())
    });
    save_all(folder, files, args.overwrite.overwrite(), args.told.quiet)
}
