//! Rights, security level, persistence, secure stop, domains.

use super::{Findings, Level, OnePolicy, Rule, Set};
use crate::{Media, Origin, Policy, seconds_text};

const LEVELS: [u16; 3] = [150, 2000, 3000];
const LEVELS_SOURCE: &str = "MS docs security-level.md; query-string-syntax.md, sl";

static P01: Rule = Rule::new(
    "P-01",
    Level::Error,
    "the security level is 150, 2000 or 3000; audio keys have at most 2000, and video of 3000 has a key of its own",
    LEVELS_SOURCE,
)
.same_as("L9");
static L9: Rule =
    Rule::new("L9", Level::Error, "the security level is 150, 2000 or 3000", LEVELS_SOURCE).same_as("P-01");
static P02: Rule = Rule::new(
    "P-02",
    Level::Error,
    "a license grants a right",
    "MS docs query-string-syntax.md, playright: a license returned with no right does not allow to consume",
);
const STOP_NOT_KEPT: Rule = Rule::new(
    "P-04",
    Level::Warning,
    "secure stop is for licenses that are not kept",
    "MS docs secure-stop-pk.md: applies only to non-persistent licenses",
)
.same_as("L10");
static P04: Rule = STOP_NOT_KEPT;
static L10: Rule = STOP_NOT_KEPT.other();
static P05: Rule = Rule::new(
    "P-05",
    Level::Error,
    "a license that is not kept lives in memory and is bound to the nonce of its request; one that outlives the session \
     is kept",
    "MS docs license-persistence.md, license-nonce.md",
);
static P07: Rule = Rule::new(
    "P-07",
    Level::Error,
    "a license bound to a domain needs a client that has joined it (else 0x8004C605 or 0x8004C606)",
    "MS docs domains.md; testing-server-exceptions.md",
);

pub(super) const RULES: &[&Rule] = &[&P01, &P02, &P04, &P05, &P07, &L9, &L10];

/// From here on a validity is more than one session.
const SESSION: i64 = 24 * 3600;

pub(super) fn check(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    security_level(set, policy, findings);
    // Members of a chain need the right that is used: R5 says so.
    if !policy.has_right() && !policy.is_leaf() && !set.is_root(policy) {
        findings.add(&P02, "grants no right: nothing can be done with it");
    }
    let persistent = persistence(set, policy);
    if policy.secure_stop && persistent == Some(true) {
        let rule = findings.either(&L10, &P04);
        findings.add(rule, "has secure stop and is kept: secure stop applies only to licenses that are not");
    }
    not_kept(policy, findings);
    domain(set, policy, findings);
}

fn security_level(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let Some(level) = policy.security_level else { return };
    if !LEVELS.contains(&level) {
        let rule = findings.either(&L9, &P01);
        findings.add(rule, format!("asks for security level {level}: there are 150, 2000 and 3000"));
    }
    if level > 2000 && policy.media == Some(Media::Audio) {
        findings.add_at(
            &P01,
            Level::Warning,
            format!("asks for security level {level} for audio: clients support audio keys up to 2000"),
        );
    }
    let shares_key = |other: &Policy| other.media == Some(Media::Audio) && other.kid == policy.kid;
    if level > 2000
        && policy.media == Some(Media::Video)
        && policy.kid.is_some()
        && set.policies.iter().any(shares_key)
    {
        findings.add_at(
            &P01,
            Level::Warning,
            format!("asks for security level {level} for video whose key is the audio's too: give audio its own key"),
        );
    }
}

/// Whether it is kept: said, or seen by whether its id is the nonce of the request.
fn persistence(set: &Set<'_>, policy: &Policy) -> Option<bool> {
    policy.persistent.or_else(|| {
        let nonce = set.context.request.as_ref()?.nonce?;
        Some(policy.id? != nonce)
    })
}

fn not_kept(policy: &Policy, findings: &mut OnePolicy<'_>) {
    if policy.simple && policy.persistent == Some(true) {
        findings.add(&P05, "is simple non-persistent and kept at once");
    }
    if policy.persistent != Some(false) || policy.is_leaf() {
        return;
    }
    if let Some(seconds) = policy.first_play {
        let length = seconds_text(i64::from(seconds));
        findings.add_at(
            &P05,
            Level::Warning,
            format!("expires {length} after the first play and is not kept: it ends with the session; persist:true keeps it"),
        );
    } else if let (Some(begin), Some(end)) = (policy.begin, policy.end)
        && end.since(begin) > SESSION
    {
        let length = seconds_text(end.since(begin));
        findings.add_at(
            &P05,
            Level::Note,
            format!("is valid for {length} and is not kept: it ends with the session; persist:true keeps it"),
        );
    }
}

fn domain(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let Some(domain) = policy.domain else { return };
    match &set.context.accounts {
        Some(joined) if joined.contains(&domain.account) => {}
        Some(_) => findings.add(
            &P07,
            format!(
                "is bound to the domain account {}, which the client has not joined: 0x8004C605",
                domain.account
            ),
        ),
        None => findings.add_at(
            &P07,
            Level::Note,
            format!("is bound to the domain account {}: the client must have joined it", domain.account),
        ),
    }
}

/// A response without a nonce has only licenses that are bound to the request by their id.
pub(super) fn check_set(set: &Set<'_>, findings: &mut Findings) {
    let Some(response) = &set.context.response_nonce else { return };
    let Some(nonce) = set.context.request.as_ref().and_then(|request| request.nonce) else { return };
    if response.is_some() {
        return;
    }
    for (index, policy) in set.policies.iter().enumerate() {
        let is_foreign = policy.id.is_some_and(|id| id != nonce);
        if is_foreign && policy.origin == Origin::License {
            let mut one = findings.of(policy, index);
            one.add(
                &P05,
                format!("is not bound to the request ({nonce}), and the response carries no nonce: the client rejects it"),
            );
        }
    }
}
