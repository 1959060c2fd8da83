//! Findings of the rules for licenses, policies and messages.

use prkit_license::{Finding, Level};
use serde::Serialize;

/// A rule that something breaks. The keys are those of every finding, and where the rule comes from.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RuleFinding {
    pub rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<&'static str>,
    pub level: &'static str,
    pub message: String,
    #[serde(rename = "where")]
    pub place: String,
    pub offset: Option<u64>,
    pub span: Option<[usize; 2]>,
    pub fix: Option<String>,
    pub source: &'static str,
    /// How bad it is.
    #[serde(skip)]
    pub severity: Level,
    /// The place is that of the fault, not of the whole license.
    #[serde(skip)]
    pub is_exact: bool,
}

impl RuleFinding {
    /// Of what begins at this byte of the input, if that is known.
    pub fn new(finding: &Finding, place: String, base: Option<u64>) -> Self {
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
    pub fn of_header(finding: &prkit_playready::Finding, offset: usize) -> Self {
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

    /// How bad the worst of them is.
    pub fn worst(findings: &[Self]) -> Option<Level> {
        findings.iter().map(|finding| finding.severity).max()
    }
}
