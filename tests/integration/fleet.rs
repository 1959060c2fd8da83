//! Many files: workers, groups, logs, signals, kills.

use crate::args;
use crate::presentation::Copy;
use crate::program::{Run, prkit, sample};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

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

fn lines(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).unwrap();
    text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
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
        assert!(html.contains("dangling.mp4</h2>") && html.contains("circle</h2>"));
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

#[test]
fn a_batch_is_taken_back_file_by_file() {
    let root = tree(2, 30);
    let before = files(root.path());
    let out = tempfile::tempdir().unwrap();
    let log = out.path().join("log.jsonl");
    let log_arg = format!("--log={}", log.display());
    assert_eq!(reheader(root.path(), LONGER, &[&log_arg]).status, 0);
    assert_eq!(lines(&log).len(), 60);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "what was begun is gone");
    // A log is not written over.
    assert_eq!(reheader(root.path(), LONGER, &[&log_arg]).status, 2);
    // Somebody edits one file.
    let other = root.path().join("1/003.mp4");
    assert_eq!(reheader(&other, "https://third.example/", &[]).status, 0);
    let left = fs::read(&other).unwrap();
    let dry = prkit(args!["undo", "-n", &log]);
    assert!(dry.text().contains("would be as before the batch"), "{}", dry.text());
    let undo = prkit(args!["undo", "--json", &log]);
    assert_eq!(undo.status, 3, "{}", undo.stderr);
    assert!(undo.stderr.contains("003.mp4: it is not as the batch left it"), "{}", undo.stderr);
    let mut after = files(root.path());
    assert_eq!(after.insert(other.clone(), before[&other].clone()).unwrap(), left);
    assert!(after == before);
    // Again: nothing to do but for that file.
    let again = prkit(args!["undo", "--json", &log]).json();
    assert!(again.iter().all(|line| line["changed"] == false));
}

#[test]
fn a_file_that_got_another_name_since_is_taken_back_under_one_or_both() {
    for (options, follows) in
        [(["--write=rename"].as_slice(), false), (&["--hard-links", "--write=map"], true)]
    {
        let root = tree(1, 2);
        let before = files(root.path());
        let (log, file, link) =
            (root.path().join("log"), root.path().join("0/000.mp4"), root.path().join("0/link"));
        assert_eq!(reheader(root.path(), SAME, &["--log", log.to_str().unwrap()]).status, 0);
        fs::hard_link(&file, &link).unwrap();
        let refused = prkit(args!["undo", &log]);
        assert_eq!(refused.status, 3);
        assert!(refused.stderr.contains("--write rename changes this name only"), "{}", refused.stderr);
        let mut undo = args!["undo", &log];
        undo.extend(options.iter().map(Into::into));
        let run = prkit(undo);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(fs::read(&file).unwrap() == before[&file]);
        assert_eq!(fs::read(&link).unwrap() == before[&file], follows);
    }
}

/// A batch of eight files that was killed when four groups were done and not in its log yet: two of the files that tell
/// of them are gone, as after a run that went on and was killed, too.
fn killed(root: &Path, out: &Path) -> PathBuf {
    let (whole, log) = (out.join("whole"), out.join("log"));
    assert_eq!(reheader(root, SAME, &["--log", whole.to_str().unwrap()]).status, 0);
    let text = fs::read_to_string(&whole).unwrap();
    let (head, lines) = text.split_once('\n').unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 8);
    fs::write(&log, format!("{head}\n")).unwrap();
    for (number, lines) in [(1, &lines[..3]), (3, &lines[3..]), (12, &[])] {
        // The last line was not written to its end: its file was not touched.
        let text = format!("{}\n{{\"schema\":1,\"pa", lines.join("\n"));
        fs::write(out.join(format!("log.begun-{number}")), text).unwrap();
    }
    fs::remove_file(whole).unwrap();
    log
}

#[test]
fn whatever_is_left_of_begun_groups_gets_into_the_log() {
    let (root, out) = (tree(1, 8), tempfile::tempdir().unwrap());
    let before = files(root.path());
    let log = killed(root.path(), out.path());
    let run = reheader(root.path(), SAME, &["--resume", log.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("8 done before"), "{}", run.stderr);
    assert_eq!(lines(&log).len(), 8);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "begun files are left");
    assert_eq!(prkit(args!["undo", &log]).status, 0);
    assert!(files(root.path()) == before);
}

