//! What a run writes down: logs, going on, taking back, signals, kills.

use super::{LONGER, SAME, files, reheader, tree};
use crate::args;
use crate::program::{prkit, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

fn lines(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).unwrap();
    let all = text.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|line| line["end"].is_null()).collect()
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

/// Files of which nothing is left that anybody knows, once their object is out.
fn hollowed(folder: &Path) -> Vec<PathBuf> {
    let pssh = fs::read(sample("objects/small.pssh")).unwrap();
    let base64 = STANDARD.encode(&pssh);
    let other = |len: usize| [&(len as u32 + 8).to_be_bytes()[..], b"what", &vec![7; len]].concat();
    let contents = [
        ("behind.bin", [other(16), pssh.clone()].concat()),
        ("between.bin", [other(16), pssh.clone(), other(300)].concat()),
        ("alone.pssh", pssh.clone()),
        ("free.mp4", [pssh.clone(), other(0)].concat()),
        (
            "key.m3u8",
            format!(
                "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,KEYFORMAT=\"com.microsoft.playready\",URI=\"data:;base64,{base64}\"\n"
            )
            .into_bytes(),
        ),
        (
            "descriptor.xml",
            format!(
                "<ContentProtection schemeIdUri=\"urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95\"><cenc:pssh>{base64}\
                 </cenc:pssh></ContentProtection>"
            )
            .into_bytes(),
        ),
    ];
    let put = |(name, bytes): (&str, Vec<u8>)| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    contents.into_iter().map(put).collect()
}

#[test]
fn what_a_removal_left_is_taken_back_whatever_it_is() {
    for collapse in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        for path in hollowed(folder.path()) {
            let (before, log) = (fs::read(&path).unwrap(), path.with_extension("log"));
            let mut remove = args!["remove", "-i", "--force", "--log", &log, &path];
            remove.extend(collapse.then(|| "--collapse".into()));
            let removed = prkit(remove);
            assert_eq!(removed.status, 0, "{}: {}", path.display(), removed.stderr);
            assert_ne!(fs::read(&path).unwrap(), before);
            let dry = prkit(args!["undo", "-n", &log]);
            assert_eq!(dry.status, 0, "{}: {}", path.display(), dry.stderr);
            let undone = prkit(args!["undo", &log]);
            assert_eq!(undone.status, 0, "{}: {}", path.display(), undone.stderr);
            assert_eq!(fs::read(&path).unwrap(), before, "{}", path.display());
        }
    }
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
    let lines: Vec<&str> = lines.lines().filter(|line| !line.contains("\"end\":")).collect();
    assert_eq!(lines.len(), 8);
    let own = |path: &Path, text: &str| {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    own(&log, &format!("{head}\n"));
    for (number, lines) in [(1, &lines[..3]), (3, &lines[3..]), (12, &[])] {
        // The last line was not written to its end: its file was not touched.
        let whole: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let text = format!("{whole}{{\"schema\":2,\"pa");
        own(&out.join(format!("log.begun-{number}")), &text);
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
            Some(2) if stderr.contains("is empty") => fs::remove_file(&log).unwrap(),
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
            crate::program::skipped("too fast or too slow for a signal");
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

/// Runs with a limit on the length of files, and puts a file in its way whose header is behind that: the store into it is
/// answered with SIGXFSZ, when the journal of its group is whole and nothing of the group is stored yet.
fn killed_at_its_store_into(far: &Path, more: &[&str]) {
    let init = fs::read(sample("edge/store-10k.mp4")).unwrap();
    let (ftyp, moov) =
        init.split_at(usize::try_from(u32::from_be_bytes(init[..4].try_into().unwrap())).unwrap());
    let payload = vec![0; 2 * 1024 * 1024];
    let mdat = [&u32::try_from(payload.len() + 8).unwrap().to_be_bytes(), &b"mdat"[..], &payload].concat();
    fs::write(far, [ftyp, &mdat, moov].concat()).unwrap();
    let run = Command::new("sh")
        .args(["-c", "ulimit -c 0; ulimit -f 2048; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_prkit")])
        .args(["reheader", "-i", "-j1", "--sync=none", "--la-url", SAME])
        .args(more)
        .arg(far.parent().unwrap().parent().unwrap())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), None, "it was not killed: {}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn what_cannot_be_recovered_is_in_the_way_of_that_file_only() {
    let root = tree(1, 12);
    killed_at_its_store_into(&root.path().join("0/000.mp4"), &[]);
    let (journal, cut) = (root.path().join("0/.prkit-journal"), root.path().join("0/001.mp4"));
    let list = prkit(args!["recover", "--list", &journal]);
    let waiting = list.text();
    assert_eq!(waiting.lines().filter(|line| line.contains("waits to be recovered")).count(), 7, "{waiting}");
    // One file is cut by somebody: it is neither old nor new.
    fs::OpenOptions::new().write(true).open(&cut).unwrap().set_len(5000).unwrap();
    let log = root.path().join("log");
    let run = reheader(
        root.path(),
        "https://3rd.example.test/rm.asmx",
        &["--json", "--log", log.to_str().unwrap()],
    );
    assert_eq!(run.status, 3, "{}", run.stderr);
    let failed: Vec<_> = run.json().into_iter().filter(|line| !line["error"].is_null()).collect();
    assert_eq!(failed.len(), 1, "{}", run.stderr);
    assert!(failed[0]["path"].as_str().unwrap().ends_with("001.mp4"), "{}", run.stderr);
    assert!(run.stderr.contains("cannot be finished"), "{}", run.stderr);
    assert!(journal.exists());
    // The journal is about that file only, and goes on with nothing else.
    let again = reheader(root.path(), LONGER, &["--json"]);
    assert_eq!(again.json().iter().filter(|line| line["changed"] == true).count(), 11, "{}", again.stderr);
}

