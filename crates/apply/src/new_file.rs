//! *Atomic* and *durable*: a new file beside the target, renamed over it when it is complete.
//!
//! ```text
//!   target folder   .NAME.prkit-XXXX   put and copied, flushed, checked
//!                          │ rename
//!                          ▼
//!                   NAME               the folder is flushed
//! ```

use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::in_place::folder_of;
use crate::{Check, system};
use prkit_plan::{Plan, Segment, Source, Span};
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use tempfile::{Builder, NamedTempFile};

/// How a new file comes to its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NewFile<'a> {
    /// A file of that name is replaced; else the name must be free.
    pub replace: bool,
    /// It gets the times of access and change of the original.
    pub preserve: bool,
    /// The replaced file keeps this name.
    pub backup: Option<&'a Path>,
}

/// What is copied at a time where the kernel does not do it.
const BLOCK: u64 = 1024 * 1024;

/// In the names of unfinished copies, between the target's and a random part.
pub(crate) const UNFINISHED: &str = ".prkit-new-";

/// Writes the file a plan makes under a name; *atomic* and *durable*.
///
/// Mode, owner and extended attributes are those of `source` where it is a file. `check` looks at the complete new file
/// before it gets its name.
///
/// # Errors
///
/// [`Error::Exists`], [`Error::Changed`] and [`Error::NotAsPlanned`] leave what was there; so does
/// [`Error::System`], but for the flush of the folder at the very end.
pub fn new_file(
    plan: &Plan,
    source: &Original<'_>,
    target: &Path,
    how: &NewFile<'_>,
    check: Check<'_>,
) -> Result<()> {
    if !how.replace && target.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: target.to_owned() });
    }
    if let Some(backup) = how.backup.filter(|backup| backup.symlink_metadata().is_ok()) {
        return Err(Error::Exists { path: backup.to_owned() });
    }
    let folder = folder_of(target);
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(UNFINISHED);
    let mut builder = Builder::new();
    builder.prefix(&prefix);
    system::usual_permissions(&mut builder);
    let temporary =
        builder.tempfile_in(folder).map_err(Error::system("create a temporary file in the target folder"))?;
    // Whoever holds the lock of an unfinished copy is at work on it. Where locks do not work, it is not found to be stale.
    let _ = temporary.as_file().try_lock();
    write(plan, source, temporary.as_file()).map_err(Error::system("write the new file"))?;
    if let Original::File(source) = source {
        source.check_unchanged()?;
        system::copy_attributes(source.file(), temporary.as_file()).map_err(Error::system("set its mode"))?;
        if how.preserve {
            let metadata = source.file().metadata().map_err(Error::system("look at it"))?;
            system::set_times(&metadata, temporary.as_file()).map_err(Error::system("set its times"))?;
        }
    }
    temporary.as_file().sync_all().map_err(Error::system("flush the new file"))?;
    check(&FileSource::from_file(temporary.as_file())?).map_err(Error::NotAsPlanned)?;
    if let Some(backup) = how.backup {
        // A second name for the old file: no copy, and there before the first one changes hands.
        std::fs::hard_link(target, backup).map_err(Error::system("keep the old file under its new name"))?;
    }
    rename(temporary, target, how.replace)?;
    system::sync_folder(folder).map_err(Error::system("flush the target folder"))
}

/// Copies a file under another name; *atomic* and *durable*.
///
/// # Errors
///
/// As for [`new_file`].
pub fn copy_file(source: &FileSource, target: &Path) -> Result<()> {
    let plan = Plan::unchanged(source.len());
    let how = NewFile { replace: false, preserve: true, backup: None };
    new_file(&plan, &Original::File(source), target, &how, &mut |_| Ok(()))
}

/// Where kept bytes come from.
#[derive(Clone, Copy)]
pub enum Original<'a> {
    /// A file: bytes are copied inside the kernel where it can.
    File(&'a FileSource),
    /// Anything else.
    Bytes(&'a dyn Source),
}

impl Original<'_> {
    fn source(&self) -> &dyn Source {
        match self {
            Self::File(source) => *source,
            Self::Bytes(source) => *source,
        }
    }
}

