//! Header bytes as text, and back to bytes.
//!
//! The specification says UTF-16 (PRH spec 3), Microsoft's how-to says little-endian, the field has the rest. Text
//! is decoded lossily and only to *find* things: a splice is made in the original bytes, so what could not be
//! decoded survives an edit beside it.

use crate::work::count;
use core::ops::Range;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// How header text is written down.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encoding {
    /// UTF-16, little-endian: what the specification asks for.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-8. pyplayready and hand-made headers have it.
    Utf8,
}

impl Encoding {
    /// How bytes are written down, as far as their beginning shows.
    pub(crate) fn of(raw: &[u8]) -> Self {
        sniff(raw).0
    }
}

/// Bytes and the text they say.
#[derive(Clone, Debug)]
pub(crate) struct Text<'a> {
    raw: &'a [u8],
    encoding: Encoding,
    /// Bytes of a byte order mark in front.
    bom: usize,
    text: Cow<'a, str>,
    /// UTF-16 units in front of some offsets of the text; none for plain ASCII.
    units: OnceLock<Option<Vec<(usize, usize)>>>,
    /// Where text and bytes of broken UTF-8 run apart.
    runs: OnceLock<Vec<(usize, usize)>>,
}

impl<'a> Text<'a> {
    pub(crate) fn decode(raw: &'a [u8]) -> Self {
        let (encoding, bom) = sniff(raw);
        let body = raw.get(bom..).unwrap_or_default();
        let text = match encoding {
            Encoding::Utf8 => String::from_utf8_lossy(body),
            Encoding::Utf16Le => Cow::Owned(decode_utf16(body, u16::from_le_bytes)),
            Encoding::Utf16Be => Cow::Owned(decode_utf16(body, u16::from_be_bytes)),
        };
        Self { raw, encoding, bom, text, units: OnceLock::new(), runs: OnceLock::new() }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) const fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(crate) const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    pub(crate) const fn has_bom(&self) -> bool {
        self.bom > 0
    }

