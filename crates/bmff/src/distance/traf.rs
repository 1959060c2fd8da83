//! Track fragments (ISO/IEC 14496-12, 8.8.6, 8.8.7): what their runs and auxiliary data count from.
//!
//! ```text
//!   tfhd   version flags │ track │ base_data_offset │ description │ duration │ size     │ flags
//!          1       3       4       8 if & 1           4 if & 2      4 if & 8   4 if & 10  4 if & 20
//!
//!   base_data_offset there             that byte of the file
//!   default-base-is-moof (& 20000)     start of the moof
//!   neither, first of the moof         start of the moof
//!   neither, later ones                where the data of the one before ends
//! ```
//!
//! All of that where the samples are in this file; see `base.rs` for the others.

use super::base::{Base, refuse_unknown};
use super::saio::Auxiliary;
use super::{Collector, Target, trun};
use crate::error::{Error, ErrorKind, Result};
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use crate::reference::Home;
use prkit_plan::{Distance, Field, Form, Place, Span};

const BASE_DATA_OFFSET: u32 = 0x1;
const DESCRIPTION_INDEX: u32 = 0x2;
const DEFAULT_DURATION: u32 = 0x8;
const DEFAULT_SIZE: u32 = 0x10;
const DEFAULT_BASE_IS_MOOF: u32 = 0x2_0000;

/// What the track fragments of a `moof` have in common.
struct Around<'a> {
    moof: &'a BoxHeader,
    sequence: Option<u32>,
    /// The data of the run before, for those that go on from there.
    before: Option<Span>,
}

/// The boxes of a track fragment.
#[derive(Default)]
struct Parts {
    tfhd: Option<(BoxHeader, BoxPath)>,
    runs: Vec<(BoxHeader, BoxPath)>,
    auxiliary: Auxiliary,
}

impl Parts {
    fn auxiliary(&self, c: &mut Collector<'_>, base: &Base) -> Result<()> {
        self.auxiliary.collect(c, base, Some(self.runs.len()), &mut |c, run| {
            let run = usize::try_from(run).ok().and_then(|run| self.runs.get(run));
            run.map(|(run, path)| trun::sample_count(c, run, path)).transpose()
        })
    }
}

/// All track fragments of a `moof`, and the items of its `meta`.
pub(super) fn collect_moof(c: &mut Collector<'_>, moof: &BoxHeader, path: &BoxPath) -> Result<()> {
    c.reader.prefetch(moof.span)?;
    let mut around = Around { moof, sequence: None, before: None };
    c.children(moof, moof.content(), path, &mut |c, child, path| match &child.kind.code().0 {
        b"mfhd" => {
            around.sequence = u32_at(c.fields("mfhd", child, path, 8)?, 4);
            Ok(())
        }
        b"traf" => collect(c, &mut around, child, path),
        _ => c.holder(child, path),
    })
}

/// Hands on the offsets of one track fragment, and notes the data of its last run.
fn collect(c: &mut Collector<'_>, around: &mut Around<'_>, traf: &BoxHeader, path: &BoxPath) -> Result<()> {
    let mut parts = Parts::default();
    c.children(traf, traf.content(), path, &mut |c, child, path| match &child.kind.code().0 {
        b"tfhd" => {
            parts.tfhd = Some((*child, path.clone()));
            Ok(())
        }
        b"trun" => {
            parts.runs.push((*child, path.clone()));
            Ok(())
        }
        _ => {
            parts.auxiliary.take(c, child, path, around.moof.start())?;
            c.holder(child, path)
        }
    })?;
    let head = match &parts.tfhd {
        Some((header, path)) => tfhd(c, header, path)?,
        None => Tfhd::default(),
    };
    match base_of(c, around, &head, &parts)? {
        Base::Here(_) => here(c, around, &head, &parts, traf, path),
        base => c.within(traf, |c| {
            if let Base::Identified(payload) = base {
                let start = payload.start().saturating_add(head.base.map_or(0, |(_, offset)| offset));
                let mut last = None;
                for (run, path) in &parts.runs {
                    last = Some(trun::collect_fixed(c, run, path, start, last, head.sample_size)?);
                }
            }
            parts.auxiliary(c, &base)
        }),
    }
}

