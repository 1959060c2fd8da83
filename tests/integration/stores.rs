//! The engine over assets of any store: the same pool, the same groups, the same results.

use crate::library::{INIT, own_store};
use crate::program::prkit;
use prkit::engine::operation::Remove;
use prkit::engine::pool::{Next, Pool};
use prkit::engine::report::WriteReport;
use prkit::engine::title::Roots;
use prkit::engine::writing::{Plain, PresentedEnd, State, Target, Told, WriteOptions, Writing};
use prkit::engine::{Inputs, Kinds, Selector, Sources, System};
use prkit::{Access, AnyStore, AssetId, Memory, Store as _};
use std::path::Path;

const SEGMENT: &str = "samples/rotation/1.m4s";

/// What became of each input: its report, or nothing where it is of no kind that is read.
fn removed(inputs: Inputs, target: Target) -> Vec<Option<WriteReport>> {
    let options = WriteOptions::default();
    let mut selector = Selector::default();
    selector.system = System::PlayReady;
    let remove = Remove::default();
    let writing = Writing::new(&remove, &selector, &options, target, Kinds::default(), &Plain);
    let work = |next: &Next| match next {
        Next::Group(group) => {
            let done = |state: State| match state {
                State::Done(report, None) => Some(*report),
                State::Foreign => None,
                other => panic!("{other:?}"),
            };
            writing.group(group).turns.into_iter().map(|turn| done(turn.state)).collect::<Vec<_>>()
        }
        Next::Failure(input, error) => panic!("{}: {error}", input.display()),
    };
    let mut told = Vec::new();
    let mut take = |part| {
        told.extend::<Vec<_>>(part);
        Ok::<(), ()>(())
    };
    let ended = Pool::new(Some(2), true).in_groups().run(inputs, &prkit_plan::Unwatched, &work, &mut take);
    assert_eq!(ended.stopped, None);
    told
}

fn changed(told: &[Option<WriteReport>]) -> Vec<Option<bool>> {
    told.iter().map(|report| report.as_ref().map(|report| report.changed)).collect()
}

