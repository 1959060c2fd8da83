use super::*;
use prkit_plan::battery::{Bench, tests};
use prkit_plan::{Plan, Span};
use tempfile::TempDir;

struct OnDisk {
    folder: TempDir,
    store: Files,
}

impl OnDisk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Files::below(folder.path()).unwrap();
        Self { folder, store }
    }

    fn path(&self, id: &AssetId) -> PathBuf {
        self.folder.path().join(os_name(id.as_bytes()))
    }
}

impl Bench for OnDisk {
    type Store = Files;

    fn store(&self) -> &Files {
        &self.store
    }

    fn put(&self, id: &AssetId, bytes: &[u8]) {
        let path = self.path(id);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // As editors do it: what was there stays what it was for who has it open.
        let new = self.folder.path().join(".new");
        std::fs::write(&new, bytes).unwrap();
        std::fs::rename(new, path).unwrap();
    }

    fn get(&self, id: &AssetId) -> Option<Vec<u8>> {
        std::fs::read(self.path(id)).ok()
    }

    fn takes_any_name(&self) -> bool {
        cfg!(target_os = "linux")
    }
}

#[test]
fn files_pass_the_battery() {
    for (_, test) in tests::<OnDisk>() {
        test(&OnDisk::new());
    }
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_no_asset() {
    let disk = OnDisk::new();
    for name in ["", "..", "../x", "/etc/passwd", "a/../../x", ".prkit-journal", "t/.a.prkit-journal"] {
        let opened = disk.store.open(&name.into(), Access::Read);
        assert!(matches!(opened, Err(StoreError::Outside(_))), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_below_the_folder() {
    let disk = OnDisk::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("a"), b"bytes").unwrap();
    std::os::unix::fs::symlink(outside.path(), disk.folder.path().join("folder")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("a"), disk.folder.path().join("file")).unwrap();
    for name in ["folder/a", "file"] {
        assert!(disk.store.open(&name.into(), Access::Edit).is_err(), "{name}");
    }
    let mut listed = Vec::new();
    let list = disk.store.list(&AssetId::default(), &mut |group| {
        listed.extend(group);
        ControlFlow::Continue(())
    });
    list.unwrap();
    assert_eq!(listed, []);
}

#[test]
fn a_file_with_several_names_is_left_alone() {
    let disk = OnDisk::new();
    disk.put(&"a".into(), b"bytes");
    std::fs::hard_link(disk.path(&"a".into()), disk.path(&"b".into())).unwrap();
    let asset = disk.store.open(&"a".into(), Access::Edit).unwrap();
    let plan = Plan::splice(5, Span::new(0, 1), bytes::Bytes::from_static(b"B")).unwrap();
    let mut check = |_: &dyn Source| Ok(());
    let mut edits = [Edit::new(&asset, &plan, &mut check)];
    let error = disk.store.commit(&mut edits, &Commit::default()).pop().unwrap().unwrap_err();
    assert!(error.to_string().contains("2 hard links"), "{error}");
    assert_eq!(disk.get(&"b".into()).unwrap(), b"bytes");
}
