//! Positions that vendors and other families of formats write into these files.
//!
//! ```text
//!   gps    version │ count │ entries: offset, size           Novatek dashcams: blocks of tracks, often inside of mdat
//!          4         4                4       4
//!   CTBO   count │ entries: index, offset, size              Canon, in a uuid box: parts of a raw picture
//!          4                4      8       8
//!   afra   version flags │ flags │ timescale │ count │ entries: time, offset       Adobe F4V: key frames
//!          1       3       1       4           4                8     4, 8 if flags & 40
//!   flst   count │ entries: offset, length, data reference   JPX, ISO/IEC 15444-2, L.10.7: a codestream's pieces
//!          2                8       4       2
//!   iptr, fptr, cptr   offset, length                        JPIP, ISO/IEC 15444-9, I.3
//! ```
//!
//! All count from the start of the file. What no entry of this table describes, the guard looks through (`guard/`).

use super::{Collector, Target, known_version};
use crate::box_type::BoxType;
use crate::error::{Error, ErrorKind, Result};
use crate::field::{u16_at, u32_at, u64_at};
use crate::header::BoxHeader;
use crate::path::BoxPath;
use crate::reader::Reader;
use prkit_plan::{Distance, Field, Form, Place, Span, Table, Width};

/// Long offsets in `afra`; entries for other files, too.
const LONG_OFFSETS: u8 = 0x40;
const GLOBAL_ENTRIES: u8 = 0x20;

/// Whether it is one of these boxes, or holds some.
pub(crate) fn is_known(kind: BoxType) -> bool {
    kind.is_canon()
        || matches!(
            &kind.code().0,
            b"gps "
                | b"afra"
                | b"ftbl"
                | b"flst"
                | b"cref"
                | b"asoc"
                | b"jpch"
                | b"jplh"
                | b"iptr"
                | b"fptr"
                | b"cptr"
                | b"cidx"
                | b"fidx"
                | b"prxy"
        )
}

/// Hands on the positions in a box, if it is one of these.
pub(super) fn collect(c: &mut Collector<'_>, header: &BoxHeader, path: &BoxPath) -> Result<()> {
    let children = |c: &mut Collector<'_>, content: Span| c.children(header, content, path, &mut collect);
    match &header.kind.code().0 {
        b"gps " => novatek(c, header, path),
        b"uuid" if header.kind.is_canon() => children(c, header.content()),
        b"CTBO" => canon(c, header, path),
        b"afra" => adobe(c, header, path),
        b"ftbl" | b"asoc" | b"jpch" | b"jplh" | b"cidx" | b"fidx" => children(c, header.content()),
        // The type of what is referred to stands in front.
        b"cref" => {
            let content = header.content();
            children(c, Span::new(content.start().saturating_add(4).min(content.end()), content.end()))
        }
        b"flst" => fragments(c, header, path),
        b"iptr" | b"fptr" => pointer(c, "iptr", header, path, 0),
        // A data reference and a kind of container stand in front; 0 is this file.
        b"cptr" => match u16_at(c.fields("cptr", header, path, 20)?, 0) {
            Some(0) => pointer(c, "cptr", header, path, 4),
            _ => Ok(()),
        },
        b"prxy" => {
            let why = "a JPIP proxy box (prxy) repeats headers and offsets of other boxes, which cannot be changed in place";
            Err(Error::new(ErrorKind::Refused(why), header.span.start(), path))
        }
        _ => Ok(()),
    }
}

/// The entries, if this is Novatek's table: other boxes of this type hold text. They lead into the file. A count that is larger
/// than the box has room for is believed as far as all entries do.
pub(crate) fn novatek_entries(reader: &mut Reader<'_>, content: Span, file: u64) -> Result<Option<Span>> {
    let start = content.start().saturating_add(8).min(content.end());
    let count = u64::from(u32_at(reader.bytes(Span::new(content.start(), start))?, 4).unwrap_or(0));
    let room = content.end().saturating_sub(start) / 8;
    let entries = Span::new(start, start.saturating_add(count.min(room).saturating_mul(8)));
    let is_told = count <= room.saturating_add(1);
    for (index, entry) in entries.blocks(8).enumerate() {
        if index > 0 && is_told {
            break;
        }
        let entry = reader.bytes(entry)?;
        let (offset, size) = (u32_at(entry, 0).unwrap_or(0), u32_at(entry, 4).unwrap_or(0));
        let leads = Span::at(u64::from(offset), u64::from(size)).is_some_and(|block| block.end() <= file);
        if !leads {
            return Ok(None);
        }
    }
    Ok((!entries.is_empty()).then_some(entries))
}

fn novatek(c: &mut Collector<'_>, gps: &BoxHeader, path: &BoxPath) -> Result<()> {
    let file = c.layout.len();
    let Some(entries) = novatek_entries(&mut c.reader, gps.content(), file)? else { return Ok(()) };
    let table =
        Table { entries, stride: 8, at: 0, width: Width::Four, new_width: Width::Four, from: Place::ORIGIN };
    c.table("gps", gps, path, table, Target::Any)?;
    extents(c, "gps", gps, path, table, |entry| Some((u32_at(entry, 0)?.into(), u32_at(entry, 4)?.into())))
}

