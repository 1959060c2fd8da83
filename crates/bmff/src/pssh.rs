//! Protection system specific header (ISO/IEC 23001-7, 8.1), and the PIFF 1.1 form of it.
//!
//! ```text
//!   pssh   ┌─────────┬───────┬──────────┬──────────────────┬───────────┬──────┬ ─ ─ ─ ─ ─ ┐
//!          │ version │ flags │ SystemID │ count, key ids   │ data size │ data │ trailing
//!          └─────────┴───────┴──────────┴──────────────────┴───────────┴──────┴ ─ ─ ─ ─ ─ ┘
//!           1         3       16         version 1 and up   4
//!   uuid   the same behind d08a4f18-10f3-4a82-b6c8-32d8aba183d3, and never with key ids
//! ```
//!
//! Both are full boxes. Key ids stand in UUID order here and in GUID order inside the header. Bytes after the data
//! occur (other programs drop the box or the bytes); they stay.

use crate::box_type::BoxType;
use crate::error::ErrorKind;
use prkit_playready::{KeyId, SystemId};

const KID_LEN: usize = 16;

/// Content of a `pssh` box.
#[derive(Debug)]
pub struct Pssh<'a> {
    /// 0, or 1 with key ids; higher ones are read like 1.
    pub version: u8,
    /// 24 bits, 0 by the specification and kept.
    pub flags: u32,
    /// Whose data it is.
    pub system: SystemId,
    /// The key id list of version 1.
    pub kids: Vec<KeyId>,
    /// The system's data; for PlayReady a PlayReady Object.
    pub data: &'a [u8],
    /// Bytes between the data and the end of the box.
    pub trailing: &'a [u8],
    /// What is wrong with the box; its data may be cut then.
    pub fault: Option<ErrorKind>,
    has_kids: bool,
    /// Of a version nobody has defined, and read like 0 because its bytes do not fit 1.
    only_fits_0: bool,
}

impl<'a> Pssh<'a> {
    /// A new box; key ids are for version 1.
    pub const fn new(version: u8, system: SystemId, kids: Vec<KeyId>, data: &'a [u8]) -> Self {
        Self {
            version,
            flags: 0,
            system,
            kids,
            data,
            trailing: &[],
            fault: None,
            has_kids: version > 0,
            only_fits_0: false,
        }
    }

    /// The whole box, with a 32-bit size; `None` when that cannot say its length.
    pub fn to_box(&self) -> Option<Vec<u8>> {
        let content = self.encode(self.data)?;
        let size = u32::try_from(content.len().checked_add(8)?).ok()?;
        Some([&size.to_be_bytes()[..], b"pssh", &content].concat())
    }

