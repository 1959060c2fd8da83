//! A whole new file, said in terms of the old one.
//!
//! ```text
//!   old   │ ftyp │ moov … pssh … free … │ mdat …                │
//!   new   │ Keep │ Put  Keep Put Keep … │ Keep                  │
//! ```

use crate::table::TooWide;
use crate::{BLOCK, Error, Place, Result, Shape, Source, Span, Splice, Table};
use bytes::Bytes;
use core::fmt;
use std::io;

/// One piece of the new file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Segment {
    /// These bytes of the old file.
    Keep(Span),
    /// These bytes.
    Put(Bytes),
    /// These entries of the old file with their distances computed again.
    Table(Table),
}

/// What replaces the bytes between two places of the old file; for an insertion, the same gap twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replacement {
    /// First place that goes. Among insertions at one offset, it says which comes first.
    pub from: Place,
    /// First place that stays.
    pub to: Place,
    /// What stands there instead.
    pub with: With,
}

impl Replacement {
    /// Plain bytes instead of those of a span.
    pub const fn of(old: Span, with: With) -> Self {
        Self { from: Place::start(old.start()), to: Place::start(old.end()), with }
    }

    /// The bytes that go; empty for an insertion.
    pub const fn old(&self) -> Span {
        Span::new(self.from.offset(), self.to.offset())
    }
}

/// New bytes, or a table to be computed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum With {
    /// Plain bytes.
    Bytes(Bytes),
    /// A table of the replaced span, computed again.
    Table(Table),
}

/// How an edit fits into the file, cheapest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Strategy {
    /// The new bytes take the place of as many old ones.
    Same,
    /// A `free` box gives or takes the difference.
    Slack,
    /// An empty license store gives or takes the difference.
    Store,
    /// Blocks are inserted into the file where it is.
    InsertRange,
    /// Blocks are taken out of the file where it is.
    CollapseRange,
    /// A new file shares the blocks of the old one.
    Clone,
    /// A new file is a copy of the old one.
    Copy,
    /// The new file is written to a stream.
    Stream,
}

impl Strategy {
    /// Every one, cheapest first.
    pub const ALL: [Self; 8] = [
        Self::Same,
        Self::Slack,
        Self::Store,
        Self::InsertRange,
        Self::CollapseRange,
        Self::Clone,
        Self::Copy,
        Self::Stream,
    ];

    /// The one of a name in reports.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name)
    }

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Slack => "slack",
            Self::Store => "store",
            Self::InsertRange => "insert-range",
            Self::CollapseRange => "collapse-range",
            Self::Clone => "clone",
            Self::Copy => "copy",
            Self::Stream => "stream",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A new file: an ordered list of kept spans and put bytes, and why it is made so.
///
/// It owns what it puts and never views the file. Whoever applies it, and however, the result is the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    old_len: u64,
    new_len: u64,
    segments: Vec<Segment>,
    /// What is replaced: spans of the old file, and how many bytes of the new one take their place.
    replaced: Vec<(Span, u64)>,
    shape: Shape,
    strategy: Strategy,
    why: String,
}

impl Plan {
    /// A plan that replaces some spans of a file of `old_len` bytes and keeps the rest.
    ///
    /// # Errors
    ///
    /// [`Error::Overlap`] when spans share bytes; [`Error::Length`] when the result is not as long as `shape` says.
    pub fn new(
        old_len: u64,
        shape: Shape,
        mut replacements: Vec<Replacement>,
        strategy: Strategy,
        why: impl Into<String>,
    ) -> Result<Self> {
        replacements.sort_by_key(|replacement| (replacement.from, replacement.to));
        let expected = shape.moved_len(old_len);
        let mut segments = Vec::with_capacity(replacements.len().saturating_mul(2).saturating_add(1));
        let mut replaced = Vec::with_capacity(replacements.len());
        let (mut at, mut new_len) = (0_u64, 0_u64);
        for replacement in replacements {
            let old = replacement.old();
            if old.start() < at || old.end() > old_len {
                return Err(Error::Overlap { at: old.start() });
            }
            if at < old.start() {
                segments.push(Segment::Keep(Span::new(at, old.start())));
            }
            let segment = match replacement.with {
                With::Bytes(bytes) if bytes.is_empty() => None,
                With::Bytes(bytes) => Some(Segment::Put(bytes)),
                With::Table(table) => Some(Segment::Table(table)),
            };
            let kept = old.start().saturating_sub(at);
            let put = segment.as_ref().map_or(0, Segment::new_len);
            replaced.push((old, put));
            new_len = new_len.saturating_add(kept).saturating_add(put);
            segments.extend(segment);
            at = old.end();
        }
        if at < old_len {
            segments.push(Segment::Keep(Span::new(at, old_len)));
            new_len = new_len.saturating_add(old_len.saturating_sub(at));
        }
        if new_len != expected {
            return Err(Error::Length { expected, actual: new_len });
        }
        Ok(Self { old_len, new_len, segments, replaced, shape, strategy, why: why.into() })
    }

