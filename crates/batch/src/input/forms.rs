//! Bytes as programs print them: dumps, and literals of programming languages.
//!
//! ```text
//!   00000000: 0000 0246 7073 7368 …  ...Fpssh       xxd
//!   00000000  00 00 02 46 70 73 73 68  … |...F|     hexdump -C
//!   { 0x00, 0x00, 0x02, 0x46 }   [0, 0, 2, 70]      arrays, also with the signed bytes of Java
//!   b'\x00\x00\x02Fpssh'   "\x00\x00\2\106pssh"     strings of Python and C
//!   %00%00%02Fpssh                                  percent-encoded
//! ```

use std::fmt::Write as _;
use std::ops::Range;

/// How bytes are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Literal {
    /// `0x00, 0x01`.
    HexArray,
    /// `0, 1`; signed where something is below zero.
    DecimalArray {
        /// From -128 to 127.
        signed: bool,
    },
    /// `\x00\x01`.
    Escapes,
    /// `%00%01`.
    Percent,
    /// A dump of xxd, or of `hexdump -C`.
    Dump {
        /// That of xxd.
        xxd: bool,
    },
}

/// Bytes, and where in the text they are written.
pub(super) type Read = (Vec<u8>, Range<usize>, Literal);

/// Reads a whole text in the first of these forms that it has.
pub(super) fn read(text: &str) -> Option<Read> {
    dump(text).or_else(|| array(text)).or_else(|| strings(text)).or_else(|| percent(text))
}

impl Literal {
    /// Other bytes in the same form.
    pub fn encode(self, bytes: &[u8]) -> String {
        let joined = |one: &dyn Fn(&u8) -> String, between: &str| {
            bytes.iter().map(one).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::HexArray => joined(&|byte| format!("0x{byte:02x}"), ", "),
            Self::DecimalArray { signed: false } => joined(&u8::to_string, ", "),
            Self::DecimalArray { signed: true } => joined(&|byte| byte.cast_signed().to_string(), ", "),
            Self::Escapes => joined(&|byte| format!("\\x{byte:02x}"), ""),
            Self::Percent => joined(&|byte| format!("%{byte:02X}"), ""),
            Self::Dump { xxd } => dumped(bytes, xxd),
        }
    }
}

fn dumped(bytes: &[u8], xxd: bool) -> String {
    let mut text = String::new();
    for (i, line) in bytes.chunks(16).enumerate() {
        let at = i.saturating_mul(16);
        let mut digits = String::new();
        for (place, byte) in line.iter().enumerate() {
            let gap = match (xxd, place) {
                (_, 0) => "",
                (true, place) if place % 2 == 1 => "",
                (false, 8) => "  ",
                _ => " ",
            };
            // Writing to a string cannot fail.
            let _ = write!(digits, "{gap}{byte:02x}");
        }
        let shown: String = line.iter().map(|byte| shown(*byte)).collect();
        let _ = if xxd {
            writeln!(text, "{at:08x}: {digits:<39}  {shown}")
        } else {
            writeln!(text, "{at:08x}  {digits:<48}  |{shown}|")
        };
    }
    if !xxd {
        let _ = writeln!(text, "{:08x}", bytes.len());
    }
    text.truncate(text.trim_end().len());
    text
}

fn shown(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
}

