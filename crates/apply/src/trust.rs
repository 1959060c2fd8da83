//! Which files under the names of journals count.
//!
//! A journal is input: it says what is to be stored into which file, and whoever may write into a folder can put one there.
//! So it counts only if nobody but the user in whose name this process acts can have written it.

use crate::system::{self, Looked};

/// Why a file under the name of a journal does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// A link, a folder, a pipe, a device or a socket.
    #[error("is not a regular file: remove it")]
    NotAFile,
    /// Another user's.
    #[error("belongs to another user; its owner can recover what it tells of, or remove it")]
    Owner,
    /// Others may write to it.
    #[error("can be written to by others than its owner, so it is not used: remove it")]
    Mode,
    /// It has other names.
    #[error("has other names (hard links), so it is not used: remove it")]
    Links,
    /// Of another version.
    #[error(
        "was written by another version of prkit; that version can recover what it tells of, or remove it"
    )]
    Version,
    /// No journal.
    #[error("is not a journal of prkit: remove it, or give it another name")]
    Unknown,
    /// It names what it may not name, or contradicts itself.
    #[error("names files outside of its folder or contradicts itself, so it is not used: remove it")]
    Contents,
}

/// Whether a file can be a journal that counts, by all that the system says of it.
pub(crate) fn distrust(found: &Looked) -> Option<Untrusted> {
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    if !found.is_file() {
        return Some(Untrusted::NotAFile);
    }
    if found.owner != system::own_user() {
        return Some(Untrusted::Owner);
    }
    if found.mode & WRITABLE_BY_OTHERS != 0 {
        return Some(Untrusted::Mode);
    }
    (found.identity.links > 1).then_some(Untrusted::Links)
}
