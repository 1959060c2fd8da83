//! Byte ranges and the boxes of the file they count in.
//!
//! ```text
//!   ftyp │ moov │ sidx │ moof mdat │ moof mdat
//!   └ Initialization ┘  index       media        each begins and ends where a box does
//! ```

use crate::check::doc::Doc;
use crate::check::finding::{Findings, Place};
use crate::check::library::{Library, Looked};
use crate::check::media::Media;
use crate::check::rule::Rule;
use crate::work::count;
use prkit_bmff::FourCc;
use prkit_manifest::{ByteRange, RangeKind};
use prkit_plan::Span;
use prkit_playready::Level;
use std::collections::HashMap;
use std::rc::Rc;

pub(crate) fn check(doc: &Doc, library: &Library, findings: &mut Findings) {
    // By address: a document names one file in thousands of ranges.
    let mut files: HashMap<&[String], Option<Boxes>> = HashMap::new();
    for range in &doc.presentation.ranges {
        for file in &range.files {
            let look = || match library.look(&doc.leads_to(file)?) {
                Looked::Media(media) => Some(Boxes::of(media)),
                Looked::Other | Looked::Missing | Looked::Failed(_) => None,
            };
            let Some(boxes) = files.entry(file).or_insert_with(look) else { continue };
            let media = &boxes.media;
            findings.compare();
            if let Some(wrong) = wrong(range, boxes) {
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

/// The boxes of a file, by their place and by their type: none is searched for by going over all of them.
struct Boxes {
    media: Rc<Media>,
    moov: Vec<Span>,
    moof: Vec<Span>,
    sidx: Vec<Span>,
    /// What does not belong to an index.
    others: Vec<(Span, FourCc)>,
}

impl Boxes {
    fn of(media: Rc<Media>) -> Self {
        let (mut moov, mut moof, mut sidx, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (top, code) in &media.top {
            match &code.0 {
                b"moov" => moov.push(*top),
                b"moof" => moof.push(*top),
                b"sidx" => sidx.push(*top),
                _ => {}
            }
            if !matches!(&code.0, b"sidx" | b"ssix" | b"free" | b"skip") {
                others.push((*top, *code));
            }
        }
        Self { media, moov, moof, sidx, others }
    }

    /// The box that a byte is in.
    fn at(&self, offset: u64) -> Option<(Span, FourCc)> {
        let behind = self.media.top.partition_point(|(top, _)| {
            count(1);
            top.start() <= offset
        });
        let last = behind.checked_sub(1).and_then(|last| self.media.top.get(last)).copied();
        last.filter(|(top, _)| top.contains(offset))
    }
}

/// Whether one of some boxes, in file order, is whole in a span.
fn holds(boxes: &[Span], span: Span) -> bool {
    let is_before = |top: &Span| {
        count(1);
        top.start() < span.start()
    };
    let next = boxes.get(boxes.partition_point(is_before));
    next.is_some_and(|top| span.encloses(*top))
}

fn wrong(range: &ByteRange, boxes: &Boxes) -> Option<Wrong> {
    let media = &boxes.media;
    let span = range.span(media.len);
    let whole = Span::new(0, media.len);
    let level = Rule::Ranges.level();
    let file = |message, found: String| Some(Wrong { message, at: "/".to_owned(), found, level });
    if range.end.is_some() && !whole.encloses(span) || range.start >= media.len {
        return file("passes the end of its file", format!("{} bytes", media.len));
    }
    let around = |offset: u64| {
        boxes
            .at(offset)
            .map_or_else(|| ("/".to_owned(), "no box".to_owned()), |(top, code)| placed(top, code))
    };
    if boxes.at(span.start()).is_none_or(|(top, _)| top.start() != span.start()) {
        let (at, found) = around(span.start());
        return Some(Wrong { message: "begins where no box does", at, found, level });
    }
    let is_index =
        matches!(range.kind, RangeKind::Index | RangeKind::RepresentationIndex | RangeKind::SegmentIndex);
    if is_index && !boxes.sidx.is_empty() {
        return wrong_index(span, boxes);
    }
    let last = span.end().saturating_sub(1);
    // A key frame ends inside of the media data.
    if boxes.at(last).is_none_or(|(top, _)| top.end() != span.end())
        && !matches!(range.kind, RangeKind::KeyFrame | RangeKind::Part | RangeKind::Hint)
    {
        let (at, found) = around(last);
        return Some(Wrong { message: "ends where no box does", at, found, level });
    }
    match range.kind {
        RangeKind::Initialization | RangeKind::Map if !holds(&boxes.moov, span) => {
            let (at, found) = placed(*boxes.moov.first()?, FourCc(*b"moov"));
            Some(Wrong { message: "does not hold the moov box", at, found, level })
        }
        RangeKind::Media | RangeKind::Segment if !holds(&boxes.moof, span) => {
            let (at, found) = placed(*boxes.moof.first()?, FourCc(*b"moof"));
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
fn wrong_index(span: Span, boxes: &Boxes) -> Option<Wrong> {
    if !holds(&boxes.sidx, span) {
        let (at, found) = placed(*boxes.sidx.first()?, FourCc(*b"sidx"));
        let level = Rule::Ranges.level();
        return Some(Wrong { message: "does not contain the index", at, found, level });
    }
    let next = boxes.others.partition_point(|(top, _)| top.end() <= span.start());
    let (top, code) = boxes.others.get(next).filter(|(top, _)| span.overlaps(*top))?;
    let (at, found) = placed(*top, *code);
    Some(Wrong { message: "covers more than the index", at, found, level: Level::Warning })
}
