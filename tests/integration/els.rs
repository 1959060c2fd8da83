//! License stores: made, filled, listed, taken out.

use crate::args;
use crate::program::{Run, copy, prkit, sample};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";

fn els(what: &str, file: &Path, more: &[&str]) -> Run {
    let mut args = args!["els", what, "--json", "-i", file];
    args.extend(more.iter().map(OsString::from));
    prkit(args)
}

fn license(name: &str) -> String {
    format!("--license={}", sample(&format!("licenses/{name}.xmr")).display())
}

/// The store of the only PlayReady object that has one.
fn store(file: &Path) -> Value {
    let listed = prkit(args!["els", "list", "--json", file]).one();
    assert_eq!(listed["stores"].as_array().unwrap().len(), 1, "{listed}");
    listed["stores"][0].clone()
}

#[test]
fn room_is_made_and_samples_stay() {
    for name in ["dash-ondemand/audio.mp4", "progressive/movie.mp4"] {
        let (_folder, file) = copy(&sample(name));
        let run = els("reserve", &file, &["--verify"]).one();
        assert_eq!((&run["els_before"], &run["els_after"]), (&Value::Null, &10240.into()), "{run}");
        assert_eq!((&run["changed"], &run["verified"]), (&true.into(), &"samples".into()), "{run}");
        let store = store(&file);
        assert_eq!(
            (&store["capacity"], &store["free"], &store["empty"]),
            (&10240.into(), &10240.into(), &true.into())
        );
        let offset = usize::try_from(store["offset"].as_u64().unwrap()).unwrap();
        let bytes = fs::read(&file).unwrap();
        assert_eq!(bytes[offset - 4..offset], [3, 0, 0, 0x28], "type 3, 10240 bytes");
        assert_eq!(els("reserve", &file, &[]).one()["changed"], false);
        let run = els("strip", &file, &["--verify"]).one();
        assert_eq!((&run["els_before"], &run["els_after"]), (&10240.into(), &Value::Null), "{run}");
    }
}

#[test]
fn a_size_that_players_or_the_specification_do_not_like_is_refused() {
    let (_folder, file) = copy(&sample("dash-ondemand/audio.mp4"));
    let before = fs::read(&file).unwrap();
    let odd = els("reserve", &file, &["--size=101"]);
    assert_eq!(odd.status, 2);
    assert!(odd.stderr.contains("PLY-02"), "{}", odd.stderr);
    let long = els("reserve", &file, &["--size=15K"]);
    assert_eq!(long.status, 3);
    assert!(long.stderr.contains("PRO-05"), "{}", long.stderr);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(els("reserve", &file, &["--size=15K", "--force"]).one()["els_after"], 15360);
}

#[test]
fn a_license_is_embedded_and_nothing_moves() {
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let before = fs::read(&file).unwrap();
    let run = els("fill", &file, &[&license("rental")]);
    assert!(run.stderr.contains("not public"), "{}", run.stderr);
    let report = run.one();
    assert_eq!((&report["strategy"], &report["size_after"]), (&"same".into(), &report["size_before"]));
    let after = fs::read(&file).unwrap();
    let expected = fs::read(sample("licenses/rental.xmr")).unwrap();
    let store = store(&file);
    let at = usize::try_from(store["offset"].as_u64().unwrap()).unwrap();
    assert_eq!(after[at..at + expected.len()], expected);
    assert_eq!(
        (&before[..at], &before[at + expected.len()..]),
        (&after[..at], &after[at + expected.len()..])
    );
    assert_eq!(store["free"].as_u64().unwrap(), 10240 - u64::try_from(expected.len()).unwrap());
    assert_eq!(store["licenses"][0]["keys"][0]["kid"], KID);
    // Once is enough.
    assert_eq!(els("fill", &file, &[&license("rental")]).one()["changed"], false);
    assert_eq!(fs::read(&file).unwrap(), after);
}

