//! A log is input: what is not as it was written is named, and no byte of it gets into a file.

use super::{LONGER, SAME, files, reheader, tree};
use crate::args;
use crate::program::{prkit, sample};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A batch of two small files with its log.
struct Batch {
    root: tempfile::TempDir,
    before: BTreeMap<PathBuf, Vec<u8>>,
    after: BTreeMap<PathBuf, Vec<u8>>,
    out: tempfile::TempDir,
    text: Vec<u8>,
}

impl Batch {
    fn new() -> Self {
        let (root, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for name in ["a.mp4", "b.mp4"] {
            fs::copy(sample("dash-live/video-init.mp4"), root.path().join(name)).unwrap();
        }
        let before = files(root.path());
        let log = out.path().join("log");
        let run = reheader(root.path(), SAME, &["--log", log.to_str().unwrap(), "-j1", "--ordered"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let (after, text) = (files(root.path()), fs::read(&log).unwrap());
        Self { root, before, after, out, text }
    }

    fn log(&self) -> PathBuf {
        self.out.path().join("log")
    }

    /// Undoes the batch with another text as its log. Every file is old or new afterwards; where not all are old, or the
    /// text is not the one that was written, that is said.
    fn undo_with(&self, text: &[u8], what: &str) {
        write_own(&self.log(), text);
        let run = prkit(args!["undo", self.log()]);
        let now = files(self.root.path());
        for (path, bytes) in &now {
            assert!(*bytes == self.before[path] || *bytes == self.after[path], "{what}: {}", path.display());
        }
        if text != self.text {
            assert_eq!(run.status, 3, "{what}: {}{}", run.text(), run.stderr);
            assert!(run.stderr.contains("log"), "{what}: {}", run.stderr);
        } else {
            assert!(run.status == 0 && now == self.before, "{what}: {}", run.stderr);
        }
        for (path, bytes) in &self.after {
            if now[path] != *bytes {
                fs::write(path, bytes).unwrap();
            }
        }
    }
}

/// What a log has to be to count.
fn write_own(path: &Path, text: &[u8]) {
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path).unwrap().write_all(text).unwrap();
}

/// Every so many bytes: all of them with `PRKIT_SLOW`, and always those around the ends of lines.
fn places(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let step = if std::env::var_os("PRKIT_SLOW").is_some() { 1 } else { 23 };
    let is_end = |at: usize| text[at.saturating_sub(2)..text.len().min(at + 3)].contains(&b'\n');
    (0..text.len()).filter(move |at| at % step == 0 || is_end(*at))
}

#[test]
fn a_log_that_was_cut_anywhere_is_named_and_leaves_files_old_or_new() {
    let batch = Batch::new();
    for at in places(&batch.text) {
        batch.undo_with(&batch.text[..at], &format!("cut at {at}"));
    }
    batch.undo_with(&batch.text, "whole");
}

#[test]
fn a_log_that_was_changed_anywhere_is_named_and_leaves_files_old_or_new() {
    let batch = Batch::new();
    for at in places(&batch.text) {
        let mut text = batch.text.clone();
        // Another digit of base64 or hex, a line end more or less.
        text[at] = match text[at] {
            b'0' => b'1',
            b'A' => b'B',
            b'\n' => b' ',
            byte if at % 2 == 0 => byte ^ 1,
            _ => b'A',
        };
        if text != batch.text {
            batch.undo_with(&text, &format!("changed at {at}"));
        }
    }
}

#[test]
fn lines_that_are_missing_moved_or_of_another_log_are_named() {
    let (batch, other) = (Batch::new(), Batch::new());
    let lines: Vec<&[u8]> = batch.text.split_inclusive(|byte| *byte == b'\n').collect();
    let others: Vec<&[u8]> = other.text.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 4, "head, two inputs, end");
    for (what, order) in [
        ("a line is missing", vec![lines[0], lines[2], lines[3]]),
        ("lines are the other way round", vec![lines[0], lines[2], lines[1], lines[3]]),
        ("a line is there twice", vec![lines[0], lines[1], lines[1], lines[2], lines[3]]),
        ("a line is of another log", vec![lines[0], others[1], lines[2], lines[3]]),
        ("the head is of another log", vec![others[0], lines[1], lines[2], lines[3]]),
        ("the head is missing", vec![lines[1], lines[2], lines[3]]),
        ("the end is missing", vec![lines[0], lines[1], lines[2]]),
        ("the end is all there is", vec![lines[0], lines[3]]),
        ("nothing", vec![]),
    ] {
        batch.undo_with(&order.concat(), what);
    }
    // None of them is gone on with, either.
    for order in [vec![lines[0], lines[2], lines[3]], vec![lines[0], lines[1]], vec![others[0], lines[1]]] {
        write_own(&batch.log(), &order.concat());
        let run = reheader(batch.root.path(), SAME, &["--resume", batch.log().to_str().unwrap()]);
        assert_eq!(run.status, 3, "{}", run.stderr);
        assert!(files(batch.root.path()) == batch.after);
        assert!(fs::read(batch.log()).unwrap() == order.concat(), "it is left as it was");
    }
}

#[test]
fn a_run_goes_on_with_the_same_keys_only() {
    let root = tree(1, 3);
    let out = tempfile::tempdir().unwrap();
    let (log, keys) = (out.path().join("log"), out.path().join("keys"));
    const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";
    let run = |key: &str, how: &str| {
        fs::write(&keys, format!("{KID}:{key}\n")).unwrap();
        let args = args!["reheader", "-i", "--checksum=add", format!("--keys=@{}", keys.display())];
        prkit([args, args![format!("--{how}={}", log.display()), root.path()]].concat())
    };
    let (right, other) = ("0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff");
    let first = run(right, "log");
    assert!([0, 3].contains(&first.status), "{}", first.stderr);
    let refused = run(other, "resume");
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("other keys"), "{}", refused.stderr);
    assert!(run(right, "resume").status != 2);
    // The same as an option, which is in no file.
    let log = out.path().join("log2");
    let run = |key: &str, how: &str| {
        let kid = format!("--set-kid={KID}:{key}");
        prkit(args!["reheader", "-i", kid, format!("--{how}={}", log.display()), root.path()])
    };
    run(right, "log");
    assert_eq!(run(other, "resume").status, 2);
    assert!(run(right, "resume").status != 2);
    for log in ["log", "log2"] {
        let text = fs::read_to_string(out.path().join(log)).unwrap();
        assert!(!text.contains(right) && !text.contains(other));
    }
}

