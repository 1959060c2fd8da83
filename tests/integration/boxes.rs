//! Boxes put in and taken out.

use crate::args;
use crate::program::{Run, copy, prkit, sample};
use crate::reader;
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const WIDEVINE: &str = "AAAAOHBzc2gAAAAA7e+LqXnWSs6jyCfc1R0h7QAAABgSEAARIjNEVWZ3iJmqu8zd7v9I49yVmwY=";

fn inject(file: &Path, more: &[&str]) -> Run {
    let mut args = args!["inject", "--json", "-i", file];
    args.extend(more.iter().map(OsString::from));
    prkit(args)
}

/// The paths of the boxes of a file, with whose they are.
fn boxes(file: &Path) -> Vec<String> {
    let shown = prkit(args!["show", "--json", file]).one();
    let name = |b: &Value| format!("{} {}", b["box"].as_str().unwrap(), b["system"].as_str().unwrap());
    shown["pssh"].as_array().unwrap().iter().map(name).collect()
}

fn object() -> String {
    format!("--pro=@{}", sample("objects/small.pro").display())
}

#[test]
fn a_box_goes_in_front_of_the_others_unless_said_otherwise() {
    let original = sample("dash-live/video-init.mp4");
    for (position, expected) in [("first", 0), ("last", 3), ("after:1", 2), ("after:0", 1)] {
        let (_folder, file) = copy(&original);
        let run = inject(&file, &[&object(), "--if-exists=add", "--position", position]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let shown = prkit(args!["show", "--json", &file]).one();
        let la_url = |i: usize| shown["pssh"][i]["pro"]["header"]["la_url"].clone();
        assert_eq!(la_url(expected), "https://lic.example.test/rm.asmx", "{position}");
        assert_eq!(boxes(&file).len(), 4);
    }
    let (_folder, file) = copy(&original);
    let run = inject(&file, &[&object(), "--if-exists=add", "--position=after:7"]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("there is no pssh box 7 in /moov"), "{}", run.stderr);
    assert_eq!(fs::read(&file).unwrap(), fs::read(&original).unwrap());
}

#[test]
fn a_box_of_the_same_system_is_met_as_asked() {
    let original = sample("dash-live/video-init.mp4");
    let (_folder, file) = copy(&original);
    let error = inject(&file, &[&object()]);
    assert_eq!(error.status, 3);
    assert!(error.stderr.contains("/moov/pssh[1]; --if-exists"), "{}", error.stderr);
    let keep = inject(&file, &[&object(), "--if-exists=keep"]).one();
    assert_eq!(keep["changed"], false);
    assert_eq!(fs::read(&file).unwrap(), fs::read(&original).unwrap());
    let replace = inject(&file, &[&object(), "--if-exists=replace"]).one();
    assert_eq!(replace["changed"], true);
    assert_eq!(boxes(&file).len(), 3);
    for how in ["error", "add", "replace", "keep"] {
        let again = inject(&file, &[&object(), "--if-exists", how]).one();
        assert_eq!((&again["changed"], &again["error"]), (&false.into(), &Value::Null), "{how}");
    }
}

#[test]
fn only_boxes_that_are_not_there_are_put_in() {
    let (folder, file) = copy(&sample("progressive/movie.mp4"));
    let playready = fs::read(sample("objects/small.pssh")).unwrap();
    let widevine = prkit_base64(WIDEVINE);
    let both = folder.path().join("both.pssh");
    fs::write(&both, [playready, widevine].concat()).unwrap();
    prkit(args!["remove", "--system=all", "--collapse", "-i", &file]);
    let before = boxes(&file).len();
    assert_eq!(inject(&file, &["--pssh", WIDEVINE, "--if-exists=add"]).status, 0);
    assert_eq!(inject(&file, &[&format!("--pssh=@{}", both.display())]).status, 0);
    assert_eq!(boxes(&file).len(), before + 2, "{:?}", boxes(&file));
}

fn prkit_base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

#[test]
fn version_1_lists_the_key_ids_of_the_header() {
    let (_folder, file) = copy(&sample("progressive/movie.mp4"));
    let run = inject(&file, &[&object(), "--pssh-version=1", "--if-exists=replace"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let shown = prkit(args!["show", "--json", &file]).one();
    let new = shown["pssh"].as_array().unwrap().iter().find(|b| b["version"] == 1).unwrap();
    assert_eq!(new["kids"][0], new["pro"]["header"]["kids"][0]["kid"], "{new}");
}

#[test]
fn a_lone_segment_takes_a_box_only_when_asked_to() {
    let (folder, file) = copy(&sample("dash-live/video-1.m4s"));
    let refused = inject(&file, &[&object()]);
    assert_eq!(refused.status, 3);
    assert!(refused.stderr.contains("--where moof"), "{}", refused.stderr);
    // In a folder, it is one of those that are passed over.
    let walked = prkit(args!["inject", object(), "-i", folder.path()]);
    assert_ne!(walked.status, 3, "{}", walked.stderr);
    let before = fs::read(&file).unwrap();
    let run = inject(&file, &[&object(), "--where=moof", "--verify"]).one();
    assert_eq!((&run["changed"], &run["verified"]), (&true.into(), &"samples".into()), "{run}");
    assert_eq!(boxes(&file), ["/moof[0]/pssh[0] playready"]);
    assert_eq!(reader::read(&before), reader::read(&fs::read(&file).unwrap()));
}

#[test]
fn every_fragment_of_a_file_takes_one() {
    let (_folder, file) = copy(&sample("dash-ondemand/audio.mp4"));
    let before = fs::read(&file).unwrap();
    let run = inject(&file, &[&object(), "--where=moof", "--verify"]).one();
    let put = run["boxes"].as_array().unwrap().len();
    assert!(put > 1, "{run}");
    assert_eq!(boxes(&file).iter().filter(|name| name.contains("/moof")).count(), put);
    assert_eq!(reader::read(&before), reader::read(&fs::read(&file).unwrap()));
}

#[test]
fn what_is_taken_out_leaves_filler_of_its_size_or_closes_the_gap() {
    let original = sample("dash-live/video-init.mp4");
    let (_folder, file) = copy(&original);
    let run = prkit(args!["remove", "--json", "-i", &file]).one();
    assert_eq!(run["boxes"][0]["size_after"], 0);
    assert_eq!(run["size_before"], run["size_after"]);
    let shown = prkit(args!["show", "--json", &file]).one();
    assert_eq!(shown["slack"][0]["size"], run["boxes"][0]["size_before"]);
    let bytes = fs::read(&file).unwrap();
    let filler = shown["slack"][0]["offset"].as_u64().unwrap() as usize;
    assert!(bytes[filler + 8..filler + 550].iter().all(|byte| *byte == 0), "nothing of the header is left");
    // What was put into the filler's place is as it was.
    let object = prkit(args!["extract", "--what=box", "--raw", &original]).stdout;
    let path = file.with_extension("pssh");
    fs::write(&path, object).unwrap();
    assert_eq!(inject(&file, &[&format!("--pssh=@{}", path.display()), "--position=after:0"]).status, 0);
    assert_eq!(fs::read(&file).unwrap(), fs::read(&original).unwrap());

    let run = prkit(args!["remove", "--collapse", "--json", "-i", &file]).one();
    assert_eq!(run["size_after"], 1614 - 550);
    assert_eq!(boxes(&file), ["/moov/pssh[0] common", "/moov/pssh[1] widevine"]);
}

#[test]
fn boxes_of_any_system_and_of_all_go_out() {
    let (_folder, file) = copy(&sample("dash-live/video-init.mp4"));
    assert_eq!(prkit(args!["remove", "--system=widevine", "-i", &file]).status, 0);
    assert_eq!(boxes(&file), ["/moov/pssh[0] common", "/moov/pssh[1] playready"]);
    assert_eq!(prkit(args!["remove", "--system=all", "-i", &file]).status, 0);
    assert_eq!(boxes(&file), Vec::<String>::new());
    assert_eq!(prkit(args!["remove", "--json", "-i", &file]).one()["matched"], 0);
    assert_eq!(prkit(args!["remove", "--require", "-i", &file]).status, 3);
}

#[test]
fn a_piff_box_stays_one() {
    let (_folder, file) = copy(&sample("edge/piff-uuid.mp4"));
    let run =
        prkit(args!["reheader", "--la-url", "https://new.example.com/much/longer/than/before", "-i", &file]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let shown = prkit(args!["show", "--json", &file]).one();
    assert_eq!(shown["pssh"][0]["form"], "piff");
}

/// A file whose header has this URL, and 16 bytes of filler beside its box.
fn file_with_url(url: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, file) = copy(&sample("dash-ondemand/audio.mp4"));
    let run = prkit(args!["reheader", "-i", "--la-url", url, "--reserve=16", &file]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    (folder, file)
}

#[test]
fn spaces_take_a_remainder_that_is_no_box() {
    let (_folder, file) = file_with_url("https://lic.example.test/0123456789");
    let reheader = |url: &str, more: &[&str]| {
        let mut args = args!["reheader", "--json", "-i", "--verify", "--la-url", url, &file];
        args.extend(more.iter().map(OsString::from));
        prkit(args)
    };
    for (shorter, fit) in [("012345678", "same"), ("01234567", "same"), ("0123456", "slack")] {
        let url = format!("https://lic.example.test/{shorter}");
        let fit = format!("--fit={fit}");
        if fit.ends_with("same") {
            assert_eq!(reheader(&url, &[&fit]).status, 3, "{shorter}");
        }
        let run = reheader(&url, &[&fit, "--pad"]).one();
        assert_eq!((&run["changed"], &run["size_before"]), (&true.into(), &run["size_after"]), "{run}");
        let found = &run["boxes"][0];
        let shown = prkit(args!["show", "--json", &file]).one();
        assert_eq!(found["size_after"], shown["pssh"][1]["size"], "{run}");
        assert_eq!(shown["pssh"][1]["pro"]["header"]["la_url"], url);
    }
    // The filler has 16 bytes again, and 12 of them leave 4.
    let (_folder, file) = file_with_url("https://lic.example.test/0123456789");
    let url = "https://lic.example.test/0123456789abcdef";
    let mut grow = args!["reheader", "--json", "-i", "--verify", "--la-url", url, "--fit=slack", &file];
    assert_eq!(prkit(grow.clone()).status, 3);
    grow.push("--pad".into());
    let run = prkit(grow).one();
    assert_eq!((&run["strategy"], &run["size_before"]), (&"slack".into(), &run["size_after"]), "{run}");
    let shown = prkit(args!["show", "--json", &file]).one();
    assert_eq!(shown["pssh"][1]["pro"]["header"]["la_url"], url);
    assert_eq!(run["boxes"][0]["size_after"], shown["pssh"][1]["size"]);
}

#[test]
fn a_new_object_is_put_in_with_the_keys_that_are_named_or_those_of_the_file() {
    let original = sample("dash-live/video-init.mp4");
    let (_folder, file) = copy(&original);
    assert_eq!(prkit(args!["remove", "-i", "--collapse", &file]).status, 0);
    let kid = "00112233-4455-6677-8899-aabbccddeeff";
    let url = "--la-url=https://lic.example.test/rm.asmx";
    let run = inject(&file, &["--kid", kid, url, "--header-version=4.3", "--pssh-version=1", "--els=1K"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let shown = prkit(args!["show", "--json", "--system=playready", &file]).one();
    assert_eq!(shown["pssh"][0]["kids"][0], kid);
    assert_eq!(shown["pssh"][0]["pro"]["header"]["version"], "4.3.0.0");
    assert_eq!(shown["pssh"][0]["pro"]["els"]["capacity"], 1024);
    for (name, algorithm) in [("video-init.mp4", "AESCTR"), ("video-init-cbcs.mp4", "AESCBC")] {
        let (_folder, file) = copy(&sample(&format!("dash-live/{name}")));
        assert_eq!(prkit(args!["remove", "-i", &file]).status, 0);
        let run = inject(&file, &["--from-media", url]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let shown = prkit(args!["show", "--json", "--system=playready", &file]).one();
        let key = &shown["pssh"][0]["pro"]["header"]["kids"][0];
        assert_eq!(
            (&key["kid"], &key["algid"]),
            (&shown["tracks"][0]["default_kid"], &algorithm.into()),
            "{name}"
        );
        assert_eq!(inject(&file, &["--from-media", url]).one()["changed"], false);
    }
}

#[test]
fn every_fragment_gets_an_object_for_its_own_keys() {
    let (_folder, file) = copy(&sample("rotation/1.m4s"));
    prkit(args!["remove", "-i", "--collapse", "--system=all", &file]);
    let run = inject(&file, &["--from-media", "--where=moof", "--la-url=https://lic.example.test/"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let checked = prkit(args!["check", "--json", &file]);
    assert!(!checked.text().contains("CHK-05"), "{}", checked.text());
    let shown = prkit(args!["show", "--json", "--system=playready", &file]).one();
    let original = prkit(args!["show", "--json", "--system=playready", sample("rotation/1.m4s")]).one();
    let kid = |shown: &Value| shown["pssh"][0]["pro"]["header"]["kids"][0]["kid"].clone();
    assert_eq!(kid(&shown), kid(&original));
}

#[test]
fn what_is_put_in_is_said_in_one_way() {
    let (_folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let both = inject(&file, &[&object(), "--la-url=https://a.test/"]);
    assert_eq!(both.status, 2);
    let nothing = inject(&file, &[]);
    assert_eq!(nothing.status, 2);
    assert!(nothing.stderr.contains("nothing to put in"), "{}", nothing.stderr);
}
