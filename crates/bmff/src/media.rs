//! Everything that pointers address, folded: samples, auxiliary data, items.
//!
//! Two versions of a file whose media are equal play the same: every chunk, run, auxiliary block and item has the same
//! bytes in the same order, wherever they stand now.

use crate::distance::{self, Owner, Reach, Sink, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;
use core::hash::Hasher;
use prkit_plan::{BLOCK, Distance, Source, Span, Table};
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;

/// The media of a file, by what addresses them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    parts: BTreeMap<&'static str, Part>,
}

/// What one kind of structure addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    extents: u64,
    bytes: u64,
    /// Bytes that are in the file.
    there: u64,
    hash: u64,
}

impl Media {
    /// Reads all media of a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`], and what the structures say of themselves.
    pub fn read(layout: &Layout, source: &dyn Source) -> Result<Self> {
        let mut reader = Reader { source, len: layout.len(), parts: BTreeMap::new(), block: Vec::new() };
        let structure = &layout.over(source);
        distance::collect(layout.whole_in(structure)?, structure, &Reach::All, &mut reader)?;
        let part = |(part, hasher): (Part, DefaultHasher)| Part { hash: hasher.finish(), ..part };
        Ok(Self { parts: reader.parts.into_iter().map(|(name, state)| (name, part(state))).collect() })
    }

    /// Bytes they have.
    pub fn bytes(&self) -> u64 {
        self.parts.values().map(|part| part.bytes).sum()
    }

    /// Whether there is a sample or an item among them: encryption data alone says nothing of those.
    pub fn has_samples(&self) -> bool {
        ["stco", "trun", "iloc"].iter().any(|name| self.parts.get(name).is_some_and(|part| part.there > 0))
    }

    /// Compares two versions.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAsPlanned`] with the structure whose media differ.
    pub fn compare(&self, other: &Self) -> Result<()> {
        let names = self.parts.keys().chain(other.parts.keys());
        match names.into_iter().find(|name| self.parts.get(*name) != other.parts.get(*name)) {
            None => Ok(()),
            Some(name) => {
                Err(Error::in_file(ErrorKind::NotAsPlanned(format!("what {name} points at differs"))))
            }
        }
    }
}

struct Reader<'s> {
    source: &'s dyn Source,
    len: u64,
    parts: BTreeMap<&'static str, (Part, DefaultHasher)>,
    block: Vec<u8>,
}

impl Sink for Reader<'_> {
    fn distance(&mut self, _: &Owner<'_>, _: Distance, _: Target) -> Result<()> {
        Ok(())
    }

    fn table(&mut self, _: &Owner<'_>, _: Table, _: Target) -> Result<()> {
        Ok(())
    }

    fn extent(&mut self, owner: &Owner<'_>, span: Span) -> Result<()> {
        self.add(owner.name, span)
    }

    fn encryption(&mut self, span: Span) -> Result<()> {
        self.add("senc", span)
    }
}

impl Reader<'_> {
    fn add(&mut self, name: &'static str, span: Span) -> Result<()> {
        // What is past the end is nothing, before the edit as after it.
        let span = if span.start() < self.len { span } else { Span::empty(self.len) };
        let (part, hasher) = self.parts.entry(name).or_default();
        part.extents = part.extents.saturating_add(1);
        part.bytes = part.bytes.saturating_add(span.len());
        hasher.write_u64(span.len());
        let there = Span::new(span.start().min(self.len), span.end().min(self.len));
        part.there = part.there.saturating_add(there.len());
        for piece in there.blocks(BLOCK) {
            self.source.fetch(piece, &mut self.block)?;
            hasher.write(&self.block);
        }
        Ok(())
    }
}
