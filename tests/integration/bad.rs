//! What must fail, and how: every file of `samples/bad` has its message beside it.

use crate::args;
use crate::program::{prkit, root, sample};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn bad_samples() -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(sample("bad")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension != "md"));
    files.sort();
    files
}

/// The tables of `samples/bad/messages.md`: file, command, message.
fn messages() -> Vec<(String, Vec<String>, String)> {
    let text = std::fs::read_to_string(sample("bad/messages.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>()).filter(|row| row[0].contains('.'));
    cells
        .map(|row| match row[..] {
            [name, message] => (name, "reheader --la-url https://example.com/", message),
            [name, command, message] => (name, command, message),
            _ => panic!("{row:?}"),
        })
        .map(|(name, command, message)| {
            (name.into(), command.split(' ').map(str::to_owned).collect(), message.into())
        })
        .collect()
}

#[test]
fn every_bad_sample_fails_with_its_stored_message_and_is_left_alone() {
    let messages = messages();
    let named: BTreeSet<_> = messages.iter().map(|(name, ..)| sample("bad").join(name)).collect();
    assert_eq!(named, bad_samples().into_iter().collect());
    for (name, command, message) in messages {
        let path = sample("bad").join(&name);
        let before = std::fs::read(&path).unwrap();
        let relative = path.strip_prefix(root()).unwrap();
        let mut args: Vec<_> = command.iter().map(Into::into).collect();
        args.extend(args!["-i", &path]);
        let run = prkit(args);
        assert_eq!(run.status, 3, "{name}: {}", run.stderr);
        let said = run.stderr.trim_start_matches("prkit: ").trim_end();
        let said = said.split_once(&format!("{}: ", relative.display())).map_or(said, |(_, rest)| rest);
        assert_eq!(said, message, "{name}");
        assert!(run.stdout.is_empty(), "{name}: {}", run.text());
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name}");
    }
}

#[test]
fn what_fails_to_be_shown_is_counted_as_failed() {
    for path in bad_samples() {
        let fails = prkit(args!["show", &path]).status == 3;
        let run = prkit(args!["show", "--summary", "--json", &path]);
        let last = run.json().pop().unwrap();
        assert_eq!(last["summary"]["failed"], u64::from(fails), "{}", path.display());
    }
}

#[test]
fn the_other_inputs_of_the_same_call_are_done() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let run = prkit(args![
        "reheader",
        "--json",
        "--la-url",
        "https://example.com/",
        "-o",
        &out,
        sample("bad/text.txt"),
        sample("dash-live/video-init.mp4"),
        folder.path().join("nothing-there"),
        sample("bad/empty.mp4"),
        sample("rotation/1.m4s"),
    ]);
    assert_eq!(run.status, 3);
    let changed: Vec<_> = run.json().iter().map(|line| line["changed"] == true).collect();
    assert_eq!(changed, [false, true, false, false, true]);
    assert!(out.join("video-init.mp4").exists() && out.join("1.m4s").exists());
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 2);
}

#[test]
fn show_lists_foreign_payloads_with_an_error_and_does_not_fail() {
    for name in ["junk-payload.mp4", "bare-key-id.mp4", "payload-empty.mp4", "pssh-in-pssh.mp4"] {
        let run = prkit(args!["show", "--json", sample("bad").join(name)]);
        assert_eq!(run.status, 0, "{name}: {}", run.stderr);
        assert!(run.one()["pssh"][0]["error"].is_string(), "{name}");
    }
}

#[test]
fn no_file_makes_the_program_panic_or_take_long() {
    // Every sample, cut and damaged in many places; whatever comes out, it is a status of the contract.
    let source = std::fs::read(sample("rotation/1.m4s")).unwrap();
    let init = std::fs::read(sample("dash-live/video-init.mp4")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (i, file) in [&init[..], &source[..3000]].into_iter().enumerate() {
        for at in (0..file.len()).step_by(7) {
            let mut damaged = file.to_vec();
            damaged[at] ^= 0xFF;
            damaged[(at * 31) % file.len()] = 0xFF;
            if at % 3 == 0 {
                damaged.truncate(at.max(1));
            }
            let path = folder.path().join(format!("{i}-{at}.mp4"));
            std::fs::write(&path, damaged).unwrap();
            files.push(path);
        }
    }
    for files in files.chunks(200) {
        let shown = prkit([&args!["show"][..], &files.iter().map(Into::into).collect::<Vec<_>>()].concat());
        assert!(matches!(shown.status, 0 | 3), "{}: {}", shown.status, shown.stderr);
        let head =
            args!["reheader", "-n", "--la-url", "https://example.com/a/long/path/to/make/it/grow/and/grow"];
        let edited = prkit([&head[..], &files.iter().map(Into::into).collect::<Vec<_>>()].concat());
        assert!(matches!(edited.status, 0 | 3), "{}: {}", edited.status, edited.stderr);
    }
}

#[test]
fn a_meta_box_too_short_for_its_version_and_flags_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meta.mp4");
    let bytes = std::fs::read(sample("edge/meta-too-short.mp4")).unwrap();
    std::fs::write(&file, &bytes).unwrap();
    let object = format!("--pro=@{}", sample("objects/small.pro").display());
    let run = prkit(args!["inject", "--json", "-i", "--where=meta", &object, &file]);
    assert_eq!((run.status, &run.one()["changed"]), (0, &false.into()), "{}", run.stderr);
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[test]
fn an_index_of_half_a_billion_ranges_that_are_not_there_costs_nothing() {
    let file = sample("bad/index-of-what-is-not-there.mp4");
    let started = std::time::Instant::now();
    for command in ["show", "lint", "check"] {
        prkit(args![command, &file]);
    }
    assert!(started.elapsed().as_secs() < 60);
}
