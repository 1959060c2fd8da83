//! Which dates a license should carry, for one request.
//!
//! ```text
//!   client version 1, 2        begin = server's clock − 5 min
//!   client version 3 and later
//!     clocks within one hour   begin = client's clock
//!     else                     deny, and ask the user to set the clock
//!   leaf of a chain            no dates: they belong into the root
//! ```
//!
//! Source: MS docs `policies-best-practices.md`. Where the page is silent: exactly one hour is within ("no further …
//! than 1 hour"); a request of version 3 without a time is treated as one of version 2; a license without any time
//! needs no begin date.

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
}

/// When a license is to end.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// At a moment.
    At(Moment),
    /// So long after the server's clock.
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

/// Where a begin date comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Basis {
    /// The server's clock less five minutes: rule R2.
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
    pub const fn text(self) -> &'static str {
        match self {
            Self::ServerClock => {
                "5 minutes before the server's clock: a client of version 1 or 2 may be slower"
            }
            Self::ServerClockForLackOfTime => {
                "5 minutes before the server's clock: the request carries no client time"
            }
            Self::ClientClock => "the client's clock: it is within one hour of the server's",
            Self::NoTimes => "none: nothing of the license ends",
            Self::Leaf => "none: the dates of a chain belong into the root",
        }
    }
}

/// The dates for a request. The policy says what the license is; `end` when it ends, in place of its own end date.
pub fn advise(policy: &Policy, end: Option<End>, request: &Request) -> Advice {
    let end = match end {
        Some(End::At(end)) => Some(end),
        Some(End::After(period)) => Some(request.server.plus(period)),
        None => policy.end,
    };
    let dated = Policy { end, begin: None, ..policy.clone() };
    if policy.is_leaf() {
        let policy = Policy { end: None, first_play: None, grace: None, ..dated };
        return Advice::Issue { policy: Box::new(policy), basis: Basis::Leaf };
    }
    if end.is_none() && policy.first_play.is_none() {
        return Advice::Issue { policy: Box::new(dated), basis: Basis::NoTimes };
    }
    let early = request.server.plus_seconds(LEAD.saturating_neg());
    let (begin, basis) = match (request.generation, request.client) {
        (Generation::Early, _) => (early, Basis::ServerClock),
        (Generation::Timed, None) => (early, Basis::ServerClockForLackOfTime),
        (Generation::Timed, Some(client)) => {
            let distance = client.since(request.server);
            if distance.abs() > TOLERANCE {
                return Advice::Deny { distance };
            }
            (client, Basis::ClientClock)
        }
    };
    if let Some(end) = end.filter(|end| begin >= *end) {
        return Advice::Impossible { begin, end };
    }
    Advice::Issue { policy: Box::new(Policy { begin: Some(begin), ..dated }), basis }
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
        Request { server: moment("2018-01-05T20:00:00Z"), generation, client: client.map(moment) }
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
            Advice::Issue { policy, basis } => (policy.begin.unwrap(), basis),
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
            let Advice::Issue { policy, basis: found } = advise(&policy, None, &request) else { panic!() };
            assert_eq!((policy.begin, policy.end, policy.first_play, found), (None, None, None, basis));
        }
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
            let advice = advise(&rental(), Some(End::At(end)), &Request { server, generation, client });
            let Advice::Issue { policy, .. } = advice else { panic!("{advice:?}") };
            let context = Context {
                request: Some(RequestFacts { generation: Some(generation), client_time: client, nonce: None }),
                server_time: Some(server),
                clock: Some(TrustedClock::Secure),
                ..Context::default()
            };
            let broken: Vec<_> = lint(&[*policy], &context).into_iter().map(|finding| finding.rule.id).collect();
            // The one finding there can be is that the request should have carried a time.
            let expected: &[&str] = if generation == Generation::Timed && client.is_none() { &["R3"] } else { &[] };
            prop_assert_eq!(broken, expected);
        }
    }
}