    /// Reads the content of a box of this type.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Short`] when there is not even a SystemID. Anything else that is wrong is in
    /// [`fault`](Self::fault).
    pub fn parse(kind: BoxType, content: &'a [u8]) -> Result<Self, ErrorKind> {
        let short = || short(content);
        let ([version, flags @ ..], rest) = content.split_first_chunk::<4>().ok_or_else(short)?;
        let (system, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let [a, b, c] = *flags;
        let mut pssh = Self {
            version: *version,
            flags: u32::from_be_bytes([0, a, b, c]),
            system: SystemId::from_uuid_bytes(*system),
            kids: Vec::new(),
            data: &[],
            trailing: &[],
            fault: None,
            has_kids: *version > 0 && !kind.is_piff_pssh(),
            only_fits_0: false,
        };
        if let Err(fault) = pssh.parse_lists(rest, content.len()) {
            pssh.fault = Some(fault);
        }
        Ok(pssh)
    }

    fn parse_lists(&mut self, rest: &'a [u8], len: usize) -> Result<(), ErrorKind> {
        let first = self.parse_lists_once(rest, len);
        if first.is_ok() || self.version < 2 || !self.has_kids {
            return first;
        }
        // A version nobody has defined yet: read like 1, or like 0 where that does not fit.
        self.only_fits_0 = true;
        self.has_kids = false;
        self.kids.clear();
        self.parse_lists_once(rest, len).or(first)
    }

    fn parse_lists_once(&mut self, rest: &'a [u8], len: usize) -> Result<(), ErrorKind> {
        let short_at = |rest: &[u8]| ErrorKind::Short {
            name: "pssh",
            actual: u64::try_from(len).unwrap_or(u64::MAX),
            needed: u64::try_from(len.saturating_sub(rest.len()).saturating_add(4)).unwrap_or(u64::MAX),
        };
        let mut rest = rest;
        if self.has_kids {
            let (count, after) = rest.split_first_chunk().ok_or_else(|| short_at(rest))?;
            let count = u32::from_be_bytes(*count);
            let (kids, after) = usize::try_from(count)
                .ok()
                .and_then(|count| after.split_at_checked(count.checked_mul(KID_LEN)?))
                .ok_or(ErrorKind::KidsPastEnd { count, len })?;
            self.kids = kids.as_chunks().0.iter().map(|kid| KeyId::from_uuid_bytes(*kid)).collect();
            rest = after;
        }
        let (size, rest) = rest.split_first_chunk().ok_or_else(|| short_at(rest))?;
        let size = u32::from_be_bytes(*size);
        let cut = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
        (self.data, self.trailing) = rest.split_at(cut);
        if usize::try_from(size) == Ok(cut) {
            Ok(())
        } else {
            Err(ErrorKind::DataPastEnd { size, left: cut })
        }
    }

    /// The content with other data; everything else stays. `None` when 32 bits cannot say a length, and where a box of
    /// a version nobody has defined, read like 0 so far, would be read like 1 with this data.
    pub fn encode(&self, data: &[u8]) -> Option<Vec<u8>> {
        let mut content = Vec::with_capacity(self.encoded_len(data.len()));
        let [_, a, b, c] = self.flags.to_be_bytes();
        content.extend_from_slice(&[self.version, a, b, c]);
        content.extend_from_slice(&self.system.to_uuid_bytes());
        if self.has_kids {
            content.extend_from_slice(&u32::try_from(self.kids.len()).ok()?.to_be_bytes());
            for kid in &self.kids {
                content.extend_from_slice(&kid.to_uuid_bytes());
            }
        }
        content.extend_from_slice(&u32::try_from(data.len()).ok()?.to_be_bytes());
        content.extend_from_slice(data);
        content.extend_from_slice(self.trailing);
        if self.only_fits_0 {
            let mut like_1 = Self::new(self.version, self.system, Vec::new(), &[]);
            let lists = content.get(20..).unwrap_or_default();
            if like_1.parse_lists_once(lists, content.len()).is_ok() {
                return None;
            }
        }
        Some(content)
    }

    /// Bytes of the content with `data` bytes of data.
    pub fn encoded_len(&self, data: usize) -> usize {
        let kids = if self.has_kids { self.kids.len().saturating_mul(KID_LEN).saturating_add(4) } else { 0 };
        data.saturating_add(4_usize.saturating_add(16).saturating_add(4))
            .saturating_add(kids)
            .saturating_add(self.trailing.len())
    }
}

fn short(content: &[u8]) -> ErrorKind {
    ErrorKind::Short { name: "pssh", actual: u64::try_from(content.len()).unwrap_or(u64::MAX), needed: 24 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PSSH: BoxType = BoxType::new(*b"pssh");

    fn content(version: u8, kids: &[[u8; 16]], data: &[u8], trailing: &[u8]) -> Vec<u8> {
        let mut bytes = vec![version, 0, 0, 9];
        bytes.extend(SystemId::PLAYREADY.to_uuid_bytes());
        if version > 0 {
            bytes.extend(u32::try_from(kids.len()).unwrap().to_be_bytes());
            bytes.extend(kids.concat());
        }
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
        bytes.extend(trailing);
        bytes
    }

    #[test]
    fn version_1_has_key_ids_in_uuid_order() {
        let bytes = content(1, &[*b"0123456789abcdef"], b"data", b"");
        let pssh = Pssh::parse(PSSH, &bytes).unwrap();
        assert_eq!(pssh.kids, [KeyId::from_uuid_bytes(*b"0123456789abcdef")]);
        assert_eq!((pssh.data, pssh.flags), (&b"data"[..], 9));
        assert!(pssh.system.is_playready());
    }

    #[test]
    fn the_piff_form_has_no_key_ids_whatever_its_version() {
        let piff = BoxType::extended(uuid::uuid!("d08a4f18-10f3-4a82-b6c8-32d8aba183d3").into_bytes());
        let mut bytes = content(0, &[], b"data", b"");
        bytes[0] = 1;
        let pssh = Pssh::parse(piff, &bytes).unwrap();
        assert_eq!((pssh.data, pssh.kids.len()), (&b"data"[..], 0));
        assert_eq!(pssh.encode(b"data").unwrap(), bytes);
    }

    #[test]
    fn a_count_of_4_g_costs_nothing_and_is_a_fault() {
        let mut bytes = content(1, &[], b"data", b"");
        bytes[20..24].copy_from_slice(&[0xFF; 4]);
        let pssh = Pssh::parse(PSSH, &bytes).unwrap();
        assert_eq!(
            pssh.fault.unwrap().to_string(),
            "pssh box claims 4294967295 key ids, which do not fit into its 32 bytes of content"
        );
    }

    #[test]
    fn data_that_is_cut_is_given_with_the_fault() {
        let mut bytes = content(0, &[], b"data", b"");
        bytes[23] = 9;
        let pssh = Pssh::parse(PSSH, &bytes).unwrap();
        assert_eq!(pssh.data, b"data");
        assert_eq!(pssh.fault.unwrap().to_string(), "pssh box claims 9 bytes of data, only 4 are left");
    }

    #[test]
    fn an_undefined_version_is_read_like_one_that_fits() {
        let kids = [*b"0123456789abcdef"];
        for (version, bytes) in [(2, content(0, &[], b"data", b"")), (7, content(1, &kids, b"data", b""))] {
            let mut bytes = bytes;
            bytes[0] = version;
            let pssh = Pssh::parse(PSSH, &bytes).unwrap();
            assert_eq!((pssh.version, pssh.data, pssh.fault.is_none()), (version, &b"data"[..], true));
            assert_eq!(pssh.encode(pssh.data).unwrap(), bytes);
        }
    }

    #[test]
    fn an_undefined_version_never_takes_data_that_another_reading_would_find_elsewhere() {
        // Read like 1, the size of the data is a count of key ids, and here these would all be there.
        let mut bytes = content(0, &[], b"1234567890", &[0; 70]);
        bytes[0] = 2;
        let pssh = Pssh::parse(PSSH, &bytes).unwrap();
        assert_eq!(pssh.data, b"1234567890");
        assert_eq!(pssh.encode(b"1234"), None);
        assert!(pssh.encode(b"12345").is_some());
    }

    #[test]
    fn a_box_that_is_cut_says_how_long_it_would_be_up_to_there() {
        let kids = [*b"0123456789abcdef", *b"fedcba9876543210"];
        let bytes = content(1, &kids, b"", b"");
        for (len, needed) in [(22, 24), (bytes.len() - 3, 60)] {
            let fault = Pssh::parse(PSSH, &bytes[..len]).unwrap().fault.unwrap().to_string();
            assert_eq!(fault, format!("pssh box has {len} bytes of content where at least {needed} are due"));
        }
    }

    #[test]
    fn too_short_for_a_system_is_an_error() {
        assert!(Pssh::parse(PSSH, &[0; 19]).is_err());
        assert!(Pssh::parse(PSSH, &[0; 20]).unwrap().fault.is_some());
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(
            version in 0_u8..3,
            kids in proptest::collection::vec(any::<[u8; 16]>(), 0..3),
            data in proptest::collection::vec(any::<u8>(), 0..30),
            trailing in proptest::collection::vec(any::<u8>(), 0..5),
        ) {
            let bytes = content(version, &kids, &data, &trailing);
            let pssh = Pssh::parse(PSSH, &bytes).unwrap();
            prop_assert!(pssh.fault.is_none());
            prop_assert_eq!(pssh.encoded_len(data.len()), bytes.len());
            prop_assert_eq!(pssh.encode(pssh.data).unwrap(), bytes);
        }

        #[test]
        fn no_content_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Pssh::parse(PSSH, &bytes);
        }
    }
}
