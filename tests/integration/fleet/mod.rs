//! Many files: workers, groups, order, failures.

mod output;
mod overview;
mod record;
mod trust;

use crate::args;
use crate::program::{Run, prkit, sample};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const OLD: &str = "https://lic.example.test/rm.asmx";

/// As long as the old one: stored where it is.
const SAME: &str = "https://new.example.test/rm.asmx";

const LONGER: &str = "https://license.example.com/much/longer/rightsmanager.asmx";

/// Files of three sorts in some folders: initialisation segments, segments with a box in each fragment, files with an
/// empty store.
fn tree(folders: usize, each: usize) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let sorts = [sample("dash-live/video-init.mp4"), sample("edge/store-10k.mp4"), sample("rotation/1.m4s")];
    let sorts: Vec<Vec<u8>> = sorts.iter().map(|path| fs::read(path).unwrap()).collect();
    for folder in 0..folders {
        let below = root.path().join(format!("{folder}"));
        fs::create_dir(&below).unwrap();
        for file in 0..each {
            let sort = &sorts[file % if file % 8 == 0 { 3 } else { 2 }];
            fs::write(below.join(format!("{file:03}.mp4")), sort).unwrap();
        }
    }
    root
}

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

fn urls(root: &Path) -> BTreeMap<String, usize> {
    let mut urls = BTreeMap::new();
    for line in prkit(args!["show", "--json", root]).json() {
        for found in line["pssh"].as_array().unwrap().iter().filter(|found| found["system"] == "playready") {
            let url = found["pro"]["header"]["la_url"].as_str().unwrap_or("none").to_owned();
            *urls.entry(url).or_default() += 1;
        }
    }
    urls
}

fn reheader(root: &Path, url: &str, more: &[&str]) -> Run {
    let mut args = args!["reheader", "-i", "--la-url", url, root];
    args.extend(more.iter().map(Into::into));
    prkit(args)
}

