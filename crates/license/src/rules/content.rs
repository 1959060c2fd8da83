//! The keys of the content, or of the request, and those of the licenses.

use super::{Findings, Level, OnePolicy, Rule, Set};
use crate::Policy;
use prkit_playready::KeyId;

static L11: Rule = Rule::new(
    "L11",
    Level::Error,
    "the type of the content key is the algorithm of the header",
    "PRH spec 3, ALGID; MS docs content-encryption-modes.md",
);
static L12: Rule = Rule::new(
    "L12",
    Level::Error,
    "the key of a license is one of the header's, and each key of the header has a license",
    "MS docs license-server.md; query-string-syntax.md: KIDs must match the KIDs in the WRMHEADER",
);

pub(super) const RULES: &[&Rule] = &[&L11, &L12];

pub(super) fn check(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let (Some(content), Some(kid)) = (&set.context.content, policy.key_id()) else { return };
    let Some((_, algorithm)) = content.keys.iter().find(|(key, _)| *key == kid) else {
        // The root of a chain has a key of its own, which no content names.
        if !set.is_root(policy) && !content.keys.is_empty() {
            let swapped = content.keys.iter().any(|(key, _)| *key == kid.swapped());
            let hint = if swapped { "; in the other byte order it is" } else { "" };
            findings.add(&L12, format!("is for key {kid}, which is none of the content's{hint}"));
        }
        return;
    };
    if let (Some(kind), Some(algorithm)) = (policy.key_type, algorithm)
        && kind.agrees_with(algorithm) == Some(false)
    {
        findings.add(&L11, format!("has a key for {kind}, and the header says {algorithm}"));
    }
}

/// Keys nobody has a license for: a response may be one of several, so it is a note.
pub(super) fn check_set(set: &Set<'_>, findings: &mut Findings) {
    let Some(content) = &set.context.content else { return };
    let licensed: Vec<KeyId> = set.policies.iter().filter_map(Policy::key_id).collect();
    if licensed.is_empty() {
        return;
    }
    for (kid, _) in content.keys.iter().filter(|(kid, _)| !licensed.contains(kid)) {
        findings.add(&L12, format!("there is no license for key {kid} of the content"));
        if let Some(last) = findings.0.last_mut() {
            last.level = Level::Note;
        }
    }
}