#[test]
fn a_killed_run_is_taken_back_whole() {
    let (root, out) = (tree(1, 8), tempfile::tempdir().unwrap());
    let before = files(root.path());
    let log = killed(root.path(), out.path());
    let now = files(root.path());
    let dry = prkit(args!["undo", "-n", &log]);
    assert!(
        dry.stderr.contains("log.begun-1, ") && dry.stderr.contains("tell of more files"),
        "{}",
        dry.stderr
    );
    assert!(files(root.path()) == now);
    let run = prkit(args!["undo", &log]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(files(root.path()) == before);
}

#[test]
fn what_a_killed_run_left_of_a_file_that_cannot_be_looked_at_stays_in_the_log() {
    let (root, out) = (tree(1, 8), tempfile::tempdir().unwrap());
    let before = files(root.path());
    let log = killed(root.path(), out.path());
    let (there, away) = (root.path().join("0/003.mp4"), out.path().join("away.mp4"));
    fs::rename(&there, &away).unwrap();
    let run = prkit(args!["undo", &log]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains("003.mp4: it cannot be looked at, and may be as the run left it"),
        "{}",
        run.stderr
    );
    fs::rename(&away, &there).unwrap();
    let run = prkit(args!["undo", &log]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(files(root.path()) == before);
}

#[test]
fn a_log_that_has_no_room_for_a_line_has_none_of_it() {
    let out = tempfile::tempdir().unwrap();
    let whole = out.path().join("whole");
    assert_eq!(reheader(tree(4, 40).path(), SAME, &["--log", whole.to_str().unwrap()]).status, 0);
    // Half of that is what files may have now.
    let blocks = fs::metadata(&whole).unwrap().len() / 2 / 512;
    let (root, log) = (tree(4, 40), out.path().join("log"));
    let before = files(root.path());
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let run = Command::new("sh")
        .args([
            "-c",
            &limited,
            "sh",
            env!("CARGO_BIN_EXE_prkit"),
            "reheader",
            "-i",
            "-j1",
            "--la-url",
            SAME,
            "--log",
        ])
        .args([log.as_path(), root.path()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(3), "{said}");
    assert!(said.contains("the log cannot be written"), "{said}");
    assert!(fs::read_to_string(&log).unwrap().ends_with("}\n"));
    let undo = prkit(args!["undo", &log]);
    assert_eq!(undo.status, 0, "{}", undo.stderr);
    assert!(files(root.path()) == before);
}

#[test]
fn originals_are_kept_once_and_are_no_inputs() {
    let root = tree(1, 8);
    let before = files(root.path());
    let backup = |url: &str| reheader(root.path(), url, &["--backup=.bak"]);
    // A run that was stopped behind its copies, and before its edits.
    let same = root.path().join("0/001.mp4");
    fs::copy(&same, same.with_file_name("001.mp4.bak")).unwrap();
    let first = backup(SAME);
    assert_eq!(first.status, 0, "{}", first.stderr);
    let now = files(root.path());
    assert_eq!(now.len(), 16);
    for (path, bytes) in &before {
        let mut kept = path.clone().into_os_string();
        kept.push(".bak");
        assert!(now[Path::new(&kept)] == *bytes, "{}", path.display());
    }
    let again = backup(SAME);
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(again.stderr.contains("0 changed, 8 already as asked"), "{}", again.stderr);
    assert!(files(root.path()) == now);
    // Another copy is not written over.
    assert_eq!(backup(LONGER).status, 3);
}

#[test]
fn a_log_is_gone_on_with_by_one_process_and_with_the_same_options() {
    let (root, out) = (tree(1, 8), tempfile::tempdir().unwrap());
    let log = out.path().join("log");
    let path = log.to_str().unwrap();
    assert_eq!(reheader(root.path(), SAME, &["--log", path]).status, 0);
    let other = reheader(root.path(), LONGER, &["--resume", path]);
    assert_eq!(other.status, 2);
    assert!(other.stderr.contains("is of a run with other options"), "{}", other.stderr);
    assert_eq!(reheader(root.path(), SAME, &["--resume", path, "-j1", "--ordered"]).status, 0);
    let held = File::open(&log).unwrap();
    held.try_lock().unwrap();
    // Whoever writes it has lines beside it.
    fs::write(out.path().join("log.begun-0"), "").unwrap();
    for (args, status) in [
        (args!["reheader", "-i", "--la-url", SAME, "--resume", path, root.path()], 2),
        (args!["undo", path], 3),
    ] {
        let run = prkit(args);
        assert_eq!(run.status, status);
        assert!(run.stderr.contains("another process is at work with it"), "{}", run.stderr);
    }
    fs::remove_file(out.path().join("log.begun-0")).unwrap();
    // A new log does not begin among the old bytes of another one.
    fs::rename(&log, out.path().join("moved")).unwrap();
    fs::write(out.path().join("log.begun-7"), "").unwrap();
    let run = reheader(root.path(), LONGER, &["--log", path]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("log.begun-7 is left of another run"), "{}", run.stderr);
}

#[test]
fn results_whose_names_are_no_text_are_done_before() {
    use std::os::unix::ffi::OsStrExt as _;
    let (root, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let name = std::ffi::OsStr::from_bytes(b"x\xff.mp4");
    fs::copy(sample("edge/store-10k.mp4"), root.path().join(name)).unwrap();
    let (log, target) = (out.path().join("log"), out.path().join("to"));
    let run = |how: &str| {
        prkit(args![
            "reheader",
            root.path(),
            "--la-url",
            SAME,
            "-o",
            format!("{}/", target.display()),
            how,
            &log
        ])
    };
    let first = run("--log");
    assert_eq!(first.status, 0, "{}", first.stderr);
    let again = run("--resume");
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(again.stderr.contains("1 done before"), "{}", again.stderr);
}

#[test]
fn a_resumed_run_skips_what_is_done_and_still_the_same() {
    let root = tree(1, 20);
    let out = tempfile::tempdir().unwrap();
    let log = out.path().join("log.jsonl");
    let below = root.path().join("0/01?.mp4");
    let include = format!("--include={}", below.file_name().unwrap().display());
    let first = reheader(root.path(), SAME, &["--log", log.to_str().unwrap(), &include, "--json"]);
    assert_eq!(first.json().len(), 10);
    // One of them is not as it was left.
    fs::copy(sample("dash-live/video-init.mp4"), root.path().join("0/012.mp4")).unwrap();
    let run = reheader(root.path(), SAME, &["--resume", log.to_str().unwrap(), "--json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    // A line for each input, with what was done before.
    let done = run.json().iter().filter(|line| line["done_before"] == true).count();
    assert_eq!((run.json().len(), done), (20, 9));
    assert!(run.stderr.contains("11 changed, 9 done before"), "{}", run.stderr);
    assert_eq!(lines(&log).len(), 21);
}

/// What the program says it is when it is stopped while it works.
fn stopped(root: &Path, log: &Path, after: Duration, signal: &str) -> (Option<i32>, String) {
    let mut args = args!["reheader", "-i", "--la-url", LONGER, "--json", root, "-j2"];
    args.extend(if log.exists() { args!["--resume", log] } else { args!["--log", log] });
    let child = Command::new(env!("CARGO_BIN_EXE_prkit"))
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let id = child.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).stderr(Stdio::null()).status().is_ok());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn whenever_it_is_killed_every_file_is_old_or_new_and_once_in_the_log() {
    let root = tree(3, 60);
    let before = files(root.path());
    let expected = tree(3, 60);
    assert_eq!(reheader(expected.path(), LONGER, &[]).status, 0);
    let below = |root: &Path, path: &Path| path.strip_prefix(root).unwrap().to_owned();
    let new: BTreeMap<_, _> =
        files(expected.path()).into_iter().map(|(path, b)| (below(expected.path(), &path), b)).collect();
    let out = tempfile::tempdir().unwrap();
    let log = out.path().join("log.jsonl");
    let mut kills = 0;
    for round in 0..60_u64 {
        let (code, stderr) = stopped(root.path(), &log, Duration::from_millis(3 + round * 7 % 45), "-KILL");
        match code {
            None => kills += 1,
            Some(0) => break,
            // Killed before there was a log.
            Some(2) if stderr.contains("no line") => fs::remove_file(&log).unwrap(),
            Some(code) => panic!("{code}: {stderr}"),
        }
    }
    println!("{kills} kills");
    let end = reheader(root.path(), LONGER, &["--resume", log.to_str().unwrap()]);
    assert_eq!(end.status, 0, "{}", end.stderr);
    let after = files(root.path());
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "nothing is left over");
    for (path, bytes) in &after {
        assert!(*bytes == new[&below(root.path(), path)], "{}", path.display());
    }
    let lines = lines(&log);
    let paths: BTreeSet<_> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
    assert_eq!((lines.len(), paths.len()), (180, 180));
    assert!(lines.iter().all(|line| line["changed"] == true));
    // So nothing is lost for taking it back.
    assert_eq!(prkit(args!["undo", &log]).status, 0);
    assert!(files(root.path()) == before);
}

#[test]
fn a_signal_stops_it_between_files_and_it_says_how_to_go_on() {
    let root = tree(6, 100);
    let before = files(root.path());
    let out = tempfile::tempdir().unwrap();
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let log = out.path().join(signal);
        let (status, stderr) = stopped(root.path(), &log, Duration::from_millis(60), signal);
        if status == Some(0) || status.is_none() {
            eprintln!("too fast or too slow for a signal: skipped");
            continue;
        }
        assert_eq!(status, Some(code), "{stderr}");
        assert!(stderr.contains("interrupted; no file is half-way, and --resume"), "{stderr}");
        let end = reheader(root.path(), LONGER, &["--resume", log.to_str().unwrap()]);
        assert_eq!(end.status, 0, "{}", end.stderr);
        assert_eq!(prkit(args!["undo", &log]).status, 0);
    }
    assert!(files(root.path()) == before);
}

#[test]
fn the_bar_shows_whole_numbers() {
    let root = tree(1, 300);
    let typed = format!("'{}' show --summary -j1 '{}'", env!("CARGO_BIN_EXE_prkit"), root.path().display());
    let Ok(run) = Command::new("script").args(["-qec", &typed, "/dev/null"]).output() else {
        eprintln!("script is not in the path: skipped");
        return;
    };
    let shown = String::from_utf8_lossy(&run.stdout);
    let rates: Vec<_> = shown.split_whitespace().filter_map(|word| word.strip_suffix("/s")).collect();
    assert!(!rates.is_empty(), "{shown}");
    let is_whole = |rate: &&str| rate.chars().all(|c| c.is_ascii_digit() || c == ',');
    assert!(rates.iter().all(is_whole), "{rates:?}");
}

/// Runs it where nobody reads standard output, or where that is a full disk: exit status and messages.
fn unread(args: Vec<std::ffi::OsString>, stdout: Stdio) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prkit"));
    let mut child = command.args(args).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_writing_run_goes_on_to_its_end_when_nobody_reads_what_it_says() {
    for more in [args!["-j1"], args!["-j3", "--json", "--ordered"]] {
        let root = tree(3, 40);
        let before = files(root.path());
        let run = |how: &str| {
            unread(
                [args!["reheader", how, "--la-url", SAME, root.path()], more.clone()].concat(),
                Stdio::piped(),
            )
        };
        // A dry run and a reading one are over when nobody reads them.
        assert_eq!(run("-n"), (Some(0), String::new()));
        let show = [args!["show", root.path()], more.clone()].concat();
        assert_eq!(unread(show, Stdio::piped()), (Some(0), String::new()));
        assert!(files(root.path()) == before);
        let (status, stderr) = run("-i");
        assert_eq!(status, Some(0), "{stderr}");
        assert!(stderr.contains("120 changed"), "{stderr}");
        assert_eq!(urls(root.path()).keys().collect::<Vec<_>>(), [SAME]);
        // The exit status is that of the work, and a message is not lost with the report beside it.
        for folder in 0..3 {
            let file = root.path().join(format!("{folder}/001.mp4"));
            fs::write(&file, &fs::read(&file).unwrap()[..300]).unwrap();
        }
        let (status, stderr) = run("-i");
        assert_eq!(status, Some(3), "{stderr}");
        assert_eq!(stderr.matches("001.mp4: ").count(), 3, "{stderr}");
        assert!(stderr.contains("0 changed, 117 already as asked, 3 failed"), "{stderr}");
    }
}

#[test]
fn messages_that_cannot_be_written_stop_nothing() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        eprintln!("no /dev/full: skipped");
        return;
    };
    let root = tree(3, 20);
    fs::write(root.path().join("0/000.mp4"), b"\0\0\0\x18ftypiso6\0\0\0\0isommp41\0\0\0\x04moov").unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_prkit"))
        .args(args!["reheader", "-i", "--la-url", SAME, root.path(), "-j1", "--progress=always"])
        .stdout(Stdio::null())
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(3));
    let again = reheader(root.path(), SAME, &["--json"]);
    assert!(again.stderr.contains("0 changed, 59 already as asked, 1 failed"), "{}", again.stderr);
}