    /// The text in little-endian UTF-16 without a mark in front and zeros behind (PRH spec 3); `None` when there are
    /// bytes that are no text in what it is now.
    ///
    /// From one UTF-16 to the other, units are turned one by one: what could not be decoded is kept.
    pub(crate) fn straight(&self) -> Option<Vec<u8>> {
        let body = self.raw.get(self.bom..).unwrap_or_default();
        let mut straight: Vec<u8> = match self.encoding {
            Encoding::Utf8 => {
                let text = core::str::from_utf8(body).ok()?;
                text.encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
            Encoding::Utf16Le => body.as_chunks::<2>().0.as_flattened().to_vec(),
            Encoding::Utf16Be => body.as_chunks().0.iter().flat_map(|[high, low]| [*low, *high]).collect(),
        };
        while straight.ends_with(&[0, 0]) {
            straight.truncate(straight.len().saturating_sub(2));
        }
        Some(straight)
    }

    /// Whether something could not be decoded: a lone surrogate, broken UTF-8.
    pub(crate) fn is_lossy(&self) -> bool {
        let body = self.raw.get(self.bom..).unwrap_or_default();
        match self.encoding {
            Encoding::Utf8 => core::str::from_utf8(body).is_err(),
            // What could not be decoded became U+FFFD.
            Encoding::Utf16Le | Encoding::Utf16Be if self.text.is_ascii() => false,
            Encoding::Utf16Le | Encoding::Utf16Be => {
                let read =
                    if self.encoding == Encoding::Utf16Le { u16::from_le_bytes } else { u16::from_be_bytes };
                let units = body.as_chunks().0.iter().map(|unit| read(*unit));
                char::decode_utf16(units).any(|unit| unit.is_err())
            }
        }
    }

    /// Where the character at `offset` of the text stands in the bytes.
    pub(crate) fn raw_offset(&self, offset: usize) -> usize {
        let offset = if self.text.is_char_boundary(offset) { offset } else { self.text.len() };
        let len = match (self.encoding, &self.text) {
            (Encoding::Utf16Le | Encoding::Utf16Be, _) => self.units_before(offset).saturating_mul(2),
            (Encoding::Utf8, Cow::Borrowed(_)) => offset,
            (Encoding::Utf8, Cow::Owned(_)) => self.lossy_utf8_len(offset),
        };
        self.bom.saturating_add(len)
    }

    /// UTF-16 units in front of an offset of the text.
    pub(crate) fn units_before(&self, offset: usize) -> usize {
        let Some(marks) = self.units.get_or_init(|| unit_marks(&self.text)) else { return offset };
        let (at, units) = mark_before(marks, offset);
        units.saturating_add(utf16_len(self.text.get(at..offset).unwrap_or_default()))
    }

    /// Bytes that became the first `len` bytes of lossy text: every broken run became one U+FFFD of three bytes.
    fn lossy_utf8_len(&self, len: usize) -> usize {
        let marks = self.runs.get_or_init(|| {
            let (mut text, mut raw) = (0_usize, 0_usize);
            let mut marks = Vec::new();
            for chunk in self.raw.get(self.bom..).unwrap_or_default().utf8_chunks() {
                let (valid, invalid) = (chunk.valid().len(), chunk.invalid().len());
                (text, raw) = (text.saturating_add(valid), raw.saturating_add(valid));
                marks.push((text, raw));
                if invalid > 0 {
                    text = text.saturating_add(char::REPLACEMENT_CHARACTER.len_utf8());
                    raw = raw.saturating_add(invalid);
                    marks.push((text, raw));
                }
            }
            marks
        });
        let (text, raw) = mark_before(marks, len);
        raw.saturating_add(len.saturating_sub(text))
    }

    /// The bytes with some ranges of the text replaced. Ranges are in order and do not overlap.
    pub(crate) fn splice(&self, splices: &[TextSplice]) -> Vec<u8> {
        let added: usize = splices.iter().map(|splice| splice.put.len().saturating_mul(2)).sum();
        let mut new = Vec::with_capacity(self.raw.len().saturating_add(added));
        let mut at = 0;
        for splice in splices {
            let start = self.raw_offset(splice.range.start);
            new.extend_from_slice(self.raw.get(at..start).unwrap_or_default());
            encode(&splice.put, self.encoding, &mut new);
            at = self.raw_offset(splice.range.end);
        }
        new.extend_from_slice(self.raw.get(at..).unwrap_or_default());
        new
    }
}

/// UTF-16 units at every so many bytes of a text; none for plain ASCII, where both numbers are the same.
fn unit_marks(text: &str) -> Option<Vec<(usize, usize)>> {
    const STEP: usize = 64;
    let mut marks = Vec::new();
    count(text.len());
    if text.is_ascii() {
        return None;
    }
    let (mut next, mut units) = (STEP, 0_usize);
    for (at, c) in text.char_indices() {
        if at >= next {
            marks.push((at, units));
            next = at.saturating_add(STEP);
        }
        units = units.saturating_add(c.len_utf16());
    }
    Some(marks)
}

/// The last mark that is not behind an offset.
fn mark_before(marks: &[(usize, usize)], offset: usize) -> (usize, usize) {
    let behind = marks.partition_point(|(at, _)| *at <= offset);
    behind.checked_sub(1).and_then(|last| marks.get(last)).copied().unwrap_or_default()
}

/// A range of the text and what replaces it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TextSplice {
    pub(crate) range: Range<usize>,
    pub(crate) put: String,
}

/// A list of splices in order: each once, and of those that overlap the first.
///
/// Elements that end at one place are closed there innermost first, so what is inserted later stands first; and two
/// insertions that are the same are two all the same.
pub(crate) fn merged(mut splices: Vec<Arc<TextSplice>>) -> Vec<TextSplice> {
    splices.reverse();
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    splices.dedup_by(|a, b| !a.range.is_empty() && (Arc::ptr_eq(a, b) || a == b));
    let mut end = 0;
    splices.retain(|splice| {
        let stays = splice.range.start >= end;
        if stays {
            end = splice.range.end;
        }
        stays
    });
    splices.into_iter().map(Arc::unwrap_or_clone).collect()
}

