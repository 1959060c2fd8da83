//! Keys of sample groups (ISO/IEC 23001-7, 6; ISO/IEC 14496-12, 8.9.3): where keys rotate, `tenc` is only the default.
//!
//! ```text
//!   sgpd    version flags │ seig │ default length │ default index │ count │ entries
//!           1       3       4      4 (version 1+)   4 (version 2)   4
//!   entry   length │ reserved │ pattern │ protected │ IV size │ key id │ constant IV
//!           4*       1          1         1           1         16       … if IV size is 0
//!   entry   length │ 80       │ pattern │ protected │ count │ per key: IV size, key id, constant IV
//!           4*       1          1         1           2                1        16      1 + … if IV size is 0
//!                                                    * where version 1 has default length 0
//! ```
//!
//! The second form is that of the 4th edition, where samples have several keys. Anything else is not read: what would be
//! taken for a key id were bytes of something else.

use crate::error::Result;
use crate::field::u32_at;
use crate::limits::{Limits, MAX_GROUPS_LEN};
use crate::reader::Reader;
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
    /// In the inner result the version, or the first byte of an entry, that is not known.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        content: Span,
        limits: Limits,
    ) -> Result<core::result::Result<Vec<Self>, u8>> {
        let first =
            |len: u64| Span::new(content.start(), content.end().min(content.start().saturating_add(len)));
        if reader.bytes(first(Self::HEAD))?.get(4..8) != Some(b"seig") {
            return Ok(Ok(Vec::new()));
        }
        Ok(Self::parse_all(reader.bytes(first(MAX_GROUPS_LEN))?, limits))
    }

    /// The groups that the content of a `sgpd` box describes; none when it groups by something else.
    fn parse_all(content: &[u8], limits: Limits) -> core::result::Result<Vec<Self>, u8> {
        let Some(version) = content.first().filter(|_| content.get(4..8) == Some(b"seig")) else {
            return Ok(Vec::new());
        };
        let (default_len, at) = match version {
            // Version 0 says no length; what encryption there is has that of an entry.
            0 => (u32::try_from(Self::LEN).unwrap_or(u32::MAX), 8),
            1 => (u32_at(content, 8).unwrap_or(0), 12),
            2 => (u32_at(content, 8).unwrap_or(0), 16),
            other => return Err(*other),
        };
        let count = u32_at(content, at).unwrap_or(0).min(limits.entries);
        let mut rest = content.get(at.saturating_add(4)..).unwrap_or_default();
        let mut found = Vec::new();
        for _ in 0..count {
            let len = match default_len {
                0 => {
                    let Some((len, after)) = rest.split_first_chunk() else { break };
                    rest = after;
                    u32::from_be_bytes(*len)
                }
                len => len,
            };
            let Some((entry, after)) = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len))
            else {
                break;
            };
            rest = after;
            match entry.first() {
                Some(0) => found.extend(Self::parse(entry)),
                Some(&MULTI_KEY) => found.extend(Self::parse_several(entry)),
                Some(other) => return Err(*other),
                None => {}
            }
        }
        Ok(found)
    }

    fn parse(entry: &[u8]) -> Option<Self> {
        let ([_, _, protected, iv_size], rest) = entry.split_first_chunk::<4>()?;
        let kid = KeyId::from_uuid_bytes(*rest.first_chunk()?);
        Some(Self { protected: *protected != 0, iv_size: *iv_size, kid })
    }

    /// The keys of an entry with several, as many as are there.
    fn parse_several(entry: &[u8]) -> Vec<Self> {
        let mut found = Vec::new();
        let Some(([_, _, protected, a, b], mut rest)) = entry.split_first_chunk::<5>() else { return found };
        let protected = *protected != 0;
        for _ in 0..u16::from_be_bytes([*a, *b]) {
            let Some(([iv_size], after)) = rest.split_first_chunk() else { break };
            let Some((kid, after)) = after.split_first_chunk() else { break };
            found.push(Self { protected, iv_size: *iv_size, kid: KeyId::from_uuid_bytes(*kid) });
            rest = after;
            if protected && *iv_size == 0 {
                let Some((constant, after)) = rest.split_first() else { break };
                rest = after.get(usize::from(*constant)..).unwrap_or_default();
            }
        }
        found
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
        let found = Seig::parse_all(content, Limits::default()).unwrap();
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
    fn groups_of_another_kind_and_broken_ones_name_none() {
        let mut roll = sgpd(1, Some(20), 1, &entry(1));
        roll[4..8].copy_from_slice(b"roll");
        assert_eq!(kids(&roll), [0_u8; 0]);
        assert_eq!(kids(&sgpd(1, Some(20), u32::MAX, &entry(1))), [1]);
        assert_eq!(kids(&sgpd(1, Some(u32::MAX), 1, &entry(1))), [0_u8; 0]);
        assert_eq!(kids(&sgpd(1, Some(0), 9, &[0, 0])), [0_u8; 0]);
        assert_eq!(kids(&[]), [0_u8; 0]);
    }

    #[test]
    fn an_entry_with_several_keys_names_all_of_them() {
        let key = |iv_size: u8, kid: u8| [&[iv_size][..], &[kid; 16]].concat();
        let entry = [&[0x80, 0x19, 1, 0, 2][..], &key(8, 1), &key(8, 2)].concat();
        let len = u32::try_from(entry.len()).unwrap();
        assert_eq!(kids(&sgpd(1, Some(len), 1, &entry)), [1, 2]);
        let constant = [&[0x80, 0x19, 1, 0, 2][..], &key(0, 3), &[2, 7, 7], &key(0, 4), &[1, 7]].concat();
        let found = Seig::parse_several(&constant);
        assert_eq!(found.iter().map(|seig| seig.kid.to_uuid_bytes()[0]).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(Seig::parse_several(&entry[..30]).len(), 1, "what is cut is not made up");
    }

    #[test]
    fn what_is_not_known_is_named_and_not_guessed() {
        let parse = |bytes: &[u8]| Seig::parse_all(bytes, Limits::default());
        assert_eq!(parse(&sgpd(3, Some(20), 1, &entry(1))), Err(3));
        let mut other = entry(1);
        other[0] = 0x40;
        assert_eq!(parse(&sgpd(1, Some(20), 1, &other)), Err(0x40));
    }
}
