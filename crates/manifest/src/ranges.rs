//! Ranges of a text that were read: what overlaps one of them is found without looking at all.

use core::ops::Range;

/// Ranges that ascend and do not touch each other.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Ranges(Vec<Range<usize>>);

impl Ranges {
    /// Those of a list in any order; what overlaps or touches is one range.
    pub(crate) fn of(mut all: Vec<Range<usize>>) -> Self {
        all.retain(|range| !range.is_empty());
        all.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(all.len());
        for range in all {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Self(merged)
    }

    /// Whether one of them has a place in common with a range; an empty one has none.
    pub(crate) fn overlaps(&self, range: &Range<usize>) -> bool {
        // Only the last one that begins before the end can reach into it.
        let before = self.0.partition_point(|known| known.start < range.end);
        let last = before.checked_sub(1).and_then(|last| self.0.get(last));
        !range.is_empty() && last.is_some_and(|known| range.start < known.end)
    }

    pub(crate) fn as_slice(&self) -> &[Range<usize>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn overlaps_is_what_a_look_at_all_of_them_says(
            all in proptest::collection::vec((0_usize..60, 0_usize..6), 0..12),
            start in 0_usize..70,
            len in 0_usize..6,
        ) {
            let all: Vec<_> = all.into_iter().map(|(start, len)| start..start + len).collect();
            let range = start..start + len;
            let plain = all.iter().any(|known| known.start.max(range.start) < known.end.min(range.end));
            let ranges = Ranges::of(all);
            prop_assert_eq!(ranges.overlaps(&range), plain);
            prop_assert!(ranges.as_slice().windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