#[test]
fn presentations_go_on_to_the_end_when_nobody_reads_what_is_said() {
    let copies = [Copy::new(), Copy::new(), Copy::new()];
    let mut args = args!["reheader", "-i", "--presentation", "--la-url", LONGER, "--json"];
    args.extend(copies.iter().map(|copy| copy.at("manifests/ondemand.mpd").into()));
    let (status, stderr) = unread(args.clone(), Stdio::piped());
    assert_eq!(status, Some(0), "{stderr}");
    let again = prkit(args).json();
    assert!(again.len() > 3 && again.iter().all(|line| line["changed"] == false));
}

#[test]
fn a_writing_run_whose_output_is_full_says_what_it_did_and_how_to_go_on() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        eprintln!("no /dev/full: skipped");
        return;
    };
    let out = tempfile::tempdir().unwrap();
    for (logged, how) in [(false, "the same command again"), (true, "--resume ")] {
        let root = tree(8, 40);
        let log = out.path().join("log");
        let mut args = args!["reheader", "-i", "--la-url", SAME, root.path(), "-j1", "--json"];
        args.extend(if logged { args!["--log", &log] } else { args![] });
        let (status, stderr) = unread(args, full.try_clone().unwrap().into());
        assert_eq!(status, Some(3), "{stderr}");
        assert!(stderr.contains("cannot write the output: "), "{stderr}");
        assert!(stderr.contains(&format!("stopped; no file is half-way, and {how}")), "{stderr}");
        let again = reheader(root.path(), SAME, &["--json"]).json();
        let changed = again.iter().filter(|line| line["changed"] == false).count();
        assert!(changed > 0 && changed < 320, "{changed}");
        assert!(stderr.contains(&format!("prkit: {changed} changed; ")), "{changed}: {stderr}");
    }
}

