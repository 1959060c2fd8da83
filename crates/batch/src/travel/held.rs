//! What an edit holds to: the asset that it was planned for.

use crate::input::Document;
use crate::{Error, Result, hex};
use prkit_bmff::BoxType;
use prkit_plan::{BLOCK, Source, Span};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Seconds and nanoseconds.
type Time = (i64, i64);
/// Device and number.
type Inode = (u64, u64);

/// Boxes that hold samples.
const MEDIA: [BoxType; 2] = [BoxType::new(*b"mdat"), BoxType::new(*b"imda")];

/// What is known of the asset that an edit was planned for. The digests are SHA-256, in hex.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Held {
    /// Of what is replaced: for each span its ends, eight bytes each, and its bytes.
    pub replaced: String,
    /// Of the structure: of a file of boxes all that is no media data, of anything else all.
    pub structure: String,
    /// Where the last box ends that is part of the structure.
    pub until: u64,
    /// When a file was last written to, in seconds and nanoseconds. It counts where the file is the same one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub modified: Option<Time>,
    /// Device and inode of a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub inode: Option<Inode>,
}

/// Why an asset is not the one that an edit was planned for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Mismatch {
    /// It is longer or shorter.
    #[error("it has {actual} bytes instead of {expected}")]
    Length {
        /// As planned for.
        expected: u64,
        /// As found.
        actual: u64,
    },
    /// The bytes that are to be replaced are others.
    #[error("the bytes that are to be replaced are others")]
    Replaced,
    /// Boxes or text are others.
    #[error("its structure is another")]
    Structure,
    /// It is the same file, and it was written to.
    #[error("it was written to since")]
    Modified,
}

impl Held {
    /// What holds an edit of these spans to an asset.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn of(document: &Document, replaced: impl Iterator<Item = Span>) -> Result<Self> {
        let until = document.layout.as_ref().map_or_else(
            || document.outer_source().len(),
            |layout| layout.top().last().map_or(0, |last| last.span.end()),
        );
        let (modified, inode) = identity(document);
        Ok(Self {
            replaced: replaced_digest(document, replaced)?,
            structure: structure_digest(document, until)?,
            until,
            modified,
            inode,
        })
    }

    /// Why it is another asset, if it is one.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn mismatch(
        &self,
        document: &Document,
        replaced: impl Iterator<Item = Span>,
    ) -> Result<Option<Mismatch>> {
        let (modified, inode) = identity(document);
        let is_same_file = inode.is_some() && inode == self.inode;
        Ok(if is_same_file && modified.is_some() && self.modified.is_some() && modified != self.modified {
            Some(Mismatch::Modified)
        } else if replaced_digest(document, replaced)? != self.replaced {
            Some(Mismatch::Replaced)
        } else if structure_digest(document, self.until)? != self.structure {
            Some(Mismatch::Structure)
        } else {
            None
        })
    }
}

fn identity(document: &Document) -> (Option<Time>, Option<Inode>) {
    match &document.content {
        #[cfg(feature = "files")]
        crate::input::Content::File(file) => (Some(file.identity().modified), file.identity().inode),
        _ => (None, None),
    }
}

fn replaced_digest(document: &Document, replaced: impl Iterator<Item = Span>) -> Result<String> {
    let (mut digest, source) = (Sha256::new(), document.outer_source());
    for span in replaced {
        digest.update(span.start().to_be_bytes());
        digest.update(span.end().to_be_bytes());
        add(&mut digest, source, span)?;
    }
    Ok(hex(&digest.finalize(), false))
}

fn structure_digest(document: &Document, until: u64) -> Result<String> {
    let (mut digest, source) = (Sha256::new(), document.outer_source());
    match document.layout.as_ref().filter(|_| document.pasted.is_none()) {
        None => add(&mut digest, source, Span::new(0, source.len()))?,
        Some(layout) => {
            // Whoever applies the edit may look at more of it.
            for header in layout.whole(source)?.top().iter().filter(|header| header.span.end() <= until) {
                let is_content = MEDIA.contains(&header.kind) || header.kind.is_free();
                let head = Span::new(header.span.start(), header.content().start());
                let span = if is_content { head } else { header.span };
                add(&mut digest, source, span)?;
            }
        }
    }
    Ok(hex(&digest.finalize(), false))
}

fn add(digest: &mut Sha256, source: &dyn Source, span: Span) -> Result<()> {
    let mut bytes = Vec::new();
    for block in span.blocks(BLOCK) {
        source.read_at(block, &mut bytes).map_err(Error::Read)?;
        digest.update(&bytes);
    }
    Ok(())
}
