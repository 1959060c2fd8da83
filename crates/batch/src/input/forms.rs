//! Bytes as programs print them: dumps, and literals of programming languages.
//!
//! ```text
//!   00000000: 0000 0246 7073 7368 …  ...Fpssh       dumps (dump.rs)
//!   { 0x00, 0x00, 0x02, 0x46 }   [0, 0, 2, 70]      arrays, also with the signed bytes of Java, and with casts
//!   0x00 0x00 0x02 0x46                             bytes with a prefix and white space
//!   {"0": 0, "1": 0, "2": 2, "3": 70}               an array of JavaScript that was written as an object
//!   b'\x00\x00\x02Fpssh'   "\x00\x00\2\106pssh"     strings of Python and C
//!   \x00\x00\x02Fpssh   \000\000\002\106pssh         the same without quotes
//!   %00%00%02Fpssh                                  percent-encoded
//!   <00000246 70737368>                             NSData
//! ```

use super::dump::{self, Dump};
use super::words::hex_words;
use std::ops::Range;

/// How bytes are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Literal {
    /// `0x00, 0x01`.
    HexArray {
        /// What is around each: a cast.
        cast: Cast,
    },
    /// `0, 1`; signed where something is below zero.
    DecimalArray {
        /// From -128 to 127.
        signed: bool,
    },
    /// `{"0":0,"1":1}`, from the first number to the last.
    Members,
    /// `\x00\x01`.
    Escapes,
    /// `\000\001`.
    Octal,
    /// `%00%01`.
    Percent,
    /// Lines of offsets and bytes.
    Dump(Dump),
    /// `0001 0203`, in groups of bytes.
    Data {
        /// Bytes of a group.
        width: usize,
    },
    /// `0x00 0x01`.
    HexWords,
    /// `0 1`.
    Decimals,
}

