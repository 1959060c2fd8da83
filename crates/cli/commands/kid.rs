//! `prkit kid`: a key id in all its forms, and which byte order fits a file.

use crate::args::KidArgs;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Document, Input, Name, pasted};
use crate::out::Out;
use crate::report;
use crate::terminal::escaped;
use prkit_batch::report::{GivenKid, KidFit, KidForms, KnownKid};
use prkit_bmff::Scope;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;

pub(crate) fn run(args: &KidArgs) -> Result<Status, Stop> {
    let (mut given, mut files) = (Vec::new(), args.files.clone());
    for value in &args.values {
        match GivenKid::parse(value) {
            Ok(read) => given.push(read),
            Err(_) if PathBuf::from(value).exists() => files.push(PathBuf::from(value)),
            Err(error) => return Err(Stop::usage(error)),
        }
    }
    let mut inputs: Vec<Input> = files.into_iter().map(|path| Input::named(Name::Path(path))).collect();
    inputs.extend(args.data.as_deref().map(|text| Input::named(Name::Data(pasted(text)))));
    if given.is_empty() && inputs.is_empty() {
        given = of_stdin()?;
    }
    let mut out = Out::new(args.json);
    let mut status = Status::Done;
    let mut known = Vec::new();
    for input in &inputs {
        let kids = Document::open(input, Scope::default())
            .and_then(|document| KnownKid::all_of(&input.display(), &document));
        match kids {
            Ok(kids) => known.extend(kids),
            Err(error) => {
                report::failure(input, &told(error), &mut out);
                status = Status::Failed;
            }
        }
    }
    if given.is_empty() {
        for kid in &known {
            if !given.iter().any(|read: &GivenKid| read.readings.first().is_some_and(|r| r.id == kid.id)) {
                given.push(GivenKid::certain(kid.id.to_string(), kid.id));
            }
        }
    }
    for read in &given {
        print(read, &known, &mut out);
    }
    out.print()?;
    match given.iter().find_map(|read| undecided(read, &known)) {
        Some(error) => Err(Stop::usage(error)),
        None => Ok(status),
    }
}

fn of_stdin() -> Result<Vec<GivenKid>, Stop> {
    if io::stdin().is_terminal() {
        return Err(Stop::usage("no KID: name one, or a file with some"));
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text)?;
    text.split_whitespace().map(|word| GivenKid::parse(word).map_err(Stop::usage)).collect()
}

/// Why it is not known which key id is meant.
fn undecided(given: &GivenKid, known: &[KnownKid]) -> Option<String> {
    let first = given.readings.first().filter(|_| given.is_undecided(known))?;
    let (text, base64) = (escaped(&given.text), first.id.to_guid_base64());
    Some(format!(
        "{text} says no byte order: guid:{base64} as in headers, or uuid:{base64} as in MP4 boxes; --in FILE decides"
    ))
}

fn print(given: &GivenKid, known: &[KnownKid], out: &mut Out) {
    for reading in &given.readings {
        let report = KidForms::new(&given.text, reading.order, reading.id, known);
        if out.is_json() {
            out.json(&report);
        } else {
            out.text(&text_of(&report, given.readings.len() > 1));
        }
    }
    if !known.is_empty() && !out.is_json() {
        let verdict = match given.fit(known) {
            KidFit::Swapped => "fits only with its bytes swapped: somebody confused the orders",
            KidFit::Nowhere => "is in none of the files",
            KidFit::One(Some("guid")) => "fits read in GUID order, as headers have it",
            KidFit::One(Some(_)) => "fits read in UUID order, as MP4 boxes have it",
            KidFit::One(None) => "fits",
            KidFit::Either => "fits in either order",
        };
        out.text(&format!("{} {verdict}\n", escaped(&given.text)));
    }
}

/// What people read of a key ID.
fn text_of(report: &KidForms<'_>, ambiguous: bool) -> String {
    let mut text = String::new();
    let reading = match report.order.filter(|_| ambiguous) {
        Some("guid") => "  read in GUID order, as headers have it",
        Some(_) => "  read in UUID order, as MP4 boxes have it",
        None => "",
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}{reading}", report.kid);
    for (name, value, note) in [
        ("hex", &report.hex, ""),
        ("playready", &report.guid_base64, "  base64 in GUID order: KID of headers"),
        ("base64", &report.uuid_base64, "  in UUID order"),
        ("guid hex", &report.guid_hex, "  as in the bytes of a header's KID"),
        ("swapped", &report.swapped, "  what a program reads that confuses the orders"),
    ] {
        let _ = writeln!(text, "  {name:10} {value}{note}");
    }
    for found in &report.found {
        let order = if found.order == "same" { "" } else { ", bytes swapped" };
        let _ = writeln!(text, "  {:10} {}  {}{order}", "found", escaped(found.path), escaped(found.place));
    }
    text
}
