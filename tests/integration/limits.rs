//! Inputs that are no ordinary files, places that cannot be written, and files that ask for too much.

use crate::args;
use crate::asm::Asm;
use crate::movie::object;
use crate::program::{Run, copy, prkit, sample};
use serde_json::json;
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const URL: &str = "https://new.example.com/a/longer/path/rightsmanager.asmx";
const TIB: u64 = 1 << 40;

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// Runs the program as somebody who may not do everything.
fn as_nobody(args: Vec<OsString>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prkit"));
    if is_root() {
        command.uid(65534).gid(65534);
    }
    finished(command.args(args))
}

fn finished(command: &mut Command) -> Run {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder that everybody may write to, with a file in it that everybody owns.
fn open_folder() -> (tempfile::TempDir, PathBuf) {
    let (folder, file) = copy(&sample("edge/store-10k.mp4"));
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    if is_root() {
        std::os::unix::fs::chown(&file, Some(65534), Some(65534)).unwrap();
        std::os::unix::fs::chown(folder.path(), Some(65534), Some(65534)).unwrap();
    }
    (folder, file)
}

fn names_in(folder: &Path) -> Vec<OsString> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn pipes_and_devices_are_refused_at_once_and_skipped_in_folders() {
    let (folder, _file) = copy(&sample("dash-live/video-init.mp4"));
    let pipe = folder.path().join("pipe.mp4");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for input in [pipe.as_path(), Path::new("/dev/zero"), Path::new("/dev/null")] {
        let begun = Instant::now();
        for args in [args!["show", input], args!["reheader", "--la-url", URL, "-i", input]] {
            let run = prkit(args);
            assert_eq!(run.status, 3, "{}: {}", input.display(), run.stderr);
            assert!(run.stderr.contains("not a regular file"), "{}", run.stderr);
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", input.display());
    }
    let run = prkit(args!["show", "--json", folder.path()]);
    assert_eq!((run.status, run.json().len()), (0, 1), "{}", run.stderr);
}

#[test]
fn links_in_a_circle_end() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("circle.mp4");
    symlink(&link, &link).unwrap();
    symlink(folder.path(), folder.path().join("again")).unwrap();
    assert_eq!(prkit(args!["show", &link]).status, 3);
    assert_eq!(prkit(args!["show", "--json", folder.path()]).status, 0);
    // Whoever asks for links to be followed is told of the circle.
    let followed = prkit(args!["show", "--json", "-L", folder.path()]);
    assert_eq!(followed.status, 3);
    assert!(followed.stderr.contains("loop") || followed.stderr.contains("symbolic"), "{}", followed.stderr);
}

#[test]
fn a_link_to_nowhere_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("gone.mp4");
    symlink(folder.path().join("nothing"), &link).unwrap();
    let run = prkit(args!["show", &link]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("gone.mp4"), "{}", run.stderr);
}

#[test]
fn a_name_of_several_lines_stays_on_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a\nprkit: b\r\u{7}.mp4");
    fs::write(&path, "no media").unwrap();
    let run = prkit(args!["show", &path]);
    assert_eq!((run.status, run.stderr.lines().count()), (3, 1), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{7}'));
}

#[test]
fn what_may_not_be_written_or_read_is_left_and_the_rest_goes_on() {
    let (folder, file) = open_folder();
    let before = fs::read(&file).unwrap();
    let other = folder.path().join("other.mp4");
    fs::write(&other, &before).unwrap();
    fs::set_permissions(&other, Permissions::from_mode(0o666)).unwrap();
    let names = names_in(folder.path());
    for mode in [0o444, 0o000] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let run =
            as_nobody(args!["reheader", "--json", "--els-min=1K", "--la-url", URL, "-i", &file, &other]);
        assert_eq!(run.status, 3, "{mode:o}: {}", run.stderr);
        assert!(run.stderr.contains("ermission denied"), "{mode:o}: {}", run.stderr);
        let lines = run.json();
        assert_eq!(lines.len(), 2);
        assert!(lines[0]["error"].is_string() && lines[1]["error"].is_null(), "{}", run.text());
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(fs::read(&file).unwrap(), before, "{mode:o}");
        assert_eq!(names_in(folder.path()), names, "{mode:o}");
    }
}

