//! `check`: for every rule a set of files that breaks it and one that keeps it.

use crate::presentation::{Copy, LAURL};
use crate::program::{Run, prkit};
use serde_json::Value;
use std::fs;

const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
const OTHER: &str = "deadbeef-0000-1111-2222-333344445555";

fn rules(run: &Run) -> Vec<String> {
    let findings =
        run.json().into_iter().flat_map(|line| line["findings"].as_array().cloned().unwrap_or_default());
    let mut rules: Vec<String> =
        findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn findings(run: &Run, rule: &str) -> Vec<Value> {
    let all =
        run.json().into_iter().flat_map(|line| line["findings"].as_array().cloned().unwrap_or_default());
    all.filter(|finding| finding["rule"] == rule).collect()
}

fn check(copy: &Copy, inputs: &[&str]) -> Run {
    copy.run(&["check", "--json"], inputs)
}

fn done(run: &Run) {
    assert_eq!(run.status, 0, "{}{}", run.text(), run.stderr);
}

fn edit(copy: &Copy, name: &str, old: &str, new: &str) {
    let text = copy.text(name);
    assert!(text.contains(old), "{name} has no {old}");
    copy.write(name, text.replace(old, new));
}

const TEMPLATE: &str = "manifests/template.mpd";

/// Puts a changed copy of the set behind the set.
fn twice(copy: &Copy, change: fn(&str) -> String) {
    let text = copy.text(TEMPLATE);
    let start = text.find("<AdaptationSet").unwrap();
    let end = text.find("</AdaptationSet>").unwrap() + "</AdaptationSet>".len();
    let (set, other) = (&text[start..end], change(&text[start..end]));
    assert_ne!(set, other);
    copy.write(TEMPLATE, text.replace(set, &format!("{set}{other}")));
}

/// What is done to a copy of the samples.
type Break = fn(&Copy);

const ONDEMAND: &str = "manifests/ondemand.mpd";
const AUDIO: &str = "dash-ondemand/audio.mp4";

/// The rule, what is looked at, how it is broken.
const BROKEN: [(&str, &[&str], Break); 24] = [
    ("CHK-01", &[ONDEMAND], |copy| {
        done(&copy.run(
            &["reheader", "-i", "--alone", "--force=key-id", &format!("--set-kid={OTHER}")],
            &[ONDEMAND],
        ));
    }),
    ("CHK-02", &[ONDEMAND], |copy| {
        edit(copy, ONDEMAND, "00112233-4455-6677-8899-AABBCCDDEEFF", "33221100-5544-7766-8899-AABBCCDDEEFF");
    }),
    ("CHK-03", &[ONDEMAND], |copy| edit(copy, ONDEMAND, "00112233-4455-6677-8899-AABBCCDDEEFF", OTHER)),
    ("CHK-04", &[AUDIO], |copy| {
        // The box of the common system lists the key id behind its SystemID and the count.
        let mut bytes = copy.read(AUDIO);
        let system = [0x10, 0x77, 0xef, 0xec, 0xc0, 0xb2, 0x4d, 0x02];
        let at = bytes.windows(8).position(|window| window == system).unwrap();
        bytes[at + 20] ^= 0xff;
        copy.write(AUDIO, bytes);
    }),
    ("CHK-05", &["rotation/1.m4s"], |copy| {
        done(&copy.run(
            &["reheader", "-i", "--alone", "--force=key-id", &format!("--set-kid={OTHER}")],
            &["rotation/1.m4s"],
        ));
    }),
    ("CHK-06", &[AUDIO], |copy| {
        done(&copy.run(
            &["reheader", "-i", "--alone", "--force", "--header-version=4.3", "--algid=aescbc"],
            &[AUDIO],
        ));
    }),
    ("CHK-07", &[ONDEMAND], |copy| edit(copy, ONDEMAND, "value='cenc'", "value='cbcs'")),
    ("CHK-07", &["manifests/media.m3u8"], |copy| {
        edit(copy, "manifests/media.m3u8", "METHOD=SAMPLE-AES-CTR", "METHOD=SAMPLE-AES");
    }),
    ("CHK-08", &[ONDEMAND], |copy| {
        done(&copy.run(&["reheader", "-i", "--alone", "--la-url=https://other.example/"], &[AUDIO]));
        // Its index moved: the ranges are told.
        let (old, new) = (176_105, copy.read(AUDIO).len());
        let by = new - old;
        edit(copy, ONDEMAND, "1571-1722", &format!("{}-{}", 1571 + by, 1722 + by));
        edit(copy, ONDEMAND, "0-1570", &format!("0-{}", 1570 + by));
    }),
    ("CHK-09", &["manifests/multivariant.m3u8"], |copy| {
        done(&copy.run(
            &["reheader", "-i", "--alone", &format!("--set-kid={OTHER}")],
            &["manifests/multivariant.m3u8"],
        ));
    }),
    ("CHK-10", &[ONDEMAND], |copy| edit(copy, ONDEMAND, "1571-1722", "1572-1722")),
    ("CHK-10", &["manifests/list.mpd"], |copy| {
        edit(copy, "manifests/list.mpd", "158282-176104", "158282-176105")
    }),
    ("CHK-10", &["manifests/media.m3u8"], |copy| {
        edit(copy, "manifests/media.m3u8", "17758@1723", "17758@1724")
    }),
    ("CHK-12", &["manifests/template.mpd"], |copy| {
        fs::remove_file(copy.at("dash-live/video-1.m4s")).unwrap()
    }),
    ("CHK-13", &[ONDEMAND, "manifests/list.mpd"], |copy| {
        done(
            &copy.run(
                &["reheader", "-i", "--alone", "--la-url=https://other.example/"],
                &["manifests/list.mpd"],
            ),
        );
    }),
    ("CHK-14", &[ONDEMAND], |copy| edit(copy, ONDEMAND, "</MPD>", "")),
    ("CHK-15", &[ONDEMAND], |copy| {
        edit(copy, ONDEMAND, "BgIAAAEAAQD8ATwAVwBSAE0ASABFAEEARABFAFIAIAB4AG0A", "BgIAAAEA.QD8ATwAVwBS")
    }),
    ("CHK-16", &["manifests/template.mpd"], |copy| {
        let text = copy.text("manifests/template.mpd");
        let lines = text.lines().filter(|line| !line.contains("ContentProtection"));
        copy.write("manifests/template.mpd", lines.collect::<Vec<_>>().join("\n"));
    }),
    ("CHK-17", &["manifests/template.mpd"], |copy| {
        let mut bytes = copy.read("dash-live/video-1.m4s");
        bytes.truncate(bytes.len() - 9);
        copy.write("dash-live/video-1.m4s", bytes);
    }),
    ("CHK-18", &[ONDEMAND], |copy| {
        // The URL beside the object is none that the header had: it is left, and said.
        edit(copy, ONDEMAND, "<mspr:pro>", &format!("{LAURL}<mspr:pro>"));
        let run =
            copy.run(&["reheader", "-i", "--presentation", "--la-url=https://other.example/"], &[ONDEMAND]);
        assert_eq!(run.status, 3, "{}", run.stderr);
    }),
    ("CHK-19", &[TEMPLATE], |copy| {
        edit(
            copy,
            TEMPLATE,
            "<ContentProtection schemeIdUri=\"urn:uuid:",
            "<ContentProtection ref=\"x\" schemeIdUri=\"urn:uuid:",
        );
    }),
    ("CHK-20", &[TEMPLATE], |copy| {
        // Twice the same set, with another key id list in the box of the second.
        twice(copy, |set| set.replace("yc+mwY=", "yc+mwZ=").replace("yVmwY=", "yVmwQ="));
    }),
    ("CHK-21", &["manifests/media.m3u8"], |copy| {
        // Widevine's box, whose data names the other key.
        edit(
            copy,
            "manifests/media.m3u8",
            "KEYFORMAT=\"com.apple.streamingkeydelivery\",URI=\"skd://example\"",
            "KEYFORMAT=\"urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed\",URI=\"data:text/plain;base64,AAAAMnBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAABISEN6tvu8AABERIiIzM0REVVU=\"",
        );
    }),
    ("CHK-22", &[TEMPLATE], |copy| {
        let ours = "<ContentProtection schemeIdUri=\"urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95\"/>";
        edit(copy, TEMPLATE, "<SegmentTemplate", &format!("{ours}<SegmentTemplate"));
        twice(copy, |set| set.replace("video/mp4", "audio/mp4"));
    }),
];

#[test]
fn every_rule_is_broken_by_one_set_of_files_and_kept_by_another() {
    for (rule, inputs, break_it) in BROKEN {
        let copy = Copy::new();
        let before = check(&copy, inputs);
        assert_eq!(before.status, 0, "{rule}: {}", before.text());
        assert!(!rules(&before).iter().any(|found| found == rule), "{rule} before: {}", before.text());
        break_it(&copy);
        let after = check(&copy, inputs);
        assert!(rules(&after).iter().any(|found| found == rule), "{rule}: {}{}", after.text(), after.stderr);
        let level = findings(&after, rule)[0]["level"].as_str().unwrap().to_owned();
        if level == "error" {
            assert!([1, 3].contains(&after.status), "{rule}: {}", after.status);
        }
        for finding in findings(&after, rule) {
            let places = finding["places"].as_array().unwrap();
            assert!(!places.is_empty() && places.iter().all(|place| place["path"].is_string()), "{finding}");
        }
    }
    // Checksums need keys: see below. Every other rule of the list is above.
    let listed = prkit(["check", "--rules"]).text().to_owned();
    let listed: Vec<&str> = listed.split_whitespace().filter(|word| word.starts_with("CHK-")).collect();
    let known = |rule: &str| rule == "CHK-11" || BROKEN.iter().any(|(known, ..)| *known == rule);
    assert!(listed.len() >= 18 && listed.iter().all(|rule| known(rule)), "{listed:?}");
}

#[test]
fn checksums_are_compared_with_keys_that_are_given() {
    let copy = Copy::new();
    let right = format!("--keys={KID}:0123456789abcdef0123456789abcdef");
    let wrong = format!("--keys={KID}:ffffffffffffffffffffffffffffffff");
    let run = copy.run(&["check", "--json", &right], &[ONDEMAND]);
    done(&run);
    assert_eq!(rules(&run), [""; 0]);
    let run = copy.run(&["check", "--json", &wrong], &[ONDEMAND]);
    assert_eq!((run.status, rules(&run)), (1, vec!["CHK-11".to_owned()]));
    assert!(!run.text().contains("ffffffff") && !run.stderr.contains("ffffffff"), "keys are not printed");
    // The same from a file, and with a key id in the other byte order.
    copy.write("keys", format!("{KID}:0123456789abcdef0123456789abcdef\n"));
    let from_file = format!("--keys=@{}", copy.at("keys").display());
    done(&copy.run(&["check", &from_file], &[ONDEMAND]));
}

#[test]
fn a_difference_of_byte_order_alone_is_named_as_that() {
    let copy = Copy::new();
    BROKEN[1].2(&copy);
    let run = check(&copy, &[ONDEMAND]);
    let found = findings(&run, "CHK-02");
    assert!(
        found.iter().all(|found| found["message"].as_str().unwrap().contains("byte order")),
        "{}",
        run.text()
    );
    assert!(findings(&run, "CHK-03").is_empty(), "{}", run.text());
}

#[test]
fn files_of_different_folders_are_one_set_with_one() {
    let copy = Copy::new();
    let inputs = ["dash-live/video-init.mp4", "dash-ondemand/audio.mp4"];
    done(&check(&copy, &inputs));
    done(&copy.run(&["reheader", "-i", "--la-url=https://other.example/"], &inputs[..1]));
    // Each for itself they agree; together they do not.
    let run = check(&copy, &inputs);
    done(&run);
    assert_eq!(rules(&run), [""; 0]);
    let run = copy.run(&["check", "--json", "--one"], &inputs);
    assert_eq!((run.status, rules(&run)), (1, vec!["CHK-08".to_owned(), "CHK-22".to_owned()]));
    // Two manifests without any file in common, too.
    let two = ["manifests/template.mpd", "manifests/ondemand.mpd"];
    done(&copy.run(&["check"], &two[..1]));
    let sets: Vec<Value> = check(&copy, &two).json().iter().map(|line| line["set"].clone()).collect();
    assert_ne!(sets[0], sets[1]);
    let sets: Vec<Value> =
        copy.run(&["check", "--json", "--one"], &two).json().iter().map(|line| line["set"].clone()).collect();
    assert_eq!(sets[0], sets[1]);
}

#[test]
fn remote_addresses_are_looked_up_where_map_says() {
    let copy = Copy::new();
    edit(&copy, ONDEMAND, "../dash-ondemand/", "https://cdn.example.com/x/");
    let run = check(&copy, &[ONDEMAND]);
    assert_eq!(rules(&run), ["CHK-12"]);
    assert!(run.text().contains("--map URL=DIR"), "{}", run.text());
    let map = format!("--map=https://cdn.example.com/x={}", copy.at("dash-ondemand").display());
    let run = copy.run(&["check", "--json", &map], &[ONDEMAND]);
    done(&run);
    assert_eq!(rules(&run), [""; 0]);
    assert_eq!(run.one()["files"]["checked"], run.one()["files"]["named"]);
    // A range that does not hit is found there, too.
    edit(&copy, ONDEMAND, "1571-1722", "1570-1722");
    assert_eq!(rules(&copy.run(&["check", "--json", &map], &[ONDEMAND])), ["CHK-10"]);
    assert_eq!(copy.run(&["check", "--map=nothing"], &[ONDEMAND]).status, 2);
}

#[test]
fn where_nothing_can_be_compared_the_input_failed() {
    let copy = Copy::new();
    copy.write("empty.mpd", "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period/></MPD>");
    let run = check(&copy, &["empty.mpd"]);
    assert_eq!(run.status, 3, "{}", run.text());
    assert!(run.one()["error"].as_str().unwrap().contains("nothing could be compared"));
    // A lone file has nothing that could disagree.
    copy.write("clear.mp4", "\0\0\0\u{10}ftypisom\0\0\0\0");
    let run = copy.run(&["check", "--json"], &["clear.mp4"]);
    assert_eq!((run.status, &run.one()["error"]), (0, &Value::Null), "{}", run.text());
    assert!(run.stderr.contains("nothing in it to compare"), "{}", run.stderr);
    // A reference that is not there is a warning as long as something was compared.
    fs::remove_file(copy.at("rotation/2.m4s")).unwrap();
    let run = check(&copy, &["manifests/timeline.mpd"]);
    assert_eq!((run.status, rules(&run)), (0, vec!["CHK-12".to_owned()]));
    assert_eq!(copy.run(&["check", "--level=warning"], &["manifests/timeline.mpd"]).status, 1);
}

#[test]
fn the_manifest_comes_before_the_initialisation_segment_and_that_before_fragments() {
    let copy = Copy::new();
    // The manifest's header names a wrong key: what the file says is right, and players do not ask it.
    BROKEN[0].2(&copy);
    let run = check(&copy, &[ONDEMAND]);
    let found = findings(&run, "CHK-01");
    assert!(
        found.iter().any(|found| found["places"][0]["path"].as_str().unwrap().ends_with("ondemand.mpd")
            || found["places"][1]["path"].as_str().unwrap().ends_with("ondemand.mpd")),
        "{}",
        run.text()
    );
    // Two headers that differ: the first place is the one that players take.
    let copy = Copy::new();
    BROKEN[8].2(&copy);
    let run = check(&copy, &[ONDEMAND]);
    let found = findings(&run, "CHK-08");
    assert!(found[0]["places"][0]["path"].as_str().unwrap().ends_with("ondemand.mpd"), "{}", run.text());
    assert!(found[0]["places"][1]["path"].as_str().unwrap().ends_with("audio.mp4"), "{}", run.text());
}

#[test]
fn a_server_manifest_is_compared_by_what_its_client_manifest_says() {
    let copy = Copy::new();
    let run = check(&copy, &["manifests/show.ism"]);
    done(&run);
    let before = run.one()["compared"].as_u64().unwrap();
    assert!(before > 5, "{}", run.text());
    done(
        &copy.run(
            &["reheader", "-i", "--force=key-id", &format!("--set-kid={OTHER}")],
            &["manifests/show.ismc"],
        ),
    );
    let run = check(&copy, &["manifests/show.ism"]);
    assert_eq!(run.status, 1);
    assert!(rules(&run).contains(&"CHK-01".to_owned()), "{}", run.text());
}
