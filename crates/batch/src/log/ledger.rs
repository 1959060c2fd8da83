//! Where a record is kept.

use super::error::{LogError, Result};
use crate::input::{Address, Reach};
use prkit_plan::{AnyStore, AssetId};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a record is kept.
#[derive(Clone, Debug)]
pub enum Ledger {
    /// In a file.
    File(PathBuf),
    /// In a folder of a store.
    Store(AnyStore, AssetId),
}

impl Ledger {
    /// What somebody named: the path of a file, or the address of a folder in a store.
    ///
    /// # Errors
    ///
    /// [`LogError::Unreached`].
    pub fn named(name: &Path, reach: Option<&Arc<dyn Reach>>) -> Result<Self> {
        let Some(url) = name.to_str().filter(|name| Address::is_address(name)) else {
            return Ok(Self::File(name.to_owned()));
        };
        let unreached = |source| LogError::Unreached { url: Address::shown(url), source };
        let reach = reach.ok_or_else(|| unreached(io::ErrorKind::Unsupported.into()))?;
        let found = reach.store(url).map_err(unreached)?;
        let (store, id) =
            found.ok_or_else(|| unreached(io::Error::other("it is in no store that is written to")))?;
        let folder = AssetId::new(id.as_bytes().strip_suffix(b"/").unwrap_or(id.as_bytes()));
        if folder.as_bytes().is_empty() {
            return Err(unreached(io::Error::other("a record needs a folder of its own in a bucket")));
        }
        Ok(Self::Store(store, folder))
    }
}
