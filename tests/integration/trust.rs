//! Folders that somebody else may write to: what lies there says nothing about files that its writer could not change.

use crate::args;
use crate::planted::{Entry, Move, Planted};
use crate::program::{Run, prkit, sample};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

const URL: &str = "https://new.example.com/a/longer/name/than/there/was/rightsmanager.asmx";
const SECRET: &[u8] = b"nobody changes this file, as it is in no folder that is edited";

/// A folder to edit, and beside it what must stay as it is.
struct Shared {
    folder: tempfile::TempDir,
}

impl Shared {
    fn new() -> Self {
        let shared = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(shared.at("up/below")).unwrap();
        fs::create_dir_all(shared.at("outside")).unwrap();
        fs::write(shared.at("outside/victim"), SECRET).unwrap();
        for name in ["up/a.mp4", "up/b.mp4", "up/below/c.mp4"] {
            fs::copy(sample("edge/store-10k.mp4"), shared.at(name)).unwrap();
        }
        symlink("../outside/victim", shared.at("up/link")).unwrap();
        symlink("../outside", shared.at("up/way")).unwrap();
        shared
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn inode(&self, name: &str) -> u64 {
        fs::metadata(self.at(name)).unwrap().ino()
    }

    fn plant(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.at(name);
        let _ = fs::remove_file(&path);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Every name with what it stands for.
    fn all(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        for entry in walkdir::WalkDir::new(self.folder.path()) {
            let entry = entry.unwrap();
            let bytes =
                if entry.file_type().is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
            all.insert(entry.into_path(), bytes);
        }
        all
    }

    fn reheader(&self) -> Run {
        prkit(args!["reheader", "-i", "--la-url", URL, "--els-min=1K", "--json", self.at("up")])
    }

    fn recover(&self, how: &[&str]) -> Run {
        let mut all = args!["recover", self.at("up")];
        all.extend(how.iter().map(|arg| (*arg).into()));
        prkit(all)
    }
}

/// The names of the files that a run changed, and those that it refused.
fn ends(run: &Run) -> (Vec<String>, Vec<String>) {
    let name = |line: &serde_json::Value| {
        Path::new(line["path"].as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned()
    };
    let lines = run.json();
    let changed = lines.iter().filter(|line| line["changed"] == true && line["error"].is_null());
    let failed = lines.iter().filter(|line| !line["error"].is_null());
    (changed.map(name).collect(), failed.map(name).collect())
}

/// Whether files can be given to somebody else here.
fn is_root() -> bool {
    let is_root = nix::unistd::geteuid().is_root();
    if !is_root {
        crate::program::skipped("only root can give files to another user");
    }
    is_root
}

const OTHER: u32 = 54321;

fn give_away(path: &Path) {
    std::os::unix::fs::lchown(path, Some(OTHER), Some(OTHER)).unwrap();
}

fn store_into(name: &str, inode: u64, before: &[u8], after: &[u8]) -> Entry {
    let len = before.len() as u64;
    let records = vec![(0, before.to_vec(), after.to_vec())];
    Entry { name: name.into(), inode, old_len: len, new_len: len, records, ..Entry::default() }
}

/// Names that lead to the victim from the folder that is edited, and from the one below.
fn ways_out(shared: &Shared) -> Vec<String> {
    let absolute = shared.at("outside/victim").to_string_lossy().into_owned();
    let ways =
        ["../outside/victim", "link", "way/victim", "below/../../outside/victim", "./link", "way/../link"];
    ways.iter().map(|way| (*way).to_owned()).chain([absolute]).collect()
}

#[test]
fn names_in_a_journal_lead_to_nothing_outside_of_its_folder() {
    for journal in [".a.mp4.prkit-journal", ".prkit-journal", ".prkit-journal-3"] {
        for state in [b"open", b"undo", b"done"] {
            for several in [false, true] {
                let shared = Shared::new();
                let (inode, evil) = (shared.inode("outside/victim"), vec![b'!'; SECRET.len()]);
                for way in ways_out(&shared) {
                    let planted = if several {
                        Planted::open().folders(&["", "below", "way"])
                    } else {
                        Planted::open()
                    };
                    let there = store_into(&way, inode, SECRET, &evil);
                    let back = store_into(&way, inode, &evil, SECRET);
                    let entry = if state == b"undo" { back } else { there };
                    shared.plant(&format!("up/{journal}"), &planted.entry(&entry).in_state(state).bytes());
                    for how in [&["--list"][..], &[], &["--undo"]] {
                        let run = shared.recover(how);
                        assert!(
                            run.status == 3 || state == b"done" || run.status == 0 && how == ["--list"],
                            "{way}: {}",
                            run.stderr
                        );
                        assert_eq!(fs::read(shared.at("outside/victim")).unwrap(), SECRET, "{way} {how:?}");
                    }
                    shared.reheader();
                    assert_eq!(fs::read(shared.at("outside/victim")).unwrap(), SECRET, "{way}");
                    assert_eq!(shared.inode("outside/victim"), inode);
                }
            }
        }
    }
}

#[test]
fn renames_in_a_journal_reach_nothing_but_copies_of_their_own_files() {
    for state in [b"open", b"undo", b"done"] {
        let shared = Shared::new();
        let victim = shared.inode("outside/victim");
        fs::write(shared.at("up/notes"), SECRET).unwrap();
        fs::write(shared.at("up/.a.mp4.prkit-new-abcdefgh"), "evil").unwrap();
        let (notes, evil) = (shared.inode("up/notes"), shared.inode("up/.a.mp4.prkit-new-abcdefgh"));
        let (a, len) = (shared.inode("up/a.mp4"), fs::metadata(shared.at("up/a.mp4")).unwrap().len());
        let copy = b".a.mp4.prkit-new-abcdefgh".to_vec();
        let one = |name: &str, new: &[u8], kept: &[u8], numbers, put: &[u8]| Move {
            name: name.into(),
            new: new.to_vec(),
            kept: kept.to_vec(),
            numbers,
            put: put.to_vec(),
        };
        for planted in [
            // The victim takes a name, or is what is kept or new, and goes when all is done.
            one("a.mp4", b"../outside/victim", &copy, [len, a, victim, evil], SECRET),
            one("a.mp4", &copy, b"../outside/victim", [len, a, evil, victim], b"evil"),
            one("a.mp4", &copy, b"notes", [len, a, evil, notes], b"evil"),
            one("a.mp4", b"notes", b"notes", [len, a, notes, notes], SECRET),
            one("../outside/victim", &copy, &copy, [SECRET.len() as u64, victim, evil, victim], b"evil"),
            one(
                "way/victim",
                b".victim.prkit-new-abcdefgh",
                b".victim.prkit-new-abcdefgi",
                [62, victim, 0, victim],
                b"",
            ),
            // A file that is not what the journal says of it takes no name.
            one("a.mp4", &copy, b".a.mp4.prkit-new-abcdefgi", [len, a, evil, a], b"other bytes"),
        ] {
            let bytes = Planted::open().folders(&["", "way"]).renaming(&planted).in_state(state).bytes();
            for name in ["up/.a.mp4.prkit-journal", "up/.prkit-journal"] {
                shared.plant(name, &bytes);
                let mut before = shared.all();
                for how in [&["--list"][..], &[], &["--undo"]] {
                    shared.recover(how);
                    let mut after = shared.all();
                    // A copy that is listed, or the journal, may go; the state of the journal may turn.
                    for files in [&mut before, &mut after] {
                        files.retain(|path, _| !path.to_string_lossy().contains("prkit-"));
                    }
                    assert!(
                        before == after,
                        "{how:?} {state:?}: {:?}",
                        String::from_utf8_lossy(&planted.name)
                    );
                }
                let _ = fs::remove_file(shared.at(name));
                fs::write(shared.at("up/.a.mp4.prkit-new-abcdefgh"), "evil").unwrap();
            }
        }
    }
}

#[test]
fn a_file_with_other_bytes_is_left_alone_whatever_the_kind_and_the_length() {
    let shared = Shared::new();
    let content: Vec<u8> = (0..40_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(shared.at("up/f"), &content).unwrap();
    let (inode, len) = (shared.inode("up/f"), content.len() as u64);
    let other = |len: usize| vec![0xEE; len];
    let entry = |old_len, new_len, shift, lost: usize, records: &[(u64, usize)]| Entry {
        name: b"f".to_vec(),
        inode,
        old_len,
        new_len,
        shift,
        lost: other(lost),
        records: records.iter().map(|(at, len)| (*at, other(*len), vec![0xDD; *len])).collect(),
        ..Entry::default()
    };
    for planted in [
        entry(len, len, (0, 0, 0), 0, &[(0, 10)]),
        entry(len, len, (0, 0, 0), 0, &[(len - 10, 10)]),
        // As long as before, and as long as afterwards; with records and without.
        entry(len, len + 4096, (1, 8192, 4096), 0, &[(8192, 10)]),
        entry(len - 4096, len, (1, 8192, 4096), 0, &[(8192, 10)]),
        entry(len - 4096, len, (1, 8192, 4096), 0, &[]),
        entry(len, len - 4096, (2, 8192, 4096), 4096, &[]),
        entry(len + 4096, len, (2, 8192, 4096), 4096, &[]),
        entry(len, 10, (3, 0, 0), len as usize - 10, &[]),
        entry(len + 100, len, (3, 0, 0), 100, &[]),
        entry(len, len + 100, (3, 0, 0), 0, &[(len, 100)]),
        entry(len - 100, len, (3, 0, 0), 0, &[(len - 100, 100)]),
        entry(0, len, (3, 0, 0), 0, &[]),
        entry(len, 0, (3, 0, 0), len as usize, &[]),
    ] {
        for state in [b"open", b"undo"] {
            shared.plant("up/.f.prkit-journal", &Planted::open().entry(&planted).in_state(state).bytes());
            for how in [&[][..], &["--undo"]] {
                let run = shared.recover(how);
                assert_eq!(run.status, 3, "{:?} {state:?} {how:?}: {}", planted.shift, run.stderr);
                assert!(run.stderr.contains("/f: "), "it is named: {}", run.stderr);
                assert!(
                    fs::read(shared.at("up/f")).unwrap() == content,
                    "{:?} {state:?} {how:?}",
                    planted.shift
                );
            }
        }
    }
}

#[test]
fn a_journal_that_contradicts_itself_costs_nothing() {
    const TERA: u64 = 1 << 40;
    let shared = Shared::new();
    let (inode, len) = (shared.inode("up/a.mp4"), fs::metadata(shared.at("up/a.mp4")).unwrap().len());
    let old = fs::read(shared.at("up/a.mp4")).unwrap();
    let base = Entry { name: b"a.mp4".to_vec(), inode, old_len: len, new_len: len, ..Entry::default() };
    for entry in [
        Entry {
            samples: vec![(0, TERA, 0)],
            old_len: 4 * TERA,
            new_len: 4 * TERA + 4096,
            shift: (1, 0, 4096),
            ..base.clone()
        },
        Entry { samples: vec![(0, TERA, 0)], ..base.clone() },
        Entry { samples: vec![(TERA, 0, 0)], ..base.clone() },
        Entry { new_len: TERA, shift: (3, 0, 0), ..base.clone() },
        Entry { old_len: TERA, shift: (3, 0, 0), ..base.clone() },
        Entry { new_len: u64::MAX, shift: (1, u64::MAX, u64::MAX), ..base.clone() },
        Entry { shift: (2, TERA, TERA), ..base.clone() },
        Entry { shift: (7, 0, 0), ..base.clone() },
        Entry { records: vec![(TERA, vec![0; 10], vec![1; 10])], ..base.clone() },
        Entry { records: vec![(u64::MAX - 3, vec![0; 10], vec![1; 10])], ..base.clone() },
        Entry { name: vec![b'x'; 5000], ..base },
    ] {
        shared.plant("up/.a.mp4.prkit-journal", &Planted::open().entry(&entry).bytes());
        let run = shared.recover(&[]);
        assert_eq!(run.status, 3, "{}", run.stderr);
        let (changed, failed) =
            ends(&prkit(args!["reheader", "-n", "--la-url", URL, "--json", shared.at("up")]));
        assert_eq!((changed.len(), failed.len()), (3, 0));
        assert!(fs::read(shared.at("up/a.mp4")).unwrap() == old);
    }
}

type Making = Box<dyn Fn(&Path)>;

/// What may lie under the name of a journal, and does not count.
fn impostors(shared: &Shared, name: &str) -> Vec<(&'static str, PathBuf)> {
    let path = shared.at(name);
    let a = shared.inode("up/a.mp4");
    let genuine = move || Planted::open().entry(&store_into("a.mp4", a, b"x", b"y")).bytes();
    let make: Vec<(&'static str, Making)> = vec![
        ("is not a regular file", Box::new(|path| symlink("../outside/victim", path).unwrap())),
        ("is not a regular file", Box::new(|path| symlink("nowhere", path).unwrap())),
        ("is not a regular file", Box::new(|path| fs::create_dir(path).unwrap())),
        (
            "is not a regular file",
            Box::new(|path| {
                assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
            }),
        ),
        (
            "is not a regular file",
            Box::new(|path| {
                drop(std::os::unix::net::UnixListener::bind(path).unwrap());
            }),
        ),
        (
            "written to by others",
            Box::new(move |path| {
                fs::write(path, genuine()).unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(0o620)).unwrap();
            }),
        ),
        (
            "other names",
            Box::new(move |path| {
                fs::write(path, genuine()).unwrap();
                fs::hard_link(path, path.with_file_name("second")).unwrap();
            }),
        ),
        ("another version", Box::new(|path| fs::write(path, b"PRKITJ01open").unwrap())),
        ("another version", Box::new(|path| fs::write(path, b"PRKITJ99 and more").unwrap())),
        ("not a journal", Box::new(|path| fs::write(path, b"my own notes").unwrap())),
    ];
    let mut all = Vec::new();
    for (number, (why, make)) in make.into_iter().enumerate() {
        let kept = shared.at(&format!("outside/{number}"));
        make(&path);
        fs::rename(&path, &kept).unwrap();
        let _ = fs::remove_file(path.with_file_name("second"));
        if why == "other names" {
            fs::hard_link(&kept, shared.at("outside/second")).unwrap();
        }
        all.push((why, kept));
    }
    all
}

#[test]
fn what_is_no_journal_of_ours_keeps_its_file_from_being_edited_and_no_other() {
    let shared = Shared::new();
    for (why, impostor) in impostors(&shared, "up/.a.mp4.prkit-journal") {
        let journal = shared.at("up/.a.mp4.prkit-journal");
        fs::rename(&impostor, &journal).unwrap();
        let old = fs::read(shared.at("up/a.mp4")).unwrap();
        let what = fs::symlink_metadata(&journal).unwrap();
        let run = shared.reheader();
        assert_eq!(run.status, 3, "{why}: {}", run.stderr);
        let (_, failed) = ends(&run);
        assert_eq!(failed, ["a.mp4"], "{why}");
        assert!(run.stderr.contains(why), "{why}: {}", run.stderr);
        assert!(fs::read(shared.at("up/a.mp4")).unwrap() == old, "{why}");
        let recovered = shared.recover(&[]);
        assert_eq!(recovered.status, 3, "{why}");
        assert!(recovered.stderr.contains(why), "{why}: {}", recovered.stderr);
        assert_eq!(fs::symlink_metadata(&journal).unwrap().ino(), what.ino(), "{why}: it stays");
        assert_eq!(fs::read(shared.at("outside/victim")).unwrap(), SECRET, "{why}");
        fs::rename(&journal, impostor.with_extension("seen")).unwrap();
    }
    // With them gone, the file is edited again.
    let (_, failed) = ends(&shared.reheader());
    assert!(failed.is_empty());
}

#[test]
fn what_is_no_journal_of_a_group_is_in_the_way_of_the_files_that_it_may_mean() {
    let shared = Shared::new();
    for (why, impostor) in impostors(&shared, "up/.prkit-journal") {
        let journal = shared.at("up/.prkit-journal");
        fs::rename(&impostor, &journal).unwrap();
        let run = shared.reheader();
        let (_, failed) = ends(&run);
        // Which files another version means is not known.
        let expected: &[&str] = match why {
            "another version" => &["a.mp4", "b.mp4"],
            "written to by others" | "other names" => &["a.mp4"],
            _ => &[],
        };
        assert_eq!(failed, expected, "{why}: {}", run.stderr);
        assert!(journal.symlink_metadata().is_ok(), "{why}: it stays");
        assert_eq!(fs::read(shared.at("outside/victim")).unwrap(), SECRET, "{why}");
        fs::rename(&journal, impostor.with_extension("seen")).unwrap();
    }
}

#[test]
fn what_is_no_pointer_of_ours_keeps_its_folder_from_being_edited() {
    let shared = Shared::new();
    for (why, impostor) in impostors(&shared, "up/.prkit-presentation") {
        let pointer = shared.at("up/.prkit-presentation");
        fs::rename(&impostor, &pointer).unwrap();
        let run = shared.reheader();
        let (_, failed) = ends(&run);
        assert_eq!(
            (run.status, failed),
            (3, vec!["a.mp4".to_owned(), "b.mp4".to_owned()]),
            "{why}: {}",
            run.stderr
        );
        assert_eq!(shared.recover(&[]).status, 3, "{why}");
        assert_eq!(shared.recover(&["--list"]).status, 3, "{why}");
        assert!(pointer.symlink_metadata().is_ok(), "{why}: it stays");
        fs::rename(&pointer, impostor.with_extension("seen")).unwrap();
    }
    // One that leads out, and one that leads to a journal that does not count.
    let evil = Planted::open().folders(&[""]).entry(&store_into(
        "victim",
        shared.inode("outside/victim"),
        SECRET,
        &[b'!'; 62],
    ));
    let journal = shared.plant("outside/.m.mpd.prkit-journal", &evil.bytes());
    for content in
        [&b"PRKITP02\x00../outside/.m.mpd.prkit-journal"[..], b"PRKITP02\x01outside/.m.mpd.prkit-journal"]
    {
        shared.plant("up/.prkit-presentation", content);
        assert_eq!(shared.recover(&[]).status, 3);
        assert_eq!(fs::read(shared.at("outside/victim")).unwrap(), SECRET);
    }
    drop(journal);
}

#[test]
fn what_belongs_to_another_user_is_left_to_him() {
    if !is_root() {
        return;
    }
    let shared = Shared::new();
    let (a, old) = (shared.inode("up/a.mp4"), fs::read(shared.at("up/a.mp4")).unwrap());
    let mut new = old.clone();
    new[..4].copy_from_slice(b"evil");
    let entry = store_into("a.mp4", a, &old, &new);
    for (name, expected) in [
        ("up/.a.mp4.prkit-journal", &["a.mp4"][..]),
        ("up/.prkit-journal-7", &["a.mp4"]),
        ("up/.b.mp4.prkit-journal", &["a.mp4", "b.mp4"]),
        ("up/.prkit-presentation", &["a.mp4", "b.mp4"]),
    ] {
        for state in [b"open", b"undo", b"done"] {
            let bytes = Planted::open().entry(&entry).in_state(state).bytes();
            give_away(&shared.plant(name, &bytes));
            let run = shared.reheader();
            let (_, failed) = ends(&run);
            // A journal of another file is looked at for that one alone.
            let expected = if name == "up/.b.mp4.prkit-journal" { &expected[1..] } else { expected };
            assert_eq!(
                (run.status, &failed[..]),
                (3, &expected.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>()[..]),
                "{name}: {}",
                run.stderr
            );
            assert!(
                run.stderr
                    .contains("belongs to another user; its owner can run `prkit recover`, or remove it"),
                "{}",
                run.stderr
            );
            for how in [&["--list"][..], &[], &["--undo"]] {
                assert_eq!(shared.recover(how).status, 3, "{name} {how:?}");
            }
            assert_eq!(fs::read(shared.at(name)).unwrap(), bytes, "{name}");
            assert!(!fs::read(shared.at("up/a.mp4")).unwrap().starts_with(b"evil"), "{name}");
            fs::remove_file(shared.at(name)).unwrap();
        }
    }
}

#[test]
fn root_recovers_for_a_user_with_no_more_rights_than_that_user_has() {
    if !is_root() {
        return;
    }
    let shared = Shared::new();
    fs::set_permissions(shared.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(shared.at("up"), fs::Permissions::from_mode(0o777)).unwrap();
    for name in ["a.mp4", "b.mp4"] {
        let old = fs::read(shared.at(&format!("up/{name}"))).unwrap();
        let mut new = old.clone();
        new[..4].copy_from_slice(b"done");
        let entry = store_into(name, shared.inode(&format!("up/{name}")), &old, &new);
        give_away(
            &shared.plant(&format!("up/.{name}.prkit-journal"), &Planted::open().entry(&entry).bytes()),
        );
    }
    // The one file is the user's, the other is root's.
    give_away(&shared.at("up/a.mp4"));
    fs::set_permissions(shared.at("up/b.mp4"), fs::Permissions::from_mode(0o644)).unwrap();
    let run = shared.recover(&["--owner", &OTHER.to_string()]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(fs::read(shared.at("up/a.mp4")).unwrap().starts_with(b"done"), "{}", run.stderr);
    assert!(!fs::read(shared.at("up/b.mp4")).unwrap().starts_with(b"done"));
    assert!(!shared.at("up/.a.mp4.prkit-journal").exists());
    let unknown = shared.recover(&["--owner", "nobody-of-that-name"]);
    assert_eq!(unknown.status, 2, "{}", unknown.stderr);
}

#[test]
fn only_copies_with_a_name_and_a_mark_of_ours_are_removed() {
    let shared = Shared::new();
    let marked = |name: &str, mark: &str| {
        fs::write(shared.at(name), "a copy").unwrap();
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(shared.at(name), "user.prkit.unfinished", mark.as_bytes(), flags).is_ok()
    };
    let stay = [
        "up/.a.mp4.prkit-new-abcdefgh",
        "up/.prkit-new-",
        "up/.my.prkit-new-notes.txt",
        "up/a.prkit-new-abcdefgh",
    ];
    for name in stay {
        fs::write(shared.at(name), "somebody's").unwrap();
    }
    fs::write(shared.at("up/.b.mp4.prkit-new-emptyaaa"), "").unwrap();
    fs::hard_link(shared.at("up/b.mp4"), shared.at("up/.b.mp4.prkit-new-secondaa")).unwrap();
    let has_marks = marked("up/.b.mp4.prkit-new-marked22", "PRKITN02");
    let other_mark = marked("up/.b.mp4.prkit-new-marked33", "other");
    let before = shared.all();
    assert_eq!(shared.recover(&["--list"]).status, 0);
    assert!(shared.all() == before, "a list changes nothing");
    let run = shared.recover(&[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.text().contains("left alone"), "{}", run.text());
    for name in stay {
        assert_eq!(fs::read(shared.at(name)).unwrap(), b"somebody's", "{name}");
    }
    assert!(!shared.at("up/.b.mp4.prkit-new-emptyaaa").exists());
    assert!(!shared.at("up/.b.mp4.prkit-new-secondaa").exists());
    assert!(shared.at("up/b.mp4").exists());
    if has_marks && other_mark {
        assert!(!shared.at("up/.b.mp4.prkit-new-marked22").exists());
        assert!(shared.at("up/.b.mp4.prkit-new-marked33").exists());
    } else {
        crate::program::skipped("in part: the file system has no extended attributes");
    }
}

#[test]
fn results_go_over_no_link_below_the_folder_that_was_named() {
    let shared = Shared::new();
    fs::create_dir_all(shared.at("out")).unwrap();
    symlink("../outside", shared.at("out/below")).unwrap();
    let run = prkit(args!["reheader", "--la-url", URL, "--json", "-o", shared.at("out"), shared.at("up")]);
    let (changed, failed) = ends(&run);
    assert_eq!((run.status, changed.len(), failed), (3, 2, vec!["c.mp4".to_owned()]), "{}", run.stderr);
    assert!(run.stderr.contains("symbolic link"), "{}", run.stderr);
    assert_eq!(fs::read_dir(shared.at("outside")).unwrap().count(), 1);
}
