//! Offsets of auxiliary data that lead elsewhere than to the `senc` box beside them.
//!
//! A player takes the initialisation vectors of samples from where `saio` says, and decrypts nothing right from the wrong
//! ones. Another copy of the same bytes is right, too: some packagers write one into the media data.

use crate::distance::{self, Owner, Reach, Senc, Sink, Target};
use crate::error::Result;
use crate::layout::Layout;
use crate::path::BoxPath;
use prkit_plan::{Distance, Source, Span, Table};

/// A `saio` box whose first offset leads to other bytes than those of its `senc`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Astray {
    /// The `saio`.
    pub path: BoxPath,
    /// Where it is.
    pub offset: u64,
    /// Where its first offset leads.
    pub target: u64,
    /// Where the first sample of its `senc` is.
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
        let mut finder = Finder { source, len: self.len(), found: Vec::new(), compared: 0 };
        distance::collect(layout, source, &Reach::All, &mut finder)?;
        Ok((finder.found, finder.compared))
    }
}

struct Finder<'s> {
    source: &'s dyn Source,
    len: u64,
    found: Vec<Astray>,
    compared: u64,
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

    fn auxiliary(&mut self, owner: &Owner<'_>, data: Span, senc: &[Senc]) -> Result<()> {
        self.compared = self.compared.saturating_add(1);
        let is_led_to = |senc: &Senc| senc.data == data.start();
        let Some(first) = senc.first().filter(|_| !senc.iter().any(is_led_to)) else { return Ok(()) };
        for senc in senc {
            let copy = Span::new(senc.data, senc.data.saturating_add(data.len()).min(senc.span.end()));
            let is_comparable = data.end() <= self.len && copy.len() == data.len() && data.len() > 1;
            if is_comparable && self.bytes(data)? == self.bytes(copy)? {
                return Ok(());
            }
        }
        if self.found.len() < NAMED {
            let (path, offset) = (owner.path.clone(), owner.header.span.start());
            self.found.push(Astray { path, offset, target: data.start(), senc: first.data });
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
