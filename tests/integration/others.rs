//! Oracles: what other people's programs say of the same files, before and after an edit.
//!
//! They are installed by `tests/oracles/install` into `target/oracles`; what is not there is skipped with a message.
//! Where they differ from us, the difference is listed here and in docs/testing.md, with who is right.

use crate::args;
use crate::program::{copy, corpus, prkit, root, sample};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn oracles() -> PathBuf {
    root().join("target/oracles")
}

/// Whether something is installed; says so where it is not.
fn there(what: &str, place: &Path) -> bool {
    let there = place.exists();
    if !there {
        crate::program::skipped(&format!("{what} is not installed (tests/oracles/install does it)"));
    }
    there
}

fn command(name: &str) -> Option<Command> {
    let found =
        Command::new(name).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        crate::program::skipped(&format!("{name} is not in the path"));
    }
    found.then(|| Command::new(name))
}

fn media_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("samples")];
    folders.extend(corpus());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let is_media = [
                ".mp4", ".m4s", ".m4a", ".cmfv", ".ismv", ".isma", ".ismt", ".mov", ".pssh", ".avif", ".heic",
            ]
            .iter()
            .any(|end| name.ends_with(end));
            if path.is_dir() {
                folders.push(path);
            } else if is_media {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Offset, size, version, system and key ids of every `pssh` box.
type Boxes = Vec<(u64, u64, u64, String, Vec<String>)>;

fn ours(path: &Path) -> Boxes {
    let run = prkit(args!["show", "--json", path]);
    let shown = run.one();
    let hex = |value: &Value| value.as_str().unwrap_or_default().replace('-', "");
    let boxes = shown["pssh"].as_array().into_iter().flatten().filter(|found| found["form"] == "pssh");
    let mut found: Boxes = boxes
        .map(|found| {
            let kids = found["kids"].as_array().unwrap().iter().map(hex).collect();
            let number = |key: &str| found[key].as_u64().unwrap();
            (number("offset"), number("size"), number("version"), hex(&found["system_id"]), kids)
        })
        .collect();
    found.sort();
    found
}

fn theirs(parser: &str, files: &[PathBuf]) -> Option<BTreeMap<PathBuf, Value>> {
    let packages = oracles().join("node");
    let package = if parser == "isoboxer" { "codem-isoboxer" } else { parser };
    if !there(package, &packages.join("node_modules").join(package)) {
        return None;
    }
    let script = root().join("tests/oracles/boxes.mjs");
    let output = Command::new("node").arg(script).arg(parser).arg(packages).args(files).output().ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    // Parsers also print what they think of a file.
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Some(lines.map(|line| (PathBuf::from(line["file"].as_str().unwrap()), line)).collect())
}

fn boxes_of(line: &Value) -> Option<Boxes> {
    let boxes = line["pssh"].as_array()?.iter();
    let mut found: Boxes = boxes
        .map(|found| {
            let kids = found["kids"].as_array().unwrap().iter().map(|kid| kid.as_str().unwrap().to_owned());
            let number = |key: &str| found[key].as_u64().unwrap_or_default();
            let system = found["system"].as_str().unwrap_or_default().to_owned();
            (number("offset"), number("size"), number("version"), system, kids.collect())
        })
        .collect();
    found.sort();
    Some(found)
}

/// Compares with a parser; `same` says when two lists count as one. The files that differ have to be those that are
/// listed, so that the list stays true.
fn compare(parser: &str, listed: &[&str], same: impl Fn(&Boxes, &Boxes) -> bool) {
    let files = media_files();
    let Some(theirs) = theirs(parser, &files) else { return };
    assert_eq!(theirs.len(), files.len(), "{parser} did not get through");
    let (mut seen, mut wrong) = (0, Vec::new());
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let (ours, line) = (ours(file), &theirs[file]);
        let agree = boxes_of(line).is_some_and(|theirs| same(&ours, &theirs));
        if agree == listed.contains(&name) {
            wrong
                .push(format!("{name}: {}\n{ours:?}\n{line:.300}", if agree { "agrees" } else { "differs" }));
        }
        seen += ours.len();
    }
    assert!(wrong.is_empty(), "{parser}\n{}", wrong.join("\n"));
    assert!(seen > 10, "{seen} boxes compared");
}

