//! Reading a track: `moov/trak`, down to `tenc`.

use super::locator::{Child, Locator};
use crate::box_type::{BoxType, FourCc};
use crate::error::Result;
use crate::field::{four_cc, u32_at};
use crate::limits::MAX_SAMPLE_ENTRIES;
use crate::reference::{ENTRY_HEAD, Home};
use crate::tenc::Tenc;
use crate::track::{SampleEntry, Track, Unread};
use prkit_plan::Span;

pub(super) fn read(locator: &mut Locator<'_>, moov: usize, trak: &Child<'_>) -> Result<Track> {
    let mut track = Track { at: trak.header.span.start(), ..Track::default() };
    locator.children(trak, &mut |locator, child| {
        match &child.kind().code().0 {
            b"tkhd" => {
                let head = locator.head(&child, 24)?;
                // Version 1 has 64-bit times in front of the id.
                let at = if head.first() == Some(&1) { 20 } else { 12 };
                track.id = u32_at(head, at);
            }
            b"mdia" => read_media(locator, &child, &mut track)?,
            b"meta" => locator.meta_of_track(moov, trak, &child)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(track)
}

fn read_media(locator: &mut Locator<'_>, mdia: &Child<'_>, track: &mut Track) -> Result<()> {
    locator.children(mdia, &mut |locator, child| {
        match &child.kind().code().0 {
            b"hdlr" => track.handler = locator.head(&child, 12)?.get(8..).and_then(four_cc),
            b"minf" => locator.children(&child, &mut |locator, child| match &child.kind().code().0 {
                b"dinf" => read_references(locator, &child, track),
                b"stbl" => locator.children(&child, &mut |locator, child| match &child.kind().code().0 {
                    b"stsd" => read_entries(locator, &child, track),
                    b"sgpd" => {
                        match locator.groups(&child)? {
                            Ok(found) => track.seig.extend(found),
                            Err(version) => track.unread.push(child.unread(version)),
                        }
                        Ok(())
                    }
                    _ => Ok(()),
                }),
                _ => Ok(()),
            })?,
            _ => {}
        }
        Ok(())
    })
}

fn read_references(locator: &mut Locator<'_>, dinf: &Child<'_>, track: &mut Track) -> Result<()> {
    locator.children(dinf, &mut |locator, dref| {
        if &dref.kind().code().0 != b"dref" {
            return Ok(());
        }
        let content = dref.content();
        let entries = Span::new(content.start().saturating_add(8).min(content.end()), content.end());
        locator.boxes_in(entries, &dref, &mut |locator, entry| {
            if track.references.len() < MAX_SAMPLE_ENTRIES {
                let home = Home::parse(entry.kind(), locator.head(&entry, ENTRY_HEAD)?);
                track.references.push(home);
            }
            Ok(())
        })
    })
}

fn read_entries(locator: &mut Locator<'_>, stsd: &Child<'_>, track: &mut Track) -> Result<()> {
    let count = u32_at(locator.head(stsd, 8)?, 4).unwrap_or(0);
    let content = stsd.content();
    let entries = Span::new(content.start().saturating_add(8).min(content.end()), content.end());
    locator.boxes_in(entries, stsd, &mut |locator, child| {
        if u32::try_from(track.entries.len()).is_ok_and(|n| n < count)
            && track.entries.len() < MAX_SAMPLE_ENTRIES
        {
            let reference = locator.head(&child, 8)?.get(6..8).and_then(|index| index.first_chunk());
            track.reference_of.push(reference.map_or(1, |index| u16::from_be_bytes(*index)));
            let entry = read_entry(locator, &child, track.handler, &mut track.unread)?;
            track.entries.push(entry);
        }
        Ok(())
    })
}

fn read_entry(
    locator: &mut Locator<'_>,
    entry: &Child<'_>,
    handler: Option<FourCc>,
    unread: &mut Vec<Unread>,
) -> Result<SampleEntry> {
    let format = entry.kind().code();
    let mut read =
        SampleEntry { format, original_format: None, scheme: None, schemes: Vec::new(), tenc: Vec::new() };
    let content = entry.content();
    let Some(mut fields) = fields_len(format, handler, locator.head(entry, 52)?) else { return Ok(read) };
    if is_encrypted(format) {
        fields = in_front_of_sinf(locator.head(entry, FIELDS)?, content.len(), fields).unwrap_or(fields);
    }
    let boxes = Span::new(content.start().saturating_add(fields).min(content.end()), content.end());
    locator.leniently(|locator| read_protection(locator, boxes, entry, &mut read, unread))?;
    Ok(read)
}

fn read_protection(
    locator: &mut Locator<'_>,
    boxes: Span,
    entry: &Child<'_>,
    read: &mut SampleEntry,
    unread: &mut Vec<Unread>,
) -> Result<()> {
    locator.boxes_in(boxes, entry, &mut |locator, child| {
        if child.kind() != BoxType::new(*b"sinf") {
            return Ok(());
        }
        locator.children(&child, &mut |locator, child| {
            match &child.kind().code().0 {
                b"frma" => read.original_format = read.original_format.or(four_cc(locator.head(&child, 4)?)),
                b"schm" => {
                    let scheme = locator.head(&child, 8)?.get(4..).and_then(four_cc);
                    read.scheme = read.scheme.or(scheme);
                    read.schemes.extend(scheme);
                }
                b"schi" => locator.children(&child, &mut |locator, child| {
                    if child.kind() == BoxType::new(*b"tenc") || child.kind().is_piff_tenc() {
                        let content = locator.head(&child, Tenc::LEN)?;
                        match Tenc::unknown_version(content) {
                            None => read.tenc.extend(Tenc::parse(content)),
                            Some(version) => unread.push(child.unread(version)),
                        }
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })
    })
}

/// How much of an entry its own fields and strings may be.
const FIELDS: u64 = 4096;

/// Encrypted video, sound, text, subtitles, metadata, and streams of other systems.
fn is_encrypted(format: FourCc) -> bool {
    matches!(&format.0, [b'e', b'n', b'c', _])
}

/// Where the boxes of such an entry begin. What stands in front of them is that of the format before encryption, which only
/// a box behind it names: the strings of `stpp` and `metx`, the fields of `tx3g` or of QuickTime's text. So it is where boxes
/// begin that go to the end of the entry, one of which is `sinf`: whichever bytes are in front, that one is it.
///
/// Mostly it is where the fields of `usual` length end, which is looked at first.
fn in_front_of_sinf(head: &[u8], len: u64, usual: u64) -> Option<u64> {
    const OF_ALL: usize = 8;
    let leads_to_sinf = |start: &usize| {
        let (mut at, mut found) = (u64::try_from(*start).unwrap_or(u64::MAX), false);
        while len.saturating_sub(at) >= 8 {
            let header = usize::try_from(at).ok().and_then(|at| head.get(at..));
            let Some(header) = header else { return found };
            let (Some(size), Some(code)) = (u32_at(header, 0), header.get(4..8)) else { return found };
            at = at.saturating_add(u64::from(size));
            if size < 8 || at > len {
                return false;
            }
            found |= code == b"sinf";
        }
        found
    };
    if usize::try_from(usual).is_ok_and(|usual| leads_to_sinf(&usual)) {
        return Some(usual);
    }
    (OF_ALL..head.len()).find(leads_to_sinf).and_then(|start| u64::try_from(start).ok())
}

/// Bytes of a sample entry's own fields, behind its box header (ISO/IEC 14496-12, 8.5.2, 12.1.3, 12.2.3; QuickTime
/// sound descriptions of versions 1 and 2).
fn fields_len(format: FourCc, handler: Option<FourCc>, head: &[u8]) -> Option<u64> {
    const VISUAL: u64 = 78;
    const AUDIO: u64 = 28;
    const PLAIN: u64 = 8;
    let audio = || match head.get(8..10) {
        Some([0, 1])
            if head.get(AUDIO_V1_TYPE).is_some_and(|code| code.iter().all(u8::is_ascii_alphanumeric)) =>
        {
            AUDIO.saturating_add(16)
        }
        Some([0, 2]) => AUDIO.saturating_add(36),
        _ => AUDIO,
    };
    match (&format.0, handler.map(|handler| handler.0)) {
        (b"encv", _) => Some(VISUAL),
        (b"enca", _) => Some(audio()),
        ([b'e', b'n', b'c', _], _) => Some(PLAIN),
        (_, Some(handler)) => match &handler {
            b"vide" | b"auxv" | b"pict" => Some(VISUAL),
            b"soun" => Some(audio()),
            b"meta" => Some(PLAIN),
            _ => None,
        },
        _ => None,
    }
}

/// Where the type of the first box stands behind a version 1 sound description. ISO files say version 1 too and have
/// no such fields; the type tells.
const AUDIO_V1_TYPE: core::ops::Range<usize> = 48..52;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_quicktime_sound_description_are_longer() {
        let mut head = [0; 52];
        assert_eq!(fields_len(FourCc(*b"mp4a"), Some(FourCc(*b"soun")), &head), Some(28));
        head[9] = 1;
        assert_eq!(fields_len(FourCc(*b"mp4a"), Some(FourCc(*b"soun")), &head), Some(28));
        head[48..52].copy_from_slice(b"esds");
        assert_eq!(fields_len(FourCc(*b"enca"), None, &head), Some(44));
        head[9] = 2;
        assert_eq!(fields_len(FourCc(*b"enca"), None, &head), Some(64));
    }

    #[test]
    fn whatever_is_in_front_of_the_boxes_is_passed_over() {
        let sinf = b"\0\0\0\x10sinf\0\0\0\x08free";
        let entry = |fields: &[u8]| [&[0; 8][..], fields, sinf].concat();
        let start = |bytes: &[u8]| in_front_of_sinf(bytes, u64::try_from(bytes.len()).unwrap(), 78);
        assert_eq!(start(&entry(b"")), Some(8));
        assert_eq!(start(&entry(b"http://www.w3.org/ns/ttml\0\0\0")), Some(8 + 28));
        assert_eq!(start(&entry(b"text/plain\0")), Some(8 + 11));
        assert_eq!(start(&entry(b"\0\0a\0\0")), Some(8 + 5));
        assert_eq!(start(&entry(&[1; 30])), Some(38));
        assert_eq!(start(&entry(b"no end")), Some(8 + 6));
        assert_eq!(start(&entry(b"\0\0\0\x0cbtrt\0\0\0\0")), Some(8), "a box is none of the fields");
        assert_eq!(start(&[1; 60]), None);
    }

    #[test]
    fn an_entry_of_an_unknown_handler_is_not_searched() {
        assert_eq!(fields_len(FourCc(*b"stpp"), Some(FourCc(*b"subt")), &[]), None);
        assert_eq!(fields_len(FourCc(*b"enct"), Some(FourCc(*b"subt")), &[]), Some(8));
    }
}
