//! Chunk offsets (ISO/IEC 14496-12, 8.7.5), and the tables that say how long a chunk is (8.7.3, 8.7.4).
//!
//! ```text
//!   stco, co64   version flags │ count │ offsets: 4 or 8
//!   stsc         version flags │ count │ first chunk, samples per chunk, description: 4 each
//!   stsz         version flags │ size of all, or 0 │ count │ sizes: 4
//!   stz2         version flags │ reserved, width │ count │ sizes: 4, 8 or 16 bits
//! ```
//!
//! Offsets count from the start of the file that the chunk's data reference names. Where that is another file, or
//! `imda` boxes are addressed by id, they are none of this file's.

use super::entries::Entries;
use super::saio::Auxiliary;
use super::{Collector, Target, iloc};
use crate::error::{Error, ErrorKind, Result};
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use prkit_plan::{Place, Span, Table, Width};

/// The boxes of a sample table that offsets need.
#[derive(Default)]
struct Tables {
    offsets: Option<(BoxHeader, BoxPath)>,
    runs: Option<BoxHeader>,
    sizes: Option<BoxHeader>,
    /// `data_reference_index` of each sample entry.
    references: Vec<u16>,
    /// For each data reference, whether it is this file.
    here: Vec<bool>,
    around: Vec<BoxHeader>,
}

/// Chunk offsets, auxiliary data and items of one track.
pub(super) fn collect_trak(c: &mut Collector<'_>, trak: &BoxHeader, path: &BoxPath) -> Result<()> {
    let mut tables = Tables::default();
    let mut auxiliary = Auxiliary::default();
    c.children(trak, trak.content(), path, &mut |c, child, path| match &child.kind.code().0 {
        b"meta" => iloc::collect_meta(c, child, path),
        b"mdia" => media(c, child, path, &mut tables, &mut auxiliary),
        _ => {
            auxiliary.take(child, path);
            Ok(())
        }
    })?;
    c.within(trak, |c| {
        auxiliary.collect(c, &[Place::ORIGIN])?;
        chunks(c, &tables, path)
    })
}

fn media(
    c: &mut Collector<'_>,
    mdia: &BoxHeader,
    path: &BoxPath,
    tables: &mut Tables,
    auxiliary: &mut Auxiliary,
) -> Result<()> {
    c.children(mdia, mdia.content(), path, &mut |c, minf, path| {
        if &minf.kind.code().0 != b"minf" {
            return Ok(());
        }
        c.children(minf, minf.content(), path, &mut |c, child, path| match &child.kind.code().0 {
            b"dinf" => data_references(c, child, path, tables),
            b"stbl" => {
                tables.around = vec![*mdia, *minf, *child];
                c.children(child, child.content(), path, &mut |c, child, path| {
                    match &child.kind.code().0 {
                        b"stco" | b"co64" => tables.offsets = Some((*child, path.clone())),
                        b"stsc" => tables.runs = Some(*child),
                        b"stsz" | b"stz2" => tables.sizes = Some(*child),
                        b"stsd" => tables.references = sample_references(c, child, path)?,
                        _ => auxiliary.take(child, path),
                    }
                    Ok(())
                })
            }
            _ => Ok(()),
        })
    })
}

fn data_references(
    c: &mut Collector<'_>,
    dinf: &BoxHeader,
    path: &BoxPath,
    tables: &mut Tables,
) -> Result<()> {
    c.children(dinf, dinf.content(), path, &mut |c, dref, path| {
        if &dref.kind.code().0 != b"dref" {
            return Ok(());
        }
        let content = dref.content();
        let entries = Span::new(content.start().saturating_add(8).min(content.end()), content.end());
        c.children(dref, entries, path, &mut |c, entry, path| {
            let by_id = matches!(&entry.kind.code().0, b"imdt" | b"snim");
            let flags = u32_at(c.fields("dref", entry, path, 4)?, 0).unwrap_or(0);
            tables.here.push(flags & 1 == 1 && !by_id);
            Ok(())
        })
    })
}

fn sample_references(c: &mut Collector<'_>, stsd: &BoxHeader, path: &BoxPath) -> Result<Vec<u16>> {
    let content = stsd.content();
    let entries = Span::new(content.start().saturating_add(8).min(content.end()), content.end());
    let mut references = Vec::new();
    c.children(stsd, entries, path, &mut |c, entry, path| {
        let fields = c.fields("stsd", entry, path, 8)?;
        references.extend(fields.last_chunk().map(|index| u16::from_be_bytes(*index)));
        Ok(())
    })?;
    Ok(references)
}

impl Tables {
    /// Whether the chunks are in this file: all, none, or some.
    fn is_here(&self) -> Option<bool> {
        let here = |index: &u16| {
            let position = usize::from(*index).checked_sub(1)?;
            self.here.get(position).copied()
        };
        let mut found = self.references.iter().map(|index| here(index).unwrap_or(true));
        let first = found.next().unwrap_or(true);
        found.all(|other| other == first).then_some(first)
    }
}

