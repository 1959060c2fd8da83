//! Objects where no specification puts one: in any text, attribute or line.
//!
//! ```text
//!   pssh=AAACRnBzc2gAAAAA…                  base64 whose first bytes are those of a box or of an object: as long as these say
//!   <x:header>&lt;WRMHEADER …               the text of a header
//!   ^ begin  └ what the bytes are tells ┘
//! ```
//!
//! A document of a kind that is known is searched for what was not read in it, which an edit leaves and names
//! ([`UnreadKind::Hidden`](crate::UnreadKind)). In a document of no kind that is known these are its objects.

use crate::found::Shape;
use crate::hex::from_hex;
use crate::limits::{MAX_OBJECT_LEN, MAX_OBJECTS};
use crate::slot::{is_box, system_of};
use crate::work;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use core::ops::Range;
use prkit_playready::{Payload, SystemId};

/// Base64 of an object or of boxes, somewhere in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stray {
    /// From the first character to the last.
    pub(crate) range: Range<usize>,
    /// What it is.
    pub(crate) what: What,
    /// Whether it is written in hex digits.
    pub(crate) is_hex: bool,
}

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    /// A `pssh` box of some system; several behind each other have that of the first.
    Box(SystemId),
    /// A PlayReady Object, or the header of one without it.
    Object,
}

impl What {
    /// The system it is of.
    pub(crate) const fn system(self) -> SystemId {
        match self {
            Self::Box(system) => system,
            Self::Object => SystemId::PLAYREADY,
        }
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Box(_) => "a pssh box",
            Self::Object => "a PlayReady Object",
        }
    }
}

/// Characters that have to be there before anything is decoded: the shortest box has 32 bytes.
const MIN_LEN: usize = 40;
/// Characters of which the beginning is decoded: enough for size, type and SystemID of a box.
const HEAD_LEN: usize = 40;
/// Boxes behind each other.
const MAX_BOXES: usize = 64;
/// Characters of one text that are read for nothing.
const MAX_SPENT: usize = 16 * 1024 * 1024;

/// Finds all of them outside of some ranges, which ascend and do not overlap.
pub(crate) fn find(text: &str, known: &[Range<usize>]) -> Vec<Stray> {
    let mut found = Vec::new();
    let mut at = 0;
    for gap in known.iter().cloned().chain(core::iter::once(text.len()..text.len())) {
        // More than that are an error to whoever asked.
        if at < gap.start && found.len() <= MAX_OBJECTS {
            find_in(text, at..gap.start, &mut found);
        }
        at = at.max(gap.end);
    }
    found
}

fn find_in(text: &str, range: Range<usize>, found: &mut Vec<Stray>) {
    work::count(range.len());
    let bytes = text.as_bytes();
    let mut at = range.start;
    let mut spent = 0_usize;
    while at < range.end && found.len() <= MAX_OBJECTS {
        let is_run = |byte: &u8| is_character(*byte);
        let Some(skipped) = bytes.get(at..range.end).and_then(|rest| rest.iter().position(is_run)) else {
            return;
        };
        let start = at.saturating_add(skipped);
        let rest = bytes.get(start..range.end).unwrap_or_default();
        let run = rest.iter().position(|byte| !is_character(*byte)).unwrap_or(rest.len());
        let end = start.saturating_add(run);
        // What only claims to be long must not be read again and again: then a text ends where its line does.
        let limit = if spent > MAX_SPENT { end } else { range.end };
        at = match stray_at(text, start..limit, &mut spent) {
            Some(stray) => {
                let end = stray.range.end.max(start.saturating_add(1));
                found.push(stray);
                end
            }
            None => end.max(start.saturating_add(1)),
        };
    }
}

