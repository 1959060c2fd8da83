//! What indexes say of the fragments: those that are wanted are asked for before they are walked, and where none is
//! wanted the walk passes over them.
//!
//! ```text
//!   sidx │ moof mdat │ moof mdat │ … │ moof mdat │            every moof:  hint, hint, hint …
//!        └───────── passed over ─────┘           │            only moov:   from here to there
//!                                     boxes to the end of the file, and one ends where the index does
//! ```
//!
//! An index is believed only where it adds up: the walk goes on at its last reference, and finds boxes from there on.

use super::locator::{Child, Locator};
use crate::ahead::Ahead;
use crate::distance::{mfra, sidx};
use crate::error::{ErrorKind, Result};
use crate::layout::Where;
use crate::path::BoxPath;
use crate::walk::Walk;
use prkit_plan::Span;
use std::collections::BTreeSet;

/// How much of a fragment is asked for where nothing tells how long its structure is.
const UNKNOWN_LEN: u64 = 4096;
/// Boxes in front of the first `moof` of a reference: `styp`, `sidx`, `prft`, `emsg`.
const BOXES_IN_FRONT: usize = 8;
/// Boxes behind the start of the last reference.
const LAST_BOXES: usize = 1024;
/// So many spans are asked for before it is seen whether boxes are there.
const UNPROVEN: u64 = 4096;
/// So many fragments without an index are worth a look for one at the end of the file.
const UNINDEXED: u64 = 16;

/// What was asked for, and what is passed over.
#[derive(Default)]
pub(super) struct Indexed {
    /// Where fragments begin that were asked for.
    known: BTreeSet<u64>,
    ahead: Ahead,
    /// Spans that were asked for, and those of them at which a box was.
    asked: u64,
    met: u64,
    moofs: u64,
    /// Bytes that the walk may pass over when it comes to the first.
    pub(super) passable: Option<Span>,
    is_asked: bool,
}

impl Locator<'_> {
    /// An index of fragments.
    pub(super) fn index(&mut self, child: &Child<'_>) -> Result<()> {
        let may_pass = self.trusts_indexes && !self.indexed.is_asked && self.wants_moov_only();
        if !self.reads_fragments() && !may_pass {
            return Ok(());
        }
        let Some(found) = sidx::references(&mut self.reader, &child.header)? else { return Ok(()) };
        if self.reads_fragments() {
            let first = found.starts.first().zip(found.starts.get(1).or(Some(&found.end)));
            let len = match first {
                Some((start, end)) => self.structure_len(Span::new(*start, (*end).max(*start)))?,
                None => 0,
            };
            // What follows the last fragment begins with a box, too.
            let starts = [&found.starts[..], &[found.end]].concat();
            self.ask(&starts, len);
        } else {
            self.indexed.is_asked = true;
            self.indexed.passable = self.passable(&found)?;
        }
        Ok(())
    }

    /// A `moof`: after some of them without an index, that at the end of the file is looked for.
    pub(super) fn count_moof(&mut self) -> Result<()> {
        self.indexed.moofs = self.indexed.moofs.saturating_add(1);
        if self.indexed.moofs == UNINDEXED && self.indexed.known.is_empty() {
            let end = self.end();
            let starts = mfra::fragments(&mut self.reader, end)?;
            let len = with_margin(self.moof_len);
            let done = self.layout.top().last().map_or(0, |last| last.span.end());
            let coming = starts.partition_point(|start| *start < done);
            self.ask(starts.get(coming..).unwrap_or_default(), len);
        }
        Ok(())
    }

    /// The walk is at a box.
    pub(super) fn reach(&mut self, at: u64) {
        let indexed = &mut self.indexed;
        if indexed.known.is_empty() {
            return;
        }
        indexed.met = indexed.met.saturating_add(u64::from(indexed.known.contains(&at)));
        let pending = indexed.asked.saturating_sub(indexed.met);
        if !indexed.ahead.is_half_used(at) {
            // Nothing tells yet whether the indexes are right.
            if pending >= UNPROVEN {
                return;
            }
        } else if indexed.met < indexed.asked / 4 {
            // They name places where no boxes are: a source would be asked for hundreds of thousands of those.
            indexed.ahead.forget();
            return;
        }
        let asked = indexed.ahead.reach(at, self.reader.source());
        indexed.asked = indexed.asked.saturating_add(u64::try_from(asked).unwrap_or(0));
    }

    /// Asks for the structure of fragments that was not asked for yet.
    fn ask(&mut self, starts: &[u64], len: u64) {
        let (end, most) = (self.end(), usize::try_from(self.limits.entries).unwrap_or(usize::MAX));
        let mut spans = Vec::new();
        for (i, start) in starts.iter().enumerate() {
            let next = starts.get(i.saturating_add(1)).copied().filter(|next| next > start).unwrap_or(end);
            let is_new = *start < end && self.indexed.known.len() < most && self.indexed.known.insert(*start);
            if is_new {
                spans.push(Span::new(*start, start.saturating_add(len).min(next).min(end)));
            }
        }
        self.indexed.ahead.add(spans);
        self.reach(self.layout.top().last().map_or(0, |last| last.span.start()));
    }

    /// How much of a reference is structure, as the first one tells.
    fn structure_len(&mut self, reference: Span) -> Result<u64> {
        let mut walk = Walk::new(reference);
        for _ in 0..BOXES_IN_FRONT {
            let header = match walk.next(&mut self.reader, &BoxPath::file()) {
                Some(Ok(header)) => header,
                Some(Err(error)) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                _ => break,
            };
            match &header.kind.code().0 {
                b"moof" => return Ok(with_margin(header.span.end().saturating_sub(reference.start()))),
                b"mdat" | b"imda" => break,
                _ => {}
            }
        }
        Ok(UNKNOWN_LEN)
    }

    /// Whether nothing of what is behind `moov` is wanted.
    const fn wants_moov_only(&self) -> bool {
        let scope = self.scope;
        scope.moov && !scope.file && !scope.moof && !scope.meta && !scope.all_containers
    }

    /// From the first reference to the last one, where they add up to the rest of the file.
    fn passable(&mut self, found: &sidx::References) -> Result<Option<Span>> {
        let (Some(first), Some(last)) = (found.starts.first(), found.starts.last()) else { return Ok(None) };
        let has_moov = self.layout.containers.iter().any(|container| container.is(Where::Moov));
        let end = self.end();
        if first >= last || *last >= end || found.end > end || !has_moov {
            return Ok(None);
        }
        let (mut walk, mut adds_up) = (Walk::file_from(*last, end), false);
        self.reader.expect(UNKNOWN_LEN);
        for _ in 0..LAST_BOXES {
            match walk.next(&mut self.reader, &BoxPath::file()) {
                Some(Ok(header)) if header.fits(end) => adds_up |= header.span.end() == found.end,
                Some(Err(error)) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                Some(_) => return Ok(None),
                None => break,
            }
        }
        Ok((adds_up && walk.leftover().is_empty()).then(|| Span::new(*first, *last)))
    }

    /// Where the boxes of the file end.
    fn end(&self) -> u64 {
        self.layout.containers.first().map_or(0, |file| file.content.end())
    }
}

/// A fragment is about as long as another one: half as much again is asked for, and the header of its media data.
const fn with_margin(len: u64) -> u64 {
    len.saturating_add(len / 2).saturating_add(64)
}
