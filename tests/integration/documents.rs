//! What the documents say, where the program was silent or told something else.

use crate::args;
use crate::program::{Run, prkit, prkit_with};
use serde_json::Value;
use std::fs;

const SERVER: &str = "2018-01-05T20:00:00Z";
const ROOT: &str = r#""kid":"11111111-1111-1111-1111-111111111111","root":true"#;
const LEAF: &str =
    r#""kid":"22222222-2222-2222-2222-222222222222","leaf_of":"11111111-1111-1111-1111-111111111111""#;
const NAMESPACE: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

fn list(report: &Value, name: &str) -> Vec<String> {
    let all = report["findings"].as_array().unwrap_or_else(|| panic!("{report}")).iter();
    all.map(|finding| finding[name].as_str().unwrap_or_default().to_owned()).collect()
}

fn lint_policy(policy: &str, more: &[&str]) -> Run {
    let mut call = args!["policy", "lint", "--json", "--clock", "secure", policy];
    call.extend(more.iter().map(Into::into));
    prkit(call)
}

fn advise(args: &[&str]) -> Run {
    prkit([&["policy", "advise", "--server-time", SERVER], args].concat())
}

/// A license request of a client of version 3.
fn request(time: &str, headers: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><AcquireLicense><challenge><Challenge><LA>\
         <Version>1</Version>{headers}<CLIENTINFO><CLIENTVERSION>3.1.0.1017</CLIENTVERSION></CLIENTINFO>{time}</LA>\
         </Challenge></challenge></AcquireLicense></s:Body></s:Envelope>"
    )
}

fn header(version: &str, keys: &str) -> String {
    format!(
        "<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}\"><DATA><PROTECTINFO><KIDS>{keys}</KIDS></PROTECTINFO>\
         </DATA></WRMHEADER>"
    )
}

const KEY: &str = "<KID VALUE=\"PV1LM/VEVk+kEOB8qqcWDg==\"></KID>";
const KEY_WITH_ALGID: &str = "<KID ALGID=\"AESCTR\" VALUE=\"tuhDoKUN7EyxDPtMRNmhyA==\"></KID>";

fn content(headers: &str) -> String {
    format!("<ContentHeader>{headers}</ContentHeader>")
}

fn shown(text: &str, more: &[&str]) -> Value {
    let mut call = args!["soap", "show", "--json", "-"];
    call.extend(more.iter().map(Into::into));
    prkit_with(call, text.as_bytes()).one()
}