#[test]
fn all_files_of_a_tree_are_changed_and_a_second_run_changes_nothing() {
    let root = tree(3, 40);
    let run = reheader(root.path(), LONGER, &["-j3"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("120 changed"), "{}", run.stderr);
    assert_eq!(urls(root.path()).keys().collect::<Vec<_>>(), [LONGER]);
    let again = reheader(root.path(), LONGER, &["--json"]);
    assert!(again.json().iter().all(|line| line["changed"] == false));
    assert!(again.stderr.contains("0 changed, 120 already as asked"), "{}", again.stderr);
}

#[test]
fn a_file_of_several_names_is_changed_once_and_found_as_asked_for_then() {
    for jobs in ["-j1", "-j8"] {
        let root = tree(1, 300);
        let file = root
            .path()
            .join("0")
            .join(fs::read_dir(root.path().join("0")).unwrap().next().unwrap().unwrap().file_name());
        let other = root.path().join("./0").join(file.file_name().unwrap());
        let run =
            reheader(root.path(), LONGER, &[jobs, "--json", file.to_str().unwrap(), other.to_str().unwrap()]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let lines = run.json();
        assert_eq!(lines.len(), 302);
        assert_eq!(lines.iter().filter(|line| line["changed"] == true).count(), 300);
        // Two links of one file: all names see an edit in place, a new file has one of them.
        let link = root.path().join("link.mp4");
        fs::hard_link(&file, &link).unwrap();
        let run = reheader(root.path(), SAME, &[jobs, "--json", "--hard-links", "--write=map"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(run.json().iter().filter(|line| line["changed"] == true).count(), 300);
        let run = reheader(root.path(), LONGER, &[jobs, "--json", "--write=rename"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(run.json().iter().filter(|line| line["changed"] == true).count(), 301);
        assert_eq!(fs::read(&link).unwrap(), fs::read(&file).unwrap());
    }
}

#[test]
fn groups_of_one_folder_are_at_work_at_once() {
    let root = tree(1, 300);
    let run = reheader(root.path(), SAME, &["-j8"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(urls(root.path()).keys().collect::<Vec<_>>(), [SAME]);
    // No journal is left.
    assert_eq!(files(root.path()).len(), 300);
}

#[test]
fn the_order_is_that_of_the_walk_when_it_is_asked_for() {
    let root = tree(4, 50);
    let paths = |jobs: &str| -> Vec<String> {
        let run = prkit(args!["show", "--json", "--ordered", jobs, root.path()]);
        run.json().iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect()
    };
    let ordered = paths("-j7");
    assert_eq!(ordered.len(), 200);
    assert!(ordered.is_sorted());
    assert_eq!(ordered, paths("-j1"));
    let unordered = prkit(args!["show", "--json", "-j7", root.path()]).json();
    let unordered: BTreeSet<_> = unordered.iter().map(|line| line["path"].as_str().unwrap()).collect();
    assert_eq!(unordered.into_iter().collect::<Vec<_>>(), ordered);
}

#[test]
fn the_order_of_a_writing_run_holds_for_files_that_fail_early_late_or_were_done_before() {
    for jobs in ["-j1", "-j7"] {
        let root = tree(1, 12);
        let file = |name: &str| root.path().join("0").join(name);
        let log = format!("{}", root.path().join("log").display());
        assert_eq!(reheader(root.path(), SAME, &["--log", &log, "--include=005.mp4"]).status, 0);
        // Cut; two names, which wait for each other, of files that are refused for that.
        fs::write(file("002.mp4"), &fs::read(file("002.mp4")).unwrap()[..300]).unwrap();
        fs::hard_link(file("000.mp4"), file("003-link.mp4")).unwrap();
        fs::hard_link(file("007.mp4"), file("007-link.mp4")).unwrap();
        let run = reheader(
            root.path(),
            SAME,
            &["--ordered", jobs, "--json", "--progress=never", "--resume", &log, "--include=*.mp4"],
        );
        assert_eq!(run.status, 3, "{}", run.stderr);
        let lines = run.json();
        let paths: Vec<_> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
        assert_eq!(paths.len(), 14);
        assert!(paths.is_sorted(), "{paths:?}");
        assert_eq!(lines[6]["done_before"], true);
        let said: Vec<_> = run.stderr.lines().filter(|line| line.contains("/0/")).collect();
        assert_eq!(said.len(), 5, "{}", run.stderr);
        assert!(said.is_sorted(), "{}", run.stderr);
    }
}

#[test]
fn a_failing_file_does_not_stop_the_others_but_with_fail_fast() {
    let root = tree(2, 40);
    // Broken as a box, but recognised.
    fs::write(root.path().join("0/000.mp4"), b"\0\0\0\x18ftypiso6\0\0\0\0isommp41\0\0\0\x04moov").unwrap();
    let run = reheader(root.path(), SAME, &["--json"]);
    assert_eq!(run.status, 3);
    assert_eq!(run.json().iter().filter(|line| line["changed"] == true).count(), 79);
    assert!(run.stderr.contains("79 changed, 1 failed"), "{}", run.stderr);
    let run = reheader(root.path(), LONGER, &["--json", "--fail-fast", "-j1"]);
    assert_eq!(run.status, 3);
    assert_eq!(run.json().len(), 1);
    assert!(run.stderr.contains("--fail-fast"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_looked_at_is_counted_as_failed() {
    use std::os::unix::fs::symlink;
    let root = tree(1, 5);
    // Fails in the walk itself, for whomever it runs.
    symlink(root.path(), root.path().join("circle")).unwrap();
    symlink(root.path().join("nowhere"), root.path().join("dangling.mp4")).unwrap();
    let page = root.path().join("page.html");
    for json in [args![], args!["--json"]] {
        let run = |args: Vec<std::ffi::OsString>| {
            let run = prkit([args, args!["-L", root.path()], json.clone()].concat());
            assert_eq!(run.status, 3, "{}", run.stderr);
            assert!(
                run.stderr.contains("dangling.mp4: ") && run.stderr.contains("circle: "),
                "{}",
                run.stderr
            );
            run
        };
        let written = run(args!["reheader", "-i", "--la-url", SAME]);
        assert!(written.stderr.contains("5 ") && written.stderr.contains(", 2 failed"), "{}", written.stderr);
        for command in ["show", "lint"] {
            let shown = run(args![command, "--summary"]);
            let last = shown.text().lines().last().unwrap();
            if json.is_empty() {
                let failed = shown.text().lines().find(|line| line.contains("failed")).unwrap();
                assert!(failed.ends_with(" 2"), "{}", shown.text());
            } else {
                let summary: Value = serde_json::from_str(last).unwrap();
                assert_eq!(summary["summary"]["failed"], 2, "{summary}");
                assert_eq!(summary["summary"]["files"], 7, "{summary}");
            }
        }
        run(args!["show", "--html", &page]);
        let html = fs::read_to_string(&page).unwrap();
        assert!(html.contains("dangling.mp4</b>") && html.contains("circle</b>"));
    }
    let lint = prkit(args!["lint", "-L", root.path()]);
    assert!(
        lint.stderr.contains("prkit: 7 inputs: ") && lint.stderr.contains(", 2 failed"),
        "{}",
        lint.stderr
    );
}

#[test]
fn foreign_files_are_counted_and_not_opened_for_writing() {
    let root = tree(1, 5);
    fs::write(root.path().join("0/notes.txt"), "nothing here").unwrap();
    let run = reheader(root.path(), SAME, &[]);
    assert_eq!(run.status, 0);
    assert!(run.stderr.contains("1 other file skipped"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(root.path().join("0/notes.txt")).unwrap(), "nothing here");
}

#[test]
fn a_dry_run_counts_urls_and_costs() {
    let root = tree(1, 20);
    let before = files(root.path());
    let run = prkit(args!["reheader", "-n", "--la-url", LONGER, root.path()]);
    assert!(run.stderr.contains("20 would change"), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("{OLD} → {LONGER}")), "{}", run.stderr);
    assert!(run.stderr.contains("to write"), "{}", run.stderr);
    assert_eq!(files(root.path()), before);
}