const fn is_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// What begins at the first character, if anything does. Characters that were read for nothing are counted.
fn stray_at(text: &str, range: Range<usize>, spent: &mut usize) -> Option<Stray> {
    if let Some(stray) = hex_at(text, range.clone()) {
        return Some(stray);
    }
    // Most words are no beginning: a box has zeros in its size, an object in its count, a header `<` or UTF-16.
    let mut characters = Characters::new(text, range.clone());
    if range.len() < MIN_LEN || !begins(characters.clone()) {
        return None;
    }
    let mut taken: Vec<u8> = Vec::new();
    let mut ends: Vec<usize> = Vec::new();
    let mut take = |characters: &mut Characters<'_>, count: usize, is_whole: bool| {
        while taken.len() < count {
            // Behind the first characters white space ends a text whose length is not known.
            let Some((end, c)) = characters.clone().next() else { break };
            if is_whole && ends.last().is_some_and(|last| !matches!(end.checked_sub(*last), Some(1 | 3))) {
                break;
            }
            characters.next();
            taken.push(c);
            ends.push(end);
        }
        (taken.clone(), ends.clone())
    };
    let (first, _) = take(&mut characters, HEAD_LEN, false);
    let begin = decoded(&first)?;
    let (mut all, mut places) = match expected_len(&begin)? {
        Len::Told(len) => take(&mut characters, characters_of(len), false),
        Len::Untold => take(&mut characters, characters_of(MAX_OBJECT_LEN), true),
    };
    *spent = spent.saturating_add(all.len());
    // Boxes behind each other are one text, where it goes on without a break.
    for _ in 0..MAX_BOXES {
        let (more, further) = take(&mut characters, all.len().saturating_add(HEAD_LEN), true);
        let Some(len) = decoded(&more).and_then(|bytes| boxes_len(&bytes)).map(characters_of) else { break };
        if len <= all.len() {
            break;
        }
        if len <= more.len() {
            (all, places) = (more, further);
        } else {
            (all, places) = take(&mut characters, len, false);
            *spent = spent.saturating_add(HEAD_LEN);
        }
        all.truncate(len);
        places.truncate(len);
    }
    let bytes = decoded(&all)?;
    let what = what(&bytes)?;
    let end = *places.last()?;
    let padding = text.as_bytes().get(end..)?.iter().take(2).take_while(|byte| **byte == b'=').count();
    *spent = spent.saturating_sub(all.len());
    Some(Stray { range: range.start..end.saturating_add(padding), what, is_hex: false })
}

/// Hex digits without anything between them, of a box or of an object.
fn hex_at(text: &str, range: Range<usize>) -> Option<Stray> {
    let run = text.get(range.clone())?;
    let prefix = if run.starts_with("0x") || run.starts_with("0X") { 2 } else { 0_usize };
    let digits = run.get(prefix..)?;
    let is_box = digits.get(8..16) == Some("70737368");
    let is_object = digits.get(4..8) == Some("0000") && digits.get(10..12) == Some("00");
    let is_text = digits
        .get(..8)
        .is_some_and(|first| matches!(first, "3c005700" | "3C005700" | "3c57524d" | "3C57524D"));
    if !is_box && !is_object && !is_text {
        return None;
    }
    let len = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
    let digits = digits.get(..len.checked_sub(len % 2)?)?;
    if digits.len() / 2 > MAX_OBJECT_LEN {
        return None;
    }
    let bytes = from_hex(digits)?;
    let start = range.start.saturating_add(prefix);
    Some(Stray { range: start..start.saturating_add(digits.len()), what: what(&bytes)?, is_hex: true })
}

/// Characters that so many bytes take, without padding.
const fn characters_of(len: usize) -> usize {
    len.saturating_mul(4).saturating_add(2) / 3
}

/// What boxes behind each other say how long they are; `None` for what is none.
fn boxes_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| is_box(rest)) {
        let size = usize::try_from(u32::from_be_bytes(*rest.first_chunk::<4>()?)).ok()?;
        at = at.saturating_add(if (8..=MAX_OBJECT_LEN).contains(&size) { size } else { return None });
    }
    (at > 0).then_some(at)
}

/// How long something is.
enum Len {
    Told(usize),
    Untold,
}

/// How long what begins like this says it is.
fn expected_len(head: &[u8]) -> Option<Len> {
    let (size, rest) = head.split_first_chunk::<4>()?;
    if is_box(head) {
        let size = usize::try_from(u32::from_be_bytes(*size)).ok()?;
        let is_told = (8..=MAX_OBJECT_LEN).contains(&size);
        return if is_told { Some(Len::Told(size)) } else { (size < 2).then_some(Len::Untold) };
    }
    let (count, rest) = rest.split_first_chunk::<2>()?;
    let kind = rest.first_chunk::<2>()?;
    let len = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    let is_object =
        (1..=16).contains(&u16::from_le_bytes(*count)) && (1..=3).contains(&u16::from_le_bytes(*kind));
    if is_object && (10..=MAX_OBJECT_LEN).contains(&len) {
        return Some(Len::Told(len));
    }
    let text: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    // A byte order mark may be in front.
    let is_header = text.windows(5).take(6).any(|window| window == b"<WRMH" || window == b"<WRHE");
    is_header.then_some(Len::Untold)
}

