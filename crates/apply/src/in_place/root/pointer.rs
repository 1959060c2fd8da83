//! A folder's pointer to the journal of an edit that reaches into it from above.
//!
//! ```text
//!   FOLDER/.prkit-presentation     "PRKITP02" │ levels up │ name of the journal
//! ```
//!
//! It is there before the journal counts and goes before the journal does, so one look-up finds every such edit. One that
//! leads to no journal says nothing. Whoever holds its lock is at work. It is input like a journal, and counts as one does.

use super::super::journal_file::{Blocked, JournalFile};
use super::super::storage::Log as _;
use crate::error::{Error, Result};
use crate::folder::{Folder, Place, is_plain};
use crate::names::is_journal_name;
use crate::system;
use crate::temporary::is_left_over;
use crate::trust::Untrusted;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The name of pointers.
pub(crate) const POINTER: &str = ".prkit-presentation";

const MAGIC: &[u8; 8] = b"PRKITP02";
/// Longer names do not exist.
const MAX_LEN: u64 = 4096;

/// A pointer that this process put into a folder.
pub(super) struct Pointer {
    file: JournalFile,
}

/// How a pointer stands to others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Nobody is at work with it.
    Free,
    AtWork,
    /// It does not count.
    Untrusted(Untrusted),
}

/// What there is under a pointer's name.
pub(crate) fn standing(pointer: &Place) -> Result<Option<Standing>> {
    Ok(match JournalFile::open(pointer, false) {
        Ok(None) => None,
        Ok(Some(file)) => {
            Some(match read(&file).map_err(Error::system("read the pointer to a journal"))? {
                Content::Foreign(why) => Standing::Untrusted(why),
                Content::Empty | Content::Journal(..) => Standing::Free,
            })
        }
        Err(Blocked::Busy | Blocked::Pending) => Some(Standing::AtWork),
        Err(Blocked::Untrusted(why)) => Some(Standing::Untrusted(why)),
        Err(Blocked::System(error)) => return Err(Error::system("open the pointer to a journal")(error)),
    })
}

/// Fails for a pointer that does not count.
pub(crate) fn check(pointer: &Place) -> Result<()> {
    match standing(pointer)? {
        Some(Standing::Untrusted(why)) => Err(Error::Untrusted { journal: pointer.path(), why }),
        Some(Standing::AtWork) => Err(Error::Busy),
        Some(Standing::Free) | None => Ok(()),
    }
}

enum Content {
    /// Nothing was written yet, or nothing of that got to the disk.
    Empty,
    /// So many levels up, a journal of this name.
    Journal(u8, Vec<u8>),
    Foreign(Untrusted),
}

fn read(file: &JournalFile) -> io::Result<Content> {
    let len = file.len()?;
    if len > MAX_LEN {
        return Ok(Content::Foreign(Untrusted::Unknown));
    }
    let mut content = vec![0; usize::try_from(len).unwrap_or(0)];
    file.read_at(0, &mut content)?;
    if MAGIC.starts_with(&content) || content.iter().all(|byte| *byte == 0) {
        return Ok(Content::Empty);
    }
    let Some(rest) = content.strip_prefix(MAGIC) else {
        let is_of_other_version = content.starts_with(b"PRKITP");
        return Ok(Content::Foreign(if is_of_other_version {
            Untrusted::Version
        } else {
            Untrusted::Unknown
        }));
    };
    let Some((levels, name)) = rest.split_first() else { return Ok(Content::Empty) };
    let is_journal = is_plain(&system::os_name(name)) && is_journal_name(&system::os_name(name));
    Ok(if is_journal {
        Content::Journal(*levels, name.to_vec())
    } else {
        Content::Foreign(Untrusted::Contents)
    })
}

/// The journal that a pointer leads to, whether it is there or not; `None` where it leads to none, or does not count.
pub(crate) fn target_of(pointer: &Place) -> io::Result<Option<Place>> {
    match JournalFile::look(pointer, false) {
        Ok(Some(file)) => target_in(pointer.folder(), &file),
        Ok(None) | Err(Blocked::Untrusted(_) | Blocked::Busy | Blocked::Pending) => Ok(None),
        Err(Blocked::System(error)) => Err(error),
    }
}

fn target_in(folder: &Arc<Folder>, file: &JournalFile) -> io::Result<Option<Place>> {
    match read(file)? {
        Content::Journal(levels, name) => Ok(Some(folder.above(levels)?.at(&system::os_name(&name)))),
        Content::Empty | Content::Foreign(_) => Ok(None),
    }
}

