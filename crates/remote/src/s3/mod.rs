//! Buckets of S3, and of servers that speak its protocol.
//!
//! ```text
//!   cut.rs       a plan as parts: put bytes, and ranges that the server copies
//!   request.rs   signed requests, attempts, what an error is called
//!   object.rs    Object: an open object, ranges of one version, what it has beside bytes
//!   write.rs     one PUT, or parts and their completion, on the condition that nobody else was faster
//!   render.rs    the bytes of a literal part, and what an edit transfers in all
//!   left.rs      uploads that nobody completed
//!   promise.rs   whether a server keeps conditions
//!   access.rs    endpoints and regions, as other tools find them        keys/    keys, too, and new ones before they expire
//! ```
//!
//! `rusty-s3` signs and `ureq` sends: 3.9 MB of program and no runtime, where the official SDK takes 15.9 MB and `tokio`. Of the
//! other clients none copies ranges into parts (`object_store`, `opendal`) or none completes on a condition (`rust-s3`,
//! `s3`). What is given up is the SDK's chain of credentials; `keys/` says which of it is here.

mod access;
mod cut;
mod keys;
mod left;
mod object;
mod promise;
mod render;
mod request;
mod write;

pub use access::Access as S3Access;
pub use left::LeftUpload;
pub use object::Object;

use crate::{Client, Error, Result};
use core::ops::ControlFlow;
use keys::Keys;
use prkit_plan::{Access, AssetId, Commit, Edit, Make, Receipt, Store, StoreError};
use promise::Promises;
use rusty_s3::Bucket;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A bucket as a store: its assets are its objects, by their keys.
///
/// An edit is *atomic*: readers see the old object or the new one. It is made on the condition that the object is still what was
/// read, where the server keeps conditions; one that does not is refused, unless [`without_promises`](Self::without_promises)
/// says otherwise. It is durable when it is done, as the server means it.
#[derive(Clone)]
pub struct S3(Arc<Inner>);

struct Inner {
    client: Arc<Client>,
    /// How the bucket was to be reached, and what it is called.
    access: S3Access,
    name: String,
    bucket: Bucket,
    /// The same in the region that the server named.
    moved: OnceLock<Bucket>,
    keys: Keys,
    /// Objects that are open for an edit here. Elsewhere, only conditions stand between two edits.
    locked: Mutex<BTreeSet<AssetId>>,
    promises: OnceLock<Promises>,
    scratch: String,
    without_promises: bool,
}

impl S3 {
    /// A bucket.
    ///
    /// # Errors
    ///
    /// What cannot be the name of a bucket, or the address of a server; why keys are not to be had that the environment leads to.
    pub fn new(client: Arc<Client>, bucket: &str, access: &S3Access) -> Result<Self> {
        let (bucket, keys) = (access.bucket(bucket)?, access.keys()?);
        let inner = Inner {
            client,
            access: access.clone(),
            name: bucket.name().to_owned(),
            bucket,
            moved: OnceLock::new(),
            keys,
            locked: Mutex::default(),
            promises: OnceLock::new(),
            scratch: ".prkit-scratch".to_owned(),
            without_promises: false,
        };
        if access.is_amazon() {
            // What Amazon promises, nobody has to try.
            let _ = inner.promises.set(Promises::ALL);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Edits also where the server does not keep conditions: what somebody else writes at the same time may be lost.
    pub fn without_promises(self) -> Self {
        self.with(|inner| inner.without_promises = true)
    }

    /// The key that is written and deleted to learn whether a server keeps conditions.
    pub fn with_scratch(self, key: impl Into<String>) -> Self {
        self.with(|inner| inner.scratch = key.into())
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            change(inner);
        }
        self
    }
}

impl Store for S3 {
    type Asset = Object;

    fn url(&self, id: &AssetId) -> Option<String> {
        Some(format!("s3://{}/{id}", self.0.name))
    }

    fn list(
        &self,
        below: &AssetId,
        group: &mut dyn FnMut(Vec<AssetId>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut together: Vec<AssetId> = Vec::new();
        let mut token = None;
        loop {
            let page = self.0.page(below.as_str().ok_or(StoreError::Missing)?, token.as_deref())?;
            for key in page.contents {
                let id = AssetId::new(key.key);
                // Keys that end with a slash stand for folders.
                if !id.is_below(below) || id.as_bytes().ends_with(b"/") {
                    continue;
                }
                let is_other = together.first().is_some_and(|first| first.folder() != id.folder());
                if (is_other || together.len() >= GROUP) && group(std::mem::take(&mut together)).is_break() {
                    return Ok(());
                }
                together.push(id);
            }
            token = page.next_continuation_token;
            if token.is_none() {
                break;
            }
        }
        if !together.is_empty() {
            let _ = group(together);
        }
        Ok(())
    }

    fn open(&self, id: &AssetId, access: Access) -> Result<Object, StoreError> {
        let lock = (access == Access::Edit).then(|| Lock::new(&self.0, id)).transpose()?;
        Ok(Object::open(&self.0, id, lock)?)
    }

    fn commit(&self, edits: &mut [Edit<'_, Object>], how: &Commit<'_>) -> Vec<Result<Receipt, StoreError>> {
        edits.iter_mut().map(|edit| self.0.commit(edit, how)).collect()
    }

    fn make(&self, mut make: Make<'_>, how: &Commit<'_>) -> Result<Receipt, StoreError> {
        self.0.make(&mut make, how.watch)
    }
}

impl Inner {
    /// The bucket where it is, as far as is known.
    fn bucket(&self) -> &Bucket {
        self.moved.get().unwrap_or(&self.bucket)
    }

    /// The server says that the bucket is in another region; `false` where that is known, and does not help.
    fn is_moved_to(&self, region: &str) -> bool {
        if self.bucket().region() == region {
            return false;
        }
        match self.access.bucket_in(&self.name, region) {
            Ok(bucket) => self.moved.set(bucket).is_ok(),
            Err(_) => false,
        }
    }
}

/// Objects of one group at most.
const GROUP: usize = 1000;

/// An object that is open for an edit.
pub(crate) struct Lock(Arc<Inner>, AssetId);

impl Lock {
    fn new(inner: &Arc<Inner>, id: &AssetId) -> Result<Self, StoreError> {
        let is_free = inner.locked.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        if is_free { Ok(Self(Arc::clone(inner), id.clone())) } else { Err(StoreError::AtWork) }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.locked.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Missing(_) => Self::Missing,
            Error::Changed => Self::Changed,
            error => Self::Other(Box::new(error)),
        }
    }
}
