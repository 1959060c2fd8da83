//! What interrupted edits left, of a file or below a folder.

use super::OperationError;
use crate::Result;
use prkit_apply::{Folder, Place, is_journal, is_unfinished_name, journals_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::WalkDir;

/// What an interruption left.
#[derive(Debug, Default)]
pub struct LeftBehind {
    /// Journals of edits.
    pub journals: Vec<Place>,
    /// Files with names of copies that are not finished.
    pub copies: Vec<Place>,
}

impl LeftBehind {
    /// Of a journal, of a file by its name, or of everything below a folder.
    ///
    /// # Errors
    ///
    /// What cannot be looked at.
    pub fn at(path: &Path) -> Result<Self> {
        let mut found = Self::default();
        if path.is_dir() {
            found.walk(path)?;
        } else if path.file_name().is_some_and(is_journal) {
            found.journals.push(Place::of(path)?);
        } else {
            let place = Place::of(path)?;
            found.journals.extend(journals_of(&place));
            if found.journals.is_empty() && !place.is_taken() {
                return Err(OperationError::NothingToRecover.into());
            }
        }
        Ok(found)
    }

    /// Everything is named by the folder that it is in, which is reached from the first one over no link.
    fn walk(&mut self, path: &Path) -> Result<()> {
        let root = Folder::open(path)?;
        let mut last: Option<(PathBuf, Arc<Folder>)> = None;
        for entry in WalkDir::new(path).sort_by_file_name() {
            let entry = entry.map_err(OperationError::Walk)?;
            let name = entry.file_name();
            let is_copy = is_unfinished_name(name) && entry.file_type().is_file();
            let is_journal = is_journal(name) && entry.depth() > 0;
            if !is_copy && !is_journal {
                continue;
            }
            let below = entry.path().strip_prefix(path).ok().and_then(Path::parent);
            let below = below.unwrap_or(Path::new(""));
            let folder = match &last {
                Some((known, folder)) if known == below => Arc::clone(folder),
                _ => root.below(below)?,
            };
            last = Some((below.to_owned(), Arc::clone(&folder)));
            let place = folder.place(name)?;
            if is_journal { self.journals.push(place) } else { self.copies.push(place) }
        }
        Ok(())
    }
}
