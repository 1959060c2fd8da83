//! The licenses at hand, and which of them is for a key id.
//!
//! ```text
//!   FILE   its licenses are meant: those with one of the keys, at least one
//!   DIR    every license in it, by key id: exactly one for each of the keys
//! ```

use crate::hints::told;
use crate::input::{Content, FoundLicense, Letter, LicenseInput};
use crate::values;
use prkit_batch::{Cause, Refused};
use prkit_license::Limits;
use prkit_playready::{KeyId, Override, Overrides};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many files of a folder are looked into.
const MAX_FILES: usize = 1_000_000;

pub(super) struct Shelf(Vec<Source>);

enum Source {
    File { path: PathBuf, licenses: Vec<Held> },
    Folder(Folder),
}

struct Folder {
    path: PathBuf,
    by_key: BTreeMap<KeyId, Vec<PathBuf>>,
    /// What begins like a license and is none, and why the first of them cannot be read.
    unreadable: usize,
    why: Option<String>,
}

/// A license in memory.
#[derive(Clone, PartialEq, Eq)]
struct Held {
    kids: Vec<KeyId>,
    bytes: Vec<u8>,
}

impl Shelf {
    /// Reads the files that are named, and what keys the licenses of folders are for.
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, String> {
        let sources = paths.iter().map(|path| {
            let named = |error: String| format!("--license {}: {error}", values::shown(path));
            let open = || match values::folder(path).map_err(|error| error.to_string())? {
                Some(found) => Folder::open(path, &found).map(Source::Folder),
                None => Source::file(path),
            };
            open().map_err(named)
        });
        sources.collect::<Result<_, _>>().map(Self)
    }

    /// The licenses for these keys, each once. [`Override::KeyId`] takes all that are named as files, whatever they are for.
    pub(super) fn for_keys(&self, kids: &[KeyId], overrides: Overrides) -> Result<Vec<Vec<u8>>, Cause> {
        let mut found: Vec<Vec<u8>> = Vec::new();
        for source in &self.0 {
            for license in source.for_keys(kids, overrides)? {
                if !found.contains(&license) {
                    found.push(license);
                }
            }
        }
        Ok(found)
    }
}

impl Source {
    fn file(path: &Path) -> Result<Self, String> {
        let opened = LicenseInput::of(open(path)?).map_err(told)?;
        let licenses = opened.licenses.iter().map(Held::new).collect::<Result<Vec<_>, _>>()?;
        if licenses.is_empty() {
            return Err("there is no license in it".to_owned());
        }
        Ok(Self::File { path: path.to_owned(), licenses })
    }

    fn for_keys(&self, kids: &[KeyId], overrides: Overrides) -> Result<Vec<Vec<u8>>, Cause> {
        match self {
            Self::File { path, licenses } => of_file(path, licenses, kids, overrides),
            Self::Folder(_) if kids.is_empty() => {
                Err("neither its header nor the file names a key id to choose a license by".to_owned().into())
            }
            Self::Folder(folder) => {
                kids.iter().map(|kid| folder.for_key(*kid).map_err(Cause::from)).collect()
            }
        }
    }
}

impl Folder {
    /// A folder that is called by one path and found at another.
    fn open(path: &Path, found: &Path) -> Result<Self, String> {
        let mut folder = Self { path: path.to_owned(), by_key: BTreeMap::new(), unreadable: 0, why: None };
        let entries = std::fs::read_dir(found).map_err(|error| error.to_string())?;
        for (count, entry) in entries.enumerate() {
            if count == MAX_FILES {
                return Err(format!("it has more than {MAX_FILES} entries"));
            }
            let entry = entry.map_err(|error| error.to_string())?;
            if !entry.path().is_file() {
                continue;
            }
            let file = path.join(entry.file_name());
            match letters(&file) {
                Ok(letters) => folder.add(&file, letters),
                Err(error) => {
                    folder.unreadable = folder.unreadable.saturating_add(1);
                    folder.why.get_or_insert(error);
                }
            }
        }
        if folder.by_key.is_empty() {
            return Err(format!("there is no license in this folder{}", folder.unread()));
        }
        for files in folder.by_key.values_mut() {
            files.sort();
        }
        Ok(folder)
    }