#[test]
fn a_log_counts_only_if_nobody_else_can_have_written_it() {
    let batch = Batch::new();
    let log = batch.log();
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o7777, 0o600);
    let refused = |log: &Path, says: &str| {
        for args in [
            args!["undo", log],
            args!["reheader", "-i", "--la-url", SAME, "--resume", log, batch.root.path()],
        ] {
            let run = prkit(args);
            assert!([2, 3].contains(&run.status), "{}", run.stderr);
            assert!(run.stderr.contains(says), "{says}: {}", run.stderr);
            assert!(files(batch.root.path()) == batch.after, "{says}");
        }
    };
    for mode in [0o620, 0o602, 0o666] {
        fs::set_permissions(&log, Permissions::from_mode(mode)).unwrap();
        refused(&log, "can be written to by others");
    }
    fs::set_permissions(&log, Permissions::from_mode(0o600)).unwrap();
    let link = batch.out.path().join("link");
    symlink(&log, &link).unwrap();
    refused(&link, "is a link");
    let pipe = batch.out.path().join("pipe");
    if Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        refused(&pipe, "not a regular file");
        let begun = batch.out.path().join("log.begun-0");
        fs::rename(&pipe, begun).unwrap();
        refused(&log, "not a regular file");
        fs::remove_file(batch.out.path().join("log.begun-0")).unwrap();
    }
    refused(Path::new("/dev/zero"), "not a regular file");
    // Another user's, where this is run by somebody who can make one.
    if Command::new("chown").arg("12345").arg(&log).status().is_ok_and(|status| status.success()) {
        refused(&log, "belongs to another user");
    }
}