fn write(plan: &Plan, source: &Original<'_>, to: &File) -> io::Result<()> {
    let mut to_at = 0_u64;
    for (span, segment) in plan.placed() {
        if let (Segment::Keep(kept), Original::File(from)) = (segment, source) {
            copy(from, *kept, to, span.start())?;
        } else {
            let mut to = to;
            to.seek(SeekFrom::Start(to_at))?;
            plan.render(segment, source.source(), &mut |bytes| to.write_all(bytes))?;
        }
        to_at = span.end();
    }
    Ok(())
}

/// Copies inside the kernel where it can. File systems that share blocks (xfs, btrfs) do so from one block boundary to
/// another, when both files have the bytes at the same place in a block.
fn copy(from: &FileSource, span: Span, to: &File, to_at: u64) -> io::Result<()> {
    let block = from.abilities().block.max(1);
    let (mut at, mut to_at) = (span.start(), to_at);
    let to_boundary = at.next_multiple_of(block).saturating_sub(at);
    let mut unaligned = if at.abs_diff(to_at).is_multiple_of(block) { to_boundary } else { 0 };
    while at < span.end() {
        let mut left = span.end().saturating_sub(at);
        if unaligned > 0 {
            left = left.min(unaligned);
        }
        match system::copy_range(from.file(), at, to, to_at, left)? {
            Some(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(copied) => {
                at = at.saturating_add(copied);
                unaligned = unaligned.saturating_sub(copied);
                to_at = to_at.saturating_add(copied);
            }
            None => return copy_by_hand(from, Span::new(at, span.end()), to, to_at),
        }
    }
    Ok(())
}

fn copy_by_hand(from: &FileSource, span: Span, mut to: &File, to_at: u64) -> io::Result<()> {
    to.seek(SeekFrom::Start(to_at))?;
    let mut buffer = Vec::new();
    for block in span.blocks(BLOCK) {
        from.read_at(block, &mut buffer)?;
        to.write_all(&buffer)?;
    }
    Ok(())
}

fn rename(temporary: NamedTempFile, target: &Path, replace: bool) -> Result<()> {
    let renamed = if replace { temporary.persist(target) } else { temporary.persist_noclobber(target) };
    match renamed {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Error::Exists { path: target.to_owned() })
        }
        Err(error) => Err(Error::system("rename the new file")(error.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use prkit_plan::{Place, Replacement, Shape, Splice, Strategy, With};

    fn plan(len: u64, at: u64, new: &'static [u8]) -> Plan {
        let gap = Place::gap(at, 0);
        let shape = Shape::new(vec![Splice::insert(gap, new.len() as u64)]).unwrap();
        let with = With::Bytes(Bytes::from_static(new));
        Plan::new(len, shape, vec![Replacement::of(Span::empty(at), with)], Strategy::Copy, "").unwrap()
    }

    #[test]
    fn the_new_file_has_the_kept_and_the_put_bytes_and_the_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&old, &content).unwrap();
        std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o640)).unwrap();
        let source = FileSource::open(&old).unwrap();
        let plan = plan(source.len(), 1001, b"inserted");
        new_file(&plan, &Original::File(&source), &new, &NewFile::default(), &mut |_| Ok(())).unwrap();
        let expected = [&content[..1001], b"inserted", &content[1001..]].concat();
        assert!(std::fs::read(&new).unwrap() == expected);
        assert_eq!(std::fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o640);
        let again = new_file(&plan, &Original::File(&source), &new, &NewFile::default(), &mut |_| Ok(()));
        assert!(matches!(again, Err(Error::Exists { .. })));
    }

    #[test]
    fn a_result_that_is_not_as_planned_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"abc").unwrap();
        let source = FileSource::open(&path).unwrap();
        let mut refuse = |_: &dyn Source| Err("no".into());
        let replace = NewFile { replace: true, ..NewFile::default() };
        let result = new_file(&plan(3, 1, b"X"), &Original::File(&source), &path, &replace, &mut refuse);
        assert!(matches!(result, Err(Error::NotAsPlanned(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
