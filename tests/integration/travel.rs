//! Plans that travel: written down by a dry run, carried out on the same files or on copies elsewhere.

use crate::args;
use crate::asm::Asm;
use crate::program::{Run, prkit, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const LONGER: &str =
    "--la-url=https://license.example.com/much/longer/rightsmanager.asmx?with=some&more=of-it";

/// Files of many sorts: boxes in front of media and behind it, fragments, stores, filler, manifests, lone objects, text.
fn title() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, from) in [
        ("init.mp4", "dash-live/video-init.mp4"),
        ("store.mp4", "edge/store-10k.mp4"),
        ("key.m4s", "rotation/1.m4s"),
        ("a/movie.mp4", "progressive/movie.mp4"),
        ("a/ondemand.mp4", "dash-ondemand/audio.mp4"),
        ("a/list.mpd", "manifests/list.mpd"),
    ] {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(sample(from), path).unwrap();
    }
    let init = fs::read(root.path().join("init.mp4")).unwrap();
    let mut media = Asm::default();
    media.leaf(b"mdat", &vec![0xA5; 3 * 1024 * 1024]);
    fs::write(root.path().join("long.mp4"), [&init[..], &media.bytes].concat()).unwrap();
    let object = prkit(args!["extract", "--what=object", "--raw", root.path().join("init.mp4")]).stdout;
    fs::write(root.path().join("object.pro"), &object).unwrap();
    fs::write(root.path().join("object.txt"), format!("  {}\n", STANDARD.encode(&object))).unwrap();
    root
}

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            found
                .insert(entry.path().strip_prefix(root).unwrap().to_owned(), fs::read(entry.path()).unwrap());
        }
    }
    found
}

fn copy_of(root: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for (name, bytes) in files(root) {
        fs::create_dir_all(copy.path().join(&name).parent().unwrap()).unwrap();
        fs::write(copy.path().join(name), bytes).unwrap();
    }
    copy
}