/// How a literal says that a number is a byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cast {
    /// It does not.
    None,
    /// In front: `(byte)0x00`.
    Before(&'static str),
    /// Behind: `0x00u8`.
    Behind(&'static str),
}

/// Those of Java, C, C#, Go, Kotlin and Rust.
const CASTS: [Cast; 12] = [
    Cast::Before("(byte) "),
    Cast::Before("(byte)"),
    Cast::Before("(sbyte)"),
    Cast::Before("(char) "),
    Cast::Before("(char)"),
    Cast::Before("(unsigned char)"),
    Cast::Before("(uint8_t)"),
    Cast::Before("(UInt8)"),
    Cast::Behind(".toByte()"),
    Cast::Behind("_u8"),
    Cast::Behind("u8"),
    Cast::Behind("u"),
];

/// Bytes, and where in the text they are written.
pub(super) type Read = (Vec<u8>, Range<usize>, Literal);

/// Reads a whole text in those of these forms that it has.
pub(super) fn read(text: &str) -> impl Iterator<Item = Read> {
    let readers: [fn(&str) -> Option<Read>; 7] =
        [array, members, strings, unquoted, percent, data, hex_words];
    dump::read(text).chain(readers.into_iter().filter_map(move |read| read(text)))
}

impl Literal {
    /// `0x00, 0x01`: what is between the braces of an array in C.
    pub const C_ARRAY: Self = Self::HexArray { cast: Cast::None };

    /// Other bytes in the same form.
    pub fn encode(self, bytes: &[u8]) -> String {
        let joined = |one: &dyn Fn(&u8) -> String, between: &str| {
            bytes.iter().map(one).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::HexArray { cast } => joined(&|byte| cast.around(&format!("0x{byte:02x}")), ", "),
            Self::DecimalArray { signed: false } => joined(&u8::to_string, ", "),
            Self::DecimalArray { signed: true } => joined(&|byte| byte.cast_signed().to_string(), ", "),
            Self::Escapes => joined(&|byte| format!("\\x{byte:02x}"), ""),
            Self::Octal => joined(&|byte| format!("\\{byte:03o}"), ""),
            Self::Percent => joined(&|byte| format!("%{byte:02X}"), ""),
            Self::Dump(dump) => dump.encode(bytes),
            Self::Members => {
                let member = |(i, byte): (usize, &u8)| {
                    if i == 0 { byte.to_string() } else { format!("\"{i}\":{byte}") }
                };
                bytes.iter().enumerate().map(member).collect::<Vec<_>>().join(",")
            }
            Self::HexWords => joined(&|byte| format!("0x{byte:02x}"), " "),
            Self::Decimals => joined(&u8::to_string, " "),
            Self::Data { width } => {
                let groups = bytes.chunks(width.max(1)).map(|group| super::text::hex(group, false));
                groups.collect::<Vec<_>>().join(" ")
            }
        }
    }
}

pub(super) fn from_hex(digits: &str) -> Option<Vec<u8>> {
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
    // A declaration in C has the size in brackets, and the bytes in braces; casts have parentheses.
    // One in Swift has its type in brackets.
    let last = || Some(text.rfind('[')?.saturating_add(1)..text.rfind(']')?);
    let last = last().filter(|body| body.start <= body.end);
    let bodies = [between('{', '}'), between('[', ']'), last, Some(0..text.len()), between('(', ')')];
    bodies.into_iter().flatten().find_map(|body| items(text, body))
}

/// The same text with spaces in the place of comments.
fn without_comments(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("/*").into_iter().chain(rest.find("//")).min() {
        let (before, comment) = rest.split_at(at);
        let end = if comment.starts_with("/*") {
            comment.find("*/").map(|at| at.saturating_add(2))
        } else {
            comment.find('\n')
        };
        let (comment, behind) = comment.split_at(end.unwrap_or(comment.len()));
        clean.push_str(before);
        clean.extend(core::iter::repeat_n(' ', comment.len()));
        rest = behind;
    }
    clean + rest
}

/// The numbers in a part of a text, with commas between them.
fn items(text: &str, body: Range<usize>) -> Option<Read> {
    let inside = &without_comments(text.get(body.clone())?);
    let trimmed = inside.trim().trim_end_matches([',', ';']).trim_end();
    let start = body.start.saturating_add(inside.len().saturating_sub(inside.trim_start().len()));
    let span = start..start.saturating_add(trimmed.len());
    let items: Vec<&str> = trimmed.split(',').map(str::trim).collect();
    if items.len() < 4 {
        return None;
    }
    // Some casts only what is above 127.
    let cast = items.iter().find_map(|item| Cast::of(item)).unwrap_or(Cast::None);
    let bare = |item: &&str| cast.strip(item).to_owned();
    let items: Vec<String> = items.iter().map(bare).collect();
    let hex = |item: &String| {
        let digits = item.strip_prefix("0x").or_else(|| item.strip_prefix("0X"))?;
        u8::from_str_radix(digits, 16).ok()
    };
    if let Some(bytes) = items.iter().map(hex).collect() {
        return Some((bytes, span, Literal::HexArray { cast }));
    }
    if cast != Cast::None {
        return None;
    }
    let numbers: Vec<i16> = items.iter().map(|item| item.parse::<i16>().ok()).collect::<Option<_>>()?;
    let signed = numbers.iter().any(|number| *number < 0);
    let byte = |number: &i16| {
        if signed { i8::try_from(*number).ok().map(i8::cast_unsigned) } else { u8::try_from(*number).ok() }
    };
    let bytes = numbers.iter().map(byte).collect::<Option<_>>()?;
    Some((bytes, span, Literal::DecimalArray { signed }))
}

impl Cast {
    fn of(item: &str) -> Option<Self> {
        CASTS.into_iter().find(|cast| cast.strip(item) != item)
    }

    fn strip(self, item: &str) -> &str {
        let bare = match self {
            Self::None => None,
            Self::Before(cast) => item.strip_prefix(cast),
            Self::Behind(cast) => item.strip_suffix(cast),
        };
        bare.unwrap_or(item).trim()
    }

    fn around(self, number: &str) -> String {
        match self {
            Self::None => number.to_owned(),
            Self::Before(cast) => format!("{cast}{number}"),
            Self::Behind(cast) => format!("{number}{cast}"),
        }
    }
}

/// `{"0":12,"1":0,…}`: what `JSON.stringify` makes of a `Uint8Array`.
fn members(text: &str) -> Option<Read> {
    let body = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut bytes: Vec<u8> = Vec::new();
    for (i, member) in body.split(',').enumerate() {
        let (name, number) = member.split_once(':')?;
        let name = name.trim().strip_prefix('"')?.strip_suffix('"')?;
        if name.parse() != Ok(i) {
            return None;
        }
        bytes.push(number.trim().parse().ok()?);
    }
    let start = text.find(':')?.saturating_add(1);
    let end = text.rfind('}')?;
    let inside = text.get(start..end)?;
    let start = start.saturating_add(inside.len().saturating_sub(inside.trim_start().len()));
    let span = start..start.saturating_add(inside.trim().len());
    (bytes.len() >= 4).then_some((bytes, span, Literal::Members))
}

/// Escapes without quotes around them, as logs and shells have them.
fn unquoted(text: &str) -> Option<Read> {
    let body = text.trim();
    let start = text.len().saturating_sub(text.trim_start().len());
    // Behind a name, another one reads it.
    if !body.starts_with('\\') {
        return None;
    }
    // Escaped once more, as in a string in a string.
    let once = if body.starts_with("\\\\") { body.replace("\\\\", "\\") } else { body.to_owned() };
    let (bytes, _, form) = strings(&format!("\"{}\"", once.replace('"', "\\\"")))?;
    Some((bytes, start..start.saturating_add(body.len()), form))
}

/// What is in front of the bytes of other forms, and what behind: what Objective-C prints of `NSData`, before and since macOS
/// 10.15, and Node.js of a `Buffer`.
const DATA: [(&str, &str); 3] = [("<Buffer ", ">"), ("<", ">"), ("bytes = 0x", "}")];

fn data(text: &str) -> Option<Read> {
    let trimmed = text.trim();
    let (front, behind) = *DATA.iter().find(|(front, behind)| {
        let is_front =
            if *behind == "}" { trimmed.starts_with("{length = ") } else { trimmed.starts_with(front) };
        is_front && trimmed.ends_with(behind)
    })?;
    let start = text.find(front)?.saturating_add(front.len());
    let body = text.get(start..text.rfind(behind)?)?;
    let words = body.split_whitespace().map(from_hex).collect::<Option<Vec<_>>>()?;
    let span = start..start.saturating_add(body.trim_end().len());
    let width = if front == "<Buffer " { 1 } else { 4 };
    Some((words.concat(), span, Literal::Data { width })).filter(|(bytes, ..)| bytes.len() >= 4)
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
    let (mut escapes, mut octal) = (0_usize, 0_usize);
    while let Some(c) = rest.chars().next() {
        let mut len = c.len_utf8();
        match c {
            '\\' => {
                octal = octal.saturating_add(usize::from(rest.starts_with("\\0") || rest.starts_with("\\1")));
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
    let form = if octal.saturating_mul(2) > escapes { Literal::Octal } else { Literal::Escapes };
    (escapes > 2).then_some((bytes, span, form))
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

    fn read(text: &str) -> Option<Read> {
        super::read(text).next()
    }

    const BYTES: &[u8] = b"\0\0\x02Fpssh\0\x9a \n\"'\\|xyz and more than one line";

    #[test]
    fn every_form_is_read_back_as_it_is_written() {
        let forms = [
            Literal::HexArray { cast: Cast::None },
            Literal::HexArray { cast: Cast::Before("(byte)") },
            Literal::HexArray { cast: Cast::Behind(".toByte()") },
            Literal::Octal,
            Literal::Data { width: 4 },
            Literal::DecimalArray { signed: false },
            Literal::DecimalArray { signed: true },
            Literal::Percent,
        ];
        for form in forms {
            let (before, after) = if form == (Literal::Data { width: 4 }) { ("<", ">") } else { ("", "") };
            let text = format!("{before}{}{after}", form.encode(BYTES));
            let (bytes, span, read_as) = read(&text).unwrap_or_else(|| panic!("{form:?}: {text}"));
            assert_eq!((bytes.as_slice(), read_as), (BYTES, form));
            assert_eq!(text.get(span).unwrap(), form.encode(BYTES));
        }
        let text = format!("{{\"0\": {}}}", Literal::Members.encode(BYTES));
        let (bytes, span, form) = read(&text).unwrap();
        assert_eq!((bytes.as_slice(), form), (BYTES, Literal::Members));
        assert_eq!(text.get(span).unwrap(), Literal::Members.encode(BYTES));
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
            "(byte)0x00, (byte)0x00, (byte)0x02, (byte)0x46, (byte)0x70, (byte)0x73, (byte)0x73, (byte)0x68",
            "new byte[] {(byte) 0x00, 0x00, 0x02, 0x46, 0x70, 0x73, 0x73, 0x68};",
            "byteArrayOf(0x00.toByte(), 0x00.toByte(), 0x02.toByte(), 0x46.toByte(), 0x70, 0x73, 0x73, 0x68)",
            "let pssh: [UInt8] = [0x00, 0x00, 0x02, 0x46, 0x70, 0x73, 0x73, 0x68]",
            "let pssh = [0x00u8, 0x00, 0x02, 0x46, 0x70, 0x73, 0x73, 0x68];",
            "{\"0\":0,\"1\":0,\"2\":2,\"3\":70,\"4\":112,\"5\":115,\"6\":115,\"7\":104}",
            "<00000246 70737368>",
            "<Buffer 00 00 02 46 70 73 73 68>",
            "{length = 8, bytes = 0x00000246 70737368 }",
            r"\\x00\\x00\\x02Fpssh",
            "unsigned char a[] = { 0x00, 0x00, /* two */ 0x02, 0x46, // a size\n 0x70, 0x73, 0x73, 0x68 };",
            r"\000\000\002\106\160\163\163\150",
            r"\x00\x00\x02Fpssh",
            r#""\0\0\002Fpssh""#,
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
