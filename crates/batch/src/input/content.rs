//! The bytes of an input.

use crate::{Error, Result};
use bytes::Bytes;
use prkit_plan::{Source, Span};
use std::sync::Arc;

/// Inputs that are no boxes and no manifests are small.
pub(crate) const MAX_WHOLE: u64 = 1024 * 1024;

/// The bytes of an input.
pub enum Content {
    /// A file, which is read where it is asked to.
    #[cfg(feature = "files")]
    File(prkit_apply::FileSource),
    /// Bytes in memory.
    Memory(Bytes),
    /// An asset of a store.
    Shared(Arc<dyn Source + Send + Sync>),
}

impl Content {
    /// What positioned reads read.
    pub fn source(&self) -> &dyn Source {
        match self {
            #[cfg(feature = "files")]
            Self::File(file) => file,
            Self::Memory(bytes) => bytes,
            Self::Shared(asset) => &**asset,
        }
    }

    /// How many bytes there are.
    #[expect(clippy::len_without_is_empty, reason = "an asset is no collection")]
    pub fn len(&self) -> u64 {
        self.source().len()
    }

    /// The bytes of a span.
    pub fn read(&self, span: Span) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source().read_at(span, &mut bytes).map_err(Error::Read)?;
        Ok(bytes)
    }
}