#[test]
fn two_roots_of_one_key_are_judged_alike_whichever_comes_first() {
    let old = format!(r#"{{"name":"old",{ROOT},"begin":"2018-01-01","end":"2018-02-01"}}"#);
    let new = format!(r#"{{"name":"new",{ROOT},"begin":"2018-02-01","end":"2018-03-01"}}"#);
    let leaf = format!(r#"{{"name":"leaf",{LEAF}}}"#);
    let found = |order: [&str; 3], time: &str| {
        let run = lint_policy(&format!("[{}]", order.join(",")), &["--server-time", time]);
        let mut found: Vec<String> = list(&run.one(), "message");
        found.sort();
        (run.status, found)
    };
    for time in ["2017-12-01", "2018-01-15", "2018-02-15", "2018-04-01"] {
        let one = found([&old, &new, &leaf], time);
        assert_eq!(found([&new, &old, &leaf], time), one, "{time}");
        assert_eq!(found([&leaf, &new, &old], time), one, "{time}");
        let is_valid = time.starts_with("2018-01") || time.starts_with("2018-02");
        assert_eq!(one.0 == 0, is_valid, "{time}: {one:?}");
    }
}

#[test]
fn the_hour_of_a_client_of_version_3_counts_for_a_license_that_does_not_end_too() {
    let late = ["--client", "3", "--server-time", SERVER, "--client-time", "2018-01-05T18:59:59Z"];
    for policy in ["{}".to_owned(), r#"{"begin":"2018-01-01"}"#.to_owned(), format!("{{{LEAF}}}")] {
        let found = list(&lint_policy(&policy, &late).one(), "rule");
        assert!(found.contains(&"R3".to_owned()), "{policy}: {found:?}");
        let denied = advise(&["--client", "3", "--client-time", "2018-01-05T18:59:59Z", &policy]);
        assert!(denied.status == 1 && denied.text().contains("deny"), "{policy}: {}", denied.text());
        let issued = advise(&["--client", "3", "--client-time", "2018-01-05T19:00:00Z", &policy]);
        assert_eq!(issued.status, 0, "{policy}: {}", issued.text());
    }
}

#[test]
fn a_client_time_that_is_no_time_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["99999999999999999999", "253402300800", "noon", ""] {
        let message = request(
            &format!("<ClientTime>{text}</ClientTime>"),
            &content(&header("4.2.0.0", KEY_WITH_ALGID)),
        );
        let file = folder.path().join("request.xml");
        fs::write(&file, &message).unwrap();
        let saved = file.to_str().unwrap();
        let named = format!("ClientTime {text:?} is no time");
        let report = shown(&message, &[]);
        assert_eq!(list(&report, "rule"), ["M-05"], "{report}");
        assert!(list(&report, "message")[0].contains(&named), "{report}");
        let advice = advise(&["--request", saved, "--end", "1mo"]);
        assert!(advice.status == 2 && advice.stderr.contains(&named), "{}", advice.stderr);
        assert!(advice.stderr.contains("--client-time TIME"), "{}", advice.stderr);
        let said = ["--request", saved, "--end", "1mo", "--client-time", "2018-01-05T19:56:00Z"];
        assert_eq!(advise(&said).status, 0);
        let rental = r#"{"begin":"2018-01-05T19:56:00Z","end":"2018-02-05"}"#;
        let found = lint_policy(rental, &["--request", saved, "--server-time", SERVER]);
        assert!(
            list(&found.one(), "message").iter().any(|message| message.contains(&named)),
            "{}",
            found.text()
        );
        assert_eq!(found.status, 1);
        let with_time =
            ["--request", saved, "--server-time", SERVER, "--client-time", "2018-01-05T19:56:00Z"];
        assert_eq!(list(&lint_policy(rental, &with_time).one(), "rule"), [""; 0]);
    }
}

#[test]
fn advice_says_which_begin_date_it_moved_and_why() {
    let policy = r#"{"begin":"2018-03-01","end":"2018-06-01"}"#;
    for (client, to, why) in [
        (
            &["--client", "3", "--client-time", "2018-01-05T19:56:00Z"][..],
            "2018-01-05T19:56:00Z",
            "the client's clock",
        ),
        (&["--client", "2.5"], "2018-01-05T19:55:00Z", "the server's clock less the margin"),
    ] {
        let text = advise(&[client, &[policy]].concat());
        assert!(text.text().contains("warning"), "{}", text.text());
        let advice = advise(&[client, &[policy, "--json"]].concat()).one();
        let remark = &advice["remarks"][0];
        let said = remark["message"].as_str().unwrap();
        for part in ["2018-03-01T00:00:00Z", to, "earlier", why] {
            assert!(said.contains(part), "{said}");
        }
        assert_eq!(remark["level"], "warning");
        let kept = format!(r#"{{"begin":"{to}","end":"2018-06-01"}}"#);
        assert_eq!(advise(&[client, &[&kept, "--json"]].concat()).one()["remarks"], serde_json::json!([]));
    }
}

#[test]
fn a_right_of_a_leaf_that_its_root_does_not_grant_is_an_error() {
    let chain = |root: &str, leaf: &str| {
        format!(
            r#"[{{{ROOT},"begin":"2018-01-01","end":"2018-02-01","rights":[{root}]}},{{{LEAF},"rights":[{leaf}]}}]"#
        )
    };
    let copying = lint_policy(&chain(r#""play""#, r#""play","copy""#), &[]);
    assert_eq!((copying.status, list(&copying.one(), "rule")), (1, vec!["R5".to_owned()]));
    assert!(list(&copying.one(), "message")[0].contains("grants copy, and its root does not"));
    let both = lint_policy(&chain(r#""play","copy""#, r#""play","copy""#), &[]);
    assert_eq!((both.status, list(&both.one(), "rule")), (0, vec![]));
    let read_only = lint_policy(&chain(r#""read""#, r#""read""#), &[]);
    assert_eq!(read_only.status, 0, "who reads needs no right to play: {}", read_only.text());
}

#[test]
fn two_headers_in_a_request_are_a_finding_and_both_are_linted() {
    let bad = header("4.2.0.0", KEY);
    let good = header("4.2.0.0", KEY_WITH_ALGID);
    for headers in [
        content(&format!("{good}{bad}")),
        content(&format!("{bad}{good}")),
        format!("{}{}", content(&good), content(&bad)),
    ] {
        let report = shown(&request("", &headers), &[]);
        assert_eq!(list(&report, "rule"), ["M-06", "VER-04"], "{report}");
        assert_eq!(report["more_headers"].as_array().unwrap().len(), 1);
        let text = prkit_with(args!["soap", "show", "-"], request("", &headers).as_bytes());
        assert_eq!(text.text().matches("  header       4.2.0.0").count(), 2, "{}", text.text());
        let taken = |more: &[&str]| {
            let mut call = args!["soap", "extract", "--what=header", "-"];
            call.extend(more.iter().map(Into::into));
            prkit_with(call, request("", &headers).as_bytes())
        };
        let refused = taken(&[]);
        assert!(refused.status == 3 && refused.stderr.contains("2 different headers"), "{}", refused.stderr);
        let both = [taken(&["--index=0"]), taken(&["--index=1"])];
        assert_ne!(both[0].text(), both[1].text());
        assert!(both.iter().all(|run| run.status == 0 && run.text().contains("WRMHEADER")));
        assert_eq!(taken(&["--index=2"]).status, 3);
    }
    assert_eq!(list(&shown(&request("", &content(&good)), &[]), "rule"), [""; 0]);
}

#[test]
fn the_header_of_a_request_is_judged_as_that_of_a_request_and_by_the_text_that_is_named() {
    let without = request("", &content(&header("4.3.0.0", KEY)));
    let found = |text: &str, more: &[&str]| {
        let mut found = list(&shown(text, more), "rule");
        found.retain(|rule| ["VER-04", "EXT-1", "PRH-10"].contains(&rule.as_str()));
        found
    };
    // Its client of version 3 does not read 4.3; what it leaves out is none of the document's business.
    assert_eq!(found(&without, &[]), ["PRH-10"]);
    let mixed = request("", &content(&header("4.3.0.0", &format!("{KEY}{KEY_WITH_ALGID}"))));
    assert_eq!(found(&mixed, &[]), ["PRH-10", "EXT-1"]);
    assert_eq!(found(&mixed, &["--spec", "2021"]), ["PRH-10", "EXT-1"]);
    assert_eq!(found(&mixed, &["--spec", "2018"]), ["PRH-10"]);
    assert!(prkit(args!["lint", "--json", "--data", header("4.3.0.0", KEY)]).text().contains("VER-04"));
}

#[test]
fn an_algorithm_in_small_letters_is_refused_for_what_it_is() {
    let header = |version: &str| {
        format!(
            "<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"{version}\"><DATA><PROTECTINFO><KID ALGID=\"aesctr\" \
             VALUE=\"PV1LM/VEVk+kEOB8qqcWDg==\"></KID></PROTECTINFO></DATA></WRMHEADER>"
        )
    };
    let to = |version: &str, more: &[&str]| {
        let mut call = args!["reheader", "-n", "--header-version", version, "--data", header("4.1.0.0")];
        call.extend(more.iter().map(Into::into));
        prkit(call)
    };
    let refused = to("4.0", &[]);
    assert_eq!(refused.status, 3, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("ALGID cannot be \"aesctr\"") && refused.stderr.contains("in capitals"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("needs version"), "{}", refused.stderr);
    assert_eq!(to("4.0", &["--algid=aesctr"]).status, 0);
}

#[test]
fn a_cocktail_key_of_eight_bytes_makes_a_header_that_can_say_so() {
    let new = |key: &str, more: &[&str]| {
        let mut call = args![
            "new",
            format!("00112233-4455-6677-8899-aabbccddeeff:{key}"),
            "--algid=cocktail",
            "--as=xml"
        ];
        call.extend(more.iter().map(Into::into));
        prkit(call)
    };
    let eight = new("0102030405060708", &[]);
    assert!(
        eight.text().contains("version=\"4.1.0.0\"") && !eight.text().contains("KEYLEN"),
        "{}{}",
        eight.text(),
        eight.stderr
    );
    let seven = new("01020304050607", &[]);
    assert!(seven.text().contains("<KEYLEN>7</KEYLEN>"), "{}{}", seven.text(), seven.stderr);
    let refused = new("0102030405060708", &["--header-version=4.0"]);
    assert!(
        refused.status == 2 && refused.stderr.contains("a COCKTAIL key of 8 bytes"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_clock_is_asked_for_by_a_version_and_not_by_a_year() {
    for (target, why) in [("2016", "a year"), ("0", "which begin with 1.0"), ("10", "of Windows")] {
        let refused = prkit(args!["clock", "--target", target]);
        assert_eq!(refused.status, 2, "{}", refused.text());
        assert!(refused.stderr.contains(why) && refused.stderr.contains("3.0 or 4.5"), "{}", refused.stderr);
    }
}

#[test]
fn a_policy_with_a_member_twice_or_of_the_wrong_kind_is_refused_with_its_place() {
    for (policy, said) in [
        (r#"{"end":"2018-02-05","end":"2019-02-05"}"#, "end is there twice"),
        (
            r#"[{},{"begin":true}]"#,
            "policy 1: begin: invalid type: boolean `true`, expected a time or a period",
        ),
        (r#"{"first_play":-5}"#, "policy 0: first_play: invalid value: integer `-5`"),
    ] {
        let refused = lint_policy(policy, &[]);
        assert!(refused.status == 3 && refused.stderr.contains(said), "{}{}", refused.text(), refused.stderr);
        assert!(!refused.stderr.contains("untagged"), "{}", refused.stderr);
    }
    let named = lint_policy(r#"{"name":"it's a film","begin":"2018-01-01","end":"2018-02-01"}"#, &[]);
    assert_eq!((named.status, list(&named.one(), "rule")), (0, vec![]), "an apostrophe makes no query of it");
    let query = lint_policy("[{'sl':'2500','persist':'true'}]", &[]);
    assert!(list(&query.one(), "rule").contains(&"P-01".to_owned()), "{}", query.text());
    let scenario =
        r#"{"policies":[{"name":"a","acquired":"2016-08-01","end":"2016-08-30","end":"2016-09-30"}]}"#;
    let refused = prkit(args!["policy", "simulate", scenario]);
    assert!(
        refused.status != 0 && refused.stderr.contains("policies[0].end is there twice"),
        "{}",
        refused.stderr
    );
}
