//! Item locations (ISO/IEC 14496-12, 8.11.3).
//!
//! ```text
//!   version flags │ widths: offset, length, base, index │ count │ items …
//!   1       3       4 × 4 bits                            2 or 4
//!   item    id     │ method │ data reference │ base_offset │ extent count │ extents …
//!           2 or 4   0 or 2   2                0, 4, 8       2
//!   extent  index │ offset │ length         widths 0, 4 or 8; 0 means the number is 0
//!
//!   method 0   file offset = base_offset + extent offset
//!   method 1   the same from the content of idat, in the same meta: moves as a whole
//!   method 2   from another item: moves as a whole
//! ```
//!
//! The data reference of an item is one of the `dref` in the same meta, and 0 this file.
//!
//! A base offset is a distance whose target is the origin of others, so no rule is needed for which of the two is
//! changed.

use super::base::{Base, refuse_unknown};
use super::{Collector, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::header::BoxHeader;
use crate::meta::boxes_in;
use crate::path::BoxPath;
use crate::reference::{ENTRY_HEAD, Home};
use prkit_plan::{Distance, Field, Form, Place, Span};

/// `iloc` of a `meta` box, ISO or QuickTime, wherever that stands.
pub(super) fn collect_meta(c: &mut Collector<'_>, meta: &BoxHeader, path: &BoxPath) -> Result<()> {
    let Some(children) = boxes_in(&mut c.reader, meta.content())? else { return Ok(()) };
    let mut found = Vec::new();
    let mut around = Around::default();
    c.children(meta, children, path, &mut |c, child, path| {
        match &child.kind.code().0 {
            b"iloc" => found.push((*child, path.clone())),
            b"idat" => around.idat = Some(child.content()),
            b"dinf" => references(c, child, path, &mut around.references)?,
            _ => {}
        }
        Ok(())
    })?;
    c.within(meta, |c| {
        found.iter().try_for_each(|(header, path)| {
            Iloc { c, header, path, at: header.content().start(), around: &around }.collect()
        })
    })
}

/// What item locations count in, beside the file.
#[derive(Default)]
struct Around {
    references: Vec<Home>,
    idat: Option<Span>,
}

fn references(c: &mut Collector<'_>, dinf: &BoxHeader, path: &BoxPath, found: &mut Vec<Home>) -> Result<()> {
    c.children(dinf, dinf.content(), path, &mut |c, dref, path| {
        if &dref.kind.code().0 != b"dref" {
            return Ok(());
        }
        let content = dref.content();
        let entries = Span::new(content.start().saturating_add(8).min(content.end()), content.end());
        c.children(dref, entries, path, &mut |c, entry, _| {
            let content = entry.content();
            let end = content.end().min(content.start().saturating_add(ENTRY_HEAD));
            let home = Home::parse(entry.kind, c.reader.bytes(Span::new(content.start(), end))?);
            found.push(home.seen_from(c.layout.name()));
            Ok(())
        })
    })
}

struct Iloc<'a, 'c> {
    c: &'a mut Collector<'c>,
    header: &'a BoxHeader,
    path: &'a BoxPath,
    at: u64,
    around: &'a Around,
}

/// What the bytes of an item are a part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    File,
    /// Moves as a whole.
    Part(Span),
    /// Another file, or another item.
    Unknown,
}

impl Iloc<'_, '_> {
    fn collect(&mut self) -> Result<()> {
        self.c.reader.expect(self.header.span.len());
        let version = self.number(1)?;
        if version > 2 {
            let version = u8::try_from(version).unwrap_or(u8::MAX);
            let kind = ErrorKind::UnknownVersion { name: "iloc", version };
            return Err(Error::new(kind, self.header.span.start(), self.path));
        }
        self.number(3)?;
        let widths = self.number(2)?;
        let nibble = |shift: u32| u8::try_from((widths >> shift) & 15).unwrap_or(0);
        let (offset, length, base) = (nibble(12), nibble(8), nibble(4));
        let index = if version > 0 { nibble(0) } else { 0 };
        let count = self.number(if version < 2 { 2 } else { 4 })?;
        for _ in 0..count {
            self.item(version, offset, length, base, index)?;
        }
        Ok(())
    }

