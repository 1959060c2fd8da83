//! *In place*: the changed bytes are stored through a memory map, the file stays the same inode.
//!
//! Not atomic, and without a journal: a kill between two stores leaves some old and some new bytes.

use crate::Check;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::map::Map;
use prkit_plan::{Plan, Span};
use std::fs::TryLockError;

/// Stores what a plan changes into the file it was made for; *in place*.
///
/// The file is locked for the length of the edit; everything is read before the first byte is stored.
///
/// # Errors
///
/// [`Error::Busy`] and [`Error::Changed`] before anything is written; [`Error::System`];
/// [`Error::WrittenNotAsPlanned`] when `check` finds fault with the result.
pub fn in_place(plan: &Plan, source: &FileSource, check: Check<'_>) -> Result<()> {
    let file = source.file();
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Error::Busy),
        Err(TryLockError::Error(error)) => return Err(Error::system("lock it")(error)),
    }
    if plan.old_len() != plan.new_len() {
        let error = std::io::Error::other("the plan changes the length of the file");
        return Err(Error::system("store into it")(error));
    }
    let mut stores = Vec::new();
    for (span, segment) in plan.stores() {
        let mut bytes = Vec::new();
        plan.render(segment, source, &mut |block| {
            bytes.extend_from_slice(block);
            Ok(())
        })
        .map_err(Error::system("read it"))?;
        stores.push((span, bytes));
    }
    source.check_unchanged()?;
    for group in stores.chunk_by(|(a, _), (b, _)| are_near(*a, *b)) {
        let (Some((first, _)), Some((last, _))) = (group.first(), group.last()) else { continue };
        let mut map =
            Map::new(file, Span::new(first.start(), last.end())).map_err(Error::system("map it"))?;
        for (span, bytes) in group {
            map.store(span.start(), bytes).map_err(Error::system("store into it"))?;
        }
        map.flush().map_err(Error::system("flush it"))?;
    }
    let written = FileSource::from_file(file)?;
    check(&written).map_err(Error::WrittenNotAsPlanned)
}

/// Whether two stores are worth one map.
const fn are_near(a: Span, b: Span) -> bool {
    b.start().saturating_sub(a.end()) < 1024 * 1024
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use prkit_plan::{Place, Replacement, Shape, Splice, Strategy, With};

    fn plan(old: Span, new: &'static [u8]) -> Plan {
        let splice =
            Splice { from: Place::start(old.start()), to: Place::start(old.end()), len: new.len() as u64 };
        let with = With::Bytes(Bytes::from_static(new));
        let shape = Shape::new(vec![splice]).unwrap();
        Plan::new(9, shape, vec![Replacement { old, with }], Strategy::Same, "").unwrap()
    }

    #[test]
    fn the_changed_bytes_are_stored() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        std::fs::write(&path, b"abcdefghi").unwrap();
        let source = FileSource::open_for_edit(&path).unwrap();
        in_place(&plan(Span::new(3, 5), b"XY"), &source, &mut |_| Ok(())).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"abcXYfghi");
    }

    #[test]
    fn a_locked_or_changed_file_is_left_alone() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        std::fs::write(&path, b"abcdefghi").unwrap();
        let other = FileSource::open_for_edit(&path).unwrap();
        other.file().lock().unwrap();
        let source = FileSource::open_for_edit(&path).unwrap();
        let plan = plan(Span::new(3, 5), b"XY");
        assert!(matches!(in_place(&plan, &source, &mut |_| Ok(())), Err(Error::Busy)));
        drop(other);
        std::fs::write(&path, b"abc").unwrap();
        assert!(in_place(&plan, &source, &mut |_| Ok(())).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    }
}
