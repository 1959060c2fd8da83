//! A number in a file that says how far one place is from another.

use crate::{Encoded, Form, Moved, Place, Shape};

/// Where a distance is written down, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Offset of its first byte before the edit.
    pub at: u64,
    /// Width and sign.
    pub form: Form,
}

/// The distance `to - from`, and the field that holds it.
///
/// Without a field (an implicit base, a first `trun` without an offset, an `iloc` field of width 0) the value is
/// fixed by the format: an edit that would change it has no way to say so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Distance {
    /// Where the value is written, if it is.
    pub field: Option<Field>,
    /// The place it counts from.
    pub from: Place,
    /// The place it points at.
    pub to: Place,
}

/// What becomes of a distance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing to patch.
    Same,
    /// The field gets these bytes.
    To(Encoded),
    /// The new value does not fit the field, or there is no field to hold it.
    TooFar(i128),
    /// One of its places lies inside replaced bytes: the number stays, and it points at nothing.
    Stale,
}

impl Distance {
    /// The value before the edit.
    pub fn now(&self) -> i128 {
        between(self.from.offset(), self.to.offset())
    }

    /// The value after the edit; `None` when a place is gone.
    pub fn after(&self, shape: &Shape) -> Option<i128> {
        match shape.moved(self.from) {
            Moved::To(from) => self.after_from(from, shape),
            Moved::Gone => None,
        }
    }

    /// The value after the edit where it counts from this offset then: another pointer whose target is gone keeps its
    /// number, and says so where that is. `None` when the target is gone.
    pub fn after_from(&self, from: u64, shape: &Shape) -> Option<i128> {
        match shape.moved(self.to) {
            Moved::To(to) => Some(between(from, to)),
            Moved::Gone => None,
        }
    }

    /// What an edit makes of the field.
    pub fn change(&self, shape: &Shape) -> Change {
        self.changed(self.after(shape))
    }

    /// What becomes of the field when this is the value after the edit.
    pub fn changed(&self, after: Option<i128>) -> Change {
        match (after, self.field) {
            (None, _) => Change::Stale,
            (Some(after), _) if after == self.now() => Change::Same,
            (Some(after), None) => Change::TooFar(after),
            (Some(after), Some(field)) => field.form.encode(after).map_or(Change::TooFar(after), Change::To),
        }
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "the difference of two 64-bit numbers fits 128 bits")]
pub(crate) fn between(from: u64, to: u64) -> i128 {
    i128::from(to) - i128::from(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Splice;

    fn shape(splices: Vec<Splice>) -> Shape {
        Shape::new(splices).unwrap()
    }

    /// `moov` at 0..100 with `pssh` at 40..100 as its last child, `mdat` at 100..200.
    fn pssh_grows_by(more: u64) -> Shape {
        shape(vec![Splice { from: Place::start(40), to: Place::end(100, 2), len: 60 + more }])
    }

    fn u32_at(at: u64, from: Place, to: Place) -> Distance {
        Distance { field: Some(Field { at, form: Form::U32 }), from, to }
    }

    #[test]
    fn the_size_of_the_container_grows_and_that_of_its_neighbour_does_not() {
        let shape = pssh_grows_by(8);
        let moov = u32_at(0, Place::ORIGIN, Place::end(100, 1));
        let mdat = u32_at(100, Place::start(100), Place::end(200, 1));
        assert_eq!(moov.after(&shape), Some(108));
        assert_eq!(mdat.change(&shape), Change::Same);
    }

    #[test]
    fn an_absolute_offset_follows_its_target_and_a_relative_one_stays() {
        let shape = pssh_grows_by(8);
        let chunk = u32_at(20, Place::ORIGIN, Place::start(108));
        let within = u32_at(24, Place::start(100), Place::start(108));
        assert_eq!(chunk.after(&shape), Some(116));
        assert_eq!(within.change(&shape), Change::Same);
    }

    #[test]
    fn an_insertion_in_the_file_does_not_grow_the_box_that_ends_there() {
        let gap = Place::gap(100, 0);
        let shape = shape(vec![Splice { from: gap, to: gap, len: 8 }]);
        assert_eq!(u32_at(0, Place::ORIGIN, Place::end(100, 1)).change(&shape), Change::Same);
        assert_eq!(u32_at(20, Place::ORIGIN, Place::start(100)).after(&shape), Some(108));
    }

    #[test]
    fn an_insertion_as_last_child_grows_the_container_but_not_the_child_before_it() {
        let gap = Place::gap(100, 1);
        let shape = shape(vec![Splice { from: gap, to: gap, len: 8 }]);
        assert_eq!(u32_at(40, Place::start(40), Place::end(100, 2)).change(&shape), Change::Same);
        assert_eq!(u32_at(0, Place::ORIGIN, Place::end(100, 1)).after(&shape), Some(108));
    }

    #[test]
    fn a_distance_without_a_field_may_not_change() {
        let shape = pssh_grows_by(8);
        let fixed = Distance { field: None, from: Place::ORIGIN, to: Place::start(108) };
        assert_eq!(fixed.change(&shape), Change::TooFar(116));
        let free = Distance { field: None, from: Place::start(100), to: Place::start(108) };
        assert_eq!(free.change(&shape), Change::Same);
    }

    #[test]
    fn a_value_that_no_longer_fits_is_named() {
        let gap = Place::gap(100, 0);
        let shape = shape(vec![Splice { from: gap, to: gap, len: 1 }]);
        let last = u32_at(20, Place::ORIGIN, Place::start(0xFFFF_FFFF));
        assert_eq!(last.change(&shape), Change::TooFar(0x1_0000_0000));
    }

    #[test]
    fn a_pointer_into_replaced_bytes_keeps_its_number_and_is_stale() {
        let shape = pssh_grows_by(8);
        assert_eq!(u32_at(20, Place::ORIGIN, Place::start(50)).change(&shape), Change::Stale);
    }

    #[test]
    fn a_pointer_past_the_end_of_the_file_moves_with_the_end() {
        let shape = pssh_grows_by(8);
        assert_eq!(u32_at(20, Place::ORIGIN, Place::start(1_000)).after(&shape), Some(1_008));
    }

    #[test]
    fn a_pointer_at_the_first_replaced_byte_stays_with_the_box() {
        let shape = pssh_grows_by(8);
        assert_eq!(u32_at(20, Place::ORIGIN, Place::start(40)).change(&shape), Change::Same);
    }
}
