//! Plans of titles: written down by a dry run, and each title carried out as one.

use crate::args;
use crate::program::{prkit, sample};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const LONGER: &str =
    "--la-url=https://license.example.com/much/longer/rightsmanager.asmx?with=some&more=of-it";

/// Two titles with byte ranges, in an MPD and a playlist each, and a file of none.
fn catalogue() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for title in ["first", "second"] {
        let folder = root.path().join(title);
        fs::create_dir(&folder).unwrap();
        fs::copy(sample("dash-ondemand/audio.mp4"), folder.join("audio.mp4")).unwrap();
        for name in ["list.mpd", "media.m3u8"] {
            let text = fs::read_to_string(sample(&format!("manifests/{name}"))).unwrap();
            fs::write(folder.join(name), text.replace("../dash-ondemand/", "")).unwrap();
        }
    }
    fs::copy(sample("dash-live/video-init.mp4"), root.path().join("alone.mp4")).unwrap();
    root
}

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let all = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let all = all.filter(|entry| entry.file_type().is_file());
    let named = |path: &Path| path.strip_prefix(root).unwrap().to_owned();
    all.map(|entry| (named(entry.path()), fs::read(entry.path()).unwrap())).collect()
}

fn copy_of(root: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for (name, bytes) in files(root) {
        fs::create_dir_all(copy.path().join(&name).parent().unwrap()).unwrap();
        fs::write(copy.path().join(name), bytes).unwrap();
    }
    copy
}

/// A plan of all titles, in a folder of its own.
fn planned(root: &Path, folder: &Path) -> PathBuf {
    let plan = folder.join("plan.jsonl");
    let run =
        prkit(args!["reheader", "--presentation", "-n", "--plan-to", &plan, "--root", root, LONGER, root]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    plan
}

fn apply(plan: &Path, root: &Path, more: Vec<OsString>) -> crate::program::Run {
    prkit([args!["apply", plan, "--root", root], more].concat())
}

#[test]
fn titles_of_a_plan_become_what_a_direct_run_makes_of_them() {
    let (root, out) = (catalogue(), tempfile::tempdir().unwrap());
    let copy = copy_of(root.path());
    let plan = planned(root.path(), out.path());
    let before = files(root.path());
    assert_eq!(before, files(copy.path()), "a dry run writes nothing");
    let lines: Vec<serde_json::Value> =
        fs::read_to_string(&plan).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let titles = |name: &str| {
        let of = lines.iter().filter(|line| line["path"].as_str().is_some_and(|path| path.starts_with(name)));
        of.map(|line| line["title"].as_u64()).collect::<Vec<_>>()
    };
    let (first, second) = (titles("first/"), titles("second/"));
    assert!(first.len() == 3 && second.len() == 3 && first[0] != second[0], "{first:?} {second:?}");
    assert!(first[0].is_some() && first.iter().all(|number| *number == first[0]), "{first:?}");
    assert_eq!(titles("alone"), [None]);
    // Written to another folder, in place on copies, and directly: the same bytes.
    let elsewhere = out.path().join("new");
    let run = apply(&plan, root.path(), args!["-o", &elsewhere]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let log = out.path().join("log.jsonl");
    let run = apply(&plan, copy.path(), args!["-i", "--log", &log]);
    assert!(run.status == 0 && run.stderr.contains("7 changed"), "{}{}", run.text(), run.stderr);
    let direct = prkit(args!["reheader", "--presentation", "-i", LONGER, root.path()]);
    assert_eq!(direct.status, 0, "{}", direct.stderr);
    let after = files(root.path());
    assert!(after != before && after == files(copy.path()) && after == files(&elsewhere));
    for manifest in ["first/list.mpd", "second/media.m3u8"] {
        assert_eq!(prkit(args!["check", copy.path().join(manifest)]).status, 0);
    }
    // It is taken back as what a direct run did.
    let run = prkit(args!["undo", &log]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(files(copy.path()), before);
}

#[test]
fn a_title_of_which_one_file_is_another_one_stays_as_it_is() {
    let (root, out) = (catalogue(), tempfile::tempdir().unwrap());
    let plan = planned(root.path(), out.path());
    let playlist = root.path().join("second/media.m3u8");
    fs::write(&playlist, [&fs::read(&playlist).unwrap()[..], b"# and more\n"].concat()).unwrap();
    let before = files(root.path());
    let run = apply(&plan, root.path(), args!["-i"]);
    assert_eq!(run.status, 3);
    assert!(
        run.stderr.contains("media.m3u8: ") && run.stderr.contains("it is not the file that was planned for"),
        "{}",
        run.stderr
    );
    let after = files(root.path());
    for (name, bytes) in &before {
        let is_changed = after[name] != *bytes;
        assert_eq!(is_changed, !name.starts_with("second"), "{}", name.display());
    }
    assert_eq!(after.len(), before.len(), "nothing is left beside them");
}
