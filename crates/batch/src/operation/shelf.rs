//! The licenses at hand, and which of them is for a key id.
//!
//! ```text
//!   FILE   its licenses are meant: those with one of the keys, at least one
//!   DIR    every license in it, by key id: exactly one for each of the keys
//! ```

use super::OperationError;
use crate::input::{Content, FoundLicense, Letter, LicenseInput};
use crate::refused::Refused;
use crate::{Error, Result};
use prkit_license::Limits;
use prkit_plan::Wrong;
use prkit_playready::{KeyId, Override, Overrides};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many files of a folder are looked into.
const MAX_FILES: usize = 1_000_000;

/// The licenses at hand.
pub struct Shelf<'f> {
    sources: Vec<Source>,
    files: &'f dyn LicenseFiles,
}

/// Where the files are that are named.
pub trait LicenseFiles: Sync {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened.
    fn open(&self, path: &Path) -> Result<Content, Wrong>;

    /// Where a folder is; `None` for what is none.
    ///
    /// # Errors
    ///
    /// Why it is not looked at.
    fn folder(&self, path: &Path) -> Result<Option<PathBuf>, Wrong>;

    /// A path for people.
    fn shown(&self, path: &Path) -> String {
        crate::shown(path)
    }
}

/// Why a license is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LicenseError {
    /// A file or a folder cannot be opened.
    #[error(transparent)]
    Open(Wrong),
    /// A folder cannot be read.
    #[error(transparent)]
    List(#[from] std::io::Error),
    /// A file cannot be read, or is refused.
    #[error(transparent)]
    Input(Box<Error>),
    /// A license cannot be read.
    #[error(transparent)]
    License(#[from] prkit_protocol::LicenseFault),
    /// What it contains cannot be read.
    #[error(transparent)]
    Contents(#[from] prkit_license::Error),
    /// A file without a license.
    #[error("there is no license in it")]
    None,
    /// A folder without a license.
    #[error("there is no license in this folder{unread}")]
    NoneInFolder {
        /// What may be why.
        unread: Unread,
    },
    /// A folder that is too long to be looked through.
    #[error("it has more than {limit} entries")]
    TooMany {
        /// Entries that are looked at.
        limit: usize,
    },
    /// Nothing says which license of a folder is meant.
    #[error("neither its header nor the file names a key id to choose a license by")]
    NoKeyId,
    /// No license of a folder is for a key.
    #[error("no license in {folder} is for key {kid}{unread}")]
    NoneFor {
        /// The folder.
        folder: String,
        /// The key ID.
        kid: KeyId,
        /// What may be why.
        unread: Unread,
    },
    /// Several licenses of a folder are for a key.
    #[error(
        "{count} licenses in {folder} are for key {kid}: {first} and {second} are the first two; name the one that is meant"
    )]
    Several {
        /// How many.
        count: usize,
        /// The folder.
        folder: String,
        /// The key ID.
        kid: KeyId,
        /// The file of one.
        first: String,
        /// And of another.
        second: String,
    },
    /// A file or a folder.
    #[error("{path}: {error}")]
    At {
        /// Which.
        path: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
}

/// Files that begin like licenses and cannot be read: how many, and what is wrong with the first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Unread {
    count: usize,
    first: Option<String>,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.count, &self.first) {
            (0, _) | (_, None) => Ok(()),
            (1, Some(why)) => write!(f, "; one that cannot be read: {why}"),
            (count, Some(why)) => write!(f, "; {count} that cannot be read, the first: {why}"),
        }
    }
}

impl LicenseError {
    fn at(path: String) -> impl FnOnce(Self) -> Self {
        |error| Self::At { path, error: Box::new(error) }
    }
}

impl From<Error> for LicenseError {
    fn from(error: Error) -> Self {
        Self::Input(Box::new(error))
    }
}

enum Source {
    File { path: PathBuf, licenses: Vec<Held> },
    Folder(Folder),
}

struct Folder {
    path: PathBuf,
    by_key: BTreeMap<KeyId, Vec<PathBuf>>,
    /// What begins like a license and is none.
    unread: Unread,
}

/// A license in memory.
#[derive(Clone, PartialEq, Eq)]
struct Held {
    kids: Vec<KeyId>,
    bytes: Vec<u8>,
}

impl<'f> Shelf<'f> {
    /// Reads the files that are named, and what keys the licenses of folders are for.
    ///
    /// # Errors
    ///
    /// Which file or folder is wrong, and why.
    pub fn open(paths: &[PathBuf], files: &'f dyn LicenseFiles) -> Result<Self, LicenseError> {
        let sources = paths.iter().map(|path| {
            let open = || match files.folder(path).map_err(LicenseError::Open)? {
                Some(found) => Folder::open(path, &found, files).map(Source::Folder),
                None => Source::file(path, files),
            };
            open().map_err(LicenseError::at(files.shown(path)))
        });
        Ok(Self { sources: sources.collect::<Result<_, _>>()?, files })
    }

