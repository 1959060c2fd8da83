//! Which dates a license should carry, for one request.
//!
//! ```text
//!   client version 1, 2        begin = server's clock − margin (5 min), periods from the server's clock
//!   client version 3 and later
//!     clocks within one hour   begin = client's clock, periods from the client's clock
//!     else                     deny, and ask the user to set the clock
//!   leaf of a chain            no dates: they belong into the root
//! ```
//!
//! Source: MS docs `policies-best-practices.md`. Where the page is silent: exactly one hour is within ("no further …
//! than 1 hour"); a request of version 3 without a time is treated as one of version 2; a license without any time
//! needs no begin date.

use crate::rules::{LEAD, TOLERANCE};
use crate::{Generation, Level, Moment, Period, Policy, seconds_text};
use core::fmt;

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
}

impl Remark {
    /// The rule that says so.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NoClientTime => "R3",
            Self::NotReached { .. } => "L2",
            Self::Dropped(_) => "R4",
        }
    }

    /// How bad it is.
    pub const fn level(&self) -> Level {
        match self {
            Self::NoClientTime | Self::NotReached { .. } => Level::Warning,
            Self::Dropped(_) => Level::Note,
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

/// The dates for a request. The policy says what the license is; `end` when it ends, in place of its own end date.
pub fn advise(policy: &Policy, end: Option<End>, request: &Request) -> Advice {
    if policy.is_leaf() {
        return leaf(policy, end.is_some());
    }
    let plain = Policy { begin: None, ..policy.clone() };
    if end.is_none() && policy.end.is_none() && policy.first_play.is_none() {
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
            let distance = client.since(request.server);
            if distance.abs() > TOLERANCE {
                return Advice::Deny { distance };
            }
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
    Advice::Issue { policy: Box::new(Policy { begin: Some(begin), end, ..plain }), basis, remarks }
}

/// A leaf without its dates, and which those were.
fn leaf(policy: &Policy, asks_end: bool) -> Advice {
    let dropped = [
        (policy.begin.is_some(), "a begin date"),
        (policy.end.is_some() || asks_end, "an end date"),
        (policy.first_play.is_some(), "a first-play expiration"),
        (policy.grace.is_some(), "a grace period"),
    ];
    let dropped: Vec<_> = dropped.into_iter().filter(|(has, _)| *has).map(|(_, what)| what).collect();
    let remarks = if dropped.is_empty() { Vec::new() } else { vec![Remark::Dropped(dropped)] };
    let bare = Policy { begin: None, end: None, first_play: None, grace: None, ..policy.clone() };
    Advice::Issue { policy: Box::new(bare), basis: Basis::Leaf, remarks }
}

/// How far the client's clock is off, for people.
pub fn distance_text(distance: i64) -> String {
    let side = if distance < 0 { "behind" } else { "ahead of" };
    format!("{} {side} the server's", seconds_text(distance.saturating_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, RequestFacts, Role, TrustedClock, lint};
    use proptest::prelude::*;

    fn moment(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn request(generation: Generation, client: Option<&str>) -> Request {
        Request {
            server: moment("2018-01-05T20:00:00Z"),
            generation,
            client: client.map(moment),
            margin: Request::MARGIN,
        }
    }

    fn rental() -> Policy {
        Policy {
            rights: crate::Rights { play: true, ..Default::default() },
            first_play: Some(48 * 3600),
            ..Policy::default()
        }
    }

    fn begin_of(request: &Request) -> (Moment, Basis) {
        match advise(&rental(), Some(End::After("1mo".parse().unwrap())), request) {
            Advice::Issue { policy, basis, .. } => (policy.begin.unwrap(), basis),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_example_of_version_2_comes_out_to_the_minute() {
        let begin = begin_of(&request(Generation::Early, Some("2018-01-05T19:56:00Z")));
        assert_eq!(begin, (moment("2018-01-05T19:55:00Z"), Basis::ServerClock));
    }

    #[test]
    fn the_example_of_version_3_comes_out_to_the_minute() {
        let begin = begin_of(&request(Generation::Timed, Some("2018-01-05T19:56:00Z")));
        assert_eq!(begin, (moment("2018-01-05T19:56:00Z"), Basis::ClientClock));
    }

    #[test]
    fn the_rental_scenario_comes_out_to_the_minute() {
        // MS docs scenario-rental-content.md: begin 7:55 PM, end a month later at 8 PM, 48 hours after first play.
        let advice =
            advise(&rental(), Some(End::After("1mo".parse().unwrap())), &request(Generation::Early, None));
        let Advice::Issue { policy, .. } = advice else { panic!("{advice:?}") };
        assert_eq!(policy.begin, Some(moment("2018-01-05T19:55:00Z")));
        assert_eq!(policy.end, Some(moment("2018-02-05T20:00:00Z")));
        assert_eq!(policy.first_play, Some(48 * 3600));
    }

    #[test]
    fn a_clock_more_than_an_hour_off_is_denied_and_one_of_exactly_an_hour_is_not() {
        for (client, distance) in [
            ("2018-01-05T18:59:59Z", Some(-3601)),
            ("2018-01-05T19:00:00Z", None),
            ("2018-01-05T21:00:00Z", None),
            ("2018-01-05T21:00:01Z", Some(3601)),
        ] {
            let advice = advise(&rental(), None, &request(Generation::Timed, Some(client)));
            match (advice, distance) {
                (Advice::Deny { distance }, Some(expected)) => assert_eq!(distance, expected),
                (Advice::Issue { policy, .. }, None) => assert_eq!(policy.begin, Some(moment(client))),
                (advice, _) => panic!("{client}: {advice:?}"),
            }
        }
        assert_eq!(distance_text(-3601), "1h 1s behind the server's");
    }

    #[test]
    fn a_later_client_without_a_time_is_treated_as_an_early_one() {
        let begin = begin_of(&request(Generation::Timed, None));
        assert_eq!(begin, (moment("2018-01-05T19:55:00Z"), Basis::ServerClockForLackOfTime));
    }

    #[test]
    fn a_leaf_and_a_purchase_get_no_dates() {
        let leaf = Policy { role: Role::Leaf { root: None }, end: Some(moment("2019-01-01")), ..rental() };
        let request = request(Generation::Early, None);
        for (policy, basis) in [(leaf, Basis::Leaf), (Policy::default(), Basis::NoTimes)] {
            let Advice::Issue { policy, basis: found, .. } = advise(&policy, None, &request) else {
                panic!()
            };
            assert_eq!((policy.begin, policy.end, policy.first_play, found), (None, None, None, basis));
        }
    }

    #[test]
    fn periods_are_counted_from_the_clock_that_the_begin_is_set_by() {
        let end_of = |request: &Request| {
            let advice = advise(&rental(), Some(End::After("2h".parse().unwrap())), request);
            let Advice::Issue { policy, basis, .. } = advice else { panic!("{advice:?}") };
            (policy.end.unwrap().to_string(), basis.clock())
        };
        let timed = |client| end_of(&request(Generation::Timed, client));
        assert_eq!(timed(Some("2018-01-05T19:00:00Z")), ("2018-01-05T21:00:00Z".to_owned(), "client"));
        assert_eq!(timed(Some("2018-01-05T21:00:00Z")), ("2018-01-05T23:00:00Z".to_owned(), "client"));
        assert_eq!(timed(None), ("2018-01-05T22:00:00Z".to_owned(), "server"));
        let early = end_of(&request(Generation::Early, Some("2018-01-05T19:58:00Z")));
        assert_eq!(early, ("2018-01-05T22:00:00Z".to_owned(), "server"));
    }

    #[test]
    fn a_clock_that_is_behind_the_margin_is_named_and_a_wider_margin_reaches_it() {
        let slow = request(Generation::Early, Some("2018-01-05T19:50:00Z"));
        let remarks = |request: &Request| match advise(&rental(), None, request) {
            Advice::Issue { remarks, .. } => remarks,
            other => panic!("{other:?}"),
        };
        assert_eq!(remarks(&slow), [Remark::NotReached { behind: 600, wait: 300 }]);
        assert_eq!(remarks(&Request { margin: 600, ..slow }), []);
        assert_eq!(remarks(&Request { client: Some(moment("2018-01-05T19:55:00Z")), ..slow }), []);
        assert_eq!(remarks(&request(Generation::Timed, None)), [Remark::NoClientTime]);
    }

    #[test]
    fn what_a_leaf_does_not_get_is_named() {
        let leaf = Policy { role: Role::Leaf { root: None }, grace: Some(60), ..rental() };
        let month = Some(End::After("1mo".parse().unwrap()));
        let dropped = |policy: &Policy, end| match advise(policy, end, &request(Generation::Early, None)) {
            Advice::Issue { remarks, .. } => remarks,
            other => panic!("{other:?}"),
        };
        let all = vec!["an end date", "a first-play expiration", "a grace period"];
        assert_eq!(dropped(&leaf, month), [Remark::Dropped(all)]);
        let bare = Policy { first_play: None, grace: None, ..leaf };
        assert_eq!(dropped(&bare, None), []);
    }

    #[test]
    fn an_end_before_the_begin_is_impossible() {
        let end = moment("2018-01-05T19:50:00Z");
        let advice = advise(&rental(), Some(End::At(end)), &request(Generation::Early, None));
        assert_eq!(advice, Advice::Impossible { begin: moment("2018-01-05T19:55:00Z"), end });
    }

    proptest! {
        #[test]
        fn what_is_advised_breaks_no_rule(
            generation in prop_oneof![Just(Generation::Early), Just(Generation::Timed)],
            server in 1_500_000_000_u32..1_900_000_000, off in proptest::option::of(-3600_i64..=3600), days in 1_u32..400,
        ) {
            let server = Moment::from_unix(server);
            let client = off.map(|off| server.plus_seconds(off));
            let end = server.plus_seconds(3600 * 24 * i64::from(days));
            let advice = advise(&rental(), Some(End::At(end)), &Request { server, generation, client, margin: Request::MARGIN });
            let Advice::Issue { policy, remarks, .. } = advice else { panic!("{advice:?}") };
            let context = Context {
                request: Some(RequestFacts { generation: Some(generation), client_time: client, nonce: None }),
                server_time: Some(server),
                clock: Some(TrustedClock::Secure),
                ..Context::default()
            };
            let broken: Vec<_> = lint(&[*policy], &context).into_iter().map(|finding| finding.rule.id).collect();
            // The findings there can be are what the advice remarks itself: a request without a time, a clock too far behind.
            let expected: Vec<_> = remarks.iter().map(Remark::rule).collect();
            prop_assert_eq!(broken, expected);
        }
    }
}
