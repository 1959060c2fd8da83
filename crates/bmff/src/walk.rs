//! The children of a container, one after the other.
//!
//! A walk always advances: a box is at least as long as its header, and after the first error or the first box that
//! passes the end there is no next one. Fewer than eight bytes at the end are no box: QuickTime ends `udta` with
//! four zeros, and writers leave such bytes elsewhere; they are counted and stay.

use crate::error::{Error, Result};
use crate::header::{BoxHeader, MAX_HEADER};
use crate::path::BoxPath;
use crate::reader::Reader;
use prkit_plan::Span;

pub(crate) struct Walk {
    at: u64,
    end: u64,
    in_file: bool,
    done: bool,
}

impl Walk {
    /// Over the boxes in `span`.
    pub(crate) const fn new(span: Span) -> Self {
        Self { at: span.start(), end: span.end(), in_file: false, done: false }
    }

    /// Over the boxes of a file of `len` bytes.
    pub(crate) const fn file(len: u64) -> Self {
        Self::file_from(0, len)
    }

    /// Over the boxes of a file from one of them on.
    pub(crate) const fn file_from(at: u64, end: u64) -> Self {
        Self { at, end, in_file: true, done: false }
    }

    /// Where the next box is.
    pub(crate) const fn at(&self) -> u64 {
        self.at
    }

    /// Goes on at another box, behind this one.
    pub(crate) fn pass_to(&mut self, at: u64) {
        self.at = at.clamp(self.at, self.end);
    }

    /// Where the container ends.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// Bytes that are left and no box.
    pub(crate) const fn leftover(&self) -> Span {
        Span::new(self.at, self.end)
    }

    /// The next box; `path` is the container's, for errors.
    pub(crate) fn next(&mut self, reader: &mut Reader<'_>, path: &BoxPath) -> Option<Result<BoxHeader>> {
        if self.done || self.end.saturating_sub(self.at) < 8 {
            return None;
        }
        let here = Span::new(self.at, self.at.saturating_add(MAX_HEADER).min(self.end));
        let header = match reader.bytes(here) {
            Ok(bytes) => BoxHeader::parse(bytes, self.at, self.end, self.in_file),
            Err(error) => {
                self.done = true;
                return Some(Err(error));
            }
        };
        match header {
            Ok(header) => {
                self.done = !header.fits(self.end);
                self.at = header.span.end().min(self.end);
                Some(Ok(header))
            }
            Err(kind) => {
                self.done = true;
                Some(Err(Error::new(kind, self.at, path)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(bytes: &[u8]) -> Vec<String> {
        let source = bytes;
        let source = crate::cache::Cached::new(&source);
        let mut reader = Reader::new(&source);
        let mut walk = Walk::file(u64::try_from(bytes.len()).unwrap());
        let mut found = Vec::new();
        while let Some(next) = walk.next(&mut reader, &BoxPath::file()) {
            found.push(match next {
                Ok(header) => format!("{} {}", header.kind, header.span.len()),
                Err(error) => error.to_string(),
            });
        }
        found.push(format!("{} left", walk.leftover().len()));
        found
    }

    #[test]
    fn boxes_come_in_order_and_odd_bytes_are_counted() {
        assert_eq!(kinds(b"\0\0\0\x08free\0\0\0\x0Amdatxx\0\0\0\0"), ["free 8", "mdat 10", "4 left"]);
    }

    #[test]
    fn a_broken_box_ends_the_walk() {
        assert_eq!(
            kinds(b"\0\0\0\x08free\0\0\0\x04mdatxxxxxxxxx"),
            ["free 8", "box size 4 is smaller than its header of 8 bytes at byte 8 in /", "17 left"]
        );
    }

    #[test]
    fn a_box_past_the_end_is_the_last_one() {
        assert_eq!(kinds(b"\0\0\0\x40mdat\0\0\0\x08free"), ["mdat 64", "0 left"]);
    }

    proptest! {
        #[test]
        fn every_walk_ends(bytes in proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(8), any::<u8>()], 0..200)) {
            prop_assert!(kinds(&bytes).len() <= bytes.len() / 8 + 2);
        }
    }
}
