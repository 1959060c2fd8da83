//! `prkit policy lint`.

use super::known::Known;
use super::source::{Source, sources};
use crate::args::PolicyLintArgs;
use crate::exit::{Status, Stop};
use crate::out::{Out, Outcome};
use crate::report::{self, RuleFinding, SCHEMA, Text as _};
use crate::style::NAME;
use prkit_batch::Policies;
use prkit_license::Policy;
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
struct Report {
    schema: u32,
    #[serde(flatten)]
    path: serde_json::Value,
    kind: &'static str,
    policies: Vec<String>,
    findings: Vec<RuleFinding>,
}

pub(super) fn run(args: &PolicyLintArgs) -> Result<Status, Stop> {
    let mut out = Out::new(args.report.json);
    if args.report.rules {
        report::list_rules(prkit_license::rules(), &mut out);
        out.print()?;
        return Ok(Status::Done);
    }
    let known = Known::new(&args.known)?;
    let mut status = Status::Done;
    for source in sources(&args.policies)? {
        let outcome = match source.read(&known.context) {
            Ok(read) => check(&source, &read, args, &known, &mut out),
            Err(error) => {
                source.failure(error, &mut out);
                Outcome::Failed
            }
        };
        status = status.max(outcome.into());
    }
    out.print()?;
    Ok(status)
}

fn check(source: &Source, read: &Policies, args: &PolicyLintArgs, known: &Known, out: &mut Out) -> Outcome {
    let context = match &read.opened {
        Some(opened) => opened.context(&known.context),
        None => known.context.clone(),
    };
    let findings = read.rule_findings(&known.with, &context);
    let outcome = match RuleFinding::worst(&findings) {
        Some(worst) if worst >= args.report.level.into() => Outcome::Pending,
        _ => Outcome::Done,
    };
    let report = Report {
        schema: SCHEMA,
        path: source.path(),
        kind: read.kind,
        policies: read.policies.iter().map(Policy::label).collect(),
        findings,
    };
    out.report(&report, |text| report.write(source, text));
    outcome
}

impl Report {
    fn write(&self, source: &Source, out: &mut String) -> std::fmt::Result {
        let count = match self.policies.len() {
            1 => "1 policy".to_owned(),
            count => format!("{count} policies"),
        };
        writeln!(out, "{NAME}{}{NAME:#}  {}, {count}", source.display(), self.kind)?;
        for finding in &self.findings {
            finding.write(out)?;
        }
        if self.findings.is_empty() {
            writeln!(out, "  keeps the rules")?;
        }
        writeln!(out)
    }
}