    /// The licenses for these keys, each once. [`Override::KeyId`] takes all that are named as files, whatever they are for.
    pub(super) fn for_keys(&self, kids: &[KeyId], overrides: Overrides) -> Result<Vec<Vec<u8>>> {
        let mut found: Vec<Vec<u8>> = Vec::new();
        for source in &self.sources {
            for license in source.for_keys(kids, overrides, self.files)? {
                if !found.contains(&license) {
                    found.push(license);
                }
            }
        }
        Ok(found)
    }
}

impl Source {
    fn file(path: &Path, files: &dyn LicenseFiles) -> Result<Self, LicenseError> {
        let opened = LicenseInput::of(files.open(path).map_err(LicenseError::Open)?)?;
        let licenses = opened.licenses.iter().map(Held::new).collect::<Result<Vec<_>, _>>()?;
        if licenses.is_empty() {
            return Err(LicenseError::None);
        }
        Ok(Self::File { path: path.to_owned(), licenses })
    }

    fn for_keys(
        &self,
        kids: &[KeyId],
        overrides: Overrides,
        files: &dyn LicenseFiles,
    ) -> Result<Vec<Vec<u8>>> {
        match self {
            Self::File { path, licenses } => of_file(files.shown(path), licenses, kids, overrides),
            Self::Folder(_) if kids.is_empty() => Err(OperationError::License(LicenseError::NoKeyId).into()),
            Self::Folder(folder) => {
                let license = |kid: &KeyId| folder.for_key(*kid, files);
                Ok(kids.iter().map(license).collect::<Result<_, _>>().map_err(OperationError::License)?)
            }
        }
    }
}

impl Folder {
    /// A folder that is called by one path and found at another.
    fn open(path: &Path, found: &Path, files: &dyn LicenseFiles) -> Result<Self, LicenseError> {
        let mut folder = Self { path: path.to_owned(), by_key: BTreeMap::new(), unread: Unread::default() };
        let entries = std::fs::read_dir(found)?;
        for (count, entry) in entries.enumerate() {
            if count == MAX_FILES {
                return Err(LicenseError::TooMany { limit: MAX_FILES });
            }
            let entry = entry?;
            if !entry.path().is_file() {
                continue;
            }
            let file = path.join(entry.file_name());
            match letters(&file, files) {
                Ok(letters) => folder.add(&file, letters),
                Err(error) => {
                    folder.unread.count = folder.unread.count.saturating_add(1);
                    folder.unread.first.get_or_insert_with(|| error.to_string());
                }
            }
        }
        if folder.by_key.is_empty() {
            return Err(LicenseError::NoneInFolder { unread: folder.unread });
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

    fn for_key(&self, kid: KeyId, files: &dyn LicenseFiles) -> Result<Vec<u8>, LicenseError> {
        let folder = files.shown(&self.path);
        let none = || LicenseError::NoneFor { folder: folder.clone(), kid, unread: self.unread.clone() };
        let mut found: Vec<(&PathBuf, Held)> = Vec::new();
        for file in self.by_key.get(&kid).ok_or_else(none)? {
            let ours = letters(file, files)?.into_iter().filter(|held| held.kids.contains(&kid));
            for held in ours {
                if !found.iter().any(|(_, known)| *known == held) {
                    found.push((file, held));
                }
            }
        }
        match found.as_slice() {
            [(_, held)] => Ok(held.bytes.clone()),
            [(first, _), (second, _), ..] => {
                let (count, first, second) = (found.len(), files.shown(first), files.shown(second));
                Err(LicenseError::Several { count, folder, kid, first, second })
            }
            [] => Err(none()),
        }
    }
}

fn of_file(license: String, licenses: &[Held], kids: &[KeyId], overrides: Overrides) -> Result<Vec<Vec<u8>>> {
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
    let (theirs, ours) = (list(&theirs), list(kids));
    Err(OperationError::Refused(Refused::OtherKey { license, theirs, ours, hint }).into())
}

/// The licenses of a file that is a license or a message; other files have none.
fn letters(path: &Path, files: &dyn LicenseFiles) -> Result<Vec<Held>, LicenseError> {
    let read = || {
        let content = files.open(path).map_err(LicenseError::Open)?;
        if Letter::of(&content)?.is_none() {
            return Ok(Vec::new());
        }
        let opened = LicenseInput::of(content)?;
        opened.licenses.iter().map(Held::new).collect::<Result<_, _>>()
    };
    read().map_err(LicenseError::at(files.shown(path)))
}

impl Held {
    fn new(found: &FoundLicense) -> Result<Self, LicenseError> {
        let license = found.license()?;
        let summary = license.summary(Limits::default())?;
        Ok(Self { kids: summary.keys.iter().map(|key| key.kid).collect(), bytes: license.bytes().to_vec() })
    }
}

fn list(kids: &[KeyId]) -> String {
    match kids {
        [] => "no key".to_owned(),
        kids => kids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
