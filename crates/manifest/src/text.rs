//! Bytes as text, and places in the text as places in the bytes.
//!
//! ```text
//!   bytes   FF FE 3C 00 4D 00 50 00 44 00 …         an offset in the text is looked up from the mark before it:
//!   text          <     M     P     D     …         every 256 bytes there is one, with the byte offset, the line and
//!   marks   ▲                             ▲         the column
//! ```
//!
//! Text is decoded to *find* things. A splice is made in the original bytes, so a byte order mark, line ends and what
//! could not be decoded stay what they were. UTF-16 is what Expression Encoder writes; Latin-1 is read where the XML
//! declaration says so.

use crate::work;
use bytes::Bytes;
use core::fmt;
use core::ops::Range;
use prkit_plan::Span;

/// Distance of the marks, in bytes of text.
const BLOCK: usize = 256;

/// How text is written down.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encoding {
    /// UTF-8, or anything unknown: bytes that are no UTF-8 read as U+FFFD and stay.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// ISO 8859-1, and the two that are nearly that: one byte, one character.
    Latin1,
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// From 1.
    pub line: u64,
    /// From 1, in characters.
    pub column: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A document's text and where it stands in its bytes.
#[derive(Clone, Debug)]
pub struct Text {
    text: String,
    encoding: Encoding,
    bom: usize,
    len: u64,
    marks: Vec<Mark>,
    /// The bytes, where the text does not tell how long they are.
    broken: Option<Bytes>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    text: usize,
    raw: usize,
    position: Position,
}

impl Text {
    /// Decodes bytes of any of the encodings.
    pub fn decode(raw: &Bytes) -> Self {
        work::count(raw.len());
        let (encoding, bom) = sniff(raw);
        let body = raw.get(bom..).unwrap_or_default();
        let (text, broken) = match encoding {
            Encoding::Utf8 => match core::str::from_utf8(body) {
                Ok(text) => (text.to_owned(), None),
                Err(_) => (String::from_utf8_lossy(body).into_owned(), Some(raw.clone())),
            },
            Encoding::Utf16Le => (decode_utf16(body, u16::from_le_bytes), None),
            Encoding::Utf16Be => (decode_utf16(body, u16::from_be_bytes), None),
            Encoding::Latin1 => (body.iter().copied().map(char::from).collect(), None),
        };
        let len = u64::try_from(raw.len()).unwrap_or(u64::MAX);
        let mut decoded = Self { text, encoding, bom, len, marks: Vec::new(), broken };
        decoded.marks = decoded.mark();
        decoded
    }

    fn mark(&self) -> Vec<Mark> {
        let mut mark = Mark { text: 0, raw: self.bom, position: Position { line: 1, column: 1 } };
        let mut marks = vec![mark];
        while mark.text.saturating_add(BLOCK) < self.text.len() {
            let mut next = mark.text.saturating_add(BLOCK);
            while !self.text.is_char_boundary(next) {
                next = next.saturating_add(1);
            }
            mark =
                Mark { text: next, raw: self.raw_from(mark, next), position: self.position_from(mark, next) };
            marks.push(mark);
        }
        marks
    }

    fn mark_before(&self, offset: usize) -> Mark {
        let after = self.marks.partition_point(|mark| mark.text <= offset);
        let first = Mark { text: 0, raw: self.bom, position: Position { line: 1, column: 1 } };
        after.checked_sub(1).and_then(|i| self.marks.get(i)).copied().unwrap_or(first)
    }

    fn raw_from(&self, mark: Mark, offset: usize) -> usize {
        let between = self.text.get(mark.text..offset).unwrap_or_default();
        let len = match (self.encoding, &self.broken) {
            (Encoding::Utf16Le | Encoding::Utf16Be, _) => {
                between.chars().map(char::len_utf16).sum::<usize>().saturating_mul(2)
            }
            (Encoding::Latin1, _) => between.chars().count(),
            (Encoding::Utf8, None) => between.len(),
            (Encoding::Utf8, Some(raw)) => broken_len(raw.get(mark.raw..).unwrap_or_default(), between.len()),
        };
        mark.raw.saturating_add(len)
    }

