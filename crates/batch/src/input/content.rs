//! The bytes of an input.

use super::name::{Input, Name};
use super::text;
use crate::{Error, Result};
use bytes::Bytes;
use prkit_apply::FileSource;
use prkit_plan::{Source, Span};
use std::io::{self, Read as _};
use std::path::Path;

/// Inputs that are no boxes and no manifests are small.
pub(crate) const MAX_WHOLE: u64 = 1024 * 1024;

/// The bytes of an input.
pub enum Content {
    /// A file, which is read where it is asked to.
    File(FileSource),
    /// Bytes in memory.
    Memory(Bytes),
}

impl Content {
    /// What positioned reads read.
    pub fn source(&self) -> &dyn Source {
        match self {
            Self::File(file) => file,
            Self::Memory(bytes) => bytes,
        }
    }

    /// How many bytes there are.
    #[expect(clippy::len_without_is_empty, reason = "an asset is no collection")]
    pub fn len(&self) -> u64 {
        self.source().len()
    }

    /// The bytes of an input, whatever it is.
    pub fn open(input: &Input) -> Result<Self> {
        match &input.name {
            Name::Path(path) => input.open(path).map(Self::File).map_err(|error| missing(path, error)),
            Name::Stdin => read_stdin(),
            Name::Data(data) => Ok(Self::Memory(Bytes::from(data.clone()))),
        }
    }

    /// The bytes of a span.
    pub fn read(&self, span: Span) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source().read_at(span, &mut bytes).map_err(Error::Read)?;
        Ok(bytes)
    }
}

/// People paste base64 where a file name is due.
fn missing(path: &Path, error: prkit_apply::Error) -> Error {
    let decodes =
        !path.exists() && path.to_str().and_then(text::decode).is_some_and(|pasted| pasted.bytes.len() > 16);
    if decodes { Error::PastedName(error) } else { error.into() }
}

/// Small streams are kept in memory, long ones go to an unnamed temporary file.
#[expect(clippy::disallowed_methods, reason = "standard input is an asset like any other, to be read once")]
fn read_stdin() -> Result<Content> {
    let mut first = Vec::new();
    let mut stdin = io::stdin().lock();
    stdin.by_ref().take(MAX_WHOLE).read_to_end(&mut first).map_err(Error::Read)?;
    if u64::try_from(first.len()).is_ok_and(|len| len < MAX_WHOLE) {
        return Ok(Content::Memory(Bytes::from(first)));
    }
    Ok(Content::File(FileSource::spool(&first, &mut stdin)?))
}