/// Two assets that change, and one of no kind that is read.
fn assets() -> [(&'static str, Vec<u8>); 3] {
    let read = |path: &str| std::fs::read(path).unwrap();
    [("t/a.mp4", read(INIT)), ("t/b.m4s", read(SEGMENT)), ("t/c.txt", b"of no kind that is read".to_vec())]
}

fn put(memory: &Memory) {
    for (name, bytes) in assets() {
        memory.put(name, bytes);
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("t")).unwrap();
    for (name, bytes) in assets() {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// What the program makes of the same assets.
fn expected() -> Vec<Vec<u8>> {
    let folder = folder();
    assert_eq!(prkit(["remove", "-i", folder.path().to_str().unwrap()]).status, 0);
    assets().iter().map(|(name, _)| std::fs::read(folder.path().join(name)).unwrap()).collect()
}

fn all_of(memory: &Memory) -> Vec<Vec<u8>> {
    assets().iter().map(|(name, _)| memory.get(&(*name).into()).unwrap().to_vec()).collect()
}

fn walked(folder: &Path) -> Inputs {
    let mut sources = Sources::default();
    sources.paths.push(folder.to_owned());
    Inputs::unseen(&sources).unwrap()
}

#[test]
fn a_folder_is_worked_at_by_the_engine_alone_and_each_file_says_what_became_of_it() {
    let folder = folder();
    let told = removed(walked(folder.path()), Target::InPlace);
    assert_eq!(changed(&told), [Some(true), Some(true), None]);
    let now = assets().map(|(name, _)| std::fs::read(folder.path().join(name)).unwrap());
    assert!(now.as_slice() == expected());
}

#[test]
fn assets_in_memory_get_the_bytes_that_files_get() {
    let memory = Memory::new();
    put(&memory);
    let store = AnyStore::new(memory.clone());
    let told = removed(Inputs::of_store(&store, &AssetId::default()).unwrap(), Target::InPlace);
    assert_eq!(changed(&told), [Some(true), Some(true), None]);
    let method = told[0].as_ref().unwrap().method;
    assert_eq!(method, Some("patched"));
    assert!(all_of(&memory) == expected());
    // None is locked any more, and nothing is left to do.
    memory.open(&"t/a.mp4".into(), Access::Edit).unwrap();
    let again = removed(Inputs::of_store(&store, &"t".into()).unwrap(), Target::InPlace);
    assert_eq!(changed(&again), [Some(false), Some(false), None]);
}

#[test]
fn a_store_of_ones_own_is_worked_at_like_any_other() {
    let memory = Memory::new();
    put(&memory);
    let store = AnyStore::new(own_store::over(memory.clone()));
    let told = removed(Inputs::of_store(&store, &AssetId::default()).unwrap(), Target::InPlace);
    assert_eq!(changed(&told), [Some(true), Some(true), None]);
    assert!(all_of(&memory) == expected());
}

#[test]
fn a_dry_run_says_what_would_be_done_and_leaves_the_assets() {
    let memory = Memory::new();
    put(&memory);
    let store = AnyStore::new(memory.clone());
    let told = removed(Inputs::of_store(&store, &AssetId::default()).unwrap(), Target::DryRun);
    assert_eq!(changed(&told), [Some(true), Some(true), None]);
    assert_eq!(told[0].as_ref().unwrap().method, Some("patched"));
    assert!(all_of(&memory).iter().zip(assets()).all(|(now, (_, old))| *now == old));
}

#[test]
fn results_go_from_one_store_into_another() {
    let (memory, folder) = (Memory::new(), folder());
    let told = removed(walked(folder.path()), Target::Store(AnyStore::new(memory.clone())));
    assert_eq!(changed(&told), [Some(true), Some(true), None]);
    let made = |name: &str| memory.get(&name.into()).map(|bytes| bytes.to_vec());
    let expected = expected();
    assert_eq!(made("t/c.txt"), None);
    assert!(made("t/a.mp4").as_ref() == Some(&expected[0]) && made("t/b.m4s").as_ref() == Some(&expected[1]));
    // And back, where the files are not there yet.
    let out = tempfile::tempdir().unwrap();
    let store = AnyStore::new(memory);
    let inputs = Inputs::of_store(&store, &AssetId::default()).unwrap();
    let told = removed(inputs, Target::Folder(out.path().join("new")));
    assert_eq!(changed(&told), [Some(false), Some(false)]);
    assert!(std::fs::read(out.path().join("new/t/a.mp4")).unwrap() == expected[0]);
}

#[test]
fn one_run_works_at_assets_of_several_stores() {
    let (memory, folder) = (Memory::new(), folder());
    put(&memory);
    let store = AnyStore::new(memory.clone());
    let stored = Inputs::of_store(&store, &AssetId::default()).unwrap();
    let inputs: Vec<_> = walked(folder.path()).chain(stored).collect();
    let told = removed(Inputs::given(inputs.into_iter()), Target::InPlace);
    assert_eq!(changed(&told).iter().filter(|changed| **changed == Some(true)).count(), 4);
    let now = assets().map(|(name, _)| std::fs::read(folder.path().join(name)).unwrap());
    assert!(now.as_slice() == expected() && all_of(&memory) == expected());
}

const TITLE: [&str; 2] = ["manifests/list.mpd", "dash-ondemand/audio.mp4"];

/// A manifest that addresses a file by byte range, in a store.
fn title(memory: &Memory) {
    for name in TITLE {
        memory.put(name, std::fs::read(format!("samples/{name}")).unwrap());
    }
}

/// What became of its members: where they change together, and an error where none did.
fn presented(store: AnyStore, target: Target) -> Result<Vec<(String, bool)>, String> {
    let options = WriteOptions::default();
    let mut selector = Selector::default();
    selector.system = System::PlayReady;
    let remove = Remove { collapse: true, overrides: prkit::Overrides::ALL };
    let writing = Writing::new(&remove, &selector, &options, target, Kinds::default(), &Plain);
    let inputs = Inputs::of_store(&store, &AssetId::default()).unwrap();
    let mut ends = Vec::new();
    let others = writing.presentations(inputs, &Roots::default(), &Pool::new(None, false), &mut |told| {
        ends.push(match told {
            Told::Looked | Told::Found(_) => return Ok(()),
            Told::Unread(input, error) => Err(format!("{}: {error}", input.display())),
            Told::Presented(presented) => match presented.end {
                PresentedEnd::Done(parts) => {
                    Ok(parts.iter().map(|(input, report)| (input.display(), report.changed)).collect())
                }
                PresentedEnd::Failed { error, .. } => Err(error.to_string()),
            },
        });
        Ok::<(), ()>(())
    });
    assert_eq!(others.unwrap().count(), 0, "all of it is one title: {ends:?}");
    assert_eq!(ends.len(), 1);
    ends.remove(0)
}

#[test]
fn a_title_in_a_store_changes_as_one_with_the_bytes_that_its_files_get() {
    let memory = Memory::new();
    title(&memory);
    let done = presented(AnyStore::new(memory.clone()), Target::InPlace).unwrap();
    // What names others comes last.
    assert_eq!(done.last().unwrap(), &("manifests/list.mpd".to_owned(), true));
    let folder = tempfile::tempdir().unwrap();
    for name in TITLE {
        let to = folder.path().join(name);
        std::fs::create_dir(to.parent().unwrap()).unwrap();
        std::fs::copy(format!("samples/{name}"), to).unwrap();
    }
    let args = ["remove", "--collapse", "--force", "--presentation", "-i", folder.path().to_str().unwrap()];
    let run = prkit(args);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for name in TITLE {
        let now = memory.get(&name.into()).unwrap();
        assert!(now == std::fs::read(folder.path().join(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_title_in_a_store_without_transactions_is_left_as_it_is() {
    let memory = Memory::new();
    title(&memory);
    let error = presented(AnyStore::new(own_store::over(memory.clone())), Target::InPlace).unwrap_err();
    assert_eq!(error, "the store has no transactions");
    for name in TITLE {
        let old = std::fs::read(format!("samples/{name}")).unwrap();
        assert!(memory.get(&name.into()).unwrap() == old, "{name}");
    }
}

#[test]
fn a_title_goes_from_one_store_into_another() {
    let (from, to) = (Memory::new(), Memory::new());
    title(&from);
    presented(AnyStore::new(from.clone()), Target::Store(AnyStore::new(to.clone()))).unwrap();
    presented(AnyStore::new(from.clone()), Target::InPlace).unwrap();
    for name in TITLE {
        let id = AssetId::from(name);
        assert!(to.get(&id).is_some() && to.get(&id) == from.get(&id), "{name}");
    }
}
