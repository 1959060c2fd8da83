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
//! at tells. Where samples are in another file or in an `imda` box, so is this data, unless the offset leads to the
//! `senc` box beside it.

use super::base::Base;
use super::entries::Entries;
use super::{Collector, Target, known_version};
use crate::astray::AstrayFault;
use crate::error::Result;
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use crate::senc;
use prkit_plan::{Place, Span, Table, Width};

/// The boxes of a track or track fragment that auxiliary data needs.
#[derive(Default)]
pub(super) struct Auxiliary {
    pub(super) offsets: Vec<(BoxHeader, BoxPath)>,
    pub(super) sizes: Vec<(BoxHeader, BoxPath)>,
    /// `senc`, where most offsets point.
    pub(super) senc: Vec<Senc>,
}

/// How many samples the offset with this number is for, from 0: those of a run, or of a chunk.
pub(super) type SamplesOf<'f> = dyn FnMut(&mut Collector<'_>, u32) -> Result<Option<u32>> + 'f;

/// A `senc` box.
#[derive(Clone, Copy)]
pub(crate) struct Senc {
    pub(crate) span: Span,
    /// Where its first sample is.
    pub(crate) data: u64,
    /// What offsets to it count from, if they do not count from where samples are: the `moof`, or the file.
    around: Place,
}

impl Senc {
    fn is_led_into(&self, base: Place, offset: u64) -> bool {
        base.offset().checked_add(offset).is_some_and(|target| self.span.contains(target))
    }
}

impl Auxiliary {
    /// Remembers a child if it is one of them; `around` is where the `moof` begins, or the file.
    pub(super) fn take(
        &mut self,
        c: &mut Collector<'_>,
        child: &BoxHeader,
        path: &BoxPath,
        around: Place,
    ) -> Result<()> {
        match &child.kind.code().0 {
            b"saio" => self.offsets.push((*child, path.clone())),
            b"saiz" => self.sizes.push((*child, path.clone())),
            _ if child.kind.is_senc() => {
                let content = child.content();
                let head = Span::new(content.start(), content.end().min(content.start().saturating_add(4)));
                let fields = senc::fields_len(child.kind, c.reader.bytes(head)?);
                let data = content.start().saturating_add(fields);
                self.senc.push(Senc { span: child.span, data, around });
            }
            _ => {}
        }
        Ok(())
    }

