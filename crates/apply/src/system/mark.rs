//! The mark of unfinished copies, so that no other file is taken for one: an extended attribute.

use std::fs::File;

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) use here::NAME;
pub(crate) use here::{is_marked, mark_unfinished, unmark};

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod here {
    use super::File;

    /// Its name.
    pub(in crate::system) const NAME: &str = "user.prkit.unfinished";

    const VALUE: &[u8] = b"PRKITN02";

    /// Marks a copy; `false` where the file system has no place for that.
    pub(crate) fn mark_unfinished(file: &File) -> bool {
        rustix::fs::fsetxattr(file, NAME, VALUE, rustix::fs::XattrFlags::empty()).is_ok()
    }

    /// Takes the mark away again.
    pub(crate) fn unmark(file: &File) {
        let _ = rustix::fs::fremovexattr(file, NAME);
    }

    pub(crate) fn is_marked(file: &File) -> bool {
        let mut value = [0; 16];
        rustix::fs::fgetxattr(file, NAME, &mut value[..]).is_ok_and(|len| value.get(..len) == Some(VALUE))
    }
}

/// Systems without extended attributes that programs choose: there is no mark, and copies are left alone.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod here {
    use super::File;

    pub(crate) fn mark_unfinished(_: &File) -> bool {
        false
    }

    pub(crate) fn unmark(_: &File) {}

    pub(crate) fn is_marked(_: &File) -> bool {
        false
    }
}
