//! Begin, end, first play, and the clocks they need.
//!
//! ```text
//!                 issue date / server's clock
//!      ── −1 h ────── −5 min ──●────── +1 h ──▶ time
//!                        ▲     client's clock within: begin there (generation 3 and later)
//!                        └── begin there (generation 1 and 2)
//! ```

use super::{Finding, Findings, Generation, Level, OnePolicy, Rule, Set, TrustedClock};
use crate::{Moment, Policy, seconds_text};

const PRACTICE: &str = "MS docs policies-best-practices.md, Using BeginDate with EndDate";
const VALUE: &str = "MS docs policies-best-practices.md, Setting a BeginDate value that works for the Client";

/// "Local Server time minus 5 minutes": the example's value for "a little bit in the past".
pub(crate) const LEAD: i64 = 5 * 60;
/// "No further than … 1 hour": exactly one hour is allowed.
pub(crate) const TOLERANCE: i64 = 3600;
/// How far a begin may lie from the advised one before it is worth a note.
const NEAR: i64 = 5 * 60;
/// A license of a minute is the page's example of a limited duration; ten minutes still are one.
const SHORT: i64 = 10 * 60;

const END_WANTS_BEGIN: Rule =
    Rule::new("R1", Level::Warning, "an end date wants a begin date", PRACTICE).same_as("L1");
static R1: Rule = END_WANTS_BEGIN;
static L1: Rule = END_WANTS_BEGIN.other();
static R2: Rule = Rule::new(
    "R2",
    Level::Warning,
    "for clients of version 1 and 2 the begin date lies a little in the past (5 minutes in the example)",
    VALUE,
);
static R3: Rule = Rule::new(
    "R3",
    Level::Error,
    "for clients of version 3 and later the client's clock is within one hour of the server's, else the request is \
     denied; the begin date is the client's time",
    VALUE,
);
static L2: Rule = Rule::new(
    "L2",
    Level::Warning,
    "the begin date does not lie after the issue date or the client's clock",
    VALUE,
);
static L3: Rule =
    Rule::new("L3", Level::Error, "the begin date lies before the end date", "plain arithmetic");
static L4: Rule = Rule::new(
    "L4",
    Level::Note,
    "the begin date is near the issue date less 5 minutes, or near the client's clock",
    VALUE,
);
static P03: Rule = Rule::new(
    "P-03",
    Level::Warning,
    "a license of limited duration (minutes) has the real-time expiration, for clients from PlayReady 3, and is not kept",
    "MS docs concurrency-limiting.md, Using Limited Duration Licenses",
);
const TIMES_NEED_CLOCK: Rule = Rule::new(
    "P-06",
    Level::Error,
    "a license with times needs a trusted clock on the client",
    "MS docs trusted-clocks.md",
)
.same_as("L14");
static P06: Rule = TIMES_NEED_CLOCK;
static L14: Rule = TIMES_NEED_CLOCK.other();
static L16: Rule = Rule::new(
    "L16",
    Level::Warning,
    "a removal date stands only in a kept license without end date, begin date, first-play expiration, copy count and \
     metering id",
    "MS .NET API Microsoft.Media.Drm, MediaLicense.RemovalDate; MS docs concurrency-limiting.md advises the opposite \
     for short licenses",
);

static L17: Rule = Rule::new(
    "L17",
    Level::Error,
    "a license has not expired at the time asked",
    "MS docs policies-best-practices.md, Time Restrictions in Subscription Licenses: \"valid (not expired, and so on)\"",
);

pub(super) const RULES: &[&Rule] = &[&R1, &R2, &R3, &P03, &P06, &L1, &L2, &L3, &L4, &L14, &L16, &L17];

