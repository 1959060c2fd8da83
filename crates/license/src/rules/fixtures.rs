//! For every rule something that breaks it and something that keeps it.

use super::{
    ContentFacts, Context, Finding, Generation, Level, RequestFacts, TrustedClock, lint, lint_tree, rules,
};
use crate::build::{container, content_key, leaf, license, license_with_id, outer, words};
use crate::{Guid, License, Limits, Moment, Policy, Query, from_json};
use prkit_playready::{Algorithm, KeyId};
use std::collections::BTreeSet;

fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}

/// Policies in JSON and what is known beside them.
pub(super) fn json(text: &str, context: &Context) -> Vec<&'static str> {
    ids(&lint(&from_json(text).unwrap_or_else(|error| panic!("{text}: {error}")), context))
}

fn query(text: &str, context: &Context) -> Vec<&'static str> {
    let (policies, mut findings) = Query::parse(text).unwrap().policies(context);
    findings.extend(lint(&policies, context));
    ids(&findings)
}

/// Licenses of these objects, each in a container that holds everything.
fn licenses(all: &[Vec<Vec<u8>>], context: &Context) -> Vec<&'static str> {
    let policies: Vec<Policy> = all
        .iter()
        .map(|objects| {
            let bytes = license(&outer(objects));
            Policy::from_license(&License::parse(&bytes).unwrap(), Limits::default()).unwrap()
        })
        .collect();
    ids(&lint(&policies, context))
}

fn tree(bytes: &[u8]) -> Vec<&'static str> {
    ids(&lint_tree(&License::parse(bytes).unwrap(), Limits::default()))
}

