//! Base64 as documents have it, and written again in the same form.
//!
//! ```text
//!   <mspr:pro>                          runs       the text without the white space around it; several where a comment
//!       xAEAAAEAAQC6ATwAVwBSAE0A                   or a CDATA mark stands between
//!       SABFAEEARABFAFIAIAB4AA==        line       24 characters, then "\n      "
//!   </mspr:pro>                         alphabet   + and /, or - and _
//!                                       padded     with = at the end, or not
//!                                       escaped    %2B, %2F and %3D, as some data URIs have it
//! ```

use crate::embedded::Embedded;
use crate::header_text::Escape;
use crate::limits::MAX_OBJECT_LEN;
use crate::numbers::Written;
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use core::ops::Range;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Base64 text, where it stands, and how it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Value {
    /// The pieces of text that hold it. Never empty.
    pub(crate) runs: Vec<Range<usize>>,
    /// How it is written.
    form: Form,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Form {
    url_safe: bool,
    unpadded: bool,
    escaped: bool,
    /// It is no base64, but the bytes themselves: the text of a header, or an address.
    plain: bool,
    /// It is hex digits, in capitals or not.
    hex: Option<bool>,
    /// It is numbers.
    numbers: Option<Written>,
    /// The texts around such a text, innermost first.
    layers: Vec<Layer>,
    /// Characters of a line and what stands between lines.
    wrap: Option<(usize, String)>,
}

/// A text inside of another one, and how it is written there.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Layer {
    inner: Embedded,
    outer: String,
}

impl Layer {
    fn of(outer: &str, embedded: &Embedded, range: &Range<usize>) -> Self {
        let outer = outer.get(embedded.outer_range(range)).unwrap_or_default().to_owned();
        Self { inner: embedded.part(range), outer }
    }
}

/// Why text is no base64.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Base64Error {
    /// Nothing.
    #[error("there is no text where base64 is due")]
    Empty,
    /// A character.
    #[error("{found:?} is no base64 character")]
    Character {
        /// Which.
        found: char,
    },
    /// Its length.
    #[error("{len} base64 characters are no whole number of bytes")]
    Length {
        /// Characters.
        len: usize,
    },
    /// Too much of it.
    #[error("the object is longer than {MAX_OBJECT_LEN} bytes")]
    TooLong,
}

impl Value {
    /// Cuts white space off the ends of the pieces; those that hold nothing else go.
    pub(crate) fn at(text: &str, pieces: impl IntoIterator<Item = Range<usize>>) -> Self {
        let mut runs: Vec<_> = pieces.into_iter().filter_map(|piece| trimmed(text, piece)).collect();
        if runs.is_empty() {
            runs.push(0..0);
        }
        Self { runs, form: Form::default() }
    }

    /// The text of a header: its bytes in UTF-8 are what it holds.
    pub(crate) fn plain(range: Range<usize>) -> Self {
        Self { runs: vec![range], form: Form { plain: true, ..Form::default() } }
    }

    /// The text of a header that is written inside of another text.
    pub(crate) fn written(outer: &str, embedded: &Embedded, range: &Range<usize>) -> Self {
        let layers = vec![Layer::of(outer, embedded, range)];
        let runs = vec![embedded.outer_range(range)];
        Self { runs, form: Form { plain: true, layers, ..Form::default() } }
    }

    /// Plain text of an element or an attribute, in the pieces that it has.
    pub(crate) fn text(outer: &str, pieces: impl IntoIterator<Item = Range<usize>>) -> Self {
        let runs = Self::at(outer, pieces).runs;
        let layers = runs.first().map(|first| {
            let is_cdata =
                outer.get(..first.start).is_some_and(|before| before.trim_end().ends_with("<![CDATA["));
            let escape = if is_cdata { Escape::None } else { Escape::Xml };
            let embedded = Embedded::of_piece(outer, first, escape);
            let whole = 0..embedded.text().len();
            Layer::of(outer, &embedded, &whole)
        });
        Self { runs, form: Form { plain: true, layers: layers.into_iter().collect(), ..Form::default() } }
    }

    /// Hex digits.
    pub(crate) fn hex(text: &str, range: Range<usize>) -> Self {
        let is_upper =
            text.get(range.clone()).is_some_and(|digits| digits.contains(|c: char| c.is_ascii_uppercase()));
        Self { runs: vec![range], form: Form { hex: Some(is_upper), ..Form::default() } }
    }

