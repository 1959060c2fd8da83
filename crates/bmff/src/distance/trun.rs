//! Track runs (ISO/IEC 14496-12, 8.8.8).
//!
//! ```text
//!   version flags │ count │ data_offset │ first sample flags │ samples …
//!   1       3       4       4 if & 1      4 if & 4
//!   sample  duration │ size     │ flags    │ composition offset
//!           if & 100   if & 200   if & 400   if & 800          4 each
//! ```
//!
//! A run without an offset begins where the one before ends; the first one at the base. No field says so: nothing can
//! be put between them.

use super::entries::Entries;
use super::{Collector, Target};
use crate::error::Result;
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use prkit_plan::{Distance, Field, Form, Place, Span};

const DATA_OFFSET: u32 = 0x1;
const FIRST_SAMPLE_FLAGS: u32 = 0x4;
const SAMPLE_FIELDS: [u32; 4] = [0x100, 0x200, 0x400, 0x800];
const SAMPLE_DURATION: u32 = 0x100;
const SAMPLE_SIZE: u32 = 0x200;
/// No file is longer.
const LAST: u64 = u64::MAX / 2;

/// The offset of a run, where it has one.
pub(super) fn data_offset(c: &mut Collector<'_>, trun: &BoxHeader, path: &BoxPath) -> Result<Option<i32>> {
    let fields = c.fields("trun", trun, path, 8)?;
    if u32_at(fields, 0).unwrap_or(0) & DATA_OFFSET == 0 {
        return Ok(None);
    }
    Ok(u32_at(c.fields("trun", trun, path, 12)?, 8).map(u32::cast_signed))
}

/// How many samples a run has.
pub(super) fn sample_count(c: &mut Collector<'_>, trun: &BoxHeader, path: &BoxPath) -> Result<u32> {
    Ok(u32_at(c.fields("trun", trun, path, 8)?, 4).unwrap_or(0))
}

/// Gives the data of a run whose offset counts from what never moves against it.
pub(super) fn collect_fixed(
    c: &mut Collector<'_>,
    trun: &BoxHeader,
    path: &BoxPath,
    base: u64,
    follows: Option<Span>,
    sample_size: Option<u32>,
) -> Result<Span> {
    let start = match data_offset(c, trun, path)? {
        None => follows.map_or(base, Span::end),
        Some(offset) => base.checked_add_signed(i64::from(offset)).unwrap_or(base),
    };
    data(c, trun, path, start.min(LAST), sample_size)
}

/// Hands on the run's offset and gives its data.
pub(super) fn collect(
    c: &mut Collector<'_>,
    trun: &BoxHeader,
    path: &BoxPath,
    base: Place,
    follows: Option<Span>,
    sample_size: Option<u32>,
) -> Result<Span> {
    let start = if let Some(offset) = data_offset(c, trun, path)? {
        // Before the first byte of the file, and behind the last one that any file has, there is nothing to follow: such an
        // offset stays as it is, and has to be one afterwards.
        let start = base.offset().checked_add_signed(i64::from(offset));
        let Some(start) = start.filter(|start| *start <= LAST) else {
            let fixed = Distance { field: None, from: Place::ORIGIN, to: base };
            c.distance("trun", trun, path, fixed, Target::Any)?;
            return Ok(Span::empty(base.offset()));
        };
        let field = Field { at: trun.content().start().saturating_add(8), form: Form::I32 };
        let distance = Distance { field: Some(field), from: base, to: Place::start(start) };
        c.distance("trun", trun, path, distance, Target::Media)?;
        start
    } else {
        if let Some(before) = follows {
            c.distance("trun", trun, path, length(before), Target::Any)?;
        }
        follows.map_or(base.offset(), Span::end)
    };
    if start > LAST {
        return Ok(Span::empty(start));
    }
    data(c, trun, path, start, sample_size)
}

/// The samples of a run that begins there.
fn data(
    c: &mut Collector<'_>,
    trun: &BoxHeader,
    path: &BoxPath,
    start: u64,
    sample_size: Option<u32>,
) -> Result<Span> {
    let fields = c.fields("trun", trun, path, 8)?;
    let flags = u32_at(fields, 0).unwrap_or(0) & 0x00FF_FFFF;
    let count = u32_at(fields, 4).unwrap_or(0);
    let optional = [DATA_OFFSET, FIRST_SAMPLE_FLAGS].iter().filter(|flag| flags & **flag != 0).map(|_| 4);
    let at = trun.content().start().saturating_add(8).saturating_add(optional.sum());
    let each_sample = c.sink.wants_samples();
    let stride = SAMPLE_FIELDS.iter().filter(|field| flags & **field != 0).map(|_| 4).sum::<usize>();
    let len = if flags & SAMPLE_SIZE == 0 {
        let size = u64::from(sample_size.unwrap_or(1));
        let len = size.saturating_mul(u64::from(count));
        if each_sample {
            let there = Span::new(start, start.saturating_add(len).min(c.layout.len()));
            there.blocks(size).for_each(|sample| c.sink.sample(sample));
        }
        len
    } else {
        let room = trun.content().end().saturating_sub(at);
        let wanted = u64::from(count).saturating_mul(u64::try_from(stride).unwrap_or(16));
        let samples = Span::new(at, at.saturating_add(wanted.min(room)));
        let size_at = if flags & SAMPLE_DURATION == 0 { 0 } else { 4 };
        let mut entries = Entries::new(c.reader.source(), samples, stride);
        let mut sum = 0_u64;
        while let Some(sample) = entries.next()? {
            let at = start.saturating_add(sum);
            sum = sum.saturating_add(u64::from(u32_at(sample, size_at).unwrap_or(0)));
            if each_sample {
                c.sink.sample(Span::new(at, start.saturating_add(sum)));
            }
        }
        sum
    };
    let data = Span::new(start, start.saturating_add(len));
    c.extent("trun", trun, path, data)?;
    Ok(data)
}

/// From the start of some data to what follows it: fixed, because no field says it.
pub(super) const fn length(data: Span) -> Distance {
    Distance { field: None, from: Place::start(data.start()), to: Place::start(data.end()) }
}
