//! Box types: four characters, or `uuid` and sixteen bytes more (ISO/IEC 14496-12, 4.2).

use core::fmt;
use uuid::{Uuid, uuid};

/// Four characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FourCc(pub [u8; 4]);

impl FourCc {
    /// Printable characters as they are, others as `\xNN`.
    pub(crate) fn push_to(self, text: &mut String) {
        for byte in self.0 {
            match byte {
                b' '..=b'~' => text.push(char::from(byte)),
                byte => {
                    text.push_str("\\x");
                    let digits = [byte >> 4, byte & 0xF].map(|digit| char::from_digit(digit.into(), 16));
                    text.extend(digits.into_iter().flatten());
                }
            }
        }
    }
}

impl fmt::Display for FourCc {
    /// Printable characters as they are, others as `\xNN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(text) = core::str::from_utf8(&self.0)
            && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        {
            return f.write_str(text);
        }
        let mut text = String::new();
        self.push_to(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The type of a box.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BoxType {
    code: FourCc,
    extended: Extended,
}

/// Which `uuid` box it is, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Extended {
    No,
    PiffPssh,
    PiffTenc,
    PiffSenc,
    C2pa,
    Canon,
    Other,
}

const PIFF_PSSH: Uuid = uuid!("d08a4f18-10f3-4a82-b6c8-32d8aba183d3");
const PIFF_TENC: Uuid = uuid!("8974dbce-7be7-4c51-84f9-7148f9882554");
const PIFF_SENC: Uuid = uuid!("a2394f52-5a9b-4f14-a244-6c427c648df4");
const C2PA: Uuid = uuid!("d8fec3d6-1b0e-483c-9297-5828877ec481");
const CANON: Uuid = uuid!("85c0b687-820f-11e0-8111-f4ce462b6a48");

/// Boxes whose content is boxes from the first byte on.
const CONTAINERS: [u32; 20] = [
    u32::from_be_bytes(*b"moov"),
    u32::from_be_bytes(*b"trak"),
    u32::from_be_bytes(*b"edts"),
    u32::from_be_bytes(*b"mdia"),
    u32::from_be_bytes(*b"minf"),
    u32::from_be_bytes(*b"dinf"),
    u32::from_be_bytes(*b"stbl"),
    u32::from_be_bytes(*b"mvex"),
    u32::from_be_bytes(*b"moof"),
    u32::from_be_bytes(*b"traf"),
    u32::from_be_bytes(*b"mfra"),
    u32::from_be_bytes(*b"udta"),
    u32::from_be_bytes(*b"sinf"),
    u32::from_be_bytes(*b"schi"),
    u32::from_be_bytes(*b"rinf"),
    u32::from_be_bytes(*b"iprp"),
    u32::from_be_bytes(*b"ipco"),
    u32::from_be_bytes(*b"meco"),
    u32::from_be_bytes(*b"tref"),
    u32::from_be_bytes(*b"strk"),
];

impl BoxType {
    /// A box of four characters.
    pub const fn new(code: [u8; 4]) -> Self {
        Self { code: FourCc(code), extended: Extended::No }
    }

    /// A `uuid` box.
    pub fn extended(usertype: [u8; 16]) -> Self {
        let extended = match Uuid::from_bytes(usertype) {
            PIFF_PSSH => Extended::PiffPssh,
            PIFF_TENC => Extended::PiffTenc,
            PIFF_SENC => Extended::PiffSenc,
            C2PA => Extended::C2pa,
            CANON => Extended::Canon,
            _ => Extended::Other,
        };
        Self { code: FourCc(*b"uuid"), extended }
    }

    /// The sixteen bytes behind the header of an extended type; `None` for plain types and unknown extended ones.
    pub(crate) const fn usertype(self) -> Option<[u8; 16]> {
        match self.extended {
            Extended::PiffPssh => Some(*PIFF_PSSH.as_bytes()),
            Extended::PiffTenc => Some(*PIFF_TENC.as_bytes()),
            Extended::PiffSenc => Some(*PIFF_SENC.as_bytes()),
            Extended::C2pa => Some(*C2PA.as_bytes()),
            Extended::Canon => Some(*CANON.as_bytes()),
            Extended::No | Extended::Other => None,
        }
    }

    /// The four characters; `uuid` for extended types.
    pub const fn code(self) -> FourCc {
        self.code
    }

    /// Whether it is the `pssh` box of the Protected Interoperable File Format 1.1, before CENC had one.
    pub fn is_piff_pssh(self) -> bool {
        self.extended == Extended::PiffPssh
    }

    /// Whether it protects content: `pssh`, or the PIFF form of it.
    pub fn is_pssh(self) -> bool {
        self == Self::new(*b"pssh") || self.is_piff_pssh()
    }

    /// Whether it is the PIFF form of `tenc`.
    pub fn is_piff_tenc(self) -> bool {
        self.extended == Extended::PiffTenc
    }

    /// Whether it holds sample encryption data: `senc`, or the PIFF form of it.
    pub fn is_senc(self) -> bool {
        self == Self::new(*b"senc") || self.extended == Extended::PiffSenc
    }

    /// Whether it is the PIFF form of `senc`, which may name a key of its own.
    pub(crate) fn is_piff_senc(self) -> bool {
        self.extended == Extended::PiffSenc
    }

    /// Whether it is what Canon's cameras put into `moov`.
    pub(crate) fn is_canon(self) -> bool {
        self.extended == Extended::Canon
    }

    /// Whether it holds a content credential, whose hash covers the file.
    pub fn is_c2pa(self) -> bool {
        self.extended == Extended::C2pa
    }

    /// Whether its content is boxes from the first byte on.
    pub(crate) fn is_container(self) -> bool {
        // Asked of every box: as numbers they are compared at once, as text one after the other.
        CONTAINERS.contains(&u32::from_be_bytes(self.code.0))
    }

    /// Whether it is filler: `free` or `skip`.
    pub fn is_free(self) -> bool {
        matches!(self.code.0, [b'f', b'r', b'e', b'e'] | [b's', b'k', b'i', b'p'])
    }

    /// Whether it holds media data, or is nothing a reader of structure knows: pointers into it are right.
    pub(crate) fn is_opaque(self) -> bool {
        !matches!(
            &self.code.0,
            b"ftyp"
                | b"styp"
                | b"moov"
                | b"moof"
                | b"meta"
                | b"sidx"
                | b"ssix"
                | b"mfra"
                | b"pssh"
                | b"prft"
                | b"emsg"
        ) && !self.is_free()
            && !self.is_piff_pssh()
    }
}

impl fmt::Display for BoxType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprintable_types_are_escaped() {
        assert_eq!(FourCc(*b"\x00a\xFFb").to_string(), "\\x00a\\xffb");
    }

    #[test]
    fn the_piff_boxes_are_known() {
        let piff = BoxType::extended(*PIFF_PSSH.as_bytes());
        assert!(piff.is_pssh() && piff.is_piff_pssh() && !piff.is_senc());
        assert_eq!(piff.to_string(), "uuid");
        assert!(BoxType::extended(*PIFF_SENC.as_bytes()).is_senc());
        assert!(BoxType::extended([7; 16]).is_opaque());
    }
}
