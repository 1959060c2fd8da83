//! Segment index (ISO/IEC 14496-12, 8.16.3).
//!
//! ```text
//!   version flags │ reference id │ timescale │ earliest time │ first_offset │ reserved │ count │ entries …
//!   1       3       4              4           4 or 8          4 or 8         2          2
//!   entry   type (1 bit), referenced_size (31) │ duration │ SAP
//!           4                                    4          4
//!
//!   ┌──────┐ first_offset ┌────────────┬────────────┬────────────┐
//!   │ sidx │◀────────────▶│ referenced │ referenced │ …          │
//!   └──────┘              └────────────┴────────────┴────────────┘
//! ```
//!
//! Sizes follow one another, so every boundary is the end of one distance and the start of the next. An entry of
//! type 1 points at another `sidx` and its subsegments: the same distance. The end of the last one is an end, so that
//! something put behind the media does not become part of it.

use super::{Collector, Target, known_version};
use crate::error::Result;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use crate::reader::Reader;
use prkit_plan::{Distance, Field, Form, Place, Span};

const ENTRY: u64 = 12;
const ENTRY_LEN: usize = 12;
/// Bytes behind an index that are read with it: the boxes in front of the first `moof`, and its header.
const FIRST_BOXES: u64 = 512;

struct Head {
    first_offset: u64,
    field: Field,
    entries: Span,
}

fn head(fields: &[u8], content: Span) -> Option<Head> {
    let (version, rest) = fields.split_first()?;
    let rest = rest.get(3 + 8..)?;
    let start = content.start();
    let (first_offset, at, form, rest) = if *version == 0 {
        let (_time, rest) = rest.split_first_chunk::<4>()?;
        let (offset, rest) = rest.split_first_chunk()?;
        (u64::from(u32::from_be_bytes(*offset)), 16, Form::U32, rest)
    } else {
        let (_time, rest) = rest.split_first_chunk::<8>()?;
        let (offset, rest) = rest.split_first_chunk()?;
        (u64::from_be_bytes(*offset), 20, Form::U64, rest)
    };
    let count = u64::from(u16::from_be_bytes(*rest.get(2..)?.first_chunk()?));
    let entries_at = start.saturating_add(at).saturating_add(u64::from(form.width())).saturating_add(4);
    let room = content.end().saturating_sub(entries_at).checked_div(ENTRY)?;
    Some(Head {
        first_offset,
        field: Field { at: start.saturating_add(at), form },
        entries: Span::at(entries_at, count.min(room).saturating_mul(ENTRY))?,
    })
}

/// Hands on the distances of one index and gives its subsegments: where each begins and where it ends.
pub(super) fn collect(c: &mut Collector<'_>, sidx: &BoxHeader, path: &BoxPath) -> Result<Vec<(u64, Place)>> {
    let content = sidx.content();
    let fields = c.fields("sidx", sidx, path, content.len().min(32))?;
    known_version("sidx", sidx, path, fields, 1)?;
    let Some(head) = head(fields, content) else { return Ok(Vec::new()) };
    let anchor = sidx.end(1);
    let Some(mut at) = added(anchor.offset(), head.first_offset) else { return Ok(Vec::new()) };
    let first = Distance { field: Some(head.field), from: anchor, to: Place::start(at) };
    c.distance("sidx", sidx, path, first, Target::Box)?;

    c.reader.expect(head.entries.len());
    let mut subsegments = Vec::new();
    for entry in head.entries.blocks(ENTRY) {
        let word = c.reader.bytes(Span::new(entry.start(), entry.start().saturating_add(4)))?;
        let word = word.first_chunk().map_or(0, |word| u32::from_be_bytes(*word));
        let Some(next) = added(at, u64::from(word & 0x7FFF_FFFF)) else { break };
        let last = entry.end() == head.entries.end();
        // What is put behind the last one is not part of it.
        let to = if last { Place::end(next, 1) } else { Place::start(next) };
        let distance = Distance {
            field: Some(Field { at: entry.start(), form: Form::U31 { top: word >> 31 == 1 } }),
            from: Place::start(at),
            to,
        };
        c.distance("sidx", sidx, path, distance, Target::Box)?;
        subsegments.push((at, to));
        at = next;
    }
    Ok(subsegments)
}

/// A place that far behind another; `None` where no file has bytes, and nothing moves with it.
const fn added(at: u64, distance: u64) -> Option<u64> {
    match at.checked_add(distance) {
        Some(place) if place <= u64::MAX / 2 => Some(place),
        _ => None,
    }
}

/// What an index refers to.
pub(crate) struct References {
    /// Where each reference begins, in order.
    pub(crate) starts: Vec<u64>,
    /// Where the last one ends.
    pub(crate) end: u64,
}

/// What an index refers to in this file; `None` where it cannot be read.
pub(crate) fn references(reader: &mut Reader<'_>, sidx: &BoxHeader) -> Result<Option<References>> {
    let len = reader.len();
    let content = sidx.content();
    let fields =
        reader.bytes(Span::new(content.start(), content.start().saturating_add(content.len().min(32))))?;
    let Some(head) = head(fields, content).filter(|head| head.entries.end() <= len) else {
        return Ok(None);
    };
    // What follows is the first fragment, which tells how long the others are.
    let until = head.entries.end().saturating_add(FIRST_BOXES);
    let entries = reader.bytes_until(head.entries, until)?;
    let mut starts = Vec::new();
    let mut at = sidx.span.end().saturating_add(head.first_offset);
    for entry in entries.as_chunks::<ENTRY_LEN>().0 {
        let word = entry.first_chunk().map_or(0, |word| u32::from_be_bytes(*word));
        starts.push(at);
        at = at.saturating_add(u64::from(word & 0x7FFF_FFFF));
    }
    Ok(Some(References { starts, end: at }))
}