#[test]
fn the_box_parser_of_gpac_finds_the_same_boxes() {
    // It drops what a box that does not fit holds, and gives up on two forms of size, on versions above 1, and on boxes
    // that are too short for their version and flags.
    let listed = [
        "box-past-its-container.mp4",
        "cut-in-pssh.mp4",
        "data-size-too-big.mp4",
        "derived_bad_cut-in-pssh.mp4",
        "derived_bad_data-size-too-big.mp4",
        "derived_bad_moov-size-short.mp4",
        "derived_bad_pssh-size-zero.mp4",
        "derived_bad_v1-kid-count-4g.mp4",
        "kid-count-huge.mp4",
        "meta-too-short.mp4",
        "moov-to-end.mp4",
        "size-0-inside.mp4",
        "version-2.mp4",
    ];
    compare("mp4box", &listed, Boxes::eq);
}

#[test]
fn the_box_parser_of_dash_js_finds_the_same_boxes() {
    let listed = [
        "box-past-its-container.mp4",
        "cut-in-pssh.mp4",
        "data-size-too-big.mp4",
        "derived_bad_cut-in-pssh.mp4",
        "derived_bad_data-size-too-big.mp4",
        "derived_bad_pssh-size-zero.mp4",
        "derived_bad_v1-kid-count-4g.mp4",
        "header-cut.mp4",
        "kid-count-huge.mp4",
        "meta-too-short.mp4",
    ];
    // It reads no key id list, and gives the 1 of a 64-bit size as the size.
    compare("isoboxer", &listed, |ours, theirs| {
        ours.len() == theirs.len()
            && ours.iter().zip(theirs).all(|(our, their)| {
                (our.0, our.2, &our.3) == (their.0, their.2, &their.3) && (our.1 == their.1 || their.1 == 1)
            })
    });
}

