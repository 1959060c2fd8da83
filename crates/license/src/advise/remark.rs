//! What has to be known of advice: where its begin date comes from, and what else is said of it.

use super::Request;
use crate::{Level, Moment, seconds_text};
use core::fmt;

/// What has to be known of dates that are advised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remark {
    /// The request of a later client carries no time.
    NoClientTime,
    /// The client's clock has not reached the begin date.
    NotReached {
        /// Seconds that it lies behind the server's clock.
        behind: i64,
        /// Seconds until it reaches the begin date.
        wait: i64,
    },
    /// Restrictions of a leaf that were left out: they belong into the root.
    Dropped(Vec<&'static str>),
    /// The begin date of the policy became another one.
    BeginMoved {
        /// The one of the policy.
        from: Moment,
        /// The one that is advised.
        to: Moment,
        /// By what.
        basis: Basis,
    },
}

impl Remark {
    /// The rule that says so.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NoClientTime => "R3",
            Self::NotReached { .. } => "L2",
            Self::Dropped(_) => "R4",
            Self::BeginMoved { basis, .. } => basis.rule(),
        }
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        match self {
            Self::NoClientTime | Self::NotReached { .. } => Level::Warning,
            // What was not to be used yet can be used now.
            Self::BeginMoved { from, to, .. } if to < from => Level::Warning,
            Self::Dropped(_) | Self::BeginMoved { .. } => Level::Note,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClientTime => f.write_str(
                "the request of a client of version 3 or later carries no time: dates follow the rule for version 2",
            ),
            Self::NotReached { behind, wait } => write!(
                f,
                "the client's clock is {} behind the server's and reaches the begin date in {}: the license cannot be \
                 used at once",
                seconds_text(*behind),
                seconds_text(*wait)
            ),
            Self::Dropped(what) => write!(
                f,
                "left out of the leaf: {}; in a leaf, all leaves would have to be issued again",
                what.join(", ")
            ),
            Self::BeginMoved { from, to, basis } => {
                let distance = seconds_text(to.since(*from).saturating_abs());
                let side = if to < from { "earlier" } else { "later" };
                let why = match basis {
                    Basis::ClientClock => "to the client's clock",
                    _ => "to the server's clock less the margin",
                };
                write!(f, "the policy begins {from}, and the license {to}, {distance} {side}: moved {why}")?;
                if to < from {
                    f.write_str("; where it is not to be used before that date, issue it later or keep the date")?;
                }
                Ok(())
            }
        }
    }
}

/// Where a begin date comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Basis {
    /// The server's clock less a margin: rule R2.
    ServerClock,
    /// The same, because the request of a later client carries no time: rule R3.
    ServerClockForLackOfTime,
    /// The client's clock: rule R3.
    ClientClock,
    /// There is nothing that ends: rule R1 asks for nothing.
    NoTimes,
    /// A leaf carries no dates: rule R4.
    Leaf,
}

impl Basis {
    /// The rule that says so.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::ServerClock => "R2",
            Self::ServerClockForLackOfTime | Self::ClientClock => "R3",
            Self::NoTimes => "R1",
            Self::Leaf => "R4",
        }
    }

    /// Why, for people.
    pub fn text(self, request: &Request) -> String {
        let margin = seconds_text(request.margin);
        match self {
            Self::ServerClock => format!(
                "{margin} before the server's clock: that of a client of version 1 or 2 may be so far behind"
            ),
            Self::ServerClockForLackOfTime => {
                format!("{margin} before the server's clock: the request carries no client time")
            }
            Self::ClientClock => "the client's clock: it is within one hour of the server's".to_owned(),
            Self::NoTimes => "none: nothing of the license ends".to_owned(),
            Self::Leaf => "none: the dates of a chain belong into the root".to_owned(),
        }
    }

    /// The clock that periods are counted from.
    pub const fn clock(self) -> &'static str {
        if matches!(self, Self::ClientClock) { "client" } else { "server" }
    }
}
