//! Track encryption (ISO/IEC 23001-7, 8.2), and the PIFF 1.1 form of it.
//!
//! ```text
//!   tenc   version flags │ reserved │ reserved or pattern │ protected │ IV size │ key id │ …
//!          1       3       1          1                     1           1         16
//!   uuid   version flags │ algorithm                      3           │ IV size │ key id
//! ```

use prkit_playready::KeyId;

/// Defaults of a protected track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tenc {
    /// Whether samples are encrypted by default; the PIFF form's algorithm, if not 0.
    pub protected: bool,
    /// Bytes of the initialisation vector of a sample; 0 with a constant one.
    pub iv_size: u8,
    /// The key, in UUID order on the wire. All zeros where keys rotate.
    pub kid: KeyId,
}

impl Tenc {
    /// Bytes that are read.
    pub(crate) const LEN: u64 = 24;

    /// The version of a `tenc` that nobody has defined yet: 0 and 1 differ in the pattern only.
    pub(crate) fn unknown_version(content: &[u8]) -> Option<u8> {
        content.first().copied().filter(|version| *version > 1)
    }

    pub(crate) fn parse(content: &[u8]) -> Option<Self> {
        let (_version_flags, rest) = content.split_first_chunk::<4>()?;
        // The third byte is the flag of CENC and the low byte of PIFF's algorithm (1 and 2 are in use).
        let ([_, _, protected, iv_size], rest) = rest.split_first_chunk::<4>()?;
        let kid = KeyId::from_uuid_bytes(*rest.first_chunk()?);
        Some(Self { protected: *protected != 0, iv_size: *iv_size, kid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_have_the_key_at_the_same_place() {
        let kid = *b"0123456789abcdef";
        for head in [[0, 0, 0, 0, 0, 0, 1, 8], [1, 0, 0, 0, 0, 0x19, 1, 8], [0, 0, 0, 0, 0, 0, 1, 8]] {
            let bytes = [&head[..], &kid].concat();
            let tenc = Tenc::parse(&bytes).unwrap();
            assert_eq!(tenc, Tenc { protected: true, iv_size: 8, kid: KeyId::from_uuid_bytes(kid) });
        }
        assert_eq!(Tenc::parse(&[0; 23]), None);
    }
}
