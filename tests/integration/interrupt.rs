//! Ctrl-C in a terminal, in the middle of long copies: no file is half-way, nothing hidden is left, and it is said.
//!
//! `PRKIT_INTERRUPTS=40 PRKIT_INTERRUPT_MIB=8192 cargo test --test integration interrupt` is the long form.

use crate::args;
use crate::planted::{Entry, Planted};
use crate::presentation::LAURL;
use crate::program::{prkit, sample, skipped};
use nix::pty::openpty;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const URL: &str = "https://license.example.com/another/much/longer/address/rightsmanager.asmx";

/// How often it is stopped, and how long the files are.
fn rounds() -> (u64, u64) {
    let number = |name: &str, or: u64| std::env::var(name).map_or(or, |text| text.parse().unwrap());
    (number("PRKIT_INTERRUPTS", 4), number("PRKIT_INTERRUPT_MIB", 192) << 20)
}

/// A file with a header and so much media data that takes no room on the disk.
fn long_file(path: &Path, len: u64) {
    let mut init = fs::read(sample("edge/store-10k.mp4")).unwrap();
    let start = init.len() as u64;
    init.extend(1_u32.to_be_bytes());
    init.extend(b"mdat");
    init.extend(len.to_be_bytes());
    let mut file = File::create(path).unwrap();
    file.write_all(&init).unwrap();
    file.set_len(start + len).unwrap();
}

/// A file of so many fragments, whose samples are compared for a while.
fn many_fragments(path: &Path, count: usize) {
    let segment = fs::read(sample("dash-live/video-1.m4s")).unwrap();
    let mut bytes = fs::read(sample("dash-live/video-init.mp4")).unwrap();
    (0..count).for_each(|_| bytes.extend_from_slice(&segment));
    fs::write(path, bytes).unwrap();
}

/// A manifest that carries the header, and names a file.
fn manifest(path: &Path, media: &str) {
    let text = fs::read_to_string(sample("dash-ondemand/manifest.mpd")).unwrap();
    let start = text.find("<AdaptationSet").unwrap();
    let (head, rest) = text.split_at(start);
    let end = rest.find("<Representation").unwrap();
    let set = format!(
        "{}<Representation id=\"0\" bandwidth=\"1\"><BaseURL>{media}</BaseURL></Representation></AdaptationSet></Period></MPD>",
        &rest[..end]
    );
    fs::write(path, format!("{head}{set}").replace(LAURL, "")).unwrap();
}

/// The program in a terminal, where keys can be pressed.
struct Typed {
    child: std::process::Child,
    keys: File,
    screen: std::thread::JoinHandle<String>,
}

impl Typed {
    fn start(args: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        let pty = openpty(None, None).unwrap();
        let slave = || pty.slave.try_clone().unwrap();
        // Its keys are signals for whoever has it as the terminal that controls it.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(env!("CARGO_BIN_EXE_prkit")).args(args).env("TERM", "xterm-256color");
        let child = command.stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        drop(command);
        drop(pty.slave);
        let keys = File::from(pty.master);
        let mut reader = keys.try_clone().unwrap();
        let screen = std::thread::spawn(move || {
            let (mut seen, mut block) = (Vec::new(), [0; 4096]);
            // Linux ends a terminal that nobody else has open with an error.
            while let Ok(len @ 1..) = reader.read(&mut block) {
                seen.extend_from_slice(&block[..len]);
            }
            String::from_utf8_lossy(&seen).into_owned()
        });
        Self { child, keys, screen }
    }

    fn press_ctrl_c(&mut self) {
        self.keys.write_all(b"\x03").unwrap();
    }

    /// Until something holds, or it is over.
    fn wait_until(&mut self, holds: impl Fn() -> bool) {
        while !holds() && self.child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, self.screen.join().unwrap())
    }
}

