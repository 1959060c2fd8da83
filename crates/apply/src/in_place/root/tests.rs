//! Members in folders of their own, interrupted where it matters.

use super::super::{Outcome, journals_of, pending, recover as recover_at};
use super::*;
use crate::names::folder_of;
use bytes::Bytes;
use prkit_plan::{Source, Unwatched};
use std::fs;
use std::path::{Path, PathBuf};

/// A manifest and two files in folders of their own; the second is stored into, the others get new files.
struct Show {
    _folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
    places: Vec<Place>,
}

const NAMES: [&str; 3] = ["v/a.mp4", "s/b.mp4", "m/show.mpd"];

impl Show {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        let paths: Vec<PathBuf> = NAMES.iter().map(|name| base.join(name)).collect();
        for path in &paths {
            fs::create_dir(folder_of(path)).unwrap();
            fs::write(path, "old bytes").unwrap();
        }
        let place = |path: &PathBuf| {
            let folder = Folder::resolve(folder_of(path)).unwrap();
            folder.place(path.file_name().unwrap()).unwrap()
        };
        let places = paths.iter().map(place).collect();
        Self { _folder: folder, paths, places }
    }

    /// Calls `act` with the members; `wrong` is the one whose result is found wrong.
    fn with<T>(&self, wrong: Option<usize>, act: impl FnOnce(&mut [Member<'_>]) -> T) -> T {
        let with = |new: &'static str| Plan::splice(9, Span::new(0, 3), Bytes::from(new)).unwrap();
        let plans = [with("longer"), with("NEW"), with("x")];
        let mut sources: Vec<FileSource> =
            self.places.iter().map(|place| FileSource::open_for_edit(place).unwrap()).collect();
        for source in &mut sources {
            source.lock().unwrap();
        }
        let mut checks: Vec<_> = (0..3)
            .map(|number| {
                move |_: &dyn Source| if wrong == Some(number) { Err("wrong".into()) } else { Ok(()) }
            })
            .collect();
        let edits = self.places.iter().zip(&sources).zip(&plans).zip(&mut checks);
        let mut members: Vec<Member<'_>> = edits
            .enumerate()
            .map(|(number, (((place, source), plan), check))| Member {
                edit: Edit { place, source, plan, block: None, preserve: false, check, watch: &Unwatched },
                renamed: number != 1,
            })
            .collect();
        act(&mut members)
    }

    fn root(&self) -> &Place {
        &self.places[2]
    }

    fn tree(&self) -> Tree {
        Tree::over(self.places.iter().map(Place::folder)).unwrap()
    }

    fn journal(&self) -> Place {
        let tree = self.tree();
        tree.base().at(&root_journal_of(self.root(), &tree))
    }

    /// The commit, and nothing behind it.
    fn interrupt(&self) {
        self.with(None, |members| {
            let journal = self.journal();
            let mut log = JournalFile::create(&journal, 0o644).unwrap();
            let Prepared { mut opened, moves, folders, mut guards, .. } =
                Prepared::new(&journal, self.tree(), members, 0o644, Flush::Group).unwrap();
            let renamed = Renamed::of(members, &moves);
            let mut group = group_of(members, &mut opened);
            write_root(&mut log, &mut group, &folders, &renamed, Flush::Group).unwrap();
            guards.keep();
        });
    }

    fn contents(&self) -> Vec<String> {
        self.paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// Whether there is nothing beside the files.
    fn is_clean(&self) -> bool {
        self.paths.iter().all(|path| fs::read_dir(folder_of(path)).unwrap().count() == 1)
    }
}

const OLD: [&str; 3] = ["old bytes"; 3];
const NEW: [&str; 3] = ["longer bytes", "NEW bytes", "x bytes"];

#[test]
fn files_of_several_folders_change_together() {
    for flush in [Flush::None, Flush::Each, Flush::Group] {
        let show = Show::new();
        show.with(None, |members| together(show.root(), members, flush)).unwrap();
        assert_eq!(show.contents(), NEW);
        assert!(show.is_clean());
    }
}

#[test]
fn one_wrong_result_takes_all_back() {
    for wrong in 0..3 {
        let show = Show::new();
        let failed =
            show.with(Some(wrong), |members| together(show.root(), members, Flush::Group)).unwrap_err();
        assert_eq!(failed.member, Some(wrong));
        assert!(matches!(failed.error, Error::NotAsPlanned(_)), "{failed}");
        assert_eq!(show.contents(), OLD);
        assert!(show.is_clean());
    }
}

#[test]
fn an_interrupted_edit_is_found_and_finished_from_each_of_its_files() {
    for (name, undo) in [(0, false), (1, false), (2, false), (0, true), (1, true), (2, true)] {
        let show = Show::new();
        show.interrupt();
        assert_eq!(show.contents(), OLD);
        let journals: Vec<Place> = journals_of(&show.places[name]).collect();
        let mut files = pending(&journals[0]).unwrap();
        for file in &mut files {
            *file = file.canonicalize().unwrap();
        }
        files.sort_unstable();
        let mut expected = show.paths.clone();
        expected.sort_unstable();
        assert_eq!(files, expected);
        let expected_outcome = if undo { Outcome::TakenBack } else { Outcome::Finished };
        let all: Vec<_> = journals.iter().flat_map(|journal| recover_at(journal, undo).unwrap()).collect();
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|one| one.result.as_ref().is_ok_and(|result| *result == expected_outcome)));
        assert_eq!(show.contents(), if undo { OLD } else { NEW });
        assert!(show.is_clean());
    }
}

#[test]
fn one_file_that_somebody_else_changed_keeps_recovery_from_all() {
    for number in 0..3 {
        let show = Show::new();
        show.interrupt();
        fs::write(&show.paths[number], "somebody else's").unwrap();
        let before = show.contents();
        let all = recover_at(&show.journal(), false).unwrap();
        assert!(all.iter().all(|one| one.result.is_err()));
        let others = all.iter().filter(|one| matches!(one.result, Err(Refusal::Together))).count();
        assert_eq!(others, 2);
        assert_eq!(show.contents(), before);
        // With its file back, it goes on.
        fs::write(&show.paths[number], "old bytes").unwrap();
        recover_at(&show.journal(), false).unwrap();
        assert_eq!(show.contents(), NEW);
        assert!(show.is_clean());
    }
}

#[test]
fn an_edit_in_progress_is_in_the_way_of_others() {
    let show = Show::new();
    show.with(None, |members| {
        let journal = show.journal();
        let _log = JournalFile::create(&journal, 0o644).unwrap();
        let prepared = Prepared::new(&journal, show.tree(), members, 0o644, Flush::None).unwrap();
        assert!(matches!(recover_at(&journal, false), Err(Error::Busy)));
        let folder = show.places[0].folder();
        let other = folder.at(&journal_of(std::ffi::OsStr::new("other.mpd")));
        assert!(matches!(Pointer::create(folder, Path::new(""), &other, 0o644), Err(Error::Busy)));
        drop(prepared);
    });
}