#[test]
fn in_a_folder_that_cannot_be_written_nothing_happens() {
    for how in ["--write=map", "--write=rename", "--write=auto"] {
        let (folder, file) = open_folder();
        let before = fs::read(&file).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
        let run = as_nobody(args!["reheader", "--els-min=1K", "--la-url", URL, how, "-i", &file]);
        assert_eq!(run.status, 3, "{how}: {}", run.stderr);
        assert!(run.stderr.contains("ermission denied"), "{how}: {}", run.stderr);
        let target = folder.path().join("new.mp4");
        assert_eq!(as_nobody(args!["reheader", "--la-url", URL, "-o", &target, &file]).status, 3);
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(fs::read(&file).unwrap(), before, "{how}");
        assert_eq!(names_in(folder.path()).len(), 1, "{how}");
    }
}

#[test]
fn an_output_that_is_full_is_a_failure() {
    let input = sample("dash-ondemand/audio.mp4");
    for args in [
        args!["show", &input],
        args!["show", "--json", &input],
        args!["reheader", "--la-url", URL, "-o", "-", &input],
        args!["extract", "--what", "header", &input],
        args!["man"],
        args!["completions", "bash"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_prkit"));
        let status = command.args(&args).stdout(full).stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(3), "{args:?}");
    }
}

#[test]
fn on_a_full_file_system_the_old_file_stays_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=64k", "none"]).arg(folder.path()).stderr(Stdio::null());
    if !is_root() || !mount.status().is_ok_and(|status| status.success()) {
        crate::program::skipped("no file system can be mounted here");
        return;
    }
    let result = std::panic::catch_unwind(|| {
        let file = folder.path().join("audio.mp4");
        let old = &fs::read(sample("edge/store-10k.mp4")).unwrap();
        fs::write(&file, old).unwrap();
        // The rest of the room, to the last page.
        let _ = fs::write(folder.path().join("rest"), vec![1; 64 * 1024]);
        let names = names_in(folder.path());
        for how in ["--write=rename", "--write=auto", "--write=map"] {
            let run = prkit(args!["reheader", "--la-url", URL, "--els-min=1K", how, "-i", &file]);
            assert_eq!(run.status, 3, "{how}: {}", run.stderr);
            assert!(run.stderr.contains("o space left"), "{how}: {}", run.stderr);
            assert_eq!(&fs::read(&file).unwrap(), old, "{how}");
            assert_eq!(names_in(folder.path()), names, "{how}");
        }
        let new = folder.path().join("new.mp4");
        assert_eq!(prkit(args!["reheader", "--la-url", URL, "-o", &new, &file]).status, 3);
        assert_eq!(names_in(folder.path()), names);
    });
    assert!(Command::new("umount").arg(folder.path()).status().unwrap().success());
    result.unwrap();
}

/// `ftyp`, `moov` with an object and filler, `mdat` up to the end: a file with holes of any length.
fn sparse(path: &Path, len: u64) -> bool {
    let mut a = Asm::default();
    a.leaf(b"ftyp", b"iso6\0\0\0\0iso6");
    a.open(b"moov");
    a.full(b"pssh", 0, 0);
    a.put(&[0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95]);
    let data = object(20);
    a.u32(data.len() as u32);
    a.put(&data);
    a.close();
    a.leaf(b"free", &[0; 4000]);
    a.close();
    let mut head = a.finish();
    let rest = len - head.len() as u64;
    head.extend([&1_u32.to_be_bytes()[..], b"mdat", &rest.to_be_bytes()].concat());
    fs::write(path, head).unwrap();
    File::options().write(true).open(path).unwrap().set_len(len).is_ok()
}