fn canon(c: &mut Collector<'_>, ctbo: &BoxHeader, path: &BoxPath) -> Result<()> {
    const ENTRY: u16 = 20;
    let count = u32_at(c.fields("CTBO", ctbo, path, 4)?, 0).unwrap_or(0);
    let entries = entries("CTBO", ctbo, path, (4, count), ENTRY)?;
    let width = Width::Eight;
    let table = Table { entries, stride: ENTRY, at: 4, width, new_width: width, from: Place::ORIGIN };
    c.table("CTBO", ctbo, path, table, Target::Any)?;
    extents(c, "CTBO", ctbo, path, table, |entry| Some((u64_at(entry, 4)?, u64_at(entry, 12)?)))
}

fn adobe(c: &mut Collector<'_>, afra: &BoxHeader, path: &BoxPath) -> Result<()> {
    let fields = c.fields("afra", afra, path, 13)?;
    known_version("afra", afra, path, fields, 0)?;
    let flags = fields.get(4).copied().unwrap_or(0);
    let count = u32_at(fields, 9).unwrap_or(0);
    if flags & GLOBAL_ENTRIES != 0 {
        let why = "an afra box with global entries holds positions in other files, and is not edited around";
        return Err(Error::new(ErrorKind::Refused(why), afra.span.start(), path));
    }
    let width = if flags & LONG_OFFSETS == 0 { Width::Four } else { Width::Eight };
    let stride = 8_u16.saturating_add(u16::from(width.bytes()));
    let entries = entries("afra", afra, path, (13, count), stride)?;
    let table = Table { entries, stride, at: 8, width, new_width: width, from: Place::ORIGIN };
    c.table("afra", afra, path, table, Target::Any)?;
    // How long a key frame is, it does not say.
    let offset = move |entry: &[u8]| {
        if width == Width::Four { Some(u32_at(entry, 8)?.into()) } else { u64_at(entry, 8) }
    };
    extents(c, "afra", afra, path, table, |entry| Some((offset(entry)?, 1)))
}

fn fragments(c: &mut Collector<'_>, flst: &BoxHeader, path: &BoxPath) -> Result<()> {
    const ENTRY: u16 = 14;
    let count = u16_at(c.fields("flst", flst, path, 2)?, 0).unwrap_or(0);
    for entry in entries("flst", flst, path, (2, count.into()), ENTRY)?.blocks(ENTRY.into()) {
        let bytes = c.reader.bytes(entry)?;
        // 0 is this file; others are those of a `dtbl` box.
        let (Some(offset), Some(len), Some(0)) = (u64_at(bytes, 0), u32_at(bytes, 8), u16_at(bytes, 12))
        else {
            continue;
        };
        to(c, "flst", flst, path, entry.start(), (offset, len.into()))?;
    }
    Ok(())
}

fn pointer(
    c: &mut Collector<'_>,
    name: &'static str,
    header: &BoxHeader,
    path: &BoxPath,
    at: u64,
) -> Result<()> {
    let fields = c.fields(name, header, path, at.saturating_add(16))?;
    let fields = fields.last_chunk::<16>();
    let Some((offset, len)) = fields.and_then(|fields| Some((u64_at(fields, 0)?, u64_at(fields, 8)?))) else {
        return Ok(());
    };
    to(c, name, header, path, header.content().start().saturating_add(at), (offset, len))
}

/// One offset of 64 bits.
fn to(
    c: &mut Collector<'_>,
    name: &'static str,
    header: &BoxHeader,
    path: &BoxPath,
    at: u64,
    (offset, len): (u64, u64),
) -> Result<()> {
    if offset == 0 && len == 0 {
        return Ok(());
    }
    let field = Some(Field { at, form: Form::U64 });
    let distance = Distance { field, from: Place::ORIGIN, to: Place::start(offset) };
    c.distance(name, header, path, distance, Target::Any)?;
    c.extent(name, header, path, Span::new(offset, offset.saturating_add(len.max(1))))
}

/// The entries of a table, as many as the box says: one that ends within them was cut, or is another.
fn entries(
    name: &'static str,
    header: &BoxHeader,
    path: &BoxPath,
    (at, count): (u64, u32),
    stride: u16,
) -> Result<Span> {
    let content = header.content();
    let needed = at.saturating_add(u64::from(count).saturating_mul(u64::from(stride)));
    if needed > content.len() {
        let kind = ErrorKind::Short { name, actual: content.len(), needed };
        return Err(Error::new(kind, header.span.start(), path));
    }
    Ok(Span::new(content.start().saturating_add(at), content.start().saturating_add(needed)))
}

/// The bytes that the entries of a table lead to.
fn extents(
    c: &mut Collector<'_>,
    name: &'static str,
    header: &BoxHeader,
    path: &BoxPath,
    table: Table,
    read: impl Fn(&[u8]) -> Option<(u64, u64)>,
) -> Result<()> {
    c.reader.expect(table.entries.len());
    for entry in table.entries.blocks(u64::from(table.stride)) {
        let Some((offset, len)) = read(c.reader.bytes(entry)?) else { continue };
        if len > 0 {
            c.extent(name, header, path, Span::new(offset, offset.saturating_add(len)))?;
        }
    }
    Ok(())
}
