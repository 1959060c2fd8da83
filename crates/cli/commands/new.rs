//! `prkit new`: build a PlayReady Object.

use crate::args::{NewArgs, ObjectArgs};
use crate::exit::{Status, Stop};
use crate::header_change::{KID, custom_attributes, from_media, version};
use crate::input::{Document, Input, Name, encryption_of};
use crate::keys;
use crate::select::ds_id_base64;
use crate::shape::{self, Writing};
use prkit_bmff::Scope;
use prkit_playready::{
    Algorithm, Context, Encryption, Key, KeyId, Level, NewHeader, NewObject, Payload, Use,
};
use std::io::{self, IsTerminal as _};
use std::path::Path;

pub(crate) fn run(args: &NewArgs) -> Result<Status, Stop> {
    if args.encoding.raw && args.output.is_none() && io::stdout().is_terminal() {
        return Err(Stop::usage("--raw bytes are not for a terminal: use -o or a pipe"));
    }
    let mut named = keys::keys("KID", &args.kids)?;
    named.extend(keys::keys("--kid", &args.more_kids)?);
    let object = build(&args.object, named)?;
    warn(&object, args.object.place.map(Use::from));
    let payload = Payload::parse(&object).map_err(Stop::usage)?;
    let bytes = args.shape.of(&payload, |object| {
        let kids = if args.pssh_version == 0 { Vec::new() } else { kids_of(&payload) };
        shape::new_box(object, args.pssh_version, kids)
    });
    let bytes = bytes.map_err(Stop::usage)?;
    let writing = Writing { encoding: args.encoding, is_text: args.shape.is_text() };
    match &args.output {
        Some(path) if path.as_os_str() != "-" => Ok(writing.save(path, &bytes, args.object.force)),
        _ => {
            writing.print(&bytes)?;
            Ok(Status::Done)
        }
    }
}

/// The object that options and key ids ask for.
pub(crate) fn build(args: &ObjectArgs, mut named: Vec<Key>) -> Result<Vec<u8>, Stop> {
    let listed = keys::list(args.keys.as_deref())?;
    let ring = keys::ring(&listed);
    let mut algorithm = args.algid.map(Algorithm::from);
    if let Some(path) = &args.from_media {
        let media = media_of(path).map_err(Stop::usage)?;
        let (kids, of_media) = from_media(&media).map_err(Stop::usage)?;
        if named.is_empty() {
            named = kids;
        }
        match (&algorithm, &of_media) {
            (Some(asked), Some(right)) if asked != right && !args.force => {
                let message =
                    format!("--algid: {asked} contradicts the file, which says {right}; --force does it");
                return Err(Stop::usage(message));
            }
            (None, _) => algorithm = of_media,
            _ => {}
        }
    }
    for key in &mut named {
        key.key = key.key.take().or_else(|| ring.get(key.id).cloned());
    }
    let on_demand = args.decryptor_setup.is_some();
    let place = args.place.map(Use::from);
    // A fragment may hold a store and nothing else; everything else says at least what it is for.
    let is_leaf = place == Some(Use::Moof) && args.els.is_some_and(|len| len > 0);
    let url = |url: &Option<String>| with_kid(url.as_deref(), &named);
    let header = NewHeader {
        version: version(&args.header_version)?,
        algorithm,
        checksums: args.checksum.map(Into::into),
        la_url: url(&args.la_url)?,
        lui_url: url(&args.lui_url)?,
        ds_id: args.ds_id.as_deref().map(ds_id_base64).transpose()?,
        custom_attributes: args.custom_attributes.as_deref().map(custom_attributes).transpose()?,
        on_demand,
        license_requested: args.license_requested,
        keys: named,
    };
    let says_nothing = header.keys.is_empty() && !on_demand && header.license_requested.is_none();
    if says_nothing && !is_leaf {
        return Err(Stop::usage(
            "no key id: name one, take --from-media FILE, or --decryptor-setup ondemand for a live stream without",
        ));
    }
    let is_bare = says_nothing && header.la_url.is_none() && header.custom_attributes.is_none();
    let header = (!is_bare || !is_leaf).then_some(header);
    NewObject { header, store: args.els, place, force: args.force }.build().map_err(Stop::usage)
}

fn with_kid(url: Option<&str>, keys: &[Key]) -> Result<Option<String>, Stop> {
    match (url, keys) {
        (Some(url), [key]) => Ok(Some(url.replace(KID, &key.id.to_string()))),
        (Some(url), keys) if url.contains(KID) => {
            Err(Stop::usage(format!("{KID} needs exactly one key id, and there are {}", keys.len())))
        }
        (url, _) => Ok(url.map(str::to_owned)),
    }
}

/// What a file says about its encryption.
fn media_of(path: &Path) -> Result<Encryption, String> {
    let input = Input { name: Name::Path(path.to_owned()), below: None };
    let named = |error: String| format!("--from-media {}: {error}", input.display());
    let document = Document::open(&input, Scope::default()).map_err(named)?;
    // Without an object to agree with, the file as a whole counts.
    let nowhere = Document::whole_file();
    encryption_of(&document, &nowhere).map_err(named)
}

fn kids_of(payload: &Payload<'_>) -> Vec<KeyId> {
    let header = payload.header();
    header.map(|header| header.kids().iter().filter_map(|kid| kid.id).collect()).unwrap_or_default()
}

/// Says what the object breaks, where it was asked to.
fn warn(object: &[u8], place: Option<Use>) {
    let context = Context { place, ..Context::default() };
    for finding in prkit_playready::lint(object, &context) {
        if finding.level >= Level::Warning {
            anstream::eprintln!("prkit: {}: {} ({})", finding.level, finding.message, finding.rule.id);
        }
    }
}
