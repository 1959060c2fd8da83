//! `prkit extract`: one object, header, store or box.

use super::open;
use crate::args::{ExtractArgs, Shape, What};
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, Input, Inputs, hex};
use crate::run::{Out, Outcome, each};
use crate::select::Selector;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prkit_manifest::{Form as TextForm, snippet};
use prkit_playready::{Header, Object, Payload, RecordType};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

pub(crate) fn run(args: &ExtractArgs) -> Result<Status, Stop> {
    let selector = Selector::new(&args.select, false)?;
    if args.encoding.raw && args.output.is_none() && args.all.is_none() && io::stdout().is_terminal() {
        return Err(Stop::usage("--raw bytes are not for a terminal: use -o or a pipe"));
    }
    let mut taken: Vec<Taken> = Vec::new();
    let status = each(Inputs::new(&args.input)?, false, &mut |input, out| {
        take(input, &selector, args, &mut taken, out)
    })?;
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
    taken: &mut Vec<Taken>,
    out: &mut Out,
) -> Outcome {
    let (document, objects) = match open(input, selector) {
        Ok(opened) => opened,
        Err(error) => {
            out.message(input, &error);
            return Outcome::Failed;
        }
    };
    if objects.is_empty() {
        return selector.nothing(input, out);
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
fn piece(document: &Document, found: &Found, args: &ExtractArgs) -> Result<Bytes, String> {
    if args.what == What::Box && args.shape.is_none() {
        return stored_box(document, found);
    }
    if !found.system.is_playready() {
        return match (args.what, args.shape) {
            (What::Object, None) => Ok(found.data.clone()),
            _ => Err(format!("the data of {} is not PlayReady's", found.system)),
        };
    }
    let payload = Payload::parse(&found.data).map_err(|error| error.to_string())?;
    let bytes = match (args.what, args.shape) {
        (What::Header, None) if args.encoding.raw || encoded(args) => stored_header(&payload)?.to_vec(),
        (What::Header, None) | (_, Some(Shape::Xml)) => header_text(&payload)?.into_bytes(),
        (What::Store, None) => stored_store(&payload)?.to_vec(),
        (What::Object, None) => found.data.to_vec(),
        (_, Some(shape)) => shaped(shape, document, found, &payload)?,
        (What::Box, None) => Vec::new(),
    };
    Ok(Bytes::from(bytes))
}

const fn encoded(args: &ExtractArgs) -> bool {
    args.encoding.base64 || args.encoding.hex || args.encoding.c
}

fn stored_header<'a>(payload: &Payload<'a>) -> Result<&'a [u8], String> {
    payload.header().map(|header| header.bytes()).map_err(|error| error.to_string())
}

fn stored_store<'a>(payload: &Payload<'a>) -> Result<&'a [u8], String> {
    let store = payload.object().and_then(Object::store);
    store.map(|store| store.bytes()).ok_or_else(|| "the object has no license store".to_owned())
}