#[test]
fn a_log_of_a_killed_run_that_was_cut_at_the_end_of_a_line_is_noticed() {
    let (root, out) = (tree(3, 4), tempfile::tempdir().unwrap());
    let before = files(root.path());
    let log = out.path().join("log");
    let far = root.path().join("2/000.mp4");
    killed_at_its_store_into(&far, &["--ordered", "--log", log.to_str().unwrap()]);
    let (text, begun) =
        (fs::read_to_string(&log).unwrap(), fs::read(out.path().join("log.begun-0")).unwrap());
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    assert_eq!(ends.len(), 9, "a head, and the lines of two folders: {text}");
    let now = files(root.path());
    for (kept, end) in ends.iter().enumerate() {
        let lost = ends.len() - 1 - kept;
        let put = |path: &Path, bytes: &[u8]| {
            fs::write(path, bytes).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        };
        for (path, bytes) in &now {
            fs::write(path, bytes).unwrap();
        }
        put(&log, &text.as_bytes()[..*end]);
        put(&out.path().join("log.begun-0"), &begun);
        let said = format!("its last {lost} lines are missing");
        if lost > 0 {
            let resumed = reheader(root.path(), SAME, &["--resume", log.to_str().unwrap()]);
            assert_eq!(resumed.status, 3, "{}", resumed.stderr);
            assert!(resumed.stderr.contains(&said), "{}", resumed.stderr);
            assert!(files(root.path()) == now);
            let dry = prkit(args!["undo", "-n", &log]);
            assert!(dry.status == 3 && dry.stderr.contains(&said), "{}", dry.stderr);
        }
        // What is left of it is taken back all the same.
        let undo = prkit(args!["undo", &log]);
        assert_eq!(undo.status, if lost == 0 { 0 } else { 3 }, "{kept}: {}", undo.stderr);
        assert_eq!(undo.stderr.contains(&said), lost > 0, "{kept}: {}", undo.stderr);
        let after = files(root.path());
        let is_back = |path: &&PathBuf| after[*path] == before[*path];
        let of = |folder: &str| {
            before.keys().filter(|path| path.starts_with(root.path().join(folder))).collect::<Vec<_>>()
        };
        let back = [of("0"), of("1")].concat().into_iter().filter(is_back).count();
        assert_eq!(back, kept, "{}", undo.stderr);
    }
}
