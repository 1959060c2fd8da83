//! Keys of sample groups (ISO/IEC 23001-7, 6; ISO/IEC 14496-12, 8.9.3): where keys rotate, `tenc` is only the default.
//!
//! ```text
//!   sgpd    version flags │ seig │ default length │ default index │ count │ entries
//!           1       3       4      4 (version 1+)   4 (version 2)   4
//!   entry   length │ reserved │ pattern │ protected │ IV size │ key id │ constant IV
//!           4*       1          1         1           1         16       1 + … if IV size is 0
//!   entry   length │ 80       │ pattern │ protected │ count │ per key: IV size, key id, constant IV
//!           4*       1          1         1           2                1        16      1 + … if IV size is 0
//!                                                    * where the default length is 0
//! ```
//!
//! Version 0 has no length: an entry is as long as it says. Neither has version 2 by ISO/IEC 14496-12:2015, where the length
//! is of version 1 only; later editions have it in all from 1 on. Which of the two a box follows, its own length tells.
//!
//! The second form is that of the 4th edition, where samples have several keys. Anything else is not read: what would be
//! taken for a key id were bytes of something else.

use crate::error::Result;
use crate::field::u32_at;
use crate::limits::{Limits, MAX_GROUPS_LEN};
use crate::reader::Reader;
use crate::track::KeysFault;
use prkit_plan::Span;
use prkit_playready::KeyId;

/// The key of a group of samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seig {
    /// Whether the samples are encrypted.
    pub protected: bool,
    /// Bytes of the initialisation vector of a sample; 0 with a constant one.
    pub iv_size: u8,
    /// The key, in UUID order on the wire.
    pub kid: KeyId,
}

impl Seig {
    const LEN: usize = 20;
    /// Bytes up to the grouping type.
    const HEAD: u64 = 8;