/// Reports or lines of a log, without what differs from one run to the next.
fn said(lines: Vec<Value>, root: &Path) -> Vec<Value> {
    let name = format!("{}/", root.canonicalize().unwrap().display());
    let mut said: Vec<Value> = lines
        .into_iter()
        .filter(|line| line["path"].is_string())
        .map(|mut line| {
            let path = line["path"].as_str().unwrap();
            let path = Path::new(path).canonicalize().unwrap().display().to_string();
            line["path"] = path.strip_prefix(&name).unwrap().into();
            for version in ["before", "after"] {
                if line[version].is_object() {
                    (line[version]["modified"], line[version]["inode"]) = (Value::Null, Value::Null);
                }
            }
            for gone in ["n", "mac", "crc32c"] {
                line.as_object_mut().unwrap().remove(gone);
            }
            line
        })
        .collect();
    said.sort_by_key(|line| line["path"].as_str().unwrap().to_owned());
    said
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The plan of a run over a folder, written into the folder.
fn plan(root: &Path, args: &[&str]) -> PathBuf {
    let plan = root.join("plan.jsonl");
    let mut all: Vec<OsString> = args.iter().map(Into::into).collect();
    all.extend(args!["-n", "--plan-to", &plan, root]);
    let run = prkit(all);
    assert!([0, 3].contains(&run.status), "{args:?}: {}", run.stderr);
    plan
}

fn apply(plan: &Path, more: &[&str]) -> Run {
    let mut args = args!["apply", "--json", plan];
    args.extend(more.iter().map(OsString::from));
    prkit(args)
}

#[test]
fn a_plan_that_is_carried_out_on_copies_gives_the_files_the_reports_and_the_log_of_a_direct_run() {
    let runs: [&[&str]; 9] = [
        &["reheader", LONGER],
        &["reheader", "--la-url=https://new.example.test/rm.asmx"],
        &["reheader", "--la-url=https://b.example/"],
        &["reheader", LONGER, "--fit=store", "--els-min=1K", "--where=moov"],
        &["reheader", LONGER, "--reserve=3000"],
        &["els", "reserve", "--size=6K", "--where=moov"],
        &["inject", "--kid=00112233-4455-6677-8899-aabbccddeeff", "--if-exists=add", "--force"],
        &["remove", "--force"],
        &["remove", "--collapse", "--type=mp4"],
    ];
    for args in runs {
        let (direct, planned) = (title(), title());
        let elsewhere = {
            let plan = plan(planned.path(), args);
            assert_eq!(
                files(planned.path()).len(),
                files(direct.path()).len() + 1,
                "nothing but the plan is written"
            );
            let copy = copy_of(planned.path());
            fs::remove_file(plan).unwrap();
            copy
        };
        let plan = elsewhere.path().join("plan.jsonl");
        let mut all: Vec<OsString> = args.iter().map(Into::into).collect();
        all.extend(args!["-i", "--json", "--log", direct.path().join("log"), direct.path()]);
        let run = prkit(all);
        let log = elsewhere.path().join("log");
        // What has to be forced has to be forced again.
        let force = args.iter().find(|arg| **arg == "--force").map(|_| "--force");
        let options = ["-i", "--log", log.to_str().unwrap()].into_iter().chain(force);
        let applied = apply(&plan, &options.collect::<Vec<_>>());
        // What cannot be planned is no line of a plan.
        let refused = run.json().iter().filter(|line| !line["error"].is_null()).count();
        assert_eq!(
            applied.status,
            if refused > 0 && run.json().iter().all(|line| line["left"] == Value::Array(vec![])) {
                0
            } else {
                run.status
            },
            "{args:?}: {} {}",
            run.stderr,
            applied.stderr
        );
        let (mut before, mut after) = (files(direct.path()), files(elsewhere.path()));
        after.remove(Path::new("plan.jsonl")).unwrap();
        let logs = [before.remove(Path::new("log")), after.remove(Path::new("log"))];
        assert!(logs.iter().all(Option::is_some));
        for (name, bytes) in &before {
            assert!(after.get(name) == Some(bytes), "{args:?}: {} is another file", name.display());
        }
        assert_eq!(before.len(), after.len());
        let told = |run: &Run, root: &Path| {
            let told = said(run.json(), root).into_iter().filter(|line| line["error"].is_null());
            told.collect::<Vec<_>>()
        };
        assert_eq!(told(&run, direct.path()), told(&applied, elsewhere.path()), "{args:?}");
        let logged = |log: &Path, root: &Path| {
            let logged = said(lines(log), root).into_iter().filter(|line| line["error"].is_null());
            logged.collect::<Vec<_>>()
        };
        assert_eq!(
            logged(&direct.path().join("log"), direct.path()),
            logged(&log, elsewhere.path()),
            "{args:?}"
        );
        // And it is taken back like any other.
        assert_eq!(prkit(args!["undo", &log]).status, 0);
        let mut back = files(elsewhere.path());
        back.remove(Path::new("plan.jsonl"));
        back.remove(Path::new("log"));
        assert!(back == files(title().path()), "{args:?}");
    }
}

#[test]
fn a_plan_goes_into_another_folder_too_and_twice_it_is_refused() {
    let root = title();
    let plan = plan(root.path(), &["reheader", LONGER]);
    let before = files(root.path());
    let out = tempfile::tempdir().unwrap();
    assert_eq!(apply(&plan, &["-o", out.path().to_str().unwrap()]).status, 0);
    assert!(files(root.path()) == before);
    assert_eq!(apply(&plan, &["-n"]).status, 0);
    assert_eq!(apply(&plan, &["-i"]).status, 0);
    for (name, bytes) in files(out.path()) {
        assert!(fs::read(root.path().join(&name)).unwrap() == bytes, "{}", name.display());
    }
    let now = files(root.path());
    let again = apply(&plan, &["-i"]);
    assert_eq!(again.status, 3);
    assert!(again.stderr.contains("it is not the file that was planned for"), "{}", again.stderr);
    assert!(files(root.path()) == now);
}

/// A plan for one file with its line changed.
fn changed(name: &str, change: impl FnOnce(&mut Value)) -> (tempfile::TempDir, Run, bool) {
    let root = title();
    let plan = root.path().join("plan.jsonl");
    prkit(args!["reheader", LONGER, "-n", "--plan-to", &plan, root.path().join(name)]);
    let mut all = lines(&plan);
    assert_eq!(all.len(), 3, "{name}");
    change(&mut all[1]);
    let text: String = all.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&plan, text).unwrap();
    let before = files(root.path());
    let run = apply(&plan, &["-i"]);
    let is_changed = files(root.path()) != before;
    (root, run, is_changed)
}

