//! Box headers (ISO/IEC 14496-12, 4.2.2). All integers are big-endian.
//!
//! ```text
//!   ┌──────┬──────┐ ┌──────┬──────┬───────────┐   ┌──────────────┐
//!   │ size │ type │ │ 1    │ type │ largesize │ + │ usertype     │ when the type is `uuid`
//!   └──────┴──────┘ └──────┴──────┴───────────┘   └──────────────┘
//!    4      4        4      4      8               16
//! ```
//!
//! Size 0 means "to the end of the file" and is allowed for the last box of the file only. The form a size is
//! written in is kept: a short box with a 64-bit size stays one.

use crate::box_type::BoxType;
use crate::error::ErrorKind;
use prkit_plan::{Distance, Field, Form, Place, Span};

/// The longest header: 64-bit size and `uuid`.
pub(crate) const MAX_HEADER: u64 = 32;

/// How a box's size is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SizeForm {
    /// 32 bits.
    Short,
    /// 64 bits.
    Large,
    /// 0: to the end of the file.
    ToEnd,
}

/// A box as its header describes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BoxHeader {
    /// What it is.
    pub kind: BoxType,
    /// From the first byte of the header to the last of the content, as the size says; past the end of its
    /// container when the size is wrong.
    pub span: Span,
    /// Bytes of the header.
    pub len: u8,
    /// How the size is written.
    pub form: SizeForm,
}

impl BoxHeader {
    /// Reads the header at `at` from the bytes there. `end` is where its container ends.
    ///
    /// A box that passes the end is given as it says; see [`BoxHeader::fits`].
    #[inline]
    pub(crate) fn parse(bytes: &[u8], at: u64, end: u64, in_file: bool) -> Result<Self, ErrorKind> {
        // Nearly all of them: what is rare is told by the rest.
        if let Some([a, b, c, d, code @ ..]) = bytes.first_chunk::<8>() {
            let size = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
            if size >= 8 && code != b"uuid" {
                let span = Span::new(at, at.saturating_add(size));
                return Ok(Self { kind: BoxType::new(*code), span, len: 8, form: SizeForm::Short });
            }
        }
        Self::parse_rare(bytes, at, end, in_file)
    }

    /// The other forms, and what is none.
    #[cold]
    fn parse_rare(bytes: &[u8], at: u64, end: u64, in_file: bool) -> Result<Self, ErrorKind> {
        let left = end.saturating_sub(at);
        let cut = |needed| ErrorKind::HeaderCut { left, needed };
        let (size, rest) = bytes.split_first_chunk().ok_or_else(|| cut(8))?;
        let (code, rest) = rest.split_first_chunk().ok_or_else(|| cut(8))?;
        let kind = BoxType::new(*code);
        let (size, form, mut len, rest) = match u32::from_be_bytes(*size) {
            0 if in_file => (left, SizeForm::ToEnd, 8_u8, rest),
            0 => return Err(ErrorKind::ToEndInside { code: kind.to_string() }),
            1 => {
                let (large, rest) = rest.split_first_chunk().ok_or_else(|| cut(16))?;
                (u64::from_be_bytes(*large), SizeForm::Large, 16, rest)
            }
            size => (u64::from(size), SizeForm::Short, 8, rest),
        };
        let kind = match rest.first_chunk() {
            Some(usertype) if code == b"uuid" && size >= u64::from(len).saturating_add(16) => {
                len = len.saturating_add(16);
                BoxType::extended(*usertype)
            }
            _ => kind,
        };
        if size < u64::from(len) {
            return Err(ErrorKind::SmallerThanHeader { size, header: len });
        }
        Ok(Self { kind, span: Span::new(at, at.saturating_add(size)), len, form })
    }

