//! Sample encryption (ISO/IEC 23001-7, 7.2), and the PIFF 1.1 form of it, which may name a key of its own.
//!
//! ```text
//!   senc   version flags │ count │ samples
//!   uuid   version flags │ algorithm │ IV size │ key id │ count │ samples
//!          1       3       3           1         16       4          the three if flags & 1
//! ```
//!
//! Samples of version 1 have vectors of several keys (4th edition). What they hold is not read here.

use crate::box_type::BoxType;
use prkit_playready::KeyId;

/// What a box of sample encryption data says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Senc {
    /// Its version: 0, 1 for samples with several keys. Others are not known, and nothing of such a box is.
    pub version: u8,
    /// The PIFF form only: whether samples are encrypted, the size of their vectors, and with which key, whatever the
    /// track says.
    pub key: Option<(bool, u8, KeyId)>,
    /// A plain one with the flag of the PIFF form, which no edition defines for it: a key of its own, or a count of samples.
    pub is_disputed: bool,
}

/// The fields of the PIFF form that say what the track says otherwise.
const OWN_KEY: u64 = 20;

impl Senc {
    /// Bytes that are read.
    pub(crate) const LEN: u64 = 28;

    /// `None` for one that was cut.
    pub(crate) fn parse(kind: BoxType, content: &[u8]) -> Option<Self> {
        let ([version, _, _, flags], rest) = content.split_first_chunk::<4>()?;
        let key = || {
            let ([a, b, c, iv_size], rest) = rest.split_first_chunk::<4>()?;
            let kid = KeyId::from_uuid_bytes(*rest.first_chunk()?);
            Some(([*a, *b, *c] != [0; 3], *iv_size, kid))
        };
        let is_flagged = flags & 1 == 1;
        let key = if is_flagged && kind.is_piff_senc() { Some(key()?) } else { None };
        Some(Self { version: *version, key, is_disputed: is_flagged && !kind.is_piff_senc() })
    }
}

/// Bytes in front of the first sample, by the first four.
pub(crate) fn fields_len(kind: BoxType, head: &[u8]) -> u64 {
    let has_key = kind.is_piff_senc() && head.get(3).is_some_and(|flags| flags & 1 == 1);
    8_u64.saturating_add(if has_key { OWN_KEY } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIFF: [u8; 16] = *uuid::uuid!("a2394f52-5a9b-4f14-a244-6c427c648df4").as_bytes();

    #[test]
    fn only_the_piff_form_has_a_key_of_its_own() {
        let kid = *b"0123456789abcdef";
        let content = [&[0, 0, 0, 1, 0, 0, 1, 8][..], &kid, &[0, 0, 0, 0]].concat();
        let piff = BoxType::extended(PIFF);
        let key = Some((true, 8, KeyId::from_uuid_bytes(kid)));
        assert_eq!(Senc::parse(piff, &content), Some(Senc { version: 0, key, is_disputed: false }));
        assert_eq!(fields_len(piff, &content), 28);
        let senc = BoxType::new(*b"senc");
        assert_eq!(Senc::parse(senc, &content), Some(Senc { version: 0, key: None, is_disputed: true }));
        assert_eq!(fields_len(senc, &content), 8);
        assert_eq!(Senc::parse(piff, &content[..20]), None);
    }
}
