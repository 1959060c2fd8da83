//! What a run says, and where nobody reads it or nothing can be written.

use super::{LONGER, SAME, files, reheader, tree, urls};
use crate::args;
use crate::presentation::Copy;
use crate::program::prkit;
use std::fs::{self, File};
use std::process::{Command, Stdio};

#[test]
fn the_bar_shows_whole_numbers() {
    let root = tree(1, 300);
    let typed = format!("'{}' show --summary -j1 '{}'", env!("CARGO_BIN_EXE_prkit"), root.path().display());
    let Ok(run) = Command::new("script").args(["-qec", &typed, "/dev/null"]).output() else {
        crate::program::skipped("script is not in the path");
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
        crate::program::skipped("no /dev/full");
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
    args.extend(copies.iter().map(|copy| format!("--root={}", copy.at("").display()).into()));
    let (status, stderr) = unread(args.clone(), Stdio::piped());
    assert_eq!(status, Some(0), "{stderr}");
    let again = prkit(args).json();
    assert!(again.len() > 3 && again.iter().all(|line| line["changed"] == false));
}

#[test]
fn a_writing_run_whose_output_is_full_says_what_it_did_and_how_to_go_on() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        crate::program::skipped("no /dev/full");
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