    /// Reads the content of a `sgpd` box, as far as it has to be read.
    ///
    /// # Errors
    ///
    /// In the inner result what keeps them from being read.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        content: Span,
        limits: Limits,
    ) -> Result<core::result::Result<Vec<Self>, KeysFault>> {
        let first =
            |len: u64| Span::new(content.start(), content.end().min(content.start().saturating_add(len)));
        if reader.bytes(first(Self::HEAD))?.get(4..8) != Some(b"seig") {
            return Ok(Ok(Vec::new()));
        }
        let content_len = usize::try_from(content.len()).unwrap_or(usize::MAX);
        Ok(Self::parse_all(reader.bytes(first(MAX_GROUPS_LEN))?, content_len, limits))
    }

    /// The groups that the content of a `sgpd` box describes, of which the first bytes are here; none when it groups by
    /// something else.
    fn parse_all(
        content: &[u8],
        content_len: usize,
        limits: Limits,
    ) -> core::result::Result<Vec<Self>, KeysFault> {
        let Some(version) = content.first().filter(|_| content.get(4..8) == Some(b"seig")) else {
            return Ok(Vec::new());
        };
        let told = |at| u32_at(content, at).map_or(Length::Own, Length::of);
        let entries = |length: Length, at: usize| {
            let count = u32_at(content, at).unwrap_or(0);
            let rest = content.get(at.saturating_add(4)..).unwrap_or_default();
            let list = Entries { length, rest, left: count.min(limits.entries) };
            (list, content_len.saturating_sub(at).saturating_sub(4))
        };
        let (list, _) = match version {
            0 => entries(Length::Itself, 8),
            1 => entries(told(8), 12),
            2 => {
                let (later, of_2015) = (entries(told(8), 16), entries(Length::Itself, 12));
                let fits = |(list, len): &(Entries<'_>, usize)| list.clone().takes(*len);
                if !fits(&later) && fits(&of_2015) { of_2015 } else { later }
            }
            other => return Err(KeysFault::Unknown(*other)),
        };
        let mut found = Vec::new();
        let (mut list, told, mut taken) = (list.clone(), list.left, 0_u32);
        for entry in list.by_ref() {
            taken = taken.saturating_add(1);
            match entry.first() {
                Some(0) => found.push(Self::parse(entry).ok_or(KeysFault::Cut)?),
                Some(&MULTI_KEY) => found.extend(Self::parse_several(entry).ok_or(KeysFault::Cut)?),
                Some(other) => return Err(KeysFault::Unknown(*other)),
                None => {}
            }
        }
        // A count that is too large is that of a careless writer; a part of an entry is a box that was cut.
        let is_cut = taken < told && !list.rest.is_empty() && content.len() == content_len;
        if is_cut { Err(KeysFault::Cut) } else { Ok(found) }
    }

    fn parse(entry: &[u8]) -> Option<Self> {
        let ([_, _, protected, iv_size], rest) = entry.split_first_chunk::<4>()?;
        let kid = KeyId::from_uuid_bytes(*rest.first_chunk()?);
        Some(Self { protected: *protected != 0, iv_size: *iv_size, kid })
    }

    /// The keys of an entry with several, if all are there.
    fn parse_several(entry: &[u8]) -> Option<Vec<Self>> {
        let (found, rest) = Self::split_several(entry);
        rest.map(|_| found)
    }

    /// The same, and what is behind them.
    fn split_several(entry: &[u8]) -> (Vec<Self>, Option<&[u8]>) {
        let mut found = Vec::new();
        let Some(([_, _, protected, a, b], mut rest)) = entry.split_first_chunk::<5>() else {
            return (found, None);
        };
        let protected = *protected != 0;
        for _ in 0..u16::from_be_bytes([*a, *b]) {
            let Some(([iv_size], after)) = rest.split_first_chunk() else { return (found, None) };
            let Some((kid, after)) = after.split_first_chunk() else { return (found, None) };
            found.push(Self { protected, iv_size: *iv_size, kid: KeyId::from_uuid_bytes(*kid) });
            let Some(after) = behind_constant(after, protected, *iv_size) else { return (found, None) };
            rest = after;
        }
        (found, Some(rest))
    }
}

/// What is behind the constant vector of a key, where it has one.
fn behind_constant(rest: &[u8], protected: bool, iv_size: u8) -> Option<&[u8]> {
    if !protected || iv_size > 0 {
        return Some(rest);
    }
    let (len, after) = rest.split_first()?;
    after.get(usize::from(*len)..)
}

/// How long entries are.
#[derive(Clone, Copy)]
enum Length {
    /// All as long.
    Each(usize),
    /// The length stands in front of each.
    Own,
    /// As long as its fields are.
    Itself,
}

impl Length {
    fn of(default: u32) -> Self {
        match usize::try_from(default) {
            Ok(0) => Self::Own,
            len => Self::Each(len.unwrap_or(usize::MAX)),
        }
    }
}

/// The entries of a box, as far as they are whole.
#[derive(Clone)]
struct Entries<'e> {
    length: Length,
    rest: &'e [u8],
    left: u32,
}

impl Entries<'_> {
    /// Whether there are as many as are said, each with a first byte that is known, and nothing is behind them.
    fn takes(mut self, len: usize) -> bool {
        let mut taken = 0_usize;
        while self.left > 0 {
            let before = self.rest.len();
            let Some(entry) = self.next() else { return false };
            if !matches!(entry.first(), Some(&(0 | MULTI_KEY))) || entry.len() < Seig::LEN {
                return false;
            }
            taken = taken.saturating_add(before.saturating_sub(self.rest.len()));
        }
        taken == len
    }
}

impl<'e> Iterator for Entries<'e> {
    type Item = &'e [u8];

