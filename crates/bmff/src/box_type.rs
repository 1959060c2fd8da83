//! Box types: four characters, or `uuid` and sixteen bytes more (ISO/IEC 14496-12, 4.2).

use core::fmt;
use uuid::{Uuid, uuid};

/// Four characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FourCc(pub [u8; 4]);

impl fmt::Display for FourCc {
    /// Printable characters as they are, others as `\xNN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_text = self.0.iter().all(|byte| matches!(byte, b' '..=b'~'));
        if let (true, Ok(text)) = (is_text, core::str::from_utf8(&self.0)) {
            return f.write_str(text);
        }
        self.0.iter().try_for_each(|byte| match byte {
            b' '..=b'~' => write!(f, "{}", char::from(*byte)),
            byte => write!(f, "\\x{byte:02x}"),
        })
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
    SmoothTimes,
    Other,
}

const PIFF_PSSH: Uuid = uuid!("d08a4f18-10f3-4a82-b6c8-32d8aba183d3");
const PIFF_TENC: Uuid = uuid!("8974dbce-7be7-4c51-84f9-7148f9882554");
const PIFF_SENC: Uuid = uuid!("a2394f52-5a9b-4f14-a244-6c427c648df4");
const C2PA: Uuid = uuid!("d8fec3d6-1b0e-483c-9297-5828877ec481");
/// `tfxd` and `tfrf` of Smooth Streaming (MS-SSTR, 2.2.4.4 and 2.2.4.5).
const TFXD: Uuid = uuid!("6d1d9b05-42d5-44e6-80e2-141daff757b2");
const TFRF: Uuid = uuid!("d4807ef2-ca39-4695-8e54-26cb9e46a79f");
const CANON: Uuid = uuid!("85c0b687-820f-11e0-8111-f4ce462b6a48");

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
            TFXD | TFRF => Extended::SmoothTimes,
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
            Extended::No | Extended::SmoothTimes | Extended::Other => None,
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

    /// Whether it holds times of a fragment, or of those that follow it.
    pub(crate) fn is_smooth_times(self) -> bool {
        self.extended == Extended::SmoothTimes
    }

    /// Whether it holds a content credential, whose hash covers the file.
    pub fn is_c2pa(self) -> bool {
        self.extended == Extended::C2pa
    }

    /// Whether its content is boxes from the first byte on.
    pub(crate) const fn is_container(self) -> bool {
        matches!(
            &self.code.0,
            b"moov"
                | b"trak"
                | b"edts"
                | b"mdia"
                | b"minf"
                | b"dinf"
                | b"stbl"
                | b"mvex"
                | b"moof"
                | b"traf"
                | b"mfra"
                | b"udta"
                | b"sinf"
                | b"schi"
                | b"rinf"
                | b"iprp"
                | b"ipco"
                | b"meco"
                | b"tref"
                | b"strk"
        )
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
