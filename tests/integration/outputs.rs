//! Where results go that have a folder, and what is said of values that nobody can use.

use crate::args;
use crate::program::{Run, prkit, prkit_in, sample};
use std::fs;
use std::path::Path;

/// Runs in a folder, with a change of the license URL.
fn reheader(folder: &Path, args: Vec<std::ffi::OsString>) -> Run {
    let change = args!["reheader", "--la-url=https://new.example/rm.asmx"];
    prkit_in(folder, [change, args].concat())
}

fn put(folder: &Path, names: &[&str]) {
    for name in names {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(sample("dash-live/video-init.mp4"), path).unwrap();
    }
}

#[test]
fn results_keep_the_paths_of_their_inputs_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, &["a/b/one.mp4", "a/two.mp4"]);
    let run = reheader(at, args!["-o", "out", "--keep-paths", "a/b/one.mp4"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(at.join("out/a/b/one.mp4").is_file());
    // A folder that is walked is one of the paths; what is elsewhere keeps all of its own.
    let run = reheader(at, args!["-o", "all", "--keep-paths", "a"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(at.join("all/a/b/one.mp4").is_file() && at.join("all/a/two.mp4").is_file());
    let inner = at.join("a/b");
    let run = reheader(&inner, args!["-o", at.join("far"), "--keep-paths", "../two.mp4"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let whole = at.canonicalize().unwrap();
    assert!(at.join("far").join(whole.strip_prefix("/").unwrap()).join("a/two.mp4").is_file());
    assert_eq!(reheader(at, args!["-i", "--keep-paths", "a"]).status, 2);
}

#[test]
fn inputs_of_one_name_are_told_apart_by_their_folders() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    put(at, &["film/video/init.mp4", "film/audio/init.mp4", "film/other.mp4"]);
    let run =
        reheader(at, args!["-o", "out", "film/video/init.mp4", "film/audio/init.mp4", "film/other.mp4"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("several inputs have one name"), "{}", run.stderr);
    for name in ["video/init.mp4", "audio/init.mp4", "other.mp4"] {
        assert!(at.join("out").join(name).is_file(), "{name}");
    }
    // One that is named twice has one result, and two would be written.
    let run = reheader(at, args!["-o", "twice", "film/other.mp4", "film/other.mp4"]);
    assert!(run.status == 2 && run.stderr.contains("would both be written"), "{}", run.stderr);
    assert!(!at.join("twice").exists());
    // Names that differ are names, whatever their folders are.
    let run = reheader(at, args!["-o", "flat", "film/video/init.mp4", "film/other.mp4"]);
    assert!(run.status == 0 && at.join("flat/init.mp4").is_file(), "{}", run.stderr);
}

#[test]
fn a_url_that_no_client_can_ask_is_worth_a_warning() {
    let file = sample("dash-live/video-init.mp4");
    let warned = |option: &str| {
        let run = prkit(args!["reheader", "-n", option, &file]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stderr.lines().filter(|line| line.contains("warning: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(warned("--la-url=https://a.example/{kid}"), [""; 0]);
    assert_eq!(warned("--la-url=HTTP://a.example/"), [""; 0]);
    for (option, said) in [
        ("--la-url=htps://a.example/", "htps: is no scheme"),
        ("--lui-url=ftp://a.example/", "ftp: is no scheme"),
        ("--la-url=https://a.example/{KID}", "nobody fills in {KID} in the URL; {kid}, in small letters, is"),
        ("--la-url=https://a.example/{kid}/{cid}", "nobody fills in {cid} in the URL"),
        ("--la-url-replace=https://test=https://{cid}", "nobody fills in {cid}"),
        ("--la-url=https://a.example/{kid", "a brace without its other one"),
    ] {
        let lines = warned(option);
        assert!(lines.len() == 1 && lines[0].contains(said), "{option}: {lines:?}");
    }
    // The same of a header that has it.
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("odd.mp4");
    assert_eq!(prkit(args!["reheader", "--la-url=htps://a.example/{KID}", "-o", &odd, &file]).status, 0);
    let lint = prkit(args!["lint", &odd]);
    assert!(
        lint.text().contains("warning[URL-02]") && lint.text().contains("warning[URL-03]"),
        "{}",
        lint.text()
    );
    assert!(!prkit(args!["lint", &file]).text().contains("URL-0"));
}

#[cfg(not(feature = "remote"))]
#[test]
fn a_program_that_reads_no_addresses_names_the_pipe_that_does() {
    let run = prkit(args!["show", "https://user:secret@a.example/it's.mp4"]);
    assert_eq!(run.status, 3);
    assert!(
        run.stderr.contains("curl -fsSL 'https://a.example/it%27s.mp4' | prkit show -"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("secret"), "{}", run.stderr);
    // And it works: standard input is an input.
    let bytes = fs::read(sample("dash-live/video-init.mp4")).unwrap();
    assert!(crate::program::prkit_with(args!["show", "-"], &bytes).text().contains("playready"));
}
