//! Messages: Microsoft's public samples, our own, pairs of them, and bombs.

use crate::args;
use crate::build;
use crate::licenses::vectors;
use crate::program::{Run, prkit, prkit_with, sample};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn message(name: &str) -> PathBuf {
    sample("messages").join(name)
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn the_public_request_is_read() {
    let Some(vectors) = vectors() else { return };
    let request = prkit(args![
        "soap",
        "show",
        "--json",
        vectors.join("soap-AcquireLicense-request-microsoft-docs.xml")
    ])
    .one();
    assert_eq!((&request["message"], &request["soap"]), (&json!("license-request"), &json!("SOAP 1.1")));
    assert_eq!(
        (&request["client_version"], &request["client_time"]),
        (&json!("3.1.0.1017"), &json!("2015-10-30T16:56:00Z"))
    );
    assert_eq!((&request["custom_data"], &request["version"]), (&json!("User=Roland"), &json!("1")));
    assert_eq!(request["header"]["version"], "4.0.0.0");
    assert_eq!(request["header"]["kids"][0]["kid"], "33e0008c-c444-4770-9899-a321e079dd36");
    assert_eq!(request["revocation_lists"].as_array().unwrap().len(), 4);
}

#[test]
fn the_public_pair_fits_but_for_the_practice_it_breaks() {
    let Some(vectors) = vectors() else { return };
    let pair = prkit(args![
        "soap",
        "show",
        "--json",
        "--level",
        "error",
        vectors.join("soap-AcquireLicense-request-microsoft-docs.xml"),
        vectors.join("soap-AcquireLicense-response-microsoft-docs.xml"),
    ]);
    assert_eq!(pair.status, 0, "{}", pair.text());
    let reports = pair.json();
    let (request, response) = (&reports[0], &reports[1]);
    assert_eq!(request["nonce"], response["nonce"]);
    assert_eq!(response["transaction_id"], "265e4a30-72f9-4f46-b41e-102a21ac4bc9");
    assert_eq!(response["licenses"][0]["size"], 378);
    // The license ends without a begin date (the worked fixture of L1), and after a minute.
    assert_eq!(rules(response), ["M-03", "L1", "P-03", "L14"]);
}

#[test]
fn the_public_fault_is_read_through_its_http_text() {
    let Some(vectors) = vectors() else { return };
    let fault =
        prkit(args!["soap", "show", "--json", vectors.join("soap-fault-microsoft-docs.http.txt")]).one();
    assert_eq!(fault["http"]["start"], "HTTP/1.1 500 Internal Server Error");
    assert_eq!(
        (&fault["fault"]["status"], &fault["fault"]["name"]),
        (&json!("0x8004C065"), &json!("DRM_E_DEVCERT_REVOKED"))
    );
    assert_eq!(fault["fault"]["official"], true);
}

#[test]
fn the_public_license_taken_out_is_the_public_license() {
    let Some(vectors) = vectors() else { return };
    let run =
        prkit(args!["soap", "extract", vectors.join("soap-AcquireLicense-response-microsoft-docs.xml")]);
    let license = std::fs::read_to_string(vectors.join("xmr-license-microsoft-docs-sample.b64")).unwrap();
    assert_eq!(run.text().trim(), license.trim(), "{}", run.stderr);
}

#[test]
fn every_kind_of_message_is_told_and_read() {
    let show = |name: &str| prkit(args!["soap", "show", "--json", message(name)]).one();
    assert_eq!(show("request.xml")["custom_data"], "User=Example;Plan=<basic>");
    assert_eq!(show("response.xml")["licenses"][0]["keys"][0]["kid"], "00112233-4455-6677-8899-aabbccddeeff");
    let fault = show("fault.txt");
    assert_eq!(
        (&fault["fault"]["name"], &fault["custom_data"]),
        (&json!("DRM_E_SERVER_DOMAIN_REQUIRED"), &json!("Join the family first."))
    );
    assert_eq!(fault["http"]["hidden"], json!(["Set-Cookie"]));
    let fault = show("fault-1.2.xml");
    assert_eq!((&fault["soap"], &fault["fault"]["status"]), (&json!("SOAP 1.2"), &json!("0x8004C602")));
    let wrapper = show("key-message.xml");
    assert_eq!(
        (&wrapper["message"], &wrapper["wrapper"]),
        (&json!("key-message"), &json!("LicenseAcquisition"))
    );
    assert_eq!(wrapper["inner"]["client_version"], "3.0.2.5");
    assert_eq!(wrapper["http_headers"][0], json!(["Content-Type", "text/xml; charset=utf-8"]));
    let data = show("cdm-data.xml");
    assert_eq!(
        (&data["custom_data"], &data["kids"][0]["kid"]),
        (&json!("User=Example"), &json!("00112233-4455-6677-8899-aabbccddeeff"))
    );
    let join = show("join-domain.xml");
    assert_eq!(
        (&join["message"], &join["operation"], &join["direction"]),
        (&json!("other"), &json!("JoinDomain"), &json!("request"))
    );
    assert!(join["tree"].to_string().contains("Living room"));
}

#[test]
fn a_pair_is_checked_in_one_call() {
    let pair = |answer: &str, more: &[&str]| {
        let mut call = args!["soap", "show", "--json", message("request.xml"), message(answer)];
        call.extend(more.iter().map(Into::into));
        prkit(call)
    };
    let good = pair("response.xml", &["--level", "warning"]);
    assert_eq!(good.status, 0, "{}", good.text());
    assert_eq!(rules(&good.json()[1]), ["L14", "P-07"]);
    let other = pair("response-of-another.xml", &["--level", "error"]);
    assert_eq!(other.status, 1);
    assert!(rules(&other.json()[1]).contains(&"M-01"));
    // The wrapper of a player is a request, too.
    let wrapped = prkit(args![
        "soap",
        "show",
        "--json",
        message("key-message.xml"),
        message("response-of-another.xml")
    ]);
    assert!(rules(&wrapped.json()[1]).contains(&"M-01"));
    // A response alone has nothing to be compared with.
    let alone = prkit(args!["soap", "show", "--json", message("response-of-another.xml")]);
    assert!(!rules(&alone.one()).contains(&"M-01"));
    assert_eq!(prkit(args!["soap", "show", message("request.xml"), message("fault.txt")]).status, 0);
}

#[test]
fn parts_are_taken_out_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let all = folder.path().join("all");
    let run = prkit(args!["soap", "extract", message("response-chain.xml"), "--all", &all]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let name = |index: usize, kid: &str| all.join(format!("{index}-{kid}.xmr"));
    assert_eq!(std::fs::read(name(0, "a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0")).unwrap(), build::root());
    assert_eq!(std::fs::read(name(1, "00112233-4455-6677-8899-aabbccddeeff")).unwrap(), build::chain_leaf());
    // Once more: nothing is replaced without being asked.
    assert_eq!(prkit(args!["soap", "extract", message("response-chain.xml"), "--all", &all]).status, 3);
    assert_eq!(
        prkit(args!["soap", "extract", message("response-chain.xml"), "--all", &all, "--overwrite"]).status,
        0
    );

    let several = prkit(args!["soap", "extract", message("response-chain.xml")]);
    assert_eq!(several.status, 3);
    assert!(several.stderr.contains("choose one with --index"), "{}", several.stderr);
    let raw = prkit(args!["soap", "extract", "--index", "1", "--raw", message("response-chain.xml")]);
    assert_eq!(raw.stdout, build::chain_leaf());
    let missing = prkit(args!["soap", "extract", "--index", "2", message("response-chain.xml")]);
    assert!(missing.stderr.contains("the response has 2"), "{}", missing.stderr);

    let header = prkit(args!["soap", "extract", "--what", "header", message("key-message.xml")]);
    assert!(header.text().starts_with("<WRMHEADER ") && header.text().trim_end().ends_with("</WRMHEADER>"));
    // A header taken out is an input of the other commands.
    let shown = prkit_with(args!["show", "--json", "-"], header.text().trim_end().as_bytes()).one();
    assert_eq!(shown["pssh"][0]["pro"]["header"]["kids"][0]["kid"], "00112233-4455-6677-8899-aabbccddeeff");
    let data = prkit(args!["soap", "extract", "--what", "custom-data", message("cdm-data.xml")]);
    assert_eq!(data.text(), "User=Example\n");
    let inner = prkit(args!["soap", "extract", "--what", "message", message("key-message.xml")]);
    assert_eq!(inner.text().trim_end(), build::request().trim_end());
    let fault = prkit(args!["soap", "extract", message("fault.txt")]);
    assert_eq!(fault.status, 3);
    assert!(fault.stderr.contains("the server answered with 0x8004C605"), "{}", fault.stderr);
}

/// The program with a bound on its memory, in kilobytes.
fn bounded(kilobytes: u32, args: &[&str], input: Vec<u8>) -> Run {
    use std::io::Write as _;
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -v {kilobytes}; ulimit -t 60; exec \"$0\" \"$@\""))
        .arg(env!("CARGO_BIN_EXE_prkit"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        let _ = pipe.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn bombs_are_refused_in_bounded_time_and_memory() {
    let envelope = |body: &str| format!("<s:Envelope xmlns:s='x'><s:Body>{body}</s:Body></s:Envelope>");
    let attributes: String = (0..300_000).map(|i| format!(" a{i}='{i}'")).collect();
    let namespaces: String = (0..19_000).map(|i| format!("<b xmlns='urn:{i}'/>")).collect();
    let bombs: Vec<(&str, String, &str)> = vec![
        ("entities", build::entities(), "a document type definition is not read"),
        ("an entity", envelope("&file;"), "the entity &file; is not one of the five of XML"),
        (
            "an external entity",
            "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><s:Envelope/>".into(),
            "a document type definition",
        ),
        ("depth", format!("<s:Envelope>{}", "<a>".repeat(1_000_000)), "nested more than 64 deep"),
        ("elements", envelope(&"<a/>".repeat(1_000_000)), "more than 20000 elements"),
        ("attributes", envelope(&format!("<a{attributes}/>")), "more than 64 attributes"),
        ("namespaces", envelope(&namespaces), "more than 256 namespaces"),
        (
            "a long namespace",
            format!("<s:Envelope xmlns:s='{}'/>", "n".repeat(1_000_000)),
            "more than 1024 characters",
        ),
        ("an unclosed tag", format!("<s:Envelope {}", "a='".repeat(1_000_000)), "the XML is broken"),
        ("size", envelope(&"a".repeat(64 * 1024 * 1024)), "not recognised"),
    ];
    for (name, text, error) in bombs {
        let run = bounded(400_000, &["soap", "show", "-"], text.into_bytes());
        assert_eq!(run.status, 3, "{name}: {}", run.stderr);
        assert!(run.stderr.contains(error), "{name}: {:.300}", run.stderr);
    }
}

#[test]
fn a_message_of_allowed_size_is_read_in_bounded_time_and_memory() {
    // As much as the limits allow at once: elements, depth, attributes.
    let attributes: String = (0..60).map(|i| format!(" a{i}='{i}'")).collect();
    let body = format!("<x{attributes}/>").repeat(15_000);
    let text = format!("<s:Envelope xmlns:s='x'><s:Body><y>{body}</y></s:Body></s:Envelope>");
    assert!(text.len() > 5_000_000);
    let run = bounded(600_000, &["soap", "show", "--json", "-"], text.into_bytes());
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(run.one()["elements_left_out"], 15_003 - 400);
}

#[test]
fn no_damaged_message_makes_the_program_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<std::ffi::OsString> = Vec::new();
    for (name, bytes) in [("request", build::request().into_bytes()), ("wrapper", build::key_message())] {
        for at in (0..bytes.len()).step_by(11) {
            let mut damaged = bytes.clone();
            damaged[at] = b"<>&\"'\0\xFF"[at % 7];
            if at % 3 == 0 {
                damaged.truncate(at);
            }
            let path = folder.path().join(format!("{name}-{at}"));
            std::fs::write(&path, damaged).unwrap();
            files.push(path.into());
        }
    }
    for command in [
        args!["soap", "show"].to_vec(),
        args!["soap", "extract", "--what", "header", "--all", folder.path().join("x")].to_vec(),
    ] {
        let run = prkit([command, files.clone()].concat());
        assert!(matches!(run.status, 0 | 3), "{}: {:.500}", run.status, run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
}

#[test]
fn clock_messages_are_taken_apart() {
    let petition = prkit(args!["clock", "--json", message("clock-petition.txt")]).one();
    assert_eq!((&petition["kind"], &petition["service"]), (&json!("petition"), &json!(2)));
    let response =
        prkit(args!["clock", "--json", "--at", "2018-01-05T19:56:00Z", message("clock-response.b64")]).one();
    assert_eq!(
        (&response["gmt_time"], &response["seconds_from_at"]),
        (&json!("2018-01-05T20:00:00Z"), &json!(240))
    );
    assert_eq!(
        (&response["refresh_date"], &response["signature_checked"]),
        (&json!("2018-02-05T20:00:00Z"), &json!(false))
    );
    let other = prkit(args!["clock", message("request.xml")]);
    assert_eq!(other.status, 3);
    assert!(other.stderr.contains("neither a petition, a challenge nor a response"), "{}", other.stderr);
}

#[test]
fn the_clock_table_answers_for_a_version() {
    let target = |version: &str| {
        let report = prkit(args!["clock", "--json", "--target", version]).one();
        let services: Vec<u64> = report["services"]
            .as_array()
            .unwrap()
            .iter()
            .map(|service| service["version"].as_u64().unwrap())
            .collect();
        (services, report["gap"].is_string())
    };
    assert_eq!(target("1.2"), (vec![1, 3], false));
    assert_eq!(target("2.5"), (vec![1, 2, 3], true));
    assert_eq!(target("2"), target("2.0"));
    assert_eq!(target("2.11"), (vec![2, 3], false));
    assert_eq!(target("3.1"), (vec![], true));
    assert_eq!(target("4"), (vec![4], false));
    assert_eq!(prkit(args!["clock", "--target", "x"]).status, 2);
    assert_eq!(prkit(args!["clock", "--json"]).one()["services"].as_array().unwrap().len(), 4);
}

#[test]
fn status_codes_are_found_in_every_form() {
    for code in ["0x8004C605", "8004c605", "-2147170811", "2147796485"] {
        let report = prkit(args!["status", "--json", code]).one();
        assert_eq!(
            (&report["code"], &report["name"]),
            (&json!("0x8004C605"), &json!("DRM_E_SERVER_DOMAIN_REQUIRED"))
        );
        assert_eq!((&report["official"], &report["signed"]), (&json!(true), &json!(-2_147_170_811_i64)));
    }
    assert_eq!(prkit(args!["status", "--json", "0x8004C013"]).one()["official"], false);
    assert_eq!(prkit(args!["status", "--json", "1"]).one()["name"], Value::Null);
    assert_eq!(prkit(args!["status", "nonsense"]).status, 2);
    assert_eq!(prkit(args!["status", "--json", "--list"]).json().len(), 42);
}
