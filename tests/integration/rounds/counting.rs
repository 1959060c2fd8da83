//! A source that counts what it is asked for.

use prkit_plan::{Source, Span};
use std::io;
use std::sync::Mutex;

/// Bytes, and what was read and hinted of them.
pub struct Counting<'b> {
    bytes: &'b [u8],
    counted: Mutex<Counted>,
}

struct Counted {
    reads: usize,
    hints: usize,
    /// Hints of which nothing was waited for yet.
    pending: Vec<Span>,
    /// How often each byte was read.
    times: Vec<u8>,
    /// Bytes that were hinted.
    hinted: Vec<bool>,
    /// Bytes that are there: read, or hinted before the last wait.
    arrived: Vec<bool>,
    rounds: usize,
    waits: usize,
}

impl<'b> Counting<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        let len = bytes.len();
        let counted = Counted {
            reads: 0,
            hints: 0,
            pending: Vec::new(),
            times: vec![0; len],
            hinted: vec![false; len],
            arrived: vec![false; len],
            rounds: 0,
            waits: 0,
        };
        Self { bytes, counted: Mutex::new(counted) }
    }

    /// Reads that no earlier read or hint covers.
    pub fn rounds(&self) -> usize {
        self.counted.lock().unwrap().rounds
    }

    /// How often something is waited for where hints are fetched side by side: with every read of what is not there yet,
    /// all that was hinted until then arrives, too.
    pub fn waits(&self) -> usize {
        self.counted.lock().unwrap().waits
    }

    pub fn reads(&self) -> usize {
        self.counted.lock().unwrap().reads
    }

    /// How many spans were hinted.
    pub fn spans_hinted(&self) -> usize {
        self.counted.lock().unwrap().hints
    }

    /// How often the byte of a span that was read most often was read.
    pub fn most(&self, span: Span) -> u8 {
        let counted = self.counted.lock().unwrap();
        counted.times[span_of(span)].iter().copied().max().unwrap_or(0)
    }

    /// Bytes that were hinted and read, and those that were hinted for nothing.
    pub fn used_and_wasted(&self) -> (usize, usize) {
        let counted = self.counted.lock().unwrap();
        let hinted = || counted.hinted.iter().zip(&counted.times).filter(|(hinted, _)| **hinted);
        (
            hinted().filter(|(_, times)| **times > 0).count(),
            hinted().filter(|(_, times)| **times == 0).count(),
        )
    }
}

fn span_of(span: Span) -> std::ops::Range<usize> {
    span.start() as usize..span.end() as usize
}

impl Source for Counting<'_> {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        self.bytes.read_at(span, into)?;
        let counted = &mut *self.counted.lock().unwrap();
        let range = span_of(span);
        let is_covered = |byte: usize| counted.hinted[byte] || counted.times[byte] > 0;
        counted.rounds += usize::from(!range.clone().all(is_covered));
        if !counted.arrived[range.clone()].iter().all(|arrived| *arrived) {
            counted.waits += 1;
            for span in counted.pending.drain(..) {
                counted.arrived[span_of(span)].fill(true);
            }
        }
        for byte in range {
            counted.arrived[byte] = true;
            counted.times[byte] = counted.times[byte].saturating_add(1);
        }
        counted.reads += 1;
        Ok(())
    }

    fn hint(&self, spans: &[Span]) {
        let counted = &mut *self.counted.lock().unwrap();
        for span in spans {
            counted.hinted[span_of(*span)].fill(true);
            counted.pending.push(*span);
            counted.hints += 1;
        }
    }
}

/// A source that does as it likes with hints: some it follows, as one that fetches, into a cache that may be short.
pub struct Unheeding<'b>(pub &'b [u8], pub u64, pub Mutex<Vec<(Span, Vec<u8>)>>);

impl Source for Unheeding<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        let fetched = self.2.lock().unwrap();
        if let Some((whole, bytes)) = fetched.iter().find(|(whole, _)| whole.encloses(span)) {
            let start = (span.start() - whole.start()) as usize;
            into.clear();
            into.extend_from_slice(&bytes[start..start + span.len() as usize]);
            return Ok(());
        }
        self.0.read_at(span, into)
    }

    fn hint(&self, spans: &[Span]) {
        for (i, span) in (0_u64..).zip(spans) {
            let chance = (i ^ span.start()).wrapping_mul(self.1 | 1) >> 3;
            let span = Span::new(span.start(), span.end() - chance % (span.len() + 1));
            let mut bytes = Vec::new();
            if chance % 3 > 0 && self.0.read_at(span, &mut bytes).is_ok() {
                self.2.lock().unwrap().push((span, bytes));
            }
        }
    }
}