#[test]
fn a_file_that_cannot_be_written_whole_is_named() {
    let root = tree(1, 8);
    let out = tempfile::tempdir().unwrap();
    // As on a full disk, but for the number of the error.
    let limited = |command: String| {
        let limited = format!("trap '' XFSZ; ulimit -f 1; '{}' {command}", env!("CARGO_BIN_EXE_prkit"));
        let run = Command::new("sh").args(["-c", &limited]).output().unwrap();
        (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
    };
    let (page, folder) = (out.path().join("page.html"), root.path().join("0"));
    let (status, stderr) = limited(format!("show --html {} {}", page.display(), folder.display()));
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains(&format!("the output: --html {}: ", page.display())), "{stderr}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    let (status, stderr) =
        limited(format!("reheader --la-url {SAME} -o {}/ {}", out.path().display(), folder.display()));
    assert_eq!(status, Some(3), "{stderr}");
    let names = |name: &str| {
        stderr.contains(&format!(
            "{}: {}: cannot",
            folder.join(name).display(),
            out.path().join(name).display()
        ))
    };
    assert!(names("000.mp4") && names("007.mp4"), "{stderr}");
}

#[test]
fn what_cannot_be_recovered_is_in_the_way_of_that_file_only() {
    let root = tree(1, 12);
    let log = root.path().join("log");
    // Kill until a journal of a group is left.
    let journal = root.path().join("0/.prkit-journal");
    let mut args = args!["reheader", "-i", "--la-url", SAME, root.path(), "-j1", "--sync=none"];
    for delay in 0..400_u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_prkit"))
            .args(&args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(1500 + delay * 40));
        child.kill().unwrap();
        child.wait().unwrap();
        if journal.exists() && prkit(args!["recover", "--list", &journal]).text().lines().count() > 1 {
            break;
        }
        // The other URL the next time.
        let url = if delay % 2 == 0 { OLD } else { SAME };
        args[3] = url.into();
    }
    if !journal.exists() {
        eprintln!("no kill hit a journal: skipped");
        return;
    }
    // One file is cut by somebody: it is neither old nor new.
    let cut = root.path().join("0/001.mp4");
    fs::OpenOptions::new().write(true).open(&cut).unwrap().set_len(5000).unwrap();
    let run = reheader(
        root.path(),
        "https://3rd.example.test/rm.asmx",
        &["--json", "--log", log.to_str().unwrap()],
    );
    assert_eq!(run.status, 3, "{}", run.stderr);
    let failed: Vec<_> = run.json().into_iter().filter(|line| !line["error"].is_null()).collect();
    assert_eq!(failed.len(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("cannot be finished"), "{}", run.stderr);
    assert!(journal.exists());
    // The journal is about that file only, and goes on with nothing else.
    let again = reheader(root.path(), LONGER, &["--json"]);
    assert_eq!(again.json().iter().filter(|line| line["changed"] == true).count(), 11, "{}", again.stderr);
}

#[test]
fn a_summary_counts_what_many_files_hold() {
    let root = tree(2, 16);
    let run = prkit(args!["show", "--summary", "--json", root.path()]).one();
    let summary = &run["summary"];
    assert_eq!(summary["files"], 32);
    assert_eq!(summary["kinds"]["mp4"], 32);
    assert_eq!(summary["stores"]["count"], summary["empty_stores"]);
    assert!(summary["la_urls"][OLD].as_u64().unwrap() > 10, "{summary}");
    let text = prkit(args!["show", "--summary", root.path()]);
    assert!(text.text().contains("Files by license URL"), "{}", text.text());
    let lint = prkit(args!["lint", "--summary", "--json", root.path()]).one();
    assert_eq!(lint["summary"]["findings"]["PRH-11"]["level"], "note", "{lint}");
}

/// A browser that draws pages without a screen, where there is one.
fn browser() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let all = std::env::split_paths(&paths);
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = all.flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("no browser on this machine: skipped");
    }
    found
}

