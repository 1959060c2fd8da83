//! What differs between systems: one module each, with the same function names.
//!
//! ```text
//!   linux.rs ─┬─ unix.rs     what every Unix has
//!   bsd.rs ───┤
//!   windows.rs ─ plain.rs    what systems without ranges of files answer
//! ```

mod identity;
mod kind;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod plain;
#[cfg(unix)]
mod unix;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as here;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
use bsd as here;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as here;

pub use here::allow_many_files;
pub(crate) use here::{
    allocate, collapse_range, copy_attributes, copy_range, identity, inode_of, insert_range, is_sparse,
    kind_of, named, os_name, read_exact_at, same_file, set_times, shift_unit, sync_file_system, sync_folder,
    unshare, usual_permissions, will_need, without_waiting, write_all_at,
};
pub use identity::Identity;
pub(crate) use kind::Kind;
