//! Offsets of auxiliary data that lead elsewhere than to the `senc` box beside them.
//!
//! A player takes the initialisation vectors of samples from where `saio` says, and decrypts nothing right from the wrong
//! ones. Another copy of the same bytes is right, too: some packagers write one into the media data.

use crate::distance::{self, Owner, Reach, Senc, Sink, Target};
use crate::error::Result;
use crate::layout::Layout;
use crate::path::BoxPath;
use prkit_plan::{Distance, Source, Span, Table};

/// A `saio` box of which an offset leads to other bytes than those of its `senc`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Astray {
    /// The `saio`.
    pub path: BoxPath,
    /// Where it is.
    pub offset: u64,
    /// Where its offset leads.
    pub target: u64,
    /// Where the samples that the offset is for are in its `senc`.
    pub senc: u64,
}

/// How many are looked for: one says as much as all.
const NAMED: usize = 32;

impl Layout {
    /// The first `saio` boxes that do not lead to their `senc`, and how many were compared.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`](crate::ErrorKind::Read), and what the structures say of themselves.
    pub fn astray(&self, source: &dyn Source) -> Result<(Vec<Astray>, u64)> {
        let source = &self.over(source);
        let layout = self.whole_in(source)?;
        let mut finder = Finder { source, len: self.len(), found: Vec::new(), compared: 0, last: None };
        distance::collect(layout, source, &Reach::All, &mut finder)?;
        Ok((finder.found, finder.compared))
    }
}

struct Finder<'s> {
    source: &'s dyn Source,
    len: u64,
    found: Vec<Astray>,
    compared: u64,
    /// The `saio` box that was compared last.
    last: Option<u64>,
}

impl Sink for Finder<'_> {
    fn distance(&mut self, _: &Owner<'_>, _: Distance, _: Target) -> Result<()> {
        Ok(())
    }

    fn table(&mut self, _: &Owner<'_>, _: Table, _: Target) -> Result<()> {
        Ok(())
    }

    fn extent(&mut self, _: &Owner<'_>, _: Span) -> Result<()> {
        Ok(())
    }

    fn wants_auxiliary(&self) -> bool {
        true
    }

    fn auxiliary(&mut self, owner: &Owner<'_>, data: Span, behind: u64, senc: &[Senc]) -> Result<()> {
        let offset = owner.header.span.start();
        if self.last != Some(offset) {
            self.last = Some(offset);
            self.compared = self.compared.saturating_add(1);
        }
        let due = |senc: &Senc| senc.data.saturating_add(behind);
        let Some(first) = senc.first().filter(|_| !senc.iter().any(|senc| due(senc) == data.start())) else {
            return Ok(());
        };
        if data.is_empty() || self.found.last().is_some_and(|found| found.offset == offset) {
            return Ok(());
        }
        for senc in senc {
            let copy = Span::new(
                due(senc).min(senc.span.end()),
                due(senc).saturating_add(data.len()).min(senc.span.end()),
            );
            let is_comparable = data.end() <= self.len && copy.len() == data.len() && data.len() > 1;
            if is_comparable && self.bytes(data)? == self.bytes(copy)? {
                return Ok(());
            }
        }
        if self.found.len() < NAMED {
            let path = owner.path.clone();
            self.found.push(Astray { path, offset, target: data.start(), senc: due(first) });
        }
        Ok(())
    }
}

impl Finder<'_> {
    fn bytes(&self, span: Span) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source.fetch(span, &mut bytes)?;
        Ok(bytes)
    }
}