/// The text in UTF-8, without a byte order mark and without anything added.
fn header_text(payload: &Payload<'_>) -> Result<String, String> {
    payload.header().map(|header: Header<'_>| header.as_str().to_owned()).map_err(|error| error.to_string())
}

/// The object; a bare header gets one around it.
fn object_bytes(payload: &Payload<'_>) -> Result<Vec<u8>, String> {
    match payload {
        Payload::Object(object) => Ok(object.bytes().to_vec()),
        Payload::Header(header) => {
            Object::encode([(RecordType::Header, header.bytes())]).map_err(|error| error.to_string())
        }
    }
}

fn stored_box(document: &Document, found: &Found) -> Result<Bytes, String> {
    if let Some(stored) = document.manifest.as_ref().and_then(|opened| opened.stored(found)) {
        return Ok(stored);
    }
    match &document.layout {
        Some(layout) => {
            let found = layout.pssh().get(found.index).ok_or("there is no such box")?;
            found.encode(&found.content).map_err(|error| error.to_string())
        }
        None => new_box(&found.data).map(Bytes::from),
    }
}

/// A version 0 box around an object.
fn new_box(object: &[u8]) -> Result<Vec<u8>, String> {
    prkit_manifest::pssh_box(object).ok_or_else(|| "the object is too long for a box".to_owned())
}

fn shaped(
    shape: Shape,
    document: &Document,
    found: &Found,
    payload: &Payload<'_>,
) -> Result<Vec<u8>, String> {
    let object = object_bytes(payload)?;
    let whole_box = match (&document.layout, payload) {
        (Some(_), Payload::Object(_)) => stored_box(document, found)?.to_vec(),
        (None, Payload::Object(_)) if document.manifest.is_some() => stored_box(document, found)?.to_vec(),
        _ => new_box(&object)?,
    };
    let form = match shape {
        Shape::Xml => return Ok(header_text(payload)?.into_bytes()),
        Shape::Pro => return Ok(object),
        Shape::Pssh => return Ok(whole_box),
        Shape::CencPssh => return Ok(snippet(TextForm::CencPssh, &whole_box).into_bytes()),
        Shape::MsprPro => TextForm::MsprPro,
        Shape::ProtectionHeader => TextForm::ProtectionHeader,
        Shape::ExtXKey => TextForm::ExtXKey,
        Shape::ExtXSessionKey => TextForm::ExtXSessionKey,
    };
    Ok(snippet(form, &object).into_bytes())
}

/// Whether what was taken is text already.
fn is_text(args: &ExtractArgs) -> bool {
    match args.shape {
        None => args.what == What::Header && !args.encoding.raw && !encoded(args),
        Some(Shape::Pro | Shape::Pssh) => false,
        Some(_) => true,
    }
}

/// The bytes to write: text as it is, bytes in the encoding asked for; base64 where they go to standard output.
fn written(args: &ExtractArgs, bytes: &[u8], to_file: bool) -> Vec<u8> {
    let text = match args.encoding {
        encoding if encoding.hex => hex(bytes, false),
        encoding if encoding.c => c_array(bytes),
        encoding if encoding.base64 => STANDARD.encode(bytes),
        encoding if encoding.raw || is_text(args) || to_file => return bytes.to_vec(),
        _ => STANDARD.encode(bytes),
    };
    format!("{text}\n").into_bytes()
}

fn c_array(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes
        .chunks(12)
        .map(|line| line.iter().map(|byte| format!("0x{byte:02x},")).collect::<Vec<_>>().join(" "))
        .collect();
    format!("{{\n  {}\n}}", lines.join("\n  "))
}

fn give(args: &ExtractArgs, taken: &[Taken]) -> Result<Status, Stop> {
    if let Some(folder) = &args.all {
        return give_all(args, folder, taken);
    }
    let only = match taken {
        [] => return Ok(Status::Done),
        [only] => only,
        several => {
            anstream::eprintln!(
                "prkit: several different ones are selected; choose with --index, --kid or --where, or take --all DIR:"
            );
            for taken in several {
                anstream::eprintln!("  {}, {} bytes", taken.from, taken.bytes.len());
            }
            return Ok(Status::Failed);
        }
    };
    match &args.output {
        Some(path) if path.as_os_str() != "-" => Ok(save(args, path, &only.bytes)),
        _ => {
            io::stdout().lock().write_all(&written(args, &only.bytes, false))?;
            Ok(Status::Done)
        }
    }
}

fn give_all(args: &ExtractArgs, folder: &Path, taken: &[Taken]) -> Result<Status, Stop> {
    if let Err(error) = std::fs::create_dir_all(folder) {
        return Err(Stop::usage(format!("--all: cannot make {}: {error}", crate::terminal::path(folder))));
    }
    let extension = match (is_text(args), args.what) {
        (true, _) => "xml",
        (false, What::Box) => "pssh",
        (false, What::Store) => "els",
        (false, _) => "pro",
    };
    let mut status = Status::Done;
    for (i, taken) in taken.iter().enumerate() {
        let path = folder.join(format!("{i}.{extension}"));
        status = status.max(save(args, &path, &taken.bytes));
        anstream::eprintln!("{}  {}", crate::terminal::path(&path), taken.from);
    }
    Ok(status)
}

fn save(args: &ExtractArgs, path: &Path, bytes: &[u8]) -> Status {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let result = options.open(path).and_then(|mut file| file.write_all(&written(args, bytes, true)));
    match result {
        Ok(()) => Status::Done,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            anstream::eprintln!("prkit: {} exists; --force replaces it", crate::terminal::path(path));
            Status::Failed
        }
        Err(error) => {
            anstream::eprintln!("prkit: cannot write {}: {error}", crate::terminal::path(path));
            Status::Failed
        }
    }
}
