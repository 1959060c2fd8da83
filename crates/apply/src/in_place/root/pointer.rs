//! A folder's pointer to the journal of an edit that reaches into it from elsewhere.
//!
//! ```text
//!   FOLDER/.prkit-presentation     "PRKITP01" │ path of the journal, seen from FOLDER
//! ```
//!
//! It is there before the journal counts and goes before the journal does, so one look-up finds every such edit. One that
//! leads to no journal says nothing. Whoever holds its lock is at work.

use super::super::disk::Blocked;
use super::super::is_unfinished;
use crate::names::{folder_of, is_journal_name};
use crate::system;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};

/// The name of pointers.
pub(crate) const POINTER: &str = ".prkit-presentation";

const MAGIC: &[u8; 8] = b"PRKITP01";
/// Longer paths do not exist.
const MAX_LEN: u64 = 64 * 1024;

/// A pointer that this process put into a folder.
pub(super) struct Pointer {
    path: PathBuf,
    file: File,
}

impl Pointer {
    /// Points from a folder to a journal. One that leads to nothing is written over.
    pub(super) fn create(folder: &Path, journal: &Path) -> Result<Self, (Blocked, PathBuf)> {
        let path = folder.join(POINTER);
        let system = |error: io::Error| (Blocked::System(error), journal.to_owned());
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let file = options.open(&path).map_err(system)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err((Blocked::Busy, path)),
                Err(TryLockError::Error(error)) => return Err(system(error)),
            }
            if !system::same_file(&file, &path).map_err(system)? {
                continue;
            }
            match target_of(&path).map_err(system)? {
                Some(other) if other.exists() && !is_same(&other, journal) => {
                    return Err((Blocked::Pending, other));
                }
                _ => {}
            }
            let mut content = MAGIC.to_vec();
            content.extend_from_slice(relative(folder, journal).as_os_str().as_encoded_bytes());
            let pointer = Self { path, file };
            let written =
                pointer.file.set_len(0).and_then(|()| system::write_all_at(&pointer.file, &content, 0));
            return match written {
                Ok(()) => Ok(pointer),
                Err(error) => {
                    pointer.remove();
                    Err(system(error))
                }
            };
        }
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Takes it away; one that stays leads to nothing.
    pub(super) fn remove(&self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The journal that a pointer leads to, whether it is there or not.
pub(crate) fn target_of(pointer: &Path) -> io::Result<Option<PathBuf>> {
    let content = match std::fs::metadata(pointer) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_LEN => std::fs::read(pointer)?,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(path) = content.strip_prefix(MAGIC) else { return Ok(None) };
    let path = folder_of(pointer).join(system::os_name(path));
    Ok(path.file_name().is_some_and(is_journal_name).then_some(path))
}

/// Takes a pointer away that leads to no journal and that nobody is at work with, and first what was made ready in its
/// folder and never used: new files, and second names of old ones, which would look like hard links to the next edit.
pub(crate) fn remove_stale(pointer: &Path) -> io::Result<()> {
    let file = match File::open(pointer) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let is_ours = file.try_lock().is_ok() && system::same_file(&file, pointer)?;
    let leads = target_of(pointer)?.is_some_and(|journal| journal.exists());
    if !is_ours || leads {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder_of(pointer))? {
        let path = entry?.path();
        if is_unfinished(&path) {
            std::fs::remove_file(path)?;
        }
    }
    std::fs::remove_file(pointer)
}

/// Takes the pointer of a folder away, if it leads to this journal.
pub(super) fn remove_from(folder: &Path, journal: &Path) {
    let pointer = folder.join(POINTER);
    if target_of(&pointer).is_ok_and(|target| target.is_some_and(|target| is_same(&target, journal))) {
        let _ = std::fs::remove_file(pointer);
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// A path as seen from a folder, so that a tree can be moved with what lies in it. Both are resolved already.
pub(super) fn relative(folder: &Path, path: &Path) -> PathBuf {
    let (mut from, mut to) = (folder.components().peekable(), path.components().peekable());
    let mut common = 0_usize;
    while let (Some(a), Some(b)) = (from.peek(), to.peek())
        && a == b
    {
        from.next();
        to.next();
        common = common.saturating_add(1);
    }
    if common == 0 && folder != Path::new(".") {
        return path.to_owned();
    }
    from.filter(|part| *part != Component::CurDir).map(|_| Component::ParentDir).chain(to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_a_folder() {
        let seen = |folder: &str, path: &str| relative(Path::new(folder), Path::new(path));
        assert_eq!(seen("/a/b", "/a/b/c"), Path::new("c"));
        assert_eq!(seen("/a/b", "/a/c/d"), Path::new("../c/d"));
        assert_eq!(seen("/a/b/c", "/x"), Path::new("../../../x"));
        assert_eq!(seen(".", "x/y"), Path::new("x/y"));
    }

    #[test]
    fn a_pointer_to_another_journal_that_is_there_is_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let (ours, other) = (root.join(".a.prkit-journal"), root.join(".b.prkit-journal"));
        std::fs::write(&other, "x").unwrap();
        let pointer = Pointer::create(&root, &other).unwrap();
        assert!(matches!(Pointer::create(&root, &ours), Err((Blocked::Busy, _))));
        drop(pointer);
        assert!(matches!(Pointer::create(&root, &ours), Err((Blocked::Pending, _))));
        std::fs::remove_file(&other).unwrap();
        drop(Pointer::create(&root, &ours).unwrap());
        assert_eq!(target_of(&root.join(POINTER)).unwrap(), Some(ours));
        remove_stale(&root.join(POINTER)).unwrap();
        assert!(!root.join(POINTER).exists());
    }
}