fn chunks(c: &mut Collector<'_>, tables: &Tables, trak: &BoxPath) -> Result<()> {
    let Some((offsets, path)) = &tables.offsets else { return Ok(()) };
    let count = u64::from(u32_at(c.fields("stco", offsets, path, 8)?, 4).unwrap_or(0));
    match tables.is_here() {
        Some(true) => {}
        Some(false) => return Ok(()),
        None if count == 0 => return Ok(()),
        None => {
            let kind =
                ErrorKind::Refused("a track with samples both in this file and in others is not edited");
            return Err(Error::new(kind, offsets.span.start(), trak));
        }
    }
    let width = if &offsets.kind.code().0 == b"co64" { Width::Eight } else { Width::Four };
    let start = offsets.content().start().saturating_add(8);
    let room =
        offsets.content().end().saturating_sub(start).checked_div(u64::from(width.bytes())).unwrap_or(0);
    let end = start.saturating_add(count.min(room).saturating_mul(u64::from(width.bytes())));
    let stride = u16::from(width.bytes());
    let entries = Span::new(start, end);
    let table = Table { entries, stride, at: 0, width, new_width: width, from: Place::ORIGIN };
    c.within_all(&tables.around, |c| {
        c.table("stco", offsets, path, table, Target::Media)?;
        extents(c, tables, offsets, path, table)
    })
}

/// The bytes of every chunk.
fn extents(
    c: &mut Collector<'_>,
    tables: &Tables,
    offsets: &BoxHeader,
    path: &BoxPath,
    table: Table,
) -> Result<()> {
    let source = c.reader.source();
    let mut chunks = Entries::new(source, table.entries, usize::from(table.width.bytes()));
    let mut sizes = Sizes::new(c, tables.sizes.as_ref(), path)?;
    let mut runs = Runs::new(c, tables.runs.as_ref())?;
    let mut chunk = 0_u32;
    while let Some(entry) = chunks.next()? {
        chunk = chunk.saturating_add(1);
        let start = entry.iter().fold(0, |n: u64, byte| (n << 8) | u64::from(*byte));
        let len = match runs.samples_of(chunk)? {
            Some(samples) => sizes.sum(samples)?,
            None => 1,
        };
        if len > 0 {
            c.extent("stco", offsets, path, Span::new(start, start.saturating_add(len)))?;
        }
    }
    Ok(())
}

/// Samples per chunk, by chunk number from 1.
struct Runs<'s> {
    entries: Option<Entries<'s>>,
    now: Option<u32>,
    next: Option<(u32, u32)>,
}

impl<'s> Runs<'s> {
    fn new(c: &mut Collector<'s>, stsc: Option<&BoxHeader>) -> Result<Self> {
        let entries = stsc.map(|stsc| {
            let content = stsc.content();
            Entries::new(c.reader.source(), Span::new(content.start().saturating_add(8), content.end()), 12)
        });
        let mut runs = Self { entries, now: None, next: None };
        runs.advance()?;
        Ok(runs)
    }

    fn advance(&mut self) -> Result<()> {
        self.next = match &mut self.entries {
            Some(entries) => entries.next()?.and_then(|entry| u32_at(entry, 0).zip(u32_at(entry, 4))),
            None => None,
        };
        Ok(())
    }

    fn samples_of(&mut self, chunk: u32) -> Result<Option<u32>> {
        while let Some((first, samples)) = self.next
            && first <= chunk
        {
            self.now = Some(samples);
            self.advance()?;
        }
        Ok(self.now)
    }
}

/// Sample sizes, in order.
enum Sizes<'s> {
    Equal(u32),
    Each(Entries<'s>),
    Nibbles(Entries<'s>, Option<u8>),
    Unknown,
}

impl<'s> Sizes<'s> {
    fn new(c: &mut Collector<'s>, sizes: Option<&BoxHeader>, path: &BoxPath) -> Result<Self> {
        let Some(header) = sizes else { return Ok(Self::Unknown) };
        let source = c.reader.source();
        let compact = &header.kind.code().0 == b"stz2";
        let size = u32_at(c.fields("stsz", header, path, 12)?, 4).unwrap_or(0);
        let content = header.content();
        let entries = |stride| {
            Entries::new(source, Span::new(content.start().saturating_add(12), content.end()), stride)
        };
        Ok(match (compact, size & 0xFF) {
            (false, _) if size > 0 => Self::Equal(size),
            (false, _) => Self::Each(entries(4)),
            (true, 4) => Self::Nibbles(entries(1), None),
            (true, 8) => Self::Each(entries(1)),
            (true, 16) => Self::Each(entries(2)),
            (true, _) => Self::Unknown,
        })
    }

    /// The sum of the next `samples` sizes.
    fn sum(&mut self, samples: u32) -> Result<u64> {
        let mut sum = 0_u64;
        match self {
            Self::Unknown => return Ok(1),
            Self::Equal(size) => return Ok(u64::from(*size).saturating_mul(u64::from(samples))),
            Self::Each(entries) => {
                for _ in 0..samples {
                    let Some(size) = entries.next_number()? else { break };
                    sum = sum.saturating_add(u64::from(size));
                }
            }
            Self::Nibbles(entries, low) => {
                for _ in 0..samples {
                    let size = match low.take() {
                        Some(size) => size,
                        None => match entries.next()?.and_then(<[u8]>::first) {
                            Some(byte) => {
                                *low = Some(byte & 15);
                                byte >> 4
                            }
                            None => break,
                        },
                    };
                    sum = sum.saturating_add(u64::from(size));
                }
            }
        }
        Ok(sum)
    }
}