/// Whether the first characters may be those of a box, of an object, or of a header in some encoding. Nothing is kept of
/// them: most words are looked at for no other reason.
fn begins(characters: Characters<'_>) -> bool {
    let mut first = [0; 11];
    let mut count = 0_usize;
    for (put, (_, c)) in first.iter_mut().zip(characters) {
        *put = match c {
            b'-' => b'+',
            b'_' => b'/',
            c => c,
        };
        count = count.saturating_add(1);
    }
    if count < first.len() {
        return false;
    }
    match first {
        // `pssh` behind a size, and `uuid`.
        [b'A', b'A' | b'D', .., b'B', b'z', b'c', b'2', b'g']
        | [b'A', b'A' | b'D', .., b'V', b'1', b'a', b'W', b'Q' | b'R' | b'S' | b'T']
        // A length below 64 KiB, a count below 256, and the type of the first record: 1 to 3.
        | [_, _, _, b'A', b'A', _, _, b'A', b'A', b'Q' | b'g' | b'w', ..]
        // `<W` and a byte order mark in front of `<`.
        | [b'P', b'A', b'B', b'X', ..]
        | [b'P', b'F', b'd', b'S', ..]
        | [b'A', b'D', b'w', b'A', b'V', ..]
        | [b'/', b'/', b'4', b'8', ..]
        | [b'/', b'v', b'8', b'A', ..]
        | [b'7', b'7', b'u', b'/', ..] => true,
        _ => false,
    }
}

pub(crate) fn what(bytes: &[u8]) -> Option<What> {
    if is_box(bytes) {
        return system_of(bytes, Shape::Box).map(What::Box);
    }
    Payload::parse(bytes).is_ok_and(|payload| payload.is_recognised()).then_some(What::Object)
}

fn decoded(characters: &[u8]) -> Option<Vec<u8>> {
    let whole = characters.len().checked_sub(characters.len() % 4)?;
    let standard: Vec<u8> = characters
        .iter()
        .map(|c| match c {
            b'-' => b'+',
            b'_' => b'/',
            c => *c,
        })
        .collect();
    let (whole, rest) = standard.split_at_checked(whole)?;
    let mut bytes = STANDARD.decode(whole).ok()?;
    // What is left over is the end of one without padding; a lone character says nothing.
    if rest.len() > 1 {
        bytes.extend(STANDARD_NO_PAD.decode(rest).ok()?);
    }
    Some(bytes)
}

/// Characters of base64 with their places: white space and line ends between them are passed over, and `%2B`, `%2F`.
#[derive(Clone)]
struct Characters<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
}

impl<'t> Characters<'t> {
    const fn new(text: &'t str, range: Range<usize>) -> Self {
        Self { text: text.as_bytes(), at: range.start, end: range.end }
    }
}

