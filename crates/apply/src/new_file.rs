//! *Atomic* and *durable*: a new file beside the target, renamed over it when it is complete.
//!
//! ```text
//!   target folder   .NAME.prkit-new-…  put and copied, flushed, checked      temporary.rs
//!                          │ rename
//!                          ▼
//!                   NAME               the folder is flushed
//! ```
//!
//! Many small files are written first and flushed together, once for all.

use crate::copying::{Original, not_cancelled, write};
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::flush::Flush;
use crate::folder::{Folder, Place};
use crate::system::Identity;
use crate::temporary::Temporary;
use crate::{Check, system};
use prkit_plan::{Plan, Source, Span, Unwatched, Watch, Watched};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// How a new file comes to its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct NewFile<'a> {
    /// A file of that name is replaced; else the name must be free.
    pub replace: bool,
    /// It gets the times of access and change of the original.
    pub preserve: bool,
    /// The replaced file keeps this name, in the same folder.
    pub backup: Option<&'a OsStr>,
}

/// One file to make.
pub(crate) struct Make<'a> {
    /// What it is made of.
    pub plan: &'a Plan,
    /// Where kept bytes come from.
    pub original: Original<'a>,
    /// The name it gets.
    pub target: &'a Place,
    /// How it comes to its name.
    pub how: NewFile<'a>,
    /// A look at the complete new file before it gets its name.
    pub check: Check<'a>,
    /// Who watches the copy, and may give it up.
    pub watch: &'a dyn Watch,
}

/// What new files of one group take together at most, beside the old ones: nobody's disk is full because of a group.
const MAX_GROUP: u64 = 256 * 1024 * 1024;

/// Writes the file a plan makes under a name; *atomic* and *durable*.
///
/// Mode, owner and extended attributes are those of `source` where it is a file. `check` looks at the complete new file
/// before it gets its name.
///
/// # Errors
///
/// [`Error::Exists`], [`Error::Changed`] and [`Error::NotAsPlanned`] leave what was there; so does
/// [`Error::System`], but for the flush of the folder at the very end.
pub(crate) fn new_file(
    plan: &Plan,
    source: &Original<'_>,
    target: &Place,
    how: &NewFile<'_>,
    check: Check<'_>,
) -> Result<()> {
    let mut make = [Make { plan, original: *source, target, how: *how, check, watch: &Unwatched }];
    new_files(&mut make, Flush::Each).pop().unwrap_or(Ok(()))
}

/// Writes several files; each *atomic*, and all *durable* after one flush for as many as fit a group.
///
/// With [`Flush::None`] nothing is waited for: a file then survives a kill, and after a power failure it may be empty.
///
/// # Errors
///
/// For each file on its own, as for [`new_file`].
pub(crate) fn new_files(files: &mut [Make<'_>], flush: Flush) -> Vec<Result<()>> {
    let mut results = Vec::with_capacity(files.len());
    let mut rest = files;
    while !rest.is_empty() {
        let mut room = MAX_GROUP;
        let fits = |make: &Make<'_>| {
            let left = room.checked_sub(make.plan.new_len());
            room = left.unwrap_or(0);
            left.is_some()
        };
        let most = if flush == Flush::Each { 1 } else { usize::MAX };
        let count = rest.iter().map(fits).take_while(|fits| *fits).count().min(most).max(1);
        let Some((group, others)) = rest.split_at_mut_checked(count) else { break };
        results.extend(group_of(group, flush));
        rest = others;
    }
    results
}