#[test]
fn a_new_log_is_made_where_nothing_is() {
    let (root, out) = (tree(1, 2), tempfile::tempdir().unwrap());
    let before = files(root.path());
    let at = |name: &str| out.path().join(name);
    fs::write(at("mine"), "precious").unwrap();
    symlink(at("mine"), at("link")).unwrap();
    symlink(at("nowhere"), at("dangling")).unwrap();
    fs::write(at("empty"), "").unwrap();
    for (name, says) in
        [("link", "is a link"), ("dangling", "is a link"), ("empty", "is empty"), ("mine", "exists")]
    {
        let run = reheader(root.path(), LONGER, &["--log", at(name).to_str().unwrap()]);
        assert_eq!(run.status, 2, "{name}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{name}: {}", run.stderr);
        assert!(files(root.path()) == before);
    }
    assert_eq!(fs::read_to_string(at("mine")).unwrap(), "precious");
    assert!(!at("nowhere").exists());
    // What is begun holds old bytes, too.
    symlink(at("mine"), at("log.begun-0")).unwrap();
    assert_eq!(reheader(root.path(), LONGER, &["--log", at("log").to_str().unwrap()]).status, 2);
    assert_eq!(fs::read_to_string(at("mine")).unwrap(), "precious");
}

#[test]
fn a_log_that_cannot_be_begun_is_a_failure_and_no_wrong_usage() {
    let (root, out) = (tree(1, 2), tempfile::tempdir().unwrap());
    let before = files(root.path());
    let log = out.path().join("log");
    let run = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_prkit")])
        .args(args!["reheader", "-i", "--la-url", SAME, "--log", &log, root.path()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(3), "{said}");
    assert!(said.contains("log"), "{said}");
    assert!(files(root.path()) == before && !log.exists(), "{said}");
}

/// What version 0.1.0 of 2026-11-26 wrote for a batch of one file.
fn old_log(file: &Path, before: &[u8], after: &[u8]) -> String {
    use base64::Engine as _;
    let whole = |len: usize| format!("[0,{len}]");
    format!(
        "{{\"schema\":1,\"log\":\"prkit\",\"version\":\"0.1.0\",\"asked\":\"0123456789abcdef\"}}\n\
         {{\"schema\":1,\"path\":{:?},\"changed\":true,\"strategy\":\"copy\",\"size_before\":{},\"size_after\":{},\
         \"modified\":[1,2],\"spans\":[{{\"old\":{},\"new\":{},\"bytes\":\"{}\",\"crc32c\":{}}}],\"error\":null}}\n",
        file.display().to_string(),
        before.len(),
        after.len(),
        whole(before.len()),
        whole(after.len()),
        base64::engine::general_purpose::STANDARD.encode(before),
        crc32c::crc32c(after)
    )
}

#[test]
fn a_log_of_the_first_format_is_taken_back_with_a_warning_and_not_gone_on_with() {
    let batch = Batch::new();
    let (file, before) = batch.before.iter().next().unwrap();
    let old = old_log(file, before, &batch.after[file]);
    write_own(&batch.log(), old.as_bytes());
    let run = reheader(batch.root.path(), SAME, &["--resume", batch.log().to_str().unwrap()]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("older version"), "{}", run.stderr);
    // Old bytes that are cut or no base64 are none.
    for (from, to) in [("\"bytes\":\"", "\"bytes\":\"!"), ("\"bytes\":\"AAAA", "\"bytes\":\"")] {
        assert!(old.contains(from));
        write_own(&batch.log(), old.replace(from, to).as_bytes());
        assert_eq!(prkit(args!["undo", batch.log()]).status, 3);
        assert!(files(batch.root.path()) == batch.after);
    }
    write_own(&batch.log(), old.as_bytes());
    let run = prkit(args!["undo", batch.log()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("older version"), "{}", run.stderr);
    assert!(fs::read(file).unwrap() == *before);
}

#[test]
fn a_log_names_absolute_paths_and_nothing_is_stored_over_other_bytes() {
    let batch = Batch::new();
    let (file, before) = batch.before.iter().next().unwrap();
    let (relative, victim) = (Path::new("a.mp4"), batch.out.path().join("victim"));
    fs::write(&victim, "not what any run left").unwrap();
    for path in [relative, &victim] {
        write_own(&batch.log(), old_log(path, before, &batch.after[file]).as_bytes());
        let run = prkit(args!["undo", batch.log()]);
        assert_eq!(run.status, 3, "{}", run.stderr);
        assert!(files(batch.root.path()) == batch.after);
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "not what any run left");
}
