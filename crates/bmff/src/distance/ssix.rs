//! Subsegment index (ISO/IEC 14496-12, 8.16.4): the levels of each subsegment of the `sidx` before it.
//!
//! ```text
//!   version flags │ count │ per subsegment: range count │ ranges: level, size
//!   1       3       4                       4                     1      3
//! ```
//!
//! Ranges follow one another from the subsegment's start. Their sizes have 24 bits.

use super::{Collector, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use prkit_plan::{Distance, Field, Form, Place, Span};

pub(super) fn collect(
    c: &mut Collector<'_>,
    ssix: &BoxHeader,
    path: &BoxPath,
    subsegments: &[(u64, Place)],
) -> Result<()> {
    let subsegment_count = u32_at(c.fields("ssix", ssix, path, 8)?, 4).unwrap_or(0);
    let content = ssix.content();
    let mut at = content.start().saturating_add(8);
    for (_, (start, end)) in (0..subsegment_count).zip(subsegments) {
        let ranges = number(c, ssix, path, at, 4)?;
        at = at.saturating_add(4);
        let mut from = *start;
        for _ in 0..ranges {
            let size = number(c, ssix, path, at.saturating_add(1), 3)?;
            let to = from.saturating_add(u64::from(size));
            let distance = Distance {
                field: Some(Field { at: at.saturating_add(1), form: Form::U24 }),
                from: Place::start(from),
                // The last range ends where its subsegment does.
                to: if to == end.offset() { *end } else { Place::start(to) },
            };
            c.distance("ssix", ssix, path, distance, Target::Any)?;
            at = at.saturating_add(4);
            from = to;
        }
    }
    Ok(())
}

fn number(c: &mut Collector<'_>, ssix: &BoxHeader, path: &BoxPath, at: u64, width: u64) -> Result<u32> {
    let content = ssix.content();
    let end = at.saturating_add(width);
    if end > content.end() {
        let needed = end.saturating_sub(content.start());
        let kind = ErrorKind::Short { name: "ssix", actual: content.len(), needed };
        return Err(Error::new(kind, ssix.span.start(), path));
    }
    let bytes = c.reader.bytes(Span::new(at, end))?;
    Ok(bytes.iter().fold(0, |n: u32, byte| (n << 8) | u32::from(*byte)))
}
