//! A run of bytes in a file: `start..end`, the end not included.

use core::fmt;

/// Bytes `start..end` of a file. `start <= end` always holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    start: u64,
    end: u64,
}

impl Span {
    /// The span `start..end`; an `end` before `start` gives an empty span at `start`.
    pub const fn new(start: u64, end: u64) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    /// `len` bytes from `start`; `None` when the end does not fit 64 bits.
    pub const fn at(start: u64, len: u64) -> Option<Self> {
        match start.checked_add(len) {
            Some(end) => Some(Self { start, end }),
            None => None,
        }
    }

    /// The empty span at `offset`.
    pub const fn empty(offset: u64) -> Self {
        Self { start: offset, end: offset }
    }

    /// First byte.
    pub const fn start(self) -> u64 {
        self.start
    }

    /// The byte after the last one.
    pub const fn end(self) -> u64 {
        self.end
    }

    /// Number of bytes.
    pub const fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether there are no bytes in it.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `offset` is one of its bytes.
    pub const fn contains(self, offset: u64) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether all bytes of `other` are bytes of this span.
    pub const fn encloses(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two have a byte in common.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end && !self.is_empty() && !other.is_empty()
    }

    /// The bytes that both have; empty when they have none.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// Cuts the span into pieces of at most `block` bytes (`block` 0 counts as 1).
    pub fn blocks(self, block: u64) -> impl Iterator<Item = Self> {
        let block = block.max(1);
        let mut at = self.start;
        core::iter::from_fn(move || {
            (at < self.end).then(|| {
                let piece = Self { start: at, end: at.saturating_add(block).min(self.end) };
                at = piece.end;
                piece
            })
        })
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_the_span_once() {
        let pieces: Vec<_> = Span::new(3, 10).blocks(4).collect();
        assert_eq!(pieces, [Span::new(3, 7), Span::new(7, 10)]);
        assert_eq!(Span::empty(5).blocks(4).count(), 0);
    }

    #[test]
    fn touching_spans_do_not_overlap() {
        assert!(!Span::new(0, 4).overlaps(Span::new(4, 8)));
        assert!(Span::new(0, 5).overlaps(Span::new(4, 8)));
        assert!(!Span::new(0, 5).overlaps(Span::empty(3)));
    }

    #[test]
    fn a_span_past_64_bits_is_none() {
        assert_eq!(Span::at(u64::MAX, 2), None);
        assert_eq!(Span::at(2, 3), Some(Span::new(2, 5)));
    }
}
