//! How much is replaced by how much, and where every place goes.

use crate::{Error, Place, Result, Span};

/// The bytes between two places are replaced by `len` others; nothing is said yet about which.
///
/// An insertion has the same gap twice; a box that changes its length goes from its start to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Splice {
    /// First place that goes.
    pub from: Place,
    /// First place that stays.
    pub to: Place,
    /// Bytes that stand there afterwards.
    pub len: u64,
}

impl Splice {
    /// An insertion of `len` bytes at a gap.
    pub const fn insert(gap: Place, len: u64) -> Self {
        Self { from: gap, to: gap, len }
    }

    /// The replaced bytes.
    pub const fn old(&self) -> Span {
        Span::new(self.from.offset(), self.to.offset())
    }
}

/// Where a place is after the edit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moved {
    /// At this offset.
    To(u64),
    /// Nowhere: it lay strictly inside replaced bytes.
    Gone,
}

/// All splices of an edit, in order. Fixed before any payload is written, so that payloads can hold offsets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    splices: Vec<Step>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Step {
    splice: Splice,
    /// What places behind this splice move by, this one included.
    shift: i128,
}

impl Shape {
    /// Puts splices in order.
    ///
    /// # Errors
    ///
    /// [`Error::Overlap`] when two of them share bytes or one ends before it begins.
    pub fn new(mut splices: Vec<Splice>) -> Result<Self> {
        splices.sort_by_key(|splice| (splice.from, splice.to));
        let mut shift = 0_i128;
        let mut last: Option<Place> = None;
        let mut steps = Vec::with_capacity(splices.len());
        for splice in splices {
            if splice.to < splice.from || last.is_some_and(|last| splice.from < last) {
                return Err(Error::Overlap { at: splice.from.offset() });
            }
            last = Some(splice.to);
            let delta = i128::from(splice.len).saturating_sub(i128::from(splice.old().len()));
            shift = shift.saturating_add(delta);
            steps.push(Step { splice, shift });
        }
        Ok(Self { splices: steps })
    }

    /// Where a place goes. Places past the end of the file move with the end.
    pub fn moved(&self, place: Place) -> Moved {
        // Splices that begin at or before the place; a place at the very start of one stays in front of it.
        let begun = self.splices.partition_point(|step| step.splice.from < place);
        let Some(last) = begun.checked_sub(1).and_then(|i| self.splices.get(i)) else {
            return Moved::To(place.offset());
        };
        if place >= last.splice.to {
            return shifted(place.offset(), last.shift);
        }
        Moved::Gone
    }

    /// The length of a file of `len` bytes after the edit.
    pub fn moved_len(&self, len: u64) -> u64 {
        match shifted(len, self.shift()) {
            Moved::To(len) => len,
            Moved::Gone => 0,
        }
    }

    /// What the end of the file moves by.
    pub fn shift(&self) -> i128 {
        self.splices.last().map_or(0, |step| step.shift)
    }

    /// Whether no place moves.
    pub fn moves_nothing(&self) -> bool {
        self.splices.iter().all(|step| step.shift == 0)
    }

    /// The splices, in order.
    pub fn splices(&self) -> impl ExactSizeIterator<Item = &Splice> {
        self.splices.iter().map(|step| &step.splice)
    }
}

fn shifted(offset: u64, shift: i128) -> Moved {
    u64::try_from(i128::from(offset).saturating_add(shift)).map_or(Moved::Gone, Moved::To)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_insertions_in_one_gap_both_count() {
        let gap = Place::gap(10, 0);
        let shape = Shape::new(vec![Splice::insert(gap, 3), Splice::insert(gap, 4)]).unwrap();
        assert_eq!(shape.moved(Place::start(10)), Moved::To(17));
        assert_eq!(shape.moved(Place::end(10, 1)), Moved::To(10));
    }

    #[test]
    fn an_insertion_behind_a_replaced_box_moves_what_follows_only() {
        let shape = Shape::new(vec![
            Splice { from: Place::start(10), to: Place::end(20, 2), len: 6 },
            Splice::insert(Place::gap(20, 1), 100),
        ])
        .unwrap();
        assert_eq!(shape.moved(Place::end(20, 2)), Moved::To(16));
        assert_eq!(shape.moved(Place::end(20, 1)), Moved::To(116));
        assert_eq!(shape.moved(Place::start(20)), Moved::To(116));
        assert_eq!(shape.moved_len(30), 126);
    }

    #[test]
    fn overlapping_splices_are_refused() {
        let a = Splice { from: Place::start(10), to: Place::end(20, 2), len: 6 };
        let b = Splice { from: Place::start(15), to: Place::end(30, 2), len: 6 };
        assert!(Shape::new(vec![a, b]).is_err());
        assert!(Shape::new(vec![Splice { from: Place::start(9), to: Place::start(8), len: 0 }]).is_err());
    }

    #[test]
    fn a_change_that_is_taken_back_moves_only_what_lies_between() {
        let shape = Shape::new(vec![
            Splice { from: Place::start(10), to: Place::end(20, 2), len: 14 },
            Splice { from: Place::start(50), to: Place::end(70, 2), len: 16 },
        ])
        .unwrap();
        assert_eq!(shape.moved(Place::start(30)), Moved::To(34));
        assert_eq!(shape.moved(Place::start(70)), Moved::To(70));
        assert_eq!(shape.shift(), 0);
        assert!(!shape.moves_nothing());
    }

    proptest! {
        /// Against the plain definition: copy byte for byte and look where each byte went.
        #[test]
        fn moved_agrees_with_copying(edits in proptest::collection::vec((0_u64..8, 0_u64..6, 0_u64..9), 0..6)) {
            let mut at = 0;
            let mut splices = Vec::new();
            for (keep, drop, put) in edits {
                at += keep + 1;
                splices.push(Splice { from: Place::start(at), to: Place::start(at + drop), len: put });
                at += drop;
            }
            let old_len = at + 5;
            let shape = Shape::new(splices.clone()).unwrap();
            let mut new = Vec::new();
            let mut old_at = 0;
            for splice in &splices {
                new.extend(old_at..splice.old().start());
                new.extend((0..splice.len).map(|_| u64::MAX));
                old_at = splice.old().end();
            }
            new.extend(old_at..old_len);
            prop_assert_eq!(shape.moved_len(old_len), new.len() as u64);
            for (i, byte) in new.iter().enumerate() {
                // A byte at the first replaced place is followed only when it is kept.
                if *byte != u64::MAX && splices.iter().all(|s| s.from.offset() != *byte) {
                    prop_assert_eq!(shape.moved(Place::start(*byte)), Moved::To(i as u64));
                }
            }
        }
    }
}
