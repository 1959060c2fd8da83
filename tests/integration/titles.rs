//! A catalogue of on-demand titles is an ordinary batch: a title is one entry of its log, all new or all old, and is taken back
//! as a whole, whenever the program is killed.
//!
//! `PRKIT_TITLES=200 cargo test --test integration titles` is the long form.

use crate::disagree::{LONG, Title};
use crate::program::{Run, prkit};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// How many titles, and how often it is killed.
fn rounds() -> (usize, u64) {
    let titles = std::env::var("PRKIT_TITLES").map_or(6, |text| text.parse().unwrap());
    (titles, 6 + titles as u64 / 5)
}

fn name(number: usize) -> String {
    format!("t{number:03}")
}

/// A catalogue, and beside it a folder for logs.
struct Catalogue {
    titles: Title,
    logs: tempfile::TempDir,
    count: usize,
}

impl Catalogue {
    fn new(count: usize) -> Self {
        let titles = Title::empty();
        (0..count).for_each(|number| titles.add(&name(number), "", ""));
        Self { titles, logs: tempfile::tempdir().unwrap(), count }
    }

    fn log(&self) -> PathBuf {
        self.logs.path().join("run.log")
    }

    fn args(&self, args: &[&str]) -> Vec<OsString> {
        let mut all: Vec<OsString> = ["reheader", "--presentation", LONG].map(OsString::from).into();
        all.extend(args.iter().map(OsString::from));
        all.push(self.titles.at("").into());
        all
    }

    fn run(&self, args: &[&str]) -> Run {
        prkit(self.args(args))
    }

    fn of(&self, number: usize, files: &Files) -> Files {
        let folder = self.titles.at(&name(number));
        files
            .iter()
            .filter(|(path, _)| path.starts_with(&folder))
            .map(|(p, b)| (p.clone(), b.clone()))
            .collect()
    }

    /// Fails where a title is neither all old nor all new; how many are new.
    fn is_whole(&self, old: &Files, new: &Files) -> usize {
        let now = self.titles.files();
        let is_new = |number: &usize| {
            let (now, old, new) = (self.of(*number, &now), self.of(*number, old), self.of(*number, new));
            assert!(now == old || now == new, "{}: {:?}", name(*number), now.keys());
            now == new
        };
        (0..self.count).filter(is_new).count()
    }
}