/// Lines of an offset, bytes in hex, and the bytes as text, each offset where the line before ended.
fn dump(text: &str) -> Option<Read> {
    let start = text.len().saturating_sub(text.trim_start().len());
    let mut bytes: Vec<u8> = Vec::new();
    let mut xxd = false;
    let mut lines = 0_usize;
    for line in text.trim().lines() {
        let line = line.trim();
        if line == "*" {
            // Lines that are the same as the one before are left out: nobody can tell how many without the next.
            return None;
        }
        let digits = line.bytes().take_while(u8::is_ascii_hexdigit).count();
        if !(4..=16).contains(&digits) {
            return None;
        }
        let offset = usize::from_str_radix(line.get(..digits)?, 16).ok()?;
        if offset != bytes.len() {
            return None;
        }
        let rest = line.get(digits..)?;
        let rest = match rest.strip_prefix(':') {
            Some(rest) => {
                xxd = true;
                rest
            }
            None => rest,
        };
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return None;
        }
        // The bytes as text stand behind a bar or two spaces.
        let rest = rest.trim_start();
        let rest = rest.split_once('|').map_or(rest, |(digits, _)| digits);
        let rest = if xxd { rest.split_once("  ").map_or(rest, |(digits, _)| digits) } else { rest };
        let mut count = 0_usize;
        for word in rest.split_whitespace() {
            let is_bytes =
                word.len() % 2 == 0 && word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_bytes || count >= 32 {
                break;
            }
            let read = from_hex(word)?;
            count = count.saturating_add(read.len());
            bytes.extend(read);
        }
        lines = lines.saturating_add(1);
    }
    let span = start..start.saturating_add(text.trim().len());
    (lines > 1 && bytes.len() > 16).then_some((bytes, span, Literal::Dump { xxd }))
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

/// `{ 0x00, 0x01, … }` or `[0, 1, …]`, with or without a declaration around it.
fn array(text: &str) -> Option<Read> {
    let between = |open: char, close: char| {
        let (start, end) = (text.find(open)?, text.rfind(close)?);
        (start < end).then(|| start.saturating_add(1)..end)
    };
    // A declaration in C has the size in brackets, and the bytes in braces.
    let body = between('{', '}')
        .or_else(|| between('[', ']'))
        .or_else(|| between('(', ')'))
        .unwrap_or(0..text.len());
    let inside = text.get(body.clone())?;
    let trimmed = inside.trim().trim_end_matches([',', ';']).trim_end();
    let start = body.start.saturating_add(inside.len().saturating_sub(inside.trim_start().len()));
    let span = start..start.saturating_add(trimmed.len());
    let items: Vec<&str> = trimmed.split(',').map(str::trim).collect();
    if items.len() < 4 {
        return None;
    }
    let hex = |item: &&str| {
        let digits = item.strip_prefix("0x").or_else(|| item.strip_prefix("0X"))?;
        u8::from_str_radix(digits, 16).ok()
    };
    if let Some(bytes) = items.iter().map(hex).collect() {
        return Some((bytes, span, Literal::HexArray));
    }
    let numbers: Vec<i16> = items.iter().map(|item| item.parse::<i16>().ok()).collect::<Option<_>>()?;
    let signed = numbers.iter().any(|number| *number < 0);
    let byte = |number: &i16| {
        if signed { i8::try_from(*number).ok().map(i8::cast_unsigned) } else { u8::try_from(*number).ok() }
    };
    let bytes = numbers.iter().map(byte).collect::<Option<_>>()?;
    Some((bytes, span, Literal::DecimalArray { signed }))
}

/// One string, or several behind each other, with escapes in them. In C an escape in hex may have more than two digits;
/// nobody who writes bytes means that.
fn strings(text: &str) -> Option<Read> {
    let first = text.find(['"', '\''])?;
    let quote = text.get(first..)?.chars().next()?;
    let end = text.rfind(quote).filter(|end| *end > first)?;
    let span = first.saturating_add(1)..end;
    let mut rest = text.get(span.clone())?;
    let mut bytes = Vec::new();
    let mut escapes = 0_usize;
    while let Some(c) = rest.chars().next() {
        let mut len = c.len_utf8();
        match c {
            '\\' => {
                let (read, escape) = escape(rest)?;
                bytes.extend(read);
                len = escape;
                escapes = escapes.saturating_add(1);
            }
            // The next string of several.
            c if c == quote => {
                let next = rest.get(len..)?;
                let open = next.find(quote)?;
                if !next
                    .get(..open)?
                    .chars()
                    .all(|c| c.is_whitespace() || matches!(c, '\\' | '+' | 'b' | '.'))
                {
                    return None;
                }
                len = len.saturating_add(open).saturating_add(quote.len_utf8());
            }
            c if c.is_ascii() => bytes.push(u8::try_from(c).ok()?),
            _ => return None,
        }
        rest = rest.get(len..)?;
    }
    (escapes > 2).then_some((bytes, span, Literal::Escapes))
}