#[test]
fn files_over_four_gib_and_of_sixteen_tib_are_read_and_changed_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for len in [5 * TIB / 1024, 16 * TIB - 8192] {
        let path = folder.path().join(format!("{len}.mp4"));
        if !sparse(&path, len) {
            crate::program::skipped(&format!("the file system has no files of {len} bytes"));
            continue;
        }
        let shown = prkit(args!["show", "--json", &path]).one();
        assert_eq!((&shown["size"], &shown["error"]), (&json!(len), &json!(null)));
        assert!(shown["bytes_read"].as_u64().unwrap() < 10_000, "{}", shown["bytes_read"]);
        let run = prkit(args!["reheader", "--json", "--la-url", URL, "-i", &path]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let report = run.one();
        assert_eq!((&report["strategy"], &report["size_after"]), (&json!("slack"), &json!(len)));
        let again = prkit(args!["show", "--json", &path]).one();
        assert_eq!(again["pssh"][0]["pro"]["header"]["la_url"], URL);
        assert_eq!(fs::metadata(&path).unwrap().len(), len);
        fs::remove_file(&path).unwrap();
    }
}

/// The worst that a file can be for each reader, as far as its limits let it.
fn worst(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let mut files = Vec::new();
    let mut put = |what: &'static str, name: &str, bytes: Vec<u8>| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        files.push((what, path));
    };
    let mut boxes = b"\0\0\0\x10ftypiso6\0\0\0\0".to_vec();
    boxes.extend(b"\0\0\0\x08free".repeat(2_000_000));
    put("show", "boxes.mp4", boxes);
    let mut fragments = b"\0\0\0\x10ftypiso6\0\0\0\0".to_vec();
    fragments.extend(b"\0\0\0\x18moof\0\0\0\x08traf\0\0\0\x08free".repeat(500_000));
    put("show", "fragments.mp4", fragments);
    let mut many = Vec::new();
    for n in 0_u32..40_000 {
        let data = n.to_be_bytes().repeat(100);
        many.extend((32 + data.len() as u32).to_be_bytes());
        many.extend(b"pssh\0\0\0\0");
        many.extend([
            0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88, 0x5f, 0x95,
        ]);
        many.extend((data.len() as u32).to_be_bytes());
        many.extend(data);
    }
    put("show", "objects.pssh", many);
    put("show", "elements.mpd", [&b"<MPD>"[..], &b"<A b='' c=''/>".repeat(1_000_000)].concat());
    put("show", "open.mpd", [&b"<MPD>"[..], &b"<A>".repeat(5_000_000)].concat());
    put("show", "lines.m3u8", [&b"#EXTM3U\n"[..], &b"#EXT-X-KEY:A=B\n".repeat(1_000_000)].concat());
    let mut header = "<WRMHEADER version=\"4.3.0.0\"><DATA>".to_owned();
    header.push_str(&"<A/>".repeat(8000));
    let text: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let len = u32::try_from(text.len() + 10).unwrap();
    let object = [&len.to_le_bytes()[..], &[1, 0, 1, 0], &(text.len() as u16).to_le_bytes(), &text].concat();
    put("lint", "header.pro", object);
    put(
        "soap show",
        "message.xml",
        [&b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>"[..], &b"<a>".repeat(2_000_000)]
            .concat(),
    );
    files
}

#[test]
fn no_file_takes_more_time_or_memory_than_the_limits_say() {
    let folder = tempfile::tempdir().unwrap();
    // With this set the files stay, for the table in docs/limits.md.
    let kept = std::env::var_os("PRKIT_LIMITS").map(PathBuf::from);
    for (command, path) in worst(kept.as_deref().unwrap_or(folder.path())) {
        let begun = Instant::now();
        // 512 MiB of address space, of which the program and its libraries take a part.
        let script = format!("ulimit -v 524288; exec \"$0\" {command} --json \"$1\" >/dev/null");
        let mut shell = Command::new("sh");
        let run = finished(shell.args(["-c", &script, env!("CARGO_BIN_EXE_prkit")]).arg(&path));
        assert!(matches!(run.status, 0 | 1 | 3), "{}: {} {}", path.display(), run.status, run.stderr);
        assert!(begun.elapsed() < Duration::from_secs(120), "{}: {:?}", path.display(), begun.elapsed());
        eprintln!("{command} {}: {:?}", path.file_name().unwrap().display(), begun.elapsed());
    }
}