/// The files of a folder: which ones they are, how long, and when they were changed.
fn state(folder: &Path) -> BTreeMap<PathBuf, (u64, u64, i64, i64)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let found = entries.map(|entry| {
        let found = entry.metadata().unwrap();
        (entry.path(), (found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
    });
    found.collect()
}

/// Bytes of unfinished copies in a folder.
fn unfinished(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().filter_map(Result::ok);
    let hidden = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."));
    hidden.filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().unwrap().as_encoded_bytes().starts_with(b".")
}

/// Numbers that look like any.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// A folder with a long file and a manifest that names it, and how it is changed.
fn cases(folder: &Path) -> Vec<Vec<OsString>> {
    let (long, out) = (folder.join("long.mp4"), folder.join("out.mp4"));
    let url = format!("--la-url={URL}");
    vec![
        args!["reheader", &url, &long, "-o", &out],
        args!["reheader", &url, &long, "--alone", "-i", "--write=rename"],
        args!["reheader", &url, folder.join("m.mpd"), "--presentation", "-i", "--write=rename"],
        args!["reheader", &url, &folder, "-i", "--write=rename", "-j1"],
    ]
}

#[test]
fn a_long_copy_is_stopped_by_one_key_and_leaves_nothing() {
    let (count, len) = rounds();
    let folder = tempfile::tempdir().unwrap();
    long_file(&folder.path().join("long.mp4"), len);
    manifest(&folder.path().join("m.mpd"), "long.mp4");
    let before = state(folder.path());
    let cases = cases(folder.path());
    let (mut seed, mut stopped, mut longest) = (7, 0, Duration::ZERO);
    for round in 0..count {
        let args = &cases[round as usize % cases.len()];
        let moment = len / 100 * (random(&mut seed) % 100);
        let mut typed = Typed::start(args);
        typed.wait_until(|| unfinished(folder.path()) > moment);
        let pressed = Instant::now();
        typed.press_ctrl_c();
        let (status, screen) = typed.end();
        longest = longest.max(pressed.elapsed());
        let after = state(folder.path());
        assert!(!after.keys().any(|path| is_hidden(path)), "{args:?}: {after:?}\n{screen}");
        if status.code() == Some(0) {
            // It was done already: it is done for good, and begins anew.
            fs::remove_file(folder.path().join("out.mp4")).unwrap();
            continue;
        }
        assert_eq!(status.code(), Some(130), "{args:?}: {screen}");
        assert!(
            screen.contains("interrupted; no file is half-way, and the same command again goes on"),
            "{screen}"
        );
        assert!(after == before, "{args:?}: {before:?}\n{after:?}\n{screen}");
        stopped += 1;
    }
    assert!(stopped > 0, "no copy was long enough");
    println!(
        "{stopped} of {count} stopped inside of a copy; the end came {longest:?} after the key at the latest"
    );
    // What was stopped is done by the same command again.
    for args in &cases[..1] {
        let run = prkit(args);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
}

#[test]
fn comparing_samples_is_stopped_and_the_file_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fragments.mp4");
    many_fragments(&path, 400);
    let before = fs::read(&path).unwrap();
    let mut seed = 3;
    for _ in 0..rounds().0.max(3) {
        let moment = Instant::now() + Duration::from_millis(random(&mut seed) % 1500);
        let mut typed = Typed::start(args!["reheader", format!("--la-url={URL}"), &path, "--verify", "-i"]);
        typed.wait_until(|| Instant::now() > moment);
        typed.press_ctrl_c();
        let (status, screen) = typed.end();
        let names: Vec<_> = state(folder.path()).into_keys().collect();
        assert_eq!(names, std::slice::from_ref(&path), "{screen}");
        // Pressed before anybody listens, it ends the program as it ends any.
        let is_old = fs::read(&path).unwrap() == before;
        match status.code() {
            Some(0) => fs::write(&path, &before).unwrap(),
            Some(130) => assert!(screen.contains("interrupted; no file is half-way") && is_old, "{screen}"),
            _ => assert!(is_old, "{status}: {screen}"),
        }
    }
}

#[test]
fn the_second_key_ends_it_at_once_and_tells_what_is_left() {
    let (_, len) = rounds();
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("long.mp4");
    long_file(&long, len);
    let before = state(folder.path());
    let mut told = false;
    for _ in 0..10 {
        let mut typed = Typed::start(&cases(folder.path())[0]);
        typed.wait_until(|| unfinished(folder.path()) > len / 10);
        typed.press_ctrl_c();
        // Two that are waiting are one signal.
        std::thread::sleep(Duration::from_millis(5));
        typed.press_ctrl_c();
        let (status, screen) = typed.end();
        if status.code().is_none() {
            assert!(screen.contains("ended at once; "), "{screen}");
            let is_left = state(folder.path()).keys().any(|path| is_hidden(path));
            assert!(
                !is_left || screen.contains("`prkit recover ") && screen.contains(".prkit-new-"),
                "{screen}"
            );
        }
        let run = prkit(args!["recover", folder.path()]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let after = state(folder.path());
        if status.code() == Some(0) {
            fs::remove_file(folder.path().join("out.mp4")).unwrap();
        } else {
            assert!(after == before, "{after:?}");
        }
        told |= status.code().is_none();
        if told {
            break;
        }
    }
    if !told {
        skipped("two keys were one for the terminal");
    }
}

#[test]
fn one_file_tells_how_far_it_is_by_bytes() {
    let (_, len) = rounds();
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("long.mp4");
    long_file(&long, len);
    let mut args = cases(folder.path())[0].clone();
    args.push("--progress=always".into());
    let run = prkit(&args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let all = format!("iB of {}.0", if len >> 30 > 0 { len >> 30 } else { len >> 20 });
    assert!(run.stderr.contains(&all) && run.stderr.contains("MiB/s"), "{}", run.stderr);
    // To a pipe, too.
    let mut args = args!["reheader", format!("--la-url={URL}"), "--progress=always", &long, "-o", "-"];
    args.push("--alone".into());
    let run = prkit(&args);
    assert!(run.stdout.len() as u64 > len && run.stderr.contains(&all), "{}", run.stderr);
}

#[test]
fn recovery_ends_between_two_edits_and_goes_on_when_it_is_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = ([0_u8; 64], [1_u8; 64]);
    let file = |number: usize| folder.path().join(format!("{number:03}"));
    let journal = |number: usize| folder.path().join(format!(".{number:03}.prkit-journal"));
    let count = 500;
    for number in 0..count {
        fs::write(file(number), before).unwrap();
        let records = vec![(0, before.to_vec(), after.to_vec())];
        let entry = Entry {
            name: format!("{number:03}").into(),
            inode: fs::metadata(file(number)).unwrap().ino(),
            old_len: 64,
            new_len: 64,
            records,
            ..Entry::default()
        };
        fs::write(journal(number), Planted::open().entry(&entry).bytes()).unwrap();
        fs::set_permissions(journal(number), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let waiting = || (0..count).filter(|number| journal(*number).exists()).count();
    let mut command = Command::new(env!("CARGO_BIN_EXE_prkit"));
    let mut child = command
        .arg("recover")
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It is at work.
    while waiting() == count && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id() as i32), nix::sys::signal::Signal::SIGINT)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("interrupted between two edits; the same command again goes on"), "{stderr}");
    let left = waiting();
    assert!(left > 0 && left < count, "{left}");
    // Each is recovered or untouched.
    for number in 0..count {
        let expected = if journal(number).exists() { before } else { after };
        assert!(fs::read(file(number)).unwrap() == expected, "{number}");
    }
    let run = prkit(args!["recover", folder.path()]);
    assert_eq!((run.status, waiting()), (0, 0), "{}", run.stderr);
    assert!((0..count).all(|number| fs::read(file(number)).unwrap() == after));
}