    /// Numbers.
    pub(crate) fn numbers(range: Range<usize>, written: Written) -> Self {
        Self { runs: vec![range], form: Form { numbers: Some(written), ..Form::default() } }
    }

    /// Turns places of an embedded text into those of the text around it.
    pub(crate) fn move_to(&mut self, outer: &str, embedded: &Embedded) {
        // A line break may have to be escaped there.
        if !self.runs.iter().all(|run| embedded.is_same(outer, run)) {
            self.form.wrap = None;
        }
        // The first run takes all of another text.
        if let ([run, ..], true) = (self.runs.as_slice(), self.form.plain) {
            self.form.layers.push(Layer::of(outer, embedded, run));
        }
        for run in &mut self.runs {
            *run = embedded.outer_range(run);
        }
    }

    /// Where it begins.
    pub(crate) fn start(&self) -> usize {
        self.runs.first().map_or(0, |run| run.start)
    }

    /// From the first character to the last.
    pub(crate) fn range(&self) -> Range<usize> {
        self.start()..self.runs.last().map_or(0, |run| run.end)
    }

    /// The bytes. Learns the form on the way.
    pub(crate) fn decode(&mut self, text: &str) -> Result<Vec<u8>, Base64Error> {
        let mut characters = Characters::default();
        for run in &self.runs {
            characters.read(text.get(run.clone()).unwrap_or_default())?;
        }
        let Characters { found, form, .. } = characters;
        self.form = Form { wrap: self.wrap(text), ..form };
        if found.is_empty() {
            return Err(Base64Error::Empty);
        }
        if found.len() / 4 > MAX_OBJECT_LEN / 3 {
            return Err(Base64Error::TooLong);
        }
        self.form.unpadded = found.last() != Some(&b'=') && !found.len().is_multiple_of(4);
        let mut bytes = Vec::with_capacity(found.len());
        // Boxes that were encoded one by one and put behind each other have padding inside.
        for part in found.split_inclusive(|byte| *byte == b'=').filter(|part| **part != [b'=']) {
            LENIENT
                .decode_vec(part.strip_suffix(b"=").unwrap_or(part), &mut bytes)
                .map_err(|_| Base64Error::Length { len: found.len() })?;
        }
        Ok(bytes)
    }

    /// The length of the first line and what separates it from the second.
    fn wrap(&self, text: &str) -> Option<(usize, String)> {
        let [run] = self.runs.as_slice() else { return None };
        let value = text.get(run.clone())?;
        let width = value.find(char::is_whitespace)?;
        let rest = value.get(width..)?;
        let separator = rest.get(..rest.find(|c: char| !c.is_whitespace())?)?;
        Some((width, separator.to_owned()))
    }

    /// Other bytes in the same form.
    pub(crate) fn encode(&self, bytes: &[u8]) -> String {
        if let Some(is_upper) = self.form.hex {
            let digits = |byte: &u8| if is_upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            return bytes.iter().map(digits).collect();
        }
        if let Some(written) = &self.form.numbers {
            return written.encode(bytes);
        }
        if self.form.plain {
            let text = String::from_utf8_lossy(bytes).into_owned();
            return self
                .form
                .layers
                .iter()
                .fold(text, |text, layer| layer.inner.rewrite(&layer.outer, &text));
        }
        let alphabet = if self.form.url_safe { &URL_SAFE } else { &STANDARD };
        let config = GeneralPurposeConfig::new().with_encode_padding(!self.form.unpadded);
        let mut encoded = GeneralPurpose::new(alphabet, config).encode(bytes);
        if self.form.escaped {
            encoded = encoded.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        }
        match &self.form.wrap {
            Some((width, separator)) if *width > 0 => wrapped(&encoded, *width, separator),
            _ => encoded,
        }
    }
}

fn wrapped(encoded: &str, width: usize, separator: &str) -> String {
    let mut lines = String::with_capacity(encoded.len().saturating_mul(2));
    let mut rest = encoded;
    while let Some((line, after)) = rest.split_at_checked(width).filter(|(_, after)| !after.is_empty()) {
        lines.push_str(line);
        lines.push_str(separator);
        rest = after;
    }
    lines.push_str(rest);
    lines
}

fn trimmed(text: &str, piece: Range<usize>) -> Option<Range<usize>> {
    let inside = text.get(piece.clone())?;
    let start = piece.start.saturating_add(inside.len().saturating_sub(inside.trim_start().len()));
    let len = inside.trim().len();
    (len > 0).then(|| start..start.saturating_add(len))
}

