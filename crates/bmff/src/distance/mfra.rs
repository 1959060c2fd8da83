//! Movie fragment random access (ISO/IEC 14496-12, 8.8.9 to 8.8.11).
//!
//! ```text
//!   tfra   version flags │ track │ reserved, 3 × 2 bits of widths │ count │ entries …
//!          1       3       4       4                                4
//!   entry  time │ moof_offset │ traf │ trun │ sample
//!          4 or 8  4 or 8       1–4    1–4    1–4
//!   mfro   version flags │ size of mfra
//!          1       3       4
//! ```
//!
//! `mfra` is the last box of a file and stays it: readers look for `mfro` in the last bytes.

use super::{Collector, Target, known_version};
use crate::error::Result;
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use crate::reader::Reader;
use crate::walk::Walk;
use prkit_plan::{Distance, Field, Form, Place, Span, Table, Width};

/// More is no index of fragments that somebody waits for.
const LONGEST: u64 = 1024 * 1024;

pub(super) fn collect(c: &mut Collector<'_>, mfra: &BoxHeader, path: &BoxPath) -> Result<()> {
    c.children(mfra, mfra.content(), path, &mut |c, child, path| match &child.kind.code().0 {
        b"tfra" => tfra(c, child, path),
        b"mfro" => mfro(c, mfra, child, path),
        _ => Ok(()),
    })
}

fn tfra(c: &mut Collector<'_>, tfra: &BoxHeader, path: &BoxPath) -> Result<()> {
    let fields = c.fields("tfra", tfra, path, 16)?;
    known_version("tfra", tfra, path, fields, 1)?;
    let table = table(fields, tfra);
    c.table("tfra", tfra, path, table, Target::Moof)
}

/// The entries of a `tfra` box.
fn table(fields: &[u8], tfra: &BoxHeader) -> Table {
    let widths = u32_at(fields, 8).unwrap_or(0);
    let count = u64::from(u32_at(fields, 12).unwrap_or(0));
    let (width, time) = if fields.first() == Some(&0) { (Width::Four, 4) } else { (Width::Eight, 8) };
    let numbers = [4_u32, 2, 0].iter().map(|shift| ((widths >> shift) & 3).saturating_add(1)).sum::<u32>();
    let stride =
        u16::try_from(numbers).unwrap_or(12).saturating_add(time).saturating_add(u16::from(width.bytes()));
    let start = tfra.content().start().saturating_add(16);
    let room = tfra.content().end().saturating_sub(start).checked_div(u64::from(stride)).unwrap_or(0);
    let end = start.saturating_add(count.min(room).saturating_mul(u64::from(stride)));
    let entries = Span::new(start, end);
    Table { entries, stride, at: time, width, new_width: width, from: Place::ORIGIN }
}

/// Where the fragments begin that the last box of a file names; nothing where it is no `mfra` of a usual length.
pub(crate) fn fragments(reader: &mut Reader<'_>, end: u64) -> Result<Vec<u64>> {
    let mut starts = Vec::new();
    let mfro = Span::new(end.saturating_sub(16), end);
    let size = match reader.bytes(mfro)? {
        [0, 0, 0, 16, b'm', b'f', b'r', b'o', _, _, _, _, size @ ..] => u32_at(size, 0).unwrap_or(0),
        _ => 0,
    };
    let mfra = Span::new(end.saturating_sub(u64::from(size)), end);
    let path = BoxPath::file();
    let is_usual = mfra.len() <= LONGEST && reader.bytes_until(mfra, 0)?.get(4..8) == Some(b"mfra");
    if !is_usual {
        return Ok(starts);
    }
    let mut walk = Walk::new(Span::new(mfra.start().saturating_add(8).min(end), end));
    while let Some(Ok(child)) = walk.next(reader, &path)
        && child.fits(end)
    {
        if &child.kind.code().0 == b"tfra" {
            let content = child.content();
            let head = Span::new(content.start(), content.end().min(content.start().saturating_add(16)));
            let table = table(reader.bytes(head)?, &child);
            starts.extend(table.values(reader.bytes_until(table.entries, 0)?));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    Ok(starts)
}

fn mfro(c: &mut Collector<'_>, mfra: &BoxHeader, mfro: &BoxHeader, path: &BoxPath) -> Result<()> {
    let size = u64::from(u32_at(c.fields("mfro", mfro, path, 8)?, 4).unwrap_or(0));
    let end = mfra.span.start().saturating_add(size);
    let distance = Distance {
        field: Some(Field { at: mfro.content().start().saturating_add(4), form: Form::U32 }),
        from: mfra.start(),
        to: if end == mfra.span.end() { mfra.end(1) } else { Place::start(end) },
    };
    c.distance("mfro", mfro, path, distance, Target::Any)
}
