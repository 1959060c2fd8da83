//! Data as people paste it: base64, hex, C arrays, lines and elements of manifests.
//!
//! What was taken apart can be put together again, so that an edit of a file with base64 in it gives a file with
//! base64 in it.

use super::forms::{self, Literal};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Text that says bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pasted {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where in the text they are written.
    pub span: Range<usize>,
    /// How.
    pub form: TextForm,
}

impl Pasted {
    /// What not every reader takes about how it is written, in words that follow "the base64".
    pub fn faults(&self, text: &[u8]) -> Vec<&'static str> {
        let TextForm::Base64 { url_safe, padded } = self.form else { return Vec::new() };
        let written = text.get(self.span.clone()).unwrap_or_default();
        if written == self.form.straight().encode(&self.bytes).as_bytes() {
            return Vec::new();
        }
        let is_broken = written.iter().any(u8::is_ascii_whitespace);
        let named = [
            (url_safe, "is of the alphabet of URLs"),
            (!padded, "lacks its padding"),
            (is_broken, "is broken into lines"),
        ];
        let mut faults: Vec<_> = named.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault).collect();
        if faults.is_empty() {
            faults.push("has stray bits at its end");
        }
        faults
    }
}

/// How bytes are written as text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TextForm {
    /// Base64.
    Base64 {
        /// With the alphabet of URLs.
        url_safe: bool,
        /// With `=` at its end, or with nothing to fill.
        padded: bool,
    },
    /// Pairs of hex digits.
    Hex {
        /// In capitals.
        upper: bool,
    },
    /// A dump, or a literal of a programming language.
    Literal(Literal),
}

impl TextForm {
    /// Base64 as everybody reads it; other forms are no base64 and stay.
    pub const fn straight(self) -> Self {
        match self {
            Self::Base64 { .. } => Self::Base64 { url_safe: false, padded: true },
            other => other,
        }
    }

    /// The text for other bytes in the same form; separators and line breaks are not kept.
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Base64 { url_safe, padded } => {
                let alphabet = if url_safe { &URL_SAFE } else { &STANDARD };
                let config = GeneralPurposeConfig::new().with_encode_padding(padded);
                GeneralPurpose::new(alphabet, config).encode(bytes)
            }
            Self::Hex { upper } => hex(bytes, upper),
            Self::Literal(literal) => literal.encode(bytes),
        }
    }
}

/// Hex digits.
pub fn hex(bytes: &[u8], upper: bool) -> String {
    bytes.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
}

/// Finds the bytes that a text is, of whatever.
///
/// A key line or a descriptor element holds base64 inside; hex is tried before base64, because hex digits are base64
/// too; whole text only, no search.
pub fn decode(text: &str) -> Option<Pasted> {
    let inner = inside_line(text).or_else(|| inside_element(text)).unwrap_or(0..text.len());
    candidates_in(text, inner).next()
}

/// The bytes that a text may be, likely ones first: a name in front of them, and quotes around them, are passed over.
pub(super) fn candidates(text: &str) -> impl Iterator<Item = Pasted> {
    let whole = candidates_in(text, inside_line(text).unwrap_or(0..text.len()));
    whole.chain(behind_name(text).into_iter().flat_map(|inner| candidates_in(text, inner)))
}

fn candidates_in(text: &str, inner: Range<usize>) -> impl Iterator<Item = Pasted> {
    let body = text.get(inner.clone()).unwrap_or_default();
    let margin = body.len().saturating_sub(body.trim_start().len());
    let trimmed = body.trim();
    let start = inner.start.saturating_add(margin);
    let span = start..start.saturating_add(trimmed.len());
    let literals = forms::read(trimmed).map(move |(bytes, at, literal)| Pasted {
        bytes,
        span: start.saturating_add(at.start)..start.saturating_add(at.end),
        form: TextForm::Literal(literal),
    });
    let plain = [from_hex(trimmed), from_base64(trimmed)].into_iter().flatten();
    let decimals = super::words::decimals(trimmed).map(move |(bytes, at, literal)| Pasted {
        bytes,
        span: start.saturating_add(at.start)..start.saturating_add(at.end),
        form: TextForm::Literal(literal),
    });
    literals.chain(plain.map(move |(bytes, form)| Pasted { bytes, span: span.clone(), form })).chain(decimals)
}

/// What is behind `pssh:`, `PSSH (hex) =` or `"pro": `, without quotes around it.
fn behind_name(text: &str) -> Option<Range<usize>> {
    const MAX_NAME: usize = 60;
    let is_name = |c: char| c.is_ascii_alphanumeric() || " _-.()[]\"'".contains(c);
    let colon = text.find([':', '=']).filter(|at| *at <= MAX_NAME);
    let named = colon.filter(|at| text.get(..*at).is_some_and(|name| name.trim().chars().all(is_name)));
    let start = named.map_or(0, |at| at.saturating_add(1));
    let rest = text.get(start..)?;
    let inside = rest.trim().trim_end_matches([',', ';']).trim_end();
    let margin = rest.len().saturating_sub(rest.trim_start().len());
    let quoted =
        ['"', '\'', '`'].into_iter().find_map(|quote| inside.strip_prefix(quote)?.strip_suffix(quote));
    let begin = start.saturating_add(margin).saturating_add(usize::from(quoted.is_some()));
    let len = quoted.unwrap_or(inside).len();
    (start > 0 || quoted.is_some()).then(|| begin..begin.saturating_add(len))
}

