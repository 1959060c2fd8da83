//! Frames around a header that are no PlayReady Object's, and what they are.
//!
//! ```text
//!   object          length u32 │ count u16 │ type u16 │ length u16 │ header      at byte 10, little-endian
//!   count and size  count u32  │ size u32                          │ header      at byte 8, as a page of AWS has it
//!   size and count  the same two, the other way round
//!   record          type u16   │ length u16                        │ header      at byte 4
//! ```
//!
//! No client reads these. They are named, so that whoever made them knows what is missing.

use core::fmt;

/// Bytes in front of a header that are looked at.
const FURTHEST: usize = 64;

/// What is in front of a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    /// A count of headers and the size of one, four bytes each, as AWS's documentation has it.
    CountAndSize {
        /// Whether the numbers are big-endian.
        swapped: bool,
    },
    /// The same, and the size first.
    SizeAndCount {
        /// Whether the numbers are big-endian.
        swapped: bool,
    },
    /// One record, without the length and the count of an object.
    Record {
        /// Whether the numbers are big-endian.
        swapped: bool,
    },
    /// An object whose numbers are big-endian.
    Swapped,
    /// The length of all in front of the header, and nothing else.
    Length {
        /// Bytes of the length.
        width: usize,
    },
    /// Something else.
    Other,
}

impl Framing {
    /// Looks for the text of a header near the beginning; what is in front of it, and where it begins.
    pub(crate) fn of(bytes: &[u8]) -> Option<(Self, usize)> {
        const BEGIN: &[u8] = b"<\0W\0R\0M\0H\0E\0A\0D\0E\0R\0";
        let head = bytes.get(..bytes.len().min(FURTHEST.saturating_add(BEGIN.len())))?;
        let at = head.windows(BEGIN.len()).position(|window| window == BEGIN)?;
        if at == 0 {
            return None;
        }
        let (front, header) = bytes.split_at_checked(at)?;
        let len = header.len();
        // Of the header, or of all.
        let says = |number: Option<u64>| {
            let number = number.and_then(|number| usize::try_from(number).ok());
            number == Some(len) || at == 8 && number == Some(bytes.len())
        };
        let framing = match at {
            8 if says(wide(front.get(4..8), false)) => Self::CountAndSize { swapped: false },
            8 if says(wide(front.get(4..8), true)) => Self::CountAndSize { swapped: true },
            8 if says(wide(front.get(..4), false)) => Self::SizeAndCount { swapped: false },
            8 if says(wide(front.get(..4), true)) => Self::SizeAndCount { swapped: true },
            4 if narrow(front.get(..2), false) == Some(1) && says(narrow(front.get(2..), false)) => {
                Self::Record { swapped: false }
            }
            4 if narrow(front.get(..2), true) == Some(1) && says(narrow(front.get(2..), true)) => {
                Self::Record { swapped: true }
            }
            10 if narrow(front.get(6..8), true) == Some(1) && says(narrow(front.get(8..), true)) => {
                Self::Swapped
            }
            4 if says(wide(Some(front), false)) || says(wide(Some(front), true)) => Self::Length { width: 4 },
            2 if says(narrow(Some(front), false)) || says(narrow(Some(front), true)) => {
                Self::Length { width: 2 }
            }
            _ => Self::Other,
        };
        Some((framing, at))
    }
}

fn wide(bytes: Option<&[u8]>, swapped: bool) -> Option<u64> {
    let bytes = *bytes?.first_chunk::<4>()?;
    Some(u64::from(if swapped { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }))
}

fn narrow(bytes: Option<&[u8]>, swapped: bool) -> Option<u64> {
    let bytes = *bytes?.first_chunk::<2>()?;
    Some(u64::from(if swapped { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }))
}

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = |swapped: bool| if swapped { ", in big-endian order" } else { "" };
        match self {
            Self::CountAndSize { swapped } => {
                write!(f, "a count and a size of four bytes each{}, as AWS documents it", order(*swapped))
            }
            Self::SizeAndCount { swapped } => {
                write!(
                    f,
                    "a size and a count of four bytes each{}: what AWS documents, the other way round",
                    order(*swapped)
                )
            }
            Self::Record { swapped } => {
                write!(
                    f,
                    "the type and the length of a record{}: a record without an object",
                    order(*swapped)
                )
            }
            Self::Swapped => f.write_str("the numbers of an object in big-endian order"),
            Self::Length { width } => write!(f, "a length of {width} bytes and nothing else"),
            Self::Other => f.write_str("not those of a PlayReady Object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Object, Payload, RecordType};

    fn header() -> Vec<u8> {
        let text = "<WRMHEADER version=\"4.0.0.0\"><DATA></DATA></WRMHEADER>";
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn said(front: &[u8]) -> String {
        Payload::parse(&[front, &header()].concat()).unwrap_err().to_string()
    }

    #[test]
    fn every_frame_that_is_none_of_an_object_is_named_and_where_the_text_begins() {
        let len = u32::try_from(header().len()).unwrap();
        let short = u16::try_from(len).unwrap();
        for (front, what) in [
            (
                [1_u32.to_le_bytes(), len.to_le_bytes()].concat(),
                "a count and a size of four bytes each, as AWS",
            ),
            ([1_u32.to_be_bytes(), len.to_be_bytes()].concat(), "each, in big-endian order"),
            (
                [len.to_le_bytes(), 1_u32.to_le_bytes()].concat(),
                "a size and a count of four bytes each: what",
            ),
            ([len.to_be_bytes(), 1_u32.to_be_bytes()].concat(), "each, in big-endian order: what AWS"),
            // The size of all of it.
            (
                [1_u32.to_le_bytes(), (len + 8).to_le_bytes()].concat(),
                "a count and a size of four bytes each",
            ),
            (
                [(len + 8).to_le_bytes(), 1_u32.to_le_bytes()].concat(),
                "a size and a count of four bytes each",
            ),
            ([1_u16.to_le_bytes(), short.to_le_bytes()].concat(), "a record without an object"),
            ([1_u16.to_be_bytes(), short.to_be_bytes()].concat(), "record, in big-endian order"),
            (
                [&(len + 10).to_be_bytes()[..], &[0, 1, 0, 1], &short.to_be_bytes()].concat(),
                "an object in big-endian order",
            ),
            (len.to_le_bytes().to_vec(), "a length of 4 bytes and nothing else"),
            (short.to_be_bytes().to_vec(), "a length of 2 bytes and nothing else"),
            (vec![0xEE; 7], "not those of a PlayReady Object"),
        ] {
            let said = said(&front);
            assert!(said.contains(what), "{what}: {said}");
            assert!(said.contains(&format!("begins at byte {}", front.len())), "{said}");
        }
    }

    #[test]
    fn an_object_with_one_number_in_the_other_order_is_read_and_said_so() {
        let mut object = Object::encode([(RecordType::Header, &header()[..])]).unwrap();
        object[..4].reverse();
        assert!(Payload::parse(&object).is_ok());
        let findings = crate::lint(&object, &crate::Context::default());
        let message = &findings.iter().find(|finding| finding.rule.id == "PRO-01").unwrap().message;
        assert!(message.contains("in the other byte order"), "{message}");
    }
}
