//! Dumps: lines of an offset, some bytes, and often the bytes as text.
//!
//! ```text
//!   00000000: 0000 0246 7073 7368 …  ...Fpssh       xxd; with -e words in the other order
//!   00000000  00 00 02 46 70 73 73 68  … |...F|     hexdump -C
//!   0000000 0000 4602 7073 6873 …                   hexdump, od -x: words in the other order
//!   0000000 00 00 02 46 70 73 73 68 …               od -t x1, with its offsets in octal
//!   0000000   0   0   2  70 112 115 …               od -t u1; -b and -t o1 in octal
//!   *                                               lines like the one before, up to the next offset
//! ```
//!
//! What a cell means, the program that reads it does not know: every reading that fits all offsets is given.

use super::forms::Read;
use std::fmt::Write as _;

/// How a dump is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dump {
    /// The base of its offsets, and their digits.
    offset: (u32, usize),
    /// Whether a colon is behind the offset.
    colon: bool,
    cell: Cell,
    tail: Tail,
    /// Whether the last line is the offset of the end.
    has_end: bool,
}

/// What is between white space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cell {
    /// Bytes in hex, so many; the last one first.
    Hex { bytes: usize, swapped: bool },
    /// One byte in another base.
    Byte { base: u32, signed: bool },
}

/// The bytes as text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tail {
    None,
    /// `|…|`.
    Bar,
    /// `>…<`.
    Angle,
    /// Behind two spaces.
    Spaces,
}

/// Bytes of a line.
const LINE: usize = 16;
/// Bytes that a dump may stand for: lines that are left out say nothing of their number.
const MAX_LEN: usize = 1024 * 1024;

/// The ways in which a whole text is a dump.
pub(super) fn read(text: &str) -> impl Iterator<Item = Read> {
    let start = text.len().saturating_sub(text.trim_start().len());
    let span = start..start.saturating_add(text.trim().len());
    let is_line = |line: &&str| !line.is_empty();
    let mut lines: Vec<&str> = text.trim().lines().map(str::trim).filter(is_line).collect();
    // A line with the last digits of the offsets of each column.
    if lines.first().is_some_and(|line| line.to_ascii_lowercase().starts_with("00 01 02 03 04 05 06 07")) {
        lines.remove(0);
    }
    let hex = |bytes, swapped| Cell::Hex { bytes, swapped };
    let byte = |base, signed| Cell::Byte { base, signed };
    let cells = [hex(1, false), hex(2, false), hex(2, true), hex(4, true), hex(8, true)];
    let cells = cells.into_iter().chain([byte(8, false), byte(10, false), byte(10, true)]);
    let read = cells.flat_map(move |cell| [16, 8, 10].map(|base| lines_of(&lines, cell, base)));
    read.flatten().map(move |(bytes, dump)| (bytes, span.clone(), super::forms::Literal::Dump(dump)))
}

fn lines_of(lines: &[&str], cell: Cell, base: u32) -> Option<(Vec<u8>, Dump)> {
    let first = lines.first()?;
    let is_digit = |c: char| c.is_digit(base);
    let digits = first.find(|c| !is_digit(c))?;
    let colon = first.get(digits..)?.starts_with(':');
    let mut dump = Dump { offset: (base, digits), colon, cell, tail: Tail::None, has_end: false };
    let mut bytes: Vec<u8> = Vec::new();
    let (mut repeated, mut width, mut columns) = (None, 0_usize, None);
    for (number, line) in lines.iter().enumerate() {
        if *line == "*" {
            repeated = Some(bytes.get(bytes.len().checked_sub(width)?..)?.to_vec());
            continue;
        }
        let digits = line.find(|c| !is_digit(c)).unwrap_or(line.len());
        if !(4..=16).contains(&digits) {
            return None;
        }
        let offset = usize::from_str_radix(line.get(..digits)?, base).ok()?;
        if let Some(line) = repeated.take().filter(|line: &Vec<u8>| !line.is_empty()) {
            while bytes.len() < offset && offset <= MAX_LEN {
                bytes.extend_from_slice(&line);
            }
        }
        let rest = line.get(digits..)?;
        if rest.is_empty() && number > 0 && number.saturating_add(1) == lines.len() {
            // The last word may have been filled up.
            let filled = bytes.len().checked_sub(offset)?;
            dump.has_end = filled < cell.len();
            bytes.truncate(offset);
            return (dump.has_end && bytes.len() > LINE).then_some((bytes, dump));
        }
        let rest = if colon { rest.strip_prefix(':')? } else { rest };
        if offset != bytes.len() || !rest.starts_with(char::is_whitespace) {
            return None;
        }
        let before = bytes.len();
        dump.tail = dump.cells(rest.trim_start(), &mut columns, &mut bytes)?;
        width = bytes.len().saturating_sub(before);
        if width == 0 || width > LINE.saturating_mul(4) {
            return None;
        }
    }
    (lines.len() > 1 && bytes.len() > LINE).then_some((bytes, dump))
}

impl Cell {
    const fn len(self) -> usize {
        match self {
            Self::Hex { bytes, .. } => bytes,
            Self::Byte { .. } => 1,
        }
    }

