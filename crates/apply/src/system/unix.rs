//! Linux and its relatives.

use crate::file::Identity;
use prkit_plan::Span;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
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

pub(crate) fn read_exact_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(into, at)
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

/// Gives `to` the mode of `from`, and its owner where that is allowed.
pub(crate) fn copy_ownership(from: &File, to: &File) -> io::Result<()> {
    let metadata = from.metadata()?;
    let (own, other) = (to.metadata()?, &metadata);
    if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
        // Only root may give files away; without it the new file belongs to whoever edits, as with any editor.
        let (uid, gid) = (rustix::fs::Uid::from_raw(other.uid()), rustix::fs::Gid::from_raw(other.gid()));
        let _ = rustix::fs::fchown(to, Some(uid), Some(gid));
    }
    to.set_permissions(metadata.permissions())
}

/// A new file gets what the system's mask leaves of "everybody may read and write", like any other.
pub(crate) fn usual_permissions(builder: &mut tempfile::Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(0o666));
}

/// Makes a rename in the folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
