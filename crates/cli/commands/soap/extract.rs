//! `prkit soap extract`: licenses, headers, custom data, wrapped messages.

use super::open;
use crate::args::{Encoding, SoapExtractArgs, SoapPart};
use crate::exit::{Status, Stop};
use crate::input::{Input, hex};
use crate::out::{Out, Outcome};
use crate::run::each;
use crate::saving;
use crate::terminal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_license::{License, Limits};
use prkit_protocol::{Body, HeaderText, Message};
use std::io::{self, IsTerminal as _};
use std::path::Path;

/// Something taken out.
struct Part {
    from: String,
    /// A name for its file, without extension.
    name: String,
    bytes: Vec<u8>,
    is_text: bool,
}

pub(super) fn run(args: &SoapExtractArgs) -> Result<Status, Stop> {
    if args.encoding.raw && args.output.is_none() && args.all.is_none() && io::stdout().is_terminal() {
        return Err(Stop::usage("--raw bytes are not for a terminal: use -o or a pipe"));
    }
    let mut parts: Vec<Part> = Vec::new();
    let status = each(args.input.open()?, false, &mut |input, out| take(input, args, &mut parts, out))?;
    let given = match &args.all {
        Some(folder) => give_all(args, folder, &parts)?,
        None => give(args, &parts)?,
    };
    Ok(status.max(given))
}

fn take(input: &Input, args: &SoapExtractArgs, parts: &mut Vec<Part>, out: &mut Out) -> Outcome {
    let (message, _) = match open(input) {
        Ok(message) => message,
        Err(error) => {
            out.message(input, &error);
            return Outcome::Failed;
        }
    };
    let found = match args.what {
        SoapPart::License => licenses(&message, args.index),
        SoapPart::Header => header(&message, args.index).map(|xml| vec![text("header", xml)]),
        SoapPart::CustomData => custom_data(&message).map(|data| vec![text("custom-data", data)]),
        SoapPart::Message => wrapped(&message).map(|xml| vec![text("message", xml)]),
    };
    match found {
        Ok(found) => {
            parts.extend(found.into_iter().map(|part| Part { from: input.display(), ..part }));
            Outcome::Done
        }
        Err(error) => {
            out.message(input, &error);
            Outcome::Failed
        }
    }
}

fn text(name: &str, text: &str) -> Part {
    Part { from: String::new(), name: name.to_owned(), bytes: text.as_bytes().to_vec(), is_text: true }
}

/// The licenses as they are; one that is none is given all the same, and named by its place.
fn licenses(message: &Message, index: Option<usize>) -> Result<Vec<Part>, String> {
    let Some(response) = message.response() else {
        return Err(match &message.body {
            Body::Fault(fault) => {
                let status = fault.status.map_or_else(|| "an error".to_owned(), |status| status.to_string());
                format!("no licenses: the server answered with {status}")
            }
            _ => "no licenses: the message is no license response".to_owned(),
        });
    };
    let count = response.licenses.len();
    if let Some(index) = index.filter(|index| *index >= count) {
        return Err(format!("there is no license {index}: the response has {count}, counted from 0"));
    }
    let wanted =
        response.licenses.iter().enumerate().filter(|(at, _)| index.is_none_or(|index| index == *at));
    wanted
        .map(|(at, blob)| {
            let bytes = blob.bytes.clone().map_err(|error| format!("license {at} is no base64: {error}"))?;
            let kid = License::parse(&bytes)
                .and_then(|license| license.summary(Limits::default()))
                .ok()
                .and_then(|summary| summary.keys.first().map(|key| key.kid.to_string()));
            let name = kid.map_or_else(|| format!("{at}"), |kid| format!("{at}-{kid}"));
            Ok(Part { from: String::new(), name, bytes, is_text: false })
        })
        .collect()
}

fn header(message: &Message, index: Option<usize>) -> Result<&str, String> {
    let headers: Vec<&HeaderText> = match &message.inner().body {
        Body::Challenge(challenge) => challenge.header.iter().chain(&challenge.more_headers).collect(),
        Body::Initiator(initiator) => initiator.header.iter().collect(),
        _ => Vec::new(),
    };
    match (headers.as_slice(), index) {
        ([], _) => Err("the message has no header".to_owned()),
        ([first, others @ ..], None) if others.iter().any(|other| other.xml != first.xml) => Err(format!(
            "the message has {} different headers, of which a request has one (M-06): --index N takes one, from 0",
            headers.len()
        )),
        (all, index) => {
            let index = index.unwrap_or_default();
            all.get(index).map(|header| header.xml.as_str()).ok_or_else(|| {
                format!("there is no header {index}: the message has {}, counted from 0", all.len())
            })
        }
    }
}

