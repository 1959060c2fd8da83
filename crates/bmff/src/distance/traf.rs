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

use super::saio::Auxiliary;
use super::{Collector, Target, trun};
use crate::error::{Error, ErrorKind, Result};
use crate::field::u32_at;
use crate::header::BoxHeader;
use crate::path::BoxPath;
use prkit_plan::{Distance, Field, Form, Place, Span};

const BASE_DATA_OFFSET: u32 = 0x1;
const DESCRIPTION_INDEX: u32 = 0x2;
const DEFAULT_DURATION: u32 = 0x8;
const DEFAULT_SIZE: u32 = 0x10;
const DEFAULT_BASE_IS_MOOF: u32 = 0x2_0000;

/// All track fragments of a `moof`, and the items of its `meta`.
pub(super) fn collect_moof(c: &mut Collector<'_>, moof: &BoxHeader, path: &BoxPath) -> Result<()> {
    c.reader.prefetch(moof.span)?;
    let mut before = None;
    c.children(moof, moof.content(), path, &mut |c, child, path| {
        match &child.kind.code().0 {
            b"traf" => before = Some(collect(c, moof, child, path, before)?),
            b"meta" => super::iloc::collect_meta(c, child, path)?,
            _ => {}
        }
        Ok(())
    })
}

/// Hands on the offsets of one track fragment and gives the data of its last run.
fn collect(
    c: &mut Collector<'_>,
    moof: &BoxHeader,
    traf: &BoxHeader,
    path: &BoxPath,
    before: Option<Span>,
) -> Result<Span> {
    let mut base = Place::start(before.map_or(moof.span.start(), Span::end));
    let mut explicit = false;
    let mut sample_size = None;
    let mut last = None;
    let mut auxiliary = Auxiliary::default();
    c.children(traf, traf.content(), path, &mut |c, child, path| {
        match &child.kind.code().0 {
            b"tfhd" => {
                let head = tfhd(c, child, path)?;
                sample_size = head.sample_size;
                explicit = head.base.is_some() || head.base_is_moof;
                match head.base {
                    Some((field, offset)) => {
                        base = Place::start(offset);
                        let distance = Distance { field: Some(field), from: Place::ORIGIN, to: base };
                        c.distance("tfhd", child, path, distance, Target::Any)?;
                    }
                    None if head.base_is_moof => base = moof.start(),
                    None => {}
                }
            }
            b"trun" => last = Some(trun::collect(c, child, path, base, last, sample_size)?),
            _ => auxiliary.take(child, path),
        }
        Ok(())
    })?;
    let bases = if explicit { vec![base] } else { vec![base, moof.start()] };
    c.within(traf, |c| auxiliary.collect(c, &bases))?;
    if let Some(before) = before.filter(|_| !explicit) {
        c.distance("traf", traf, path, trun::length(before), Target::Any)?;
    }
    Ok(last.unwrap_or_else(|| before.filter(|_| !explicit).unwrap_or(Span::empty(base.offset()))))
}

struct Tfhd {
    base: Option<(Field, u64)>,
    base_is_moof: bool,
    sample_size: Option<u32>,
}

fn tfhd(c: &mut Collector<'_>, tfhd: &BoxHeader, path: &BoxPath) -> Result<Tfhd> {
    let content = tfhd.content();
    let fields = c.fields("tfhd", tfhd, path, content.len().clamp(8, 32))?;
    let flags = u32_at(fields, 0).unwrap_or(0) & 0x00FF_FFFF;
    let track = u32_at(fields, 4).unwrap_or(0);
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
    for flag in [DESCRIPTION_INDEX, DEFAULT_DURATION] {
        if flags & flag != 0 {
            at = at.saturating_add(4);
        }
    }
    let size = if flags & DEFAULT_SIZE == 0 { None } else { u32_at(fields, at) };
    Ok(Tfhd {
        base,
        base_is_moof: flags & DEFAULT_BASE_IS_MOOF != 0,
        sample_size: size.or_else(|| c.sample_sizes.get(&track).copied()),
    })
}