fn group_of(files: &mut [Make<'_>], flush: Flush) -> Vec<Result<()>> {
    let staged: Vec<Result<Temporary>> = files.iter().map(stage).collect();
    // No wait for what will not count.
    let staged: Vec<_> = staged
        .into_iter()
        .zip(&*files)
        .map(|(staged, make)| staged.and_then(|staged| not_cancelled(make.watch).map(|()| staged)))
        .collect();
    let flushed = flush_all(&staged, flush);
    let mut folders: Vec<Arc<Folder>> = Vec::new();
    let mut results: Vec<Result<()>> = Vec::with_capacity(files.len());
    for ((make, staged), flushed) in files.iter_mut().zip(staged).zip(flushed) {
        let result = staged.and_then(|temporary| {
            flushed.map_err(Error::system("flush the new file"))?;
            named(make, temporary)
        });
        let folder = make.target.folder();
        if result.is_ok() && !folders.iter().any(|known| Arc::ptr_eq(known, folder)) {
            folders.push(Arc::clone(folder));
        }
        results.push(result);
    }
    for folder in folders.into_iter().filter(|_| flush != Flush::None) {
        if let Err(error) = folder.sync() {
            for (make, result) in files.iter().zip(&mut results) {
                if result.is_ok() && Arc::ptr_eq(make.target.folder(), &folder) {
                    *result = Err(Error::system("flush the target folder")(crate::error::copy_of(&error)));
                }
            }
        }
    }
    results
}

/// The complete new file, when its name is free.
fn stage(make: &Make<'_>) -> Result<Temporary> {
    let how = &make.how;
    not_cancelled(make.watch)?;
    if !how.replace && make.target.is_taken() {
        return Err(Error::Exists { path: make.target.path() });
    }
    // Nobody means a device, or what a link in `/dev` leads to.
    if how.replace && !make.target.may_be_replaced() {
        return Err(Error::NotAFile);
    }
    if let Some(backup) = how.backup {
        let backup = make.target.beside(backup)?;
        if backup.is_taken() && !is_kept(make.target, backup.name()) {
            return Err(Error::Exists { path: backup.path() });
        }
    }
    unnamed(make.plan, &make.original, make.target, how.preserve, make.watch)
}

/// The complete new file beside the target, under a name of its own; not flushed yet.
pub(crate) fn unnamed(
    plan: &Plan,
    original: &Original<'_>,
    target: &Place,
    preserve: bool,
    watch: &dyn Watch,
) -> Result<Temporary> {
    // What a file has that nobody else may read, nobody else reads in its unfinished copy. What comes from elsewhere gets
    // what the system's mask leaves of "everybody may read and write", like any other new file.
    let replaced = match original {
        Original::File(_) => None,
        Original::Bytes(_) => FileSource::open_at(target).ok(),
    };
    let is_new = matches!(original, Original::Bytes(_)) && replaced.is_none();
    let mode = if is_new { 0o666 } else { 0o600 };
    let temporary = Temporary::beside(target, mode)
        .map_err(Error::system("create a temporary file in the target folder"))?;
    let written = write(plan, original, temporary.file(), watch);
    not_cancelled(watch)?;
    written.map_err(Error::system("write the new file"))?;
    if let Original::File(source) = original {
        source.check_unchanged()?;
        system::copy_attributes(source.file(), temporary.file()).map_err(Error::system("set its mode"))?;
        if preserve {
            let found = system::look(source.file()).map_err(Error::system("look at it"))?;
            system::set_times(&found, temporary.file()).map_err(Error::system("set its times"))?;
        }
    }
    // What takes a file's place is as private as that was.
    if let Some(replaced) = replaced {
        system::copy_attributes(replaced.file(), temporary.file()).map_err(Error::system("set its mode"))?;
    }
    Ok(temporary)
}

/// The same, looked at, and flushed unless the caller does that.
pub(crate) fn prepare(
    plan: &Plan,
    original: &Original<'_>,
    target: &Place,
    preserve: bool,
    flush: bool,
    check: Check<'_>,
    watch: &dyn Watch,
) -> Result<Temporary> {
    let temporary = unnamed(plan, original, target, preserve, watch)?;
    if flush {
        temporary.file().sync_all().map_err(Error::system("flush the new file"))?;
    }
    let checked = check(&FileSource::from_file(temporary.file())?);
    not_cancelled(watch)?;
    checked.map_err(Error::NotAsPlanned)?;
    Ok(temporary)
}

/// Flushes files: each, or each file system once where that waits less often.
fn flush_all(staged: &[Result<Temporary>], flush: Flush) -> Vec<io::Result<()>> {
    let files = || staged.iter().map(|staged| staged.as_ref().ok().map(Temporary::file));
    match flush {
        Flush::None => files().map(|_| Ok(())).collect(),
        Flush::Group if staged.len() > 2 => {
            let mut systems = BTreeMap::new();
            let flushed = files().map(|file| {
                let Some(file) = file else { return Ok(()) };
                let device = Identity::of(file).ok().and_then(|identity| Some(identity.inode?.0));
                let first = systems.entry(device).or_insert_with(|| system::sync_file_system(file));
                first.as_ref().copied().map_err(crate::error::copy_of)
            });
            flushed.collect()
        }
        Flush::Each | Flush::Group => files().map(|file| file.map_or(Ok(()), File::sync_all)).collect(),
    }
}

/// Looks at the new file, and gives it its name.
fn named(make: &mut Make<'_>, temporary: Temporary) -> Result<()> {
    let checked = (make.check)(&FileSource::from_file(temporary.file())?);
    not_cancelled(make.watch)?;
    checked.map_err(Error::NotAsPlanned)?;
    let kept = make.how.backup.filter(|backup| !is_kept(make.target, backup));
    if let Some(backup) = kept {
        // A second name for the old file: no copy, and there before the first one changes hands.
        make.target.link(backup).map_err(Error::system("keep the old file under its new name"))?;
    }
    temporary.rename(make.target, make.how.replace).inspect_err(|_| {
        if let Some(Ok(backup)) = kept.map(|backup| make.target.beside(backup)) {
            let _ = backup.remove();
        }
    })
}

/// Whether a file has the name already under which it is to be kept: an earlier run gave it that, and was stopped before
/// the new file got the first one.
pub(crate) fn is_kept(target: &Place, backup: &OsStr) -> bool {
    let inode = |place: &Place| {
        let found = place.look().ok().flatten().filter(system::Looked::is_file)?;
        found.identity.inode
    };
    let kept = target.beside(backup).ok().and_then(|backup| inode(&backup));
    kept.is_some_and(|kept| inode(target) == Some(kept))
}

/// Writes a file; *atomic* and *durable*. A link of that name is replaced, not followed.
///
/// # Errors
///
/// A file of that name where it is not to be replaced, and what the system cannot do; nothing is left of it then.
pub fn write_file(target: &Place, bytes: &[u8], replace: bool) -> Result<()> {
    let plan = Plan::splice(0, Span::empty(0), bytes.to_vec().into())
        .map_err(|error| Error::system("write the new file")(io::Error::other(error.to_string())))?;
    let how = NewFile { replace, ..NewFile::default() };
    new_file(&plan, &Original::Bytes(&&[][..]), target, &how, &mut |_| Ok(()))
}

/// Copies a file under another name; *atomic* and *durable*.
///
/// # Errors
///
/// As for [`new_file`].
pub(crate) fn copy_file(source: &FileSource, target: &Place, watch: &dyn Watch) -> Result<()> {
    let plan = Plan::unchanged(source.len());
    let (original, check) = (Original::File(source), &mut |_: &dyn Source| Ok(()));
    let how = NewFile { replace: false, preserve: true, backup: None };
    let mut make = [Make { plan: &plan, original, target, how, check, watch }];
    new_files(&mut make, Flush::Each).pop().unwrap_or(Ok(()))
}

/// The same, where the copy may be there: of an earlier run that was stopped before it changed the file.
///
/// # Errors
///
/// As for [`new_file`].
pub(crate) fn keep_copy(source: &FileSource, target: &Place, watch: &dyn Watch) -> Result<()> {
    match copy_file(source, target, watch) {
        Err(Error::Exists { .. }) if is_copy(&Watched::new(source, watch), source, target) => Ok(()),
        copied => copied,
    }
}

/// Whether another file has the same bytes.
fn is_copy(bytes: &dyn Source, source: &FileSource, target: &Place) -> bool {
    FileSource::open_at(target)
        .ok()
        .filter(|other| other.identity().inode != source.identity().inode)
        .is_some_and(|other| prkit_plan::check_kept(&Plan::unchanged(source.len()), bytes, &other).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use prkit_plan::{Place as Gap, Replacement, Shape, Splice, Strategy, With};

    fn plan(len: u64, at: u64, new: &'static [u8]) -> Plan {
        let gap = Gap::gap(at, 0);
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
        let (plan, place) = (plan(source.len(), 1001, b"inserted"), Place::of(&new).unwrap());
        new_file(&plan, &Original::File(&source), &place, &NewFile::default(), &mut |_| Ok(())).unwrap();
        let expected = [&content[..1001], b"inserted", &content[1001..]].concat();
        assert!(std::fs::read(&new).unwrap() == expected);
        assert_eq!(std::fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o640);
        let again = new_file(&plan, &Original::File(&source), &place, &NewFile::default(), &mut |_| Ok(()));
        assert!(matches!(again, Err(Error::Exists { .. })));
    }

    #[test]
    fn what_takes_the_place_of_a_private_file_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let place = Place::of(&path).unwrap();
        write_file(&place, b"new", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_link_is_replaced_and_a_device_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        std::fs::write(&victim, b"old").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        write_file(&Place::of(&link).unwrap(), b"new", true).unwrap();
        assert_eq!(
            (std::fs::read(&victim).unwrap(), std::fs::read(&link).unwrap()),
            (b"old".to_vec(), b"new".to_vec())
        );
        let device = folder.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        assert!(matches!(write_file(&Place::of(&device).unwrap(), b"new", true), Err(Error::NotAFile)));
        assert!(matches!(write_file(&Place::of(folder.path()).unwrap(), b"new", true), Err(Error::NotAFile)));
    }

    #[test]
    fn a_result_that_is_not_as_planned_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"abc").unwrap();
        let source = FileSource::open(&path).unwrap();
        let mut refuse = |_: &dyn Source| Err("no".into());
        let replace = NewFile { replace: true, ..NewFile::default() };
        let place = Place::of(&path).unwrap();
        let result = new_file(&plan(3, 1, b"X"), &Original::File(&source), &place, &replace, &mut refuse);
        assert!(matches!(result, Err(Error::NotAsPlanned(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
