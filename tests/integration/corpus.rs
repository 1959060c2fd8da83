//! Real files with facts by an independent reader. They stay where they are; without them there is nothing to test.

use crate::args;
use crate::program::{Run, corpus, prkit};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn facts(corpus: &Path) -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(corpus.join("FACTS.json")).unwrap();
    let mut facts: Value = serde_json::from_str(&text).unwrap();
    match facts["files"].take() {
        Value::Object(files) => files,
        _ => panic!("no files in FACTS.json"),
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What the independent reader says of files now.
fn scan(corpus: &Path, files: &[PathBuf]) -> Vec<Value> {
    let output = Command::new("python3").arg(corpus.join("../tools/scan.py")).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    match serde_json::from_slice(&output.stdout).unwrap() {
        Value::Array(found) => found,
        _ => panic!("no list"),
    }
}

#[test]
fn show_agrees_with_the_facts_on_every_file() {
    let Some(corpus) = corpus() else { return };
    for (name, fact) in facts(&corpus) {
        let run = prkit(args!["show", "--json", corpus.join(&name)]);
        let shown = run.one();
        let boxes = list(&fact, "pssh");
        assert_eq!(list(&shown, "pssh").len(), boxes.len(), "{name}");
        for (shown, fact) in list(&shown, "pssh").iter().zip(boxes) {
            for key in ["offset", "size", "version", "flags", "system_id"] {
                assert_eq!(shown[key], fact[key], "{name}: {key}");
            }
            assert_eq!(list(shown, "kids"), list(fact, "kids"), "{name}: key ids of the box");
            assert_eq!(shown["form"] == "piff", fact["box"] == "uuid", "{name}: form");
            compare_object(&name, shown, fact);
        }
        let kids = |values: &[Value], key: &str| -> BTreeSet<String> {
            values.iter().filter_map(|v| v[key].as_str().map(str::to_owned)).collect()
        };
        let shown_kids = kids(list(&shown, "tracks"), "default_kid");
        assert_eq!(shown_kids, kids(list(&fact, "default_kids"), "kid"), "{name}: track key ids");
    }
}

fn compare_object(name: &str, shown: &Value, fact: &Value) {
    let Some(pro) = fact.get("pro").filter(|pro| pro.get("error").is_none()) else { return };
    let header = list(pro, "records").iter().find_map(|record| record.get("header"));
    let Some(text) = header.and_then(|header| header["text"].as_str()) else { return };
    let shown = &shown["pro"];
    assert_eq!(shown["header"]["xml"].as_str().unwrap(), text.trim_start_matches('\u{FEFF}'), "{name}");
    let header = header.unwrap();
    if header.get("xml_error").is_some() {
        return;
    }
    let kids: Vec<_> = list(header, "kids")
        .iter()
        .map(|kid| serde_json::json!({"kid": kid["uuid"], "base64": kid["b64"], "algid": kid["algid"], "checksum": kid["checksum"]}))
        .collect();
    assert_eq!(list(&shown["header"], "kids"), kids, "{name}: key ids of the header");
    assert_eq!(shown["header"]["la_url"], *header["LA_URL"].get(0).unwrap_or(&Value::Null), "{name}: LA_URL");
    for (shown, fact) in list(shown, "records").iter().zip(list(pro, "records")) {
        for key in ["type", "offset", "length"] {
            assert_eq!(shown[key], fact[key], "{name}: record {key}");
        }
    }
}

const LONG: &str = "https://license.example.com/a/much/longer/path/than/any/before/rightsmanager.asmx?tenant=0123456789&region=eu";

/// One edited copy of a corpus file.
struct Edited {
    name: String,
    url: String,
    path: PathBuf,
    run: Run,
}

#[test]
fn an_independent_reader_finds_the_new_url_and_nothing_else_changed() {
    let Some(corpus) = corpus() else { return };
    // One of the files has an object of 64 KiB, which grows with its URL (PRO-05).
    const LONGER: &str = "--force=too-long";
    let folder = tempfile::tempdir().unwrap();
    let mut before = Vec::new();
    let mut edited = Vec::new();
    for (name, fact) in facts(&corpus) {
        let path = corpus.join(&name);
        let shown = prkit(args!["show", "--json", &path]);
        let headers: Vec<Value> = list(&shown.one(), "pssh")
            .iter()
            .filter(|object| object["error"].is_null() && object["pro"]["header"].is_object())
            .map(|object| object["pro"]["header"].clone())
            .collect();
        if headers.is_empty() {
            continue;
        }
        if shown.status != 0 {
            // A broken file is shown and not edited.
            let target = folder.path().join("never");
            let run = prkit(args!["reheader", "--la-url", LONG, "-o", &target, &path]);
            assert_eq!((run.status, target.exists()), (3, false), "{name}");
            continue;
        }
        let same = headers[0]["la_url"].as_str().map(|url| {
            let len = url.replace('&', "&amp;").len();
            format!("a://{}", "x".repeat(len - 4))
        });
        for (i, url) in
            [Some(LONG.to_owned()), Some("a://b".to_owned()), same].into_iter().flatten().enumerate()
        {
            for in_place in [false, true] {
                let target = folder.path().join(format!("{i}{in_place}-{name}"));
                let run = if in_place {
                    std::fs::write(&target, std::fs::read(&path).unwrap()).unwrap();
                    prkit(args!["reheader", "--json", LONGER, "--la-url", &url, "-i", &target])
                } else {
                    prkit(args!["reheader", "--json", LONGER, "--la-url", &url, "-o", &target, &path])
                };
                assert_eq!(run.status, 0, "{name}: {}", run.stderr);
                before.push(fact.clone());
                edited.push(Edited { name: name.clone(), url: url.clone(), path: target, run });
            }
        }
    }
    assert!(edited.len() > 80, "{}", edited.len());
    let paths: Vec<_> = edited.iter().map(|edited| edited.path.clone()).collect();
    for ((edited, before), after) in edited.iter().zip(&before).zip(scan(&corpus, &paths)) {
        compare_scans(edited, before, &after);
        let again = prkit(args!["reheader", "--json", "--la-url", &edited.url, "-i", &edited.path]);
        assert_eq!((again.status, &again.one()["changed"]), (0, &Value::Bool(false)), "{}", edited.name);
    }
}

fn compare_scans(edited: &Edited, before: &Value, after: &Value) {
    let what = format!("{} {} {}", edited.name, edited.url, edited.run.text());
    assert_eq!(before["media"], after["media"], "{what}");
    assert_eq!(list(before, "odd").len(), list(after, "odd").len(), "{what}");
    let headers = list(after, "pssh")
        .iter()
        .flat_map(|found| list(&found["pro"], "records"))
        .filter_map(|r| r.get("header"));
    for header in headers {
        // Not well-formed XML is none to the independent reader.
        if header.get("xml_error").is_none() {
            assert_eq!(header["LA_URL"], serde_json::json!([edited.url]), "{what}");
        }
    }
    let indexes = |scan: &Value| -> Vec<(Value, Value, Value)> {
        list(&scan["offsets"], "sidx")
            .iter()
            .map(|s| (s["references"].clone(), s["all_ok"].clone(), s["first_offset"].clone()))
            .collect()
    };
    assert_eq!(indexes(before), indexes(after), "{what}");
    let fragments = |scan: &Value| -> Vec<Value> {
        list(&scan["offsets"], "tfra").iter().map(|t| t["pointing_at_moof"].clone()).collect()
    };
    assert_eq!(fragments(before), fragments(after), "{what}");
    let boxes = |scan: &Value| -> Value {
        let mut paths = scan["paths"].clone();
        // Shrinking leaves a free box.
        if let Some(paths) = paths.as_object_mut() {
            paths.retain(|path, _| !path.ends_with("free"));
        }
        paths
    };
    assert_eq!(boxes(before), boxes(after), "{what}");
}

#[test]
fn real_objects_come_back_unchanged_when_nothing_is_asked() {
    use base64::Engine as _;
    use prkit_playready::{Object, Payload};
    let Some(corpus) = corpus() else { return };
    let text = std::fs::read_to_string(corpus.join("pros.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    assert!(list(&all, "pros").len() > 30);
    for pro in list(&all, "pros") {
        let bytes = base64::engine::general_purpose::STANDARD.decode(pro["b64"].as_str().unwrap()).unwrap();
        let object = Object::parse(&bytes).unwrap();
        let records = object.records().iter().map(|record| (record.kind, record.value));
        assert_eq!(Object::encode(records).unwrap(), bytes, "{}", pro["id"]);
        assert_eq!(Payload::parse(&bytes).unwrap().edit(&[]).unwrap(), None, "{}", pro["id"]);
    }
}

/// A box of a system of nobody's, with so many bytes of data.
fn foreign_box(data: usize) -> Vec<u8> {
    let len = u32::try_from(32 + data).unwrap();
    let system = [0x5A; 16];
    let data_len = u32::try_from(data).unwrap();
    [&len.to_be_bytes()[..], b"pssh\0\0\0\0", &system, &data_len.to_be_bytes(), &vec![0xA5; data]].concat()
}

#[test]
fn boxes_of_any_size_come_and_go_and_the_media_stay() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sizes = [1, 2, 3, 7, 8, 100, 997, 4_064, 4_065, 12_345, 65_536, 69_968];
    let boxes: Vec<PathBuf> = sizes
        .iter()
        .map(|size| {
            let path = folder.path().join(format!("{size}.pssh"));
            std::fs::write(&path, foreign_box(*size)).unwrap();
            path
        })
        .collect();
    let (mut before, mut with, mut without, mut originals) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut refused = Vec::new();
    for (n, (name, fact)) in facts(&corpus).into_iter().enumerate() {
        let path = corpus.join(&name);
        let shown = prkit(args!["show", "--json", &path]);
        if shown.status != 0 || shown.one()["kind"] != "mp4" {
            continue;
        }
        for k in 0..2 {
            let pick = (2 * n + k) % boxes.len();
            let target = folder.path().join(format!("{k}-{name}"));
            std::fs::copy(&path, &target).unwrap();
            let file = format!("@{}", boxes[pick].display());
            // Where it can stand: in each of the places, but for most files in the first.
            let places = ["moov", "moof", "meta", "file"];
            let put = |place: &str| {
                prkit(args!["inject", "--json", "-i", "--verify", "--where", place, "--pssh", &file, &target])
            };
            let changes = |run: &Run| run.status == 0 && run.one()["changed"] == true;
            let run = places.iter().skip((n + k) % 2).map(|place| put(place)).find(changes);
            let run = run.unwrap_or_else(|| put("file"));
            if run.status == 3 {
                refused.push(format!("{name}: {}", run.stderr));
                assert_eq!(std::fs::read(&target).unwrap(), std::fs::read(&path).unwrap(), "{name}");
                continue;
            }
            assert_eq!(run.one()["changed"], true, "{name}: {}", run.stderr);
            before.push(fact.clone());
            with.push(target.clone());
            originals.push((name.clone(), path.clone()));
        }
    }
    assert!(with.len() > 150, "{}", with.len());
    for refusal in &refused {
        assert!(refusal.contains("there is no moov in it") || refusal.contains("C2PA"), "{refusal}");
    }
    for (target, (name, _)) in with.iter().zip(&originals) {
        // Half of them leave filler behind, the others close the gap.
        let mut args = args!["remove", "--json", "--verify", "--system=5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a"];
        if without.len() % 2 == 0 {
            args.push("--collapse".into());
        }
        let output =
            target.with_file_name(format!("without-{}", target.file_name().unwrap().to_str().unwrap()));
        args.extend(args!["-o", &output, target]);
        let run = prkit(args);
        assert_eq!((run.status, &run.one()["changed"]), (0, &Value::Bool(true)), "{name}: {}", run.stderr);
        without.push(output);
    }
    for edited in [&with, &without] {
        for ((after, before), (name, _)) in scan(&corpus, edited).iter().zip(&before).zip(&originals) {
            assert_eq!(before["media"], after["media"], "{name}");
            assert_eq!(list(before, "odd").len(), list(after, "odd").len(), "{name}");
        }
    }
    let mut back = 0;
    for (closed, (_, original)) in without.iter().zip(&originals).step_by(2) {
        // Where filler gave the room, or the length changed by whole blocks, it is another file.
        back += usize::from(std::fs::read(closed).unwrap() == std::fs::read(original).unwrap());
    }
    assert!(back > 60, "only {back} files came back as they were");
}
