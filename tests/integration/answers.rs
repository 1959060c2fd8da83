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
    for command in ["show", "lint", "check", "extract"] {
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
    // As grep: that there is nothing to name is a status, that an input cannot be read another one.
    for command in ["show", "lint", "check", "extract"] {
        let ask = |more: std::ffi::OsString, input: &std::path::Path| {
            prkit(args![command, "--if-la-url=https://third.example/*", more, input])
        };
        for more in ["-l", "-c"] {
            assert_eq!(ask(more.into(), folder.path()).status, 1, "{command} {more}");
        }
        assert_eq!(ask("--files-without-match".into(), folder.path()).status, 0, "{command}");
        let run = prkit(args![command, "--files-without-match", folder.path().join("old.mp4")]);
        assert_eq!((run.status, run.text()), (1, ""), "{command}");
        assert_eq!(ask("-l".into(), &folder.path().join("missing.mp4")).status, 3, "{command}");
        let run = prkit(args![command, "-l", "--require", "--if-version=4.3", folder.path().join("old.mp4")]);
        assert_eq!(run.status, 3, "{command}");
        assert!(
            run.stderr.contains("--require asks for something: the version is 4.0.0.0"),
            "{}",
            run.stderr
        );
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

#[test]
fn a_check_tells_of_what_is_selected_and_compares_everything() {
    let folder = tempfile::tempdir().unwrap();
    let other = "11111111-2222-3333-4444-555555555555";
    for (name, kid) in [("wrong.mp4", other), ("right.mp4", "00112233-4455-6677-8899-aabbccddeeff")] {
        let file = folder.path().join(name);
        fs::copy(sample("dash-ondemand/audio.mp4"), &file).unwrap();
        let kid = format!("--set-kid={kid}");
        let run = prkit(args!["reheader", "-i", "--force", "--la-url=https://a.example/", kid, &file]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    let check = |more: &str| {
        let run = prkit(args!["check", more, folder.path()]);
        (run.status, run.text().to_owned())
    };
    let (status, all) = check("--system=all");
    assert!(status == 1 && all.contains("wrong.mp4") && all.contains("right.mp4"), "{all}");
    let (status, some) = check(&format!("--kid={other}"));
    assert!(status == 1 && some.contains("CHK-01") && !some.contains("right.mp4"), "{some}");
    let (status, some) = check("--if-version=4.3");
    assert_eq!((status, some.as_str()), (0, ""));
    // What is wrong with an object that is not selected is not told; one of the box beside it has no header.
    let wrong = folder.path().join("wrong.mp4");
    let run = prkit(args!["check", "--index=2", &wrong]);
    assert!(
        run.status == 0 && run.text().contains("wrong.mp4") && !run.text().contains("CHK-01"),
        "{}",
        run.text()
    );
    let run = prkit(args!["check", "--index=7", &wrong]);
    assert!(
        run.status == 0 && run.stderr.contains("nothing is selected: there is no object 7"),
        "{}",
        run.stderr
    );
    assert_eq!(prkit(args!["check", "--index=7", "--require", &wrong]).status, 3);
}

#[test]
fn commands_that_report_files_are_quiet_or_say_more() {
    let folder = catalogue();
    let file = folder.path().join("old.mp4");
    for command in ["show", "lint", "check"] {
        let run = |more: &str| prkit(args![command, more, "--color=always", &file]).text().to_owned();
        assert_eq!(run("-q"), "", "{command}");
        assert!(run("--color=always").len() <= run("-v").len(), "{command}");
    }
    assert!(prkit(args!["show", "-v", &file]).text().contains("<WRMHEADER xmlns"));
    let bad = prkit(args!["show", "-q", folder.path().join("missing.mp4")]);
    assert!(bad.status == 3 && bad.stderr.contains("missing.mp4"), "{}", bad.stderr);
    let (plan, log) = (folder.path().join("plan.jsonl"), folder.path().join("log.jsonl"));
    let change = "--la-url=https://third.example/";
    assert_eq!(prkit(args!["reheader", "-n", "--plan-to", &plan, change, folder.path()]).status, 0);
    let run = prkit(args!["apply", "-q", "-i", "--log", &log, &plan]);
    assert!(run.status == 0 && run.text().is_empty() && run.stderr.contains("2 changed"), "{}", run.stderr);
    // One line a file, in all that a batch does.
    assert_eq!(prkit(args!["undo", "-n", &log]).text().lines().count(), 2);
    assert!(prkit(args!["undo", "-n", "-v", &log]).text().lines().count() > 4);
    assert_eq!(prkit(args!["undo", "-q", &log]).text(), "");
    assert_eq!(prkit(args!["recover", "-q", folder.path()]).text(), "");
}
