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
    for what in
        [&["reserve", "--size=12K"][..], &["strip"], &["strip", "--force=too-long"], &["reserve", "--force"]]
    {
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
    // Cells name files below the folder of the table.
    for name in ["rental", "leaf", "root"] {
        fs::copy(sample(&format!("licenses/{name}.xmr")), root.path().join(format!("{name}.xmr"))).unwrap();
    }
    let shown = |name: &str| root.path().join(format!("{name}.xmr")).display().to_string();
    let table = root.path().join("t.csv");
    let fill = |rows: &str, more: &[&str]| {
        fs::write(&table, rows).unwrap();
        let mut args = args!["els", "fill", "--json", "--ordered", "-i", root.path(), "--edits", &table];
        args.extend(more.iter().map(OsString::from));
        prkit(args)
    };
    let changed = |run: &Run| run.json().iter().map(|line| line["changed"] == true).collect::<Vec<_>>();
    let run = fill("path,license\n1.mp4,rental.xmr\n2.mp4,leaf.xmr\n", &[]);
    assert_eq!((run.status, changed(&run)), (0, vec![true, true, false]), "{}", run.stderr);
    let license = |file: &str| store(&root.path().join(file))["licenses"][0]["id"].clone();
    assert_ne!(license("1.mp4"), license("2.mp4"));
    assert_eq!(store(&root.path().join("3.mp4"))["empty"], true);
    // By key id, and one for all that no row names.
    let rows = format!("kid,license\n{KID},root.xmr\n");
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

/// Rules that `lint` finds broken in a file.
fn broken(file: &Path, more: &[&str]) -> (Vec<String>, Run) {
    let mut args = args!["lint", "--json", file];
    args.extend(more.iter().map(OsString::from));
    let run = prkit(args);
    let findings = run.one()["findings"].clone();
    let rules = findings.as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap().to_owned());
    (rules.collect(), run)
}

/// A copy of a manifest whose PlayReady object has an empty store.
fn manifest_with_store(name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, file) = copy(&sample(name));
    let run = els("reserve", &file, &["--force=manifest-store"]).one();
    assert_eq!((&run["changed"], &run["els_after"]), (&true.into(), &10240.into()), "{name}: {run}");
    (folder, file)
}

#[test]
fn a_filled_store_is_taken_out_by_who_insists_and_doing_it_again_plans_nothing() {
    for command in [&["els", "strip"][..], &["reheader", "--els=strip"]] {
        let (_folder, file) = copy(&sample("licenses/filled-store.mp4"));
        let run = |more: &[&str]| {
            let words = [command, more].concat();
            prkit(words.iter().map(OsString::from).chain([file.clone().into_os_string()]))
        };
        let refused = run(&["-i"]);
        assert_eq!(refused.status, 3);
        assert!(refused.stderr.contains("would be lost"), "{}", refused.stderr);
        assert!(refused.stderr.contains("; --force=filled-store overrides this"), "{}", refused.stderr);
        let done = run(&["-i", "--json", "--force=filled-store"]);
        assert_eq!((done.status, &done.one()["changed"]), (0, &true.into()), "{}", done.stderr);
        let left = prkit(args!["els", "list", "--json", &file]);
        assert!(!left.text().contains("\"capacity\""), "{}", left.text());
        assert_eq!(run(&["-i", "--json", "--force=filled-store"]).one()["changed"], false);
    }
}