    /// The plan that changes nothing.
    pub fn unchanged(len: u64) -> Self {
        let segments = if len == 0 { Vec::new() } else { vec![Segment::Keep(Span::new(0, len))] };
        let (shape, why) = (Shape::default(), "nothing to do".to_owned());
        Self {
            old_len: len,
            new_len: len,
            segments,
            replaced: Vec::new(),
            shape,
            strategy: Strategy::Same,
            why,
        }
    }

    /// A plan that replaces one span of bytes that hold no offsets.
    ///
    /// # Errors
    ///
    /// [`Error::Overlap`] when the span passes the end.
    pub fn splice(len: u64, old: Span, with: Bytes) -> Result<Self> {
        let new_len = u64::try_from(with.len()).unwrap_or(u64::MAX);
        let (from, to) = (Place::start(old.start()), Place::start(old.end()));
        let shape = Shape::new(vec![Splice { from, to, len: new_len }])?;
        let (strategy, why) = if new_len == old.len() {
            (Strategy::Same, "the new bytes are as many as the old")
        } else {
            (Strategy::Copy, "the file changes its length")
        };
        Self::new(len, shape, vec![Replacement { from, to, with: With::Bytes(with) }], strategy, why)
    }

    /// A plan that replaces several spans of bytes that hold no offsets; in order, and without what they share.
    ///
    /// # Errors
    ///
    /// [`Error::Overlap`] when spans share bytes or pass the end.
    pub fn splices(
        len: u64,
        edits: impl IntoIterator<Item = (Span, Bytes)>,
        strategy: Strategy,
        why: impl Into<String>,
    ) -> Result<Self> {
        let (mut splices, mut replacements, mut end) = (Vec::new(), Vec::new(), 0);
        for (old, with) in edits {
            if old.start() < end || old.end() > len {
                return Err(Error::Overlap { at: old.start() });
            }
            end = old.end();
            let (from, to) = (Place::start(old.start()), Place::start(old.end()));
            splices.push(Splice { from, to, len: u64::try_from(with.len()).unwrap_or(u64::MAX) });
            replacements.push(Replacement { from, to, with: With::Bytes(with) });
        }
        Self::new(len, Shape::new(splices)?, replacements, strategy, why)
    }

    /// Length of the file the plan is for.
    pub const fn old_len(&self) -> u64 {
        self.old_len
    }

    /// Length of the file the plan makes.
    pub const fn new_len(&self) -> u64 {
        self.new_len
    }

    /// The pieces of the new file, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The pieces with the span each takes in the new file.
    pub fn placed(&self) -> impl Iterator<Item = (Span, &Segment)> {
        let mut at = 0_u64;
        self.segments.iter().map(move |segment| {
            let span = Span::new(at, at.saturating_add(segment.new_len()));
            at = span.end();
            (span, segment)
        })
    }

    /// The pieces whose bytes are not already where they belong: what an edit in place has to store.
    pub fn stores(&self) -> impl Iterator<Item = (Span, &Segment)> {
        self.placed().filter(|(new, segment)| !matches!(segment, Segment::Keep(old) if old == new))
    }

    /// What is replaced, in order: spans of the old file, and what takes their place in the new one.
    pub fn replaced(&self) -> impl Iterator<Item = (Span, Span)> {
        let mut moved = 0_i128;
        self.replaced.iter().map(move |(old, len)| {
            let start = i128::from(old.start()).saturating_add(moved);
            let start = u64::try_from(start).unwrap_or(u64::MAX);
            moved = moved.saturating_add(i128::from(*len)).saturating_sub(i128::from(old.len()));
            (*old, Span::new(start, start.saturating_add(*len)))
        })
    }

    /// Whether the new file is the old one.
    pub fn is_empty(&self) -> bool {
        self.old_len == self.new_len && self.stores().next().is_none()
    }

