//! Positioned reads of structure into one reused buffer.
//!
//! The walkers ask for headers and for the content of small boxes. What is read ahead is bounded: by the caller for
//! a box whose size is known, by a few bytes where it is not, so that media data is not read along.

use crate::error::Result;
use prkit_plan::{BLOCK, Source, Span};

/// What is read at the start of a file: most initialisation segments, and the structure of most media segments.
const FIRST_READ: u64 = 4096;
/// What is read ahead where nothing is known.
const AHEAD: u64 = 64;

pub(crate) struct Reader<'s> {
    source: &'s dyn Source,
    buffer: Vec<u8>,
    buffered: Span,
    ahead: u64,
    bytes_read: u64,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(source: &'s dyn Source) -> Self {
        Self { source, buffer: Vec::new(), buffered: Span::empty(0), ahead: FIRST_READ, bytes_read: 0 }
    }

    /// With the first bytes of the source, which somebody has read already.
    pub(crate) fn with_head(source: &'s dyn Source, head: Vec<u8>) -> Self {
        let end = u64::try_from(head.len()).unwrap_or(u64::MAX);
        let len = source.len();
        if end > len || end == 0 {
            return Self::new(source);
        }
        let buffered = Span::new(0, end);
        Self { source, buffer: head, buffered, ahead: AHEAD, bytes_read: end }
    }

    pub(crate) fn source(&self) -> &'s dyn Source {
        self.source
    }

    pub(crate) fn len(&self) -> u64 {
        self.source.len()
    }

    pub(crate) const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// How much the next read takes beyond what it was asked for.
    pub(crate) fn expect(&mut self, len: u64) {
        self.ahead = len.clamp(AHEAD, BLOCK);
    }

    /// Reads a small box as a whole before its parts are asked for.
    pub(crate) fn prefetch(&mut self, span: Span) -> Result<()> {
        let span = Span::new(span.start(), span.end().min(self.len()));
        if span.len() <= BLOCK && !self.buffered.encloses(span) {
            self.fill(span)?;
        }
        Ok(())
    }

    /// The bytes of `span`, or as many as the file has.
    pub(crate) fn bytes(&mut self, span: Span) -> Result<&[u8]> {
        let end = span.end().min(self.len());
        let span = Span::new(span.start().min(end), end);
        if !self.buffered.encloses(span) {
            let wanted = Span::new(span.start(), span.end().max(span.start().saturating_add(self.ahead)));
            self.ahead = AHEAD;
            self.fill(Span::new(wanted.start(), wanted.end().min(self.len())))?;
        }
        let start = usize::try_from(span.start().saturating_sub(self.buffered.start())).unwrap_or(usize::MAX);
        let len = usize::try_from(span.len()).unwrap_or(0);
        Ok(self.buffer.get(start..start.saturating_add(len)).unwrap_or_default())
    }

    fn fill(&mut self, span: Span) -> Result<()> {
        self.buffered = Span::empty(span.start());
        self.source.fetch(span, &mut self.buffer)?;
        self.buffered = span;
        self.bytes_read = self.bytes_read.saturating_add(span.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_look_at_the_same_bytes_reads_nothing() {
        let data = [7_u8; 10_000];
        let source = &data[..];
        let mut reader = Reader::new(&source);
        assert_eq!(reader.bytes(Span::new(0, 8)).unwrap().len(), 8);
        assert_eq!(reader.bytes(Span::new(4000, 4096)).unwrap().len(), 96);
        assert_eq!(reader.bytes_read(), 4096);
        assert_eq!(reader.bytes(Span::new(9000, 9008)).unwrap().len(), 8);
        assert_eq!(reader.bytes_read(), 4096 + AHEAD);
    }

    #[test]
    fn reading_past_the_end_gives_what_there_is() {
        let source = &b"abc"[..];
        assert_eq!(Reader::new(&source).bytes(Span::new(1, 9)).unwrap(), b"bc");
        assert_eq!(Reader::new(&source).bytes(Span::new(7, 9)).unwrap(), b"");
    }
}