    fn position_from(&self, mark: Mark, offset: usize) -> Position {
        let Position { mut line, mut column } = mark.position;
        work::count(offset.saturating_sub(mark.text));
        let bytes = self.text.as_bytes();
        for (at, c) in self.text.get(mark.text..offset).unwrap_or_default().char_indices() {
            let at = mark.text.saturating_add(at);
            // A line ends at LF, at CR LF, and at CR alone.
            let ends = c == '\n' || c == '\r' && bytes.get(at.saturating_add(1)) != Some(&b'\n');
            (line, column) =
                if ends { (line.saturating_add(1), 1) } else { (line, column.saturating_add(1)) };
        }
        Position { line, column }
    }

    /// The whole text, without a byte order mark.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How it is written down.
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether some of the bytes are no text of the encoding.
    pub const fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Bytes of the document.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where a place in the text stands in the bytes.
    pub fn raw(&self, offset: usize) -> u64 {
        u64::try_from(self.raw_from(self.mark_before(offset), offset)).unwrap_or(u64::MAX)
    }

    /// Where a range of the text stands in the bytes.
    pub fn raw_span(&self, range: &Range<usize>) -> Span {
        Span::new(self.raw(range.start), self.raw(range.end))
    }

    /// Line and column of a place in the text.
    pub fn position(&self, offset: usize) -> Position {
        self.position_from(self.mark_before(offset), offset)
    }

    /// The bytes of new text in this document's encoding.
    ///
    /// What Latin-1 cannot say becomes a character reference, which is right in every XML document.
    pub fn encode(&self, put: &str) -> Bytes {
        match self.encoding {
            Encoding::Utf8 => Bytes::copy_from_slice(put.as_bytes()),
            Encoding::Utf16Le => put.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => put.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Latin1 => {
                let mut bytes = Vec::with_capacity(put.len());
                for c in put.chars() {
                    match u8::try_from(c) {
                        Ok(byte) => bytes.push(byte),
                        Err(_) => bytes.extend(format!("&#{};", u32::from(c)).into_bytes()),
                    }
                }
                bytes.into()
            }
        }
    }

    /// The line end that the document uses: that of its first line.
    pub fn line_end(&self) -> &'static str {
        match self.text.find(['\n', '\r']) {
            Some(at) if self.text.get(at..).is_some_and(|rest| rest.starts_with("\r\n")) => "\r\n",
            Some(at) if self.text.get(at..).is_some_and(|rest| rest.starts_with('\r')) => "\r",
            _ => "\n",
        }
    }
}

/// Bytes that became the first `len` bytes of lossy text: every broken run became one U+FFFD of three bytes.
fn broken_len(raw: &[u8], len: usize) -> usize {
    let (mut left, mut done) = (len, 0_usize);
    for chunk in raw.utf8_chunks() {
        let valid = chunk.valid().len();
        if left <= valid {
            return done.saturating_add(left);
        }
        left = left.saturating_sub(valid).saturating_sub(char::REPLACEMENT_CHARACTER.len_utf8());
        done = done.saturating_add(valid).saturating_add(chunk.invalid().len());
    }
    done
}

/// By byte order mark, else by where the zero byte of the first character stands, else by the XML declaration.
fn sniff(raw: &[u8]) -> (Encoding, usize) {
    match raw {
        [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2),
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
        [0, b, ..] if *b != 0 => (Encoding::Utf16Be, 0),
        [a, 0, ..] if *a != 0 => (Encoding::Utf16Le, 0),
        _ if declares_latin1(raw) => (Encoding::Latin1, 0),
        _ => (Encoding::Utf8, 0),
    }
}

/// The encoding that an XML declaration names, if there is one.
pub(crate) fn declared_encoding(text: &str) -> Option<&str> {
    let declaration = text.trim_start().strip_prefix("<?xml")?;
    let declaration = declaration.split_once('>')?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.strip_prefix(quote)?.split(quote).next()
}

fn declares_latin1(raw: &[u8]) -> bool {
    const DECLARATION: usize = 256;
    let head = raw.get(..DECLARATION.min(raw.len())).unwrap_or_default();
    let head: String = head.iter().copied().map(char::from).collect();
    declared_encoding(&head).is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        matches!(name.as_str(), "iso-8859-1" | "iso_8859-1" | "latin1" | "windows-1252" | "cp1252")
    })
}