    /// The bytes of one.
    fn parse(self, word: &str, into: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Hex { bytes, swapped } => {
                let read = super::forms::from_hex(word)?;
                // The last one of a line may be shorter. Of bytes in order, any number may be together.
                if swapped && read.len() > bytes || bytes == 1 && read.len() != 1 {
                    return None;
                }
                if swapped { into.extend(read.iter().rev()) } else { into.extend(read) }
            }
            Self::Byte { base: 8, .. } if word.len() != 3 => return None,
            Self::Byte { base, signed: false } => into.push(u8::from_str_radix(word, base).ok()?),
            Self::Byte { base, signed: true } => {
                into.push(i8::from_str_radix(word, base).ok()?.cast_unsigned());
            }
        }
        Some(())
    }

    fn write(self, bytes: &[u8], to: &mut String) {
        let mut bytes = bytes.to_vec();
        if matches!(self, Self::Hex { swapped: true, .. }) {
            bytes.reverse();
        }
        for byte in bytes {
            // Writing to a string cannot fail.
            let _ = match self {
                Self::Hex { .. } => write!(to, "{byte:02x}"),
                Self::Byte { base: 8, .. } => write!(to, "{byte:03o}"),
                Self::Byte { signed: false, .. } => write!(to, "{byte:3}"),
                Self::Byte { signed: true, .. } => write!(to, "{:4}", byte.cast_signed()),
            };
        }
    }
}

impl Dump {
    /// Reads the cells of a line, and tells what is behind them. Of xxd that begins where it does in the first line.
    fn cells(&self, line: &str, columns: &mut Option<usize>, into: &mut Vec<u8>) -> Option<Tail> {
        let (cells, tail) = if self.colon {
            let end = *columns.get_or_insert(line.find("  ").unwrap_or(line.len()));
            let tail = if end < line.len() { Tail::Spaces } else { Tail::None };
            (line.get(..end).unwrap_or(line), tail)
        } else {
            // Any mark may be in the text behind another.
            let text =
                if self.cell == (Cell::Hex { bytes: 1, swapped: false }) { text_at(line) } else { None };
            let marks = [(line.find('|'), Tail::Bar), (line.find("  >"), Tail::Angle), (text, Tail::Spaces)];
            let first =
                marks.into_iter().filter_map(|(at, tail)| Some((at?, tail))).min_by_key(|(at, _)| *at);
            let (end, tail) = first.unwrap_or((line.len(), Tail::None));
            (line.get(..end).unwrap_or(line), tail)
        };
        cells.split_whitespace().try_for_each(|word| self.cell.parse(word, into))?;
        Some(tail)
    }