    fn next(&mut self) -> Option<&'e [u8]> {
        self.left = self.left.checked_sub(1)?;
        let len = match self.length {
            Length::Each(len) => len,
            Length::Own => {
                let (len, after) = self.rest.split_first_chunk()?;
                let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
                let (entry, after) = after.split_at_checked(len)?;
                self.rest = after;
                return Some(entry);
            }
            Length::Itself => {
                let behind = match self.rest {
                    [MULTI_KEY, ..] => Seig::split_several(self.rest).1?,
                    [_, _, protected, iv_size, ..] => {
                        behind_constant(self.rest.get(Seig::LEN..)?, *protected != 0, *iv_size)?
                    }
                    _ => return None,
                };
                self.rest.len().saturating_sub(behind.len())
            }
        };
        let (entry, after) = self.rest.split_at_checked(len)?;
        self.rest = after;
        Some(entry)
    }
}

/// The first byte of an entry with several keys.
const MULTI_KEY: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kid: u8) -> Vec<u8> {
        let mut bytes = vec![0, 0x19, 1, 8];
        bytes.extend([kid; 16]);
        bytes
    }

    fn sgpd(version: u8, default_len: Option<u32>, count: u32, entries: &[u8]) -> Vec<u8> {
        let mut bytes = vec![version, 0, 0, 0];
        bytes.extend(b"seig");
        bytes.extend(default_len.into_iter().flat_map(u32::to_be_bytes));
        if version == 2 {
            bytes.extend([0; 4]);
        }
        bytes.extend(count.to_be_bytes());
        bytes.extend(entries);
        bytes
    }

    fn kids(content: &[u8]) -> Vec<u8> {
        let found = Seig::parse_all(content, content.len(), Limits::default()).unwrap();
        assert!(found.iter().all(|seig| seig.protected && seig.iv_size == 8));
        found.iter().map(|seig| seig.kid.to_uuid_bytes()[0]).collect()
    }

    #[test]
    fn every_version_names_its_keys() {
        let two = [entry(1), entry(2)].concat();
        let longer = [[entry(3), vec![0; 9]].concat(), [entry(4), vec![0; 9]].concat()].concat();
        let own = [&20_u32.to_be_bytes()[..], &entry(5), &22_u32.to_be_bytes(), &entry(6), &[0, 0]].concat();
        assert_eq!(kids(&sgpd(0, None, 2, &two)), [1, 2]);
        assert_eq!(kids(&sgpd(1, Some(20), 2, &two)), [1, 2]);
        assert_eq!(kids(&sgpd(2, Some(29), 2, &longer)), [3, 4]);
        assert_eq!(kids(&sgpd(1, Some(0), 2, &own)), [5, 6]);
    }

    #[test]
    fn entries_without_a_length_are_as_long_as_their_fields() {
        let constant = |kid: u8, len: u8| {
            [&[0, 0x19, 1, 0][..], &[kid; 16], &[len], &vec![7; usize::from(len)]].concat()
        };
        let several = [&[0x80, 0x19, 1, 0, 2][..], &[8], &[5; 16], &[0], &[6; 16], &[3, 7, 7, 7]].concat();
        let clear = [&[0, 0, 0, 0][..], &[0; 16]].concat();
        let entries = [constant(1, 8), entry(2), clear, constant(3, 16), several, entry(4)].concat();
        // By the edition of 2015 version 2 has an index where later ones have a length, and no length.
        for index in [0_u32, 1, 6, 20] {
            let first = sgpd(0, None, 6, &entries);
            let second =
                [&[2, 0, 0, 0][..], b"seig", &index.to_be_bytes(), &6_u32.to_be_bytes(), &entries].concat();
            for content in [first, second] {
                let found = Seig::parse_all(&content, content.len(), Limits::default()).unwrap();
                let kids: Vec<u8> = found.iter().map(|seig| seig.kid.to_uuid_bytes()[0]).collect();
                assert_eq!(kids, [1, 2, 0, 3, 5, 6, 4], "index {index}");
            }
        }
        // A constant vector behind a length that says so is as before.
        let len = u32::try_from(constant(1, 16).len()).unwrap();
        let both = [constant(1, 16), constant(2, 16)].concat();
        for version in [1, 2] {
            let content = sgpd(version, Some(len), 2, &both);
            let found = Seig::parse_all(&content, content.len(), Limits::default()).unwrap();
            assert_eq!(found.iter().map(|seig| seig.kid.to_uuid_bytes()[0]).collect::<Vec<_>>(), [1, 2]);
        }
    }

    #[test]
    fn groups_of_another_kind_name_none() {
        let mut roll = sgpd(1, Some(20), 1, &entry(1));
        roll[4..8].copy_from_slice(b"roll");
        assert_eq!(kids(&roll), [0_u8; 0]);
        assert_eq!(kids(&sgpd(1, Some(20), u32::MAX, &entry(1))), [1], "a count that is too large");
        assert_eq!(kids(&[]), [0_u8; 0]);
    }

    #[test]
    fn a_box_that_was_cut_is_not_read_in_part() {
        let key = |iv_size: u8, kid: u8| [&[iv_size][..], &[kid; 16]].concat();
        let constant = [&[0x80, 0x19, 1, 0, 2][..], &key(0, 3), &[2, 7, 7], &key(0, 4), &[1, 7]].concat();
        let several = [&[0x80, 0x19, 1, 0, 2][..], &key(8, 1), &key(8, 2)].concat();
        let parse = |bytes: &[u8]| Seig::parse_all(bytes, bytes.len(), Limits::default());
        for entry in [several, constant] {
            let len = u32::try_from(entry.len()).unwrap();
            let own = [&len.to_be_bytes()[..], &entry].concat();
            for content in
                [sgpd(0, None, 1, &entry), sgpd(1, Some(len), 1, &entry), sgpd(1, Some(0), 1, &own)]
            {
                assert_eq!(parse(&content).map(|found| found.len()), Ok(2));
                for cut in 1..entry.len() {
                    assert_eq!(parse(&content[..content.len() - cut]), Err(KeysFault::Cut), "{cut}");
                }
            }
            // The length says less than the keys take.
            let short = sgpd(1, Some(30), 1, &entry[..30]);
            assert_eq!(parse(&short), Err(KeysFault::Cut));
        }
        for content in [
            sgpd(1, Some(20), 2, &[entry(1), entry(2)[..19].to_vec()].concat()),
            sgpd(1, Some(19), 1, &entry(1)[..19]),
            sgpd(1, Some(u32::MAX), 1, &entry(1)),
            sgpd(1, Some(0), 9, &[0, 0]),
        ] {
            assert_eq!(parse(&content), Err(KeysFault::Cut));
        }
    }

    #[test]
    fn an_entry_with_several_keys_names_all_of_them() {
        let key = |iv_size: u8, kid: u8| [&[iv_size][..], &[kid; 16]].concat();
        let entry = [&[0x80, 0x19, 1, 0, 2][..], &key(8, 1), &key(8, 2)].concat();
        let len = u32::try_from(entry.len()).unwrap();
        assert_eq!(kids(&sgpd(1, Some(len), 1, &entry)), [1, 2]);
        let constant = [&[0x80, 0x19, 1, 0, 2][..], &key(0, 3), &[2, 7, 7], &key(0, 4), &[1, 7]].concat();
        let found = Seig::parse_several(&constant).unwrap();
        assert_eq!(found.iter().map(|seig| seig.kid.to_uuid_bytes()[0]).collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn what_is_not_known_is_named_and_not_guessed() {
        let parse = |bytes: &[u8]| Seig::parse_all(bytes, bytes.len(), Limits::default());
        assert_eq!(parse(&sgpd(3, Some(20), 1, &entry(1))), Err(KeysFault::Unknown(3)));
        let mut other = entry(1);
        other[0] = 0x40;
        assert_eq!(parse(&sgpd(1, Some(20), 1, &other)), Err(KeysFault::Unknown(0x40)));
    }
}
