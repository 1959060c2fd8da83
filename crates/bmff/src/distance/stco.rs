//! Chunk offsets (ISO/IEC 14496-12, 8.7.5), and the tables that say how long a chunk is (8.7.3, 8.7.4).
//!
//! ```text
//!   stco, co64   version flags │ count │ offsets: 4 or 8
//!   stsc         version flags │ count │ first chunk, samples per chunk, description: 4 each
//!   stsz         version flags │ size of all, or 0 │ count │ sizes: 4
//!   stz2         version flags │ reserved, width │ count │ sizes: 4, 8 or 16 bits
//! ```
//!
//! Offsets count from the start of the file that the chunk's data reference names, or in the payload of an `imda` box.
//! Where that is another file they are none of this one's, and in an `imda` none of them changes.

use super::base::{Base, refuse_unknown};
use super::entries::Entries;
use super::saio::Auxiliary;
use super::{Collector, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use crate::reference::Home;
use prkit_plan::{Place, Span, Table, Width};

/// The boxes of a sample table that offsets need.
#[derive(Default)]
struct Tables {
    offsets: Option<(BoxHeader, BoxPath)>,
    runs: Option<BoxHeader>,
    sizes: Option<BoxHeader>,
    around: Vec<BoxHeader>,
}

/// Chunk offsets, auxiliary data and items of one track.
pub(super) fn collect_trak(c: &mut Collector<'_>, trak: &BoxHeader, path: &BoxPath) -> Result<()> {
    let mut tables = Tables::default();
    let mut auxiliary = Auxiliary::default();
    c.children(trak, trak.content(), path, &mut |c, child, path| {
        if &child.kind.code().0 == b"mdia" {
            return media(c, child, path, &mut tables, &mut auxiliary);
        }
        auxiliary.take(c, child, path, Place::ORIGIN)?;
        c.holder(child, path)
    })?;
    let home = home_of(c, trak, &tables);
    c.within(trak, |c| {
        let base = match &home {
            None | Some(Home::Here) => Base::Here(vec![Place::ORIGIN]),
            Some(home) => c.base_of(home, None, Place::ORIGIN),
        };
        let mut runs = Runs::new(c, tables.runs.as_ref())?;
        auxiliary.collect(c, &base, None, &mut |_, chunk| runs.samples_of(chunk.saturating_add(1)))?;
        chunks(c, &tables, path, home)
    })
}

/// Where the samples of a track are that stand in `moov`; `None` when they are in several places.
fn home_of(c: &Collector<'_>, trak: &BoxHeader, tables: &Tables) -> Option<Home> {
    let track = c.layout.tracks().iter().find(|track| track.at == trak.span.start());
    let mut homes = track.into_iter().flat_map(|track| track.homes(c.layout.name()));
    let first = homes.next().unwrap_or(Home::Here);
    (tables.offsets.is_none() || homes.all(|other| other == first)).then_some(first)
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
            b"stbl" => {
                tables.around = vec![*mdia, *minf, *child];
                c.children(child, child.content(), path, &mut |c, child, path| {
                    match &child.kind.code().0 {
                        b"stco" | b"co64" => tables.offsets = Some((*child, path.clone())),
                        b"stsc" => tables.runs = Some(*child),
                        b"stsz" | b"stz2" => tables.sizes = Some(*child),
                        _ => auxiliary.take(c, child, path, Place::ORIGIN)?,
                    }
                    Ok(())
                })
            }
            _ => Ok(()),
        })
    })
}