fn custom_data(message: &Message) -> Result<&str, String> {
    let data = match &message.inner().body {
        Body::Challenge(challenge) => challenge.custom_data.as_deref(),
        Body::Response(response) => response.custom_data.as_deref(),
        Body::Fault(fault) => fault.custom_data.as_deref(),
        Body::CdmData(data) => data.custom_data.as_deref(),
        Body::Initiator(initiator) => initiator.custom_data.as_deref(),
        Body::KeyMessage(_) | Body::Other { .. } => None,
    };
    data.ok_or_else(|| "the message has no custom data".to_owned())
}

fn wrapped(message: &Message) -> Result<&str, String> {
    let Body::KeyMessage(wrapper) = &message.body else {
        return Err("the message has no wrapper: it is what would be taken out".to_owned());
    };
    match &wrapper.challenge {
        Some(Ok(inner)) => Ok(inner.tree.text()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the wrapper is empty".to_owned()),
    }
}

/// The bytes to write: text as it is; licenses as bytes into files and as base64 to standard output.
fn written(encoding: Encoding, part: &Part, to_file: bool) -> Vec<u8> {
    let line = |text: String| format!("{text}\n").into_bytes();
    match encoding {
        encoding if encoding.hex => line(hex(&part.bytes, false)),
        encoding if encoding.base64 => line(STANDARD.encode(&part.bytes)),
        encoding if encoding.c => {
            let bytes: Vec<_> = part.bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
            line(format!("{{ {} }}", bytes.join(", ")))
        }
        encoding if encoding.raw || to_file => part.bytes.clone(),
        _ if part.is_text => line(String::from_utf8_lossy(&part.bytes).into_owned()),
        _ => line(STANDARD.encode(&part.bytes)),
    }
}

fn give(args: &SoapExtractArgs, parts: &[Part]) -> Result<Status, Stop> {
    let only = match parts {
        [] => return Ok(Status::Done),
        [only] => only,
        several => {
            terminal::note(format_args!("there are several; choose one with --index, or take --all DIR:"));
            for part in several {
                terminal::line(format_args!("  {}  {}, {} bytes", part.from, part.name, part.bytes.len()));
            }
            return Ok(Status::Failed);
        }
    };
    match &args.output {
        Some(path) if args.input.names(path) => {
            Err(Stop::usage("-o: the target is the input itself; nothing was written"))
        }
        Some(path) if path.as_os_str() != "-" => Ok(save(args, path, only)),
        _ => {
            let bytes = written(args.encoding, only, false);
            terminal::put(&saving::on_terminal(bytes, only.is_text && !args.encoding.raw))?;
            Ok(Status::Done)
        }
    }
}

fn give_all(args: &SoapExtractArgs, folder: &Path, parts: &[Part]) -> Result<Status, Stop> {
    if let Err(error) = std::fs::create_dir_all(folder) {
        return Err(Stop::usage(format!("--all: cannot make {}: {error}", terminal::path(folder))));
    }
    let held = prkit_apply::Folder::open(folder).map_err(|error| Stop::usage(format!("--all: {error}")))?;
    let extension = match args.what {
        SoapPart::License => "xmr",
        SoapPart::Header | SoapPart::Message => "xml",
        SoapPart::CustomData => "txt",
    };
    let mut status = Status::Done;
    for part in parts {
        let name = format!("{}.{extension}", part.name);
        status = status.max(saving::save_in(
            &held,
            &name,
            &written(args.encoding, part, true),
            args.overwrite.overwrite(),
        ));
        let path = folder.join(name);
        terminal::line(format_args!("{}  {}", terminal::path(&path), part.from));
    }
    Ok(status)
}

fn save(args: &SoapExtractArgs, path: &Path, part: &Part) -> Status {
    saving::save(path, &written(args.encoding, part, true), args.overwrite.overwrite())
}