    fn add(&mut self, file: &Path, licenses: Vec<Held>) {
        for kid in licenses.into_iter().flat_map(|held| held.kids) {
            let files = self.by_key.entry(kid).or_default();
            if files.last().is_none_or(|last| last != file) {
                files.push(file.to_owned());
            }
        }
    }

    /// What may be why a license is missing.
    fn unread(&self) -> String {
        match (self.unreadable, &self.why) {
            (0, _) | (_, None) => String::new(),
            (1, Some(why)) => format!("; one that cannot be read: {why}"),
            (count, Some(why)) => format!("; {count} that cannot be read, the first: {why}"),
        }
    }

    fn for_key(&self, kid: KeyId) -> Result<Vec<u8>, String> {
        let folder = values::shown(&self.path);
        let none = || format!("no license in {folder} is for key {kid}{}", self.unread());
        let mut found: Vec<(&PathBuf, Held)> = Vec::new();
        for file in self.by_key.get(&kid).ok_or_else(none)? {
            let ours = letters(file)?.into_iter().filter(|held| held.kids.contains(&kid));
            for held in ours {
                if !found.iter().any(|(_, known)| *known == held) {
                    found.push((file, held));
                }
            }
        }
        match found.as_slice() {
            [(_, held)] => Ok(held.bytes.clone()),
            [(first, _), (second, _), ..] => Err(format!(
                "{} licenses in {folder} are for key {kid}: {} and {} are the first two; name the one that is meant",
                found.len(),
                values::shown(first),
                values::shown(second)
            )),
            [] => Err(none()),
        }
    }
}

fn of_file(
    path: &Path,
    licenses: &[Held],
    kids: &[KeyId],
    overrides: Overrides,
) -> Result<Vec<Vec<u8>>, Cause> {
    let any = overrides.has(Override::KeyId);
    let is_meant = |held: &&Held| any || held.kids.iter().any(|kid| kids.contains(kid));
    let meant: Vec<_> = licenses.iter().filter(is_meant).map(|held| held.bytes.clone()).collect();
    if !meant.is_empty() {
        return Ok(meant);
    }
    let theirs: Vec<KeyId> = licenses.iter().flat_map(|held| held.kids.iter().copied()).collect();
    let swapped = theirs.iter().any(|kid| kids.contains(&kid.swapped()));
    let hint =
        if swapped { " (the same with swapped bytes: one of the two is in the wrong order)" } else { "" };
    let (license, theirs, ours) = (values::shown(path), list(&theirs), list(kids));
    Err(Cause::of(&Refused::OtherKey { license, theirs, ours, hint }))
}

/// The licenses of a file that is a license or a message; other files have none.
fn letters(path: &Path) -> Result<Vec<Held>, String> {
    let named = |error: String| format!("{}: {error}", values::shown(path));
    let content = open(path).map_err(named)?;
    if Letter::of(&content).map_err(|error| named(told(error)))?.is_none() {
        return Ok(Vec::new());
    }
    let opened = LicenseInput::of(content).map_err(|error| named(told(error)))?;
    opened.licenses.iter().map(Held::new).collect::<Result<_, _>>().map_err(named)
}

impl Held {
    fn new(found: &FoundLicense) -> Result<Self, String> {
        let license = found.license()?;
        let summary = license.summary(Limits::default()).map_err(|error| error.to_string())?;
        Ok(Self { kids: summary.keys.iter().map(|key| key.kid).collect(), bytes: license.bytes().to_vec() })
    }
}

fn open(path: &Path) -> Result<Content, String> {
    values::open(path).map(Content::File).map_err(|error| error.to_string())
}

fn list(kids: &[KeyId]) -> String {
    match kids {
        [] => "no key".to_owned(),
        kids => kids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