    /// How the edit fits.
    pub const fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// The same new file, made in another way.
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy, why: impl Into<String>) -> Self {
        self.strategy = strategy;
        self.why = why.into();
        self
    }

    /// Why it fits so, in a sentence.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Where places go.
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Bytes that are put.
    pub fn bytes_put(&self) -> u64 {
        self.segments.iter().filter(|s| !matches!(s, Segment::Keep(_))).map(Segment::new_len).sum()
    }

    /// Kept bytes that stand somewhere else afterwards.
    pub fn bytes_moved(&self) -> u64 {
        self.stores().filter(|(_, s)| matches!(s, Segment::Keep(_))).map(|(new, _)| new.len()).sum()
    }

    /// Makes the bytes of one segment in blocks and hands them on in order.
    ///
    /// # Errors
    ///
    /// Those of reading the old file and of `sink`.
    pub fn render(
        &self,
        segment: &Segment,
        old: &dyn Source,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut read = Vec::new();
        match segment {
            Segment::Put(bytes) => sink(bytes),
            Segment::Keep(span) => {
                for block in span.blocks(BLOCK) {
                    old.read_at(block, &mut read)?;
                    sink(&read)?;
                }
                Ok(())
            }
            Segment::Table(table) => {
                let mut made = Vec::new();
                for block in table.entries.blocks(table.block(BLOCK)) {
                    old.read_at(block, &mut read)?;
                    made.clear();
                    table.render(&read, &self.shape, &mut made).map_err(|TooWide| {
                        io::Error::other(
                            "an entry of an offset table does not fit: the file changed since it was read",
                        )
                    })?;
                    sink(&made)?;
                }
                Ok(())
            }
        }
    }

    /// The new file in memory. For small files and tests.
    ///
    /// # Errors
    ///
    /// Those of reading `old`.
    pub fn to_vec(&self, old: &dyn Source) -> io::Result<Vec<u8>> {
        let mut new = Vec::new();
        let len = usize::try_from(self.new_len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        new.try_reserve_exact(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
        for segment in &self.segments {
            self.render(segment, old, &mut |bytes| {
                new.extend_from_slice(bytes);
                Ok(())
            })?;
        }
        Ok(new)
    }
}

impl Segment {
    /// Bytes it takes in the new file.
    pub fn new_len(&self) -> u64 {
        match self {
            Self::Keep(span) => span.len(),
            Self::Put(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::Table(table) => table.new_len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Width;

    fn put(start: u64, end: u64, bytes: &'static [u8]) -> Replacement {
        Replacement::of(Span::new(start, end), With::Bytes(Bytes::from_static(bytes)))
    }

    #[test]
    fn a_plan_keeps_everything_it_does_not_replace() {
        let shape = Shape::new(vec![Splice { from: Place::start(2), to: Place::start(4), len: 3 }]).unwrap();
        let plan = Plan::new(6, shape, vec![put(2, 4, b"XYZ")], Strategy::Copy, "").unwrap();
        assert_eq!(plan.to_vec(&&b"abcdef"[..]).unwrap(), b"abXYZef");
        assert_eq!((plan.bytes_put(), plan.bytes_moved()), (3, 2));
        assert_eq!(plan.stores().map(|(new, _)| new).collect::<Vec<_>>(), [Span::new(2, 5), Span::new(5, 7)]);
    }

    #[test]
    fn what_is_replaced_is_told_in_both_files() {
        let (two, none) = (Bytes::from_static(b"XY"), Bytes::new());
        let edits = [(Span::new(1, 1), two.clone()), (Span::new(2, 5), none), (Span::new(5, 6), two)];
        let plan = Plan::splices(8, edits, Strategy::Copy, "").unwrap();
        assert_eq!(plan.to_vec(&&b"abcdefgh"[..]).unwrap(), b"aXYbXYgh");
        let told: Vec<_> = plan.replaced().collect();
        assert_eq!(
            told,
            [
                (Span::new(1, 1), Span::new(1, 3)),
                (Span::new(2, 5), Span::new(4, 4)),
                (Span::new(5, 6), Span::new(4, 6))
            ]
        );
        let twice = [(Span::new(2, 5), Bytes::new()), (Span::new(4, 6), Bytes::new())];
        assert!(matches!(Plan::splices(8, twice, Strategy::Copy, ""), Err(Error::Overlap { at: 4 })));
    }

    #[test]
    fn nothing_replaced_is_an_empty_plan() {
        let plan = Plan::new(6, Shape::default(), Vec::new(), Strategy::Same, "").unwrap();
        assert!(plan.is_empty());
    }

    #[test]
    fn bytes_that_do_not_add_up_to_the_moves_are_refused() {
        let error = Plan::new(6, Shape::default(), vec![put(2, 4, b"X")], Strategy::Same, "").unwrap_err();
        assert_eq!(error.to_string(), "a plan for 6 bytes makes 5");
    }

    #[test]
    fn replacements_that_overlap_are_refused() {
        let error =
            Plan::new(6, Shape::default(), vec![put(2, 4, b"XX"), put(3, 5, b"YY")], Strategy::Same, "");
        assert!(matches!(error, Err(Error::Overlap { at: 3 })));
    }

    #[test]
    fn a_table_is_made_while_applying() {
        let shape = Shape::new(vec![Splice::insert(Place::gap(8, 0), 4)]).unwrap();
        let table = Table {
            entries: Span::new(0, 8),
            stride: 4,
            at: 0,
            width: Width::Four,
            new_width: Width::Four,
            from: Place::ORIGIN,
        };
        let replacements = vec![put(8, 8, b"free"), Replacement::of(table.entries, With::Table(table))];
        let plan = Plan::new(10, shape, replacements, Strategy::Copy, "").unwrap();
        let new = plan.to_vec(&&[0, 0, 0, 8, 0, 0, 0, 9, b'a', b'b'][..]).unwrap();
        assert_eq!(new, [0, 0, 0, 12, 0, 0, 0, 13, b'f', b'r', b'e', b'e', b'a', b'b']);
    }
}
