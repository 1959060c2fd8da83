//! The names of what stands beside a file while it is changed: journals, and unfinished copies.
//!
//! ```text
//!   .NAME.prkit-journal                       the journal of one file
//!   .prkit-journal, .prkit-journal-1 … -7     those of groups of files of a folder
//!   .NAME.prkit-new-RANDOM                    an unfinished copy
//! ```

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// In the names of unfinished copies, between the target's and a random part.
pub(crate) const UNFINISHED: &str = ".prkit-new-";

/// The folder a path stands in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

const SUFFIX: &str = ".prkit-journal";
/// How many groups of one folder may be at work at once, or have been left half-way.
const SLOTS: u8 = 8;
/// Names are no longer than this on the file systems in use.
const LONGEST_NAME: usize = 255;

/// The journals of groups of files of one folder: `.prkit-journal`, `.prkit-journal-1` … `.prkit-journal-7`.
pub(crate) fn group_journals(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let name = |slot| if slot == 0 { SUFFIX.to_owned() } else { format!("{SUFFIX}-{slot}") };
    (0..SLOTS).map(move |slot| folder.join(name(slot)))
}

/// The journal of one file: `.NAME.prkit-journal`, or the folder's where that is too long for a name.
pub(crate) fn journal_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(SUFFIX);
    let name = if name.len() > LONGEST_NAME { OsString::from(SUFFIX) } else { name };
    folder_of(path).join(name)
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
pub(crate) fn prefix_of(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(UNFINISHED);
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journals_are_known_by_their_names() {
        let all: Vec<_> = group_journals(Path::new("f")).chain([journal_of(Path::new("f/a.mp4"))]).collect();
        assert_eq!(all.len(), 9);
        assert!(all.iter().all(|path| is_journal_name(path.file_name().unwrap())));
        for other in [".prkit-journal-8", ".prkit-journal-12", "prkit-journal", ".a.prkit-journal-1"] {
            assert!(!is_journal_name(OsStr::new(other)), "{other}");
        }
    }
}