/// What an escape means, and its length.
fn escape(text: &str) -> Option<(Option<u8>, usize)> {
    let rest = text.strip_prefix('\\')?;
    let first = rest.chars().next()?;
    Some(match first {
        'x' => (Some(u8::from_str_radix(rest.get(1..3)?, 16).ok()?), 4),
        '0'..='7' => {
            let len = rest.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            (Some(u8::from_str_radix(rest.get(..len)?, 8).ok()?), len.saturating_add(1))
        }
        'n' => (Some(b'\n'), 2),
        'r' => (Some(b'\r'), 2),
        't' => (Some(b'\t'), 2),
        'a' => (Some(7), 2),
        'b' => (Some(8), 2),
        'v' => (Some(11), 2),
        'f' => (Some(12), 2),
        '\\' | '\'' | '"' => (u8::try_from(first).ok(), 2),
        'u' if rest.get(1..3) == Some("00") => (Some(u8::from_str_radix(rest.get(3..5)?, 16).ok()?), 6),
        // A line that goes on.
        '\n' => (None, 2),
        _ => return None,
    })
}

fn percent(text: &str) -> Option<Read> {
    let trimmed = text.trim();
    let start = text.len().saturating_sub(text.trim_start().len());
    if trimmed.matches('%').count() < 4 || trimmed.contains(char::is_whitespace) {
        return None;
    }
    let mut bytes = Vec::new();
    let mut rest = trimmed;
    while let Some(c) = rest.chars().next() {
        let len = if c == '%' {
            bytes.push(u8::from_str_radix(rest.get(1..3)?, 16).ok()?);
            3
        } else {
            bytes.push(u8::try_from(c).ok().filter(u8::is_ascii)?);
            1
        };
        rest = rest.get(len..)?;
    }
    Some((bytes, start..start.saturating_add(trimmed.len()), Literal::Percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = b"\0\0\x02Fpssh\0\x9a \n\"'\\|xyz and more than one line";

    #[test]
    fn every_form_is_read_back_as_it_is_written() {
        let forms = [
            Literal::HexArray,
            Literal::DecimalArray { signed: false },
            Literal::DecimalArray { signed: true },
            Literal::Percent,
            Literal::Dump { xxd: true },
            Literal::Dump { xxd: false },
        ];
        for form in forms {
            let text = form.encode(BYTES);
            let (bytes, span, read_as) = read(&text).unwrap_or_else(|| panic!("{form:?}: {text}"));
            assert_eq!((bytes.as_slice(), read_as), (BYTES, form));
            assert_eq!(text.get(span).unwrap(), text);
        }
        let text = format!("x = \"{}\"", Literal::Escapes.encode(BYTES));
        let (bytes, span, form) = read(&text).unwrap();
        assert_eq!((bytes.as_slice(), form), (BYTES, Literal::Escapes));
        assert_eq!(text.get(span).unwrap(), Literal::Escapes.encode(BYTES));
    }

    #[test]
    fn literals_of_languages_are_read() {
        for text in [
            r"b'\x00\x00\x02Fpssh'",
            r#"pssh = b"\x00\x00\x02Fpssh""#,
            r#"const char *pssh = "\0\0\002Fpssh";"#,
            "\"\\x00\\x00\\x02\"\n  \"Fpssh\"",
            r#""\u0000\u0000\u0002Fpssh""#,
            "static const uint8_t pssh[8] = { 0x0, 0x0, 0x02, 0x46, 0x70, 0x73, 0x73, 0x68 };",
            "[0, 0, 2, 70, 112, 115, 115, 104]",
            "new byte[] {0,0,2,70,112,115,115,104};",
            "%00%00%02%46pssh",
        ] {
            assert_eq!(read(text).unwrap_or_else(|| panic!("{text}")).0, b"\0\0\x02Fpssh", "{text}");
        }
    }

    #[test]
    fn other_text_is_none_of_these() {
        for text in [
            "",
            "00000000",
            "one, two, three, four",
            "it's a 'thing'",
            "100% of 50% of 20% is 10%",
            "[1]",
            "(a, b)",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