/// Answers of the Python libraries.
fn python(asked: &[Value]) -> Option<Vec<Value>> {
    let interpreter = oracles().join("python/bin/python");
    if !there("pymp4 and lxml", &interpreter) {
        return None;
    }
    let mut child = Command::new(interpreter)
        .arg(root().join("tests/oracles/read.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let lines: String = asked.iter().map(|line| format!("{line}\n")).collect();
    let feeder = std::thread::spawn(move || pipe.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Options for a header in every version and with everything in it.
fn headers() -> Vec<Vec<&'static str>> {
    let kid = "00112233-4455-6677-8899-aabbccddeeff";
    let key = "00112233-4455-6677-8899-aabbccddeeff:0123456789abcdef0123456789abcdef";
    let url = "https://lic.example.com/rm.asmx?a=1&b=<2>";
    let custom = "<A x=\"1\" y=\"2\"><B>&amp;</B></A><C></C>";
    let mut all = Vec::new();
    for version in ["4.0", "4.1", "4.2", "4.3"] {
        all.push(vec!["--header-version", version, key, "--la-url", url, "--lui-url", url]);
        all.push(vec!["--header-version", version, kid, "--custom-attributes", custom, "--ds-id", kid]);
    }
    all.push(vec![kid, "11111111-4455-6677-8899-aabbccddeeff", "--la-url", url]);
    all.push(vec![kid, "--algid", "aescbc", "--license-requested", "false"]);
    all.push(vec!["--decryptor-setup", "ondemand", "--la-url", url]);
    all
}

#[test]
fn an_xml_library_reads_what_we_build_and_calls_it_canonical() {
    let built: Vec<String> = headers()
        .iter()
        .map(|options| {
            let run = prkit([&["new", "--as", "xml"], &options[..]].concat());
            assert_eq!(run.status, 0, "{}", run.stderr);
            run.text().trim_end().to_owned()
        })
        .collect();
    let asked: Vec<Value> = built.iter().map(|xml| json!({ "xml": xml })).collect();
    let Some(answers) = python(&asked) else { return };
    for ((xml, answer), options) in built.iter().zip(&answers).zip(headers()) {
        assert_eq!(answer["canonical"], true, "{xml}: {answer}");
        assert_eq!(answer["root"], "WRMHEADER");
        let kids =
            options.iter().filter(|option| option.starts_with("00112233") || option.starts_with("11111111"));
        let ds_id = usize::from(options.contains(&"--ds-id"));
        assert_eq!(answer["kids"].as_array().unwrap().len(), kids.count() - ds_id, "{xml}");
        if options.contains(&"--la-url") {
            assert_eq!(answer["la_url"], "https://lic.example.com/rm.asmx?a=1&b=<2>");
        }
    }
}

#[test]
fn an_xml_library_reads_the_same_of_every_real_header() {
    let Some(corpus) = corpus() else { return };
    let all: Value =
        serde_json::from_str(&std::fs::read_to_string(corpus.join("pros.json")).unwrap()).unwrap();
    let (mut asked, mut shown) = (Vec::new(), Vec::new());
    for pro in all["pros"].as_array().unwrap() {
        let run = prkit(args!["show", "--json", "--data", pro["b64"].as_str().unwrap()]);
        let header = run.one()["pssh"][0]["pro"]["header"].clone();
        asked.push(json!({ "xml": header["xml"] }));
        shown.push(header);
    }
    let Some(answers) = python(&asked) else { return };
    for (header, answer) in shown.iter().zip(&answers) {
        // The one header with a wrong root element, which no XML parser takes.
        if header["xml"].as_str().unwrap().starts_with("<WRHEADER") {
            assert!(answer["error"].as_str().unwrap().contains("mismatch"));
            continue;
        }
        assert_eq!(answer.get("error"), None, "{header}");
        assert_eq!(answer["version"], header["version"]);
        let kids: Vec<&Value> = header["kids"].as_array().unwrap().iter().map(|kid| &kid["base64"]).collect();
        assert_eq!(answer["kids"].as_array().unwrap().iter().collect::<Vec<_>>(), kids);
        assert_eq!(answer["la_url"], header["la_url"]);
    }
}

#[test]
fn a_box_library_reads_the_boxes_we_build() {
    let (mut asked, mut objects) = (Vec::new(), Vec::new());
    for options in headers() {
        for version in ["0", "1"] {
            let run =
                prkit([&["new", "--as", "pssh", "--hex", "--pssh-version", version], &options[..]].concat());
            let object = prkit([&["new", "--hex"], &options[..]].concat());
            asked.push(json!({ "box": run.text().trim() }));
            objects.push((version, object.text().trim().to_owned()));
        }
    }
    let Some(answers) = python(&asked) else { return };
    for ((version, object), answer) in objects.iter().zip(&answers) {
        assert_eq!(answer["data"], **object, "{answer}");
        assert_eq!(answer["version"].to_string(), *version);
        assert_eq!(answer["system"], "9a04f07998404286ab92e65be0885f95");
        assert!(*version == "1" || answer["kids"].as_array().unwrap().is_empty());
    }
}

/// Hashes of everything a player would show of a file, decrypted with the samples' public key, and what it complains
/// about.
fn frames(path: &Path) -> Option<String> {
    hashes(path, &["-decryption_key", KEY], &[])
}

/// Hashes of all packets as they are in the file, with their encryption data.
fn packets(path: &Path) -> Option<String> {
    hashes(path, &[], &["-c", "copy"])
}

fn hashes(path: &Path, before: &[&str], behind: &[&str]) -> Option<String> {
    let mut ffmpeg = command("ffmpeg")?;
    ffmpeg.args(["-v", "error"]).args(before).arg("-i").arg(path).args(behind).args(["-f", "framemd5", "-"]);
    let Output { stdout, stderr, .. } = ffmpeg.output().unwrap();
    let complaints = String::from_utf8_lossy(&stderr);
    // Addresses of its own memory.
    let complaints: Vec<&str> =
        complaints.lines().map(|line| line.rsplit(']').next().unwrap_or(line)).collect();
    Some(format!("{}{}", String::from_utf8_lossy(&stdout), complaints.join("\n")))
}

const EDITS: [&[&str]; 4] = [
    &["reheader", "--la-url", "https://license.example.com/a/path/that/is/longer/than/before/rm.asmx"],
    &["reheader", "--la-url", "a://b", "--write", "rename"],
    &["reheader", "--els", "10K"],
    &["remove", "--collapse"],
];

fn edited(file: &Path, edit: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = copy(file);
    let run = prkit(edit.iter().map(std::ffi::OsString::from).chain(args!["-i", &path]));
    assert_eq!(run.status, 0, "{}: {}", file.display(), run.stderr);
    (folder, path)
}

#[test]
fn a_player_shows_the_same_frames_after_an_edit() {
    for file in ["progressive/movie.mp4", "dash-ondemand/audio.mp4"].map(sample) {
        let Some(before) = frames(&file) else { return };
        assert!(before.lines().count() > 50, "{}: {before}", file.display());
        for edit in EDITS {
            let (_folder, path) = edited(&file, edit);
            assert!(frames(&path).unwrap() == before, "{} after {edit:?}", file.display());
        }
    }
}

#[test]
fn a_demuxer_finds_the_same_packets_and_their_encryption_after_an_edit() {
    let mut files =
        ["progressive/movie.mp4", "dash-ondemand/audio.mp4", "piff/movie.mp4"].map(sample).to_vec();
    for name in [
        "pr-moof_keyrotation_sidx_chromium-bear-640x360-a.mp4",
        "pr-moov_ondemand-sidx_saio-in-mdat_chromium-bear-640x360-a_frag-cenc.mp4",
        "pr-moov_ondemand-sidx_chromium-bear-640x360-v_frag-cenc-mdat.mp4",
        "peer-shaka_cenc_ondemand_sidx_audio.mp4",
    ] {
        files.extend(corpus().map(|corpus| corpus.join(name)));
    }
    for file in files {
        let Some(before) = packets(&file) else { return };
        assert!(before.lines().count() > 50, "{}: {before}", file.display());
        for edit in EDITS {
            let boxes = ours(&file).len();
            let (_folder, path) = edited(&file, edit);
            let after = packets(&path).unwrap();
            assert_eq!(before.lines().count(), after.lines().count(), "{} after {edit:?}", file.display());
            // The boxes themselves come beside the first packet behind them: side data, the last columns.
            let other = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
            let media = |line: &str| line.split(", S=").next().unwrap_or_default().to_owned();
            let other: Vec<_> = other.collect();
            let same = other.iter().all(|(before, after)| media(before) == media(after));
            assert!(same && other.len() <= boxes.max(1), "{} after {edit:?}: {other:?}", file.display());
        }
    }
}

#[test]
fn a_segment_plays_behind_its_edited_initialisation_segment() {
    let (init, segment) =
        (sample("dash-live/video-init.mp4"), std::fs::read(sample("dash-live/video-1.m4s")).unwrap());
    let joined = |init: &Path| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("joined.mp4");
        std::fs::write(&path, [std::fs::read(init).unwrap(), segment.clone()].concat()).unwrap();
        frames(&path)
    };
    let Some(before) = joined(&init) else { return };
    assert!(before.lines().count() > 20, "{before}");
    let (_folder, edited) = copy(&init);
    let run = prkit(args![
        "reheader",
        "--la-url",
        "https://license.example.com/rm.asmx",
        "--els",
        "10K",
        "-i",
        &edited
    ]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(joined(&edited).unwrap() == before);
}

#[test]
fn mediainfo_says_the_same_after_an_edit() {
    let report = |path: &Path| -> Option<Value> {
        let output = Command::new("mediainfo").arg("--Output=JSON").arg(path).output().ok()?;
        let mut report: Value = serde_json::from_slice(&output.stdout).ok()?;
        for track in report["media"]["track"].as_array_mut()? {
            // What an edit may change: how much of the file is no media, and its name and date.
            let own =
                ["FileSize", "HeaderSize", "FooterSize", "DataSize", "StreamSize", "File_", "OverallBitRate"];
            track.as_object_mut()?.retain(|key, _| !own.iter().any(|own| key.starts_with(own)));
        }
        Some(report["media"]["track"].take())
    };
    for name in ["progressive/movie.mp4", "dash-ondemand/audio.mp4", "piff/movie.mp4"] {
        let file = sample(name);
        let Some(before) = report(&file) else {
            crate::program::skipped("mediainfo is not in the path");
            return;
        };
        let (_folder, path) = copy(&file);
        let run = prkit(args!["reheader", "--la-url", "https://license.example.com/rm.asmx", "-i", &path]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(report(&path).unwrap(), before, "{name}");
    }
}
