//! Structure that was read is kept: the walk, the plan and the guard ask for the same bytes.
//!
//! ```text
//!   locate ─┐                       ┌─ known: copied
//!   plan   ─┼─▶ Cached ──▶ pieces ──┤
//!   guard  ─┘                       └─ not known: one read of the source, and kept
//! ```
//!
//! Only what has to be read is asked of the source. What is read ahead ends where something is known, so that a guess
//! never costs a read.

use core::fmt;
use core::ops::Bound;
use prkit_plan::{Source, Span};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of structure that are kept of a file.
const CAPACITY: u64 = 4 * 1024 * 1024;
/// Pieces of it: many small ones cost more than their bytes.
const PIECES: usize = 32_768;
/// How much of what is known is copied at a time: less would be looked up for every box.
const COPIED: u64 = 4096;

/// Structure of a file that was read.
#[derive(Clone, Default)]
pub(crate) struct Cache(Arc<Mutex<Pieces>>);

/// Bytes by their offset; pieces do not overlap.
#[derive(Default)]
struct Pieces {
    by_start: BTreeMap<u64, Vec<u8>>,
    /// Where the last of them ends: a walk is mostly there, and has nothing to look up.
    end: u64,
    len: u64,
    read: u64,
}

/// A source, and what was read of it.
pub(crate) struct Cached<'s> {
    source: &'s dyn Source,
    cache: Cache,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

impl Cache {
    fn pieces(&self) -> MutexGuard<'_, Pieces> {
        // Every change is one call of the map: there is no half of it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pieces {
    /// What is known from this byte on, without a gap in one piece.
    fn from(&self, at: u64) -> Option<&[u8]> {
        if at >= self.end {
            return None;
        }
        let (start, piece) = self.by_start.range(..=at).next_back()?;
        let known = usize::try_from(at.saturating_sub(*start)).ok().and_then(|skip| piece.get(skip..))?;
        (!known.is_empty()).then_some(known)
    }

    /// Where the next piece begins behind a byte that is not known.
    fn next_start(&self, at: u64) -> u64 {
        if at >= self.end {
            return u64::MAX;
        }
        let next = self.by_start.range((Bound::Excluded(at), Bound::Unbounded)).next();
        next.map_or(u64::MAX, |(start, _)| *start)
    }

    /// The part of a span from its first byte that is not known; nothing when all are.
    fn missing(&self, span: Span) -> Option<Span> {
        let mut at = span.start();
        while at < span.end() {
            match self.from(at) {
                Some(known) => at = at.saturating_add(len_of(known)),
                None => return Some(Span::new(at, span.end())),
            }
        }
        None
    }

    fn add(&mut self, at: u64, bytes: &[u8]) {
        let end = at.saturating_add(len_of(bytes));
        let is_known = self.from(at).is_some() || self.next_start(at) < end;
        if bytes.is_empty() || is_known || self.len.saturating_add(len_of(bytes)) > CAPACITY {
            return;
        }
        let has_room = self.by_start.len() < PIECES;
        let before = if at > self.end { None } else { self.by_start.range_mut(..at).next_back() };
        match before.filter(|(start, piece)| start.saturating_add(len_of(piece)) == at) {
            Some((_, piece)) => piece.extend_from_slice(bytes),
            None if has_room => {
                self.by_start.insert(at, bytes.to_vec());
            }
            None => return,
        }
        self.len = self.len.saturating_add(len_of(bytes));
        self.end = self.end.max(end);
    }
}

impl<'s> Cached<'s> {
    pub(crate) fn new(source: &'s dyn Source) -> Self {
        Self { source, cache: Cache::default() }
    }

    /// With the first bytes of the source, which somebody has read already.
    pub(crate) fn with_head(source: &'s dyn Source, head: Vec<u8>) -> Self {
        let cached = Self::new(source);
        let len = len_of(&head);
        if !head.is_empty() && len <= source.len() {
            let mut pieces = cached.cache.pieces();
            (pieces.len, pieces.read, pieces.end) = (len, len, len);
            pieces.by_start.insert(0, head);
        }
        cached
    }

    /// With what was read before of the same source.
    pub(crate) const fn over(source: &'s dyn Source, cache: Cache) -> Self {
        Self { source, cache }
    }

    pub(crate) fn cache(&self) -> Cache {
        self.cache.clone()
    }