    /// Hands on the offsets, by what they count from; `runs` of samples there are in a track fragment.
    pub(super) fn collect(
        &self,
        c: &mut Collector<'_>,
        base: &Base,
        runs: Option<usize>,
        samples: &mut SamplesOf<'_>,
    ) -> Result<()> {
        if c.sink.wants_auxiliary() {
            self.compare(c, runs)?;
        }
        self.senc.iter().try_for_each(|senc| c.sink.encryption(senc.span))?;
        for (saio, path) in &self.offsets {
            let Some((entries, width)) = offsets(c, saio, path)? else { continue };
            let first = first_offset(c, entries, width)?;
            let stride = u16::from(width.bytes());
            let table = |from| Table { entries, stride, at: 0, width, new_width: width, from };
            let from = match base {
                Base::Here(bases) => {
                    let leads_into =
                        |base: &&Place| self.senc.iter().any(|senc| senc.is_led_into(**base, first));
                    let by_base = bases.iter().find(leads_into).copied();
                    by_base.or_else(|| self.own(first)).or(bases.first().copied())
                }
                Base::Identified(_) | Base::Elsewhere => self.own(first),
            };
            if let Some(from) = from {
                self.led(c, saio, path, table(from), samples)?;
            }
            match (from, base) {
                (Some(from), _) => {
                    c.table("saio", saio, path, table(from), Target::Any)?;
                    self.extents(c, saio, path, table(from))?;
                }
                (None, Base::Identified(payload)) => {
                    self.extents(c, saio, path, table(Place::start(payload.start())))?;
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// Compares numbers of samples, sizes and offsets with the one `senc` that has samples.
    fn compare(&self, c: &mut Collector<'_>, runs: Option<usize>) -> Result<()> {
        let mut senc = self.senc.iter().filter(|senc| senc.data < senc.span.end());
        let (Some(senc), None) = (senc.next(), senc.next()) else { return Ok(()) };
        let count = Span::new(senc.data.saturating_sub(4), senc.data);
        let Some(samples) = u32_at(c.reader.bytes(count)?, 0) else { return Ok(()) };
        for (saiz, path) in &self.sizes {
            let fields = c.fields("saiz", saiz, path, 9)?;
            if fields.get(3).is_some_and(|flags| flags & 1 == 1) && !is_encryption(fields.get(4..8)) {
                continue;
            }
            let mut sizes = Sizes::read(c, saiz, path)?;
            let counted = sizes.count();
            let (due, sum) = (senc.span.end().saturating_sub(senc.data), sizes.sum(u32::MAX)?);
            if counted != samples {
                c.unmatched("saiz", (saiz, path), AstrayFault::Samples { saiz: counted, senc: samples });
            } else if sum != due {
                c.unmatched("saiz", (saiz, path), AstrayFault::Bytes { saiz: sum, senc: due });
            }
        }
        let runs = runs.map(|runs| u32::try_from(runs).unwrap_or(u32::MAX));
        for (saio, path) in &self.offsets {
            let fields = c.fields("saio", saio, path, 8)?;
            let is_typed = fields.get(3).is_some_and(|flags| flags & 1 == 1);
            if is_typed && !is_encryption(fields.get(4..8)) {
                continue;
            }
            let (len, at) = if is_typed { (16, 12) } else { (8, 4) };
            let offsets = u32_at(c.fields("saio", saio, path, len)?, at).unwrap_or(0);
            if let Some(runs) = runs.filter(|runs| offsets != 1 && offsets != *runs) {
                c.unmatched("saio", (saio, path), AstrayFault::Offsets { saio: offsets, runs });
            }
        }
        Ok(())
    }

    /// Says where the offsets lead, if they are those of encryption data and there is a `senc` with samples.
    fn led(
        &self,
        c: &mut Collector<'_>,
        saio: &BoxHeader,
        path: &BoxPath,
        table: Table,
        samples: &mut SamplesOf<'_>,
    ) -> Result<()> {
        if !c.sink.wants_auxiliary() {
            return Ok(());
        }
        let senc: Vec<Senc> = self.senc.iter().copied().filter(|senc| senc.data < senc.span.end()).collect();
        let flags = c.fields("saio", saio, path, 8)?.get(3).copied().unwrap_or(0);
        if senc.is_empty() || flags & 1 == 1 && !is_encryption(c.fields("saio", saio, path, 8)?.get(4..8)) {
            return Ok(());
        }
        let mut sizes = match self.sizes.first() {
            Some((saiz, path)) => Some(Sizes::read(c, saiz, path)?),
            None => None,
        };
        let mut offsets = Entries::new(c.reader.source(), table.entries, usize::from(table.width.bytes()));
        let (mut number, mut behind) = (0_u32, 0_u64);
        while let Some(entry) = offsets.next()? {
            let start = table.from.offset().saturating_add(number_of(entry));
            let count = if table.count() == 1 { Some(u32::MAX) } else { samples(c, number)? };
            // Without the sizes, or the samples that an offset is for, the first byte of the first is all that is sure.
            let len = match (&mut sizes, count) {
                (Some(sizes), Some(count)) => Some(sizes.sum(count)?),
                _ => None,
            };
            let data = Span::new(start, start.saturating_add(len.unwrap_or(1)));
            c.auxiliary("saio", saio, path, (data, behind), &senc)?;
            let Some(len) = len else { break };
            behind = behind.saturating_add(len);
            number = number.saturating_add(1);
        }
        Ok(())
    }

    /// Samples that are somewhere else have their auxiliary data there, too, but for offsets that lead to the very first
    /// byte of a `senc` box beside them, counted from the box around both. So count some writers beside an explicit base,
    /// too (two files of Media3's tests).
    fn own(&self, first: u64) -> Option<Place> {
        let leads_to = |senc: &&Senc| senc.around.offset().checked_add(first) == Some(senc.data);
        self.senc.iter().find(leads_to).map(|senc| senc.around)
    }

    /// One offset for all samples is followed by all their sizes; of several only the first byte is sure.
    fn extents(&self, c: &mut Collector<'_>, saio: &BoxHeader, path: &BoxPath, table: Table) -> Result<()> {
        let len = match self.sizes.first() {
            Some((saiz, path)) if table.count() == 1 => Sizes::read(c, saiz, path)?.sum(u32::MAX)?,
            _ => 1,
        };
        let source = c.reader.source();
        let mut offsets = Entries::new(source, table.entries, usize::from(table.width.bytes()));
        while let Some(entry) = offsets.next()? {
            let start = table.from.offset().saturating_add(number_of(entry));
            let extent = Span::new(start, start.saturating_add(len));
            if !self.senc.iter().any(|senc| senc.span.encloses(extent)) {
                c.extent("saio", saio, path, extent)?;
            }
        }
        Ok(())
    }
}

/// Whether auxiliary data of this type is encryption data: the type is the scheme, or nothing.
fn is_encryption(aux_type: Option<&[u8]>) -> bool {
    matches!(aux_type, Some(b"cenc" | b"cens" | b"cbc1" | b"cbcs" | b"piff" | b"sve1" | [0, 0, 0, 0]))
}

fn offsets(c: &mut Collector<'_>, saio: &BoxHeader, path: &BoxPath) -> Result<Option<(Span, Width)>> {
    let fields = c.fields("saio", saio, path, 8)?;
    known_version("saio", saio, path, fields, 1)?;
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
    Ok(number_of(c.reader.bytes(Span::new(entries.start(), end))?))
}

fn number_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n: u64, byte| (n << 8) | u64::from(*byte))
}

/// The sizes of `saiz`, in order.
enum Sizes<'s> {
    /// As many of one size.
    Equal(u64, u32),
    /// One by one, and as many as the box says.
    Each(Entries<'s>, u32),
}

impl<'s> Sizes<'s> {
    fn read(c: &mut Collector<'s>, saiz: &BoxHeader, path: &BoxPath) -> Result<Self> {
        let fields = c.fields("saiz", saiz, path, 9)?;
        let head = if fields.get(3).is_some_and(|flags| flags & 1 == 1) { 17 } else { 9 };
        let fields = c.fields("saiz", saiz, path, head)?;
        let default = u64::from(fields.get(fields.len().saturating_sub(5)).copied().unwrap_or(0));
        let count = u32_at(fields, fields.len().saturating_sub(4)).unwrap_or(0);
        if default > 0 {
            return Ok(Self::Equal(default, count));
        }
        let start = saiz.content().start().saturating_add(head);
        let end = start.saturating_add(u64::from(count)).min(saiz.content().end());
        Ok(Self::Each(Entries::new(c.reader.source(), Span::new(start, end), 1), count))
    }

    /// How many there are.
    fn count(&self) -> u32 {
        match self {
            Self::Equal(_, count) | Self::Each(_, count) => *count,
        }
    }

    /// The sum of the next ones, of as many as there are.
    fn sum(&mut self, samples: u32) -> Result<u64> {
        match self {
            Self::Equal(size, left) => {
                let count = samples.min(*left);
                *left = left.saturating_sub(count);
                Ok(size.saturating_mul(u64::from(count)))
            }
            Self::Each(entries, _) => {
                let mut sum = 0_u64;
                for _ in 0..samples {
                    let Some(size) = entries.next_number()? else { break };
                    sum = sum.saturating_add(u64::from(size));
                }
                Ok(sum)
            }
        }
    }
}
