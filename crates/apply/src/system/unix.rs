//! Linux and its relatives.

use super::Kind;
use crate::file::Identity;
use prkit_plan::Span;
use rustix::fs::{FallocateFlags, Timespec, Timestamps};
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
    let open = file.metadata()?;
    match path.metadata() {
        Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
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

/// Asks for pages ahead of reading them. Refusals do not matter.
pub(crate) fn will_need(file: &File, spans: &[Span]) {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    for span in spans {
        let len = std::num::NonZeroU64::new(span.len());
        let _ = rustix::fs::fadvise(file, span.start(), len, rustix::fs::Advice::WillNeed);
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let _ = (file, spans);
}

/// Copies up to `len` bytes inside the kernel; `None` where it cannot and the caller has to.
pub(crate) fn copy_range(from: &File, at: u64, to: &File, to_at: u64, len: u64) -> io::Result<Option<u64>> {
    #[cfg(target_os = "linux")]
    {
        use rustix::io::Errno;
        let (mut at, mut to_at) = (at, to_at);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let copied = rustix::io::retry_on_intr(|| {
            rustix::fs::copy_file_range(from, Some(&mut at), to, Some(&mut to_at), len)
        });
        match copied {
            Ok(copied) => Ok(Some(u64::try_from(copied).unwrap_or(0))),
            Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (from, at, to, to_at, len);
        Ok(None)
    }
}

#[cfg(target_os = "linux")]
const EXT4: rustix::fs::FsWord = 0xEF53;
#[cfg(target_os = "linux")]
const XFS: rustix::fs::FsWord = 0x5846_5342;
#[cfg(target_os = "linux")]
const BTRFS: rustix::fs::FsWord = 0x9123_683E;
#[cfg(target_os = "linux")]
const TMPFS: rustix::fs::FsWord = 0x0102_1994;

pub(crate) fn kind_of(file: &File) -> Kind {
    #[cfg(target_os = "linux")]
    match rustix::fs::fstatfs(file).map(|stat| stat.f_type) {
        Ok(EXT4) => return Kind::Ext4,
        Ok(XFS) => return Kind::Xfs,
        Ok(BTRFS) => return Kind::Btrfs,
        Ok(TMPFS) => return Kind::Memory,
        _ => {}
    }
    let _ = file;
    Kind::Other
}

/// The unit in which the file system shares or shifts blocks.
pub(crate) fn shift_unit(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.blksize().max(4096))
}

pub(crate) fn is_sparse(metadata: &Metadata) -> bool {
    metadata.blocks().saturating_mul(512) < metadata.len()
}

/// Allocates blocks; `false` where that is not known.
pub(crate) fn allocate(file: &File, spans: &[Span]) -> io::Result<bool> {
    each_range(file, spans, FallocateFlags::KEEP_SIZE)
}

/// Gives shared blocks copies of their own, and holes blocks; `false` where that is not known.
pub(crate) fn unshare(file: &File, spans: &[Span]) -> io::Result<bool> {
    #[cfg(target_os = "linux")]
    {
        let unshare = FallocateFlags::UNSHARE_RANGE | FallocateFlags::KEEP_SIZE;
        Ok(each_range(file, spans, unshare)? || allocate(file, spans)?)
    }
    #[cfg(not(target_os = "linux"))]
    allocate(file, spans)
}

fn each_range(file: &File, spans: &[Span], flags: FallocateFlags) -> io::Result<bool> {
    use rustix::io::Errno;
    for span in spans {
        match rustix::io::retry_on_intr(|| rustix::fs::fallocate(file, flags, span.start(), span.len())) {
            Ok(()) => {}
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Inserts whole blocks of zeros.
pub(crate) fn insert_range(file: &File, at: u64, len: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        rustix::io::retry_on_intr(|| rustix::fs::fallocate(file, FallocateFlags::INSERT_RANGE, at, len))?;
        Ok(())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, at, len);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Takes whole blocks out.
pub(crate) fn collapse_range(file: &File, at: u64, len: u64) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        rustix::io::retry_on_intr(|| rustix::fs::fallocate(file, FallocateFlags::COLLAPSE_RANGE, at, len))?;
        Ok(())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, at, len);
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Gives `to` what `from` has beside its bytes: mode, owner where that is allowed, extended attributes.
pub(crate) fn copy_attributes(from: &File, to: &File) -> io::Result<()> {
    let metadata = from.metadata()?;
    let (own, other) = (to.metadata()?, &metadata);
    if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
        // Only root may give files away; without it the new file belongs to whoever edits, as with any editor.
        let (uid, gid) = (rustix::fs::Uid::from_raw(other.uid()), rustix::fs::Gid::from_raw(other.gid()));
        let _ = rustix::fs::fchown(to, Some(uid), Some(gid));
    }
    #[cfg(target_os = "linux")]
    copy_extended_attributes(from, to)?;
    // Last: giving a file away takes its set-user-id bit.
    to.set_permissions(metadata.permissions())
}

/// Access control lists are extended attributes too.
#[cfg(target_os = "linux")]
fn copy_extended_attributes(from: &File, to: &File) -> io::Result<()> {
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

/// Makes everything on the file system of an open file durable.
pub(crate) fn sync_file_system(file: &File) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        Ok(rustix::fs::syncfs(file)?)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        file.sync_all()?;
        rustix::fs::sync();
        Ok(())
    }
}

/// Lets this process open so many files, where it may; how many it may now.
pub(crate) fn allow_open_files(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let most = now.maximum.unwrap_or(wanted).min(wanted);
    let soft = now.current.unwrap_or(wanted);
    if soft < most && setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..now }).is_ok() {
        return most;
    }
    soft
}