    /// Bytes that were read of the source.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.cache.pieces().read
    }

    /// Gives the bytes of `span`, and what follows them up to `until` as far as that takes no read of its own. Says which
    /// bytes they are.
    pub(crate) fn load(&self, span: Span, until: u64, into: &mut Vec<u8>) -> io::Result<Span> {
        into.clear();
        let until = until.max(span.end());
        let mut at = span.start();
        while at < span.end() {
            let gap = {
                let pieces = self.cache.pieces();
                if let Some(known) = pieces.from(at) {
                    let wanted = until.max(at.saturating_add(COPIED)).saturating_sub(at);
                    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(known.len());
                    let known = known.get(..wanted).unwrap_or_default();
                    into.extend_from_slice(known);
                    at = at.saturating_add(len_of(known));
                    continue;
                }
                pieces.next_start(at)
            };
            let gap = Span::new(at, if gap < span.end() { gap } else { gap.min(until) });
            self.read(gap, into)?;
            at = gap.end();
        }
        Ok(Span::new(span.start(), at))
    }

    /// Reads what is not known, behind what is there already.
    fn read(&self, gap: Span, into: &mut Vec<u8>) -> io::Result<()> {
        let mut behind = Vec::new();
        let read = if into.is_empty() { &mut *into } else { &mut behind };
        self.source.read_at(gap, read)?;
        let mut pieces = self.cache.pieces();
        pieces.read = pieces.read.saturating_add(gap.len());
        pieces.add(gap.start(), read);
        into.append(&mut behind);
        Ok(())
    }
}

impl Source for Cached<'_> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        self.load(span, span.end(), into)?;
        into.truncate(usize::try_from(span.len()).unwrap_or(usize::MAX));
        Ok(())
    }

    fn hint(&self, spans: &[Span]) {
        let missing: Vec<Span> = {
            let pieces = self.cache.pieces();
            spans.iter().filter_map(|span| pieces.missing(*span)).collect()
        };
        if !missing.is_empty() {
            self.source.hint(&missing);
        }
    }
}

fn len_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Notes what is read of it.
    struct Noting<'b>(&'b [u8], Mutex<Vec<(u64, u64)>>);

    impl Source for Noting<'_> {
        fn len(&self) -> u64 {
            len_of(self.0)
        }

        fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
            self.1.lock().unwrap().push((span.start(), span.end()));
            self.0.read_at(span, into)
        }
    }

    fn range(start: u64, end: u64) -> core::ops::Range<usize> {
        usize::try_from(start).unwrap()..usize::try_from(end).unwrap()
    }

    #[test]
    fn what_is_known_is_not_read_again_and_guesses_end_there() {
        let bytes: Vec<u8> = (0..=255).collect();
        let source = Noting(&bytes, Mutex::default());
        let cached = Cached::new(&source);
        let mut into = Vec::new();
        assert_eq!(cached.load(Span::new(100, 110), 120, &mut into).unwrap(), Span::new(100, 120));
        assert_eq!(cached.load(Span::new(90, 95), 200, &mut into).unwrap(), Span::new(90, 100));
        assert_eq!(into, bytes[90..100]);
        cached.read_at(Span::new(80, 130), &mut into).unwrap();
        assert_eq!(into, bytes[80..130]);
        assert_eq!(*source.1.lock().unwrap(), [(100, 120), (90, 100), (80, 90), (120, 130)]);
    }

    #[test]
    fn the_cache_ends_at_four_mebibytes_and_reading_goes_on() {
        let bytes = vec![7; 5 * 1024 * 1024];
        let source = Noting(&bytes, Mutex::default());
        let cached = Cached::new(&source);
        let mut into = Vec::new();
        for _ in 0..2 {
            for block in Span::new(0, len_of(&bytes)).blocks(1024 * 1024) {
                cached.read_at(block, &mut into).unwrap();
                assert_eq!(len_of(&into), block.len());
            }
        }
        assert_eq!(source.1.lock().unwrap().len(), 6);
    }

    proptest! {
        #[test]
        fn any_reads_give_the_bytes_of_the_source_and_read_each_once(
            spans in prop::collection::vec((0_u64..500, 0_u64..120, 0_u64..120), 0..40),
        ) {
            let bytes: Vec<u8> = (0..500_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
            let source = Noting(&bytes, Mutex::default());
            let cached = Cached::new(&source);
            let mut into = Vec::new();
            for (start, len, more) in spans {
                let span = Span::new(start, (start + len).min(500));
                let until = (span.end() + more).min(500);
                let loaded = cached.load(span, until, &mut into).unwrap();
                prop_assert!(loaded.encloses(span));
                prop_assert_eq!(&into, &bytes[range(loaded.start(), loaded.end())]);
            }
            let reads = source.1.lock().unwrap();
            let mut times = [0; 500];
            for (start, end) in reads.iter() {
                times[range(*start, *end)].iter_mut().for_each(|times| *times += 1);
            }
            prop_assert!(times.iter().all(|times| *times < 2));
        }
    }
}