pub(super) fn check(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    // Dates of a leaf do not belong there at all: R4 says so.
    if !policy.is_leaf() {
        begin_and_end(policy, findings);
        begin_against_clocks(set, policy, findings);
    }
    if let (Some(begin), Some(end)) = (policy.begin, policy.end)
        && begin >= end
    {
        findings.add(&L3, format!("begins {begin} and ends {end}: it is never valid"));
    }
    expired(set, policy, findings);
    clock_distance(set, policy, findings);
    limited_duration(set, policy, findings);
    trusted_clock(set, policy, findings);
    removal(policy, findings);
}

fn begin_and_end(policy: &Policy, findings: &mut OnePolicy<'_>) {
    if let (None, Some(end)) = (policy.begin, policy.end) {
        let rule = findings.either(&L1, &R1);
        findings.add(
            rule,
            format!("ends {end} and has no begin date: with an old copy of the client's store and the clock set back it plays again"),
        );
    }
}

fn begin_against_clocks(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    let Some(begin) = policy.begin else { return };
    let server = set.server_time(policy);
    let after = |clock: Moment| seconds_text(begin.since(clock));
    if let Some(client) = set.client_time().filter(|client| begin > *client) {
        let message = format!("begins {} after the client's clock: it cannot be used at once", after(client));
        findings.add(&L2, message);
    }
    if set.generation() == Some(Generation::Early) {
        if let Some(server) = server.filter(|server| begin >= *server) {
            let by = if begin == server { "at".to_owned() } else { format!("{} after", after(server)) };
            findings.add(
                &R2,
                format!("begins {by} the server's clock, and the client's may be slower: {LEAD_TEXT} before is advised"),
            );
        }
        return;
    }
    if let Some(client) = set.client_time() {
        if begin == client {
            return;
        }
    } else if let Some(issued) = server.filter(|issued| begin > *issued) {
        findings.add(&L2, format!("begins {} after its issue: it cannot be used at once", after(issued)));
    }
    // The server's clock may be that of a later question; what was advised was so at the issue.
    let issued = policy.issued.or(server);
    let advised =
        set.client_time().into_iter().chain(issued.map(|issued| issued.plus_seconds(LEAD.saturating_neg())));
    let nearest = advised.map(|advised| advised.since(begin)).min_by_key(|distance| distance.abs());
    if let Some(distance) = nearest.filter(|distance| *distance > NEAR) {
        findings.add(
            &L4,
            format!("begins {} before what is advised: the earlier it begins, the further a clock can be set back", seconds_text(distance)),
        );
    }
}

/// Characters of what is unreadable that are shown.
const SHOWN: usize = 40;
const LEAD_TEXT: &str = "5 minutes";

/// One of a chain breaks R5 by it.
fn expired(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    if policy.is_leaf() || set.is_root(policy) {
        return;
    }
    if let Some((now, end)) = set.now().zip(policy.end).filter(|(now, end)| now > end) {
        findings.add(&L17, format!("expired {end}, and it is {now}: nothing plays with it"));
    }
}

/// The rule is about the request; a license with times says where they come from.
fn clock_distance(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    if policy.is_time_based()
        && let Some((level, message)) = request_clock(set, set.server_time(policy), true)
    {
        findings.add_at(&R3, level, message);
    }
}

/// "Deny the license request": also where nothing that would be issued has a time. It is said once.
pub(super) fn check_set(set: &Set<'_>, findings: &mut Findings) {
    if set.policies.is_empty() || set.policies.iter().any(Policy::is_time_based) {
        return;
    }
    let issued = set.policies.iter().filter_map(|policy| policy.issued).max();
    if let Some((level, message)) = request_clock(set, set.context.server_time.or(issued), false) {
        findings.0.push(Finding { rule: &R3, level, message, policy: None, offset: None });
    }
}

