//! Ranges as a source: what was read is kept, and hints are fetched side by side.
//!
//! ```text
//!   hint ──▶ pending ──┐
//!   read ──▶ missing ──┴─▶ blocks ──▶ runs, close ones joined ──▶ requests, 16 at a time ──▶ kept, up to 16 MiB
//! ```
//!
//! Blocks are small: a film of 2 GiB has 820 fragments of which 2 KiB each are read, and blocks of 64 KiB would bring 54 MB for
//! 5. Nothing is fetched in advance of a read: what several hints name goes out in one round with it.

use crate::client::PARALLEL;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use prkit_plan::{Source, Span};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is kept and looked up.
const BLOCK: u64 = 2 * 1024;
/// A read that nobody hinted brings so much at least: the next one is behind it.
const LEAST: u64 = 16 * 1024;
/// Gaps that are fetched along: less than what a request costs in headers and waiting.
const GAP: u64 = 8 * 1024;
/// Reads that follow each other bring twice as much each time, up to this.
const MOST: u64 = 8 * 1024 * 1024;
/// A request asks for this much at most; several do side by side.
const REQUEST: u64 = 1024 * 1024;
/// Hinted bytes of one round.
const ROUND: u64 = 8 * 1024 * 1024;
/// Bytes that are kept.
const KEPT: u64 = 16 * 1024 * 1024;

/// Something of which spans can be had.
pub(crate) trait Ranges: Send + Sync {
    /// Number of bytes.
    fn len(&self) -> u64;

    /// The bytes of a span that is not empty and does not pass the end.
    fn fetch(&self, span: Span) -> io::Result<Vec<u8>>;
}

/// A source over ranges.
pub(crate) struct Ranged<R> {
    ranges: R,
    state: Mutex<State>,
}

#[derive(Clone, Default)]
struct State {
    /// By number; the last may be short.
    blocks: BTreeMap<u64, Vec<u8>>,
    /// Their numbers, the oldest first.
    order: VecDeque<u64>,
    kept: u64,
    pending: Vec<Span>,
    /// Where the last read that was fetched ended, and how much came with it.
    last: (u64, u64),
}

impl State {
    fn keep(&mut self, start: u64, bytes: &[u8]) {
        let first = start / BLOCK;
        for (number, block) in (first..).zip(bytes.chunks(usize::try_from(BLOCK).unwrap_or(usize::MAX))) {
            let len = len_of(block);
            if self.blocks.insert(number, block.to_vec()).is_none() {
                self.order.push_back(number);
                self.kept = self.kept.saturating_add(len);
            }
        }
        while self.kept > KEPT {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            let len = self.blocks.remove(&oldest).map_or(0, |block| len_of(&block));
            self.kept = self.kept.saturating_sub(len);
        }
    }

    /// The parts of a span, widened to blocks, that are not known.
    fn missing(&self, span: Span, len: u64) -> Vec<Span> {
        let mut missing: Vec<Span> = Vec::new();
        let numbers = span.start() / BLOCK..span.end().div_ceil(BLOCK);
        let mut at = numbers.start;
        while at < numbers.end {
            let next_known =
                self.blocks.range(at..numbers.end).next().map_or(numbers.end, |(number, _)| *number);
            if next_known > at {
                let end = next_known.saturating_mul(BLOCK).min(len);
                missing.push(Span::new(at.saturating_mul(BLOCK), end));
            }
            at = next_known;
            while at < numbers.end && self.blocks.contains_key(&at) {
                at = at.saturating_add(1);
            }
        }
        missing
    }

    /// Copies a span, where all of it is known.
    fn copy(&self, span: Span, into: &mut Vec<u8>) -> bool {
        into.clear();
        let mut at = span.start();
        while at < span.end() {
            let Some(block) = self.blocks.get(&(at / BLOCK)) else {
                return false;
            };
            let (Ok(skip), Ok(left)) =
                (usize::try_from(at % BLOCK), usize::try_from(span.end().saturating_sub(at)))
            else {
                return false;
            };
            let Some(known) = block.get(skip..).filter(|known| !known.is_empty()) else {
                return false;
            };
            let known = known.get(..left).unwrap_or(known);
            into.extend_from_slice(known);
            at = at.saturating_add(len_of(known));
        }
        true
    }
}

impl<R: Ranges> Ranged<R> {
    /// With the first bytes, which came with the answer that it exists.
    pub(crate) fn new(ranges: R, head: &[u8]) -> Self {
        let mut state = State::default();
        let len = len_of(head);
        let whole = if len >= ranges.len() { len } else { len.saturating_sub(len % BLOCK) };
        state.last = (whole, whole);
        state.keep(0, usize::try_from(whole).ok().and_then(|whole| head.get(..whole)).unwrap_or_default());
        Self { ranges, state: Mutex::new(state) }
    }