/// Base64 characters of the standard alphabet, without white space and escapes.
#[derive(Default)]
struct Characters {
    found: Vec<u8>,
    form: Form,
}

impl Characters {
    fn read(&mut self, text: &str) -> Result<(), Base64Error> {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let (c, len) = self.unescaped(rest, c);
            rest = rest.get(len..).unwrap_or_default();
            match c {
                c if c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}' | '\0') => {}
                '-' | '_' => {
                    self.form.url_safe = true;
                    self.found.push(if c == '-' { b'+' } else { b'/' });
                }
                '+' | '/' | '=' | 'a'..='z' | 'A'..='Z' | '0'..='9' => {
                    self.found.extend(u8::try_from(c).ok());
                }
                found => return Err(Base64Error::Character { found }),
            }
        }
        Ok(())
    }

    /// `%2B` of a data URI and `&#10;` of XML.
    fn unescaped(&mut self, rest: &str, c: char) -> (char, usize) {
        let plain = (c, c.len_utf8());
        match c {
            '%' => {
                let digits = rest.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                self.form.escaped |= digits.is_some();
                digits.map_or(plain, |byte| (char::from(byte), 3))
            }
            '&' => prkit_playready::reference(rest).unwrap_or(plain),
            _ => plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> (Value, Vec<u8>) {
        let mut value = Value::at(text, core::iter::once(0..text.len()));
        let bytes = value.decode(text).unwrap();
        (value, bytes)
    }

    #[test]
    fn every_form_is_read_and_written_again() {
        for text in ["AAECA/4=", "AAECA_4=", "AAECA_4", "AAECA%2F4%3D", "AAEC\n   A/4=", "AAE\r\nCA/\r\n4="] {
            let (value, bytes) = value(text);
            assert_eq!(bytes, [0, 1, 2, 3, 0xFE], "{text}");
            assert_eq!(value.encode(&bytes), text);
        }
    }

    #[test]
    fn longer_and_shorter_values_keep_the_width_of_the_lines() {
        let (value, _) = value("AAEC\n  A/4=");
        assert_eq!(value.encode(&[0; 9]), "AAAA\n  AAAA\n  AAAA");
        assert_eq!(value.encode(&[0; 3]), "AAAA");
    }

    #[test]
    fn boxes_encoded_one_by_one_are_read_as_a_run() {
        assert_eq!(value("AAE=AAEC").1, [0, 1, 0, 1, 2]);
        assert_eq!(value("AA==AAEC").1, [0, 0, 1, 2]);
    }

    #[test]
    fn character_references_are_read() {
        assert_eq!(value("AAEC&#10;A&#x2F;4=").1, [0, 1, 2, 3, 0xFE]);
    }

    #[test]
    fn what_is_no_base64_says_why() {
        let fault = |text: &str| {
            Value::at(text, core::iter::once(0..text.len())).decode(text).unwrap_err().to_string()
        };
        assert_eq!(fault("..."), "'.' is no base64 character");
        assert_eq!(fault("  "), "there is no text where base64 is due");
        assert_eq!(fault("AAAAA"), "5 base64 characters are no whole number of bytes");
        assert!(fault(&"A".repeat(2_000_000)).contains("longer than"));
    }

    #[test]
    fn white_space_around_is_not_part_of_it() {
        let value = Value::at("  AA\n ", core::iter::once(0..6));
        assert_eq!(value.range(), 2..4);
    }

    proptest! {
        #[test]
        fn other_bytes_come_back(old in proptest::collection::vec(any::<u8>(), 1..60), new in proptest::collection::vec(any::<u8>(), 1..200), width in 1_usize..80, form in 0..4_usize) {
            let mut text = base64::engine::general_purpose::STANDARD.encode(&old);
            if form % 2 == 1 {
                text = text.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned();
            }
            if form > 1 {
                text = wrapped(&text, width, "\r\n\t");
            }
            let (value, bytes) = value(&text);
            prop_assert_eq!(&bytes, &old);
            if text.contains(['-', '_', '+', '/']) || form % 2 == 0 {
                prop_assert_eq!(value.encode(&old), text);
            }
            let written = value.encode(&new);
            let mut again = Value::at(&written, core::iter::once(0..written.len()));
            prop_assert_eq!(again.decode(&written).unwrap(), new);
        }
    }
}