    fn item(&mut self, version: u64, offset: u8, length: u8, base: u8, index: u8) -> Result<()> {
        self.number(if version < 2 { 2 } else { 4 })?;
        let method = if version == 0 { 0 } else { self.number(2)? & 15 };
        if method > 2 {
            let kind = ErrorKind::Refused("the construction method of an item (iloc) is none that is known");
            return Err(Error::new(kind, self.header.span.start(), self.path));
        }
        let reference = self.number(2)?;
        let reference = u16::try_from(reference).unwrap_or(0);
        if method == 0 && reference > 0 {
            let home = Home::numbered(&self.around.references, reference);
            refuse_unknown(&home, self.header, self.path)?;
        }
        let whole = self.whole(method, reference);
        let (base_field, base_value) = self.field(base)?;
        // No base is the start of the file, which stays where it is when something is put in front of everything.
        let has_base = base_field.is_some() && base_value != 0;
        let origin = if has_base { Place::start(base_value) } else { Place::ORIGIN };
        if whole == Whole::File && has_base {
            self.distance(base_field, Place::ORIGIN, origin)?;
        }
        for _ in 0..self.number(2)? {
            self.number(index)?;
            let (field, value) = self.field(offset)?;
            let length = self.number(length)?;
            let at = origin.offset().saturating_add(value);
            // No length is all that follows: what is put behind the last byte of the file would belong to it, too.
            let (start, rest) = match whole {
                Whole::File => (0, self.c.layout.len().saturating_add(1)),
                Whole::Part(part) => (part.start(), part.end()),
                Whole::Unknown => continue,
            };
            if whole == Whole::File {
                self.distance(field, origin, Place::start(at))?;
            }
            let at = at.saturating_add(start);
            let end = if length == 0 { rest } else { at.saturating_add(length) };
            self.c.extent("iloc", self.header, self.path, Span::new(at, end))?;
        }
        Ok(())
    }

    /// What the bytes of an item are a part of.
    fn whole(&mut self, method: u64, reference: u16) -> Whole {
        match method {
            0 if reference == 0 => Whole::File,
            0 => match Home::numbered(&self.around.references, reference) {
                Home::Here => Whole::File,
                home => match self.c.base_of(&home, None, Place::ORIGIN) {
                    Base::Identified(payload) => Whole::Part(payload),
                    _ => Whole::Unknown,
                },
            },
            1 => self.around.idat.map_or(Whole::Unknown, Whole::Part),
            _ => Whole::Unknown,
        }
    }

    fn distance(&mut self, field: Option<Field>, from: Place, to: Place) -> Result<()> {
        self.c.distance("iloc", self.header, self.path, Distance { field, from, to }, Target::Any)
    }

    /// A number and where it stands; no field when its width is 0.
    fn field(&mut self, width: u8) -> Result<(Option<Field>, u64)> {
        let at = self.at;
        let value = self.number(width)?;
        Ok(((width > 0).then_some(Field { at, form: Form::Bytes(width) }), value))
    }

    fn number(&mut self, width: u8) -> Result<u64> {
        let content = self.header.content();
        let end = self.at.saturating_add(u64::from(width));
        if end > content.end() || width > 8 {
            let needed = end.saturating_sub(content.start());
            let kind = ErrorKind::Short { name: "iloc", actual: content.len(), needed };
            return Err(Error::new(kind, self.header.span.start(), self.path));
        }
        let bytes = self.c.reader.bytes(Span::new(self.at, end))?;
        self.at = end;
        Ok(bytes.iter().fold(0, |n: u64, byte| (n << 8) | u64::from(*byte)))
    }
}
