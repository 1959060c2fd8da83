use super::*;
use crate::{Context, Level, RequestFacts, Role, TrustedClock, lint};
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
        let Advice::Issue { policy, basis: found, .. } = advise(&policy, None, &request) else { panic!() };
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
    let removal =
        Policy { first_play: None, grace: None, removal: Some(moment("2019-01-01")), ..leaf.clone() };
    assert_eq!(dropped(&removal, None), [Remark::Dropped(vec!["a removal date"])]);
    let bare = Policy { first_play: None, grace: None, ..leaf };
    assert_eq!(dropped(&bare, None), []);
}

#[test]
fn a_begin_date_that_moves_is_named_with_both_dates() {
    let advised = |begin: &str, request: &Request| {
        let policy = Policy { begin: Some(moment(begin)), first_play: None, ..rental() };
        match advise(&policy, None, request) {
            Advice::Issue { policy, remarks, .. } => (policy.begin.unwrap().to_string(), remarks),
            other => panic!("{other:?}"),
        }
    };
    let timed = request(Generation::Timed, Some("2018-01-05T19:56:00Z"));
    // A first night in the future: that it can be seen today is no small thing.
    let (begin, remarks) = advised("2018-03-01", &timed);
    assert_eq!(begin, "2018-01-05T19:56:00Z");
    assert_eq!((remarks[0].level(), remarks[0].rule()), (Level::Warning, "R3"));
    let said = remarks[0].to_string();
    assert!(said.contains("2018-03-01T00:00:00Z") && said.contains("2018-01-05T19:56:00Z"), "{said}");
    assert!(said.contains("earlier: moved to the client's clock"), "{said}");
    let (_, remarks) = advised("2018-01-01", &request(Generation::Early, None));
    assert_eq!((remarks[0].level(), remarks[0].rule()), (Level::Note, "R2"));
    assert!(remarks[0].to_string().contains("later: moved to the server's clock less"), "{}", remarks[0]);
    assert_eq!(advised("2018-01-05T19:56:00Z", &timed).1, [], "it is there already");
}

#[test]
fn a_clock_more_than_an_hour_off_is_denied_whatever_the_license_is() {
    let request = request(Generation::Timed, Some("2018-01-05T18:00:00Z"));
    let leaf = Policy { role: Role::Leaf { root: None }, ..Policy::default() };
    for policy in [Policy::default(), Policy { first_play: None, ..rental() }, leaf] {
        assert_eq!(advise(&policy, None, &request), Advice::Deny { distance: -7200 });
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
        let advice = advise(&rental(), Some(End::At(end)), &Request { server, generation, client, margin: Request::MARGIN });
        let Advice::Issue { policy, remarks, .. } = advice else { panic!("{advice:?}") };
        let context = Context {
            request: Some(RequestFacts { generation: Some(generation), client_time: client, ..RequestFacts::default() }),
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
