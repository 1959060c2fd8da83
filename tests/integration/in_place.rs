//! Files changed where they are: which way, what of the file stays, who else may be at it.

use crate::args;
use crate::asm::Asm;
use crate::program::{Run, copy, prkit, sample};
use serde_json::Value;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const LONGER: &str = "https://new.example.com/rights-manager/that/has/a/longer/name/than/the/one/before.asmx";

fn reheader(file: &Path, more: &[&str]) -> Run {
    let mut args = args!["reheader", "--json", "--la-url", LONGER, "-i", file];
    args.extend(more.iter().map(OsString::from));
    prkit(args)
}

fn la_url(file: &Path) -> Value {
    let shown = prkit(args!["show", "--json", "--system=playready", file]).one();
    let found = shown["pssh"].as_array().unwrap().iter().find(|b| b["system"] == "playready").unwrap();
    found["pro"]["header"]["la_url"].clone()
}

fn inode(file: &Path) -> u64 {
    fs::metadata(file).unwrap().ino()
}

/// A file that is its header and this much media data.
fn with_media(len: usize, last: bool) -> (tempfile::TempDir, PathBuf) {
    let (folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let moov = fs::read(&file).unwrap();
    let mut asm = Asm::default();
    asm.leaf(b"mdat", &vec![0xA5; len]);
    let parts = if last { [asm.bytes, moov] } else { [moov, asm.bytes] };
    fs::write(&file, parts.concat()).unwrap();
    (folder, file)
}

#[test]
fn a_short_file_is_renamed_and_one_that_keeps_its_length_is_not() {
    let (_folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let before = inode(&file);
    let run = reheader(&file, &[]).one();
    assert_eq!(run["strategy"], "copy");
    assert!(["copied", "cloned"].contains(&run["method"].as_str().unwrap()), "{run}");
    assert_ne!(inode(&file), before);
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let before = inode(&file);
    let run = reheader(&file, &["--els-min=1K"]).one();
    assert_eq!((&run["strategy"], &run["method"]), (&"store".into(), &"patched".into()), "{run}");
    assert_eq!(run["els_before"].as_u64().unwrap() - run["els_after"].as_u64().unwrap(), {
        let url = 2 * (LONGER.len() as u64);
        url - 2 * "https://lic.example.test/rm.asmx".len() as u64
    });
    assert_eq!(inode(&file), before);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_a_stream_is_one() {
    let (_folder, file) = with_media(2 << 20, true);
    let url = ["reheader", "--la-url", LONGER, "--json"];
    let planned = prkit(url.iter().copied().chain([file.to_str().unwrap(), "-n"])).one();
    assert_eq!((&planned["strategy"], &planned["method"]), (&"insert-range".into(), &"resized".into()));
    let data = fs::read(sample("dash-live/video-init.mp4")).unwrap();
    let planned = crate::program::prkit_with(url.iter().copied().chain(["-", "-n"]), &data).one();
    assert_eq!((&planned["strategy"], &planned["method"]), (&"stream".into(), &"streamed".into()));
    let again = reheader(&file, &[]).one();
    assert_eq!(again["method"], "resized");
    let done = reheader(&file, &[]).one();
    assert_eq!((&done["strategy"], &done["method"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_way_can_be_forced() {
    let (_folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let before = inode(&file);
    assert_eq!(reheader(&file, &["--write=map"]).status, 0);
    assert_eq!((inode(&file), la_url(&file)), (before, LONGER.into()));
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let before = inode(&file);
    assert_eq!(reheader(&file, &["--write=rename", "--els-min=1K"]).status, 0);
    assert_ne!(inode(&file), before);
    assert_eq!(la_url(&file), LONGER);
}

#[test]
fn a_small_tail_of_a_large_file_is_stored_again_in_place() {
    let (_folder, file) = with_media(2 << 20, true);
    let before = inode(&file);
    let old = fs::read(&file).unwrap();
    let run = reheader(&file, &[]).one();
    assert_eq!((&run["strategy"], inode(&file)), (&"insert-range".into(), before), "{run}");
    assert!(run["bytes_written"].as_u64().unwrap() < 4096, "{run}");
    // No range was inserted: the file was made longer, and the little that follows was stored again.
    assert_eq!(run["method"], "resized", "{run}");
    assert_eq!(fs::read(&file).unwrap()[..(2 << 20)], old[..(2 << 20)]);
    // Taken back, byte for byte.
    let mut args = args!["reheader", "--no-la-url", "-i", &file];
    assert_eq!(prkit(std::mem::take(&mut args)).status, 0);
    assert_eq!(inode(&file), before);
}

#[test]
fn owner_mode_times_and_attributes_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    for way in ["map", "rename"] {
        let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
        File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        assert_eq!(reheader(&file, &["--els-min=1K", "--preserve", "--write", way]).status, 0);
        let now = fs::metadata(&file).unwrap();
        assert_eq!(now.modified().unwrap(), time, "{way}");
        assert_eq!(now.permissions().mode() & 0o777, 0o640, "{way}");
        assert_eq!(la_url(&file), LONGER);
    }
}

#[test]
fn hard_links_are_refused_or_all_see_the_edit() {
    let (folder, file) = copy(&sample("edge/store-10k.mp4"));
    let link = folder.path().join("link.mp4");
    fs::hard_link(&file, &link).unwrap();
    let refused = reheader(&file, &["--els-min=1K"]);
    assert_eq!(refused.status, 3);
    assert!(refused.stderr.contains("--hard-links"), "{}", refused.stderr);
    assert_ne!(la_url(&file), LONGER);
    assert_eq!(reheader(&file, &["--els-min=1K", "--hard-links"]).status, 0);
    assert_eq!((la_url(&file), la_url(&link)), (LONGER.into(), LONGER.into()));
    assert_eq!(inode(&file), inode(&link));
    // One file under two names is edited once.
    let both = prkit(args![
        "reheader",
        "--json",
        "--hard-links",
        "--la-url",
        "https://b/",
        "--els-min=1K",
        "-i",
        &file,
        &link
    ]);
    assert_eq!(both.json().iter().filter(|line| line["changed"] == true).count(), 1, "{}", both.text());
}

#[test]
fn a_run_that_was_stopped_when_the_original_had_its_second_name_is_run_again() {
    let (_folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let backup = file.with_file_name("video-init.mp4.old");
    let old = fs::read(&file).unwrap();
    // A symbolic link is no name of the file, and keeps nothing.
    std::os::unix::fs::symlink(&file, &backup).unwrap();
    let refused = reheader(&file, &["--backup=.old"]);
    assert_eq!(refused.status, 3, "{}", refused.stderr);
    fs::remove_file(&backup).unwrap();
    fs::hard_link(&file, &backup).unwrap();
    assert_eq!(reheader(&file, &[]).status, 3);
    let run = reheader(&file, &["--backup=.old"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(la_url(&file), LONGER);
    assert_eq!(fs::read(&backup).unwrap(), old);
    assert_ne!(inode(&file), inode(&backup));
}

#[test]
fn the_original_is_kept_beside_the_new_one() {
    for way in ["map", "rename"] {
        let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
        let old = fs::read(&file).unwrap();
        let how = ["--els-min=1K", "--backup=.old", "--write", way];
        assert_eq!(reheader(&file, &how).status, 0);
        let backup = file.with_file_name("store-10k.mp4.old");
        assert_eq!(fs::read(&backup).unwrap(), old, "{way}");
        // A copy that is there is not lost to the next edit.
        let again =
            prkit(args!["reheader", "--la-url", "https://c/", "--els-min=1K", "--backup=.old", "-i", &file]);
        assert_eq!(again.status, 3, "{way}");
        assert_eq!(fs::read(&backup).unwrap(), old);
        assert_eq!(la_url(&file), LONGER);
    }
}

#[test]
fn a_file_that_somebody_edits_is_left_alone() {
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let held = File::options().read(true).write(true).open(&file).unwrap();
    held.lock().unwrap();
    let run = reheader(&file, &["--els-min=1K"]);
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("another"), "{}", run.stderr);
    assert_ne!(la_url(&file), LONGER);
    held.unlock().unwrap();
    assert_eq!(reheader(&file, &["--els-min=1K"]).status, 0);
}

#[test]
fn of_many_writers_each_wins_or_says_that_another_did() {
    let (_folder, file) = copy(&sample("edge/store-10k.mp4"));
    let urls: Vec<String> = (0..6).map(|n| format!("https://{n}.example.com/")).collect();
    let target = &file;
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let started: Vec<_> = urls
            .iter()
            .map(|url| {
                scope.spawn(move || prkit(args!["reheader", "--els-min=1K", "--la-url", url, "-i", target]))
            })
            .collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(runs.iter().any(|run| run.status == 0));
    for run in runs.iter().filter(|run| run.status != 0) {
        assert!(run.stderr.contains("another"), "{}", run.stderr);
    }
    assert!(urls.iter().any(|url| la_url(&file) == *url));
}

#[test]
fn filler_is_left_as_asked() {
    let (_folder, file) = with_media(100, false);
    let run = reheader(&file, &["--reserve=2K"]).one();
    assert_eq!(run["changed"], true);
    let shown = prkit(args!["show", "--json", &file]).one();
    assert!(shown["slack"][0]["size"].as_u64().unwrap() >= 2048, "{}", shown["slack"]);
    // The next edit finds it.
    let next =
        prkit(args!["reheader", "--json", "--la-url", format!("{LONGER}/and/more"), "-i", &file]).one();
    assert_eq!((&next["strategy"], &next["size_before"]), (&"slack".into(), &next["size_after"]));
}

#[test]
fn what_does_not_fit_says_what_would() {
    let (_folder, file) = copy(&sample("dash-live/video-init.mp4"));
    let old = fs::read(&file).unwrap();
    for fit in ["same", "slack", "store"] {
        let run = reheader(&file, &["--fit", fit]);
        assert_eq!(run.status, 3);
        assert!(run.stderr.contains("bytes and does not fit"), "{}", run.stderr);
        assert!(run.stderr.contains("--fit any"), "{}", run.stderr);
    }
    assert_eq!(fs::read(&file).unwrap(), old);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let (folder, file) = copy(&sample("progressive/movie.mp4"));
    let old = fs::read(&file).unwrap();
    let run = prkit(args!["reheader", "--json", "--plan", "--la-url", LONGER, "-n", &file]).one();
    assert_eq!((&run["dry_run"], &run["changed"]), (&true.into(), &true.into()));
    assert_eq!(fs::read(&file).unwrap(), old);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // The plan is the whole new file: what is carried out is what it says.
    let mut new = Vec::new();
    for segment in run["plan"]["segments"].as_array().unwrap() {
        if let Some(span) = segment["keep"].as_array() {
            let at = |i: usize| span[i].as_u64().unwrap() as usize;
            new.extend(&old[at(0)..at(1)]);
        } else {
            use base64::Engine as _;
            let bytes = segment["put"].as_str().unwrap();
            new.extend(base64::engine::general_purpose::STANDARD.decode(bytes).unwrap());
        }
    }
    assert_eq!(reheader(&file, &[]).status, 0);
    assert!(fs::read(&file).unwrap() == new);
}

#[test]
fn doing_it_again_changes_nothing_and_says_so() {
    let (_folder, file) = copy(&sample("progressive/movie.mp4"));
    assert_eq!(reheader(&file, &[]).one()["changed"], true);
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    let again = reheader(&file, &[]).one();
    assert_eq!((&again["changed"], &again["bytes_written"]), (&false.into(), &0.into()));
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), modified);
}

#[test]
fn there_is_nothing_to_recover_where_nothing_happened() {
    let (folder, file) = copy(&sample("progressive/movie.mp4"));
    assert_eq!(
        prkit(args!["recover", folder.path()]).text().trim_end().rsplit(": ").next(),
        Some("nothing to recover")
    );
    assert_eq!(prkit(args!["recover", &file]).status, 0);
    assert_eq!(prkit(args!["recover", folder.path().join("no.mp4")]).status, 3);
}