/// A text with splices done, in order.
#[cfg(test)]
pub(crate) fn splice_str(text: &str, splices: &[TextSplice]) -> String {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for splice in splices {
        new.push_str(text.get(at..splice.range.start).unwrap_or_default());
        new.push_str(&splice.put);
        at = splice.range.end;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}

/// UTF-16 units of a text. Headers are nearly always ASCII, and a thousand findings ask a thousand times.
pub(crate) fn utf16_len(text: &str) -> usize {
    count(text.len());
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Appends text in an encoding.
pub(crate) fn encode(text: &str, encoding: Encoding, into: &mut Vec<u8>) {
    match encoding {
        Encoding::Utf8 => into.extend_from_slice(text.as_bytes()),
        Encoding::Utf16Le => into.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
        Encoding::Utf16Be => into.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
    }
}

/// By byte order mark, else by where the zero byte of the first character stands.
fn sniff(raw: &[u8]) -> (Encoding, usize) {
    match raw {
        [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2),
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
        [0, b, ..] if *b != 0 => (Encoding::Utf16Be, 0),
        [a, b, ..] if a.is_ascii() && *a != 0 && *b != 0 => (Encoding::Utf8, 0),
        _ => (Encoding::Utf16Le, 0),
    }
}

/// Lone surrogates become U+FFFD, which is one unit too; a last odd byte is no text.
fn decode_utf16(body: &[u8], read: impl Fn([u8; 2]) -> u16 + Copy) -> String {
    let units = || body.as_chunks().0.iter().map(|unit| read(*unit));
    // Headers are nearly always plain ASCII, and a catalogue has very many of them.
    if units().fold(0, |all, unit| all | unit) < 0x80 {
        let ascii: Vec<u8> = units().map(|unit| unit.to_le_bytes()[0]).collect();
        return String::from_utf8(ascii).unwrap_or_default();
    }
    char::decode_utf16(units()).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spliced(raw: &[u8], range: Range<usize>, put: &str) -> Vec<u8> {
        Text::decode(raw).splice(&[TextSplice { range, put: put.into() }])
    }

    #[test]
    fn a_lone_surrogate_beside_a_splice_survives() {
        let raw = [0x3C, 0, 0x00, 0xD8, 0x3E, 0];
        let text = Text::decode(&raw);
        assert_eq!(text.as_str(), "<\u{FFFD}>");
        let end = text.as_str().len();
        assert_eq!(spliced(&raw, end..end, "x"), [0x3C, 0, 0x00, 0xD8, 0x3E, 0, b'x', 0]);
    }

    #[test]
    fn an_odd_last_byte_and_a_byte_order_mark_survive() {
        let raw = [0xFF, 0xFE, 0x3C, 0, 0x3E, 0, 0x7F];
        assert_eq!(spliced(&raw, 1..1, "é"), [0xFF, 0xFE, 0x3C, 0, 0xE9, 0, 0x3E, 0, 0x7F]);
    }

    #[test]
    fn broken_utf8_beside_a_splice_survives() {
        let raw = b"<a>\xFF\xFE</a>";
        let text = Text::decode(raw);
        let at = text.as_str().find("</").unwrap();
        assert_eq!(spliced(raw, at..at, "x"), b"<a>\xFF\xFEx</a>");
    }

    #[test]
    fn big_endian_stays_big_endian() {
        assert_eq!(spliced(&[0, 0x3C, 0, 0x3E], 1..1, "A"), [0, 0x3C, 0, 0x41, 0, 0x3E]);
    }

    proptest! {
        #[test]
        fn an_empty_splice_changes_nothing(raw in proptest::collection::vec(any::<u8>(), 0..60), at in 0_usize..60) {
            let text = Text::decode(&raw);
            let len = text.as_str().len();
            let at = (at.min(len)..=len).find(|i| text.as_str().is_char_boundary(*i)).unwrap();
            prop_assert_eq!(spliced(&raw, at..at, ""), raw);
        }

        #[test]
        fn decoded_text_encodes_to_the_same_bytes(text in "\\PC{1,40}") {
            for (encoding, mark) in [(Encoding::Utf16Le, &[0xFF, 0xFE][..]), (Encoding::Utf16Be, &[0xFE, 0xFF]), (Encoding::Utf8, &[0xEF, 0xBB, 0xBF])] {
                let mut raw = mark.to_vec();
                encode(&text, encoding, &mut raw);
                let decoded = Text::decode(&raw);
                prop_assert_eq!(decoded.as_str(), &text);
            }
        }
    }
}