fn put(edit: &Value) -> Vec<u8> {
    STANDARD.decode(edit["put"].as_str().unwrap()).unwrap()
}

#[test]
fn a_plan_changed_by_hand_is_as_good_as_its_result() {
    // Another URL of the same length in the object itself.
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let other = |bytes: &[u8]| {
        let (old, new) = (utf16("license.example.com"), utf16("another.example.com"));
        let at = bytes.windows(old.len()).position(|window| window == old)?;
        Some([&bytes[..at], &new, &bytes[at + old.len()..]].concat())
    };
    let (root, run, _) = changed("a/movie.mp4", |line| {
        for edit in line["edits"].as_array_mut().unwrap() {
            if let Some(other) = other(&put(edit)) {
                edit["put"] = STANDARD.encode(other).into();
            }
        }
    });
    assert_eq!(run.status, 0, "{}", run.stderr);
    let shown = prkit(args!["show", root.path().join("a/movie.mp4")]);
    let shown = shown.text();
    assert!(shown.contains("https://another.example.com/much"), "{shown}");
    for (name, why, change) in [
        // A size, an entry of a table.
        (
            "a/movie.mp4",
            "no object, no filler",
            (|line: &mut Value| {
                let edits = line["edits"].as_array_mut().unwrap();
                let mut bytes = put(&edits[0]);
                *bytes.last_mut().unwrap() ^= 1;
                edits[0]["put"] = STANDARD.encode(bytes).into();
            }) as fn(&mut Value),
        ),
        ("a/movie.mp4", "no object, no filler", |line| {
            let edits = line["edits"].as_array_mut().unwrap();
            let last = edits.last_mut().unwrap();
            let mut bytes = put(last);
            bytes[0] ^= 1;
            last["put"] = STANDARD.encode(bytes).into();
        }),
        // The digest of what is replaced tells of the spans, too.
        ("a/movie.mp4", "bytes that are to be replaced are others", |line| {
            line["edits"].as_array_mut().unwrap().remove(0);
        }),
        ("object.txt", "something else than objects", |line| {
            let edits = line["edits"].as_array_mut().unwrap();
            edits[0]["put"] = STANDARD.encode("<MPD/>").into();
        }),
        // Other boxes than protection in place of an object.
        ("init.mp4", "no object, no filler", |line| {
            for edit in line["edits"].as_array_mut().unwrap() {
                let mut bytes = put(edit);
                if bytes.get(4..8) == Some(b"pssh") {
                    bytes[4..8].copy_from_slice(b"trak");
                    edit["put"] = STANDARD.encode(bytes).into();
                }
            }
        }),
        // Spans that share bytes.
        ("init.mp4", "contradicts itself, and it was left alone: edits[", |line| {
            let edits = line["edits"].as_array_mut().unwrap();
            let again = edits.last().unwrap().clone();
            edits.push(again);
        }),
        ("init.mp4", "left alone: strategy \"magic\" is none", |line| line["strategy"] = "magic".into()),
        // Something else than protection in a document.
        ("a/list.mpd", "something else than objects", |line| {
            let edits = line["edits"].as_array_mut().unwrap();
            edits[0]["put"] =
                STANDARD.encode("</pro></ContentProtection><x/><ContentProtection><pro>").into();
        }),
        ("a/list.mpd", "something else than objects", |line| {
            let edits = line["edits"].as_array_mut().unwrap();
            edits[0]["put"] = STANDARD.encode("</pro><x/><pro>").into();
        }),
        ("object.pro", "something else than objects", |line| {
            let edits = line["edits"].as_array_mut().unwrap();
            edits[0]["put"] = STANDARD.encode("<MPD/>").into();
        }),
        // Another file than the one that was planned for.
        ("init.mp4", "its structure is another", |line| {
            line["held"]["structure"] = "00".repeat(32).into();
        }),
        ("init.mp4", "bytes that are to be replaced are others", |line| {
            line["held"]["replaced"] = "00".repeat(32).into();
        }),
        ("init.mp4", "instead of 3", |line| line["len"] = 3.into()),
        // Names that lead elsewhere.
        ("init.mp4", "not below the root", |line| line["path"] = "../init.mp4".into()),
        ("init.mp4", "not below the root", |line| line["path"] = "/etc/passwd".into()),
        ("init.mp4", "not below the root", |line| line["path"] = "a/../init.mp4".into()),
        ("init.mp4", "is no edit", |line| {
            line.as_object_mut().unwrap().remove("held");
        }),
    ] {
        let (_root, run, is_changed) = changed(name, change);
        assert_eq!(run.status, 3, "{name}, {why}: {}", run.stderr);
        assert!(run.stderr.contains(why), "{name}, {why}: {}", run.stderr);
        assert!(!is_changed, "{name}, {why}");
    }
}

