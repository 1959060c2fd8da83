//! Sample auxiliary information offsets (ISO/IEC 14496-12, 8.7.9), and the sizes they go with (8.7.8).
//!
//! ```text
//!   saio   version flags │ aux type, parameter │ count │ offsets: 4 (version 0) or 8
//!          1       3       4, 4 if flags & 1     4
//!   saiz   version flags │ aux type, parameter │ default size │ count │ sizes: 1 each if default is 0
//!          1       3       4, 4 if flags & 1     1              4
//! ```
//!
//! In `moov` the offsets count from the start of the file and usually point at `senc` inside `moov` itself: they move
//! when something is put between, even where `mdat` does not. In a track fragment they count from its base. For the
//! second and later fragments of a `moof` without an explicit base, the specification says the base is where the
//! data of the one before ends, and writers (FFmpeg among them) count from the `moof`; what the offset then points
//! at tells.

use super::entries::Entries;
use super::{Collector, Target};
use crate::error::Result;
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use prkit_plan::{Place, Span, Table, Width};

/// The boxes of a track or track fragment that auxiliary data needs.
#[derive(Default)]
pub(super) struct Auxiliary {
    pub(super) offsets: Vec<(BoxHeader, BoxPath)>,
    pub(super) sizes: Vec<(BoxHeader, BoxPath)>,
    /// `senc`, where most offsets point.
    pub(super) senc: Vec<Span>,
}

impl Auxiliary {
    /// Remembers a child if it is one of them.
    pub(super) fn take(&mut self, child: &BoxHeader, path: &BoxPath) {
        match &child.kind.code().0 {
            b"saio" => self.offsets.push((*child, path.clone())),
            b"saiz" => self.sizes.push((*child, path.clone())),
            _ if child.kind.is_senc() => self.senc.push(child.span),
            _ => {}
        }
    }

    /// Hands on the offsets. `bases` are the places they may count from, the specification's first.
    pub(super) fn collect(&self, c: &mut Collector<'_>, bases: &[Place]) -> Result<()> {
        self.senc.iter().try_for_each(|senc| c.sink.encryption(*senc))?;
        for (saio, path) in &self.offsets {
            let Some((entries, width)) = offsets(c, saio, path)? else { continue };
            let first = first_offset(c, entries, width)?;
            let fits = |base: &&Place| {
                let target = base.offset().checked_add(first);
                target.is_some_and(|target| self.senc.iter().any(|senc| senc.contains(target)))
            };
            let Some(base) = bases.iter().find(fits).or(bases.first()) else { continue };
            let stride = u16::from(width.bytes());
            let table = Table { entries, stride, at: 0, width, new_width: width, from: *base };
            c.table("saio", saio, path, table, Target::Any)?;
            self.extents(c, saio, path, table)?;
        }
        Ok(())
    }

    /// One offset for all samples is followed by all their sizes; of several only the first byte is sure.
    fn extents(&self, c: &mut Collector<'_>, saio: &BoxHeader, path: &BoxPath, table: Table) -> Result<()> {
        let len = match self.sizes.first() {
            Some((saiz, path)) if table.count() == 1 => sum_of_sizes(c, saiz, path)?,
            _ => 1,
        };
        let source = c.reader.source();
        let mut offsets = Entries::new(source, table.entries, usize::from(table.width.bytes()));
        while let Some(entry) = offsets.next()? {
            let value = entry.iter().fold(0, |n: u64, byte| (n << 8) | u64::from(*byte));
            let start = table.from.offset().saturating_add(value);
            let extent = Span::new(start, start.saturating_add(len));
            if !self.senc.iter().any(|senc| senc.encloses(extent)) {
                c.extent("saio", saio, path, extent)?;
            }
        }
        Ok(())
    }
}

fn offsets(c: &mut Collector<'_>, saio: &BoxHeader, path: &BoxPath) -> Result<Option<(Span, Width)>> {
    let fields = c.fields("saio", saio, path, 8)?;
    let width = if fields.first() == Some(&0) { Width::Four } else { Width::Eight };
    let head = if fields.get(3).is_some_and(|flags| flags & 1 == 1) { 16 } else { 8 };
    let fields = c.fields("saio", saio, path, head)?;
    let count = u64::from(fields.last_chunk().map_or(0, |count| u32::from_be_bytes(*count)));
    let start = saio.content().start().saturating_add(head);
    let room = saio.content().end().saturating_sub(start).checked_div(u64::from(width.bytes())).unwrap_or(0);
    let len = count.min(room).saturating_mul(u64::from(width.bytes()));
    Ok((len > 0).then_some((Span::new(start, start.saturating_add(len)), width)))
}

fn first_offset(c: &mut Collector<'_>, entries: Span, width: Width) -> Result<u64> {
    let end = entries.start().saturating_add(u64::from(width.bytes()));
    let bytes = c.reader.bytes(Span::new(entries.start(), end))?;
    Ok(bytes.iter().fold(0, |n: u64, byte| (n << 8) | u64::from(*byte)))
}

fn sum_of_sizes(c: &mut Collector<'_>, saiz: &BoxHeader, path: &BoxPath) -> Result<u64> {
    let fields = c.fields("saiz", saiz, path, 9)?;
    let head = if fields.get(3).is_some_and(|flags| flags & 1 == 1) { 17 } else { 9 };
    let fields = c.fields("saiz", saiz, path, head)?;
    let default = u64::from(fields.get(fields.len().saturating_sub(5)).copied().unwrap_or(0));
    let count = u64::from(u32_at(fields, fields.len().saturating_sub(4)).unwrap_or(0));
    if default > 0 {
        return Ok(default.saturating_mul(count));
    }
    let start = saiz.content().start().saturating_add(head);
    let end = start.saturating_add(count).min(saiz.content().end());
    let (mut sum, mut block) = (0_u64, Vec::new());
    for piece in Span::new(start, end).blocks(prkit_plan::BLOCK) {
        c.reader.source().fetch(piece, &mut block)?;
        sum = sum.saturating_add(block.iter().map(|size| u64::from(*size)).sum());
    }
    Ok(sum)
}