/// Lone surrogates become U+FFFD, which is one unit too; a last odd byte is no text.
fn decode_utf16(body: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (units, _) = body.as_chunks::<2>();
    let mut text = String::with_capacity(units.len());
    text.extend(
        char::decode_utf16(units.iter().map(|bytes| unit(*bytes)))
            .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER)),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(raw: &[u8]) -> Text {
        Text::decode(&Bytes::copy_from_slice(raw))
    }

    fn utf16(text: &str) -> Vec<u8> {
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    }

    #[test]
    fn lines_end_at_lf_cr_lf_and_cr() {
        let text = decode(b"a\nb\r\nc\rd");
        let at = |c: char| text.position(text.as_str().find(c).unwrap());
        assert_eq!(at('b'), Position { line: 2, column: 1 });
        assert_eq!(at('c'), Position { line: 3, column: 1 });
        assert_eq!(at('d'), Position { line: 4, column: 1 });
        assert_eq!(text.line_end(), "\n");
        assert_eq!(decode(b"a\r\nb").line_end(), "\r\n");
    }

    #[test]
    fn columns_count_characters_and_offsets_bytes() {
        let text = decode("\u{FEFF}<a>ü日<b>".as_bytes());
        let b = text.as_str().find("<b>").unwrap();
        assert_eq!(text.position(b), Position { line: 1, column: 6 });
        assert_eq!(text.raw(b), 3 + 3 + 2 + 3);
        let text = decode(&utf16("<a>ü日<b>"));
        assert_eq!(text.encoding(), Encoding::Utf16Le);
        assert_eq!(text.raw(text.as_str().find("<b>").unwrap()), 2 + 5 * 2);
    }

    #[test]
    fn bytes_that_are_no_text_are_counted_as_they_are() {
        let text = decode(b"<a>\xFF\xFE\xE4</a>");
        assert!(text.is_broken());
        assert_eq!(text.raw(text.as_str().find("</a>").unwrap()), 6);
    }

    #[test]
    fn latin1_is_read_where_it_is_declared() {
        let text = decode(b"<?xml version='1.0' encoding='ISO-8859-1'?><a b='\xE9'/>");
        assert!(text.as_str().contains("b='é'"));
        assert_eq!(&text.encode("é”")[..], b"\xE9&#8221;");
        assert_eq!(text.raw(text.as_str().len()), text.len());
    }

    #[test]
    fn a_place_is_found_without_reading_the_text_up_to_it() {
        let text = decode("a\n".repeat(100_000).as_bytes());
        let work = work::of(|| {
            for offset in 0..1000 {
                text.position(offset * 199);
            }
        });
        assert!(work < 1000 * BLOCK, "{work}");
    }

    proptest! {
        /// Against the plain definition, over several blocks.
        #[test]
        fn every_place_is_found_again(parts in proptest::collection::vec("[a-zé日\u{10000}\r\n]{0,40}", 0..400), broken in any::<bool>()) {
            let text = parts.concat();
            for encoding in [Encoding::Utf8, Encoding::Utf16Le] {
                let mut raw = if encoding == Encoding::Utf8 { text.clone().into_bytes() } else { utf16(&text) };
                if broken && encoding == Encoding::Utf8 {
                    raw.insert(0, 0xF5);
                    raw.push(0xF5);
                }
                let decoded = decode(&raw);
                prop_assert_eq!(decoded.raw(decoded.as_str().len()), decoded.len());
                let mut at = 0;
                let mut line = 1;
                let mut column = 1;
                for (i, c) in decoded.as_str().char_indices() {
                    if i >= at {
                        prop_assert_eq!(decoded.position(i), Position { line, column });
                        let raw_at = usize::try_from(decoded.raw(i)).unwrap();
                        if c != char::REPLACEMENT_CHARACTER {
                            prop_assert!(raw[raw_at..].starts_with(&decoded.encode(&c.to_string())));
                        }
                        at = i + 500;
                    }
                    let ends = c == '\n' || c == '\r' && !decoded.as_str()[i + 1..].starts_with('\n');
                    (line, column) = if ends { (line + 1, 1) } else { (line, column + 1) };
                }
            }
        }
    }
}
