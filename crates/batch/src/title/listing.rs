//! Which files there are, by listings of folders that are made once.
//!
//! A manifest may name a hundred thousand segments of one folder. To resolve each of them takes a call for every step of its
//! path; a listing takes one for some hundred names.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// So many names of a folder are looked up before it is listed: most titles name three files of a folder that may hold thousands.
const LOOKS: u32 = 16;

/// Where names differ in their case only, or not even in that, a listing does not tell which file a name is.
const NAMES_ARE_EXACT: bool = cfg!(all(unix, not(target_vendor = "apple")));

/// Folders that were looked at.
#[derive(Debug, Default)]
pub(super) struct Listings(Mutex<HashMap<PathBuf, Arc<Listed>>>);

/// A folder.
#[derive(Debug, Default)]
struct Listed {
    /// Its one name, if it is there.
    resolved: Option<PathBuf>,
    looks: AtomicU32,
    /// What is in it; `None` where it may not be listed.
    names: OnceLock<Option<HashMap<OsString, Entry>>>,
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    File,
    /// A link, or what the listing does not tell.
    Unknown,
    Other,
}

impl Listings {
    /// The one name of a file, links resolved, if it is there.
    pub(super) fn file(&self, path: &Path) -> Option<PathBuf> {
        let resolve = || path.canonicalize().ok().filter(|resolved| resolved.is_file());
        let (Some(folder), Some(name), true) = (path.parent(), path.file_name(), NAMES_ARE_EXACT) else {
            return resolve();
        };
        let listed = self.folder(folder);
        let resolved = listed.resolved.as_ref()?;
        if listed.looks.fetch_add(1, Ordering::Relaxed) < LOOKS {
            return resolve();
        }
        let Some(names) = listed.names.get_or_init(|| list(resolved)) else { return resolve() };
        match names.get(name)? {
            Entry::File => Some(resolved.join(name)),
            Entry::Unknown => resolve(),
            Entry::Other => None,
        }
    }

    fn folder(&self, folder: &Path) -> Arc<Listed> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(folder) {
            return Arc::clone(known);
        }
        let listed = Arc::new(Listed { resolved: folder.canonicalize().ok(), ..Listed::default() });
        known.insert(folder.to_owned(), Arc::clone(&listed));
        listed
    }
}

fn list(folder: &Path) -> Option<HashMap<OsString, Entry>> {
    let entries = folder.read_dir().ok()?;
    let entry = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.ok()?;
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_file() => Entry::File,
            Ok(kind) if kind.is_dir() => Entry::Other,
            _ => Entry::Unknown,
        };
        Some((entry.file_name(), kind))
    };
    // One that cannot be told makes the listing useless.
    entries.map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_says_what_resolving_every_name_says() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("a/folder")).unwrap();
        for number in 0..40 {
            std::fs::write(top.join(format!("a/{number}.m4s")), "x").unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("1.m4s", top.join("a/link")).unwrap();
            std::os::unix::fs::symlink("none", top.join("a/dangling")).unwrap();
            std::os::unix::fs::symlink("a", top.join("b")).unwrap();
        }
        let listings = Listings::default();
        let numbers = (0..45).map(|number| format!("{number}.m4s"));
        let others = ["folder", "link", "dangling", "none/1.m4s"].map(str::to_owned);
        for name in numbers.chain(others) {
            for folder in ["a", "b", "none"] {
                let path = top.join(folder).join(&name);
                let resolved = path.canonicalize().ok().filter(|path| path.is_file());
                assert_eq!(listings.file(&path), resolved, "{}", path.display());
            }
        }
    }
}