#[test]
fn a_store_belongs_into_the_box_of_a_cpix_document_and_into_none_of_its_manifest_texts() {
    let object = prkit(args!["new", KID, "--els=12K", "--as=pro"]).text().trim().to_owned();
    let boxed = prkit(args!["new", KID, "--els=12K", "--as=pssh"]).text().trim().to_owned();
    let document = |element: &str, text: &str| {
        format!(
            "<CPIX xmlns=\"urn:dashif:org:cpix\"><DRMSystemList><DRMSystem kid=\"{KID}\" \
             systemId=\"9a04f079-9840-4286-ab92-e65be0885f95\"><{element}>{text}</{element}></DRMSystem></DRMSystemList></CPIX>"
        )
    };
    for (element, text, rule) in [
        ("PSSH", &boxed, "ELS-02"),
        ("ContentProtectionData", &object, "ELS-04"),
        ("SmoothStreamingProtectionHeaderData", &object, "ELS-03"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.xml");
        fs::write(&file, document(element, text)).unwrap();
        let rules = broken(&file, &[]).0;
        let found: Vec<_> =
            rules.iter().filter(|rule| ["ELS-02", "ELS-03", "ELS-04"].contains(&&***rule)).collect();
        assert_eq!(found[0], rule, "{element}: {rules:?}");
        assert_eq!(
            rules.iter().any(|found| found == "ELS-04" || found == "ELS-03"),
            element != "PSSH",
            "{rules:?}"
        );
    }
}

#[test]
fn media3_reads_4_0_of_a_smooth_manifest_whoever_is_asked_about_and_wherever_it_is_not_it_is_not_said() {
    for (object, part) in [
        (args!["new", KID, "--header-version=4.1", "--as=pro"], "4.0 can say this one"),
        (
            args!["new", KID, "11112233-4455-6677-8899-aabbccddeeff", "--as=pro"],
            "no place for more than one key id",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = prkit(object).text().trim().to_owned();
        for (name, whole, is_smooth) in [
            (
                "a.ismc",
                format!(
                    "<SmoothStreamingMedia MajorVersion=\"2\" MinorVersion=\"0\" Duration=\"0\"><Protection><ProtectionHeader \
                     SystemID=\"9A04F079-9840-4286-AB92-E65BE0885F95\">{text}</ProtectionHeader></Protection></SmoothStreamingMedia>"
                ),
                true,
            ),
            (
                "a.m3u8",
                format!(
                    "#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"data:text/plain;charset=UTF-16;base64,{text}\",KEYFORMAT=\"com.microsoft.playready\"\n#EXTINF:2,\n1.m4s\n"
                ),
                false,
            ),
        ] {
            let file = folder.path().join(name);
            fs::write(&file, whole).unwrap();
            for more in [&["--level=note"][..], &["--level=note", "--target=4.0"]] {
                let (rules, run) = broken(&file, more);
                assert_eq!(
                    rules.iter().any(|rule| rule == "PLY-06"),
                    is_smooth,
                    "{name} {more:?}: {rules:?}"
                );
                assert!(!is_smooth || run.text().contains(part), "{}", run.text());
            }
        }
    }
}

#[test]
fn lint_knows_a_manifest_by_what_it_is_and_another_use_is_a_note() {
    for (name, rule, place) in [
        ("manifests/show.ismc", "ELS-03", "smooth"),
        ("manifests/list.mpd", "ELS-04", "mpd"),
        ("manifests/media.m3u8", "ELS-04", "hls"),
    ] {
        assert!(!broken(&sample(name), &[]).0.iter().any(|rule| rule.starts_with("ELS")), "{name}");
        let (_folder, file) = manifest_with_store(name);
        let (rules, plain) = broken(&file, &[]);
        assert!(rules.contains(&rule.to_owned()), "{name}: {rules:?}");
        let (same, run) = broken(&file, &["--use", place]);
        assert_eq!(
            (&same, run.status, run.stderr.contains("--use")),
            (&rules, plain.status, false),
            "{name}"
        );
        let (other, run) = broken(&file, &["--use", "file"]);
        assert_eq!((&other, run.status), (&rules, plain.status), "{name}");
        assert!(run.stderr.contains(&format!("checked for {place}")), "{name}: {}", run.stderr);
    }
    let (rules, _) = broken(&sample("objects/large.pro"), &["--use", "smooth"]);
    assert!(rules.contains(&"ELS-03".to_owned()), "an object has no place of its own: {rules:?}");
}

#[test]
fn an_empty_store_gets_into_a_manifest_only_by_override_whatever_brings_it() {
    let large = format!("--pro=@{}", sample("objects/large.pro").display());
    for name in ["manifests/show.ismc", "manifests/list.mpd", "manifests/media.m3u8"] {
        for change in [
            args!["reheader", "-n", "--els=10K", sample(name)],
            args!["reheader", "-n", &large, sample(name)],
            args!["els", "reserve", "-n", sample(name)],
            args!["inject", "-n", &large, "--if-exists=replace", sample(name)],
        ] {
            let refused = prkit(&change);
            assert_eq!(refused.status, 3, "{change:?}: {}{}", refused.text(), refused.stderr);
            assert!(refused.stderr.contains("--force=manifest-store overrides this"), "{}", refused.stderr);
            // Other samples name the same key lines and media.
            let forced = prkit(change.iter().cloned().chain(args!["--force=manifest-store", "--alone"]));
            assert_eq!(forced.status, 0, "{change:?}: {}", forced.stderr);
        }
        // One that is there already is none of the edit's making.
        let (_folder, file) = manifest_with_store(name);
        assert_eq!(
            prkit(args!["reheader", "-i", "--la-url", "https://a.example/", &file]).status,
            0,
            "{name}"
        );
    }
    for shape in ["mspr-pro", "cenc-pssh", "protection-header", "ext-x-key", "ext-x-session-key"] {
        let new = prkit(args!["new", KID, "--els=10K", "--as", shape]);
        assert_eq!(new.status, 2, "{shape}");
        assert!(new.stderr.contains("--force=manifest-store overrides this"), "{shape}: {}", new.stderr);
        assert_eq!(prkit(args!["new", KID, "--els=10K", "--as", shape, "--force=manifest-store"]).status, 0);
        assert_eq!(prkit(args!["new", KID, "--as", shape]).status, 0, "{shape}");
    }
    let both = prkit(args!["new", KID, "--as", "protection-header", "--for", "mpd"]);
    assert!(both.status == 2 && both.stderr.contains("contradict"), "{}", both.stderr);
}

#[test]
fn a_store_of_more_than_the_recommended_size_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    for (size, noted) in [("10K", false), ("12K", true), ("10242", true)] {
        let file = folder.path().join(format!("{size}.pro"));
        assert_eq!(prkit(args!["new", KID, "--els", size, "-o", &file]).status, 0);
        for place in [&["--use", "file"][..], &[]] {
            let found = broken(&file, place).0;
            assert_eq!(found.contains(&"ELS-02".to_owned()), noted, "{size} {place:?}: {found:?}");
        }
    }
}

#[test]
fn an_edit_that_takes_an_object_with_a_store_past_15_kb_is_refused_as_a_larger_store_is() {
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let long = format!("https://a.example/{}", "x".repeat(3000));
    let url = args!["reheader", "-i", "--la-url", &long, &file];
    let refused = prkit(&url);
    assert_eq!(refused.status, 3, "{}", refused.text());
    assert!(
        refused.stderr.contains("PRO-05") && refused.stderr.contains("--force=too-long overrides this"),
        "{}",
        refused.stderr
    );
    // A store that gives way makes room, and the object keeps its size.
    let given = prkit(args!["reheader", "-n", "--json", "--la-url", &long, "--els-min=1K", &file]).one();
    assert_eq!((&given["changed"], &given["size_after"]), (&true.into(), &given["size_before"]), "{given}");
    let forced = prkit(url.iter().cloned().chain(args!["--force=too-long"]));
    assert_eq!(forced.status, 0, "{}", forced.stderr);
    // Past it before, it does not grow for nothing either; as long as it is or shorter it may be.
    let edit = |url: &str| prkit(args!["reheader", "-n", "--la-url", url, &file]);
    assert_eq!(edit(&format!("{long}y")).status, 3);
    assert_eq!(edit(&long.replace("xx", "yy")).status, 0);
    assert_eq!(edit(&long[..3000]).status, 0);
}

/// "This value should not exceed 15 kilobytes" (PRH spec 2): with a store or without, whatever makes the object.
#[test]
fn an_object_of_more_than_15_kb_is_refused_by_everything_that_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("https://a.example/{}", "x".repeat(7500));
    let object = folder.path().join("long.pro");
    let made = prkit(args!["new", KID, "--la-url", &long, "--force=too-long", "-o", &object]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let given = |option: &str| format!("{option}=@{}", object.display());
    let small = sample("objects/small.pro");
    let media = sample("dash-ondemand/audio.mp4");
    let manifest = sample("manifests/show.ismc");
    for (status, args) in [
        (2, args!["new", KID, "--la-url", &long]),
        (3, args!["reheader", "-n", "--la-url", &long, &small]),
        (3, args!["reheader", "-n", "--la-url", &long, &media]),
        (3, args!["reheader", "-n", "--la-url", &long, &manifest]),
        (3, args!["reheader", "-n", given("--pro"), "--force=key-id", &small]),
        (3, args!["reheader", "-n", given("--header"), "--force=key-id", &small]),
        (3, args!["els", "reserve", "-n", "--size=15K", &media]),
        (3, args!["els", "reserve", "-n", "--size=64", &object]),
        (
            2,
            args![
                "inject",
                "-n",
                "--kid",
                KID,
                "--la-url",
                &long,
                "--if-exists=add",
                "--force=key-id",
                &media
            ],
        ),
        (2, args!["inject", "-n", given("--pro"), "--if-exists=add", "--force=key-id", &media]),
        (2, args!["inject", "-n", given("--header"), "--if-exists=add", "--force=key-id", &media]),
    ] {
        let refused = prkit(&args);
        assert_eq!(refused.status, status, "{args:?}: {}", refused.stderr);
        for said in
            ["longer than the 15360 that are recommended (PRO-05)", "; --force=too-long overrides this"]
        {
            assert_eq!(refused.stderr.matches(said).count(), 1, "{args:?}: {}", refused.stderr);
        }
        let mut forced = args.clone();
        forced.retain(|arg| arg != "--force=key-id");
        forced.push("--force=too-long,key-id".into());
        let forced = prkit(&forced);
        assert_eq!(forced.status, 0, "{args:?}: {}", forced.stderr);
    }
    // UTF-8 becomes UTF-16, and twice as long.
    let text = format!(
        "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.1.0.0\"><DATA><LA_URL>{long}/\
         {}</LA_URL></DATA></WRMHEADER>",
        "y".repeat(500)
    );
    let record = [&[1, 0][..], &u16::try_from(text.len()).unwrap().to_le_bytes(), text.as_bytes()].concat();
    let len = u32::try_from(record.len() + 6).unwrap();
    let narrow = folder.path().join("utf-8.pro");
    fs::write(&narrow, [&len.to_le_bytes()[..], &[1, 0], &record].concat()).unwrap();
    for call in [args!["lint", "--fix", "-n", &narrow], args!["reheader", "--canonicalize", "-n", &narrow]] {
        let refused = prkit(&call);
        assert!(
            refused.status == 3 && refused.stderr.contains("; --force=too-long overrides this"),
            "{}",
            refused.stderr
        );
        assert_eq!(prkit(call.iter().cloned().chain(args!["--force=too-long"])).status, 0);
    }
    // A header without an object around it has no length of an object.
    let header = folder.path().join("long.xml");
    assert_eq!(prkit(args!["extract", "--what=header", "--raw", &object, "-o", &header]).status, 0);
    assert_eq!(prkit(args!["reheader", "-n", "--la-url", format!("{long}/more"), &header]).status, 0);
    assert_eq!(prkit(args!["els", "strip", "-n", &object]).status, 0);
}
