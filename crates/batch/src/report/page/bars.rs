//! Parts of a file, to scale: what is too small to see is marked.

use super::text::{clipped, number};
use crate::input::Found;
use prkit_bmff::{Container, Layout};
use prkit_plan::Span;
use prkit_playready::Payload;
use std::fmt::Write as _;

/// Width of a bar in units.
const WIDTH: u64 = 1000;
/// Boxes that share so many thousandths of a unit are drawn as one.
const STEP: u64 = 4000;

/// What is looked for in a file.
pub(super) struct Marks(Vec<(Span, &'static str, String)>);

impl Marks {
    pub(super) fn of(layout: &Layout, objects: &[Found]) -> Self {
        let mut marks = Vec::new();
        for slack in layout.slack() {
            let span = slack.header.span;
            marks.push((span, "free", format!("{} {} bytes", slack.path, span.len())));
        }
        for found in objects {
            let span = Span::new(found.offset, found.offset.saturating_add(found.size));
            let path = found.path.as_deref().unwrap_or_default();
            let system = found.system.name().unwrap_or("other system");
            marks.push((span, "pssh", format!("{path} {system} {} bytes", found.size)));
            marks.extend(
                store_in(found).map(|store| {
                    (store, "store", format!("license store of {} bytes in {path}", store.len()))
                }),
            );
        }
        Self(marks)
    }

    pub(super) fn are_in(&self, span: Span) -> bool {
        self.0.iter().any(|(mark, ..)| span.encloses(*mark))
    }
}

/// Where the license store of an object stands in the file: it ends with the object's data.
fn store_in(found: &Found) -> Option<Span> {
    let payload = Payload::parse(&found.data).ok().filter(|_| found.system.is_playready())?;
    let object = payload.object()?;
    let record = object.records().iter().find(|record| record.kind == prkit_playready::RecordType::Store)?;
    let start = found.value_offset(record);
    let len = u64::try_from(record.value.len()).unwrap_or(u64::MAX);
    Some(Span::new(start, start.saturating_add(len)))
}

/// A part of a file, to scale.
pub(super) fn bar(html: &mut String, name: &str, whole: Span, marks: &Marks, container: Option<&Container>) {
    let _ = write!(
        html,
        "<div class=\"bar\"><span>{} {} bytes</span><svg viewBox=\"0 0 {WIDTH} 20\" preserveAspectRatio=\"none\">",
        clipped(name),
        number(whole.len())
    );
    let mut drawn: [Option<u64>; 2] = [None; 2];
    for child in container.map(|container| container.children.as_slice()).unwrap_or_default() {
        let class = class_of(child.kind.code().0);
        let (x, width) = place(whole, child.span);
        // Fragments that share a unit are one.
        let last = if class == "moof" { &mut drawn[0] } else { &mut drawn[1] };
        if width < STEP && last.is_some_and(|last| last == x / STEP) {
            continue;
        }
        *last = Some(x / STEP);
        rect(
            html,
            class,
            x,
            width,
            &format!("{} {} bytes at {}", child.kind, child.span.len(), child.span.start()),
        );
    }
    let mut last = None;
    for (mark, class, title) in marks.0.iter().filter(|(mark, ..)| whole.encloses(*mark)) {
        let (x, width) = place(whole, *mark);
        // So that it is seen.
        let width = width.max(2000).min(WIDTH.saturating_mul(1000));
        if width == 2000 && last == Some((*class, x / STEP)) {
            continue;
        }
        last = Some((*class, x / STEP));
        rect(html, class, x.min(WIDTH.saturating_mul(1000).saturating_sub(width)), width, title);
    }
    html.push_str("</svg></div>\n");
}

/// Where a span is drawn, in thousandths of a unit.
fn place(whole: Span, part: Span) -> (u64, u64) {
    let scale = |bytes: u64| {
        let units = u128::from(bytes).saturating_mul(u128::from(WIDTH)).saturating_mul(1000);
        u64::try_from(units.checked_div(u128::from(whole.len())).unwrap_or(0)).unwrap_or(0)
    };
    let start = part.start().saturating_sub(whole.start());
    (scale(start), scale(part.len()))
}

fn rect(html: &mut String, class: &str, x: u64, width: u64, title: &str) {
    let unit = |thousandths: u64| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    let _ = write!(
        html,
        "<rect class=\"{class}\" x=\"{}\" width=\"{}\" height=\"20\"><title>{}</title></rect>",
        unit(x),
        unit(width),
        clipped(title)
    );
}

pub(super) const CLASSES: [(&str, &str); 8] = [
    ("pssh", "pssh"),
    ("store", "license store"),
    ("free", "slack"),
    ("moov", "moov"),
    ("moof", "moof"),
    ("trak", "trak, traf"),
    ("mdat", "media data"),
    ("other", "other boxes"),
];

fn class_of(code: [u8; 4]) -> &'static str {
    match &code {
        b"moov" => "moov",
        b"moof" => "moof",
        b"trak" | b"traf" => "trak",
        b"mdat" | b"imda" => "mdat",
        b"free" | b"skip" => "free",
        b"pssh" => "pssh",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_drawn_to_scale() {
        assert_eq!(place(Span::new(100, 300), Span::new(200, 250)), (500_000, 250_000));
        assert_eq!(place(Span::new(0, 1 << 40), Span::new(1 << 39, (1 << 39) + 1)), (500_000, 0));
        assert_eq!(place(Span::empty(0), Span::empty(0)), (0, 0));
    }
}