#[test]
fn another_license_goes_behind_the_first_only_by_force() {
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    els("fill", &file, &[&license("rental")]).one();
    let full = els("fill", &file, &[&license("leaf")]);
    assert_eq!(full.status, 3);
    assert!(
        full.stderr.contains("holds a license; a license is added behind it, over zeros only"),
        "{}",
        full.stderr
    );
    let once = fs::read(&file).unwrap();
    assert_eq!(els("fill", &file, &[&license("leaf"), "--force"]).one()["changed"], true);
    let store = store(&file);
    assert_eq!(store["licenses"].as_array().unwrap().len(), 2, "{store}");
    let differ =
        once.iter().zip(fs::read(&file).unwrap()).filter(|(old, new)| *old != new && **old != 0).count();
    assert_eq!(differ, 0, "something but zeros was written over");
}

#[test]
fn a_license_that_does_not_fit_is_told_by_how_much() {
    let (_folder, file) = copy(&sample("dash-ondemand/audio.mp4"));
    els("reserve", &file, &["--size=300"]).one();
    let before = fs::read(&file).unwrap();
    let run = els("fill", &file, &[&license("rental")]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("326 bytes do not fit into the 300"), "{}", run.stderr);
    assert!(run.stderr.contains("26 bytes too many"), "{}", run.stderr);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_license_for_another_key_is_refused_by_name() {
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let run = els("fill", &file, &[&license("root")]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("a0a0a0a0") && run.stderr.contains(KID), "{}", run.stderr);
    assert_eq!(els("fill", &file, &[&license("root"), "--force"]).one()["changed"], true);
    let (_folder, file) = copy(&sample("dash-ondemand/audio.mp4"));
    let run = els("fill", &file, &[&license("rental")]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("no license store") && run.stderr.contains("els reserve"), "{}", run.stderr);
}

#[test]
fn a_folder_gives_the_one_license_for_each_key() {
    let licenses = tempfile::tempdir().unwrap();
    let folder = format!("--license={}", licenses.path().display());
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let empty = els("fill", &file, &[&folder]);
    assert_eq!(empty.status, 2);
    let put = |from: &str, to: &str| {
        fs::copy(sample(&format!("licenses/{from}.xmr")), licenses.path().join(to)).unwrap();
    };
    put("root", "root.xmr");
    put("lying-length", "broken.xmr");
    fs::write(licenses.path().join("readme.txt"), "no license").unwrap();
    let none = els("fill", &file, &[&folder]);
    assert_eq!(none.status, 3);
    assert!(none.stderr.contains(&format!("is for key {KID}")), "{}", none.stderr);
    assert!(none.stderr.contains("broken.xmr"), "{}", none.stderr);
    put("rental", "a.xmr");
    put("rental", "the same again.xmr");
    put("leaf", "b.xmr");
    let two = els("fill", &file, &[&folder]);
    assert_eq!(two.status, 3);
    assert!(two.stderr.contains("2 licenses") && two.stderr.contains("b.xmr"), "{}", two.stderr);
    fs::remove_file(licenses.path().join("b.xmr")).unwrap();
    assert_eq!(els("fill", &file, &[&folder]).one()["changed"], true);
}

#[test]
fn a_response_is_embedded_as_it_came() {
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let response = format!("--license={}", sample("messages/response.xml").display());
    assert_eq!(els("fill", &file, &[&response]).one()["changed"], true);
    assert_eq!(store(&file)["licenses"][0]["id"], "44444444-4444-4444-4444-444444444444");
}

#[test]
fn a_store_that_holds_something_is_never_changed_by_other_edits() {
    let original = sample("licenses/filled-store.mp4");
    let (_folder, file) = copy(&original);
    for what in [&["reserve", "--size=12K"][..], &["strip"], &["strip", "--force"], &["reserve", "--force"]] {
        let run = els(what[0], &file, &what[1..]);
        let changed = what == ["reserve", "--force"];
        assert_eq!(run.status, if changed { 0 } else { 3 }, "{what:?}: {}", run.stderr);
        assert_eq!(fs::read(&file).unwrap(), fs::read(&original).unwrap(), "{what:?}");
    }
    let held = store(&file)["licenses"].clone();
    let url = "https://lic.example.test/a/longer/url/than/before/rightsmanager.asmx";
    let run = prkit(args!["reheader", "--json", "-i", "--la-url", url, "--els-min", "1K", &file]).one();
    assert_eq!((&run["changed"], &run["els_after"]), (&true.into(), &10240.into()));
    assert_eq!(store(&file)["licenses"], held);
}

#[test]
fn a_store_behind_which_a_header_stands_is_put_behind_it() {
    let (_folder, file) = copy(&sample("dash-ondemand/audio.mp4"));
    let object = prkit(args!["extract", "--what=object", "--raw", "--index=1", &file]).stdout;
    let header = object[6..].to_vec();
    let len = u32::try_from(object.len() + 4 + 64).unwrap();
    let crooked = [&len.to_le_bytes()[..], &[2, 0, 3, 0, 64, 0], &[0; 64], &header].concat();
    let pro = file.with_file_name("crooked.pro");
    fs::write(&pro, crooked).unwrap();
    let run = els("reserve", &pro, &["--size=64"]).one();
    assert_eq!(run["changed"], true);
    let straight = fs::read(&pro).unwrap();
    assert_eq!(straight, [&len.to_le_bytes()[..], &[2, 0], &header, &[3, 0, 64, 0], &[0; 64]].concat());
}

#[test]
fn a_manifest_takes_no_empty_store() {
    let (_folder, file) = copy(&sample("manifests/show.ismc"));
    let before = fs::read(&file).unwrap();
    let run = els("reserve", &file, &[]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("ELS-03") && run.stderr.contains("line "), "{}", run.stderr);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_table_says_which_license_goes_where() {
    let root = tempfile::tempdir().unwrap();
    for file in ["1.mp4", "2.mp4", "3.mp4"] {
        fs::copy(sample("edge/store-10k.mp4"), root.path().join(file)).unwrap();
    }
    let shown = |name: &str| sample(&format!("licenses/{name}.xmr")).display().to_string();
    let table = root.path().join("t.csv");
    let fill = |rows: &str, more: &[&str]| {
        fs::write(&table, rows).unwrap();
        let mut args = args!["els", "fill", "--json", "--ordered", "-i", root.path(), "--edits", &table];
        args.extend(more.iter().map(OsString::from));
        prkit(args)
    };
    let changed = |run: &Run| run.json().iter().map(|line| line["changed"] == true).collect::<Vec<_>>();
    let rows = format!("path,license\n1.mp4,{}\n2.mp4,{}\n", shown("rental"), shown("leaf"));
    let run = fill(&rows, &[]);
    assert_eq!((run.status, changed(&run)), (0, vec![true, true, false]), "{}", run.stderr);
    let license = |file: &str| store(&root.path().join(file))["licenses"][0]["id"].clone();
    assert_ne!(license("1.mp4"), license("2.mp4"));
    assert_eq!(store(&root.path().join("3.mp4"))["empty"], true);
    // By key id, and one for all that no row names.
    let rows = format!("kid,license\n{KID},{}\n", shown("root"));
    let run = fill(&rows, &[&format!("--license={}", shown("rental")), "--include=3.mp4"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    let rows = "path,license\n1.mp4,\n";
    let run = fill(rows, &[&format!("--license={}", shown("rental")), "--include=3.mp4"]);
    assert_eq!((run.status, changed(&run)), (0, vec![true]), "{}", run.stderr);
    assert_eq!(license("3.mp4"), license("1.mp4"));
    // A license that is not there fails the inputs that it is for.
    let run = fill("path,license\n1.mp4,nothere.xmr\n", &["--include=1.mp4"]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("t.csv, line 2, column license: "), "{}", run.stderr);
    assert_eq!(prkit(args!["els", "fill", "-n", root.path()]).status, 2);
}
