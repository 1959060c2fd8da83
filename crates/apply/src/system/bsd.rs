//! macOS, the BSDs and other Unix systems: no ranges, and file systems are not told apart.

pub(crate) use super::plain::{
    allocate, collapse_range, copy_range, insert_range, kind_of, room, unshare, will_need,
};
pub use super::unix::allow_many_files;
pub(crate) use super::unix::{
    FLUSHES_ALL, identity, is_unsupported, look, os_name, own_user, read_exact_at, set_times, shift_unit,
    sync_folder, without_waiting, write_all_at,
};

use rustix::fs::OFlags;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

/// How folders on the way are opened.
pub(super) const THROUGH: OFlags = OFlags::empty();

/// Whether a link was in the way that was not followed. FreeBSD has a code of its own for one that `O_NOFOLLOW` meets.
pub(crate) fn is_link(error: &io::Error) -> bool {
    super::unix::is_link(error) || Errno::from_io_error(error) == Some(Errno::MLINK)
}

/// No call follows no link at all: paths are gone step by step.
pub(super) fn open_at_once(_: &OwnedFd, _: &Path, _: OFlags) -> Option<io::Result<OwnedFd>> {
    None
}

pub(super) fn rename_to_free(_: &OwnedFd, _: &OsStr, _: &OsStr) -> Option<io::Result<()>> {
    None
}

/// Gives `to` what `from` has beside its bytes: mode, owner where that is allowed, on macOS extended attributes.
pub(crate) fn copy_attributes(from: &File, to: &File) -> io::Result<()> {
    super::unix::copy_owner_and_mode(from, to, || {
        #[cfg(target_vendor = "apple")]
        super::unix::copy_extended_attributes(from, to)?;
        Ok(())
    })
}

/// Makes everything durable: `sync` knows no single file system, and on macOS only `F_FULLFSYNC` waits for the disk.
pub(crate) fn sync_file_system(file: &File) -> io::Result<()> {
    rustix::fs::sync();
    file.sync_all()
}