/// What the offsets of a track fragment count from; of those in this file only that they are.
fn base_of(c: &mut Collector<'_>, around: &Around<'_>, head: &Tfhd, parts: &Parts) -> Result<Base> {
    let start = around.moof.start();
    let Some(track) = head.track.and_then(|id| c.layout.track(id)) else {
        let offset = match parts.runs.first() {
            Some((run, path)) if !c.identified()?.is_empty() => trun::data_offset(c, run, path)?,
            _ => return Ok(Base::Here(Vec::new())),
        };
        let base = head.base.map_or(start.offset(), |(_, offset)| offset);
        let target = base.checked_add_signed(i64::from(offset.unwrap_or(0))).unwrap_or(0);
        let payload = c.lone_identified(around.moof.span, around.sequence, target)?;
        return Ok(payload.map_or(Base::Here(Vec::new()), Base::Identified));
    };
    match track.home_in_fragment(head.description, c.layout.name()) {
        Home::Here => Ok(Base::Here(Vec::new())),
        home => {
            if let Some((run, path)) = parts.runs.first() {
                refuse_unknown(&home, run, path)?;
            }
            Ok(c.base_of(&home, around.sequence, start))
        }
    }
}

/// The offsets of a track fragment whose samples are addressed by their place in this file.
fn here(
    c: &mut Collector<'_>,
    around: &mut Around<'_>,
    head: &Tfhd,
    parts: &Parts,
    traf: &BoxHeader,
    path: &BoxPath,
) -> Result<()> {
    let start = around.moof.start();
    let explicit = head.base.is_some() || head.base_is_moof;
    let before = around.before.filter(|_| !explicit);
    let base = match head.base {
        Some((_, offset)) => Place::start(offset),
        None if head.base_is_moof => start,
        None => Place::start(before.map_or(around.moof.span.start(), Span::end)),
    };
    let bases = if explicit { vec![base] } else { vec![base, start] };
    let mut last = None;
    c.within(traf, |c| {
        if let (Some((field, _)), Some((header, path))) = (head.base, &parts.tfhd) {
            let distance = Distance { field: Some(field), from: Place::ORIGIN, to: base };
            c.distance("tfhd", header, path, distance, Target::Any)?;
        }
        for (run, path) in &parts.runs {
            last = Some(trun::collect(c, run, path, base, last, head.sample_size)?);
        }
        parts.auxiliary(c, &Base::Here(bases))
    })?;
    if let Some(before) = before {
        c.distance("traf", traf, path, trun::length(before), Target::Any)?;
    }
    around.before = last.or(before).or(Some(Span::empty(base.offset())));
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Tfhd {
    track: Option<u32>,
    base: Option<(Field, u64)>,
    base_is_moof: bool,
    description: Option<u32>,
    sample_size: Option<u32>,
}

fn tfhd(c: &mut Collector<'_>, tfhd: &BoxHeader, path: &BoxPath) -> Result<Tfhd> {
    let content = tfhd.content();
    let fields = c.fields("tfhd", tfhd, path, content.len().clamp(8, 32))?;
    let flags = u32_at(fields, 0).unwrap_or(0) & 0x00FF_FFFF;
    let track = u32_at(fields, 4);
    let mut at = 8_usize;
    let mut base = None;
    let short = || {
        let kind = ErrorKind::Short { name: "tfhd", actual: content.len(), needed: 16 };
        Error::new(kind, tfhd.span.start(), path)
    };
    if flags & BASE_DATA_OFFSET != 0 {
        let offset = fields.get(at..).and_then(|rest| rest.first_chunk()).ok_or_else(short)?;
        let field = Field { at: content.start().saturating_add(8), form: Form::U64 };
        base = Some((field, u64::from_be_bytes(*offset)));
        at = at.saturating_add(8);
    }
    let mut optional = |flag: u32| {
        if flags & flag == 0 {
            return None;
        }
        let value = u32_at(fields, at);
        at = at.saturating_add(4);
        value
    };
    let description = optional(DESCRIPTION_INDEX);
    let _duration = optional(DEFAULT_DURATION);
    let size = optional(DEFAULT_SIZE);
    let default = || c.layout.track(track?)?.in_fragments.map(|(_, size)| size);
    Ok(Tfhd {
        track,
        base,
        base_is_moof: flags & DEFAULT_BASE_IS_MOOF != 0,
        description,
        sample_size: size.or_else(default),
    })
}
