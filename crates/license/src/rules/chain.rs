//! Roots and leaves.
//!
//! ```text
//!   root  begin … end, renewed each month      one license a subscriber      bound to the client
//!     ├── leaf  no dates, the right to play    one license a title           bound to the root
//!     └── leaf                                 (often in the content itself)
//! ```

use super::{Level, OnePolicy, Rule, Set};
use crate::{Embedded, OutputLevels, Policy, Role, seconds_text};

const SUBSCRIPTION: &str = "MS docs policies-best-practices.md, Time Restrictions in Subscription Licenses";

const TIMES_IN_ROOT: Rule =
    Rule::new("R4", Level::Warning, "time restrictions stand only in the root of a chain", SUBSCRIPTION)
        .same_as("L5");
static R4: Rule = TIMES_IN_ROOT;
static L5: Rule = TIMES_IN_ROOT.other();
const BOTH_GRANT: Rule = Rule::new(
    "R5",
    Level::Error,
    "both licenses of a chain grant the right that is used, and both are valid",
    SUBSCRIPTION,
)
.same_as("L6");
static R5: Rule = BOTH_GRANT;
static L6: Rule = BOTH_GRANT.other();
static L13: Rule = Rule::new(
    "L13",
    Level::Warning,
    "the root that a leaf names is there",
    "MS docs license-chaining.md; query-string-syntax.md, rootid",
);
static P10: Rule = Rule::new(
    "P-10",
    Level::Warning,
    "a license in a stream is a leaf whose root the client acquired, and the header says DECRYPTORSETUP ONDEMAND",
    "MS docs embedded-licenses.md, license-chaining.md, scenario-live-tv.md",
);

static R6: Rule = Rule::new(
    "R6",
    Level::Note,
    "the root of a chain has time restrictions and is refreshed periodically, such as each month",
    SUBSCRIPTION,
);
static R7: Rule =
    Rule::new("R7", Level::Note, "the leaf of a chain has very few restrictions, if any", SUBSCRIPTION);

/// "Refreshed periodically (for example, monthly)": a quarter still is.
const PERIOD: i64 = 92 * 86_400;
/// "Very few (if any)".
const FEW: usize = 1;

pub(super) const RULES: &[&Rule] = &[&R4, &R5, &R6, &R7, &P10, &L5, &L6, &L13];

pub(super) fn check(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    if policy.is_leaf() {
        leaf(set, policy, findings);
        restrictions(policy, findings);
    }
    if set.is_root(policy) {
        root(set, policy, findings);
    }
    validity(set, policy, findings);
    if (policy.is_leaf() || set.is_root(policy)) && !policy.rights.play {
        let which = if policy.is_leaf() { "leaf" } else { "root" };
        let rule = findings.either(&L6, &R5);
        findings
            .add(rule, format!("is the {which} of a chain and has no right to play: nothing plays with it"));
    }
    embedded(set, policy, findings);
}

fn leaf(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let times = [
        (policy.begin.is_some(), "a begin date"),
        (policy.end.is_some(), "an end date"),
        (policy.first_play.is_some(), "a first-play expiration"),
        (policy.grace.is_some(), "a grace period"),
    ];
    let times: Vec<_> = times.iter().filter(|(has, _)| *has).map(|(_, what)| *what).collect();
    if !times.is_empty() {
        let rule = findings.either(&L5, &R4);
        findings.add(
            rule,
            format!(
                "is a leaf and has {}: every leaf would have to be issued again, not the root alone",
                times.join(", ")
            ),
        );
    }
    let Some(root) = set.root_of(policy) else {
        if let Role::Leaf { root: Some(root) } = policy.role {
            let level = if policy.embedded.is_some() { Level::Note } else { L13.level };
            findings.add_at(&L13, level, format!("hangs on the root {root}, which is not here"));
        }
        return;
    };
    let begin = policy.begin.max(root.begin);
    let end = [policy.end, root.end].into_iter().flatten().min();
    if let (Some(begin), Some(end)) = (begin, end)
        && begin >= end
        && (policy.begin, policy.end) != (root.begin, root.end)
    {
        let rule = findings.either(&L6, &R5);
        findings
            .add(rule, format!("is never valid together with its root: not before {begin}, not after {end}"));
    }
}

/// Whether both licenses are valid at the time that is asked about.
fn validity(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let Some(now) = set.now() else { return };
    let rule = findings.either(&L6, &R5);
    if (policy.is_leaf() || set.is_root(policy))
        && let Some(end) = policy.end.filter(|end| now > *end)
    {
        findings.add(rule, format!("expired {end}, and it is {now}: nothing plays with this chain"));
    }
    if !policy.is_leaf() {
        return;
    }
    // Of others L2 says so: there it is a question of clocks.
    if let Some(begin) = policy.begin.filter(|begin| now < *begin) {
        findings.add(rule, format!("is not valid before {begin}, and it is {now}"));
    }
    let Some(root) = set.root_of(policy) else { return };
    if let Some(end) = root.end.filter(|end| now > *end) {
        findings.add(rule, format!("hangs on a root that expired {end}, and it is {now}"));
    }
    if let Some(begin) = root.begin.filter(|begin| now < *begin) {
        findings.add(rule, format!("hangs on a root that is not valid before {begin}, and it is {now}"));
    }
}

fn root(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let Some(end) = policy.end else {
        if policy.first_play.is_none() {
            let message = "is a root without time restrictions: who ends the subscription keeps the content";
            findings.add(&R6, message);
        }
        return;
    };
    let start = policy.begin.or(set.server_time(policy));
    if let Some(length) = start.map(|start| end.since(start)).filter(|length| *length > PERIOD) {
        findings.add(
            &R6,
            format!("is a root that is valid for {}: it is not refreshed periodically", seconds_text(length)),
        );
    }
}

fn restrictions(policy: &Policy, findings: &mut OnePolicy<'_>) {
    let output = policy.levels != OutputLevels::default()
        || !policy.protections.is_empty()
        || !policy.enablers.is_empty();
    let all = [
        (output, "output protection"),
        (policy.copy_count.is_some(), "a copy count"),
        (policy.metering.is_some(), "a metering id"),
        (policy.removal.is_some(), "a removal date"),
        (policy.source_id.is_some(), "a source id"),
        (policy.real_time, "real-time expiration"),
        (policy.secure_stop, "secure stop"),
        (policy.domain.is_some(), "a domain"),
    ];
    let all: Vec<_> = all.into_iter().filter(|(has, _)| *has).map(|(_, what)| what).collect();
    if all.len() > FEW {
        findings.add(
            &R7,
            format!("is a leaf and has {}: what is in the root need not be in every leaf", all.join(", ")),
        );
    }
}

fn embedded(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    if policy.embedded == Some(Embedded::Stream) && !policy.is_leaf() {
        let bound = match (policy.client_bound, policy.domain) {
            (true, _) => "is bound to one client",
            (false, Some(_)) => "is bound to a domain",
            (false, None) => "hangs on no root",
        };
        findings.add(
            &P10,
            format!("stands in a stream and {bound}: a stream is for everybody, and carries leaves"),
        );
    }
    if policy.embedded == Some(Embedded::File)
        && !policy.is_leaf()
        && policy.domain.is_none()
        && policy.client_bound
    {
        let message = "stands in the file and is bound to one client, not to a domain: a copy of the file plays there only";
        findings.add_at(&P10, Level::Note, message);
    }
    if policy.embedded == Some(Embedded::Stream)
        && let Some(content) = &set.context.content
        && !content.on_demand
    {
        findings.add(&P10, "stands in a stream whose header does not say DECRYPTORSETUP ONDEMAND");
    }
}
