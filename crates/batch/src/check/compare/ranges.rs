//! Byte ranges and the boxes of the file they count in.
//!
//! ```text
//!   ftyp │ moov │ sidx │ moof mdat │ moof mdat
//!   └ Initialization ┘  index       media        each begins and ends where a box does
//! ```

use crate::check::finding::{Findings, Place};
use crate::check::gather::Doc;
use crate::check::library::{Library, Looked};
use crate::check::media::Media;
use crate::check::rule::Rule;
use prkit_bmff::FourCc;
use prkit_manifest::{ByteRange, RangeKind};
use prkit_plan::Span;
use prkit_playready::Level;

pub(crate) fn check(doc: &Doc, library: &Library, findings: &mut Findings) {
    for range in &doc.presentation.ranges {
        for file in &range.files {
            let Some(file) = doc.leads_to(file) else { continue };
            let Looked::Media(media) = library.look(&file) else { continue };
            findings.compare();
            if let Some(wrong) = wrong(range, &media) {
                let said = match range.end {
                    Some(end) => format!("{}-{}", range.start, end.saturating_sub(1)),
                    None => format!("{}-", range.start),
                };
                let at = Place::of_text(&doc.name, range.path.clone(), range.position).saying(said);
                let message = format!("{} {}", range.kind.name(), wrong.message);
                let found = Place::of_box(&media.name, wrong.at).saying(wrong.found);
                findings.add_at(Rule::Ranges, wrong.level, message, [at, found]);
            }
        }
    }
}

struct Wrong {
    message: &'static str,
    at: String,
    found: String,
    level: Level,
}

fn wrong(range: &ByteRange, media: &Media) -> Option<Wrong> {
    let span = range.span(media.len);
    let whole = Span::new(0, media.len);
    let level = Rule::Ranges.level();
    let file = |message, found: String| Some(Wrong { message, at: "/".to_owned(), found, level });
    if range.end.is_some() && !whole.encloses(span) || range.start >= media.len {
        return file("passes the end of its file", format!("{} bytes", media.len));
    }
    let begins = media.top.iter().any(|(top, _)| top.start() == span.start());
    let ends = media.top.iter().any(|(top, _)| top.end() == span.end());
    let around = |offset: u64| {
        let inside = media.top.iter().find(|(top, _)| top.contains(offset));
        let (at, found) = inside.map_or_else(
            || ("/".to_owned(), "no box".to_owned()),
            |(top, code)| (format!("/{code}"), format!("{}-{}", top.start(), top.end().saturating_sub(1))),
        );
        (at, found)
    };
    if !begins {
        let (at, found) = around(span.start());
        return Some(Wrong { message: "begins where no box does", at, found, level });
    }
    let exists = |code: &[u8; 4]| media.top.iter().any(|(_, found)| *found == FourCc(*code));
    let is_index =
        matches!(range.kind, RangeKind::Index | RangeKind::RepresentationIndex | RangeKind::SegmentIndex);
    if is_index && exists(b"sidx") {
        return wrong_index(span, media);
    }
    // A key frame ends inside of the media data.
    if !ends && !matches!(range.kind, RangeKind::KeyFrame | RangeKind::Part | RangeKind::Hint) {
        let (at, found) = around(span.end().saturating_sub(1));
        return Some(Wrong { message: "ends where no box does", at, found, level });
    }
    let holds =
        |code: &[u8; 4]| media.top.iter().any(|(top, found)| *found == FourCc(*code) && span.encloses(*top));
    let place_of = |code: &[u8; 4]| {
        let (top, code) = media.top.iter().find(|(_, found)| *found == FourCc(*code))?;
        Some(placed(*top, *code))
    };
    match range.kind {
        RangeKind::Initialization | RangeKind::Map if exists(b"moov") && !holds(b"moov") => {
            let (at, found) = place_of(b"moov")?;
            Some(Wrong { message: "does not hold the moov box", at, found, level })
        }
        RangeKind::Media | RangeKind::Segment if exists(b"moof") && !holds(b"moof") => {
            let (at, found) = place_of(b"moof")?;
            Some(Wrong { message: "holds no whole fragment", at, found, level })
        }
        _ => None,
    }
}

/// A box and where it is, for people.
fn placed(top: Span, code: FourCc) -> (String, String) {
    (format!("/{code}"), format!("{}-{}", top.start(), top.end().saturating_sub(1)))
}

/// A range contains the index (ISO/IEC 23009-1, 5.3.9.2): without a whole `sidx` there is none, and what else is in it is
/// loaded for nothing.
fn wrong_index(span: Span, media: &Media) -> Option<Wrong> {
    let is_sidx = |code: &FourCc| *code == FourCc(*b"sidx");
    if !media.top.iter().any(|(top, code)| is_sidx(code) && span.encloses(*top)) {
        let (top, code) = media.top.iter().find(|(_, code)| is_sidx(code))?;
        let (at, found) = placed(*top, *code);
        let level = Rule::Ranges.level();
        return Some(Wrong { message: "does not contain the index", at, found, level });
    }
    let is_of_index = |code: &FourCc| is_sidx(code) || matches!(&code.0, b"ssix" | b"free" | b"skip");
    let (top, code) = media.top.iter().find(|(top, code)| span.overlaps(*top) && !is_of_index(code))?;
    let (at, found) = placed(*top, *code);
    Some(Wrong { message: "covers more than the index", at, found, level: Level::Warning })
}
