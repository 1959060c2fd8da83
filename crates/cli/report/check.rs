//! The report of `check`.

use super::{PathReport, SCHEMA};
use crate::args::ToldArgs;
use crate::exit::Stop;
use crate::hints;
use crate::out::Out;
use crate::style::{self, DIM, DONE, NAME};
use crate::terminal::escaped;
use prkit_batch::check::{Compared, Finding, Place};
use prkit_batch::title::Remedy;
use prkit_playready::Level;
use serde::Serialize;
use std::fmt::Write as _;

pub(crate) struct CheckReport<'c> {
    compared: &'c Compared,
    error: Option<String>,
}

#[derive(Serialize)]
struct Line<'r> {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
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

impl<'c> CheckReport<'c> {
    pub(crate) fn new(compared: &'c Compared) -> Self {
        let nothing = compared.has_manifest && compared.comparisons == 0;
        let error = match &compared.error {
            Some(error) => Some(hints::told_any(error.as_ref())),
            None => nothing.then(|| "nothing could be compared".to_owned()),
        };
        Self { compared, error }
    }

    /// Why it failed.
    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Prints it, for programs or for people.
    pub(crate) fn print(&self, told: ToldArgs, out: &mut Out) {
        let Compared { input, kind, set, is_part, comparisons, files, findings, .. } = self.compared;
        if out.is_json() {
            let findings = findings.iter().map(|finding| FindingLine {
                rule: finding.rule.id(),
                level: finding.level.name(),
                message: message_of(finding),
                places: &finding.places,
                more_places: finding.more,
            });
            out.json(&Line {
                schema: SCHEMA,
                path: PathReport::of(input),
                kind,
                set: *set,
                part: *is_part,
                compared: *comparisons,
                files: Files { named: files.1, checked: files.0 },
                findings: findings.collect(),
                error: self.error.as_deref(),
            });
            return;
        }
        // Parts of a presentation are spoken of where something is wrong with them.
        let is_spoken_of = !findings.is_empty() || self.error.is_none() && (!is_part || told.verbose);
        if told.quiet || !is_spoken_of {
            return;
        }
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write(self.compared, &mut text);
        out.text(&text);
    }
}

fn write(compared: &Compared, out: &mut String) -> std::fmt::Result {
    write!(out, "{NAME}{}{NAME:#}  {}", compared.input.display(), compared.kind)?;
    if !compared.is_part {
        write!(out, ", {}", counted(compared.comparisons, "comparison"))?;
        let (looked, named) = compared.files;
        if named > 0 {
            write!(out, ", {looked} of {}", counted(named, "file"))?;
        }
    }
    let findings = &compared.findings;
    if findings.is_empty() && compared.comparisons == 0 && !compared.is_part {
        writeln!(out, "  nothing to compare")?;
    } else if findings.iter().all(|finding| finding.level == Level::Note) {
        writeln!(out, "  {DONE}all agree{DONE:#}")?;
    } else {
        writeln!(out)?;
    }
    findings.iter().try_for_each(|finding| write_finding(finding, out))
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
