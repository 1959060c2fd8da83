//! The mark of unfinished copies, so that no other file is taken for one: an extended attribute.

use std::fs::File;

/// Its name.
pub(super) const NAME: &str = "user.prkit.unfinished";

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
const VALUE: &[u8] = b"PRKITN02";

/// Marks a copy; `false` where the file system has no place for that.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(crate) fn mark_unfinished(file: &File) -> bool {
    rustix::fs::fsetxattr(file, NAME, VALUE, rustix::fs::XattrFlags::empty()).is_ok()
}

/// Takes the mark away again.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(crate) fn unmark(file: &File) {
    let _ = rustix::fs::fremovexattr(file, NAME);
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(crate) fn is_marked(file: &File) -> bool {
    let mut value = [0; 16];
    rustix::fs::fgetxattr(file, NAME, &mut value[..]).is_ok_and(|len| value.get(..len) == Some(VALUE))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(crate) fn mark_unfinished(_: &File) -> bool {
    false
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(crate) fn unmark(_: &File) {}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(crate) fn is_marked(_: &File) -> bool {
    false
}
