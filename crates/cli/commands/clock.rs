//! `prkit clock`: the clock services as a table, and saved messages of theirs. Nothing is asked of a server.

use crate::args::ClockArgs;
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Content, Input, decode};
use crate::out::{Out, Outcome};
use crate::report::{self, PathReport, SCHEMA};
use crate::run::each;
use crate::style::{DIM, NAME, WARNING};
use crate::terminal::escaped;
use prkit_batch::report::{clock_message, clock_service};
use prkit_license::{Moment, seconds_text};
use prkit_plan::Span;
use prkit_protocol::{ClockMessage, ClockService, ClockTarget, Limits, SERVICES, Support, services_for};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What the table is, wherever it is shown.
const STATE: &str = "PlayReady Communication Protocols, the tables of 2017-11 and of 2018-02; there is none since 2018-02-06, and hosts may be retired";

pub(crate) fn run(args: &ClockArgs) -> Result<Status, Stop> {
    let names_input =
        !args.input.inputs.is_empty() || args.input.data.is_some() || args.input.files_from.is_some();
    if names_input {
        return each(&mut args.input.open()?, args.json, &mut |input, out| message(input, args, out));
    }
    let mut out = Out::new(args.json);
    match args.target {
        Some(target) => for_target(target, &mut out),
        None => table(&mut out),
    }
    out.print()?;
    Ok(Status::Done)
}

/// Gaps of the table that concern no single version.
const GAPS: [&str; 2] =
    ["for 2.0 and 2.5 the table says \"some\" under V1 and V2, and not which", "3.1 is named nowhere"];

