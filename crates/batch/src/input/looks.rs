//! What bytes look like that are none of the formats that are read.

use super::text;
use prkit_manifest::Text;
use prkit_playready::SystemId;

/// The first bytes of formats that come under the wrong name.
const MAGIC: [(&[u8], &str); 26] = [
    (b"\x1F\x8B", "gzip: unpack it first"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x28\xB5\x2F\xFD", "Zstandard: unpack it first"),
    (b"BZh", "bzip2: unpack it first"),
    (b"\xFD7zXZ\0", "xz: unpack it first"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
    (b"\x04\x22\x4D\x18", "LZ4: unpack it first"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xFF\xD8\xFF", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a RIFF file (WAVE, AVI, WebP)"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"ID3", "MP3 or AAC with ID3 tags"),
    (b"\x1A\x45\xDF\xA3", "Matroska or WebM, which has no pssh boxes of its own"),
    (b"FLV\x01", "Flash video"),
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "ASF, as WMRM protected it"),
    (b"\x7FELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"WEBVTT", "WebVTT subtitles"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"-----BEGIN", "a PEM file: a certificate or a key"),
    (b"CHAI", "a certificate chain of PlayReady"),
    (b"CERT", "a certificate of PlayReady"),
    (b"\x00\x00\x00\x0CjP  ", "a JPEG 2000 picture"),
];

/// Names of root elements, in small letters.
const ROOTS: [(&str, &str); 12] = [
    ("html", "an HTML page"),
    ("error", "the error message of a storage service"),
    ("envelope", "a SOAP message: prkit soap show reads it"),
    ("mpd", "a DASH manifest"),
    ("patch", "a DASH patch document"),
    ("smoothstreamingmedia", "a Smooth Streaming client manifest"),
    ("smil", "a Smooth Streaming server manifest"),
    ("cpix", "a CPIX document"),
    ("rss", "an RSS feed"),
    ("svg", "an SVG picture"),
    ("tt", "TTML subtitles"),
    ("wrmheader", "a PlayReady header"),
];

/// In words: `gzip: unpack it first`, `XML with the root element Error`.
pub fn looks_like(bytes: &[u8]) -> String {
    if bytes.iter().all(|byte| *byte == 0) {
        return if bytes.len() == 1 {
            "one zero byte".to_owned()
        } else {
            format!("{} zero bytes", bytes.len())
        };
    }
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (*name).to_owned();
    }
    if let (Some(b"pssh"), Some(system)) = (bytes.get(4..8), bytes.get(12..28).and_then(<[u8]>::first_chunk))
    {
        let system = SystemId::from_uuid_bytes(*system);
        return match system.name() {
            Some(name) => format!("a pssh box of {name}'s"),
            None => format!("a pssh box of the system {system}"),
        };
    }
    let is_ts = |size: usize| {
        bytes.len() > size && bytes.chunks(size).take(5).all(|packet| packet.first() == Some(&0x47))
    };
    if is_ts(188) {
        return "an MPEG transport stream, which has no pssh boxes".to_owned();
    }
    if bytes.iter().take(4096).all(|byte| *byte == 0) {
        return "a file that begins with zeros: it was not downloaded or written to its end".to_owned();
    }
    let text = Text::decode(&bytes::Bytes::copy_from_slice(bytes));
    let is_text = !text.is_broken()
        && !text.as_str().contains(|c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t' | '\u{c}'));
    if !is_text {
        let first: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        return format!("binary data that begins with {}", first.join(" "));
    }
    of_text(text.as_str().trim())
}

fn of_text(text: &str) -> String {
    if text.is_empty() {
        return "nothing but white space".to_owned();
    }
    if text.get(..14).is_some_and(|head| head.eq_ignore_ascii_case("<!doctype html")) {
        return "an HTML page".to_owned();
    }
    let is_cut = text.contains(" ... ");
    if is_cut && (text.starts_with("<Buffer ") || text.starts_with("{length = ")) {
        return "a buffer as a debugger prints it, without most of its bytes".to_owned();
    }
    if let Some(root) = root_of(text) {
        let local = root.rsplit_once(':').map_or(root, |(_, local)| local);
        let known = ROOTS.iter().find(|(name, _)| local.eq_ignore_ascii_case(name));
        let root: String = root.chars().take(40).collect();
        return match known {
            Some((_, what)) => format!("{what} (root element {root})"),
            None => format!("XML with the root element {root}"),
        };
    }
    if text.starts_with('{') && text.ends_with('}') || text.starts_with('[') && text.ends_with(']') {
        return "JSON without an object in it".to_owned();
    }
    if let Some(pasted) = text::decode(text) {
        // A short word of hex digits is base64 at first sight.
        let is_short = text.len() < 16
            && text.len().is_multiple_of(4)
            && matches!(pasted.form, text::TextForm::Hex { .. });
        let count = if is_short { (text.len() / 4).saturating_mul(3) } else { pasted.bytes.len() };
        let how = match pasted.form {
            _ if is_short => "base64",
            text::TextForm::Base64 { .. } => "base64",
            text::TextForm::Hex { .. } => "hex",
            text::TextForm::Literal(_) => "a list",
        };
        let what = if count == 16 { ", as a key id has them" } else { "" };
        let magic = MAGIC.iter().find(|(magic, _)| !is_short && pasted.bytes.starts_with(magic));
        if let Some((_, name)) = magic {
            return format!("{how} of {name}");
        }
        let bytes = if count == 1 { "byte" } else { "bytes" };
        return format!("{how} of {count} {bytes}{what}");
    }
    format!("plain text of {} characters", text.chars().count())
}

/// The name of the first element that is no declaration and no comment.
pub fn root_of(text: &str) -> Option<&str> {
    let mut rest =
        text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').strip_prefix('<')?;
    loop {
        rest = if let Some(comment) = rest.strip_prefix("!--") {
            comment.split_once("-->")?.1
        } else if rest.starts_with(['?', '!']) {
            rest.split_once('>')?.1
        } else {
            break;
        };
        rest = rest.trim_start().strip_prefix('<')?;
    }
    let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<')).next()?;
    name.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_looks_like_is_named() {
        for (bytes, expected) in [
            (&b"\x1F\x8B\x08\0abc"[..], "gzip: unpack it first"),
            (&[0; 5], "5 zero bytes"),
            (b"AAEC", "base64 of 3 bytes"),
            (b"MyIRAFVEd2aImaq7zN3u/w==", "base64 of 16 bytes, as a key id has them"),
            (b"<!DOCTYPE html><html><body>", "an HTML page"),
            (b"<!doctype html>\n<title>Error</title>", "an HTML page"),
            (b"<html><body>", "an HTML page (root element html)"),
            (
                b"<Buffer 00 00 ... 500 more bytes>",
                "a buffer as a debugger prints it, without most of its bytes",
            ),
            (b"H4sIAAAAAAAAA0tMSgYAwkEkNQMAAAA=", "base64 of gzip: unpack it first"),
            (b"1f8b0800000000000003", "hex of gzip: unpack it first"),
            (
                b"<?xml version='1.0'?>\n<!-- a --><Error><Code>AccessDenied</Code></Error>",
                "the error message of a storage service (root element Error)",
            ),
            (b"<foo/>", "XML with the root element foo"),
            (b"{\"a\": 1}", "JSON without an object in it"),
            (b"just some words!", "plain text of 16 characters"),
            (b"\x01\x02\x03\x04\x05\x06\x07\x08\x09", "binary data that begins with 01 02 03 04 05 06 07 08"),
        ] {
            assert_eq!(looks_like(bytes), expected);
        }
        let ts: Vec<u8> = (0..188 * 4).map(|i| if i % 188 == 0 { 0x47 } else { 7 }).collect();
        assert!(looks_like(&ts).contains("transport stream"));
    }
}
