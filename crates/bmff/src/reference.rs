//! Data references (ISO/IEC 14496-12, 8.7.2): in which file, or in which box, the bytes of samples and items are.
//!
//! ```text
//!   dinf ─ dref   version flags │ count │ entries
//!   url           version flags │ location              1 in the flags: this file
//!   urn           version flags │ name, location
//!   imdt          version flags │ identifier            the payload of the imda box with it
//!   snim          version flags                         that of the imda with the number of the movie fragment
//!   alis, rsrc    version flags │ alias                 another file, of QuickTime
//! ```
//!
//! A reference without a location is this file, whatever its flags are: the players play such files, and a public
//! muxer wrote flags of 2 until 2026-03.

use crate::box_type::{BoxType, FourCc};
use crate::field::u32_at;

/// Where the bytes are that offsets count in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Home {
    /// In this file: offsets count from its start, or from a `moof` in it.
    Here,
    /// In another file: none of its offsets is one of this file.
    Elsewhere,
    /// In the payload of the `imda` box with this identifier.
    Identified(u32),
    /// In the payload of the `imda` box with the sequence number of the movie fragment.
    Numbered,
    /// What a reference of a type that is not known leads to: this file or another.
    Unknown(FourCc),
}

/// How much of an entry is read: a location begins here or does not.
pub(crate) const ENTRY_HEAD: u64 = 64;

impl Home {
    /// What an entry of `dref` refers to, by the first bytes of its content.
    pub(crate) fn parse(kind: BoxType, content: &[u8]) -> Self {
        let rest = content.get(4..).unwrap_or_default();
        let self_contained = content.get(3).is_none_or(|flags| flags & 1 == 1);
        match &kind.code().0 {
            b"imdt" => Self::Identified(u32_at(rest, 0).unwrap_or(0)),
            b"snim" => Self::Numbered,
            _ if self_contained => Self::Here,
            b"url " if rest.first().is_none_or(|byte| *byte == 0) => Self::Here,
            b"urn " if rest.iter().all(|byte| *byte == 0) => Self::Here,
            _ if rest.is_empty() => Self::Here,
            b"url " | b"urn " | b"alis" | b"rsrc" | b"cios" => Self::Elsewhere,
            _ => Self::Unknown(kind.code()),
        }
    }

    /// The reference with this number, counted from 1. One that is not in the list can name no other file.
    pub(crate) fn numbered(list: &[Self], number: u16) -> Self {
        let index = usize::from(number).checked_sub(1);
        index.and_then(|index| list.get(index)).copied().unwrap_or(Self::Here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_location_is_this_file_whatever_its_flags_are() {
        let home = |code: &[u8; 4], content: &[u8]| Home::parse(BoxType::new(*code), content);
        for flags in [0, 1, 2, 3] {
            assert_eq!(home(b"url ", &[0, 0, 0, flags]), Home::Here);
            assert_eq!(home(b"url ", &[0, 0, 0, flags, 0]), Home::Here);
            assert_eq!(home(b"urn ", &[0, 0, 0, flags, 0, 0]), Home::Here);
            assert_eq!(home(b"alis", &[0, 0, 0, flags]), Home::Here);
        }
        assert_eq!(home(b"url ", b"\0\0\0\x01a.mp4\0"), Home::Here);
        for flags in [0, 2] {
            assert_eq!(home(b"url ", &[&[0, 0, 0, flags][..], b"a.mp4\0"].concat()), Home::Elsewhere);
            assert_eq!(home(b"urn ", &[&[0, 0, 0, flags][..], b"\0a.mp4\0"].concat()), Home::Elsewhere);
            assert_eq!(home(b"alis", &[0, 0, 0, flags, 0, 0, 0, 0]), Home::Elsewhere);
        }
        for content in [&b"\0\0\0\0a"[..], &[0, 0, 0, 2, 0, 0, 0, 0]] {
            assert_eq!(home(b"vndr", content), Home::Unknown(FourCc(*b"vndr")));
        }
        assert_eq!(home(b"vndr", &[0, 0, 0, 1, 7]), Home::Here);
        assert_eq!(home(b"imdt", &[0, 0, 0, 1, 0, 0, 0, 7]), Home::Identified(7));
        assert_eq!(home(b"snim", &[0, 0, 0, 0]), Home::Numbered);
    }

    #[test]
    fn a_reference_that_is_not_listed_is_this_file() {
        let list = [Home::Elsewhere, Home::Numbered];
        assert_eq!(Home::numbered(&list, 0), Home::Here);
        assert_eq!(Home::numbered(&list, 2), Home::Numbered);
        assert_eq!(Home::numbered(&list, 3), Home::Here);
    }
}
