//! `prkit new`: build a PlayReady Object.

use crate::args::NewArgs;
use crate::asked;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Document, Found, Input, Name, encryption_below};
use crate::keys;
use crate::saving::Writing;
use prkit_batch::Error;
use prkit_batch::shape::{self, Shape};
use prkit_bmff::Scope;
use prkit_playready::{Context, Encryption, Level, Payload, Use};
use std::io::{self, IsTerminal as _};
use std::path::Path;

pub(crate) fn run(args: &NewArgs) -> Result<Status, Stop> {
    if args.encoding.raw && args.output.is_none() && io::stdout().is_terminal() {
        return Err(Stop::usage("--raw bytes are not for a terminal: use -o or a pipe"));
    }
    let mut named = keys::keys("KID", &args.kids)?;
    named.extend(keys::keys("--kid", &args.more_kids)?);
    let ring = keys::list(args.object.keys.as_deref())?;
    let media = args.from_media.as_deref().map(media_of).transpose()?;
    let shape = args.shape;
    let place = place(args.object.place.map(Use::from), shape)?;
    let mut spec = asked::spec(&args.object, args.force.overrides())?;
    spec.place = place;
    let object = spec.build(named, &ring, media.as_ref()).map_err(|error| Stop::usage(told(error)))?;
    warn(&object, place);
    let payload = Payload::parse(&object).map_err(Stop::usage)?;
    let key_ids = || payload.header().map(prkit_playready::Header::key_ids).unwrap_or_default();
    let bytes = shape.of(&payload, |object| {
        let kids = if args.pssh_version == 0 { Vec::new() } else { key_ids() };
        shape::new_box(object, args.pssh_version, kids)
    });
    let bytes = bytes.map_err(Stop::usage)?;
    let writing = Writing { encoding: args.encoding, is_text: shape.is_text() };
    match &args.output {
        Some(path) if path.as_os_str() != "-" => Ok(writing.save(path, &bytes, args.force.overwrite())),
        _ => {
            writing.print(&bytes)?;
            Ok(Status::Done)
        }
    }
}

/// What the object is for: an element or a line of a manifest is for that.
fn place(asked: Option<Use>, shape: Shape) -> Result<Option<Use>, Stop> {
    match (asked, shape.place()) {
        (Some(asked), Some(place)) if asked != place => {
            let message = format!("--for {asked} and a form that belongs into {place} contradict each other");
            Err(Stop::usage(message))
        }
        (asked, place) => Ok(asked.or(place)),
    }
}

/// What a file says about its encryption.
fn media_of(path: &Path) -> Result<Encryption, Stop> {
    let input = Input::named(Name::Path(path.to_owned()));
    let named = |error: Error| Stop::usage(format!("--from-media {}: {}", input.display(), told(error)));
    let document = Document::open(&input, Scope::default()).map_err(named)?;
    // Without an object to agree with, the file as a whole counts.
    let nowhere = Found::whole_file();
    let media = encryption_below(&document, &nowhere).and_then(|media| Ok(media.understood()?.clone()));
    media.map_err(named)
}

/// Says what the object breaks, where it was asked to.
fn warn(object: &[u8], place: Option<Use>) {
    let context = Context { place, ..Context::default() };
    for finding in prkit_playready::lint(object, &context) {
        // The one note that is a decision to take while the key is at hand.
        let is_hint = finding.rule.id == "VER-13";
        if finding.level >= Level::Warning || is_hint {
            let remedy = if is_hint { "; a key (KID:KEY, --keys) gives it one" } else { "" };
            crate::terminal::note(format_args!(
                "{}: {} ({}){remedy}",
                finding.level, finding.message, finding.rule.id
            ));
        }
    }
}