impl Pointer {
    /// Points from a folder, so many levels below that of a journal, to it. One that leads to nothing gives way.
    pub(super) fn create(folder: &Arc<Folder>, below: &Path, journal: &Place, mode: u32) -> Result<Self> {
        let place = folder.at(OsStr::new(POINTER));
        let levels = u8::try_from(below.components().count())
            .map_err(|_| Error::system("point to the journal")(io::ErrorKind::InvalidInput.into()))?;
        give_way(&place, journal)?;
        let file = JournalFile::create_anew(&place, mode).map_err(|blocked| match blocked {
            // Somebody was faster.
            Blocked::Pending => Error::Busy,
            blocked => Error::from_blocked(&blocked, &place),
        })?;
        let mut pointer = Self { file };
        let mut content = MAGIC.to_vec();
        content.push(levels);
        content.extend_from_slice(journal.name().as_encoded_bytes());
        match pointer.file.write_at(0, &content) {
            Ok(()) => Ok(pointer),
            Err(error) => {
                pointer.remove();
                Err(Error::system("point to the journal")(error))
            }
        }
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        self.file.flush_content()
    }

    /// Takes it away; one that stays leads to nothing.
    pub(super) fn remove(&self) {
        let _ = self.file.place().remove();
    }
}

/// Takes a pointer away that leads to nothing, or to this journal; another one is in the way.
fn give_way(place: &Place, journal: &Place) -> Result<()> {
    let file = match JournalFile::open(place, true) {
        Ok(None) => return Ok(()),
        Ok(Some(file)) => file,
        Err(blocked) => return Err(Error::from_blocked(&blocked, place)),
    };
    let read_it = || Error::system("read the pointer to a journal");
    if let Content::Foreign(why) = read(&file).map_err(read_it())? {
        return Err(Error::Untrusted { journal: place.path(), why });
    }
    match target_in(place.folder(), &file).map_err(read_it())? {
        Some(other) if other.is_taken() && other != *journal => Err(Error::Pending { journal: other.path() }),
        _ => place.remove().map_err(Error::system("take the pointer away")),
    }
}

/// Takes a pointer away that leads to no journal and that nobody is at work with, and first what was made ready in its
/// folder and never used: new files, and second names of old ones, which would look like hard links to the next edit.
pub(crate) fn remove_stale(pointer: &Place) -> Result<()> {
    let file = match JournalFile::open(pointer, true) {
        Ok(Some(file)) => file,
        Ok(None) | Err(Blocked::Busy | Blocked::Pending) => return Ok(()),
        Err(blocked) => return Err(Error::from_blocked(&blocked, pointer)),
    };
    let clean = |error| Error::system("take the pointer away")(error);
    if let Content::Foreign(why) = read(&file).map_err(clean)? {
        return Err(Error::Untrusted { journal: pointer.path(), why });
    }
    if target_in(pointer.folder(), &file).map_err(clean)?.is_some_and(|journal| journal.is_taken()) {
        return Ok(());
    }
    let folder = pointer.folder();
    for name in folder.names().map_err(clean)? {
        let place = folder.at(&name);
        if is_left_over(&place) {
            place.remove().map_err(clean)?;
        }
    }
    pointer.remove().map_err(clean)
}

/// Takes the pointer of a folder away, if it leads to this journal.
pub(super) fn remove_from(folder: &Arc<Folder>, journal: &Place) {
    let pointer = folder.at(OsStr::new(POINTER));
    if target_of(&pointer).is_ok_and(|target| target.is_some_and(|target| target == *journal)) {
        let _ = pointer.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_to_another_journal_that_is_there_is_in_the_way() {
        let temporary = tempfile::tempdir().unwrap();
        std::fs::create_dir(temporary.path().join("below")).unwrap();
        let root = Folder::resolve(temporary.path()).unwrap();
        let below = root.below(Path::new("below")).unwrap();
        let place = below.at(OsStr::new(POINTER));
        let (ours, other) =
            (root.at(OsStr::new(".a.prkit-journal")), root.at(OsStr::new(".b.prkit-journal")));
        std::fs::write(other.path(), "x").unwrap();
        let create = |journal: &Place| Pointer::create(&below, Path::new("below"), journal, 0o644);
        let pointer = create(&other).unwrap();
        assert!(matches!(create(&ours), Err(Error::Busy)));
        drop(pointer);
        assert!(matches!(create(&ours), Err(Error::Pending { .. })));
        std::fs::remove_file(other.path()).unwrap();
        drop(create(&ours).unwrap());
        assert_eq!(target_of(&place).unwrap().unwrap().path(), ours.path());
        remove_stale(&place).unwrap();
        assert!(!place.is_taken());
    }

    #[test]
    fn a_pointer_leads_up_to_a_journal_and_nowhere_else() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::resolve(temporary.path()).unwrap();
        let place = folder.at(OsStr::new(POINTER));
        for content in [
            &b"PRKITP02\x01../.a.prkit-journal"[..],
            b"PRKITP02\x00/tmp/.a.prkit-journal",
            b"PRKITP02\x00notes.txt",
            b"PRKITP01../.a.prkit-journal",
            b"somebody's",
        ] {
            std::fs::write(place.path(), content).unwrap();
            assert!(matches!(standing(&place), Ok(Some(Standing::Untrusted(_)))), "{content:?}");
            assert!(target_of(&place).unwrap().is_none());
            assert!(remove_stale(&place).is_err());
            assert_eq!(std::fs::read(place.path()).unwrap(), content);
        }
    }
}