    /// Other bytes, written the same way. Lines that are alike are written.
    pub(super) fn encode(self, bytes: &[u8]) -> String {
        let offset = |at: usize| {
            let (base, width) = self.offset;
            match base {
                8 => format!("{at:0width$o}"),
                10 => format!("{at:0width$}"),
                _ => format!("{at:0width$x}"),
            }
        };
        let size = self.cell.len();
        let cells_of = |line: &[u8]| {
            let mut cells = String::new();
            for (place, cell) in line.chunks(size).enumerate() {
                let gap = match (place, self.tail) {
                    (0, _) => "",
                    (8, Tail::Bar) => "  ",
                    _ => " ",
                };
                cells.push_str(gap);
                self.cell.write(cell, &mut cells);
            }
            cells
        };
        let full = cells_of(&[0; LINE]).len();
        let mut text = String::new();
        for (number, line) in bytes.chunks(LINE).enumerate() {
            let colon = if self.colon { ":" } else { "" };
            let gap = if self.tail == Tail::Bar { "  " } else { " " };
            let (at, cells) = (offset(number.saturating_mul(LINE)), cells_of(line));
            let shown: String = line.iter().map(|byte| shown(*byte)).collect();
            // Writing to a string cannot fail.
            let _ = match self.tail {
                Tail::None => writeln!(text, "{at}{colon}{gap}{cells}"),
                Tail::Bar => writeln!(text, "{at}{colon}{gap}{cells:<full$}  |{shown}|"),
                Tail::Angle => writeln!(text, "{at}{colon}{gap}{cells:<full$}  >{shown}<"),
                Tail::Spaces => writeln!(text, "{at}{colon}{gap}{cells:<full$}  {shown}"),
            };
        }
        if self.has_end {
            text.push_str(&offset(bytes.len()));
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// Where the text behind single bytes begins, by the white space in front of it: between bytes there is less, but for the
/// middle of a line.
fn text_at(line: &str) -> Option<usize> {
    let half = LINE / 2;
    let mut at = 0_usize;
    for count in 1.. {
        at = at.saturating_add(2);
        let rest = line.get(at..)?;
        let gap = rest.len().saturating_sub(rest.trim_start_matches(' ').len());
        if gap > 2 || gap == 2 && count != half {
            let text = rest.trim_start_matches(' ');
            return Some(at).filter(|_| !text.is_empty() && !text.starts_with(['|', '>']));
        }
        at = at.saturating_add(gap);
        if gap == 0 || count >= LINE {
            return None;
        }
    }
    None
}

fn shown(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the programs print of these bytes (xxd 2024-09, util-linux 2.38, coreutils 9.1).
    const BYTES: &[u8] = b"\0\0\x02Fpssh\0\x9a \n\"'\\|xyz and 21";
    const DUMPS: &[(&str, &str)] = &[
        (
            "Wireshark",
            "0000   00 00 02 46 70 73 73 68 00 9a 20 0a 22 27 5c 7c   ...Fpssh.. .\"'\\|\n0010   78 79 7a 20 61 6e 64 20 32 31                     xyz and 21",
        ),
        (
            "Format-Hex",
            "           00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\n\n00000000   00 00 02 46 70 73 73 68 00 9A 20 0A 22 27 5C 7C  ...Fpssh.. .\"'\\|\n00000010   78 79 7A 20 61 6E 64 20 32 31                    xyz and 21",
        ),
        (
            "xxd",
            "00000000: 0000 0246 7073 7368 009a 200a 2227 5c7c  ...Fpssh.. .\"'\\|\n00000010: 7879 7a20 616e 6420 3231                 xyz and 21",
        ),
        (
            "xxd -g1",
            "00000000: 00 00 02 46 70 73 73 68 00 9a 20 0a 22 27 5c 7c  ...Fpssh.. .\"'\\|\n00000010: 78 79 7a 20 61 6e 64 20 32 31                    xyz and 21",
        ),
        (
            "xxd -e",
            "00000000: 46020000 68737370 0a209a00 7c5c2722  ...Fpssh.. .\"'\\|\n00000010: 207a7978 20646e61     3132           xyz and 21",
        ),
        (
            "hexdump -C",
            "00000000  00 00 02 46 70 73 73 68  00 9a 20 0a 22 27 5c 7c  |...Fpssh.. .\"'\\||\n00000010  78 79 7a 20 61 6e 64 20  32 31                    |xyz and 21|\n0000001a",
        ),
        (
            "hexdump",
            "0000000 0000 4602 7370 6873 9a00 0a20 2722 7c5c\n0000010 7978 207a 6e61 2064 3132               \n000001a",
        ),
        (
            "od",
            "0000000 000000 043002 071560 064163 115000 005040 023442 076134\n0000020 074570 020172 067141 020144 030462\n0000032",
        ),
        (
            "od -t x1",
            "0000000 00 00 02 46 70 73 73 68 00 9a 20 0a 22 27 5c 7c\n0000020 78 79 7a 20 61 6e 64 20 32 31\n0000032",
        ),
        (
            "od -A x -t x1z",
            "000000 00 00 02 46 70 73 73 68 00 9a 20 0a 22 27 5c 7c  >...Fpssh.. .\"'\\|<\n000010 78 79 7a 20 61 6e 64 20 32 31                    >xyz and 21<\n00001a",
        ),
        (
            "od -t u1",
            "0000000   0   0   2  70 112 115 115 104   0 154  32  10  34  39  92 124\n0000020 120 121 122  32  97 110 100  32  50  49\n0000032",
        ),
        (
            "od -A d -t d1",
            "0000000    0    0    2   70  112  115  115  104    0 -102   32   10   34   39   92  124\n0000016  120  121  122   32   97  110  100   32   50   49\n0000026",
        ),
        (
            "od -b",
            "0000000 000 000 002 106 160 163 163 150 000 232 040 012 042 047 134 174\n0000020 170 171 172 040 141 156 144 040 062 061\n0000032",
        ),
    ];

    #[test]
    fn what_programs_print_is_read_and_written_again() {
        for (program, text) in DUMPS {
            let found: Vec<Read> = read(text).collect();
            if *program == "od" {
                // Words in octal are written by nobody who wants bytes.
                assert!(found.iter().all(|(bytes, ..)| bytes != BYTES), "{program}");
                continue;
            }
            let Some((_, span, literal)) = found.into_iter().find(|(bytes, ..)| bytes == BYTES) else {
                panic!("{program} is not read: {text}");
            };
            assert_eq!(text.get(span), Some(text.trim()));
            let written = literal.encode(BYTES);
            let again = read(&written).find(|(bytes, _, again)| bytes == BYTES && *again == literal);
            assert!(again.is_some(), "{program}: {written}");
            if !["xxd -e", "hexdump", "Wireshark", "Format-Hex"].contains(program) {
                assert_eq!(written, *text, "{program}");
            }
        }
    }

    #[test]
    fn lines_that_are_left_out_are_filled_in() {
        let text = "00000000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  |ABCDEFGHIJKLMNOP|\n\
            00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n\
            00000040  51                                                |Q|\n00000041";
        let expected = [&b"ABCDEFGHIJKLMNOP"[..], &[0; 48], b"Q"].concat();
        assert_eq!(read(text).next().unwrap().0, expected);
        // No line before it, an end that is too far, and no end.
        for text in [
            "*\n00000010  00 00\n",
            "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00\n*\n7fffffff",
            "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00\n*",
        ] {
            assert_eq!(read(text).next(), None, "{text}");
        }
    }
}