/// Nothing else known, and a clock that is trusted: without one every date is a note.
pub(super) fn clock() -> Context {
    Context { clock: Some(TrustedClock::AntiRollback), ..Context::default() }
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

pub(super) fn request(generation: Generation, client_time: Option<&str>) -> Context {
    Context {
        request: Some(RequestFacts {
            generation: Some(generation),
            client_time: client_time.map(moment),
            nonce: Some(Guid::from_guid_bytes([9; 16])),
            unreadable_time: None,
        }),
        server_time: Some(moment("2018-01-05T20:00:00Z")),
        ..clock()
    }
}

/// What is valid at a time.
pub(super) fn asked(time: &str) -> Context {
    Context { server_time: Some(moment(time)), ..clock() }
}

fn content(algorithm: Algorithm) -> Context {
    let key = (KeyId::from_guid_bytes([1; 16]), Some(algorithm));
    Context { content: Some(ContentFacts { keys: vec![key], on_demand: false }), ..clock() }
}

const ISSUE: u32 = 1_515_182_400; // 2018-01-05T20:00:00Z

fn play() -> Vec<u8> {
    container(0x0004, &[])
}

fn issued() -> Vec<u8> {
    leaf(0x0013, &words(&[ISSUE]))
}

fn valid(begin: u32, end: u32) -> Vec<u8> {
    leaf(0x0012, &words(&[begin, end]))
}

fn level(level: u16) -> Vec<u8> {
    leaf(0x0034, &level.to_be_bytes())
}

fn levels(uncompressed_video: u16) -> Vec<u8> {
    let all = [500, uncompressed_video, 200, 300, 300];
    leaf(0x0005, &all.iter().flat_map(|level: &u16| level.to_be_bytes()).collect::<Vec<_>>())
}

fn hdcp() -> Vec<u8> {
    let body = [&Guid::HDCP_TYPE.to_guid_bytes()[..], &[0, 0, 0, 1]].concat();
    container(0x0058, &[leaf(0x0059, &body)])
}

fn uplink(root: u8) -> Vec<u8> {
    leaf(0x003B, &[&[root; 16][..], &[0, 1, 0, 0]].concat())
}

const MONTH: u32 = 31 * 86_400;
const A: &str = r#""kid":"11111111-1111-1111-1111-111111111111""#;
const B: &str = r#""kid":"22222222-2222-2222-2222-222222222222""#;
const LEAF_OF_A: &str = r#""leaf_of":"11111111-1111-1111-1111-111111111111""#;

/// Rule, what breaks it, what keeps it.
type Fixture = (&'static str, Vec<&'static str>, Vec<&'static str>);

fn seed_rules() -> Vec<Fixture> {
    use Generation::{Early, Timed};
    let rental = r#"{"begin":"2018-01-05T19:55:00Z","end":"2018-02-05T20:00:00Z","first_play":"48h"}"#;
    let at_eight = r#"{"begin":"2018-01-05T20:00:00Z","end":"2018-02-05T20:00:00Z"}"#;
    let root = format!(r#"{{{A},"root":true,"begin":"2018-01-01","end":"2018-02-01"}}"#);
    let chain = |leaf: &str| format!("[{root},{{{B},{LEAF_OF_A}{leaf}}}]");
    vec![
        ("R1", json(r#"{"end":"2018-02-05"}"#, &clock()), json(rental, &clock())),
        ("R2", json(at_eight, &request(Early, None)), json(rental, &request(Early, None))),
        (
            "R3",
            json(rental, &request(Timed, Some("2018-01-05T18:59:59Z"))),
            // Exactly one hour is "no further than one hour".
            json(
                r#"{"begin":"2018-01-05T19:00:00Z","end":"2018-02-05T20:00:00Z"}"#,
                &request(Timed, Some("2018-01-05T19:00:00Z")),
            ),
        ),
        ("R4", json(&chain(r#","end":"2018-03-01""#), &clock()), json(&chain(""), &clock())),
        ("R5", json(&chain(r#","rights":["copy"]"#), &clock()), json(&chain(""), &clock())),
        (
            "R6",
            json(&format!(r#"[{{{A},"root":true}},{{{B},{LEAF_OF_A}}}]"#), &clock()),
            json(&chain(""), &clock()),
        ),
        (
            "R7",
            json(&chain(r#","copy_count":1,"output":{"uncompressed_video":300}"#), &clock()),
            json(&chain(r#","output":{"uncompressed_video":300}"#), &clock()),
        ),
    ]
}

fn published_rules() -> Vec<Fixture> {
    let short =
        |more: &str| format!(r#"{{"begin":"2018-01-05T20:00:00Z","end":"2018-01-05T20:01:00Z"{more}}}"#);
    let account = "3ab8fb03-c53e-46f9-8cf8-9967cb6a1b14";
    let domain = format!(r#"{{"domain":{{"account":"{account}"}}}}"#);
    let joined = |accounts: Vec<Guid>| Context { accounts: Some(accounts), ..clock() };
    let no_clock = Context { clock: Some(TrustedClock::Missing), ..Context::default() };
    let output = |level: u16| {
        format!(
            r#"{{"output":{{"uncompressed_video":{level}}},"protections":[{{"medium":"digital-video",
                "id":"{}","data":"AAAAAQ=="}}]}}"#,
            Guid::HDCP_TYPE
        )
    };
    vec![
        (
            "P-01",
            json(r#"{"security_level":2500}"#, &clock()),
            json(
                &format!(
                    r#"[{{{A},"media":"video","security_level":3000}},{{{B},"media":"audio","security_level":2000}}]"#
                ),
                &clock(),
            ),
        ),
        ("P-02", query("(playright:false)", &clock()), query("(playright:false,readright:true)", &clock())),
        ("P-03", json(&short(""), &clock()), json(&short(r#","real_time":true"#), &clock())),
        (
            "P-04",
            query("(persist:true,securestop:true)", &clock()),
            query("(persist:false,securestop:true)", &clock()),
        ),
        ("P-05", query("(firstexp:60)", &clock()), query("(persist:true,firstexp:60)", &clock())),
        ("P-06", json(r#"{"first_play":"48h"}"#, &no_clock), json(r#"{"first_play":"48h"}"#, &clock())),
        ("P-07", json(&domain, &joined(vec![])), json(&domain, &joined(vec![account.parse().unwrap()]))),
        ("P-08", query("(ucvopl:200)", &clock()), query("(ucvopl:250)", &clock())),
        ("P-09", json(&output(270), &clock()), json(&output(300), &clock())),
        (
            "P-10",
            json(r#"{"embedded":"stream"}"#, &clock()),
            json(
                &format!(
                    r#"[{{{A},"root":true,"begin":"2018-01-01","end":"2018-02-01"}},{{{B},{LEAF_OF_A},"embedded":"stream"}}]"#
                ),
                &clock(),
            ),
        ),
    ]
}

fn license_rules() -> Vec<Fixture> {
    let good = || vec![play(), issued(), valid(ISSUE - 300, ISSUE + MONTH)];
    let with = |more: Vec<u8>| [good(), vec![more]].concat();
    let keyed = |kid: u8, kind: u16, more: Vec<Vec<u8>>| {
        [vec![play(), container(0x0009, &[content_key([kid; 16], kind, 3)])], more].concat()
    };
    let chained = |objects: Vec<Vec<u8>>| {
        [vec![container(0x0009, &[content_key([2; 16], 1, 2), uplink(1)])], objects].concat()
    };
    let root = || keyed(1, 6, vec![issued(), valid(ISSUE - 300, ISSUE + MONTH)]);
    let stop = |id: [u8; 16]| {
        let bytes = license_with_id(id, &outer(&[play(), leaf(0x005A, &[5; 16])]));
        let policy = Policy::from_license(&License::parse(&bytes).unwrap(), Limits::default()).unwrap();
        ids(&lint(&[policy], &request(Generation::Timed, None)))
    };
    let unknown = Context::default();
    let first_play = || vec![play(), leaf(0x0030, &words(&[60]))];
    vec![
        (
            "L1",
            licenses(&[vec![play(), issued(), valid(0, ISSUE + MONTH)]], &clock()),
            licenses(&[good()], &clock()),
        ),
        (
            "L2",
            licenses(&[vec![play(), issued(), valid(ISSUE + 60, ISSUE + MONTH)]], &clock()),
            licenses(&[good()], &clock()),
        ),
        (
            "L3",
            licenses(&[vec![play(), issued(), valid(ISSUE - 300, ISSUE - 300)]], &clock()),
            licenses(&[good()], &clock()),
        ),
        (
            "L4",
            licenses(&[vec![play(), issued(), valid(ISSUE - 86_400, ISSUE + MONTH)]], &clock()),
            licenses(&[good()], &clock()),
        ),
        (
            "L5",
            licenses(&[root(), chained(vec![play(), valid(0, ISSUE)])], &clock()),
            licenses(&[root(), chained(vec![play()])], &clock()),
        ),
        (
            "L6",
            licenses(&[root(), chained(vec![])], &clock()),
            licenses(&[root(), chained(vec![play()])], &clock()),
        ),
        ("L7", licenses(&[with(levels(200))], &clock()), licenses(&[with(levels(250))], &clock())),
        (
            "L8",
            licenses(&[[with(levels(250)), vec![hdcp()]].concat()], &clock()),
            licenses(&[[with(levels(300)), vec![hdcp()]].concat()], &clock()),
        ),
        ("L9", licenses(&[with(level(2500))], &clock()), licenses(&[with(level(2000))], &clock())),
        // The id of a license that is not kept is the nonce of its request.
        ("L10", stop([7; 16]), stop([9; 16])),
        (
            "L11",
            licenses(&[keyed(1, 5, vec![])], &content(Algorithm::AesCtr)),
            licenses(&[keyed(1, 5, vec![])], &content(Algorithm::AesCbc)),
        ),
        (
            "L12",
            licenses(&[keyed(2, 1, vec![])], &content(Algorithm::AesCtr)),
            licenses(&[keyed(1, 1, vec![])], &content(Algorithm::AesCtr)),
        ),
        (
            "L13",
            licenses(&[chained(vec![play()])], &clock()),
            licenses(&[root(), chained(vec![play()])], &clock()),
        ),
        ("L14", licenses(&[first_play()], &unknown), licenses(&[first_play()], &clock())),
        (
            "L15",
            tree(&license(&outer(&[leaf(0x7777, &[])]))),
            tree(&license(&outer(&[{
                let mut optional = leaf(0x7777, &[]);
                optional[1] = 0;
                optional
            }]))),
        ),
        (
            "L16",
            licenses(&[with(leaf(0x0050, &words(&[ISSUE + MONTH])))], &clock()),
            licenses(&[vec![play(), leaf(0x0050, &words(&[ISSUE + MONTH]))]], &clock()),
        ),
        ("L17", licenses(&[good()], &asked("2018-03-01")), licenses(&[good()], &asked("2018-02-01"))),
    ]
}

fn tree_rules() -> Vec<Fixture> {
    let good = || license(&outer(&[play(), level(2000)]));
    let changed = |at: usize, byte: u8| {
        let mut bytes = good();
        bytes[at] = byte;
        bytes
    };
    vec![
        // The length of the last object: one more than there is.
        ("X-01", tree(&changed(47, 11)), tree(&good())),
        ("X-02", tree(&changed(33, 1)), tree(&good())),
        ("X-03", tree(&license(&outer(&[leaf(0x0034, &[1])]))), tree(&good())),
        ("X-04", tree(&changed(7, 2)), tree(&good())),
        ("X-05", tree(&[good(), vec![0]].concat()), tree(&good())),
        ("X-06", tree(&license(&outer(&[level(150), level(2000)]))), tree(&good())),
    ]
}

fn query_rules() -> Vec<Fixture> {
    let fine = |text: &str| query(text, &clock());
    vec![
        ("Q-01", fine("(sl:150, persist:true)"), fine("(sl:150,persist:true)")),
        ("Q-02", fine("(sl:150))"), fine("(sl:150)")),
        (
            "Q-03",
            fine("(daop:(guid:6D5CFA59-C250-4426-930E-FAC72C8FCFA6,data:Ah==))"),
            fine("(daop:(guid:6D5CFA59-C250-4426-930E-FAC72C8FCFA6,data:Ag==))"),
        ),
        ("Q-04", fine("(persistent:true)"), fine("(persist:true)")),
        ("Q-05", fine("(sl:high)"), fine("(sl:3000)")),
        ("Q-06", fine("(kid:header),(kid:header)"), fine("(kid:header)")),
        ("Q-07", fine("(sl:150),(sl:2000)"), fine("(sl:150)")),
        ("Q-08", fine("(sl:150,sl:2000)"), fine("(sl:2000)")),
        (
            "Q-09",
            fine("(avop:(guid:6D5CFA59-C250-4426-930E-FAC72C8FCFA6))"),
            fine("(daop:(guid:6D5CFA59-C250-4426-930E-FAC72C8FCFA6))"),
        ),
        ("Q-10", fine("(ck:W31bfVt9W31bfVt9W31bfQ==)"), fine("()")),
        ("Q-11", fine("https://a?PlayRight=1&FirstPlayExpiration=60"), fine("https://a?PlayRight=1")),
    ]
}

#[test]
fn every_rule_has_something_that_breaks_it_and_something_that_keeps_it() {
    let mut tested = BTreeSet::new();
    for (rule, breaks, keeps) in
        [seed_rules(), published_rules(), license_rules(), tree_rules(), query_rules()].into_iter().flatten()
    {
        assert!(breaks.contains(&rule), "{rule} is not broken: {breaks:?}");
        assert!(!keeps.contains(&rule), "{rule} is not kept: {keeps:?}");
        tested.insert(rule);
    }
    let all: BTreeSet<_> = rules().map(|rule| rule.id).collect();
    assert_eq!(tested, all);
    assert_eq!(all.len(), 7 + 10 + 17 + 6 + 11);
}

#[test]
fn what_keeps_a_rule_keeps_the_others_too() {
    for (rule, _, keeps) in
        [seed_rules(), published_rules(), license_rules(), tree_rules()].into_iter().flatten()
    {
        assert_eq!(keeps, [""; 0], "{rule}");
    }
}

#[test]
fn rules_are_listed_in_order_and_name_each_other() {
    let listed: Vec<_> = rules().map(|rule| rule.id).collect();
    assert_eq!(listed[..8], ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "P-01"]);
    assert_eq!(listed[17..19], ["L1", "L2"]);
    for rule in rules() {
        if let Some(other) = rule.same_as {
            let back = rules().find(|rule| rule.id == other).unwrap();
            assert_eq!(back.same_as, Some(rule.id));
        }
        assert!(!rule.source.is_empty() && !rule.text.is_empty());
    }
    assert!(Level::Error > Level::Warning && Level::Warning > Level::Note);
}

#[test]
fn a_begin_that_the_clock_of_an_early_client_has_not_reached_is_named() {
    let begins = |begin: &str, client: &str| {
        let text = format!(r#"{{"begin":"{begin}","end":"2018-02-05T20:00:00Z"}}"#);
        json(&text, &request(Generation::Early, Some(client)))
    };
    let slow = "2018-01-05T19:50:00Z";
    assert_eq!(begins("2018-01-05T19:55:00Z", slow), ["L2"]);
    assert_eq!(begins("2018-01-05T20:00:00Z", slow), ["L2", "R2"]);
    assert_eq!(begins("2018-01-05T19:57:00Z", "2018-01-05T19:56:00Z"), ["L2"]);
    assert_eq!(begins("2018-01-05T19:55:00Z", "2018-01-05T19:55:00Z"), [""; 0]);
}

#[test]
fn both_licenses_of_a_chain_are_valid_at_the_time_asked() {
    let chain = |root: &str, leaf: &str| {
        format!(r#"[{{{A},"root":true,"begin":"2018-01-01","end":"{root}"}},{{{B},{LEAF_OF_A}{leaf}}}]"#)
    };
    let at = |text: &str, time: &str| {
        let mut found = json(text, &asked(time));
        found.retain(|id| *id == "R5");
        found.len()
    };
    let plain = chain("2018-02-01", "");
    assert_eq!(at(&plain, "2018-02-01"), 0, "the end itself is in it");
    assert_eq!(at(&plain, "2018-02-01T00:00:01Z"), 2, "the root, and the leaf that hangs on it");
    assert_eq!(at(&plain, "2017-12-31"), 1, "the leaf, whose root does not begin before");
    assert_eq!(at(&chain("2018-02-01", r#","end":"2018-01-10""#), "2018-01-20"), 1, "the leaf");
    assert_eq!(at(&chain("2018-02-01", r#","begin":"2018-01-10""#), "2018-01-05"), 1, "the leaf");
    // A root that is linted by itself is a license like any other, unless it says that it is one.
    assert!(json(r#"{"begin":"2018-01-01","end":"2018-02-01"}"#, &asked("2018-03-01")).contains(&"L17"));
}

#[test]
fn a_root_of_years_and_a_root_without_times_are_noted() {
    let root = |times: &str| {
        let found = json(&format!(r#"{{{A},"root":true{times}}}"#), &clock());
        found.contains(&"R6")
    };
    assert!(root("") && root(r#","begin":"2018-01-01""#));
    assert!(root(r#","begin":"2018-01-01","end":"2020-01-01""#));
    assert!(!root(r#","begin":"2018-01-01","end":"2018-04-01""#));
    assert!(!root(r#","first_play":"48h""#));
}

#[test]
fn a_key_in_the_other_byte_order_is_named() {
    let kid: KeyId = "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
    let context = Context {
        content: Some(ContentFacts { keys: vec![(kid.swapped(), None)], on_demand: false }),
        ..clock()
    };
    let bytes = license(&outer(&[play(), container(0x0009, &[content_key(kid.to_guid_bytes(), 1, 3)])]));
    let policy = Policy::from_license(&License::parse(&bytes).unwrap(), Limits::default()).unwrap();
    let findings = lint(&[policy], &context);
    assert!(findings[0].message.contains("in the other byte order it is"), "{}", findings[0].message);
}

#[test]
fn a_response_without_nonce_binds_its_licenses_to_the_request() {
    let lint_with = |id: [u8; 16], response: Option<Guid>| {
        let bytes = license_with_id(id, &outer(&[play()]));
        let policy = Policy::from_license(&License::parse(&bytes).unwrap(), Limits::default()).unwrap();
        let context = Context { response_nonce: Some(response), ..request(Generation::Timed, None) };
        ids(&lint(&[policy], &context))
    };
    assert_eq!(lint_with([7; 16], None), ["P-05"]);
    assert_eq!(lint_with([9; 16], None), [""; 0]);
    assert_eq!(lint_with([7; 16], Some(Guid::from_guid_bytes([9; 16]))), [""; 0]);
}
