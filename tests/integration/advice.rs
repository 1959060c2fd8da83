//! Dates at a time and for a clock: advice, expired licenses, clocks that are set back.

use crate::args;
use crate::program::{Run, prkit};
use serde_json::json;

fn rules(run: &Run) -> Vec<String> {
    let findings = run.one()["findings"].as_array().unwrap().clone();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

fn lint(policy: &str, more: &[&str]) -> Run {
    let mut call = args!["policy", "lint", "--json", "--clock", "anti-rollback", policy];
    call.extend(more.iter().map(Into::into));
    prkit(call)
}

fn advise(args: &[&str]) -> Run {
    prkit([&["policy", "advise", "--server-time", "2018-01-05 20:00"], args].concat())
}

#[test]
fn advice_counts_periods_from_the_clock_of_a_later_client() {
    let end = |args: &[&str]| {
        let advice = advise(&[args, &["--json", "--end", "2h"]].concat()).one();
        (advice["expiration_date"].as_str().unwrap().to_owned(), advice["periods_from"].clone())
    };
    let timed = end(&["--client", "3", "--client-time", "2018-01-05 19:00"]);
    assert_eq!(timed, ("2018-01-05T21:00:00Z".to_owned(), "client".into()));
    let early = end(&["--client", "2", "--client-time", "2018-01-05 19:58"]);
    assert_eq!(early, ("2018-01-05T22:00:00Z".to_owned(), "server".into()));
}

#[test]
fn advice_warns_of_a_slow_clock_and_of_a_request_without_a_time() {
    let slow = ["--client", "2", "--client-time", "2018-01-05 19:50", "--end", "1mo"];
    let warned = advise(&slow);
    assert_eq!(warned.status, 0, "{}", warned.text());
    assert!(warned.text().contains("warning") && warned.text().contains("(L2)"), "{}", warned.text());
    assert!(warned.text().contains("--margin 600s"), "{}", warned.text());
    let wider = advise(&[&slow[..], &["--margin", "600s"]].concat());
    assert!(wider.text().contains("begin     2018-01-05T19:50:00Z"), "{}", wider.text());
    assert!(!wider.text().contains("warning"), "{}", wider.text());
    let timeless = ["--client", "3", "--end", "1mo"];
    assert!(advise(&timeless).text().contains("carries no time"), "{}", advise(&timeless).text());
    let remarks = advise(&[&timeless[..], &["--json"]].concat()).one()["remarks"].clone();
    assert_eq!((&remarks[0]["rule"], &remarks[0]["level"]), (&"R3".into(), &"warning".into()), "{remarks}");
}

#[test]
fn advice_for_a_leaf_names_what_it_leaves_out() {
    let leaf = r#"{"leaf_of":"11111111-1111-1111-1111-111111111111","grace":60}"#;
    let advice = advise(&["--client", "2", leaf, "--end", "1mo", "--first-play", "48h", "--json"]).one();
    let message = advice["remarks"][0]["message"].as_str().unwrap();
    for what in ["an end date", "a first-play expiration", "a grace period"] {
        assert!(message.contains(what), "{message}");
    }
    let bare = r#"{"leaf_of":"11111111-1111-1111-1111-111111111111"}"#;
    assert_eq!(advise(&["--client", "2", bare, "--json"]).one()["remarks"], json!([]));
}

#[test]
fn an_expired_license_and_an_expired_chain_are_found_at_the_time_asked() {
    let single = r#"{"begin":"2018-01-01","end":"2018-02-01"}"#;
    let expired = |time: &str| rules(&lint(single, &["--server-time", time])).contains(&"L17".to_owned());
    assert!(expired("2018-02-01T00:00:01Z") && !expired("2018-02-01"));
    let chain = r#"[{"kid":"11111111-1111-1111-1111-111111111111","root":true,"begin":"2018-01-01","end":"2018-02-01"},
        {"kid":"22222222-2222-2222-2222-222222222222","leaf_of":"11111111-1111-1111-1111-111111111111"}]"#;
    let mut found = rules(&lint(chain, &["--server-time", "2018-02-02"]));
    found.retain(|rule| rule == "R5");
    assert_eq!(found, ["R5", "R5"], "the root, and the leaf that hangs on it");
    let early = ["--client", "2.5", "--server-time", "2018-01-05 20:00", "--client-time", "2018-01-05 19:56"];
    assert_eq!(rules(&lint(r#"{"begin":"2018-01-05T19:57:00Z","end":"2018-02-01"}"#, &early)), ["L2"]);
}

#[test]
fn the_clock_of_the_story_is_set_where_it_is_asked_or_the_story_says_that_it_has_its_own() {
    let verdicts = |more: &[&str]| -> Vec<String> {
        let args = [&["policy", "simulate", "--json", "--begin", "keep", "--back-to", "2016-07-31"], more];
        let outcomes = prkit(args.concat()).one()["variants"][0]["outcomes"].clone();
        let last = outcomes.as_array().unwrap().last().unwrap()["verdicts"].clone();
        last.as_array().unwrap().iter().map(|found| found["verdict"].as_str().unwrap().to_owned()).collect()
    };
    let neither = ["not before 2016-08-01T00:00:00Z", "not before 2016-09-01T00:00:00Z"];
    assert_eq!(verdicts(&[]), neither);
    assert_eq!(verdicts(&["--preset", "rollback"]), neither);
    let scenario =
        r#"{"policies":[{"name":"a","acquired":"20160801"}],"events":[{"at":"20160901","play":"a"}]}"#;
    for story in [&["--preset", "rental"][..], &["--preset", "live"], &[scenario]] {
        let refused = prkit([&["policy", "simulate", "--back-to", "2016-07-31"], story].concat());
        assert_eq!(refused.status, 2, "{story:?}: {}", refused.text());
        assert!(refused.stderr.contains("has its own events"), "{story:?}: {}", refused.stderr);
    }
}
