//! What differs between systems: one module each, with the same function names.
//!
//! ```text
//!   linux.rs ─┬─ unix.rs     what every Unix has; directory.rs: folders that are held open
//!   bsd.rs ───┤
//!   windows.rs ─ plain.rs    what systems without ranges of files answer
//! ```

mod identity;
mod kind;
mod looked;
mod mark;

#[cfg(unix)]
mod directory;

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

#[cfg(unix)]
pub(crate) use directory::Directory;
pub use here::allow_many_files;
pub(crate) use here::{
    FLUSHES_ALL, allocate, collapse_range, copy_attributes, copy_range, identity, insert_range, is_link,
    is_unsupported, kind_of, look, os_name, own_user, read_exact_at, room, set_times, shift_unit,
    sync_file_system, sync_folder, unshare, will_need, without_waiting, write_all_at,
};
pub use identity::Identity;
pub(crate) use kind::Kind;
pub(crate) use looked::{Looked, What};
pub(crate) use mark::{is_marked, mark_unfinished, unmark};
#[cfg(windows)]
pub(crate) use windows::Directory;
