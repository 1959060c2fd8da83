//! What differs between systems: one module each, with the same function names.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::{
    copy_ownership, copy_range, identity, read_exact_at, sync_folder, usual_permissions, will_need,
    without_waiting,
};

#[cfg(not(unix))]
mod other;
#[cfg(not(unix))]
pub(crate) use other::{
    copy_ownership, copy_range, identity, read_exact_at, sync_folder, usual_permissions, will_need,
    without_waiting,
};
