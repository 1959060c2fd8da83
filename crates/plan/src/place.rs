//! Where something begins, ends, or could be put.
//!
//! Several places share one offset and still move differently. With a `pssh` box as the last child of
//! `moov`, and `mdat` behind it, three places stand at one offset:
//!
//! ```text
//!              pssh ends   moov ends   mdat begins
//!   rank          -5          -3           1
//!            ▲           ▲
//!            │           └ gap in the file (-2)   moves mdat, not moov's end
//!            └ gap in moov (-4)                   moves moov's end and mdat
//! ```
//!
//! So a place is an offset *and* a rank, and places are compared as pairs, never by offset alone. Ends come
//! first, the deepest box's first, then starts. A gap in a container lies between the ends of its
//! children and its own end. Starts need no order among themselves: no gap lies between two of them, because
//! a container's first child stands behind its header.

/// A place in a file before the edit: an offset, and which of the places there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    offset: u64,
    rank: Rank,
}

impl Place {
    /// The start of the file itself, which offsets from there count from: whatever is put in front, it stays.
    pub const ORIGIN: Self = Self { offset: 0, rank: Rank::ORIGIN };

    /// Where a box, a sample run or any other pointer target begins.
    pub const fn start(offset: u64) -> Self {
        Self { offset, rank: Rank::START }
    }

    /// Where a box at `depth` ends; boxes of the file have depth 1, their children 2.
    pub const fn end(offset: u64, depth: u16) -> Self {
        Self { offset, rank: Rank::end(depth) }
    }

    /// Where a child could be put into a container at `depth`; the file itself has depth 0.
    pub const fn gap(offset: u64, depth: u16) -> Self {
        Self { offset, rank: Rank::gap(depth) }
    }

    /// Bytes from the start of the file.
    pub const fn offset(self) -> u64 {
        self.offset
    }
}

/// The order of places that share an offset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Rank(i32);

impl Rank {
    const ORIGIN: Self = Self(i32::MIN);
    const START: Self = Self(1);

    #[expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "16 bits doubled fit 32")]
    const fn end(depth: u16) -> Self {
        Self(-(2 * depth as i32 + 1))
    }

    #[expect(clippy::as_conversions, clippy::arithmetic_side_effects, reason = "16 bits doubled fit 32")]
    const fn gap(depth: u16) -> Self {
        Self(-(2 * depth as i32 + 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_one_offset_inner_ends_come_before_outer_ends_before_starts() {
        let at = 100;
        let order = [
            Place::end(at, 3),
            Place::gap(at, 2),
            Place::end(at, 2),
            Place::gap(at, 1),
            Place::end(at, 1),
            Place::gap(at, 0),
            Place::end(at, 0),
            Place::start(at),
        ];
        assert!(order.is_sorted_by(|a, b| a < b), "{order:?}");
    }

    #[test]
    fn the_start_of_the_file_comes_before_the_first_gap() {
        assert!(Place::ORIGIN < Place::gap(0, u16::MAX));
    }

    #[test]
    fn the_offset_counts_first() {
        assert!(Place::start(99) < Place::end(100, 9));
    }
}
