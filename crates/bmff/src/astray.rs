//! Offsets of auxiliary data that lead elsewhere than to the `senc` box beside them.
//!
//! A player takes the initialisation vectors of samples from where `saio` says, and decrypts nothing right from the wrong
//! ones. Another copy of the same bytes is right, too: some packagers write one into the media data.

use crate::distance::{self, Owner, Reach, Senc, Sink, Target};
use crate::error::Result;
use crate::layout::Layout;
use crate::path::BoxPath;
use core::fmt;
use prkit_plan::{Distance, Source, Span, Table};

/// A `saio` or `saiz` box that does not go with its `senc`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Astray {
    /// The box.
    pub path: BoxPath,
    /// Where it is.
    pub offset: u64,
    /// What is wrong.
    pub fault: AstrayFault,
}

/// What is wrong with the offsets or sizes of encryption data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AstrayFault {
    /// An offset leads to other bytes.
    Elsewhere {
        /// Where it leads.
        target: u64,
        /// Where the samples that it is for are in their `senc`.
        senc: u64,
    },
    /// `saio` has neither one offset for all runs of samples nor one for each.
    Offsets {
        /// Its offsets.
        saio: u32,
        /// Runs of samples.
        runs: u32,
    },
    /// `saiz` is about more or fewer samples.
    Samples {
        /// Samples by `saiz`.
        saiz: u32,
        /// Samples by `senc`.
        senc: u32,
    },
    /// The sizes in `saiz` are together more or fewer bytes.
    Bytes {
        /// The sum.
        saiz: u64,
        /// Bytes behind the count of `senc`.
        senc: u64,
    },
}

impl fmt::Display for AstrayFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elsewhere { target, senc } => {
                write!(f, "leads to byte {target}, and its samples in senc are at byte {senc}")
            }
            Self::Offsets { saio, runs } => write!(f, "has {saio} offsets, for {runs} runs of samples"),
            Self::Samples { saiz, senc } => write!(f, "has {saiz} samples, and senc has {senc}"),
            Self::Bytes { saiz, senc } => {
                write!(f, "has sizes of {saiz} bytes together, and the samples in senc take {senc}")
            }
        }
    }
}

impl AstrayFault {
    /// Whether players take other bytes for encryption data, whichever of the boxes they believe.
    pub const fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Elsewhere { .. })
    }
}

/// How many are looked for: one says as much as all.
const NAMED: usize = 32;

impl Layout {
    /// The first `saio` boxes that do not lead to their `senc`, or do not go with it, and such `saiz`, and how many were compared.
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
            let fault = AstrayFault::Elsewhere { target: data.start(), senc: due(first) };
            self.found.push(Astray { path, offset, fault });
        }
        Ok(())
    }

    fn unmatched(&mut self, owner: &Owner<'_>, fault: AstrayFault) {
        self.compared = self.compared.saturating_add(1);
        if self.found.len() < NAMED {
            let (path, offset) = (owner.path.clone(), owner.header.span.start());
            self.found.push(Astray { path, offset, fault });
        }
    }
}

impl Finder<'_> {
    fn bytes(&self, span: Span) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source.fetch(span, &mut bytes)?;
        Ok(bytes)
    }
}
