//! The report for people.

use super::{Text, license_line};
use crate::args::ToldArgs;
use crate::input::Input;
use crate::out::Out;
use crate::style::{DIM, ERROR, NAME, WARNING};
use crate::terminal::escaped;
use prkit_batch::report::{HeaderReport, ObjectReport, ProReport, ShowReport, TrackReport};
use std::fmt::Write as _;

/// Prints it, for programs or for people.
pub(crate) fn print_show(report: &ShowReport<'_>, input: &Input, told: ToldArgs, out: &mut Out) {
    if told.quiet && !out.is_json() {
        return;
    }
    out.report(report, |text| {
        write!(text, "{NAME}{}{NAME:#}  {}, {}", input.display(), report.kind, bytes(report.size))?;
        write_show(report, told.verbose, text)
    });
}

/// What is said behind its name; in full with the text of headers.
fn write_show(report: &ShowReport<'_>, is_full: bool, out: &mut String) -> std::fmt::Result {
    if report.fragmented == Some(true) {
        write!(out, ", fragmented")?;
    }
    if let Some(brands) = report.brands.as_ref().filter(|brands| !brands.is_empty()) {
        let brands: Vec<String> = brands.iter().map(ToString::to_string).collect();
        write!(out, "  {DIM}{}{DIM:#}", escaped(&brands.join(" ")))?;
    }
    writeln!(out)?;
    for track in report.tracks.iter().flatten() {
        track.write(out)?;
    }
    if !report.fragment_kids.is_empty() {
        let kids: Vec<String> = report.fragment_kids.iter().map(ToString::to_string).collect();
        let keys = if kids.len() == 1 { "key" } else { "keys" };
        writeln!(out, "  fragments  {keys} {}", kids.join(", "))?;
    }
    for descriptor in report.descriptors.iter().flatten() {
        descriptor.write(out)?;
    }
    for object in &report.pssh {
        object.write(out)?;
        let header = object.pro.as_ref().and_then(|pro| pro.header.as_ref());
        if let Some(header) = header.filter(|_| is_full) {
            writeln!(out, "      text      {}", escaped(header.xml))?;
        }
    }
    for unread in report.unread.iter().flatten() {
        let system = unread.system.unwrap_or("unknown system");
        writeln!(
            out,
            "  {WARNING}unread{WARNING:#}    {system}  {} at line {}, column {}: {}",
            escaped(&unread.path),
            unread.line,
            unread.column,
            escaped(&unread.why)
        )?;
    }
    for slack in report.slack.iter().flatten() {
        writeln!(out, "  free      {}  {} at {}", slack.path, bytes(slack.size), slack.offset)?;
    }
    for finding in &report.findings {
        let place = match (finding.line, finding.column) {
            (Some(line), Some(column)) => format!("line {line}, column {column}"),
            _ => finding.place.clone(),
        };
        writeln!(
            out,
            "  {WARNING}{}{WARNING:#}  {}: {}",
            finding.rule,
            escaped(&place),
            escaped(&finding.message)
        )?;
    }
    if let Some(error) = &report.error {
        writeln!(out, "  {ERROR}error{ERROR:#}     {}", escaped(error))?;
    }
    writeln!(out)
}

impl Text for TrackReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let id = self.id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        write!(out, "  track {id}  ")?;
        let parts = [&self.handler, &self.format, &self.scheme].into_iter().flatten();
        for part in parts.chain(&self.other_schemes) {
            write!(out, " {}", escaped(part))?;
        }
        let others = self.kids.iter().filter(|kid| Some(*kid) != self.default_kid.as_ref());
        // Zeros only say that keys are elsewhere: where those are known, they are said.
        let default = self.default_kid.iter().filter(|kid| self.kids.is_empty() || self.kids.contains(kid));
        let kids: Vec<&str> = default.chain(others).map(String::as_str).collect();
        match kids.as_slice() {
            [] => {}
            [kid] => write!(out, "  key {kid}")?,
            kids => write!(out, "  keys {}", kids.join(", "))?,
        }
        writeln!(out)
    }
}

impl Text for ObjectReport<'_> {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let is_none = self.system_id.to_string().bytes().all(|byte| matches!(byte, b'0' | b'-'));
        let unnamed = || if is_none { "no system".to_owned() } else { self.system_id.to_string() };
        let system = self.system.map_or_else(unnamed, str::to_owned);
        write!(out, "  [{}] {NAME}{system}{NAME:#}  ", self.index)?;
        if let (Some(path), Some(line), Some(column)) = (&self.path, self.line, self.column) {
            write!(out, "{}  {} at line {line}, column {column}", escaped(path), self.form)?;
        } else if let Some(path) = &self.path {
            write!(out, "{path}  {} at {}", bytes(self.size), self.offset)?;
        } else {
            write!(out, "{}  {}", self.form, bytes(self.size))?;
        }
        if let Some(version) = self.version.filter(|version| *version > 0) {
            write!(out, "  version {version}")?;
        }
        writeln!(out)?;
        for kid in &self.kids {
            writeln!(out, "      box key   {kid}")?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "      {WARNING}unreadable{WARNING:#} {}", escaped(error))?;
        }
        self.pro.as_ref().map_or(Ok(()), |pro| pro.write(out))
    }
}

impl Text for ProReport<'_> {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        if let Some(header) = &self.header {
            header.write(out)?;
        }
        if let Some(store) = &self.els {
            let state = match (store.empty, store.licenses.len()) {
                (true, _) => "empty".to_owned(),
                (false, 0) => "holds something that is no license".to_owned(),
                (false, 1) => "holds 1 license".to_owned(),
                (false, count) => format!("holds {count} licenses"),
            };
            writeln!(
                out,
                "      store     {}, {state}",
                bytes(u64::try_from(store.capacity).unwrap_or(u64::MAX))
            )?;
            for license in &store.licenses {
                writeln!(out, "      {}", escaped(&license_line(license)))?;
            }
        }
        Ok(())
    }
}

impl Text for HeaderReport<'_> {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let version = self.version.as_ref().map_or("without version", |version| version.0.as_str());
        write!(out, "      header    {}", escaped(version))?;
        if let Some(client) = self.min_client {
            write!(out, "  {DIM}PlayReady {client} and later{DIM:#}")?;
        }
        writeln!(out)?;
        for kid in &self.kids {
            let id = kid.kid.map_or_else(|| "unreadable".to_owned(), |id| id.to_string());
            write!(out, "      key       {id}  {}", escaped(&kid.base64))?;
            if let Some(algid) = &kid.algid {
                write!(out, "  {}", escaped(algid.0.as_str()))?;
            }
            if let Some(checksum) = &kid.checksum {
                write!(out, "  checksum {}", escaped(checksum))?;
            }
            writeln!(out)?;
        }
        let fields = [
            ("LA_URL", &self.la_url),
            ("LUI_URL", &self.lui_url),
            ("DS_ID", &self.ds_id),
            ("custom", &self.custom_attributes),
            ("setup", &self.decryptor_setup),
            ("requested", &self.license_requested),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                writeln!(out, "      {name:9} {}", escaped(value))?;
            }
        }
        Ok(())
    }
}

fn bytes(count: u64) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
