//! Selecting answers questions: which files, how many objects, and why none.

use crate::args;
use crate::program::{prkit, sample};
use std::fs;

/// `old.mp4` with one URL, `new.mp4` with another, `none.mp4` with none.
fn catalogue() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, url) in [("old.mp4", "https://old.example/a"), ("new.mp4", "https://new.example/a")] {
        let file = folder.path().join(name);
        fs::copy(sample("dash-ondemand/audio.mp4"), &file).unwrap();
        let run = prkit(args!["reheader", "-i", format!("--la-url={url}"), &file]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    let file = folder.path().join("none.mp4");
    fs::copy(sample("dash-ondemand/audio.mp4"), &file).unwrap();
    assert_eq!(prkit(args!["remove", "-i", "--system=all", &file]).status, 0);
    folder
}

fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> =
        text.lines().map(|line| line.rsplit('/').next().unwrap().to_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn which_files_still_have_the_old_url() {
    let folder = catalogue();
    for command in ["show", "lint"] {
        let ask = |more: &[&str]| {
            let run = prkit(
                args![command, "--if-la-url=https://old.example/*", folder.path()]
                    .into_iter()
                    .chain(more.iter().map(std::ffi::OsString::from)),
            );
            assert_eq!(run.status, 0, "{}", run.stderr);
            names(run.text())
        };
        assert_eq!(ask(&["-l"]), ["old.mp4"], "{command}");
        assert_eq!(ask(&["--files-without-match"]), ["new.mp4", "none.mp4"], "{command}");
        assert_eq!(ask(&["-c"]), ["new.mp4:0", "none.mp4:0", "old.mp4:1"], "{command}");
    }
    // What is not selected is not printed.
    let run = prkit(args!["show", "--if-la-url=https://old.example/*", folder.path()]);
    assert!(
        run.text().contains("old.mp4") && !run.text().contains("new.mp4") && !run.text().contains("none.mp4")
    );
    let lines = prkit(args!["show", "--json", "--if-la-url=https://old.example/*", folder.path()]).json();
    assert_eq!(lines.len(), 1);
}

#[test]
fn nothing_is_selected_for_a_reason() {
    let folder = catalogue();
    let at = |name: &str| folder.path().join(name);
    let reason = |args: &[std::ffi::OsString]| {
        let run = prkit(args);
        let said =
            run.stderr.split("nothing is selected: ").nth(1).unwrap_or_else(|| panic!("{}", run.stderr));
        said.lines().next().unwrap().to_owned()
    };
    for command in
        [args!["show", "--system=playready"], args!["reheader", "-n", "--no-la-url"], args!["extract"]]
    {
        let with = |more: Vec<std::ffi::OsString>| [command.clone(), more].concat();
        assert_eq!(reason(&with(args![at("none.mp4")])), "there is no object in it");
        assert_eq!(reason(&with(args!["--index=0", at("old.mp4")])), "object 0 is of common");
        assert_eq!(reason(&with(args!["--index=7", at("old.mp4")])), "there is no object 7: it has 3");
        assert_eq!(
            reason(&with(args!["--if-la-url=https://old.example", at("old.mp4")])),
            "the license URL is https://old.example/a, and the pattern has to match all of it"
        );
        assert_eq!(reason(&with(args!["--if-version=4.3", at("old.mp4")])), "the version is 4.0.0.0");
        assert_eq!(
            reason(&with(args!["--kid=11111111-2222-3333-4444-555555555555", at("old.mp4")])),
            "the key ID is 00112233-4455-6677-8899-aabbccddeeff"
        );
        assert_eq!(
            reason(&with(args!["--where=moof", at("old.mp4")])),
            "there is no object where it is looked for"
        );
    }
    // To extract nothing is a failure; to select nothing is one where that is said.
    assert_eq!(prkit(args!["extract", at("none.mp4")]).status, 3);
    assert_eq!(prkit(args!["extract", "--all", at("out"), at("none.mp4")]).status, 3);
    assert_eq!(prkit(args!["extract", at("old.mp4")]).status, 0);
    assert_eq!(prkit(args!["show", "--system=playready", at("none.mp4")]).status, 0);
}

#[test]
fn a_replacement_that_fits_nothing_is_told_counted_and_a_failure_where_something_is_asked_for() {
    let folder = catalogue();
    let change = "--la-url-replace=https://old.example/=https://newer.example/";
    let run = prkit(args!["reheader", "-n", change, folder.path().join("new.mp4")]);
    assert_eq!(run.status, 0);
    let said = run.text();
    assert!(said.contains("what was to be replaced is not there") && !said.contains("already"), "{said}");
    assert!(said.contains("LA_URL is https://new.example/a, which begins with nothing"), "{said}");
    let all = prkit(args!["reheader", "-n", change, folder.path()]);
    assert!(
        all.stderr.contains("1 would change, 1 without anything selected, 1 without what was to be replaced"),
        "{}",
        all.stderr
    );
    assert_eq!(prkit(args!["reheader", "-n", "--require", change, folder.path().join("new.mp4")]).status, 3);
    // Done again, it is as asked.
    let old = folder.path().join("old.mp4");
    assert_eq!(prkit(args!["reheader", "-i", change, &old]).status, 0);
    let again = prkit(args!["reheader", "-i", "--require", change, &old]);
    assert!(
        again.status == 0 && again.text().contains("already as asked"),
        "{}{}",
        again.text(),
        again.stderr
    );
}

#[test]
fn a_batch_says_one_line_a_file_more_with_v_and_less_with_q() {
    let folder = catalogue();
    let run = |more: &str| {
        let run = prkit(args![
            "reheader",
            "-n",
            "--ordered",
            "--la-url=https://third.example/",
            more,
            folder.path()
        ]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        (run.text().to_owned(), run.stderr)
    };
    let (text, _) = run("--progress=never");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.lines().all(|line| line.ends_with("would change 1 object")), "{text}");
    assert!(run("-v").0.contains("/moov/pssh[1]"));
    let (text, stderr) = run("-q");
    assert!(text.is_empty() && stderr.contains("2 would change"), "{text}{stderr}");
    // Of one input, all is said; colours where they are asked for.
    let one = folder.path().join("old.mp4");
    let run = prkit(args!["reheader", "-n", "--no-la-url", "--color=always", &one]);
    assert!(run.text().contains("/moov/pssh[1]") && run.text().contains("\u{1b}["), "{}", run.text());
    assert!(!prkit(args!["reheader", "-n", "--no-la-url", &one]).text().contains('\u{1b}'));
}