#[test]
fn the_page_is_drawn_by_a_browser_to_scale_and_fetches_nothing() {
    let root = tree(1, 9);
    fs::copy(sample("edge/store-10k.mp4"), root.path().join("<i>'&\".mp4")).unwrap();
    let out = tempfile::tempdir().unwrap();
    let page = out.path().join("page.html");
    let run = prkit(args!["show", "--html", &page, root.path()]);
    assert_eq!((run.status, run.text()), (0, ""), "{}", run.stderr);
    let html = fs::read_to_string(&page).unwrap();
    for fetch in ["src=", "href=", "<script", "url(", "@import"] {
        assert!(!html.contains(fetch), "{fetch}");
    }
    let Some(browser) = browser() else { return };
    let profile = format!("--user-data-dir={}", out.path().join("profile").display());
    let drawn = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", &profile])
        .arg(format!("file://{}", page.display()))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&drawn.stdout).into_owned();
    assert_eq!(dom.matches("<section>").count(), 10, "{dom:.500}");
    assert!(dom.contains("&lt;i&gt;'&amp;\".mp4"), "names stay names");
    // The store is 10,240 of the file's 11,776 bytes.
    let store = dom.find("class=\"store\" x=").expect("a store is drawn");
    let width = dom[store..].split("width=\"").nth(1).unwrap().split('"').next().unwrap();
    let width: f64 = width.parse().unwrap();
    assert!((width - 10_240.0 / 11_776.0 * 1000.0).abs() < 1.0, "{width}");
}
