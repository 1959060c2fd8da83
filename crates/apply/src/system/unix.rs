//! What all Unix systems have.

use super::identity::Identity;
use rustix::fs::{Timespec, Timestamps};
use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
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

/// Whether a path names this open file.
pub(crate) fn same_file(file: &File, path: &Path) -> io::Result<bool> {
    let named = named(file, path)?.map(|named| (named.dev(), named.ino()));
    match named {
        Some(named) => file.metadata().map(|open| (open.dev(), open.ino()) == named),
        None => Ok(false),
    }
}

/// What a path names: its identity tells whether that is the open file.
pub(crate) fn named(_: &File, path: &Path) -> io::Result<Option<Metadata>> {
    match path.metadata() {
        Ok(named) => Ok(Some(named)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn inode_of(path: &Path) -> io::Result<Option<u64>> {
    Ok(Some(path.symlink_metadata()?.ino()))
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

pub(crate) fn is_sparse(metadata: &Metadata) -> bool {
    metadata.blocks().saturating_mul(512) < metadata.len()
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
    for name in names.get(..len).unwrap_or_default().split(|byte| *byte == 0).filter(|name| !name.is_empty())
    {
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

/// Gives `to` the times of access and change that `from` had.
pub(crate) fn set_times(metadata: &Metadata, to: &File) -> io::Result<()> {
    let time = |seconds, nanoseconds| Timespec { tv_sec: seconds, tv_nsec: nanoseconds };
    let times = Timestamps {
        last_access: time(metadata.atime(), metadata.atime_nsec()),
        last_modification: time(metadata.mtime(), metadata.mtime_nsec()),
    };
    Ok(rustix::fs::futimens(to, &times)?)
}

/// A new file gets what the system's mask leaves of "everybody may read and write", like any other.
pub(crate) fn usual_permissions(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(0o666));
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
