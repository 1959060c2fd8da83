//! Roots and leaves.
//!
//! ```text
//!   root  begin … end, renewed each month      one license a subscriber      bound to the client
//!     ├── leaf  no dates, the right to play    one license a title           bound to the root
//!     └── leaf                                 (often in the content itself)
//! ```

use super::{Level, OnePolicy, Rule, Set};
use crate::{Embedded, Moment, OutputLevels, Policy, Rights, Role, seconds_text};

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

pub(super) fn check<'a>(set: &Set<'a>, policy: &'a Policy, findings: &mut OnePolicy<'_>) {
    if policy.is_leaf() {
        leaf(set, policy, findings);
        restrictions(policy, findings);
    }
    if set.is_root(policy) {
        root(set, policy, findings);
    }
    validity(set, policy, findings);
    rights(set, policy, findings);
    embedded(set, policy, findings);
}

fn leaf(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let times = [
        (policy.begin.is_some(), "a begin date"),
        (policy.end.is_some(), "an end date"),
        (policy.first_play.is_some(), "a first-play expiration"),
        (policy.grace.is_some(), "a grace period"),
        (policy.removal.is_some(), "a removal date"),
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
    let roots = set.roots_of(policy);
    if roots.is_empty() {
        if let Role::Leaf { root: Some(root) } = policy.role {
            let level = if policy.embedded.is_some() { Level::Note } else { L13.level };
            findings.add_at(&L13, level, format!("hangs on the root {root}, which is not here"));
        }
        return;
    }
    let apart: Vec<_> = roots.iter().filter_map(|root| apart(policy, root)).collect();
    if apart.len() < roots.len() {
        return;
    }
    let rule = findings.either(&L6, &R5);
    match apart.as_slice() {
        [(begin, end)] => findings
            .add(rule, format!("is never valid together with its root: not before {begin}, not after {end}")),
        all => findings.add(rule, format!("is never valid together with any of its {} roots", all.len())),
    }
}

/// When a leaf and its root begin and end, where that is never at the same time.
fn apart(leaf: &Policy, root: &Policy) -> Option<(Moment, Moment)> {
    let begin = leaf.begin.max(root.begin)?;
    let end = [leaf.end, root.end].into_iter().flatten().min()?;
    // One that is never valid by itself is so without the other.
    (begin >= end && (leaf.begin, leaf.end) != (root.begin, root.end)).then_some((begin, end))
}

fn is_valid(policy: &Policy, now: Moment) -> bool {
    policy.begin.is_none_or(|begin| now >= begin) && policy.end.is_none_or(|end| now <= end)
}

/// Whether both licenses are valid at the time that is asked about.
fn validity<'a>(set: &Set<'a>, policy: &'a Policy, findings: &mut OnePolicy<'_>) {
    let Some(now) = set.now() else { return };
    let rule = findings.either(&L6, &R5);
    let is_root = set.is_root(policy);
    if (policy.is_leaf() || is_root)
        && let Some(end) = policy.end.filter(|end| now > *end)
    {
        let renewed = is_root && set.roots_like(policy).any(|root| is_valid(root, now));
        if renewed {
            let message = format!("expired {end}, and it is {now}: another root for its key is valid");
            findings.add_at(rule, Level::Note, message);
        } else {
            findings.add(rule, format!("expired {end}, and it is {now}: nothing plays with this chain"));
        }
    }
    if !policy.is_leaf() {
        return;
    }
    // Of others L2 says so: there it is a question of clocks.
    if let Some(begin) = policy.begin.filter(|begin| now < *begin) {
        findings.add(rule, format!("is not valid before {begin}, and it is {now}"));
    }
    let roots = set.roots_of(policy);
    if roots.is_empty() || roots.iter().any(|root| is_valid(root, now)) {
        return;
    }
    let expired = roots.iter().filter_map(|root| root.end.filter(|end| now > *end)).max();
    let coming = roots.iter().filter_map(|root| root.begin.filter(|begin| now < *begin)).min();
    let many = roots.len() > 1;
    if let Some(end) = expired {
        let which = if many { "roots, of which the last" } else { "a root that" };
        findings.add(rule, format!("hangs on {which} expired {end}, and it is {now}"));
    }
    if let Some(begin) = coming {
        let which = if many { "roots, of which the next" } else { "a root that" };
        findings.add(rule, format!("hangs on {which} is not valid before {begin}, and it is {now}"));
    }
}

/// "Both licenses must contain the action being performed on the content": what a leaf grants, its root has to grant.
fn rights(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    if !policy.is_leaf() && !set.is_root(policy) {
        return;
    }
    let which = if policy.is_leaf() { "leaf" } else { "root" };
    let rule = findings.either(&L6, &R5);
    let all = |rights: Rights| rights.names().collect::<Vec<_>>().join(", ");
    if !policy.has_right() {
        let message = format!("is the {which} of a chain and grants no right: nothing can be done with it");
        findings.add(rule, message);
        return;
    }
    let roots = set.roots_of(policy);
    let granted = roots.iter().fold(Rights::default(), |granted, root| granted.or(root.rights));
    let alone = policy.rights.without(granted);
    if !roots.is_empty() && alone != Rights::default() {
        let root = if roots.len() > 1 { "none of its roots does" } else { "its root does not" };
        let message = format!("grants {}, and {root}: both licenses of a chain have to", all(alone));
        findings.add(rule, message);
    } else if !policy.rights.play {
        // What is to be done with it, nobody says; most of it is played.
        let granted = all(policy.rights);
        let message =
            format!("is the {which} of a chain and grants {granted}, but not to play: nothing plays with it");
        findings.add_at(rule, Level::Note, message);
    }
}

fn root(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let Some(end) = policy.end else {
        if policy.first_play.is_none() {
            let only = match (policy.grace.is_some(), policy.removal.is_some()) {
                (false, false) => "is a root without time restrictions",
                (true, false) => "is a root whose only time is a grace period, which ends nothing",
                (false, true) => {
                    "is a root whose only time is a removal date, which ends nothing while it is kept"
                }
                (true, true) => {
                    "is a root whose only times are a grace period and a removal date, which end nothing"
                }
            };
            findings.add(&R6, format!("{only}: who ends the subscription keeps the content"));
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
