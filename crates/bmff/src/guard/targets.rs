//! What numbers could be the offsets of, looked up among the numbers there are.
//!
//! Numbers are few and samples may be ten million, so the numbers are held and the samples go by.

use super::numbers::Numbers;
use crate::box_type::BoxType;
use crate::cache::Cached;
use crate::distance::{self, Owner, Reach, Sink, Target};
use crate::error::{ErrorKind, Result};
use crate::header::{BoxHeader, MAX_HEADER};
use crate::layout::Layout;
use crate::limits::MAX_DEPTH;
use crate::path::BoxPath;
use crate::reader::Reader;
use crate::walk::Walk;
use prkit_plan::{Distance, Span, Table};
use std::collections::HashMap;

/// Sizes of one target that are remembered.
const SIZES: usize = 8;
/// Bytes of media data that are looked at for the header of a box, one look for one number.
const LOOKS: usize = 65_536;

/// The targets among the numbers, and how dense targets are.
pub(super) struct Targets {
    /// Sizes of what begins at a number.
    hits: HashMap<u64, Vec<u64>>,
    /// Targets there are, by the highest bit of their offset.
    count: [u64; 64],
    file: u64,
    values: Vec<u64>,
}

impl Targets {
    pub(super) fn find<'n>(
        layout: &Layout,
        source: &Cached<'_>,
        reach: &Reach,
        numbers: impl Iterator<Item = &'n Numbers>,
    ) -> Result<Self> {
        let mut values: Vec<u64> =
            numbers.flat_map(|numbers| numbers.found.iter().map(|number| number.value)).collect();
        values.sort_unstable();
        values.dedup();
        let mut targets = Self { hits: HashMap::new(), count: [0; 64], file: layout.len(), values };
        distance::collect(layout, source, reach, &mut targets)?;
        let mut reader = Reader::new(source);
        for header in layout.top() {
            targets.add_box(header);
            // What a box of the file holds begins behind its header: so count some from `mdat`.
            targets.add(header.content().start(), header.content().len());
            if &header.kind.code().0 == b"moov" {
                targets.nested(&mut reader, header.content(), 0)?;
            }
        }
        targets.in_media(layout, &mut reader)?;
        Ok(targets)
    }

    /// The sizes of what begins there, if something does.
    pub(super) fn sizes(&self, value: u64) -> Option<&[u64]> {
        self.hits.get(&value).map(Vec::as_slice)
    }

    /// How probable it is that a number of about this size is an offset of something by chance.
    pub(super) fn density(&self, value: u64) -> f64 {
        let bit = value.checked_ilog2().unwrap_or(0);
        let first = 1_u64.checked_shl(bit).unwrap_or(u64::MAX);
        let width = first.min(self.file.saturating_sub(first)).max(1);
        let count = usize::try_from(bit).ok().and_then(|bit| self.count.get(bit)).copied().unwrap_or(0);
        (lossy(count) / lossy(width)).min(1.0)
    }

    fn add_box(&mut self, header: &BoxHeader) {
        self.add(header.span.start(), header.span.len());
        self.note(header.span.start(), header.content().len());
    }

    fn add(&mut self, offset: u64, size: u64) {
        let bit = usize::try_from(offset.checked_ilog2().unwrap_or(0)).unwrap_or(0);
        if let Some(count) = self.count.get_mut(bit) {
            *count = count.saturating_add(1);
        }
        self.note(offset, size);
    }

    fn note(&mut self, offset: u64, size: u64) {
        if self.values.binary_search(&offset).is_ok() {
            let sizes = self.hits.entry(offset).or_default();
            if sizes.len() < SIZES && !sizes.contains(&size) {
                sizes.push(size);
            }
        }
    }

    /// Boxes in `moov`, as deep as known containers lead.
    fn nested(&mut self, reader: &mut Reader<'_>, content: Span, depth: u8) -> Result<()> {
        let mut walk = Walk::new(content);
        while let Some(next) = walk.next(reader, &BoxPath::file()) {
            let header = match next {
                Ok(header) if header.fits(content.end()) => header,
                Err(error) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                _ => break,
            };
            self.add_box(&header);
            if header.kind.is_container() && depth < MAX_DEPTH {
                self.nested(reader, header.content(), depth.saturating_add(1))?;
            }
        }
        Ok(())
    }

    /// Boxes inside of media data: where a number leads to bytes that are the header of one.
    fn in_media(&mut self, layout: &Layout, reader: &mut Reader<'_>) -> Result<()> {
        let values = core::mem::take(&mut self.values);
        let unknown = values.iter().filter(|value| !self.hits.contains_key(value));
        let mut found = Vec::new();
        for value in unknown.take(LOOKS) {
            let around = layout.top_at(*value).filter(|header| header.kind.is_opaque());
            let Some(around) = around.filter(|header| header.content().contains(*value)) else { continue };
            let end = around.span.end();
            let bytes = reader.bytes(Span::new(*value, value.saturating_add(MAX_HEADER).min(end)))?;
            let header = BoxHeader::parse(bytes, *value, end, false);
            found.extend(header.ok().filter(|header| header.fits(end) && looks_like_a_box(header.kind)));
        }
        self.values = values;
        for header in found {
            self.note(header.span.start(), header.span.len());
            self.note(header.span.start(), header.content().len());
        }
        Ok(())
    }
}

/// Whether its type is one that somebody would choose.
fn looks_like_a_box(kind: BoxType) -> bool {
    let code = kind.code().0;
    let is_chosen =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'-' | b'.' | 0xA9);
    code.iter().all(is_chosen) && code.iter().filter(|byte| byte.is_ascii_alphabetic()).count() >= 2
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a probability needs no last digit")]
pub(super) const fn lossy(count: u64) -> f64 {
    count as f64
}

impl Sink for Targets {
    fn distance(&mut self, _: &Owner<'_>, _: Distance, _: Target) -> Result<()> {
        Ok(())
    }

    fn table(&mut self, _: &Owner<'_>, _: Table, _: Target) -> Result<()> {
        Ok(())
    }

    fn extent(&mut self, _: &Owner<'_>, span: Span) -> Result<()> {
        self.add(span.start(), span.len());
        Ok(())
    }

    fn encryption(&mut self, span: Span) -> Result<()> {
        self.add(span.start(), span.len());
        Ok(())
    }

    fn wants_samples(&self) -> bool {
        true
    }

    fn sample(&mut self, span: Span) {
        self.add(span.start(), span.len());
    }
}
