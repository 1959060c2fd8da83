//! Positioned reads.

use crate::{Error, Result, Span};
use core::any::Any;
use std::io;

/// How many bytes are read at a time where a lot has to be read.
pub const BLOCK: u64 = 64 * 1024;

/// Bytes that can be read at any position: a file, memory, ranges of a remote object.
pub trait Source: Sync {
    /// Number of bytes.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Replaces the content of `into` by the bytes of `span`.
    ///
    /// # Errors
    ///
    /// Those of the reading; [`io::ErrorKind::UnexpectedEof`] when the span passes the end.
    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()>;

    /// Says that these spans will be read soon, so that a source for which every read is a wait fetches them at once. Doing
    /// nothing is right, only slower, and it is best where bytes are at hand: in memory, or mapped.
    ///
    /// What a hint is worth, the source decides. Short spans are structure, and nearly all of them is read. A long one is a
    /// `moov` with its tables: an edit that moves media data reads most of it, a look at its headers does not.
    fn hint(&self, _spans: &[Span]) {}

    /// The open asset behind it, for a store that may know it: ranges of one of its own it copies without reading them here.
    fn origin(&self) -> Option<&dyn Any> {
        None
    }

    /// [`read_at`](Self::read_at) with an error that names the span.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    fn fetch(&self, span: Span, into: &mut Vec<u8>) -> Result<()> {
        self.read_at(span, into).map_err(|source| Error::Read { span, source })
    }
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        u64::try_from(<[u8]>::len(self)).unwrap_or(u64::MAX)
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        let range = usize::try_from(span.start()).ok().zip(usize::try_from(span.end()).ok());
        let bytes =
            range.and_then(|(start, end)| self.get(start..end)).ok_or(io::ErrorKind::UnexpectedEof)?;
        into.clear();
        into.extend_from_slice(bytes);
        Ok(())
    }
}

impl Source for bytes::Bytes {
    fn len(&self) -> u64 {
        Source::len(&&self[..])
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        (&self[..]).read_at(span, into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_replaces_what_was_in_the_buffer() {
        let mut buffer = vec![9; 3];
        (&b"abcdef"[..]).fetch(Span::new(1, 3), &mut buffer).unwrap();
        assert_eq!(buffer, b"bc");
    }

    #[test]
    fn reading_past_the_end_names_the_span() {
        let error = (&b"abc"[..]).fetch(Span::new(1, 9), &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "bytes 1..9 cannot be read: unexpected end of file");
    }
}
