//! Which dates a license should carry, for one request.
//!
//! ```text
//!   client version 1, 2        begin = server's clock − margin (5 min), periods from the server's clock
//!   client version 3 and later
//!     clocks within one hour   begin = client's clock, periods from the client's clock
//!     else                     deny, and ask the user to set the clock: whatever the license is
//!   leaf of a chain            no dates: they belong into the root
//!   a begin date of its own    moves to the one that is advised, and a remark says so
//! ```
//!
//! Source: MS docs `policies-best-practices.md`. Where the page is silent: exactly one hour is within ("no further …
//! than 1 hour"); a request of version 3 without a time is treated as one of version 2; a license without any time
//! needs no begin date, and its request is denied like any other.

mod remark;
#[cfg(test)]
mod tests;

pub use remark::{Basis, Remark};

use crate::rules::{LEAD, TOLERANCE};
use crate::{Generation, Moment, Period, Policy, seconds_text};

/// What is known of the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// The server's clock.
    pub server: Moment,
    /// The generation of the client.
    pub generation: Generation,
    /// The client's clock, where the request carries it.
    pub client: Option<Moment>,
    /// How many seconds before the server's clock a license begins for a client whose clock nobody knows.
    pub margin: i64,
}

impl Request {
    /// The margin of the page's example: five minutes.
    pub const MARGIN: i64 = LEAD;
}

/// When a license is to end.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// At a moment.
    At(Moment),
    /// So long after the clock that the begin is set by.
    After(Period),
}

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Advice {
    /// Issue it with these dates.
    Issue {
        /// The policy with its dates.
        policy: Box<Policy>,
        /// Where the begin date comes from.
        basis: Basis,
        /// What else has to be known of it.
        remarks: Vec<Remark>,
    },
    /// Issue nothing.
    Deny {
        /// Seconds from the server's clock to the client's.
        distance: i64,
    },
    /// The dates exclude each other.
    Impossible {
        /// The begin date that is advised.
        begin: Moment,
        /// The end date that was asked for.
        end: Moment,
    },
}

/// The dates for a request. The policy says what the license is; `end` when it ends, in place of its own end date.
pub fn advise(policy: &Policy, end: Option<End>, request: &Request) -> Advice {
    // "If not, deny the license request": before it is asked what the license would be.
    if let (Generation::Timed, Some(client)) = (request.generation, request.client) {
        let distance = client.since(request.server);
        if distance.abs() > TOLERANCE {
            return Advice::Deny { distance };
        }
    }
    if policy.is_leaf() {
        return leaf(policy, end.is_some());
    }
    let plain = Policy { begin: None, ..policy.clone() };
    let has_times = policy.begin.is_some() || policy.end.is_some() || policy.first_play.is_some();
    if end.is_none() && !has_times {
        return Advice::Issue { policy: Box::new(plain), basis: Basis::NoTimes, remarks: Vec::new() };
    }
    let early = request.server.plus_seconds(request.margin.saturating_neg());
    let mut remarks = Vec::new();
    let (begin, clock, basis) = match (request.generation, request.client) {
        (Generation::Early, client) => {
            let behind = |client: &Moment| request.server.since(*client);
            if let Some(client) = client.filter(|client| *client < early) {
                remarks.push(Remark::NotReached { behind: behind(&client), wait: early.since(client) });
            }
            (early, request.server, Basis::ServerClock)
        }
        (Generation::Timed, None) => {
            remarks.push(Remark::NoClientTime);
            (early, request.server, Basis::ServerClockForLackOfTime)
        }
        (Generation::Timed, Some(client)) => {
            // "BeginDate and other time restrictions with respect to that value."
            (client, client, Basis::ClientClock)
        }
    };
    let end = match end {
        Some(End::At(end)) => Some(end),
        Some(End::After(period)) => Some(clock.plus(period)),
        None => policy.end,
    };
    if let Some(end) = end.filter(|end| begin >= *end) {
        return Advice::Impossible { begin, end };
    }
    let moved = policy.begin.filter(|from| *from != begin);
    remarks.extend(moved.map(|from| Remark::BeginMoved { from, to: begin, basis }));
    Advice::Issue { policy: Box::new(Policy { begin: Some(begin), end, ..plain }), basis, remarks }
}

/// A leaf without its dates, and which those were.
fn leaf(policy: &Policy, asks_end: bool) -> Advice {
    let dropped = [
        (policy.begin.is_some(), "a begin date"),
        (policy.end.is_some() || asks_end, "an end date"),
        (policy.first_play.is_some(), "a first-play expiration"),
        (policy.grace.is_some(), "a grace period"),
        (policy.removal.is_some(), "a removal date"),
    ];
    let dropped: Vec<_> = dropped.into_iter().filter(|(has, _)| *has).map(|(_, what)| what).collect();
    let remarks = if dropped.is_empty() { Vec::new() } else { vec![Remark::Dropped(dropped)] };
    let bare =
        Policy { begin: None, end: None, first_play: None, grace: None, removal: None, ..policy.clone() };
    Advice::Issue { policy: Box::new(bare), basis: Basis::Leaf, remarks }
}

/// How far the client's clock is off, for people.
pub fn distance_text(distance: i64) -> String {
    let side = if distance < 0 { "behind" } else { "ahead of" };
    format!("{} {side} the server's", seconds_text(distance.saturating_abs()))
}
