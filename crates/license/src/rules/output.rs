//! Output protection.
//!
//! The tables are those of MS docs `output-protection-levels.md`; the Compliance Rules, which decide, are not public
//! text.

use super::{Level, OnePolicy, Rule};
use crate::{Guid, Policy};

const SOURCE: &str = "MS docs output-protection-levels.md, allowed values";
const HDCP_SOURCE: &str = "MS docs output-protection-levels.md, uncompressed digital video 271 to 300";

const LEVELS: Rule =
    Rule::new("P-08", Level::Warning, "output protection levels are those of the table", SOURCE)
        .same_as("L7");
static P08: Rule = LEVELS;
static L7: Rule = LEVELS.other();
const HDCP_LEVEL: Rule = Rule::new(
    "P-09",
    Level::Warning,
    "an HDCP type restriction works only with uncompressed digital video from 271 to 300",
    HDCP_SOURCE,
)
.same_as("L8");
static P09: Rule = HDCP_LEVEL;
static L8: Rule = HDCP_LEVEL.other();

pub(super) const RULES: &[&Rule] = &[&P08, &P09, &L7, &L8];

/// Allowed values, in the order of [`crate::OutputLevels::named`].
const ALLOWED: [&[u16]; 5] = [
    &[400, 500],
    &[100, 250, 270, 300],
    &[100, 150, 200],
    &[100, 150, 200, 250, 300],
    &[100, 150, 200, 250, 300],
];

pub(super) fn check(policy: &Policy, findings: &mut OnePolicy<'_>) {
    for ((name, level), allowed) in policy.levels.named().into_iter().zip(ALLOWED) {
        // Zero asks for nothing, which is the test server's default.
        let Some(level) = level.filter(|level| *level != 0 && !allowed.contains(level)) else { continue };
        let rule = findings.either(&L7, &P08);
        let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
        findings.add(rule, format!("asks for level {level} for {name}: allowed are {}", allowed.join(", ")));
    }
    let hdcp = policy.protections.iter().any(|protection| protection.id == Guid::HDCP_TYPE);
    let level = policy.levels.uncompressed_video.unwrap_or(0);
    if hdcp && !(271..=300).contains(&level) {
        let rule = findings.either(&L8, &P09);
        findings.add(
            rule,
            format!("restricts the HDCP type with level {level} for uncompressed video: it takes effect from 271 to 300"),
        );
    }
}