#[test]
fn every_byte_that_a_plan_puts_where_no_object_is_counts() {
    let root = title();
    let plan = plan(root.path(), &["reheader", LONGER, "--type=mp4"]);
    let all = lines(&plan);
    let of = all.iter().find(|line| line["path"] == "a/movie.mp4").unwrap();
    let count = of["edits"].as_array().unwrap().len();
    let before = files(root.path());
    for index in 0..count {
        let mut line = of.clone();
        let edit = &mut line["edits"][index];
        let mut bytes = put(edit);
        let is_a_box = |kind: &[u8]| bytes.get(4..8).is_some_and(|found| found == kind);
        if !is_a_box(b"pssh") && !is_a_box(b"free") {
            *bytes.last_mut().unwrap() ^= 0x80;
            edit["put"] = STANDARD.encode(bytes).into();
            fs::write(&plan, format!("{}\n{line}\n{}\n", all[0], all.last().unwrap())).unwrap();
            assert_eq!(apply(&plan, &["-i"]).status, 3, "edit {index}");
        }
    }
    let mut after = files(root.path());
    after.insert("plan.jsonl".into(), before[Path::new("plan.jsonl")].clone());
    assert!(after == before);
}

#[test]
fn a_plan_replaces_no_file_that_is_none_and_a_run_that_was_stopped_leaves_none() {
    let root = title();
    let film = root.path().join("a/movie.mp4");
    let before = fs::read(&film).unwrap();
    let run = prkit(args!["reheader", LONGER, "-n", "--overwrite", "--plan-to", &film, &film]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("is no plan"), "{}", run.stderr);
    assert!(fs::read(&film).unwrap() == before);
    let plan = root.path().join("plan.jsonl");
    let run = prkit(args!["reheader", LONGER, "-i", "--plan-to", &plan, &film]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(fs::read(&film).unwrap() == before);
    // The first input fails, and the others are left.
    let bad = sample("bad/junk-payload.mp4");
    fs::copy(bad, root.path().join("0.mp4")).unwrap();
    let stopped = args!["reheader", LONGER, "-n", "--fail-fast", "-j1", "--overwrite", "--plan-to", &plan];
    let run = prkit([stopped, args![root.path().join("0.mp4"), &film]].concat());
    assert_eq!(run.status, 3, "{}", run.stderr);
    let run = apply(&plan, &["-i"]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(run.stderr.contains("its last line is missing"), "{}", run.stderr);
    // A file that is named twice is edited once.
    let twice = args!["reheader", LONGER, "-n", "--overwrite", "--plan-to", &plan, &film, &film];
    assert_eq!(prkit(twice).status, 0);
    assert_eq!(lines(&plan).len(), 3);
    // What is behind the end is not passed over.
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, format!("{text}{text}")).unwrap();
    let run = apply(&plan, &["-n"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("line 4 is behind the end of the plan"), "{}", run.stderr);
}

#[test]
fn objects_that_a_plan_puts_can_be_read_and_filler_holds_nothing() {
    for change in [
        // A size of the data that is not there, a version that nobody knows, no object at all.
        |bytes: &mut Vec<u8>| bytes[28..32].copy_from_slice(&[0, 0, 0x1E, 0x61]),
        |bytes: &mut Vec<u8>| bytes[8] = 255,
        |bytes: &mut Vec<u8>| bytes[32..42].fill(0xEE),
    ] as [fn(&mut Vec<u8>); 3]
    {
        let (_root, run, is_changed) = changed("init.mp4", |line| {
            for edit in line["edits"].as_array_mut().unwrap() {
                let mut bytes = put(edit);
                if bytes.get(4..8) == Some(b"pssh") {
                    change(&mut bytes);
                    edit["put"] = STANDARD.encode(bytes).into();
                }
            }
        });
        assert_eq!((run.status, is_changed), (3, false), "{}", run.stderr);
    }
    let (_root, run, is_changed) = changed("long.mp4", |line| {
        for edit in line["edits"].as_array_mut().unwrap() {
            let mut bytes = put(edit);
            if bytes.get(4..8) == Some(b"free") {
                *bytes.last_mut().unwrap() = 0xAB;
                edit["put"] = STANDARD.encode(bytes).into();
            }
        }
    });
    assert_eq!((run.status, is_changed), (3, false), "{}", run.stderr);
}

#[test]
fn a_plan_holds_to_the_structure_of_a_file_and_not_to_its_media() {
    let root = title();
    let plan = plan(root.path(), &["reheader", LONGER]);
    // Media that was encrypted again, in a file that is another one by its inode.
    let path = root.path().join("long.mp4");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let beside = root.path().join("beside");
    fs::write(&beside, bytes).unwrap();
    fs::rename(&beside, &path).unwrap();
    // The very file that was planned for, written to since.
    let same = root.path().join("init.mp4");
    fs::write(&same, fs::read(&same).unwrap()).unwrap();
    let run = apply(&plan, &["-i"]);
    assert_eq!(run.status, 3);
    let failed: Vec<Value> = run.json().into_iter().filter(|line| !line["error"].is_null()).collect();
    assert_eq!(failed.len(), 1, "{}", run.stderr);
    assert!(failed[0]["error"].as_str().unwrap().contains("it was written to since"), "{failed:?}");
}

#[test]
fn a_cut_plan_and_what_is_none_are_refused_before_anything_is_looked_at() {
    let root = title();
    let plan = plan(root.path(), &["reheader", LONGER]);
    let text = fs::read_to_string(&plan).unwrap();
    let before = files(root.path());
    let without_end = text.trim_end().rsplit_once('\n').unwrap().0.to_owned();
    for (text, why) in [
        (without_end, "its last line is missing"),
        (text[..text.len() / 2].to_owned(), "its last line is missing"),
        (text.replacen("\"schema\":1", "\"schema\":2", 1), "newer version"),
        ("{}\n".to_owned(), "not that of a plan"),
        (String::new(), "not that of a plan"),
        ("<MPD/>".to_owned(), "not that of a plan"),
    ] {
        fs::write(&plan, &text).unwrap();
        let run = apply(&plan, &["-i"]);
        assert_eq!(run.status, 2, "{}", run.stderr);
        assert!(run.stderr.contains(why), "{why}: {}", run.stderr);
    }
    let mut after = files(root.path());
    after.insert("plan.jsonl".into(), before[Path::new("plan.jsonl")].clone());
    assert!(after == before);
}

#[test]
fn a_plan_follows_no_link_out_of_its_root_and_names_nothing_outside() {
    let (root, outside) = (title(), title());
    let plan = plan(root.path(), &["reheader", LONGER]);
    fs::remove_dir_all(root.path().join("a")).unwrap();
    symlink(outside.path().join("a"), root.path().join("a")).unwrap();
    fs::remove_file(root.path().join("init.mp4")).unwrap();
    symlink(outside.path().join("init.mp4"), root.path().join("init.mp4")).unwrap();
    let before = files(outside.path());
    let run = apply(&plan, &["-i"]);
    assert_eq!(run.status, 3);
    assert!(files(outside.path()) == before);
    assert_eq!(run.json().iter().filter(|line| !line["error"].is_null()).count(), 4, "{}", run.stderr);
    // A file that is not below the folder of the plan has no name in it.
    let plan = root.path().join("other.jsonl");
    let args = args!["reheader", LONGER, "-n", "--plan-to", &plan, outside.path().join("init.mp4")];
    let run = prkit(args.clone());
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("is not below"), "{}", run.stderr);
    let again = prkit(args);
    assert_eq!(again.status, 2);
    assert!(again.stderr.contains("--overwrite replaces it"), "{}", again.stderr);
    // With a root of its own it has one.
    let named = args!["reheader", LONGER, "-n", "--overwrite", "--plan-to", &plan, "--root", outside.path()];
    assert_eq!(prkit([named, args![outside.path().join("init.mp4")]].concat()).status, 0);
    assert_eq!(apply(&plan, &["-i", "--root", outside.path().to_str().unwrap()]).status, 0);
    assert!(files(outside.path()) != before);
}

#[test]
fn a_plan_of_one_file_goes_to_a_file_or_a_stream_and_one_of_several_to_a_folder() {
    let root = title();
    let (plan, init) = (root.path().join("p.jsonl"), root.path().join("init.mp4"));
    let dry = |input: &Path| {
        let _ = fs::remove_file(&plan);
        let run = prkit(args!["reheader", LONGER, "-n", "--plan-to", &plan, input]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    };
    dry(&init);
    let expected = prkit(args!["reheader", LONGER, "-o", "-", &init]).stdout;
    let streamed = prkit(args!["apply", &plan, "-o", "-"]);
    assert!(streamed.status == 0 && streamed.stdout == expected, "{}", streamed.stderr);
    let out = root.path().join("new.mp4");
    assert_eq!(prkit(args!["apply", &plan, "-o", &out]).status, 0);
    assert!(fs::read(&out).unwrap() == expected);
    let again = prkit(args!["apply", &plan, "-o", &out]);
    assert!(again.status == 3 && again.stderr.contains("exists"), "{}", again.stderr);
    dry(&root.path().join("a"));
    let refused = prkit(args!["apply", &plan, "-o", "-"]);
    assert!(refused.status == 2 && refused.stderr.contains("-o - takes one input"), "{}", refused.stderr);
    let folder = root.path().join("out");
    assert_eq!(prkit(args!["apply", &plan, "-o", &folder]).status, 0);
    assert!(folder.join("a/movie.mp4").is_file());
}

#[test]
fn an_ordered_run_writes_its_plan_in_the_order_of_its_inputs() {
    let root = tempfile::tempdir().unwrap();
    let mut names: Vec<String> = (0..60).map(|n| format!("{:02}", n * 37 % 60)).collect();
    for name in &names {
        fs::create_dir(root.path().join(name)).unwrap();
        fs::copy(sample("dash-live/video-init.mp4"), root.path().join(name).join("a.mp4")).unwrap();
    }
    let plan = root.path().join("p.jsonl");
    let inputs = names.iter().map(|name| root.path().join(name).into_os_string());
    let options = args!["reheader", LONGER, "-n", "--ordered", "-j8", "--plan-to", &plan];
    assert_eq!(prkit(options.into_iter().chain(inputs)).status, 0);
    let text = fs::read_to_string(&plan).unwrap();
    let lines = text.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        Some(line["path"].as_str()?.trim_end_matches("/a.mp4").to_owned())
    });
    let lines: Vec<String> = lines.collect();
    assert_eq!(lines, names);
    names.sort();
    assert_ne!(lines, names, "the order of the inputs is one that no walk has");
}
