//! `prkit extract`: one object, header, store or box.

use super::{listed, open};
use crate::args::{ExtractArgs, What};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Document, Found, Input};
use crate::out::{Out, Outcome};
use crate::report::Listing;
use crate::run::each;
use crate::saving::Writing;
use bytes::Bytes;
use prkit_batch::shape;
use prkit_batch::{Error, Result, Selector};
use prkit_playready::{Object, Payload, SystemId};
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
    let status = each(args.input.open()?, false, &mut work)?;
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
    for found in &objects {
        let place = found.path.clone().unwrap_or_else(|| "object".to_owned());
        match piece(&document, found, args) {
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

/// What is asked for of one object, as bytes or text.
fn piece(document: &Document, found: &Found, args: &ExtractArgs) -> Result<Bytes> {
    if args.what == What::Box && args.shape.is_none() {
        return stored_box(document, found);
    }
    if !found.system.is_playready() {
        return match (args.what, args.shape) {
            (What::Object, None) => Ok(found.data.clone()),
            _ => Err(Error::OtherSystem(found.system)),
        };
    }
    let payload = Payload::parse(&found.data)?;
    let bytes = match (args.what, args.shape) {
        (What::Header, None) if args.encoding.raw || args.encoding.is_textual() => {
            stored_header(&payload)?.to_vec()
        }
        (What::Header, None) => shape::header_text(&payload)?.into_bytes(),
        (What::Store, None) => stored_store(&payload)?.to_vec(),
        (What::Object, None) => found.data.to_vec(),
        (_, Some(form)) => form.of(&payload, |object| match (&document.layout, &payload) {
            (layout, Payload::Object(stored)) if layout.is_some() || document.manifest.is_some() => {
                // A header that becomes UTF-16 needs a box of another length.
                if stored.bytes() == object {
                    return stored_box(document, found).map(|stored| stored.to_vec());
                }
                shape::new_box(object, found.version.unwrap_or(0), found.kids.clone())
            }
            _ => new_box(object),
        })?,
        (What::Box, None) => Vec::new(),
    };
    Ok(Bytes::from(bytes))
}

fn stored_header<'a>(payload: &Payload<'a>) -> Result<&'a [u8]> {
    Ok(payload.header()?.bytes())
}

fn stored_store<'a>(payload: &Payload<'a>) -> Result<&'a [u8]> {
    let store = payload.object().and_then(Object::store);
    store.map(|store| store.bytes()).ok_or(Error::NoStore)
}

fn stored_box(document: &Document, found: &Found) -> Result<Bytes> {
    if let Some(stored) = document.manifest.as_ref().and_then(|opened| opened.stored(found)) {
        return Ok(stored);
    }
    match &document.layout {
        Some(layout) => {
            let found = layout.pssh().get(found.index).ok_or(Error::NoObject(found.index))?;
            Ok(found.encode(&found.content)?)
        }
        None if found.system == SystemId::from_uuid_bytes([0; 16]) => Err(Error::NoSystem),
        None => shape::box_of(found.system, &found.data).map(Bytes::from),
    }
}

fn new_box(object: &[u8]) -> Result<Vec<u8>> {
    shape::new_box(object, 0, Vec::new())
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
    if let Err(error) = std::fs::create_dir_all(folder) {
        return Err(Stop::usage(format!("--all: cannot make {}: {error}", crate::terminal::path(folder))));
    }
    let held = prkit_apply::Folder::open(folder).map_err(|error| Stop::usage(format!("--all: {error}")))?;
    let extension = match (writing(args).is_text, args.what) {
        (true, _) => "xml",
        (false, What::Box) => "pssh",
        (false, What::Store) => "els",
        (false, _) => "pro",
    };
    let mut status = Status::Done;
    for (i, taken) in taken.iter().enumerate() {
        let name = format!("{i}.{extension}");
        status = status.max(writing(args).save_in(&held, &name, &taken.bytes, args.overwrite.overwrite()));
        let path = folder.join(name);
        if !args.told.quiet {
            crate::terminal::line(format_args!("{}  {}", crate::terminal::path(&path), taken.from));
        }
    }
    Ok(status)
}
