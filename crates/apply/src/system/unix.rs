//! What all Unix systems have.

use super::identity::Identity;
use super::looked::{Looked, What};
use rustix::fs::{FileType, Mode, Stat, Timespec, Timestamps};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// A pipe or device that nobody serves is an error, not a wait.
pub(crate) fn without_waiting(options: &mut OpenOptions) {
    options.custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0));
}

pub(crate) fn identity(metadata: &Metadata) -> Identity {
    Identity {
        inode: Some((metadata.dev(), metadata.ino())),
        links: metadata.nlink(),
        len: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    }
}

/// What the system says of an open file.
pub(crate) fn look(file: &File) -> io::Result<Looked> {
    Ok(looked_of(&rustix::fs::fstat(file)?))
}

/// Who may do what with a file, in a word that is as wide on every machine.
#[allow(clippy::useless_conversion, reason = "the word's width depends on the machine")]
fn mode_of(stat: &Stat) -> u32 {
    u32::from(Mode::from_raw_mode(stat.st_mode).bits())
}

/// The words of a `stat` have other types on every machine; all of them fit here.
pub(super) fn looked_of(stat: &Stat) -> Looked {
    fn wide(number: impl Into<i128>) -> u64 {
        u64::try_from(number.into()).unwrap_or(u64::MAX)
    }
    fn time(seconds: impl Into<i128>, nanoseconds: impl Into<i128>) -> (i64, i64) {
        let word = |number: i128| i64::try_from(number).unwrap_or(i64::MAX);
        (word(seconds.into()), word(nanoseconds.into()))
    }
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => What::File,
        FileType::Directory => What::Folder,
        FileType::Symlink => What::Link,
        _ => What::Other,
    };
    let len = wide(stat.st_size);
    let identity = Identity {
        inode: Some((wide(stat.st_dev), wide(stat.st_ino))),
        links: wide(stat.st_nlink),
        len,
        modified: time(stat.st_mtime, stat.st_mtime_nsec),
    };
    Looked {
        identity,
        what,
        owner: Some(stat.st_uid),
        mode: mode_of(stat),
        is_sparse: wide(stat.st_blocks).saturating_mul(512) < len,
        accessed: time(stat.st_atime, stat.st_atime_nsec),
    }
}

/// Whether one call flushes a file system.
pub(crate) const FLUSHES_ALL: bool = true;

/// Whether a link was in the way that was not followed: a folder that is one now is no folder.
pub(crate) fn is_link(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::NOTDIR))
}

/// The user in whose name this process acts.
#[expect(clippy::unnecessary_wraps, reason = "other systems have no numbers for users")]
pub(crate) fn own_user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

/// Whether the file system does not have what was asked of it.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    // A network file system without its lock service says that it is out of locks.
    error.kind() == io::ErrorKind::Unsupported || Errno::from_io_error(error) == Some(Errno::NOLCK)
}

pub(crate) fn os_name(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

pub(crate) fn read_exact_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(into, at)
}

pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.write_all_at(bytes, at)
}

/// The unit in which the file system shares or shifts blocks.
pub(crate) fn shift_unit(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.blksize().max(4096))
}

/// Gives `to` the owner, where that is allowed, and the mode of `from`; `more` copies what else there is between them.
pub(super) fn copy_owner_and_mode(
    from: &File,
    to: &File,
    more: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let (own, other) = (to.metadata()?, from.metadata()?);
    if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
        // Only root may give files away; without it the new file belongs to whoever edits, as with any editor.
        let (uid, gid) = (rustix::fs::Uid::from_raw(other.uid()), rustix::fs::Gid::from_raw(other.gid()));
        let _ = rustix::fs::fchown(to, Some(uid), Some(gid));
    }
    more()?;
    // Last: giving a file away takes its set-user-id bit.
    to.set_permissions(other.permissions())
}

/// Access control lists are extended attributes too.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn copy_extended_attributes(from: &File, to: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, fgetxattr_query, flistxattr, flistxattr_query, fsetxattr};
    use rustix::io::Errno;
    let len = match flistxattr_query(from) {
        Ok(len) => len,
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let mut names = vec![0; len];
    let len = flistxattr(from, &mut names[..])?;
    let names = names.get(..len).unwrap_or_default().split(|byte| *byte == 0);
    for name in names.filter(|name| !name.is_empty() && *name != super::mark::NAME.as_bytes()) {
        let mut value = vec![0; fgetxattr_query(from, name)?];
        let len = fgetxattr(from, name, &mut value[..])?;
        value.truncate(len);
        match fsetxattr(to, name, &value, XattrFlags::empty()) {
            // Security labels and the like belong to the system: it gives the new file its own.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::PERM | Errno::ACCESS) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Gives `to` the times of access and change that a file had.
pub(crate) fn set_times(looked: &Looked, to: &File) -> io::Result<()> {
    let time = |(seconds, nanoseconds): (i64, i64)| -> io::Result<Timespec> {
        let fits = |_| io::Error::from(io::ErrorKind::InvalidInput);
        #[allow(
            clippy::unnecessary_fallible_conversions,
            clippy::useless_conversion,
            reason = "wide on 64-bit machines only"
        )]
        Ok(Timespec { tv_sec: seconds, tv_nsec: nanoseconds.try_into().map_err(fits)? })
    };
    let times = Timestamps {
        last_access: time(looked.accessed)?,
        last_modification: time(looked.identity.modified)?,
    };
    Ok(rustix::fs::futimens(to, &times)?)
}

/// Makes a name in the folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Lets this process open as many files as the system lets it, and says how many.
pub fn allow_many_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = limit.current == limit.maximum
        // A smaller limit is an error later, when it is reached.
        || setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).is_ok();
    let now = if raised { limit.maximum } else { limit.current };
    now.unwrap_or(u64::MAX)
}
