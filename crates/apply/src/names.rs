//! The names of what stands beside a file while it is changed: journals, and unfinished copies.
//!
//! ```text
//!   .NAME.prkit-journal                       the journal of one file
//!   .prkit-journal, .prkit-journal-1 … -7     those of groups of files of a folder
//!   .NAME.prkit-new-RANDOM                    an unfinished copy
//! ```

use crate::system;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;

/// In the names of unfinished copies, between the target's and a random part.
const UNFINISHED: &str = ".prkit-new-";
/// Characters of the random part.
const RANDOM_LEN: usize = 8;

/// The folder a path stands in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The same, empty for a name alone.
pub(crate) fn parent_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

const SUFFIX: &str = ".prkit-journal";
/// How many groups of one folder may be at work at once, or have been left half-way.
const SLOTS: u8 = 8;
/// Names are no longer than this on the file systems in use.
const LONGEST_NAME: usize = 255;

/// The journals of groups of files of one folder: `.prkit-journal`, `.prkit-journal-1` … `.prkit-journal-7`.
pub(crate) fn group_journals() -> impl Iterator<Item = OsString> {
    let name = |slot| if slot == 0 { SUFFIX.to_owned() } else { format!("{SUFFIX}-{slot}") };
    (0..SLOTS).map(move |slot| name(slot).into())
}

/// The journal of one file: `.NAME.prkit-journal`, or the folder's where that is too long for a name.
pub(crate) fn journal_of(name: &OsStr) -> OsString {
    let mut journal = OsString::from(".");
    journal.push(name);
    journal.push(SUFFIX);
    if journal.len() > LONGEST_NAME { OsString::from(SUFFIX) } else { journal }
}

/// Whether a file is a journal by its name.
pub(crate) fn is_journal_name(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let group = match name {
        [first @ .., b'-', b'1'..=b'7'] => first == SUFFIX.as_bytes(),
        _ => false,
    };
    group || name.starts_with(b".") && name.ends_with(SUFFIX.as_bytes())
}

/// What the names of unfinished copies of a file begin with.
pub(crate) fn prefix_of(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(UNFINISHED);
    prefix
}

/// The name of a new unfinished copy of a file.
pub(crate) fn unfinished_of(name: &OsStr) -> OsString {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    // Random keys, another pair for each: names collide by chance only, and one that is taken is not used.
    let mut random = RandomState::new().build_hasher().finish();
    let mut unfinished = prefix_of(name);
    for _ in 0..RANDOM_LEN {
        let digit = usize::try_from(random & 31).ok().and_then(|digit| DIGITS.get(digit));
        unfinished.push(digit.map_or(String::new(), |digit| char::from(*digit).to_string()));
        random >>= 5;
    }
    unfinished
}

/// Which file a name is that of an unfinished copy of; `None` for other names.
pub(crate) fn finished_of(name: &OsStr) -> Option<OsString> {
    let bytes = name.as_encoded_bytes();
    let head = bytes.len().checked_sub(RANDOM_LEN)?;
    let (head, random) = bytes.split_at_checked(head)?;
    let target = head.strip_prefix(b".")?.strip_suffix(UNFINISHED.as_bytes())?;
    let is_ours = !target.is_empty() && random.iter().all(u8::is_ascii_alphanumeric);
    is_ours.then(|| system::os_name(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journals_are_known_by_their_names() {
        let all: Vec<_> = group_journals().chain([journal_of(OsStr::new("a.mp4"))]).collect();
        assert_eq!(all.len(), 9);
        assert!(all.iter().all(|name| is_journal_name(name)));
        for other in [".prkit-journal-8", ".prkit-journal-12", "prkit-journal", ".a.prkit-journal-1"] {
            assert!(!is_journal_name(OsStr::new(other)), "{other}");
        }
    }

    #[test]
    fn unfinished_copies_are_known_by_their_names() {
        let (name, other) = (unfinished_of(OsStr::new("a.mp4")), unfinished_of(OsStr::new("a.mp4")));
        assert_ne!(name, other);
        assert_eq!(finished_of(&name).unwrap(), "a.mp4");
        for other in [
            "a.prkit-new-abcdefgh",
            ".prkit-new-abcdefgh",
            ".a.prkit-new-",
            ".a.prkit-new-notes.txt",
            ".a.prkit-new-a b",
        ] {
            assert_eq!(finished_of(OsStr::new(other)), None, "{other}");
        }
    }
}
