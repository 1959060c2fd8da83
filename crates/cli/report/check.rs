//! The report of `check`.

use super::{PathReport, SCHEMA};
use crate::exit::Stop;
use crate::hints;
use crate::input::Input;
use crate::out::Out;
use crate::style::{self, DIM, DONE, NAME};
use crate::terminal::escaped;
use prkit_batch::check::{Finding, Place};
use prkit_batch::title::Remedy;
use prkit_playready::Level;
use serde::Serialize;
use std::fmt::Write as _;

pub(crate) struct CheckReport {
    path: PathReport,
    kind: &'static str,
    /// Inputs of one number were compared with each other.
    pub(crate) set: Option<usize>,
    /// Whether it was compared as a part of something else.
    pub(crate) is_part: bool,
    pub(crate) compared: u64,
    /// Files that could be looked at, of how many.
    pub(crate) files: (u64, u64),
    pub(crate) findings: Vec<Finding>,
    pub(crate) error: Option<String>,
}

#[derive(Serialize)]
struct Line<'r> {
    schema: u32,
    #[serde(flatten)]
    path: &'r PathReport,
    kind: &'static str,
    set: Option<usize>,
    part: bool,
    compared: u64,
    files: Files,
    findings: Vec<FindingLine<'r>>,
    error: Option<&'r str>,
}

#[derive(Serialize)]
struct Files {
    named: u64,
    checked: u64,
}

#[derive(Serialize)]
struct FindingLine<'r> {
    rule: &'static str,
    level: &'static str,
    message: String,
    places: &'r [Place],
    #[serde(skip_serializing_if = "is_zero")]
    more_places: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl CheckReport {
    pub(crate) fn new(input: &Input, kind: &'static str) -> Self {
        Self {
            path: PathReport::of(input),
            kind,
            set: None,
            is_part: false,
            compared: 0,
            files: (0, 0),
            findings: Vec::new(),
            error: None,
        }
    }

    /// Prints it, for programs or for people.
    pub(crate) fn print(&self, input: &Input, out: &mut Out) {
        if out.is_json() {
            let findings = self.findings.iter().map(|finding| FindingLine {
                rule: finding.rule.id(),
                level: finding.level.name(),
                message: message_of(finding),
                places: &finding.places,
                more_places: finding.more,
            });
            out.json(&Line {
                schema: SCHEMA,
                path: &self.path,
                kind: self.kind,
                set: self.set,
                part: self.is_part,
                compared: self.compared,
                files: Files { named: self.files.1, checked: self.files.0 },
                findings: findings.collect(),
                error: self.error.as_deref(),
            });
            return;
        }
        // Parts of a presentation are spoken of where something is wrong with them.
        if self.error.is_some() && self.findings.is_empty() || self.is_part && self.findings.is_empty() {
            return;
        }
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(input, &mut text);
        out.text(&text);
    }

    fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        write!(out, "{NAME}{}{NAME:#}  {}", input.display(), self.kind)?;
        if !self.is_part {
            write!(out, ", {}", counted(self.compared, "comparison"))?;
            let (looked, named) = self.files;
            if named > 0 {
                write!(out, ", {looked} of {}", counted(named, "file"))?;
            }
        }
        if self.findings.is_empty() && self.compared == 0 && !self.is_part {
            writeln!(out, "  nothing to compare")?;
        } else if self.findings.iter().all(|finding| finding.level == Level::Note) {
            writeln!(out, "  {DONE}all agree{DONE:#}")?;
        } else {
            writeln!(out)?;
        }
        for finding in &self.findings {
            write_finding(finding, out)?;
        }
        Ok(())
    }
}

fn write_finding(finding: &Finding, out: &mut String) -> std::fmt::Result {
    let style = style::of(finding.level);
    let (level, rule) = (finding.level.name(), finding.rule.id());
    writeln!(out, "  {style}{level:8}{style:#} {rule}  {}", escaped(&message_of(finding)))?;
    for place in &finding.places {
        write!(out, "      {}  {}", escaped(&place.path), escaped(&place.at))?;
        if let Some(line) = place.line {
            write!(out, " {DIM}line {line}{DIM:#}")?;
        }
        if place.value.is_empty() {
            writeln!(out)?;
        } else {
            writeln!(out, "  {}", escaped(&place.value))?;
        }
    }
    if finding.more > 0 {
        writeln!(out, "      and {} more", finding.more)?;
    }
    Ok(())
}

/// What is wrong, with the option that helps.
fn message_of(finding: &Finding) -> String {
    let remedy = match &finding.remedy {
        None => return finding.message.clone(),
        Some(Remedy::Hosts) => {
            "--follow-hosts asks it, --map URL=DIR says where its files are here".to_owned()
        }
        Some(Remedy::Map) => "--map URL=DIR says where its files are here".to_owned(),
        Some(remedy) => format!("{} makes it a part of the title", hints::of_remedy(remedy)),
    };
    format!("{}; {remedy}", finding.message)
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[derive(Serialize)]
struct RuleLine {
    schema: u32,
    rule: &'static str,
    level: &'static str,
    title: &'static str,
}

/// Prints a table of rules.
pub(crate) fn print_check_rules(
    rules: impl Iterator<Item = (&'static str, &'static str, &'static str)>,
    json: bool,
) -> Result<(), Stop> {
    let mut out = Out::new(json);
    for (rule, level, title) in rules {
        if json {
            out.json(&RuleLine { schema: SCHEMA, rule, level, title });
        } else {
            out.text(&format!("{rule}  {level:8} {title}\n"));
        }
    }
    out.print()
}
