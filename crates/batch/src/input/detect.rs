//! What an input is, by its first bytes.

use super::kind::Kind;
use crate::Error;
use prkit_license::License;
use prkit_protocol::Message;

/// Types that a file or a segment begins with.
const FIRST_BOXES: [&[u8; 4]; 19] = [
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"sidx", b"ssix", b"emsg",
    b"prft", b"meta", b"mfra", b"pdin", b"imda", b"udta", b"pssh", b"uuid",
];

/// The kind, where the first bytes tell; `len` is the length of the whole input.
pub(super) fn by_head(head: &[u8], len: u64) -> Option<Kind> {
    if let Some(kind) = by_box(head, len) {
        return Some(kind);
    }
    by_text(&text_of(head))
}

/// The kind of a manifest, or of a piece of one: elements or key lines as people paste them.
pub(super) fn of_piece(text: &str) -> Option<Kind> {
    by_text(text).filter(|kind| kind.is_manifest())
}

/// Whether the first bytes are XML and no element begins in them.
pub(super) fn is_open(head: &[u8]) -> bool {
    let text = text_of(head);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    (text.starts_with("<!--") || text.starts_with("<?")) && by_text(text).is_none()
}

/// A box type at the fifth byte and a size that can be.
fn by_box(head: &[u8], len: u64) -> Option<Kind> {
    let (size, rest) = head.split_first_chunk()?;
    let (code, _) = rest.split_first_chunk::<4>()?;
    let text = || head.iter().map(|byte| char::from(*byte)).take(64).collect::<String>();
    if matches!(head.first(), Some(b'{' | b'[')) && is_json(&text()) {
        // `{\n "pssh": …` has a box type at its fifth byte, and a size of 2 GB in front of it.
        return None;
    }
    if head.len() > 16 && head.iter().take(64).all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
    {
        // `let pssh = …`: a box has a zero in its size, or in its version and flags.
        return None;
    }
    let size = u64::from(u32::from_be_bytes(*size));
    if !FIRST_BOXES.contains(&code) && leads_to_a_box(head, len) {
        return Some(Kind::Mp4);
    }
    if !FIRST_BOXES.contains(&code) || (2..8).contains(&size) && code != b"ftyp" {
        return None;
    }
    // Runs of nothing but `pssh` boxes are what people paste and packagers write to .pssh files.
    let mut rest = head;
    let mut seen = 0_u64;
    while let Some((size, after)) = rest.split_first_chunk()
        && after.starts_with(b"pssh")
    {
        let size = u64::from(u32::from_be_bytes(*size));
        seen = seen.saturating_add(size);
        if size < 8 || seen >= len {
            return Some(Kind::Pssh);
        }
        rest = usize::try_from(size).ok().and_then(|size| rest.get(size..)).unwrap_or_default();
    }
    Some(Kind::Mp4)
}

/// Whether a box nobody knows is followed by others, one of which is known; or by what lies beyond the first bytes.
fn leads_to_a_box(head: &[u8], len: u64) -> bool {
    let (mut rest, mut at) = (head, 0_u64);
    while let Some((size, after)) = rest.split_first_chunk()
        && let Some((code, after)) = after.split_first_chunk::<4>()
    {
        let (size, least) = match u32::from_be_bytes(*size) {
            1 => (after.first_chunk().map_or(0, |large| u64::from_be_bytes(*large)), 16),
            size => (u64::from(size), 8),
        };
        let is_type = code.iter().all(|byte| matches!(byte, b' '..=b'~' | 0xA9))
            && code.iter().any(u8::is_ascii_alphabetic);
        at = at.saturating_add(size);
        if size < least || !is_type {
            return false;
        }
        // One that is cut is one.
        if FIRST_BOXES.contains(&code) {
            return true;
        }
        if at > len {
            return false;
        }
        let Some(next) = usize::try_from(size).ok().and_then(|size| rest.get(size..)) else {
            return at < len;
        };
        rest = next;
    }
    false
}

fn by_text(text: &str) -> Option<Kind> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if text.starts_with("#EXTM3U") || text.starts_with("#EXT-X-") {
        return Some(Kind::M3u8);
    }
    if is_json(text) {
        return Some(Kind::Json);
    }
    let mut rest = text;
    // The root element is the first tag that is no declaration and no comment.
    while let Some(at) = rest.find('<') {
        let tag = rest.get(at..)?.strip_prefix('<')?;
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        if tag.starts_with(['?', '!']) {
            rest = tag.split_once('>')?.1;
            continue;
        }
        let name = tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
        let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
        return match local {
            "WRMHEADER" => Some(Kind::Header),
            _ => prkit_manifest::Kind::of_root(local).map(Kind::from),
        };
    }
    None
}

