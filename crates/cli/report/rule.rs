//! Findings of the rules for licenses, policies and messages, and the rules themselves.

use super::Text;
use crate::style::{self, DIM, NAME};
use crate::terminal::escaped;
use prkit_batch::report::RuleFinding;
use prkit_license::Rule;
use serde::Serialize;
use std::fmt::Write as _;

impl Text for RuleFinding {
    fn write(&self, out: &mut String) -> std::fmt::Result {
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