    /// The header's bytes for a box of this type and form with `content` bytes in it; `None` when 32 bits cannot say
    /// the size.
    pub(crate) fn encode_for(&self, content: u64) -> Option<Vec<u8>> {
        let size = u64::from(self.len).checked_add(content)?;
        let mut bytes = Vec::with_capacity(usize::from(self.len));
        let code = self.kind.code().0;
        match self.form {
            SizeForm::Short => {
                bytes.extend_from_slice(&u32::try_from(size).ok()?.to_be_bytes());
                bytes.extend_from_slice(&code);
            }
            SizeForm::ToEnd => {
                bytes.extend_from_slice(&[0; 4]);
                bytes.extend_from_slice(&code);
            }
            SizeForm::Large => {
                bytes.extend_from_slice(&1_u32.to_be_bytes());
                bytes.extend_from_slice(&code);
                bytes.extend_from_slice(&size.to_be_bytes());
            }
        }
        bytes.extend(self.kind.usertype().into_iter().flatten());
        Some(bytes)
    }

    /// The bytes behind the header.
    pub fn content(&self) -> Span {
        Span::new(self.span.start().saturating_add(u64::from(self.len)), self.span.end())
    }

    /// Whether it ends where its container, which ends at `end`, does or before.
    pub const fn fits(&self, end: u64) -> bool {
        self.span.end() <= end
    }

    /// Where it begins.
    pub(crate) const fn start(&self) -> Place {
        Place::start(self.span.start())
    }

    /// Where it ends, being at `depth`.
    pub(crate) const fn end(&self, depth: u16) -> Place {
        Place::end(self.span.end(), depth)
    }

    /// Its size, being at `depth`. A size to the end of the file has no field and never needs one.
    pub(crate) fn size(&self, depth: u16) -> Option<Distance> {
        let field = match self.form {
            SizeForm::Short => Field { at: self.span.start(), form: Form::U32 },
            SizeForm::Large => Field { at: self.span.start().saturating_add(8), form: Form::U64 },
            SizeForm::ToEnd => return None,
        };
        Some(Distance { field: Some(field), from: self.start(), to: self.end(depth) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8], end: u64) -> Result<BoxHeader, ErrorKind> {
        BoxHeader::parse(bytes, 0, end, true)
    }

    #[test]
    fn every_form_is_read_and_written_again() {
        let forms: [&[u8]; 4] = [
            b"\0\0\0\x10free",
            b"\0\0\0\x01free\0\0\0\0\0\0\0\x18",
            b"\0\0\0\0free",
            b"\0\0\0\x20uuid\xd0\x8a\x4f\x18\x10\xf3\x4a\x82\xb6\xc8\x32\xd8\xab\xa1\x83\xd3",
        ];
        for (bytes, content) in forms.into_iter().zip([8, 8, 92, 8]) {
            let header = parse(bytes, 100).unwrap();
            assert_eq!(header.content().len(), content, "{header:?}");
            assert_eq!(header.encode_for(content).unwrap(), bytes);
        }
    }

    #[test]
    fn sizes_below_the_header_are_refused() {
        for bytes in [&b"\0\0\0\x04free"[..], b"\0\0\0\x01free\0\0\0\0\0\0\0\x0F"] {
            assert!(matches!(parse(bytes, 100), Err(ErrorKind::SmallerThanHeader { .. })));
        }
    }

    #[test]
    fn a_size_past_the_end_is_kept_as_written() {
        let header = parse(b"\0\0\0\x01mdat\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 100).unwrap();
        assert!(!header.fits(100));
        assert_eq!(header.span.end(), u64::MAX);
    }

    #[test]
    fn size_0_is_for_the_file_only() {
        let error = BoxHeader::parse(b"\0\0\0\0free", 0, 100, false).unwrap_err();
        assert_eq!(error.to_string(), "free box has size 0, which only the last box of a file may have");
    }

    #[test]
    fn a_cut_header_says_what_is_missing() {
        assert_eq!(
            parse(b"\0\0\0\x01free\0", 9).unwrap_err().to_string(),
            "box header is cut: 9 bytes left of 16"
        );
    }

    #[test]
    fn a_short_size_that_no_longer_fits_is_none() {
        let header = parse(b"\0\0\0\x10free", 100).unwrap();
        assert_eq!(header.encode_for(0xFFFF_FFFF), None);
    }
}