/// An object or an array of objects, arrays and strings. A C array begins with a brace, too, and lists of numbers with a
/// bracket.
fn is_json(text: &str) -> bool {
    let mut visible = text.chars().filter(|c| !c.is_whitespace());
    match (visible.next(), visible.next()) {
        // An array that was written as an object holds bytes.
        (Some('{'), Some('"')) => text.contains(':') && !is_members(text),
        (Some('['), Some('{' | '[')) => true,
        _ => false,
    }
}

/// `{"0":12,"1":…`.
fn is_members(text: &str) -> bool {
    let visible: String = text.chars().filter(|c| !c.is_whitespace()).take(8).collect();
    visible.strip_prefix("{\"0\":").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Text in UTF-8 or UTF-16, as far as it is needed to see what begins there.
fn text_of(head: &[u8]) -> String {
    let units = |read: fn([u8; 2]) -> u16| {
        let units = head.as_chunks().0.iter().map(|unit| read(*unit));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match head {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => units(u16::from_le_bytes),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => units(u16::from_be_bytes),
        _ => String::from_utf8_lossy(head).into_owned(),
    }
}

/// What an input is that has no header.
pub(crate) fn belongs_elsewhere(head: &[u8]) -> Option<Error> {
    if License::is_license(head) {
        return Some(Error::License);
    }
    Message::is_message(head).then_some(Error::Message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        let kind = |head: &[u8]| by_head(head, u64::try_from(head.len()).unwrap());
        assert_eq!(kind(b"\0\0\0\x18ftypiso6"), Some(Kind::Mp4));
        assert_eq!(kind(b"\0\0\0\x0Cpssh\0\0\0\0"), Some(Kind::Pssh));
        assert_eq!(kind(b"\0\0\0\x0Cpssh\0\0\0\0\0\0\0\x08free"), Some(Kind::Mp4));
        assert_eq!(kind(b"\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- <a> --><MPD xmlns=''>"), Some(Kind::Mpd));
        assert_eq!(kind(b"<SmoothStreamingMedia"), Some(Kind::Ism));
        assert_eq!(kind(b"#EXTM3U\n"), Some(Kind::M3u8));
        assert_eq!(kind(b"#EXT-X-KEY:METHOD=NONE"), Some(Kind::M3u8));
        assert_eq!(kind(b"<ContentProtection/>"), Some(Kind::Mpd));
        assert_eq!(kind(b"<mspr:pro>AA</mspr:pro>"), Some(Kind::Mpd));
        assert_eq!(kind(b"<cpix:CPIX>"), Some(Kind::Cpix));
        assert_eq!(kind(b"<\0W\0R\0M\0H\0E\0A\0D\0E\0R\0>\0"), Some(Kind::Header));
        assert_eq!(kind(b"{\n \"pssh\": \"AAAA\"}"), Some(Kind::Json));
        assert_eq!(kind(b"[ {\"a\""), Some(Kind::Json));
        assert_eq!(kind(b"{ 0x00, 0x01 }"), None);
        assert_eq!(kind(b"{\"0\": 12, \"1\": 0}"), None);
        assert_eq!(kind(b"[1, 2, 3]"), None);
        assert_eq!(kind(b"\0\0\0\x0Cwhat\0\0\0\0\0\0\0\x20pssh\0\0\0\0"), Some(Kind::Mp4));
        assert_eq!(kind(b"\0\0\0\x0Cwhat\0\0\0\0\0\0\0\x20else\0\0\0\0"), None);
        assert_eq!(by_head(b"\0\0\x10\0what\0\0", 100_000), Some(Kind::Mp4));
        assert_eq!(kind(b"\0\0\0\x0Cwhat\0\0\0\0"), None);
        let large = b"\0\0\0\x01\xA9w-t\0\0\0\0\0\0\0\x12..\0\0\0\x08what\0\0\0\x20pssh\0\0\0\0";
        assert_eq!(kind(large), Some(Kind::Mp4));
        assert_eq!(kind(b"\0\0\0\x01what\0\0\0\0\0\0\0\x0F\0\0\0\x20pssh\0\0\0\0"), None);
        assert_eq!(kind(b"\0\0\0\x0C1234\0\0\0\0\0\0\0\x20pssh\0\0\0\0"), None);
        assert_eq!(kind(b"let pssh: [UInt8] = [0, 0]"), None);
        assert_eq!(kind(b"plain text"), None);
        assert_eq!(kind(b""), None);
    }
}
