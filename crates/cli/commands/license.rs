//! `prkit license`: what licenses say, and whether they keep the rules.

use super::policy::known::Known;
use crate::args::{LicenseArgs, LicenseCommand, LicenseLintArgs, LicenseShowArgs};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::input::{Input, LicenseInput};
use crate::out::{Out, Outcome};
use crate::report::{self, LicenseReport, PathReport, RuleFinding, SCHEMA, Text as _};
use crate::run::each;
use crate::style::{DIM, NAME};
use prkit_batch::report::license_findings;
use prkit_license::License;
use prkit_protocol::MESSAGE_RULES;
use serde::Serialize;
use std::fmt::Write as _;

pub(crate) fn run(args: &LicenseArgs) -> Result<Status, Stop> {
    match &args.command {
        LicenseCommand::Show(args) => {
            each(&mut args.input.open()?, args.json, &mut |input, out| show(input, args, out))
        }
        LicenseCommand::Lint(args) => lint_all(args),
    }
}

#[derive(Serialize)]
struct ShowReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    kind: &'static str,
    size: u64,
    evidence: &'static str,
    licenses: Vec<LicenseReport>,
    gaps: Vec<GapReport>,
    error: Option<String>,
}

/// Bytes of a store that are no license.
#[derive(Serialize)]
struct GapReport {
    #[serde(rename = "box")]
    path: String,
    offset: u64,
    size: usize,
    hex: String,
}

/// Bytes of a gap that are shown.
const MAX_GAP: usize = 64;

fn show(input: &Input, args: &LicenseShowArgs, out: &mut Out) -> Outcome {
    let opened = match LicenseInput::open(input).map_err(told) {
        Ok(opened) => opened,
        Err(error) => {
            report::failure(input, &error, out);
            return Outcome::Failed;
        }
    };
    if opened.licenses.is_empty() && opened.gaps.is_empty() && input.is_walked() {
        return Outcome::Done;
    }
    let licenses: Vec<LicenseReport> = opened
        .licenses
        .iter()
        .enumerate()
        .map(|(index, found)| LicenseReport::new(index, found))
        .map(|license| if args.no_tree { license.without_tree() } else { license })
        .collect();
    let error = licenses.iter().find_map(LicenseReport::error).map(str::to_owned);
    let shown = ShowReport {
        schema: SCHEMA,
        path: PathReport::of(input),
        kind: opened.kind,
        size: opened.size,
        evidence: License::EVIDENCE,
        gaps: opened.gaps.iter().map(GapReport::new).collect(),
        licenses,
        error,
    };
    out.report(&shown, |text| shown.write(input, text));
    match &shown.error {
        Some(error) => {
            out.message(input, error);
            Outcome::Failed
        }
        None => Outcome::Done,
    }
}

impl GapReport {
    fn new((path, offset, bytes): &(String, u64, bytes::Bytes)) -> Self {
        let first = bytes.get(..MAX_GAP.min(bytes.len())).unwrap_or_default();
        Self { path: path.clone(), offset: *offset, size: bytes.len(), hex: crate::input::hex(first, false) }
    }
}

impl ShowReport {
    fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        write!(out, "{NAME}{}{NAME:#}  {}, {} bytes", input.display(), self.kind, self.size)?;
        if self.licenses.is_empty() {
            writeln!(out, "  no license in it")?;
        } else {
            writeln!(out, "  {DIM}{}{DIM:#}", self.evidence)?;
        }
        for license in &self.licenses {
            license.write(out)?;
        }
        for gap in &self.gaps {
            let more = if gap.size > MAX_GAP { "…" } else { "" };
            writeln!(
                out,
                "  {} bytes of an undocumented store at {} in {}: {}{more}",
                gap.size, gap.offset, gap.path, gap.hex
            )?;
        }
        writeln!(out)
    }
}

#[derive(Serialize)]
struct LintReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    kind: &'static str,
    evidence: &'static str,
    licenses: usize,
    findings: Vec<RuleFinding>,
    error: Option<String>,
}

fn lint_all(args: &LicenseLintArgs) -> Result<Status, Stop> {
    if args.report.rules {
        let mut out = Out::new(args.report.json);
        report::list_rules(prkit_license::rules().chain(MESSAGE_RULES.iter().copied()), &mut out);
        out.print()?;
        return Ok(Status::Done);
    }
    let known = Known::new(&args.known)?;
    each(&mut args.input.open()?, args.report.json, &mut |input, out| lint_one(input, args, &known, out))
}

fn lint_one(input: &Input, args: &LicenseLintArgs, known: &Known, out: &mut Out) -> Outcome {
    let opened = match LicenseInput::open(input).map_err(told) {
        Ok(opened) => opened,
        Err(error) => {
            report::failure(input, &error, out);
            return Outcome::Failed;
        }
    };
    if opened.licenses.is_empty() && input.is_walked() {
        return Outcome::Done;
    }
    let (findings, error) = license_findings(&opened, &known.with, &opened.context(&known.context));
    let error = error.map(|error| error.to_string());
    let outcome = match (&error, RuleFinding::worst(&findings)) {
        (Some(_), _) => Outcome::Failed,
        (None, Some(worst)) if worst >= args.report.level.into() => Outcome::Pending,
        _ => Outcome::Done,
    };
    let shown = LintReport {
        schema: SCHEMA,
        path: PathReport::of(input),
        kind: opened.kind,
        evidence: License::EVIDENCE,
        licenses: opened.licenses.len(),
        findings,
        error,
    };
    out.report(&shown, |text| shown.write(input, text));
    if let Some(error) = &shown.error {
        out.message(input, error);
    }
    outcome
}

impl LintReport {
    fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        let count = match self.licenses {
            0 => "no license in it".to_owned(),
            1 => "1 license".to_owned(),
            count => format!("{count} licenses"),
        };
        writeln!(
            out,
            "{NAME}{}{NAME:#}  {}, {count}  {DIM}{}{DIM:#}",
            input.display(),
            self.kind,
            self.evidence
        )?;
        for finding in &self.findings {
            finding.write(out)?;
        }
        if self.findings.is_empty() && self.licenses > 0 && self.error.is_none() {
            writeln!(out, "  keeps the rules")?;
        }
        writeln!(out)
    }
}
