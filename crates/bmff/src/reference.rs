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
//! muxer wrote flags of 2 until 2026-03. One whose location is the name of the file is this file, too: the library is told
//! that name, as a format has none ([`Layout::with_name`](crate::Layout::with_name)).

use crate::box_type::{BoxType, FourCc};
use crate::field::u32_at;

/// Where the bytes are that offsets count in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Home {
    /// In this file: offsets count from its start, or from a `moof` in it.
    Here,
    /// In another file: none of its offsets is one of this file.
    Elsewhere,
    /// In the payload of the `imda` box with this identifier.
    Identified(u32),
    /// In the payload of the `imda` box with the sequence number of the movie fragment.
    Numbered,
    /// In the file of this name, relative to this one.
    Named(Box<str>),
    /// In a file of this one's name, in a folder that may be this one's.
    Doubtful(Box<str>),
    /// What a reference of a type that is not known leads to: this file or another.
    Unknown(FourCc),
}

/// How much of an entry is read: a longer location is none of this folder.
pub(crate) const ENTRY_HEAD: u64 = 1024;

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
            b"url " => Self::at_location(rest),
            b"urn " | b"alis" | b"rsrc" | b"cios" => Self::Elsewhere,
            _ => Self::Unknown(kind.code()),
        }
    }

    /// What the location of a `url ` leads to.
    fn at_location(text: &[u8]) -> Self {
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let decoded = percent_decoded(text.split(|byte| *byte == b'#').next().unwrap_or_default());
        let location = String::from_utf8_lossy(&decoded);
        let mut location = &*location;
        while let Some(rest) = location.strip_prefix("./") {
            location = rest;
        }
        // Nothing, or a fragment alone, is the document that it stands in (RFC 3986, 4.4).
        if location.is_empty() { Self::Here } else { Self::Named(location.into()) }
    }

    /// The same for the file that has this name, if it has one.
    pub(crate) fn seen_from(self, own: Option<&str>) -> Self {
        let Self::Named(location) = self else { return self };
        let Some(own) = own else { return Self::Elsewhere };
        match location.rsplit_once(['/', '\\']) {
            None if *location == *own => Self::Here,
            Some((_, name)) if name == own => Self::Doubtful(location),
            _ => Self::Elsewhere,
        }
    }

    /// The reference with this number, counted from 1. One that is not in the list can name no other file.
    pub(crate) fn numbered(list: &[Self], number: u16) -> Self {
        let index = usize::from(number).checked_sub(1);
        index.and_then(|index| list.get(index)).cloned().unwrap_or(Self::Here)
    }
}

/// A text without its percent-encoding; what is none stays.
fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = digits.and_then(|digits| u8::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    decoded
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
            let located = home(b"url ", &[&[0, 0, 0, flags][..], b"a.mp4\0"].concat());
            assert_eq!(located.seen_from(None), Home::Elsewhere);
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
    fn a_location_that_is_the_file_itself_is_this_file() {
        let seen = |location: &str, own| {
            let content = [&[0; 4][..], location.as_bytes(), b"\0"].concat();
            Home::parse(BoxType::new(*b"url "), &content).seen_from(own)
        };
        for location in ["a b.mp4", "./a b.mp4", "././a b.mp4", "a%20b.mp4", "a b.mp4#t=1", "#", "#x"] {
            assert_eq!(seen(location, Some("a b.mp4")), Home::Here, "{location}");
        }
        for location in ["#", "#x", "./"] {
            assert_eq!(seen(location, None), Home::Here, "{location}");
        }
        for location in ["b.mp4", "a b.mp4.bak", "A B.mp4", "%zz", "a b.mp4/x", "https://a.example/b.mp4"] {
            assert_eq!(seen(location, Some("a b.mp4")), Home::Elsewhere, "{location}");
        }
        for location in ["file:///films/a b.mp4", "../films/a b.mp4", "/a b.mp4", "C:\\a%20b.mp4"] {
            assert!(matches!(seen(location, Some("a b.mp4")), Home::Doubtful(_)), "{location}");
            assert_eq!(seen(location, None), Home::Elsewhere, "{location}");
        }
    }

    #[test]
    fn a_reference_that_is_not_listed_is_this_file() {
        let list = [Home::Elsewhere, Home::Numbered];
        assert_eq!(Home::numbered(&list, 0), Home::Here);
        assert_eq!(Home::numbered(&list, 2), Home::Numbered);
        assert_eq!(Home::numbered(&list, 3), Home::Here);
    }
}
