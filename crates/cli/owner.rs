//! Acting in another user's name.

use std::fmt;

/// Why somebody cannot act as a user.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum OwnerError {
    #[error("there is no user {0}")]
    Unknown(String),
    #[error("only root can act as another user, {0}")]
    #[cfg_attr(
        not(all(unix, not(target_vendor = "apple"))),
        expect(dead_code, reason = "where nobody can act as another user, root cannot either")
    )]
    NotRoot(String),
    #[error("cannot act as {user}: {reason}")]
    Refused { user: String, reason: String },
}

impl OwnerError {
    fn refused(user: &str, reason: impl fmt::Display) -> Self {
        Self::Refused { user: user.to_owned(), reason: reason.to_string() }
    }
}

/// From here on, this process is the user's, with the user's rights and no others: what the user's journals say is done
/// with files that the user could have changed.
///
/// A user is a name, or a number: one that has no name has no groups.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(crate) fn act_as(user: &str) -> Result<(), OwnerError> {
    use nix::unistd::{Gid, Uid, User, geteuid, setgid, setgroups, setuid};
    /// The group of those that have none.
    const NO_GROUP: u32 = 65534;
    let refused = |error: nix::Error| OwnerError::refused(user, error);
    let number = user.parse().ok().map(Uid::from_raw);
    let known = match number {
        Some(number) => User::from_uid(number),
        None => User::from_name(user),
    }
    .map_err(refused)?;
    let (uid, gid) = match (&known, number) {
        (Some(known), _) => (known.uid, known.gid),
        (None, Some(number)) => (number, Gid::from_raw(NO_GROUP)),
        (None, None) => return Err(OwnerError::Unknown(user.to_owned())),
    };
    if geteuid() == uid {
        return Ok(());
    }
    if !geteuid().is_root() {
        return Err(OwnerError::NotRoot(user.to_owned()));
    }
    setgroups(&groups_of(known.as_ref(), gid)).map_err(refused)?;
    setgid(gid).map_err(refused)?;
    setuid(uid).map_err(refused)
}

/// The groups of a user.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn groups_of(user: Option<&nix::unistd::User>, gid: nix::unistd::Gid) -> Vec<nix::unistd::Gid> {
    let name = user.and_then(|user| std::ffi::CString::new(user.name.as_str()).ok());
    name.and_then(|name| nix::unistd::getgrouplist(&name, gid).ok()).unwrap_or_else(|| vec![gid])
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub(crate) fn act_as(user: &str) -> Result<(), OwnerError> {
    if user.is_empty() {
        return Err(OwnerError::Unknown(user.to_owned()));
    }
    Err(OwnerError::refused(user, "this system has no such call"))
}