/// What is wrong with the clock of the request, and how bad that is.
fn request_clock(set: &Set<'_>, server: Option<Moment>, has_times: bool) -> Option<(Level, String)> {
    let is_timed = set.generation() == Some(Generation::Timed);
    if let Some(text) = set.unreadable_time() {
        let shown: String = text.chars().take(SHOWN).collect();
        let level = if is_timed { R3.level } else { Level::Warning };
        let message = format!(
            "the request's ClientTime {shown:?} is no time: seconds since 1970 are expected; whether the client's clock is within one hour, nobody knows, and the request is to be denied"
        );
        return Some((level, message));
    }
    match (set.client_time(), server) {
        _ if !is_timed => None,
        (Some(client), Some(server)) if client.since(server).abs() > TOLERANCE => {
            let distance = seconds_text(client.since(server).abs());
            let side = if client < server { "behind" } else { "ahead of" };
            let message = format!(
                "the client's clock is {distance} {side} the server's: the request is to be denied, with a message to set the clock"
            );
            Some((R3.level, message))
        }
        // Where nothing has a time, nothing is set by it.
        (None, _) if has_times => {
            let message = "the request of a client of version 3 or later carries no ClientTime: dates follow the rule for version 2";
            Some((Level::Warning, message.to_owned()))
        }
        _ => None,
    }
}

fn limited_duration(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    if policy.real_time && !policy.is_leaf() && policy.end.is_none() && policy.first_play.is_none() {
        findings.add(&P03, "real-time expiration without anything that expires");
    }
    if policy.real_time && set.generation() == Some(Generation::Early) {
        findings.add(&P03, "real-time expiration is enforced from PlayReady 3 on, and the client is older");
    }
    let start = policy.begin.or(set.server_time(policy));
    let Some(seconds) = policy.end.zip(start).map(|(end, start)| end.since(start)) else { return };
    if !(1..=SHORT).contains(&seconds) {
        return;
    }
    let length = seconds_text(seconds);
    if !policy.real_time {
        findings.add(
            &P03,
            format!("is valid for {length} and has no real-time expiration: a session that has begun goes on after its end"),
        );
    }
    if policy.persistent == Some(true) {
        let message =
            format!("is valid for {length} and is kept: non-persistent is advised, or else a removal date");
        findings.add_at(&P03, Level::Note, message);
    }
}

fn trusted_clock(set: &Set<'_>, policy: &Policy, findings: &mut OnePolicy<'_>) {
    if !policy.is_time_based() {
        return;
    }
    let rule = findings.either(&L14, &P06);
    let what = [
        (policy.begin.is_some() || policy.end.is_some(), "dates"),
        (policy.first_play.is_some(), "a first-play expiration"),
        (policy.grace.is_some(), "a grace period"),
    ];
    let what: Vec<_> = what.iter().filter(|(has, _)| *has).map(|(_, what)| *what).collect();
    let what = what.join(" and ");
    match set.context.clock {
        Some(TrustedClock::Missing) => {
            findings.add(
                rule,
                format!("has {what}, and the client has no trusted clock: it may not use the license"),
            );
        }
        None => findings.add_at(rule, Level::Note, format!("has {what}: the client needs a trusted clock")),
        Some(TrustedClock::AntiRollback | TrustedClock::Secure) => {}
    }
}

fn removal(policy: &Policy, findings: &mut OnePolicy<'_>) {
    if policy.removal.is_none() {
        return;
    }
    let others = [
        (policy.end.is_some(), "an end date"),
        (policy.begin.is_some(), "a begin date"),
        (policy.first_play.is_some(), "a first-play expiration"),
        (policy.copy_count.is_some(), "a copy count"),
        (policy.metering.is_some(), "a metering id"),
    ];
    let others: Vec<_> = others.iter().filter(|(has, _)| *has).map(|(_, what)| *what).collect();
    if !others.is_empty() {
        findings.add(
            &L16,
            format!("has a removal date and {}: the server SDK refuses that, though the page on short licenses advises it", others.join(", ")),
        );
    }
    if policy.persistent == Some(false) {
        findings.add(&L16, "has a removal date and is not kept: there is nothing to remove");
    }
}
