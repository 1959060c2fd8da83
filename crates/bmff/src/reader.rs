//! Positioned reads of structure into one reused buffer.
//!
//! The walkers ask for headers and for the content of small boxes. What is read ahead is bounded: by the caller for
//! a box whose size is known, by a few bytes where it is not, so that media data is not read along.

use crate::cache::Cached;
use crate::error::Result;
use prkit_plan::{BLOCK, Error, Source as _, Span};

/// What is read at the start of a file: most initialisation segments, and the structure of most media segments.
const FIRST_READ: u64 = 4096;
/// What is read ahead where nothing is known.
const AHEAD: u64 = 64;

pub(crate) struct Reader<'s> {
    source: &'s Cached<'s>,
    /// That of the source: it is asked for with every header.
    len: u64,
    buffer: Vec<u8>,
    buffered: Span,
    ahead: u64,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(source: &'s Cached<'s>) -> Self {
        let len = source.len();
        Self { source, len, buffer: Vec::new(), buffered: Span::empty(0), ahead: FIRST_READ }
    }

    pub(crate) const fn source(&self) -> &'s Cached<'s> {
        self.source
    }

    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// How much the next read takes beyond what it was asked for.
    pub(crate) fn expect(&mut self, len: u64) {
        self.ahead = len.clamp(AHEAD, BLOCK);
    }

    /// Reads a small box as a whole before its parts are asked for, and the header of what follows it.
    pub(crate) fn prefetch(&mut self, span: Span) -> Result<()> {
        let span = self.there(span);
        if span.len() <= BLOCK && !self.buffered.encloses(span) {
            self.fill(span, span.end().saturating_add(AHEAD))?;
        }
        Ok(())
    }

    /// The bytes of `span`, or as many as the file has.
    #[inline]
    pub(crate) fn bytes(&mut self, span: Span) -> Result<&[u8]> {
        let there = self.there(span);
        if !self.buffered.encloses(there) {
            let until = span.start().saturating_add(core::mem::replace(&mut self.ahead, AHEAD));
            self.fill(there, until)?;
        }
        Ok(self.slice(there))
    }

    /// The same, with what is read ahead.
    pub(crate) fn bytes_until(&mut self, span: Span, until: u64) -> Result<&[u8]> {
        let there = self.there(span);
        if !self.buffered.encloses(there) {
            self.fill(there, until)?;
        }
        Ok(self.slice(there))
    }

    /// The bytes of a span that is buffered.
    fn slice(&self, span: Span) -> &[u8] {
        let start = usize::try_from(span.start().saturating_sub(self.buffered.start())).unwrap_or(usize::MAX);
        let len = usize::try_from(span.len()).unwrap_or(0);
        self.buffer.get(start..start.saturating_add(len)).unwrap_or_default()
    }

    /// What the file has of a span.
    fn there(&self, span: Span) -> Span {
        let end = span.end().min(self.len());
        Span::new(span.start().min(end), end)
    }

    fn fill(&mut self, span: Span, until: u64) -> Result<()> {
        self.buffered = Span::empty(span.start());
        let loaded = self.source.load(span, until.min(self.len()), &mut self.buffer);
        self.buffered = loaded.map_err(|source| Error::Read { span, source })?;
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
        let cached = Cached::new(&source);
        let mut reader = Reader::new(&cached);
        assert_eq!(reader.bytes(Span::new(0, 8)).unwrap().len(), 8);
        assert_eq!(reader.bytes(Span::new(4000, 4096)).unwrap().len(), 96);
        assert_eq!(cached.bytes_read(), 4096);
        assert_eq!(reader.bytes(Span::new(9000, 9008)).unwrap().len(), 8);
        assert_eq!(cached.bytes_read(), 4096 + AHEAD);
    }

    #[test]
    fn reading_past_the_end_gives_what_there_is() {
        let source = &b"abc"[..];
        let source = Cached::new(&source);
        assert_eq!(Reader::new(&source).bytes(Span::new(1, 9)).unwrap(), b"bc");
        assert_eq!(Reader::new(&source).bytes(Span::new(7, 9)).unwrap(), b"");
    }
}
