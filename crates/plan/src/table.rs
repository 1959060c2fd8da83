//! A run of equal entries with one offset each: `stco`, `co64`, `saio`, `tfra`.
//!
//! ```text
//!   entries            stride
//!   ├──────────────────┬──────────────────┬──── …
//!   │ time   │ offset  │ time   │ offset  │
//!            └ at, width
//! ```
//!
//! Ten million offsets are one value here. They are read and made again in blocks, when a plan is applied.

use crate::{Moved, Place, Shape, Span};

/// Bytes of one offset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Width {
    /// 32 bits.
    Four,
    /// 64 bits.
    Eight,
}

impl Width {
    /// Number of bytes.
    pub const fn bytes(self) -> u8 {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

/// Entries of equal size, each with one unsigned big-endian distance from the same place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Table {
    /// All entries, a whole number of strides.
    pub entries: Span,
    /// Bytes of an entry.
    pub stride: u16,
    /// Where in an entry the distance stands.
    pub at: u16,
    /// How wide it is.
    pub width: Width,
    /// How wide it becomes; wider makes every entry longer.
    pub new_width: Width,
    /// The place the distances count from.
    pub from: Place,
}

/// An entry whose new value does not fit its new width.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooWide;

impl Table {
    /// Number of entries.
    pub fn count(&self) -> u64 {
        self.entries.len().checked_div(u64::from(self.stride)).unwrap_or(0)
    }

    /// Length after the edit.
    pub fn new_len(&self) -> u64 {
        self.count().saturating_mul(u64::from(self.new_stride()))
    }

    fn new_stride(&self) -> u16 {
        let more = self.new_width.bytes().saturating_sub(self.width.bytes());
        self.stride.saturating_add(u16::from(more))
    }

    /// The largest whole number of entries in `block` bytes, in bytes; at least one entry.
    pub fn block(&self, block: u64) -> u64 {
        let stride = u64::from(self.stride).max(1);
        block.saturating_sub(block.checked_rem(stride).unwrap_or(0)).max(stride)
    }

    /// The distances in `old`, which are whole entries.
    pub fn values<'a>(&self, old: &'a [u8]) -> impl Iterator<Item = u64> + use<'a> {
        let (at, width) = (usize::from(self.at), self.width);
        old.chunks_exact(usize::from(self.stride).max(1))
            .map(move |entry| read(entry, at, width).unwrap_or(0))
    }

    /// What the distance `value` becomes: `None` when its target is gone and the number stays.
    pub fn moved(&self, value: u64, shape: &Shape) -> Option<u64> {
        let Moved::To(from) = shape.moved(self.from) else { return None };
        let target = self.from.offset().checked_add(value)?;
        let Moved::To(to) = shape.moved(Place::start(target)) else { return None };
        to.checked_sub(from)
    }

    /// Appends to `new` what becomes of the whole entries in `old`.
    pub(crate) fn render(&self, old: &[u8], shape: &Shape, new: &mut Vec<u8>) -> Result<(), TooWide> {
        let (at, width) = (usize::from(self.at), usize::from(self.width.bytes()));
        for entry in old.chunks_exact(usize::from(self.stride).max(1)) {
            let value = read(entry, at, self.width).ok_or(TooWide)?;
            let value = self.moved(value, shape).unwrap_or(value);
            new.extend_from_slice(entry.get(..at).unwrap_or_default());
            match self.new_width {
                Width::Four => {
                    new.extend_from_slice(&u32::try_from(value).map_err(|_| TooWide)?.to_be_bytes());
                }
                Width::Eight => new.extend_from_slice(&value.to_be_bytes()),
            }
            new.extend_from_slice(entry.get(at.saturating_add(width)..).unwrap_or_default());
        }
        Ok(())
    }
}

fn read(entry: &[u8], at: usize, width: Width) -> Option<u64> {
    let field = entry.get(at..)?;
    match width {
        Width::Four => field.first_chunk().map(|bytes| u64::from(u32::from_be_bytes(*bytes))),
        Width::Eight => field.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Splice;

    const STCO: Table = Table {
        entries: Span::new(0, 8),
        stride: 4,
        at: 0,
        width: Width::Four,
        new_width: Width::Four,
        from: Place::ORIGIN,
    };

    fn eight_more_at(at: u64) -> Shape {
        Shape::new(vec![Splice::insert(Place::gap(at, 0), 8)]).unwrap()
    }

    #[test]
    fn entries_behind_the_insertion_move_and_those_before_it_stay() {
        let mut new = Vec::new();
        STCO.render(&[0, 0, 0, 99, 0, 0, 1, 0], &eight_more_at(100), &mut new).unwrap();
        assert_eq!(new, [0, 0, 0, 99, 0, 0, 1, 8]);
    }

    #[test]
    fn a_wider_table_keeps_its_values() {
        let wide = Table { new_width: Width::Eight, ..STCO };
        let mut new = Vec::new();
        wide.render(&[0, 0, 0, 99, 0xFF, 0xFF, 0xFF, 0xFF], &eight_more_at(100), &mut new).unwrap();
        assert_eq!(new, [0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 1, 0, 0, 0, 7]);
        assert_eq!(wide.new_len(), 16);
    }

    #[test]
    fn a_value_that_does_not_fit_is_an_error_not_a_wrap() {
        assert_eq!(STCO.render(&[0xFF; 4], &eight_more_at(100), &mut Vec::new()), Err(TooWide));
    }

    #[test]
    fn only_the_offset_of_an_entry_changes() {
        let tfra = Table { entries: Span::new(0, 11), stride: 11, at: 4, ..STCO };
        let mut new = Vec::new();
        tfra.render(&[1, 2, 3, 4, 0, 0, 0, 100, 7, 8, 9], &eight_more_at(100), &mut new).unwrap();
        assert_eq!(new, [1, 2, 3, 4, 0, 0, 0, 108, 7, 8, 9]);
    }

    #[test]
    fn blocks_hold_whole_entries() {
        let tfra = Table { entries: Span::new(0, 110), stride: 11, ..STCO };
        assert_eq!(tfra.block(64), 55);
        assert_eq!(tfra.block(4), 11);
    }
}
