//! macOS, the BSDs and other Unix systems: no ranges, and file systems are not told apart.

pub(crate) use super::plain::{
    allocate, collapse_range, copy_range, insert_range, kind_of, unshare, will_need,
};
pub use super::unix::allow_many_files;
pub(crate) use super::unix::{
    identity, inode_of, is_sparse, named, os_name, read_exact_at, same_file, set_times, shift_unit,
    sync_folder, usual_permissions, without_waiting, write_all_at,
};

use std::fs::File;
use std::io;

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