impl Iterator for Characters<'_> {
    type Item = (usize, u8);

    /// The place is that behind the character.
    fn next(&mut self) -> Option<(usize, u8)> {
        loop {
            let rest = self.text.get(self.at..self.end)?;
            work::count(1);
            let (c, len) = match rest {
                [b'%', b'2', b'B' | b'b', ..] => (b'+', 3),
                [b'%', b'2', b'F' | b'f', ..] => (b'/', 3),
                [b'\r' | b'\n' | b' ' | b'\t', ..] => {
                    self.at = self.at.saturating_add(1);
                    continue;
                }
                [c, ..] if is_character(*c) => (*c, 1),
                _ => return None,
            };
            self.at = self.at.saturating_add(len);
            return Some((self.at, c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snippet::pssh_box;
    use prkit_playready::{Object, RecordType};
    use proptest::prelude::*;

    fn object(url: &str) -> Vec<u8> {
        let xml = format!("<WRMHEADER><DATA><LA_URL>{url}</LA_URL></DATA></WRMHEADER>");
        let header: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        Object::encode([(RecordType::Header, &header[..])]).unwrap()
    }

    fn found(text: &str) -> Vec<(&str, What)> {
        find(text, &[]).into_iter().map(|stray| (&text[stray.range], stray.what)).collect()
    }

    #[test]
    fn base64_of_objects_and_boxes_is_found_in_any_surroundings() {
        for len in 0..6 {
            let object = object(&"x".repeat(len));
            let boxed = pssh_box(&object).unwrap();
            let (pro, pssh) = (STANDARD.encode(&object), STANDARD.encode(&boxed));
            for around in
                ["{}", "pssh={}", "key: \"{}\",", "<a b='{}'/>", "data:;base64,{}", "x {} y", "PSSH {} PRO"]
            {
                assert_eq!(found(&around.replace("{}", &pro)), [(pro.as_str(), What::Object)], "{around}");
                let of_box = (pssh.as_str(), What::Box(SystemId::PLAYREADY));
                assert_eq!(found(&around.replace("{}", &pssh)), [of_box], "{around}");
            }
            let url_safe = pro.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned();
            assert_eq!(found(&format!("({url_safe})")), [(url_safe.as_str(), What::Object)]);
            let wrapped = pro.as_bytes().chunks(64).map(|line| core::str::from_utf8(line).unwrap());
            let wrapped = wrapped.collect::<Vec<_>>().join("\r\n  ");
            assert_eq!(found(&format!("<a>\n  {wrapped}\n</a>")), [(wrapped.as_str(), What::Object)]);
        }
    }

    #[test]
    fn several_are_several_and_boxes_behind_each_other_are_one() {
        let (first, second) = (object("a"), pssh_box(&object("b")).unwrap());
        let (first, twice) = (STANDARD.encode(first), STANDARD.encode(second.repeat(2)));
        let text = format!("{first} {twice},{first}");
        let found = found(&text);
        assert_eq!(found.iter().map(|(text, _)| *text).collect::<Vec<_>>(), [&first, &twice, &first]);
    }

    #[test]
    fn hex_digits_are_found() {
        let object = object("a");
        for bytes in [&object, &pssh_box(&object).unwrap()] {
            let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            for (text, is_upper) in
                [(format!("pssh: {hex}"), false), (format!("<a b=\"0x{}\"/>", hex.to_uppercase()), true)]
            {
                let [stray] = find(&text, &[]).try_into().unwrap();
                let expected = if is_upper { hex.to_uppercase() } else { hex.clone() };
                assert_eq!((&text[stray.range.clone()], stray.is_hex), (expected.as_str(), true));
            }
        }
    }

    #[test]
    fn a_bare_header_in_base64_is_found() {
        let xml = "<WRMHEADER version=\"4.0.0.0\"><DATA></DATA></WRMHEADER>";
        let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [xml.as_bytes().to_vec(), utf16] {
            let text = STANDARD.encode(bytes);
            assert_eq!(found(&format!("h={text};")), [(text.as_str(), What::Object)]);
        }
    }

    #[test]
    fn what_was_read_already_is_not_found_again() {
        let text = STANDARD.encode(object("a"));
        let twice = format!("{text} {text}");
        assert_eq!(find(&twice, core::slice::from_ref(&(0..text.len()))).len(), 1);
        assert_eq!(find(&twice, core::slice::from_ref(&(0..twice.len()))).len(), 0);
    }

    #[test]
    fn other_words_are_none() {
        for text in [
            "",
            "AAAA",
            &"A".repeat(500),
            &STANDARD.encode([0; 300]),
            &"Lorem ipsum ".repeat(50),
            &"AAAAA".repeat(10),
        ] {
            assert_eq!(found(text), [] as [(&str, What); 0], "{text}");
        }
    }

    #[test]
    fn work_grows_with_the_length_of_a_text_and_no_faster() {
        let object = STANDARD.encode(object("a"));
        for piece in [
            "AAAA ",
            "AAACRnBzc2g",
            "AAACRnBzc2gAAAAA ",
            "JgIAAAEAAQ ",
            "JgIAAAEAAQ\n",
            "PABXAFIATQBIAEUAQQBEAEUAUgAg",
            "AAAAIHBzc2gAAAAAmgTweZhAQoarkuZb4IhflQAAAAA=",
            &format!("{object} "),
            &format!("x={object}\n"),
        ] {
            let work = |len: usize| {
                let text = piece.repeat(len / piece.len());
                work::of(|| drop(find(&text, &[])))
            };
            // A part that does not grow is what one claim of a great length may cost.
            let (once, twice) = (work(2_000_000), work(4_000_000));
            assert!(once < MAX_SPENT * 4, "{piece}: {once}");
            assert!(twice <= once * 5 / 2 + MAX_SPENT * 2, "{piece}: {once} and {twice}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[A-Za-z0-9+/=%<> \n]{0,200}") {
            find(&text, &[]);
            crate::header_text::find(&text);
        }
    }
}
