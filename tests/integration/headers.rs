//! Headers built, edited, checked and straightened by the program.

use crate::args;
use crate::program::{Run, corpus, prkit, prkit_with, root, sample};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
const OTHER: &str = "11111111-4455-6677-8899-aabbccddeeff";
const KEY: &str = "0123456789abcdef0123456789abcdef";
const URL: &str = "https://lic.example.com/rm.asmx";

fn run(words: &[&str], more: &[OsString]) -> Run {
    prkit(words.iter().map(OsString::from).chain(more.iter().cloned()))
}

/// A file in a folder of its own.
fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn text_of(object: &[u8]) -> String {
    let units: Vec<u16> = object[10..].as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    String::from_utf16_lossy(&units)
}

fn object_of(xml: &str) -> Vec<u8> {
    let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    with_record(&header)
}

fn with_record(header: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u32 + 10).to_le_bytes().to_vec();
    bytes.extend([1, 0, 1, 0]);
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header);
    bytes
}

#[test]
fn what_is_built_keeps_every_rule_of_its_use_and_of_every_client_that_reads_its_version() {
    let key = format!("{KID}:{KEY}");
    let other = format!("{OTHER}:{KEY}");
    let all = ["1", "1.2", "2", "2.5", "3", "3.3", "4", "4.5"];
    let cases: [(&[&str], &[&str]); 8] = [
        (&all, &[&key, "--la-url", URL]),
        (
            &all[2..],
            &[
                KID,
                "--la-url",
                URL,
                "--lui-url",
                "https://u/x?a=1&b=2",
                "--custom-attributes",
                "<A>1</A>",
                "--ds-id",
                OTHER,
            ],
        ),
        (&all[4..], &[&key, &other, "--la-url", URL]),
        (&all[6..], &[KID, OTHER, "--la-url", URL, "--algid", "aescbc"]),
        (&all[7..], &[KID, "--la-url", URL, "--license-requested", "true"]),
        (&all[2..], &["--la-url", URL, "--decryptor-setup", "ondemand"]),
        (&all[6..], &[KID, "--la-url", URL, "--header-version", "4.3"]),
        (&all[2..], &[&key, "--la-url", URL, "--header-version", "4.1"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.pro");
    for (targets, options) in cases {
        for place in ["file", "mpd", "hls", "smooth", "moof"] {
            let built = run(
                &[&["new", "--for", place, "--overwrite", "-o", path.to_str().unwrap()][..], options]
                    .concat(),
                &[],
            );
            assert_eq!(built.status, 0, "{place} {options:?}: {}", built.stderr);
            for target in targets {
                let words = ["lint", "--level", "note", "--use", place, "--target", target, "--json"];
                let linted = run(&words, &[path.clone().into()]);
                let found = linted.one()["findings"].clone();
                // A later version was asked for: more clients would read an earlier one, Media3 in Smooth manifests.
                let only_more_clients = |found: &Value| {
                    found["rule"] == "PRH-11" || place == "smooth" && found["rule"] == "PLY-06"
                };
                let kept = found.as_array().unwrap().iter().all(only_more_clients);
                assert!(
                    kept && (linted.status == 0 || !found.as_array().unwrap().is_empty()),
                    "{place} {target} {options:?}: {found}"
                );
            }
        }
    }
}

#[test]
fn every_form_of_a_new_object_reads_back_as_it() {
    let object = run(&["new", KID, "--la-url", URL, "--raw"], &[]).stdout;
    for form in
        ["xml", "pro", "pssh", "mspr-pro", "cenc-pssh", "ext-x-key", "ext-x-session-key", "protection-header"]
    {
        let written = run(&["new", KID, "--la-url", URL, "--as", form], &[]);
        let pasted = written.text().trim().to_owned();
        let data = if form == "xml" { written.stdout.clone() } else { pasted.clone().into_bytes() };
        let back = match form {
            // A header in UTF-8 is what people paste; it is no object.
            "xml" => prkit_with(args!["extract", "-", "--what", "header", "--as", "xml"], &data).stdout,
            _ => run(&["extract", "--what", "object", "--raw", "--data", &pasted], &[]).stdout,
        };
        let expected = if form == "xml" { text_of(&object).into_bytes() } else { object.clone() };
        assert_eq!(back, expected, "{form}");
    }
    for (form, decode) in [("--hex", None), ("--c", None), ("--base64", Some(()))] {
        let written = run(&["new", KID, "--la-url", URL, form], &[]);
        let back = run(&["extract", "--what", "object", "--raw", "--data", written.text().trim()], &[]);
        assert_eq!(back.stdout, object, "{form} {}", back.stderr);
        assert!(decode.is_none() || STANDARD.decode(written.text().trim()).unwrap() == object);
    }
}

/// The text without an element, or all of them without the ends of their tags.
fn without(text: &str, element: &str) -> String {
    let open = [format!("<{element}>"), format!("<{element} ")];
    let Some(at) = open.iter().find_map(|open| text.find(open)) else { return text.to_owned() };
    let end = format!("</{element}>");
    let len = text[at..].find(&end).unwrap() + end.len();
    format!("{}{}", &text[..at], &text[at + len..])
}

/// Without its key ids and checksums, in either form.
fn without_keys(text: &str) -> String {
    let mut text = text.to_owned();
    if text.contains("<KID>") {
        text = without(&without(&text, "KID"), "CHECKSUM");
    }
    while let Some(at) = text.find("<KID ") {
        let rest = &text[at..];
        let end =
            rest.find("</KID>").map(|end| end + 6).or_else(|| rest.find("/>").map(|end| end + 2)).unwrap();
        text = format!("{}{}", &text[..at], &rest[end..]);
    }
    text
}

fn real_objects() -> Vec<(String, Vec<u8>)> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let all: Value =
        serde_json::from_str(&std::fs::read_to_string(corpus.join("pros.json")).unwrap()).unwrap();
    let objects = all["pros"].as_array().unwrap().iter();
    objects
        .map(|pro| {
            let bytes = STANDARD.decode(pro["b64"].as_str().unwrap()).unwrap();
            (pro["id"].as_str().unwrap().to_owned(), bytes)
        })
        .collect()
}

#[test]
fn an_edit_of_a_real_object_changes_what_it_names_and_nothing_else() {
    let edits: [(&str, &str, Option<&str>); 5] = [
        ("--la-url", "https://new.example/rm?a=1&b=2", Some("LA_URL")),
        ("--lui-url", "https://new.example/ui", Some("LUI_URL")),
        ("--ds-id", OTHER, Some("DS_ID")),
        ("--custom-attributes", "<Mine>1</Mine>", Some("CUSTOMATTRIBUTES")),
        ("--set-kid", OTHER, None),
    ];
    for (id, bytes) in real_objects() {
        let before = text_of(&bytes);
        let (folder, path) = file("a.pro", &bytes);
        for (option, value, element) in edits {
            let target = folder.path().join("b.pro");
            let run = run(
                &["reheader", option, value, "--overwrite", "-o"],
                &[target.clone().into(), path.clone().into()],
            );
            assert_eq!(run.status, 0, "{id} {option}: {}", run.stderr);
            let new = std::fs::read(&target).unwrap();
            let after = text_of(&new);
            let rest =
                |text: &str| element.map_or_else(|| without_keys(text), |element| without(text, element));
            let no_list =
                |text: String| text.replace("<KIDS></KIDS>", "").replace("<PROTECTINFO></PROTECTINFO>", "");
            assert_eq!(no_list(rest(&before)), no_list(rest(&after)), "{id} {option}");
            assert_ne!(before, after, "{id} {option}");
            assert_eq!(new.len(), 10 + after.encode_utf16().count() * 2, "{id}: numbers around it");
        }
        let nothing = run(&["reheader", "--no-license-requested", "--json", "-n"], &[path.clone().into()]);
        let asked = before.contains("LICENSEREQUESTED");
        assert_eq!(nothing.one()["changed"], asked, "{id}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}

/// The header as `show` reads it, without its text and its numbers.
fn meaning(path: &Path) -> Value {
    let shown = run(&["show", "--json"], &[path.into()]).one();
    let mut header = shown["pssh"][0]["pro"]["header"].clone();
    for key in ["xml", "version", "min_client"] {
        header.as_object_mut().unwrap().remove(key);
    }
    header
}

#[test]
fn real_objects_go_up_a_version_and_come_back() {
    let mut same = 0;
    for (id, bytes) in real_objects() {
        let shown = |path: &Path| run(&["show", "--json"], &[path.into()]).one();
        let (folder, path) = file("a.pro", &bytes);
        let (up, down) = (folder.path().join("up.pro"), folder.path().join("down.pro"));
        let version = shown(&path)["pssh"][0]["pro"]["header"]["version"].as_str().unwrap().to_owned();
        let to = |version: &str, from: &Path, to: &Path| {
            let words = ["reheader", "--header-version", version, "--overwrite", "-o"];
            run(&words, &[to.into(), from.into()])
        };
        let went = to("4.3", &path, &up);
        // "If this node exists then its data value must not be empty" came with 4.1.
        if text_of(&bytes).contains("<CUSTOMATTRIBUTES></CUSTOMATTRIBUTES>") && version == "4.0.0.0" {
            assert!(went.stderr.contains("CUSTOMATTRIBUTES is empty"), "{id}: {}", went.stderr);
            continue;
        }
        assert_eq!(went.status, 0, "{id}: {}", went.stderr);
        assert_eq!(to(&version, &up, &down).status, 0, "{id}");
        assert_eq!(meaning(&path), meaning(&down), "{id}");
        same += usize::from(std::fs::read(&down).unwrap() == bytes);
        let back = shown(&down)["pssh"][0]["pro"]["header"]["version"].clone();
        assert_eq!(back, version, "{id}");
    }
    // The others have a key list in an order of their own, which the other form cannot keep.
    assert!(same == 0 && real_objects().is_empty() || same >= 25, "{same} came back to the byte");
}

#[test]
fn what_a_version_cannot_say_is_refused_with_the_rule_and_the_lowest_that_can() {
    for (options, message) in [
        (
            &[KID, OTHER, "--header-version", "4.0"][..],
            "more than one key id is not allowed in a 4.0.0.0 header: it needs version 4.2.0.0 or higher (PRH spec 3.4)",
        ),
        (
            &[KID, "--header-version", "4.0", "--decryptor-setup", "ondemand"],
            "DECRYPTORSETUP is not allowed in a 4.0.0.0 header: it needs version 4.1.0.0 or higher (PRH spec 3.5)",
        ),
        (
            &[KID, "--header-version", "4.2", "--algid", "aescbc"],
            "AESCBC is not allowed in a 4.2.0.0 header: it needs version 4.3.0.0 or higher (PRH spec 3.3.1)",
        ),
    ] {
        let refused = run(&[&["new"], options].concat(), &[]);
        assert_eq!(refused.status, 2);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    }
}

#[test]
fn what_no_header_can_say_is_wrong_usage_and_said_once() {
    let folder = root().join("samples/dash-live");
    for (option, value, message) in [
        ("--la-url", "relative/path", "only absolute URLs are allowed"),
        ("--lui-url", "", "it must not be empty"),
        ("--custom-attributes", "<A>1", "is not closed"),
        ("--els", "11", "11 bytes are odd"),
        ("--ds-id", "zz", "no domain service id"),
    ] {
        let refused = run(&["reheader", option, value, "-n"], &[folder.clone().into()]);
        assert_eq!(refused.status, 2, "{option}: {}", refused.stderr);
        assert_eq!(refused.stderr.matches(message).count(), 1, "{option}: {}", refused.stderr);
    }
}

#[test]
fn the_public_checksums_and_keys_come_out() {
    let seed = "XVBovsmzhP9gRIZxWfFta3VVRPzVEWmJsazEJ46I";
    let derived = |kid: &str, more: &[&str]| {
        run(&[&["derive-key", "--kid", kid], more].concat(), &[]).text().trim().to_owned()
    };
    assert_eq!(
        derived("09E36702-8F33-436C-A5DD-60FFE6671E70", &["--test-seed"]),
        "b42ca3172ee4e69bf51848a59db9cd13"
    );
    let checksum =
        |kid: &str, key: &str| run(&["checksum", "--kid", kid, "--key", key], &[]).text().trim().to_owned();
    assert_eq!(checksum("guid:0IbHou/5s0yzM80yOkKEpQ==", "4edb7704cdbf03617f4800bd878a6df2"), "xNvWVxoWk04=");
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("../spec/vectors/key-checksum-vectors.tsv")).unwrap();
    let mut published = 0;
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        assert_eq!(checksum(columns[0], columns[2]), columns[3], "{line}");
        published += usize::from(columns[5] == "match");
        if columns[6].starts_with("seed") {
            assert_eq!(derived(&format!("guid:{}", columns[1]), &["--seed", seed]), columns[2], "{line}");
        }
    }
    assert_eq!(published, 13);
    let cocktail =
        std::fs::read_to_string(corpus.join("../spec/vectors/cocktail-checksum-selfmade.tsv")).unwrap();
    for line in cocktail.lines().skip(2) {
        let (key, sum) = line.split_once('\t').unwrap();
        if key.len() == 14 {
            let computed = run(&["checksum", "--algid", "cocktail", "--kid", KID, "--key", key], &[]);
            assert_eq!(computed.text().trim(), sum);
            assert!(computed.stderr.contains("no example is public"), "{}", computed.stderr);
        }
    }
}

#[test]
fn a_checksum_of_another_key_is_told_from_a_wrong_one() {
    let file = sample("dash-live/video-init.mp4");
    let verify =
        |more: &[&str]| run(&[&["checksum", "--verify", file.to_str().unwrap()][..], more].concat(), &[]);
    assert_eq!(verify(&["--key", &format!("{KID}:{KEY}")]).status, 0);
    let wrong = verify(&["--key", &format!("{KID}:{}", "f".repeat(32))]);
    assert!(wrong.status == 1 && wrong.text().contains("wrong: it belongs to another key"));
    let seed = verify(&["--test-seed"]);
    assert!(seed.status == 1 && seed.text().contains("not from the test seed"));
    let all =
        [verify(&["--key", &format!("{KID}:{KEY}"), "--json"]).stdout, wrong.stdout, seed.stdout].concat();
    assert!(!String::from_utf8(all).unwrap().contains(KEY));
}

#[test]
fn a_key_id_is_shown_in_every_form_and_its_order_is_found_in_a_file() {
    let file = sample("dash-live/video-init.mp4");
    let shown = |kid: &str| run(&["kid", kid, "--json"], &[file.clone().into()]).json();
    for form in [
        KID,
        "00112233445566778899AABBCCDDEEFF",
        "{00112233-4455-6677-8899-aabbccddeeff}",
        "urn:uuid:00112233-4455-6677-8899-aabbccddeeff",
        "guid:MyIRAFVEd2aImaq7zN3u/w==",
        "uuid:ABEiM0RVZneImaq7zN3u/w==",
    ] {
        let line = shown(form).remove(0);
        assert_eq!(line["kid"], KID, "{form}");
        assert_eq!(line["guid_base64"], "MyIRAFVEd2aImaq7zN3u/w==");
        assert_eq!(line["uuid_base64"], "ABEiM0RVZneImaq7zN3u/w==");
    }
    // Bare base64 has two readings; the file decides.
    assert_eq!(shown("MyIRAFVEd2aImaq7zN3u/w==").len(), 2);
    assert_eq!(run(&["kid", "MyIRAFVEd2aImaq7zN3u/w=="], &[file.clone().into()]).status, 0);
    // Without one it is refused, with both.
    let undecided = run(&["kid", "MyIRAFVEd2aImaq7zN3u/w=="], &[]);
    assert!(undecided.text().contains(KID) && undecided.text().contains("33221100-5544-7766"));
    assert_eq!(undecided.status, 2);
    assert!(undecided.stderr.contains("guid:MyIRAFVEd2aImaq7zN3u/w=="), "{}", undecided.stderr);
    assert_eq!(run(&["kid", "AAAAAFVEd2aImaq7zN3u/w==", "--json"], &[file.clone().into()]).status, 2);
    let swapped = run(&["kid", "33221100-5544-7766-8899-aabbccddeeff"], &[file.into()]);
    assert!(swapped.text().contains("fits only with its bytes swapped"), "{}", swapped.text());
    let refused = run(&["new", "MyIRAFVEd2aImaq7zN3u/w=="], &[]);
    assert!(
        refused.status == 2 && refused.stderr.contains(KID) && refused.stderr.contains("33221100-5544-7766")
    );
}

const NS: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

fn box_around(data: &[u8]) -> Vec<u8> {
    let mut bytes = (data.len() as u32 + 32).to_be_bytes().to_vec();
    bytes.extend(b"pssh\0\0\0\0");
    bytes.extend([
        0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95,
    ]);
    bytes.extend((data.len() as u32).to_be_bytes());
    bytes.extend(data);
    bytes
}

/// Payloads as the field has them: their name, the bytes, the rule that names what is wrong.
fn crooked() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let xml = format!(
        "<WRMHEADER xmlns=\"{NS}\" version=\"4.0.0.0\"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID>\
         </PROTECTINFO><KID>MyIRAFVEd2aImaq7zN3u/w==</KID><LA_URL>https://a.example/rm</LA_URL></DATA></WRMHEADER>"
    );
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let units = utf16(&xml);
    let straight = with_record(&units);
    let with = |at: usize, value: u8| {
        let mut bytes = straight.clone();
        bytes[at] = value;
        bytes
    };
    let two = {
        let mut bytes = straight.clone();
        bytes.extend(&straight[6..]);
        let len = bytes.len() as u32;
        bytes[..4].copy_from_slice(&len.to_le_bytes());
        bytes[4] = 2;
        bytes
    };
    let store_first = {
        let mut bytes = (straight.len() as u32 + 68).to_le_bytes().to_vec();
        bytes.extend([2, 0, 3, 0, 64, 0]);
        bytes.extend([0; 64]);
        bytes.extend(&straight[6..]);
        bytes
    };
    let big: Vec<u8> = xml.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let padded = if xml.len() % 2 == 0 { xml.clone() } else { format!("{xml} ") };
    let wrapped: Vec<u8> =
        STANDARD.encode(&straight).into_bytes().chunks(60).collect::<Vec<_>>().join(&b'\n');
    vec![
        ("byte order mark", with_record(&[&[0xFF, 0xFE], &units[..]].concat()), "PRH-01"),
        ("zero character", with_record(&[&units[..], &[0, 0]].concat()), "PRH-01"),
        ("big-endian", with_record(&big), "PRH-01"),
        ("UTF-8", with_record(padded.as_bytes()), "PRH-01"),
        ("length", with(0, 9), "PRO-01"),
        ("count", with(4, 3), "PRO-02"),
        ("record length", with(8, straight[8].wrapping_add(40)), "PRO-03"),
        ("bytes behind", [&straight[..], &[0; 4]].concat(), "PRO-03"),
        ("two headers", two, "PRO-07"),
        ("store first", store_first, "PLY-01"),
        ("raw &", object_of(&xml.replace("/rm", "/rm?a=1&b=2")), "XML-01"),
        ("typographic quotes", object_of(&xml.replace('"', "\u{201D}")), "C-17"),
        ("declaration", object_of(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}")), "PRH-02"),
        ("self-closing", object_of(&xml.replace("</DATA>", "<DS_ID/></DATA>")), "PRH-06"),
        ("wrong root", object_of(&xml.replacen("<WRMHEADER", "<WRHEADER", 1)), "PRH-03"),
        ("box in a box", box_around(&box_around(&straight)), "BOX-05"),
        ("content in a box", box_around(&box_around(&straight)[8..]), "BOX-05"),
        ("content of a box", box_around(&straight)[8..].to_vec(), "BOX-04"),
        ("base64 of URLs", URL_SAFE_NO_PAD.encode(&straight).into_bytes(), "TXT-01"),
        ("base64 in lines", wrapped, "TXT-01"),
    ]
}

#[test]
fn what_the_field_has_is_read_named_edited_and_mended() {
    for (name, bytes, rule) in crooked() {
        let (folder, path) = file("a.bin", &bytes);
        let shown = run(&["show", "--json"], &[path.clone().into()]).one();
        let header = &shown["pssh"][0]["pro"]["header"];
        assert_eq!(header["kids"][0]["kid"], KID, "{name}: {shown}");
        assert!(header["la_url"].as_str().unwrap().starts_with("https://a.example/rm"), "{name}");
        let lint =
            |path: &Path| run(&["lint", "--use", "file", "--level", "warning", "--json"], &[path.into()]);
        let found = lint(&path);
        let rules: Vec<_> =
            found.one()["findings"].as_array().unwrap().iter().map(|f| f["rule"].clone()).collect();
        assert!(found.status == 1 && rules.contains(&rule.into()), "{name}: {rules:?}");
        let fixed = folder.path().join("fixed.bin");
        let run_fix =
            run(&["lint", "--use", "file", "--fix", "-o"], &[fixed.clone().into(), path.clone().into()]);
        assert_eq!(run_fix.status, 0, "{name}: {}{}", run_fix.text(), run_fix.stderr);
        let left = lint(&fixed);
        assert_eq!(left.status, 0, "{name}: {}", left.text());
        let edited = folder.path().join("edited.bin");
        let run_edit =
            run(&["reheader", "--la-url", "https://b.example/", "-o"], &[edited.clone().into(), path.into()]);
        assert_eq!(run_edit.status, 0, "{name}: {}", run_edit.stderr);
        let shown = run(&["show", "--json"], &[edited.into()]).one();
        assert_eq!(shown["pssh"][0]["pro"]["header"]["la_url"], "https://b.example/", "{name}");
    }
}

#[test]
fn sizes_in_reports_are_those_of_the_file() {
    let straight = crooked().pop().unwrap().1;
    let (folder, path) = file("a.txt", &straight);
    let target = folder.path().join("b.txt");
    let report =
        run(&["reheader", "--la-url", "https://b/", "--json", "-o"], &[target.clone().into(), path.into()])
            .one();
    assert_eq!(report["size_before"], straight.len());
    assert_eq!(report["size_after"], std::fs::metadata(&target).unwrap().len());
}

#[test]
fn findings_come_as_sarif_with_their_place() {
    let (_folder, path) = file("a.pro", &crooked().remove(10).1);
    let run = run(&["lint", "--sarif"], &[path.into()]);
    let sarif: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "XML-01").unwrap();
    let known = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(known.iter().any(|rule| rule["id"] == "XML-01"));
    assert!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .unwrap()
            .ends_with("a.pro")
    );
}

#[test]
fn sarif_goes_to_a_file_which_is_replaced_where_that_is_asked_for() {
    let (folder, path) = file("a.pro", &crooked().remove(10).1);
    let sarif = folder.path().join("found.sarif");
    let lint = |more: &[&str]| {
        let run = run(
            &[&["lint", "--sarif"], more].concat(),
            &["-o".into(), sarif.clone().into(), path.clone().into()],
        );
        assert_eq!(run.text(), "");
        (run.status, run.stderr)
    };
    assert_eq!(lint(&[]).0, 1);
    let printed = run(&["lint", "--sarif"], &[path.clone().into()]);
    assert_eq!(std::fs::read(&sarif).unwrap(), printed.stdout);
    let (status, stderr) = lint(&[]);
    assert!(status == 2 && stderr.contains("exists; --overwrite replaces it"), "{stderr}");
    assert_eq!(lint(&["--overwrite"]).0, 1);
    let alone = run(&["lint", "-o"], &[sarif.clone().into(), path.clone().into()]);
    assert!(alone.status == 2 && alone.stderr.contains("--fix or --sarif"), "{}", alone.stderr);
    let itself = run(&["lint", "--sarif", "--overwrite", "-o"], &[path.clone().into(), path.into()]);
    assert!(itself.status == 2 && itself.stderr.contains("the input itself"), "{}", itself.stderr);
}

#[test]
fn a_finding_shows_the_text_with_a_caret_under_it() {
    let (_folder, path) = file("a.pro", &crooked().remove(10).1);
    let run = run(&["lint"], &[path.into()]);
    assert_eq!(run.status, 1);
    assert!(
        run.text().contains("error[XML-01]: & is written &amp;") && run.text().contains('^'),
        "{}",
        run.text()
    );
}

#[test]
fn a_target_that_no_client_has_is_a_usage_error() {
    let file = sample("dash-live/video-init.mp4");
    for target in ["77", "5"] {
        let refused = run(&["lint", "--target", target], &[file.clone().into()]);
        assert_eq!(refused.status, 2);
        assert!(refused.stderr.contains("2.5, 2.11, 3.0"), "{}", refused.stderr);
    }
    assert_eq!(run(&["lint", "--target", "4.6"], &[file.into()]).status, 0);
}

#[test]
fn what_only_makes_room_is_no_change() {
    let file = sample("edge/store-10k.mp4");
    for option in ["--pad", "--els-min=1K"] {
        let refused = run(&["reheader", "-n", option], &[file.clone().into()]);
        assert_eq!(refused.status, 2);
        assert!(refused.stderr.contains("--els-min say how a change is made to fit"), "{}", refused.stderr);
    }
}

#[test]
fn what_has_no_place_would_be_written_to_a_stream() {
    let bytes = std::fs::read(sample("dash-live/video-init.mp4")).unwrap();
    let args = ["reheader", "-n", "--json", "--la-url=https://a.test/"];
    let line = prkit_with(args.iter().chain(&["-"]), &bytes).one();
    assert_eq!(line["strategy"], "stream");
    let pasted = run(&["extract", "--what=object", "--base64"], &[sample("objects/small.pro").into()]);
    let data = format!("--data={}", pasted.text().trim());
    assert_eq!(run(&[&args[..], &[data.as_str()]].concat(), &[]).one()["strategy"], "stream");
}

const NAMESPACE: &str = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

#[test]
fn an_element_that_clients_do_not_read_is_not_shown_and_is_reported() {
    let theirs = "<LA_URL>https://theirs.example/</LA_URL>";
    for (rule, other) in [
        ("XML-03", "<LA_URL xmlns=\"urn:other\">https://theirs.example/</LA_URL>".to_owned()),
        ("XML-03", "<x:LA_URL xmlns:x=\"urn:other\">https://theirs.example/</x:LA_URL>".to_owned()),
        ("XML-03", format!("<x xmlns=\"urn:other\">{theirs}</x>")),
        ("VER-10", format!("<x>{theirs}</x>")),
        ("PRH-09", format!("<?x {theirs} ?>")),
        ("PRH-04", format!("<!-- {theirs} -->")),
    ] {
        let xml = format!(
            "<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"4.3.0.0\"><DATA>{other}<PROTECTINFO><KIDS><KID ALGID=\"AESCTR\" \
             VALUE=\"MyIRAFVEd2aImaq7zN3u/w==\"></KID></KIDS></PROTECTINFO><LA_URL>{URL}</LA_URL></DATA></WRMHEADER>"
        );
        let (_folder, path) = file("a.pro", &object_of(&xml));
        let shown = prkit(args!["show", "--json", &path]).one();
        assert_eq!(shown["pssh"][0]["pro"]["header"]["la_url"], URL, "{other}: {shown}");
        let text = prkit(args!["show", &path]);
        assert!(text.text().contains(URL), "{}", text.text());
        let lint = prkit(args!["lint", "--json", &path]);
        let lint = lint.text();
        assert!(lint.contains(&format!("\"{rule}\"")), "{other}: {lint}");
    }
}

#[test]
fn an_element_of_another_namespace_that_an_edit_was_meant_for_is_left_and_named() {
    const THEIRS: &str = "https://theirs.example/rm";
    let url = |namespace: &str| format!("<LA_URL xmlns=\"{namespace}\">{THEIRS}</LA_URL>");
    let theirs = url("urn:other");
    let prefixed = format!("<x:LA_URL xmlns:x=\"urn:other\">{THEIRS}</x:LA_URL>");
    let around = format!("<x xmlns=\"urn:other\"><LA_URL>{THEIRS}</LA_URL></x>");
    let ours = format!("<LA_URL>{URL}</LA_URL>");
    let custom =
        format!("<CUSTOMATTRIBUTES><x:LA_URL xmlns:x=\"urn:other\">{THEIRS}</x:LA_URL></CUSTOMATTRIBUTES>");
    let replaced = |old: &str| format!("--la-url-replace={old}=https://new.example/");
    for (data, option, left) in [
        (format!("{theirs}{ours}"), "--la-url=https://new.example/".to_owned(), 1),
        (format!("{ours}{prefixed}{around}"), "--la-url=https://new.example/".to_owned(), 2),
        (theirs.clone(), "--la-url=https://new.example/".to_owned(), 1),
        (format!("{ours}{}", url("")), "--la-url=https://new.example/".to_owned(), 1),
        (format!("{theirs}{ours}"), replaced("https://theirs.example/"), 1),
        (format!("{theirs}{ours}"), replaced(URL), 0),
        (format!("{theirs}{ours}"), "--no-la-url".to_owned(), 1),
        // What it says is what is asked.
        (format!("{theirs}{ours}"), format!("--la-url={THEIRS}"), 0),
        // The service's own, and another element.
        (format!("{ours}{custom}"), "--la-url=https://new.example/".to_owned(), 0),
        (format!("{theirs}{ours}"), "--lui-url=https://new.example/".to_owned(), 0),
    ] {
        let xml =
            format!("<WRMHEADER xmlns=\"{NAMESPACE}\" version=\"4.0.0.0\"><DATA>{data}</DATA></WRMHEADER>");
        let (_folder, path) = file("a.pro", &object_of(&xml));
        let run = prkit(args!["reheader", "-n", "--json", &option, &path]);
        assert_eq!(run.status, if left > 0 { 3 } else { 0 }, "{option} {data}: {}{}", run.text(), run.stderr);
        let report = run.one();
        let named = report["left"].as_array().map_or(0, Vec::len);
        assert_eq!(named, left, "{option} {data}: {report}");
        assert!(left == 0 || report["left"][0]["why"].as_str().unwrap().contains(THEIRS), "{report}");
        assert!(report["error"].is_null(), "the others are changed: {report}");
    }
}