    /// A source that knows what this one knows, and counts what it would fetch.
    pub(crate) fn rehearsal(&self) -> Ranged<Counted> {
        let counted = Counted { len: self.ranges.len(), ..Counted::default() };
        Ranged { ranges: counted, state: Mutex::new(self.state().clone()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every block is whole or not there.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a read, or the hints before it, still have to fetch.
    fn wanted(&self, span: Span) -> Vec<Span> {
        let len = self.ranges.len();
        let mut state = self.state();
        let mut missing = state.missing(span, len);
        if missing.is_empty() {
            return missing;
        }
        let pending = std::mem::take(&mut state.pending);
        let is_hinted =
            pending.iter().any(|hinted| hinted.start() <= span.start() && span.end() <= hinted.end());
        let (end, amount) = state.last;
        if !is_hinted {
            let is_next = missing.first().is_some_and(|first| first.start() == end);
            let more = if is_next { amount.saturating_mul(2).clamp(LEAST, MOST) } else { LEAST };
            let until = span.start().saturating_add(more).max(span.end()).min(len);
            missing = state.missing(Span::new(span.start(), until), len);
            state.last = (missing.last().map_or(until, |last| last.end()), more);
        }
        let mut room = ROUND;
        for hinted in pending {
            for gap in state.missing(hinted, len) {
                let left = room.checked_sub(gap.len());
                match left {
                    Some(left) => {
                        room = left;
                        missing.push(gap);
                    }
                    // A later read asks for it.
                    None => state.pending.push(gap),
                }
            }
        }
        drop(state);
        runs(missing)
    }

    /// Fetches runs side by side, and keeps what comes. An error counts where the read needs what it was for.
    fn fetch_all(&self, runs: &[Span]) -> Option<io::Error> {
        let next = AtomicUsize::new(0);
        let failed = Mutex::new(None);
        let work = || {
            while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                match self.ranges.fetch(*run) {
                    Ok(bytes) => self.state().keep(run.start(), &bytes),
                    Err(error) => {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..runs.len().min(PARALLEL) {
                scope.spawn(work);
            }
            work();
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ranges that nobody is asked for: what comes is zeros, and how much that is.
#[derive(Default)]
pub(crate) struct Counted {
    len: u64,
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Ranges for Counted {
    fn len(&self) -> u64 {
        self.len
    }

    fn fetch(&self, span: Span) -> io::Result<Vec<u8>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(span.len(), Ordering::Relaxed);
        Ok(vec![0; usize::try_from(span.len()).map_err(io::Error::other)?])
    }
}

impl Ranged<Counted> {
    /// Requests and bytes so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.ranges.requests.load(Ordering::Relaxed), self.ranges.bytes.load(Ordering::Relaxed))
    }
}

/// Spans in order, close ones joined, long ones cut.
fn runs(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| span.start());
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start() <= last.end().saturating_add(GAP) => {
                *last = Span::new(last.start(), last.end().max(span.end()));
            }
            _ => joined.push(span),
        }
    }
    joined.iter().flat_map(|run| run.blocks(REQUEST)).collect()
}

impl<R: Ranges> Source for Ranged<R> {
    fn len(&self) -> u64 {
        self.ranges.len()
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        if span.end() > self.ranges.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.state().copy(span, into) {
            return Ok(());
        }
        into.clear();
        if span.len() > MOST {
            // More than is kept: straight through, in pieces that are asked for side by side.
            for piece in span.blocks(MOST) {
                let mut bytes = Vec::new();
                self.read_at(piece, &mut bytes)?;
                into.append(&mut bytes);
            }
            return Ok(());
        }
        let failed = self.fetch_all(&self.wanted(span));
        if self.state().copy(span, into) {
            return Ok(());
        }
        // What a read needs may have been dropped for what others fetched meanwhile.
        into.clear();
        if let Some(error) = failed {
            return Err(error);
        }
        *into = self.ranges.fetch(span)?;
        Ok(())
    }

    fn hint(&self, spans: &[Span]) {
        let len = self.ranges.len();
        let mut state = self.state();
        let known = |span: &Span| Span::new(span.start().min(len), span.end().min(len));
        state.pending.extend(spans.iter().map(known).filter(|span| !span.is_empty() && span.len() <= ROUND));
    }
}

fn len_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes what is asked of it, and gives nothing of some bytes.
    struct Noting {
        bytes: Vec<u8>,
        asked: Mutex<Vec<(u64, u64)>>,
        broken: Option<Span>,
    }

    impl Ranges for Noting {
        fn len(&self) -> u64 {
            len_of(&self.bytes)
        }

        fn fetch(&self, span: Span) -> io::Result<Vec<u8>> {
            self.asked.lock().unwrap().push((span.start(), span.end()));
            if self.broken.is_some_and(|broken| broken.start() < span.end() && span.start() < broken.end()) {
                return Err(io::Error::other("broken"));
            }
            let mut into = Vec::new();
            (&self.bytes[..]).read_at(span, &mut into)?;
            Ok(into)
        }
    }

    fn noting(len: u64, head: usize) -> Ranged<Noting> {
        let bytes: Vec<u8> =
            (0..len).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
        let head = bytes[..head].to_vec();
        Ranged::new(Noting { bytes, asked: Mutex::default(), broken: None }, &head)
    }

    fn asked(ranged: &Ranged<Noting>) -> Vec<(u64, u64)> {
        let mut asked = std::mem::take(&mut *ranged.ranges.asked.lock().unwrap());
        asked.sort_unstable();
        asked
    }

    fn read(ranged: &Ranged<Noting>, start: u64, end: u64) {
        let mut into = vec![1];
        ranged.read_at(Span::new(start, end), &mut into).unwrap();
        let range = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
        assert_eq!(into, ranged.ranges.bytes[range], "{start}..{end}");
    }

    #[test]
    fn what_came_with_the_first_answer_is_not_asked_for_again() {
        let ranged = noting(5000, 5000);
        read(&ranged, 0, 5000);
        read(&ranged, 4999, 5000);
        assert_eq!(asked(&ranged), []);
        // A head that ends within a block gives the blocks in front of that.
        let ranged = noting(50_000, 5000);
        read(&ranged, 0, 4096);
        assert_eq!(asked(&ranged), []);
        read(&ranged, 4000, 4097);
        assert_eq!(asked(&ranged), [(4096, 20_480)]);
    }

    #[test]
    fn hints_are_fetched_with_the_first_read_that_waits_in_runs() {
        let ranged = noting(10_000_000, 65_536);
        let fragments: Vec<Span> = (1..100).map(|n| Span::new(n * 100_000, n * 100_000 + 1500)).collect();
        ranged.hint(&fragments[..50]);
        ranged.hint(&fragments[50..]);
        assert_eq!(asked(&ranged), [], "nothing waits yet");
        read(&ranged, 100_000, 100_700);
        let runs = asked(&ranged);
        assert_eq!(runs.len(), 99);
        assert_eq!(runs[0], (98_304, 102_400));
        assert!(runs.iter().map(|(start, end)| end - start).sum::<u64>() <= 99 * 4096);
        for fragment in &fragments {
            read(&ranged, fragment.start(), fragment.end());
        }
        assert_eq!(asked(&ranged), []);
        // Close ones are one request.
        ranged.hint(&[
            Span::new(150_000, 150_010),
            Span::new(156_000, 156_010),
            Span::new(9_999_990, 10_000_000),
        ]);
        read(&ranged, 156_000, 156_001);
        assert_eq!(asked(&ranged), [(149_504, 157_696), (9_998_336, 10_000_000)]);
    }

    #[test]
    fn reads_that_follow_each_other_bring_more_each_time_and_what_is_kept_is_bounded() {
        let ranged = noting(60_000_000, 65_536);
        for start in (0..60_000_000).step_by(50_000) {
            read(&ranged, start, start + 50_000);
        }
        let bytes: u64 = asked(&ranged).iter().map(|(start, end)| end - start).sum();
        assert!(bytes < 60_100_000, "{bytes} bytes for 60,000,000");
        let (kept, order, blocks) = {
            let state = ranged.state();
            (state.kept, state.order.len(), state.blocks.len())
        };
        assert!(kept <= KEPT && order == blocks);
        read(&ranged, 0, 20_000_000);
        assert!(ranged.read_at(Span::new(59_999_999, 60_000_001), &mut Vec::new()).is_err());
    }

    #[test]
    fn an_error_counts_where_the_bytes_are_read_and_not_where_they_are_hinted() {
        let mut ranged = noting(1_000_000, 0);
        ranged.ranges.broken = Some(Span::new(500_000, 500_001));
        ranged.hint(&[Span::new(500_000, 500_010), Span::new(100_000, 100_010)]);
        read(&ranged, 100_000, 100_010);
        let error = ranged.read_at(Span::new(500_000, 500_010), &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "broken");
    }
}