/// `#EXT-X-KEY:…URI="data:…;base64,HERE"…`, or a data URI alone.
fn inside_line(text: &str) -> Option<Range<usize>> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with("#EXT-X-") && !trimmed.starts_with("data:") {
        return None;
    }
    if let Some(at) = text.find(";base64,").or_else(|| text.find(";BASE64,")) {
        let start = at.saturating_add(";base64,".len());
        let len =
            text.get(start..)?.find(['"', '\'', ' ', '\r', '\n']).unwrap_or(text.len().saturating_sub(start));
        return Some(start..start.saturating_add(len));
    }
    let start = text.find(':')?.saturating_add(1);
    trimmed.starts_with("#EXT-X-PLAYREADYHEADER").then_some(start..text.len())
}

/// The text of the first element that says PlayReady: `mspr:pro`, `cenc:pssh`, `ProtectionHeader`.
fn inside_element(text: &str) -> Option<Range<usize>> {
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let mut at = 0;
    while let Some(open) = text.get(at..)?.find('<') {
        let name_at = at.saturating_add(open).saturating_add(1);
        let tag = text.get(name_at..)?;
        let name = tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
        let close = name_at.saturating_add(tag.find('>')?).saturating_add(1);
        let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
        if matches!(local, "pro" | "pssh" | "ProtectionHeader") && !tag.starts_with('/') {
            let len = text.get(close..)?.find('<')?;
            return Some(close..close.saturating_add(len));
        }
        at = close;
    }
    None
}

/// Pairs of digits, with or without separators between them.
fn from_hex(text: &str) -> Option<(Vec<u8>, TextForm)> {
    let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let text = text
        .strip_prefix("x'")
        .or_else(|| text.strip_prefix("X'"))
        .and_then(|t| t.strip_suffix('\''))
        // As PostgreSQL prints bytes.
        .or_else(|| text.strip_prefix("\\x").filter(|text| !text.contains('\\')))
        .unwrap_or(text);
    let is_separator = |c: &char| c.is_whitespace() || matches!(c, ':' | '-' | ',' | ';');
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !is_separator(c))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    let upper = text.contains(|c: char| c.is_ascii_uppercase());
    Some((pairs.iter().map(|[high, low]| high << 4 | low).collect(), TextForm::Hex { upper }))
}

fn from_base64(text: &str) -> Option<(Vec<u8>, TextForm)> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if compact.len() < 4 {
        return None;
    }
    let url_safe = compact.contains(['-', '_']);
    let padded = compact.ends_with('=') || compact.len().is_multiple_of(4);
    let alphabet = if url_safe { &URL_SAFE } else { &STANDARD };
    let bytes = GeneralPurpose::new(alphabet, LENIENT).decode(&compact).ok()?;
    Some((bytes, TextForm::Base64 { url_safe, padded }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        decode(text).unwrap_or_else(|| panic!("{text}")).bytes
    }

    #[test]
    fn every_pasted_form_is_read() {
        for text in [
            "AAECA/4=",
            "AAECA_4",
            "AAEC\n  A/4=\n",
            "00010203fe",
            "00 01 02:03-FE",
            "0x00010203FE",
            "{ 0x00, 0x01, 0x02, 0x03, 0xfe, }",
            "x'00010203FE'",
            "static const uint8_t pssh[5] = {0x0,0x1,0x2,0x3,0xFE};",
            "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"data:text/plain;charset=UTF-16;base64,AAECA/4=\",KEYFORMAT=\"com.microsoft.playready\"",
            "data:text/plain;base64,AAECA/4=",
            "#EXT-X-PLAYREADYHEADER:AAECA/4=",
            "<ContentProtection schemeIdUri=\"x\"><mspr:pro>\n AAECA/4= </mspr:pro></ContentProtection>",
            "<ProtectionHeader SystemID=\"x\">AAECA/4=</ProtectionHeader>",
        ] {
            assert_eq!(bytes(text), [0, 1, 2, 3, 0xFE], "{text}");
        }
    }

    #[test]
    fn what_was_read_can_be_written_in_its_form() {
        for text in ["AAECA/4=", "AAECA_4", "00010203fe", "00010203FE", "0x00, 0x01, 0x02, 0x03, 0xfe"] {
            let pasted = decode(text).unwrap();
            assert_eq!(pasted.form.encode(&pasted.bytes), text);
            assert_eq!(text.get(pasted.span).unwrap(), text);
        }
    }

    #[test]
    fn names_and_quotes_around_bytes_are_passed_over() {
        for text in [
            "\"AAECA/4=\"",
            "'AAECA/4='",
            "pssh: AAECA/4=",
            "\"pssh\": \"AAECA/4=\",",
            "PSSH (hex) = 00010203fe",
            "pro=00 01 02 03 fe",
            "data: [0, 1, 2, 3, 254]",
        ] {
            let found: Vec<_> = candidates(text).map(|pasted| pasted.bytes).collect();
            assert!(found.contains(&vec![0, 1, 2, 3, 0xFE]), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_not_every_reader_takes_is_named() {
        let faults = |text: &str| decode(text).unwrap().faults(text.as_bytes());
        assert_eq!(faults(" AAECA/4=\n"), Vec::<&str>::new());
        assert_eq!(faults("AAECA_4"), ["is of the alphabet of URLs", "lacks its padding"]);
        assert_eq!(faults("AAEC\nA/4="), ["is broken into lines"]);
        assert_eq!(faults("AAECA/5="), ["has stray bits at its end"]);
        assert_eq!(faults("00010203FE"), Vec::<&str>::new());
    }

    #[test]
    fn other_text_is_not_data() {
        for text in ["", "hello world!", "<MPD></MPD>", "#EXTM3U", "abc"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
