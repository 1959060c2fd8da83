//! `prkit status`: what a status code means, and whether its name is official.

use crate::args::StatusArgs;
use crate::exit::{Status as Exit, Stop};
use crate::out::Out;
use crate::report::SCHEMA;
use crate::style::{DIM, NAME, WARNING};
use prkit_protocol::{STATUS_CODES, STATUS_RANGES, Status};
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
struct Report {
    schema: u32,
    code: String,
    decimal: u32,
    signed: i32,
    failure: bool,
    name: Option<&'static str>,
    official: Option<bool>,
    meaning: Option<&'static str>,
    family: Option<&'static str>,
    source: Option<&'static str>,
    /// What public programs call the same number.
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<&'static str>,
}

pub(crate) fn run(args: &StatusArgs) -> Result<Exit, Stop> {
    let mut out = Out::new(args.json);
    let all = STATUS_CODES.iter().map(|entry| Status::from_u32(entry.code)).filter(|_| args.list);
    for status in args.codes.iter().copied().chain(all) {
        let report = Report::new(status);
        out.report(&report, |text| report.write(text));
    }
    if args.list && !args.json {
        for range in STATUS_RANGES {
            let (first, last) = (Status::from_u32(range.first), Status::from_u32(range.last));
            out.text(&format!("{first} to {last}  {}\n", range.text));
        }
    }
    out.print()?;
    Ok(Exit::Done)
}

impl Report {
    fn new(status: Status) -> Self {
        let entry = status.entry();
        Self {
            schema: SCHEMA,
            code: status.to_string(),
            decimal: status.to_u32(),
            signed: status.to_i32(),
            failure: status.is_failure(),
            name: entry.map(|entry| entry.name),
            official: entry.map(prkit_protocol::StatusEntry::is_official),
            meaning: entry.map(|entry| entry.text).filter(|text| !text.is_empty()),
            family: if entry.is_none() { status.range().map(|range| range.text) } else { None },
            source: entry.map(prkit_protocol::StatusEntry::source_text),
            also: entry.and_then(|entry| entry.also),
        }
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        write!(out, "{} ({})  ", self.code, self.signed)?;
        match (self.name, self.official) {
            (Some(name), Some(true)) => write!(out, "{NAME}{name}{NAME:#}  official name")?,
            (Some(name), _) => write!(out, "{name}  {WARNING}unofficial name{WARNING:#}")?,
            (None, _) => write!(out, "{WARNING}not in the table{WARNING:#}")?,
        }
        if !self.failure {
            write!(out, ", no failure")?;
        }
        writeln!(out)?;
        if let Some(meaning) = self.meaning {
            writeln!(out, "  {meaning}")?;
        }
        if let Some(also) = self.also {
            writeln!(
                out,
                "  {also}  {WARNING}unofficial name{WARNING:#} for the same number, from public programs: which is meant is open"
            )?;
        }
        if let Some(family) = self.family {
            writeln!(out, "  one of a family (unofficial): {family}")?;
        }
        if let Some(source) = self.source {
            writeln!(out, "  {DIM}{source}{DIM:#}")?;
        }
        Ok(())
    }
}
