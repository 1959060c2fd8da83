//! Licenses in an embedded license store.
//!
//! ```text
//!  value of a record of type 3
//!  ┌──────────────┬──────────────────┬──────────┬──────────────────┬───────────────┐
//!  │ unknown      │ XMR\0 … license  │ unknown  │ XMR\0 … license  │ zeros         │
//!  └──────────────┴──────────────────┴──────────┴──────────────────┴───────────────┘
//! ```
//!
//! How a filled store is laid out is not public, and no filled store is. So it is searched for what can only be a
//! license: the magic, version 3, and behind the id an outer container with its flag whose length fits. What lies
//! between is given back as bytes.

use crate::license::HEADER_LEN;
use crate::{License, Limits};
use prkit_playready::Store;

/// What was found in a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoreContents<'a> {
    /// The licenses, with where they begin.
    pub licenses: Vec<(usize, License<'a>)>,
    /// What stands between them and around.
    pub gaps: Vec<Gap<'a>>,
    /// Whether the search ended at its limit.
    pub is_cut: bool,
}

/// Bytes of a store that are no license.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap<'a> {
    /// Where they begin.
    pub offset: usize,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl Gap<'_> {
    /// Whether all bytes are zero.
    pub fn is_zero(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }
}

impl<'a> StoreContents<'a> {
    /// Searches a store. An empty one has no licenses and one gap.
    pub fn of(store: Store<'a>, limits: Limits) -> Self {
        let bytes = store.bytes();
        let mut contents = Self { licenses: Vec::new(), gaps: Vec::new(), is_cut: false };
        let (mut gap_at, mut at) = (0, 0);
        while let Some(next) = next_magic(bytes, at) {
            let Some(license) = bytes.get(next..).and_then(plausible) else {
                at = next.saturating_add(1);
                continue;
            };
            if contents.licenses.len() >= limits.licenses {
                contents.is_cut = true;
                break;
            }
            contents.push_gap(bytes, gap_at, next);
            contents.licenses.push((next, license));
            at = next.saturating_add(license.bytes().len());
            gap_at = at;
        }
        contents.push_gap(bytes, gap_at, bytes.len());
        contents
    }

    fn push_gap(&mut self, bytes: &'a [u8], from: usize, to: usize) {
        if let Some(bytes) = bytes.get(from..to).filter(|bytes| !bytes.is_empty()) {
            self.gaps.push(Gap { offset: from, bytes });
        }
    }
}

fn next_magic(bytes: &[u8], from: usize) -> Option<usize> {
    let found = bytes.get(from..)?.windows(HEADER_LEN).position(License::is_license)?;
    Some(from.saturating_add(found))
}

fn plausible(bytes: &[u8]) -> Option<License<'_>> {
    License::parse(bytes).ok().filter(|license| license.version() == License::VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{leaf, license, license_with_id, outer};
    use proptest::prelude::*;

    fn contents(bytes: &[u8]) -> StoreContents<'_> {
        StoreContents::of(Store::new(bytes), Limits::default())
    }

    #[test]
    fn licenses_are_found_between_bytes_nobody_knows() {
        let first = license_with_id([1; 16], &outer(&[leaf(0x0034, &[0, 150])]));
        let second = license_with_id([2; 16], &outer(&[]));
        let bytes = [&b"head"[..], &first, b"XMR\0gap", &second, &[0; 40]].concat();
        let found = contents(&bytes);
        let at: Vec<_> = found.licenses.iter().map(|(offset, _)| *offset).collect();
        assert_eq!(at, [4, 4 + first.len() + 7]);
        assert_eq!(found.licenses[0].1.bytes(), first);
        let gaps: Vec<_> =
            found.gaps.iter().map(|gap| (gap.offset, gap.bytes.len(), gap.is_zero())).collect();
        assert_eq!(gaps, [(0, 4, false), (4 + first.len(), 7, false), (bytes.len() - 40, 40, true)]);
    }

    #[test]
    fn what_only_begins_like_a_license_is_none() {
        let mut other_version = license(&outer(&[]));
        other_version[7] = 2;
        let mut too_long = license(&outer(&[]));
        too_long[31] = 255;
        let mut leaf_outer = license(&outer(&[]));
        leaf_outer[25] = 1;
        for bytes in [other_version, too_long, leaf_outer, b"XMR\0".to_vec()] {
            assert_eq!(contents(&bytes).licenses, []);
        }
        let empty = contents(&[0; 64]);
        assert!(empty.licenses.is_empty() && empty.gaps[0].is_zero());
        assert_eq!(contents(&[]).gaps, []);
    }

    #[test]
    fn a_store_full_of_magic_is_searched_to_the_limit() {
        let many = license(&outer(&[])).repeat(3000);
        let found = contents(&many);
        assert_eq!((found.licenses.len(), found.is_cut), (1024, true));
        // Nothing but the first four bytes, a quarter of a megabyte of them.
        assert_eq!(contents(&b"XMR\0".repeat(65_536)).licenses.len(), 0);
    }

    proptest! {
        #[test]
        fn licenses_and_gaps_cover_the_store(
            parts in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..20), any::<bool>()), 0..6),
        ) {
            let license = license(&outer(&[leaf(0x0034, &[0, 150])]));
            let bytes: Vec<u8> = parts
                .iter()
                .flat_map(|(gap, full)| [&gap[..], if *full { &license[..] } else { &[] }].concat())
                .collect();
            let found = contents(&bytes);
            let covered: usize = found.licenses.iter().map(|(_, l)| l.bytes().len()).sum::<usize>()
                + found.gaps.iter().map(|gap| gap.bytes.len()).sum::<usize>();
            prop_assert_eq!(covered, bytes.len());
            prop_assert!(found.licenses.len() >= parts.iter().filter(|(_, full)| *full).count());
        }
    }
}