fn table(out: &mut Out) {
    if out.is_json() {
        let services: Vec<Value> = SERVICES.iter().map(|service| clock_service(service, None)).collect();
        out.json(&json!({ "schema": SCHEMA, "state": STATE, "services": services, "gaps": GAPS }));
        return;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{DIM}{STATE}{DIM:#}");
    for service in SERVICES {
        let _ = write_service(service, None, &mut text);
    }
    for gap in GAPS {
        let _ = writeln!(text, "{WARNING}gap{WARNING:#}  {gap}");
    }
    out.text(&text);
}

fn for_target(target: ClockTarget, out: &mut Out) {
    let (found, gap) = services_for(target);
    if out.is_json() {
        let services: Vec<Value> =
            found.iter().map(|(service, kit)| clock_service(service, Some(kit))).collect();
        out.json(&json!({
            "schema": SCHEMA,
            "state": STATE,
            "target": target.to_string(),
            "services": services,
            "gap": gap,
        }));
        return;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let name = match target {
        ClockTarget::PlayReady(version) => format!("PlayReady {version}"),
        ClockTarget::Wmdrm(_) => target.to_string(),
    };
    let _ = writeln!(text, "{NAME}{name}{NAME:#}  {DIM}{STATE}{DIM:#}");
    for (service, kit) in &found {
        let _ = write_service(service, Some(kit), &mut text);
    }
    if found.is_empty() {
        let _ = writeln!(text, "no service");
    }
    if let Some(gap) = gap {
        let _ = writeln!(text, "{WARNING}note{WARNING:#} {gap}");
    }
    out.text(&text);
}

fn write_service(service: &ClockService, kit: Option<&Support>, out: &mut String) -> std::fmt::Result {
    write!(out, "{NAME}V{}  {}{NAME:#}", service.version, service.name)?;
    if let Some(nickname) = service.nickname {
        write!(out, ", \"{nickname}\"")?;
    }
    writeln!(out, ", set up in {}, {}", service.since, service.place)?;
    for link in service.links {
        writeln!(out, "    link      {link}")?;
    }
    let when = if service.later.is_some() { "  (2017-11)" } else { "" };
    for forward in service.forwards {
        writeln!(out, "    goes to   {forward}{DIM}{when}{DIM:#}")?;
    }
    if let Some(later) = service.later {
        for link in later.links {
            writeln!(out, "    link      {link}{DIM}  (2018-02){DIM:#}")?;
        }
        for forward in later.forwards {
            writeln!(out, "    goes to   {forward}{DIM}  (2018-02){DIM:#}")?;
        }
    }
    match kit {
        Some(kit) => writeln!(out, "    used by   {}", kit.text)?,
        None => {
            for kit in service.kits {
                writeln!(out, "    used by   {}", kit.text)?;
            }
        }
    }
    writeln!(out, "    protocol  {}", service.protocol)
}

fn message(input: &Input, args: &ClockArgs, out: &mut Out) -> Outcome {
    let limits = Limits::default();
    let read = Content::open(input).map_err(told).and_then(|content| {
        if content.len() > u64::try_from(limits.bytes).unwrap_or(u64::MAX) {
            return Err(format!("{} bytes are more than any message has", content.len()));
        }
        let bytes = content.read(Span::new(0, content.len())).map_err(told)?;
        ClockMessage::parse(&bytes, limits).or_else(|error| {
            // Hex or a C array around it.
            let text = std::str::from_utf8(&bytes).ok().and_then(decode);
            text.and_then(|pasted| ClockMessage::parse(&pasted.bytes, limits).ok()).ok_or(error.to_string())
        })
    });
    let message = match read {
        Ok(message) => message,
        Err(error) => {
            report::failure(input, &error, out);
            return Outcome::Failed;
        }
    };
    let mut said = clock_message(&message, args.at);
    if let (Some(said), Ok(Value::Object(path))) =
        (said.as_object_mut(), serde_json::to_value(PathReport::of(input)))
    {
        said.insert("schema".to_owned(), json!(SCHEMA));
        said.extend(path);
    }
    out.report(&said, |text| write_message(input, &message, args.at, text));
    Outcome::Done
}

fn write_message(
    input: &Input,
    message: &ClockMessage,
    at: Option<Moment>,
    out: &mut String,
) -> std::fmt::Result {
    let known = |service: &Option<u8>| match service {
        Some(version) => format!("  service V{version}"),
        None => "  none of the table's services".to_owned(),
    };
    write!(out, "{NAME}{}{NAME:#}  ", input.display())?;
    match message {
        ClockMessage::Petition { start, service } => {
            writeln!(out, "petition\n  request   {}{}", escaped(start), known(service))
        }
        ClockMessage::PetitionResponse { address, service } => {
            writeln!(out, "answer to a petition\n  post to   {}{}", escaped(address), known(service))
        }
        ClockMessage::Redirect { status, address } => {
            let address = address.as_deref().unwrap_or("nowhere");
            writeln!(out, "redirection\n  status    {status}\n  go to     {}", escaped(address))
        }
        ClockMessage::Challenge { transaction } => {
            writeln!(out, "challenge\n  tid       {}", escaped(transaction.as_deref().unwrap_or("none")))
        }
        ClockMessage::Response(response) => {
            writeln!(out, "response")?;
            let text = |text: &Option<String>| escaped(text.as_deref().unwrap_or("none")).into_owned();
            writeln!(out, "  tid       {}", text(&response.transaction))?;
            match response.time {
                Some(time) => writeln!(out, "  time      {time}")?,
                None => writeln!(out, "  time      unreadable: {}", text(&response.time_text))?,
            }
            if let (Some(time), Some(at)) = (response.time, at) {
                let distance = time.since(at);
                let side = if distance < 0 { "before" } else { "after" };
                writeln!(out, "            {} {side} {at}", seconds_text(distance.saturating_abs()))?;
            }
            match response.refresh {
                Some(time) => writeln!(out, "  refresh   {time}")?,
                None => writeln!(out, "  refresh   unreadable: {}", text(&response.refresh_text))?,
            }
            let signed = if response.is_signed { "signed, not checked" } else { "not signed" };
            writeln!(out, "  trust     {} certificates, {signed}", response.certificates)
        }
    }
}
