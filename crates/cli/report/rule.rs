//! Findings of the rules for licenses, policies and messages, and the rules themselves.

use crate::style::{self, DIM, NAME};
use crate::terminal::escaped;
use prkit_license::{Finding, Level, Rule};
use serde::Serialize;
use std::fmt::Write as _;

/// A rule that something breaks. The keys are those of every finding, and where the rule comes from.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RuleFinding {
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<&'static str>,
    level: &'static str,
    message: String,
    #[serde(rename = "where")]
    place: String,
    offset: Option<u64>,
    span: Option<[usize; 2]>,
    fix: Option<String>,
    source: &'static str,
    #[serde(skip)]
    severity: Level,
    /// The place is that of the fault, not of the whole license.
    #[serde(skip)]
    is_exact: bool,
}

impl RuleFinding {
    pub(crate) fn new(finding: &Finding, place: String, base: Option<u64>) -> Self {
        let inner = finding.offset.and_then(|offset| u64::try_from(offset).ok());
        Self {
            rule: finding.rule.id,
            same_as: finding.rule.same_as,
            level: finding.level.name(),
            message: finding.message.clone(),
            place,
            offset: inner.map(|inner| inner.saturating_add(base.unwrap_or(0))).or(base),
            span: None,
            fix: None,
            source: finding.rule.source,
            severity: finding.level,
            is_exact: inner.is_some(),
        }
    }

    /// Of a rule for headers, of a header that begins there in the text of a message.
    pub(crate) fn of_header(finding: &prkit_playready::Finding, offset: usize) -> Self {
        Self {
            rule: finding.rule.id,
            same_as: None,
            level: finding.level.name(),
            message: finding.message.clone(),
            place: "header".to_owned(),
            offset: u64::try_from(offset).ok(),
            span: None,
            fix: None,
            source: finding.rule.section,
            severity: finding.level,
            is_exact: false,
        }
    }

    /// How bad it is.
    pub(crate) const fn severity(&self) -> Level {
        self.severity
    }

    pub(crate) fn write(&self, out: &mut String) -> std::fmt::Result {
        let style = style::of(self.severity);
        let rule = match self.same_as {
            Some(other) => format!("{} ({other})", self.rule),
            None => self.rule.to_owned(),
        };
        write!(
            out,
            "  {style}{:7}{style:#} {rule:11} {}: {}",
            self.level,
            self.place,
            escaped(&self.message)
        )?;
        if let Some(offset) = self.offset.filter(|_| self.is_exact) {
            write!(out, ", at byte {offset}")?;
        }
        writeln!(out, "\n          {DIM}{}{DIM:#}", self.source)
    }
}

/// The worst of them.
pub(crate) fn worst(findings: &[RuleFinding]) -> Option<Level> {
    findings.iter().map(RuleFinding::severity).max()
}

#[derive(Serialize)]
struct RuleReport {
    schema: u32,
    rule: &'static str,
    level: &'static str,
    text: &'static str,
    source: &'static str,
    same_as: Option<&'static str>,
}

/// The rules, one a line for programs.
pub(crate) fn list_rules<'r>(rules: impl Iterator<Item = &'r Rule>, out: &mut crate::out::Out) {
    for rule in rules {
        if out.is_json() {
            out.json(&RuleReport {
                schema: super::SCHEMA,
                rule: rule.id,
                level: rule.level.name(),
                text: rule.text,
                source: rule.source,
                same_as: rule.same_as,
            });
            continue;
        }
        let same = rule.same_as.map(|other| format!(", also {other}")).unwrap_or_default();
        let style = style::of(rule.level);
        let level = rule.level.name();
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{NAME}{:5}{NAME:#} {style}{level:7}{style:#} {}{same}", rule.id, rule.text);
        let _ = writeln!(text, "      {DIM}{}{DIM:#}", rule.source);
        out.text(&text);
    }
}