/// Runs and kills after some time; whether it was over by itself, and with what.
fn killed(args: &[OsString], after: Duration) -> Option<(i32, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prkit"));
    let mut child = command.args(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.code().map(|code| (code, String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn recover(folder: &Path) {
    let run = prkit([OsString::from("recover"), folder.into()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
}

#[test]
fn whenever_it_is_killed_every_title_is_all_old_or_all_new_there_and_back() {
    let (count, kills) = rounds();
    let catalogue = Catalogue::new(count);
    let old = catalogue.titles.files();
    let start = Instant::now();
    assert_eq!(catalogue.run(&["-i"]).status, 0);
    let span = start.elapsed().as_millis() as u64;
    let new = catalogue.titles.files();
    assert!(old.iter().all(|(path, bytes)| new[path] != *bytes));
    catalogue.titles.restore(&old);
    let (log, mut seed, mut there) = (catalogue.log(), 11, 0);
    for round in 0..kills {
        let mut args = catalogue.args(&["-i", if log.exists() { "--resume" } else { "--log" }]);
        args.insert(args.len() - 1, log.clone().into());
        let end = killed(&args, Duration::from_millis(random(&mut seed) % span));
        there += u32::from(end.is_none());
        match end {
            Some((2, stderr)) if stderr.contains("is empty") => fs::remove_file(&log).unwrap(),
            Some((code, stderr)) => assert_eq!(code, 0, "{stderr}"),
            None => {}
        }
        // What is killed before its log has a line did nothing.
        if log.exists() && fs::read(&log).unwrap().is_empty() {
            fs::remove_file(&log).unwrap();
        }
        if round % 2 == 0 {
            recover(&catalogue.titles.at(""));
            catalogue.is_whole(&old, &new);
        }
    }
    let record = if log.exists() { "--resume" } else { "--log" };
    let run = catalogue.run(&["-i", record, log.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(catalogue.is_whole(&old, &new), count);
    assert!(catalogue.titles.files() == new, "nothing is left beside them");
    // One entry a title.
    let text = fs::read_to_string(&log).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let titles: Vec<String> = lines.filter_map(|line| Some(line["title"].as_str()?.to_owned())).collect();
    let mut entries = titles.clone();
    entries.dedup();
    assert_eq!(entries.iter().collect::<BTreeSet<_>>().len(), count);
    assert_eq!(titles.len() % 5, 0, "four manifests and a file each");
    let (mut back, mut between) = (0, 0);
    for _ in 0..kills {
        let end = killed(
            &["undo".into(), log.clone().into()],
            Duration::from_millis(random(&mut seed) % (span / 3 + 1)),
        );
        back += u32::from(end.is_none());
        if let Some((code, stderr)) = end {
            assert_eq!(code, 0, "{stderr}");
        }
        recover(&catalogue.titles.at(""));
        let left = catalogue.is_whole(&old, &new);
        between += u32::from(left > 0 && left < count);
    }
    let run = prkit([OsString::from("undo"), log.into()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(catalogue.titles.files() == old, "every byte is as it was, and nothing is left");
    println!(
        "{count} titles; {there} kills there and {back} back of {kills} each, {between} of them between two titles"
    );
    if there == 0 || back == 0 {
        crate::program::skipped("too fast for a kill");
    }
}

#[test]
fn a_title_that_somebody_changed_is_taken_back_as_a_whole_or_not_at_all() {
    let catalogue = Catalogue::new(3);
    let old = catalogue.titles.files();
    let log = catalogue.log();
    assert_eq!(catalogue.run(&["-i", "--log", log.to_str().unwrap()]).status, 0);
    let changed = catalogue.titles.at("t001/list.mpd");
    let mut text = fs::read(&changed).unwrap();
    text.extend_from_slice(b"<!-- -->\n");
    fs::write(&changed, &text).unwrap();
    let new = catalogue.titles.files();
    for (args, others) in [(&["-n"][..], &new), (&[], &old)] {
        let mut undo: Vec<OsString> = ["undo"].map(OsString::from).into();
        undo.extend(args.iter().map(OsString::from));
        undo.push(log.clone().into());
        let run = prkit(undo);
        assert_eq!(run.status, 3, "{}{}", run.text(), run.stderr);
        assert!(
            run.stderr.contains("nothing of its title was changed: ") && run.stderr.contains("list.mpd"),
            "{}",
            run.stderr
        );
        let now = catalogue.titles.files();
        assert!(catalogue.of(1, &now) == catalogue.of(1, &new));
        assert!([0, 2].iter().all(|number| catalogue.of(*number, &now) == catalogue.of(*number, others)));
    }
}

#[test]
fn jobs_order_dry_run_and_fail_fast_are_those_of_other_batches() {
    let catalogue = Catalogue::new(6);
    let old = catalogue.titles.files();
    let paths = |run: &Run| -> Vec<String> {
        let name = |line: &serde_json::Value| line["path"].as_str().unwrap_or_default().to_owned();
        run.json().iter().map(name).collect()
    };
    let dry = catalogue.run(&["-n", "--json", "-j4", "--ordered"]);
    assert_eq!((dry.status, dry.json().len()), (0, 30), "{}", dry.stderr);
    assert!(dry.stderr.contains("30 would change") && catalogue.titles.files() == old, "{}", dry.stderr);
    // Whoever works at them, they are told in one order.
    for jobs in ["-j1", "-j2", "-j8"] {
        let run = catalogue.run(&["-n", "--json", jobs, "--ordered"]);
        assert!(paths(&run) == paths(&dry), "{jobs}");
    }
    // One title that cannot be changed leaves the others, or ends the run.
    fs::write(catalogue.titles.at("t002/audio.mp4"), b"\0\0\0\x10ftypisom").unwrap();
    let run = catalogue.run(&["-i", "-j1", "--ordered", "--fail-fast"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert_eq!(run.stderr.matches("stopped at the first failure").count(), 1, "{}", run.stderr);
    let changed =
        |number: usize| catalogue.of(number, &catalogue.titles.files()) != catalogue.of(number, &old);
    assert!(changed(0) && changed(1) && !changed(3) && !changed(5));
    let run = catalogue.run(&["-i", "-j3"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("15 changed, 10 already as asked, 1 failed"), "{}", run.stderr);
}

#[test]
fn tables_and_maps_count_for_titles() {
    let catalogue = Catalogue::new(3);
    let old = catalogue.titles.files();
    let table = catalogue.logs.path().join("edits.csv");
    let row =
        |number: usize, url: &str| format!("{}/**,{url}\n", catalogue.titles.at(&name(number)).display());
    let text =
        format!("path,la-url\n{}{}", row(0, "https://one.example/"), row(2, "https://three.example/rights"));
    fs::write(&table, text).unwrap();
    let edits = ["--presentation", "-i", "--edits", table.to_str().unwrap()];
    let mut args: Vec<OsString> = ["reheader"].iter().chain(&edits).map(OsString::from).collect();
    args.push(catalogue.titles.at("").into());
    let run = prkit(args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let now = catalogue.titles.files();
    for (number, is_changed) in [(0, true), (1, false), (2, true)] {
        assert_eq!(catalogue.of(number, &now) != catalogue.of(number, &old), is_changed, "{number}");
    }
    catalogue.titles.restore(&old);
    // Addresses of another machine, which are here.
    let manifest = catalogue.titles.at("t000/ondemand.mpd");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("<BaseURL>audio.mp4", "<BaseURL>https://cdn.example/x/audio.mp4"))
        .unwrap();
    let map = format!("--map=https://cdn.example/x/={}", catalogue.titles.at("t000").display());
    let run = catalogue.run(&["-i", &map]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let check = catalogue.titles.run(&["check", &map], &[""]);
    assert_eq!(check.status, 0, "{}", check.text());
}

#[test]
fn taking_one_file_back_or_applying_it_alone_is_refused_where_a_manifest_would_disagree() {
    let title = Title::new("", "");
    let before = title.files();
    let logs = tempfile::tempdir().unwrap();
    let (log, plan) = (logs.path().join("log"), logs.path().join("plan"));
    // A run that changed all of it, file by file, is taken back like that.
    let run = title.run(&["remove", "--force=last-system", "-i", "--log", log.to_str().unwrap()], &[""]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(title.files() != before);
    let run = prkit([OsString::from("undo"), log.clone().into()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(title.files() == before);
    fs::remove_file(&log).unwrap();
    // One that changed a file alone: taking it back makes it agree again, and doing it later is refused.
    let audio = title.at("audio.mp4");
    let alone = ["reheader", LONG, "--alone", "-n", "--plan-to", plan.to_str().unwrap(), "--root"];
    let mut args: Vec<OsString> = alone.iter().map(OsString::from).collect();
    args.extend([title.at("").into(), audio.clone().into()]);
    assert_eq!(prkit(&args).status, 0);
    let apply = |more: &[&str]| {
        let mut args: Vec<OsString> = vec!["apply".into(), plan.clone().into(), "-i".into()];
        args.extend(["--root".into(), title.at("").into_os_string()]);
        args.extend(more.iter().map(OsString::from));
        prkit(args)
    };
    let run = apply(&[]);
    assert!(run.status == 3 && run.stderr.contains("addresses it by byte range"), "{}", run.stderr);
    assert!(!run.stderr.contains("--presentation"), "apply has no such option: {}", run.stderr);
    assert!(title.files() == before);
    let run = apply(&["--alone", "--log", log.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(!title.agrees());
    // Its length would change again, and no manifest of the log says so.
    let run = prkit([OsString::from("undo"), log.clone().into()]);
    assert!(run.status == 3 && run.stderr.contains("--alone"), "{}", run.stderr);
    assert!(!run.stderr.contains("--presentation"), "undo has no such option: {}", run.stderr);
    let run = prkit(["undo".into(), OsString::from("--alone"), log.clone().into()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(title.files() == before);
}

#[test]
fn looking_for_manifests_costs_a_segment_nothing() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        return crate::program::skipped("no strace");
    }
    let folder = tempfile::tempdir().unwrap();
    let count: usize = std::env::var("PRKIT_SEGMENTS").map_or(300, |text| text.parse().unwrap());
    // What is above the folders that are looked through is of no account.
    let segments = folder.path().join("a/b/segments");
    fs::create_dir_all(&segments).unwrap();
    let segment = fs::read(crate::program::sample("rotation/1.m4s")).unwrap();
    (0..count).for_each(|number| fs::write(segments.join(format!("{number}.m4s")), &segment).unwrap());
    let calls = |name: &str, more: &[&str]| -> u64 {
        let table = folder.path().join("calls");
        let url = format!("--la-url=https://{name}.example.com/");
        let run = Command::new("strace")
            .args(["-f", "-c", "-o"])
            .arg(&table)
            .arg(env!("CARGO_BIN_EXE_prkit"))
            .args(["reheader", &url, "-i", "-j1", "--sync=none", "--progress=never", "-q"])
            .args(more)
            .arg(&segments)
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let table = fs::read_to_string(table).unwrap();
        let total = table.lines().find(|line| line.ends_with(" total")).unwrap();
        // Per cent, seconds, microseconds a call, calls.
        total.split_whitespace().nth(3).unwrap().parse().unwrap()
    };
    // The same edits of the same files, once with a look for manifests and once without; the first one makes room.
    calls("nil", &["--alone"]);
    let (alone, guarded) = (calls("one", &["--alone"]), calls("two", &[]));
    println!("{count} segments: {alone} calls with --alone, {guarded} without");
    assert!(guarded <= alone + alone / 20 + 60, "{guarded} calls, {alone} with --alone");
}
