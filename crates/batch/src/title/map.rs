//! Addresses of other machines, and where their files are here.

use std::path::{Path, PathBuf};

/// Addresses that begin alike, and the folder that holds their files.
#[derive(Clone, Debug)]
pub struct Map {
    pub(crate) prefix: String,
    pub(crate) folder: PathBuf,
}

/// Why a text is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// It is no pair.
    #[error("expected URL=DIR, not {0:?}")]
    Form(String),
    /// It names no folder.
    #[error("{0} is no folder")]
    Folder(String),
}

impl Map {
    /// Reads `URL=DIR`. Addresses may hold `=`, folders too: the last `=` that is followed by a folder
    /// counts.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let wrong = || MapError::Form(text.to_owned());
        let cuts = text.match_indices('=').map(|(at, _)| at);
        let mut pairs = cuts.filter_map(|at| Some((text.get(..at)?, text.get(at.saturating_add(1)..)?)));
        let first = pairs.clone().next().ok_or_else(wrong)?;
        let (prefix, folder) = pairs.rfind(|(_, folder)| Path::new(folder).is_dir()).unwrap_or(first);
        if prefix.is_empty() || folder.is_empty() {
            return Err(wrong());
        }
        if !Path::new(folder).is_dir() {
            return Err(MapError::Folder(folder.to_owned()));
        }
        Ok(Self { prefix: prefix.to_owned(), folder: PathBuf::from(folder) })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// What is left of an address that begins like this.
    pub(crate) fn rest<'u>(&self, address: &'u str) -> Option<&'u str> {
        Some(address.strip_prefix(self.prefix.as_str())?.trim_start_matches('/'))
    }

    /// The longest prefix counts.
    pub(crate) fn sorted(mut maps: Vec<Self>) -> Vec<Self> {
        maps.sort_by_key(|map| std::cmp::Reverse(map.prefix.len()));
        maps
    }
}
