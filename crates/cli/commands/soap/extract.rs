//! `prkit soap extract`: licenses, headers, custom data, wrapped messages.

use super::open;
use crate::args::{Encoding, SoapExtractArgs, SoapPart};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Input, hex};
use crate::out::{Out, Outcome};
use crate::run::each;
use crate::saving;
use crate::terminal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_license::{License, Limits};
use prkit_protocol::NotTaken;
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
    let status = each(&mut args.input.open()?, false, &mut |input, out| take(input, args, &mut parts, out))?;
    let given = match &args.all {
        Some(folder) => give_all(args, folder, &parts)?,
        None => give(args, &parts)?,
    };
    Ok(status.max(given))
}

fn take(input: &Input, args: &SoapExtractArgs, parts: &mut Vec<Part>, out: &mut Out) -> Outcome {
    let message = match open(input) {
        Ok((message, _)) => message,
        Err(error) => {
            out.message(input, &told(error));
            return Outcome::Failed;
        }
    };
    let found = match args.what {
        SoapPart::License => {
            message.licenses(args.index).map(|found| found.into_iter().map(license).collect())
        }
        SoapPart::Header => message.header(args.index).map(|xml| vec![text("header", xml)]),
        SoapPart::CustomData => message.custom_data().map(|data| vec![text("custom-data", data)]),
        SoapPart::Message => message.wrapped().map(|xml| vec![text("message", xml)]),
    };
    match found {
        Ok(found) => {
            parts.extend(found.into_iter().map(|part| Part { from: input.display(), ..part }));
            Outcome::Done
        }
        Err(error) => {
            let hint = if matches!(error, NotTaken::SeveralHeaders { .. }) {
                ": --index N takes one, from 0"
            } else {
                ""
            };
            out.message(input, &format!("{error}{hint}"));
            Outcome::Failed
        }
    }
}

fn text(name: &str, text: &str) -> Part {
    Part { from: String::new(), name: name.to_owned(), bytes: text.as_bytes().to_vec(), is_text: true }
}

/// A license as it is; one that is none is given all the same, and named by its place.
fn license((at, bytes): (usize, Vec<u8>)) -> Part {
    let kid = License::parse(&bytes)
        .and_then(|license| license.summary(Limits::default()))
        .ok()
        .and_then(|summary| summary.keys.first().map(|key| key.kid.to_string()));
    let name = kid.map_or_else(|| format!("{at}"), |kid| format!("{at}-{kid}"));
    Part { from: String::new(), name, bytes, is_text: false }
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
        Some(path) if path.as_os_str() != "-" => {
            Ok(saving::save(path, &written(args.encoding, only, true), args.overwrite.overwrite()))
        }
        _ => {
            let bytes = written(args.encoding, only, false);
            terminal::put(&saving::on_terminal(bytes, only.is_text && !args.encoding.raw))?;
            Ok(Status::Done)
        }
    }
}

fn give_all(args: &SoapExtractArgs, folder: &Path, parts: &[Part]) -> Result<Status, Stop> {
    let extension = match args.what {
        SoapPart::License => "xmr",
        SoapPart::Header | SoapPart::Message => "xml",
        SoapPart::CustomData => "txt",
    };
    let files = parts.iter().map(|part| {
        (format!("{}.{extension}", part.name), written(args.encoding, part, true), part.from.as_str())
    });
    saving::save_all(folder, files, args.overwrite.overwrite(), false)
}
