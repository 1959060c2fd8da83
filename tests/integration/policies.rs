//! Policies: rules, dates, simulation, addresses of the test server.

use crate::args;
use crate::licenses::vectors;
use crate::program::{Run, prkit, prkit_with, sample};
use serde_json::{Value, json};
use std::path::PathBuf;

fn license(name: &str) -> PathBuf {
    sample("licenses").join(name)
}

fn rules(run: &Run) -> Vec<String> {
    let findings = run.one()["findings"].as_array().unwrap().clone();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

fn lint(policy: impl AsRef<std::ffi::OsStr>, more: &[&str]) -> Run {
    let mut call = args!["policy", "lint", "--json", "--clock", "anti-rollback", policy.as_ref()];
    call.extend(more.iter().map(Into::into));
    prkit(call)
}

#[test]
fn a_policy_comes_from_a_query_from_json_and_from_a_license() {
    let query = lint("cfg=(persist:true,enddate:20180205,firstexp:172800)", &[]);
    assert_eq!(rules(&query), ["R1"]);
    let described = lint(r#"{"persistent":true,"end":"2018-02-05","first_play":"48h"}"#, &[]);
    assert_eq!(rules(&described), ["R1"]);
    assert_eq!(rules(&lint(license("rental.xmr"), &[])), [""; 0]);
    let input =
        prkit_with(args!["policy", "lint", "--json", "--clock", "secure", "-"], b"cfg=(enddate:20180205)");
    assert_eq!(rules(&input), ["R1"]);
    let response = lint(sample("messages/response-chain.xml"), &[]);
    assert_eq!(rules(&response), [""; 0]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    std::fs::write(&file, r#"{"policies":[{"name":"film","rights":[]}]}"#).unwrap();
    let run = lint(&file, &[]);
    assert_eq!((rules(&run), run.status), (vec!["P-02".to_owned()], 1));
    assert_eq!(run.one()["findings"][0]["where"], "[0] film");
}

#[test]
fn what_is_no_policy_says_so() {
    for (policy, error) in [
        ("cfg=(sl", "a colon is missing in an item at byte 1"),
        (r#"{"begin_date":"2018"}"#, "unknown field `begin_date`"),
        ("nowhere.json", "No such file or directory"),
    ] {
        let run = lint(policy, &[]);
        assert_eq!(run.status, 3, "{policy}");
        assert!(run.stderr.contains(error), "{policy}: {}", run.stderr);
    }
    assert_eq!(lint(sample("dash-live/video-init.mp4"), &[]).status, 3);
    assert_eq!(prkit(args!["policy", "lint", "--client", "two", "cfg=()"]).status, 2);
}

#[test]
fn the_request_tells_what_the_rules_need() {
    let chain = sample("messages/response-chain.xml");
    let request = sample("messages/request.xml");
    assert_eq!(rules(&lint(&chain, &["--request", request.to_str().unwrap()])), [""; 0]);
    // Two hours later the client's clock is too far off, for the root, which has the dates.
    let late =
        lint(&chain, &["--request", request.to_str().unwrap(), "--server-time", "2018-01-05T22:00:00Z"]);
    assert_eq!((rules(&late), late.status), (vec!["R3".to_owned()], 1));
    let early = lint(
        "cfg=(persist:true,begindate:20180105200000,enddate:20180205)",
        &["--client", "2.5", "--server-time", "2018-01-05T20:00:00Z"],
    );
    assert_eq!(rules(&early), ["R2"]);
}

#[test]
fn the_rules_are_listed_with_their_sources() {
    let listed = prkit(args!["policy", "lint", "--rules", "--json"]).json();
    assert_eq!(listed.len(), 51);
    assert!(listed.iter().all(|rule| rule["source"].as_str().is_some_and(|source| !source.is_empty())));
    let ids: Vec<_> = listed.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
    for id in ["R1", "R5", "P-01", "P-10", "L1", "L16"] {
        assert!(ids.contains(&id), "{id}");
    }
    // The rules about messages stand with those for licenses.
    assert_eq!(prkit(args!["license", "lint", "--rules", "--json"]).json().len(), 57);
}

fn advise(more: &[&str]) -> Run {
    let mut call = args!["policy", "advise", "--json", "--server-time", "2018-01-05T20:00:00Z"];
    call.extend(more.iter().map(Into::into));
    prkit(call)
}

#[test]
fn the_examples_of_the_document_come_out_to_the_minute() {
    // Version 2: the phone's clock is 7:56 PM, the server's 8:00 PM, and the license begins 7:55 PM.
    let early = advise(&[
        "--client",
        "2.5",
        "--client-time",
        "2018-01-05T19:56:00Z",
        "--end",
        "1mo",
        "--first-play",
        "48h",
    ])
    .one();
    assert_eq!((&early["decision"], &early["begin_date"]), (&json!("issue"), &json!("2018-01-05T19:55:00Z")));
    // The rental scenario: a month later, and 48 hours after the first play.
    assert_eq!(
        (&early["expiration_date"], &early["expire_after_first_play"]),
        (&json!("2018-02-05T20:00:00Z"), &json!(172_800))
    );
    // Version 3: the license begins at the client's 7:56 PM.
    let timed = advise(&["--client", "3", "--client-time", "2018-01-05T19:56:00Z", "--end", "1mo"]).one();
    assert_eq!((&timed["begin_date"], &timed["rule"]), (&json!("2018-01-05T19:56:00Z"), &json!("R3")));
    // One hour is allowed, more is not.
    assert_eq!(advise(&["--client", "3", "--client-time", "2018-01-05T19:00:00Z", "--end", "1mo"]).status, 0);
    let denied = advise(&["--client", "3", "--client-time", "2018-01-05T18:59:59Z", "--end", "1mo"]);
    assert_eq!((denied.status, &denied.one()["decision"]), (1, &json!("deny")));
    let impossible = advise(&["--client", "2", "--end", "2018-01-05T19:00:00Z"]);
    assert_eq!((impossible.status, &impossible.one()["decision"]), (1, &json!("impossible")));
}

#[test]
fn advice_comes_from_a_saved_request_and_for_a_named_policy() {
    let request = sample("messages/request.xml");
    let run = advise(&[
        "--request",
        request.to_str().unwrap(),
        "--end",
        "48h",
        "cfg=(kid:header,persist:true,sl:3000)",
    ]);
    let report = run.one();
    assert_eq!(report["begin_date"], "2018-01-05T19:56:00Z");
    assert_eq!(
        report["query"],
        "cfg=(kid:header,sl:3000,persist:true,begindate:20180105195600,enddate:20180107195600)"
    );
    // What is advised keeps the rules.
    let query = report["query"].as_str().unwrap();
    let lint =
        lint(query, &["--request", request.to_str().unwrap(), "--server-time", "2018-01-05T20:00:00Z"]);
    assert_eq!(rules(&lint), [""; 0]);
    let leaf = advise(&[
        "--client",
        "3",
        r#"{"leaf_of":"a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0","end":"2019-01-01"}"#,
    ])
    .one();
    assert_eq!((&leaf["rule"], &leaf["expiration_date"]), (&json!("R4"), &Value::Null));
    // Without a server time it is now.
    assert_eq!(prkit(args!["policy", "advise", "--json", "--client", "2", "--end", "1mo"]).status, 0);
    assert_eq!(prkit(args!["policy", "advise", "--end", "1mo"]).status, 2);
}

fn verdicts(variant: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    variant["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|outcome| outcome["verdicts"].as_array().unwrap())
        .map(|verdict| (text(&verdict["content"]), text(&verdict["verdict"])))
        .collect()
}

#[test]
fn the_rollback_story_comes_out_with_and_without_begin_dates() {
    let report = prkit(args!["policy", "simulate", "--json"]).one();
    let (without, with) = (&report["variants"][0], &report["variants"][1]);
    let pair = |first: &str, second: &str| {
        vec![("Content1".to_owned(), first.to_owned()), ("Content2".to_owned(), second.to_owned())]
    };
    assert_eq!(verdicts(without), pair("plays", "plays"));
    assert_eq!(verdicts(with), pair("plays", "not before 2016-09-01T00:00:00Z"));
    assert_eq!((&without["turns_of_the_clock"], &with["turns_of_the_clock"]), (&json!(1), &json!(2)));
}

#[test]
fn the_story_is_played_with_licenses_and_policies_of_ones_own() {
    let many = r#"{"policies":[
        {"name":"a","begin":"2016-01-01","end":"2016-01-30"},{"name":"b","begin":"2016-02-01","end":"2016-02-28"},
        {"name":"c","begin":"2016-03-01","end":"2016-03-30"},{"name":"d","begin":"2016-04-01","end":"2016-04-30"}]}"#;
    let report = prkit(args!["policy", "simulate", "--json", many]).one();
    assert_eq!(report["variants"][0]["turns_of_the_clock"], 1);
    assert_eq!(report["variants"][1]["turns_of_the_clock"], 4);
    assert_eq!(verdicts(&report["variants"][1]).iter().filter(|(_, verdict)| verdict == "plays").count(), 1);
    // Set back further, nothing plays with begin dates, and everything without.
    let back = prkit(args!["policy", "simulate", "--json", "--back-to", "2015-12-31", many]).one();
    assert_eq!(verdicts(&back["variants"][1]).iter().filter(|(_, verdict)| verdict == "plays").count(), 0);
    assert_eq!(verdicts(&back["variants"][0]).iter().filter(|(_, verdict)| verdict == "plays").count(), 4);
    // A chain of licenses in a response, and one in a file.
    let chain = prkit(args![
        "policy",
        "simulate",
        "--json",
        sample("messages/response-chain.xml"),
        license("rental.xmr")
    ]);
    assert_eq!(chain.status, 0, "{}", chain.stderr);
    // Standard input can be a scenario, too.
    let scenario = br#"{"policies":[{"name":"a","acquired":"20160101","end":"20160131"}],"events":[{"at":"20160201","play":"a"}]}"#;
    let run = prkit_with(args!["policy", "simulate", "--json", "-"], scenario).one();
    assert_eq!(verdicts(&run["variants"][0])[0].1, "expired 2016-01-31T00:00:00Z");
    let timeless = prkit(args!["policy", "simulate", "cfg=(persist:true)"]);
    assert_eq!(timeless.status, 2);
    assert!(timeless.stderr.contains("nobody knows when they were acquired"), "{}", timeless.stderr);
}

#[test]
fn presets_show_what_their_pages_tell() {
    let last = |preset: &str| {
        let report = prkit(args!["policy", "simulate", "--json", "--preset", preset]).one();
        let verdicts = verdicts(&report["variants"][0]);
        verdicts.iter().map(|(_, verdict)| verdict.clone()).collect::<Vec<_>>()
    };
    assert!(last("rental").contains(&"expired 2018-01-07T20:00:00Z after its first play".to_owned()));
    assert_eq!(last("purchase"), ["plays", "plays", "plays", "no license", "plays"]);
    assert!(last("subscription").contains(&"root: expired 2018-02-01T00:00:00Z".to_owned()));
    assert!(last("live").contains(&"root: expired 2018-01-04T00:00:00Z".to_owned()));
    assert_eq!(prkit(args!["policy", "simulate", "--preset", "theatre"]).status, 2);
}

#[test]
fn addresses_are_taken_apart_and_built_in_every_form() {
    let url = |more: &[&str]| {
        let mut call = args!["policy", "url"];
        call.extend(more.iter().map(Into::into));
        prkit(call)
    };
    let text = |run: Run| run.text().trim().to_owned();
    let two = "https://test.playready.microsoft.com/service/rightsmanager.asmx?cfg=(kid:B6E39626-1CFB-4AA1-BCBD-4EF1ABA7843A,sl:3000),(kid:7C9484BA-C238-467A-869C-CDD8C7167712,sl:2000)";
    let cfg64 = text(url(&[two, "--as", "cfg64"]));
    assert_eq!(text(url(&[&cfg64, "--as", "cfg"])), two);
    let json = text(url(&[two, "--as", "json"]));
    assert_eq!(
        json,
        "json=[{'kid':'B6E39626-1CFB-4AA1-BCBD-4EF1ABA7843A','sl':'3000'},{'kid':'7C9484BA-C238-467A-869C-CDD8C7167712','sl':'2000'}]"
    );
    assert!(text(url(&[&json, "--as", "cfg"])).ends_with("?cfg=(kid:B6E39626-1CFB-4AA1-BCBD-4EF1ABA7843A,sl:3000),(kid:7C9484BA-C238-467A-869C-CDD8C7167712,sl:2000)"));
    assert_eq!(
        text(url(&["--set", "persist:true", "--set", "maxres:1920x1080", "--base", "https://a/b"])),
        "https://a/b?cfg=(persist:true,maxres:1920x1080)"
    );
    assert_eq!(
        text(url(&["cfg=(sl:150),(sl:2000)", "--set", "1.sl:3000", "--base", "x:"])),
        "x:?cfg=(sl:150),(sl:3000)"
    );
    let described = text(url(&[r#"{"kid":"header","persistent":true,"end":"2018-02-05"}"#, "--base", "x:"]));
    assert_eq!(described, "x:?cfg=(kid:header,persist:true,enddate:20180205000000)");
    let legacy = "https://a/b?PlayRight=1&FirstPlayExpiration=60";
    assert_eq!(
        text(url(&[legacy, "--as", "cfg"])),
        "https://a/b?cfg=(playright:true,firstplayexpiration:60)"
    );
    assert_eq!(text(url(&["https://a/b?cfg=(playright:true,firstexp:60)", "--as", "legacy"])), legacy);
    assert_eq!(url(&[two, "--as", "legacy"]).status, 3);
    assert_eq!(url(&["--set", "sl:high"]).status, 2);
    assert_eq!(url(&["--set", "nonsense:1"]).status, 2);
    let parts = url(&[two, "--json"]).one();
    assert_eq!((&parts["form"], parts["groups"].as_array().unwrap().len()), (&json!("cfg"), 2));
    assert_eq!(parts["policies"][1]["security_level"], 2000);
}

#[test]
fn keys_in_addresses_are_never_repeated() {
    let key = "eNqVnXrElmo2NSsn7IXeEA==";
    let query = format!("https://a/b?cfg=(contentkey:{key},keyseed:{key},persist:true)");
    for call in [
        args!["policy", "url", &query],
        args!["policy", "url", &query, "--json"],
        args!["policy", "url", &query, "--as", "cfg"],
        args!["policy", "url", &query, "--as", "cfg64"],
        args!["policy", "lint", &query],
        args!["policy", "lint", &query, "--json"],
        args!["policy", "lint", format!("cfg=(contentkey:{key}")],
        args!["policy", "simulate", &query],
    ] {
        let run = prkit(&call);
        let all = format!("{}{}", run.text(), run.stderr);
        assert!(!all.contains("eNqV"), "{call:?}: {all}");
        assert!(!all.contains("J2NvbnRlbnRrZXkn"), "{call:?}: {all}");
    }
    let built = prkit(args!["policy", "url", &query, "--as", "cfg"]);
    assert_eq!(built.text(), "https://a/b?cfg=(persist:true)\n");
    assert!(built.stderr.contains("2 keys or key seeds are left out"), "{}", built.stderr);
}

#[test]
fn every_address_of_the_documentation_is_read() {
    let Some(vectors) = vectors() else { return };
    let docs = vectors.parent().unwrap().join("microsoft-docs");
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(docs) {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        for (at, _) in text.match_indices("asmx?") {
            let end = text[at..]
                .find(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | '|' | '<' | ']' | '\'' | '$'))
                .unwrap_or(text.len() - at);
            let query = text[at + 4..at + end].replace("\\(", "(").replace("\\)", ")");
            if query.contains("XXXX") || query.ends_with(':') {
                continue;
            }
            let run = prkit(args!["policy", "url", "--json", format!("https://a{query}")]);
            assert_eq!(run.status, 0, "{query}: {}", run.stderr);
            let report = run.one();
            for finding in report["findings"].as_array().unwrap() {
                // Copied out of Markdown a parenthesis too many or too few is what remains of a link.
                let rule = finding["rule"].as_str().unwrap();
                assert!(["Q-02", "Q-09", "Q-10", "Q-11", "Q-03"].contains(&rule), "{query}: {finding}");
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}