fn chunks(c: &mut Collector<'_>, tables: &Tables, trak: &BoxPath, home: Option<Home>) -> Result<()> {
    let Some((offsets, path)) = &tables.offsets else { return Ok(()) };
    let count = u64::from(u32_at(c.fields("stco", offsets, path, 8)?, 4).unwrap_or(0));
    if home == Some(Home::Elsewhere) || count == 0 {
        return Ok(());
    }
    let Some(home) = home else {
        let kind = ErrorKind::Refused("a track with samples both in this file and in others is not edited");
        return Err(Error::new(kind, offsets.span.start(), trak));
    };
    refuse_unknown(&home, offsets, path)?;
    let width = if &offsets.kind.code().0 == b"co64" { Width::Eight } else { Width::Four };
    let start = offsets.content().start().saturating_add(8);
    let room =
        offsets.content().end().saturating_sub(start).checked_div(u64::from(width.bytes())).unwrap_or(0);
    let end = start.saturating_add(count.min(room).saturating_mul(u64::from(width.bytes())));
    let stride = u16::from(width.bytes());
    let entries = Span::new(start, end);
    let table = Table { entries, stride, at: 0, width, new_width: width, from: Place::ORIGIN };
    let within = match home {
        Home::Here => None,
        home => match c.base_of(&home, None, Place::ORIGIN) {
            Base::Identified(payload) => Some(payload),
            _ => return Ok(()),
        },
    };
    c.within_all(&tables.around, |c| {
        if within.is_none() {
            c.table("stco", offsets, path, table, Target::Media)?;
        }
        extents(c, tables, offsets, path, table, within)
    })
}

/// The bytes of every chunk, in the file or in a part of it; of every sample, where somebody wants them.
fn extents(
    c: &mut Collector<'_>,
    tables: &Tables,
    offsets: &BoxHeader,
    path: &BoxPath,
    table: Table,
    within: Option<Span>,
) -> Result<()> {
    let source = c.reader.source();
    let each_sample = c.sink.wants_samples();
    let mut chunks = Entries::new(source, table.entries, usize::from(table.width.bytes()));
    let mut sizes = Sizes::new(c, tables.sizes.as_ref(), path)?;
    let mut runs = Runs::new(c, tables.runs.as_ref())?;
    let mut chunk = 0_u32;
    while let Some(entry) = chunks.next()? {
        chunk = chunk.saturating_add(1);
        let offset = entry.iter().fold(0, |n: u64, byte| (n << 8) | u64::from(*byte));
        let start = within.map_or(0, Span::start).saturating_add(offset);
        let len = match runs.samples_of(chunk)? {
            Some(samples) if each_sample => {
                let there = Span::new(start, c.layout.len());
                sizes.each(samples, there, &mut |sample| c.sink.sample(sample))?
            }
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
        match self {
            Self::Equal(size) => Ok(u64::from(*size).saturating_mul(u64::from(samples))),
            _ => self.each(samples, Span::new(0, u64::MAX), &mut |_| {}),
        }
    }

    /// Calls for each of the next `samples` samples that begins in `there`, the first of them at its start, and gives
    /// the sum of their sizes.
    fn each(&mut self, samples: u32, there: Span, call: &mut dyn FnMut(Span)) -> Result<u64> {
        let (mut at, mut sum) = (there.start(), 0_u64);
        for _ in 0..samples {
            if let (Self::Equal(size), true) = (&*self, at >= there.end()) {
                // All others are past the end, too: there may be four billion of them.
                return Ok(u64::from(*size).saturating_mul(u64::from(samples)));
            }
            let Some(size) = self.next()? else { break };
            let end = at.saturating_add(u64::from(size));
            sum = sum.saturating_add(u64::from(size));
            call(Span::new(at, end));
            at = end;
        }
        Ok(if matches!(self, Self::Unknown) { 1 } else { sum })
    }

    fn next(&mut self) -> Result<Option<u32>> {
        match self {
            Self::Unknown => Ok(None),
            Self::Equal(size) => Ok(Some(*size)),
            Self::Each(entries) => entries.next_number(),
            Self::Nibbles(entries, low) => match low.take() {
                Some(size) => Ok(Some(u32::from(size))),
                None => Ok(entries.next()?.and_then(<[u8]>::first).map(|byte| {
                    *low = Some(byte & 15);
                    u32::from(byte >> 4)
                })),
            },
        }
    }
}
