//! Chains: several roots of one key, rights, removal dates; and the clock of a request.

use super::fixtures::{asked, clock, json, request};
use super::{Context, Generation, Level, RequestFacts, lint};
use crate::{Policy, from_json};

const A: &str = r#""kid":"11111111-1111-1111-1111-111111111111""#;
const B: &str = r#""kid":"22222222-2222-2222-2222-222222222222""#;
const LEAF: &str = r#""leaf_of":"11111111-1111-1111-1111-111111111111""#;
const MONTH: &str = r#""begin":"2018-01-01","end":"2018-02-01""#;

fn policies(text: &str) -> Vec<Policy> {
    from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Rule, level and message of all findings of R5.
fn r5(text: &str, context: &Context) -> Vec<(Level, String)> {
    let found = lint(&policies(text), context).into_iter().filter(|finding| finding.rule.id == "R5");
    found.map(|finding| (finding.level, finding.message)).collect()
}

#[test]
fn the_order_of_policies_says_nothing() {
    let root = |dates: &str, name: &str| format!(r#"{{"name":"{name}",{A},"root":true{dates}}}"#);
    let old = root(r#","begin":"2018-01-01","end":"2018-02-01""#, "old");
    let new = root(r#","begin":"2018-02-01","end":"2018-03-01""#, "new");
    let copying = root(r#","begin":"2018-02-01","end":"2018-03-01","rights":["copy"]"#, "copying");
    let leaf = |more: &str| format!(r#"{{"name":"leaf",{B},{LEAF}{more}}}"#);
    for leaf in [leaf(""), leaf(r#","begin":"2018-02-10""#), leaf(r#","rights":["play","copy"]"#)] {
        for set in
            [[&old, &new, &leaf], [&new, &copying, &leaf], [&old, &copying, &leaf], [&old, &old, &leaf]]
        {
            for time in ["2017-12-01", "2018-01-15", "2018-02-15", "2018-04-01"] {
                let found = |order: [usize; 3]| -> Vec<String> {
                    let all: Vec<Policy> = order.iter().flat_map(|at| policies(set[*at])).collect();
                    let found = lint(&all, &asked(time)).into_iter().map(|finding| {
                        let whose = finding.policy.map(|at| all[at].label());
                        format!("{whose:?} {} {:?} {}", finding.rule.id, finding.level, finding.message)
                    });
                    let mut found: Vec<String> = found.collect();
                    found.sort();
                    found
                };
                let first = found([0, 1, 2]);
                for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                    assert_eq!(found(order), first, "{set:?} {time} {order:?}");
                }
            }
        }
    }
}

#[test]
fn a_root_that_was_renewed_keeps_its_chain_valid() {
    let root = |begin: &str, end: &str| format!(r#"{{{A},"root":true,"begin":"{begin}","end":"{end}"}}"#);
    let set =
        format!("[{},{},{{{B},{LEAF}}}]", root("2018-01-01", "2018-02-01"), root("2018-02-01", "2018-03-01"));
    let errors = |time: &str| {
        let found = r5(&set, &asked(time)).into_iter().filter(|(level, _)| *level == Level::Error);
        found.map(|(_, message)| message).collect::<Vec<_>>()
    };
    assert_eq!(errors("2018-01-15"), [""; 0], "the new one has not begun, the old one is valid");
    assert_eq!(errors("2018-02-15"), [""; 0], "the old one is over, the new one is valid");
    let notes = r5(&set, &asked("2018-02-15"));
    assert!(
        notes[0].0 == Level::Note && notes[0].1.contains("another root for its key is valid"),
        "{notes:?}"
    );
    let over = errors("2018-04-01");
    assert_eq!(over.len(), 3, "both roots, and the leaf once: {over:?}");
    assert!(over[2].contains("roots, of which the last expired 2018-03-01"), "{over:?}");
    assert!(errors("2017-12-01")[0].contains("roots, of which the next is not valid before 2018-01-01"));
}

#[test]
fn every_right_of_a_leaf_is_one_of_its_root_and_not_the_right_to_play_alone() {
    let chain = |root: &str, leaf: &str| {
        let root = format!(r#"{{{A},"root":true,{MONTH},"rights":[{root}]}}"#);
        r5(&format!(r#"[{root},{{{B},{LEAF},"rights":[{leaf}]}}]"#), &clock())
    };
    for right in ["copy", "execute", "read", "extended"] {
        let quoted = format!("{right:?}");
        let both = format!("\"play\",{quoted}");
        let lacking = chain("\"play\"", &both);
        assert_eq!(lacking.len(), 1, "{lacking:?}");
        assert!(
            lacking[0].0 == Level::Error && lacking[0].1.starts_with(&format!("grants {right}")),
            "{lacking:?}"
        );
        assert!(lacking[0].1.contains("and its root does not"), "{lacking:?}");
        assert_eq!(chain(&both, "\"play\""), [], "what a leaf does not grant, its root may");
        assert_eq!(chain(&both, &both), []);
        // What is done with it is not said; that it does not play is no error.
        let silent = chain(&quoted, &quoted);
        assert!(silent.iter().all(|(level, _)| *level == Level::Note) && silent.len() == 2, "{silent:?}");
        assert!(chain(&quoted, "\"play\"").iter().any(|(level, _)| *level == Level::Error));
    }
    assert!(
        chain("\"play\"", "")
            .iter()
            .any(|(level, message)| { *level == Level::Error && message.contains("grants no right") })
    );
}

#[test]
fn a_removal_date_of_a_leaf_is_a_time_that_belongs_into_the_root_and_ends_no_subscription() {
    let chain = |root: &str, leaf: &str| {
        json(&format!(r#"[{{{A},"root":true{root}}},{{{B},{LEAF}{leaf}}}]"#), &clock())
    };
    let month = format!(",{MONTH}");
    assert_eq!(chain(&month, r#","removal":"2018-03-01""#), ["R4"]);
    assert_eq!(chain(&month, ""), [""; 0]);
    for only in [r#","removal":"2018-03-01""#, r#","grace":60"#, r#","removal":"2018-03-01","grace":60"#] {
        assert!(chain(only, "").contains(&"R6"), "{only}");
    }
}

#[test]
fn the_hour_between_the_clocks_counts_whatever_the_license_is() {
    let late = |time: &str, policy: &str| {
        json(policy, &request(Generation::Timed, Some(time))).into_iter().filter(|id| *id == "R3").count()
    };
    let leaf = format!("{{{B},{LEAF}}}");
    for policy in
        ["{}", r#"{"persistent":true}"#, r#"{"begin":"2018-01-01"}"#, r#"{"removal":"2019-01-01"}"#, &leaf]
    {
        assert_eq!(late("2018-01-05T18:59:59Z", policy), 1, "{policy}");
        assert_eq!(late("2018-01-05T21:00:01Z", policy), 1, "{policy}");
        assert_eq!(late("2018-01-05T19:00:00Z", policy), 0, "{policy}");
        assert_eq!(late("2018-01-05T21:00:00Z", policy), 0, "{policy}");
    }
    // The root has the dates, and the leaf does not say it again.
    let chain = format!(r#"[{{{A},"root":true,{MONTH}}},{leaf}]"#);
    assert_eq!(late("2018-01-05T18:00:00Z", &chain), 1);
    assert_eq!(late("2018-01-05T18:00:00Z", "[{},{}]"), 1);
    // Without a time nothing is set by it.
    let without = json("{}", &request(Generation::Timed, None));
    assert_eq!(without, [""; 0]);
    let early = json("{}", &request(Generation::Early, Some("2018-01-05T18:00:00Z")));
    assert_eq!(early, [""; 0], "versions 1 and 2 are not asked for their clock");
}

#[test]
fn a_client_time_that_is_no_time_is_named_and_is_no_request_without_one() {
    for text in ["99999999999999999999", "noon", "", "2018-01-05T20:00:00Z"] {
        for (generation, level) in [(Generation::Timed, Level::Error), (Generation::Early, Level::Warning)] {
            let facts = RequestFacts {
                generation: Some(generation),
                unreadable_time: Some(text.to_owned()),
                ..RequestFacts::default()
            };
            let context = Context { request: Some(facts), ..clock() };
            for policy in ["{}", r#"{"begin":"2018-01-01","end":"2018-02-01"}"#] {
                let found = lint(&policies(policy), &context);
                let own: Vec<_> = found.iter().filter(|finding| finding.rule.id == "R3").collect();
                assert_eq!(own.len(), 1, "{found:?}");
                assert_eq!(own[0].level, level);
                assert!(own[0].message.contains(&format!("ClientTime {text:?} is no time")), "{found:?}");
                assert!(!own[0].message.contains("carries no"), "{found:?}");
            }
        }
    }
}
