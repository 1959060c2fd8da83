//! `meta` boxes (ISO/IEC 14496-12, 8.11.1): full boxes in ISO files, plain ones in QuickTime files.

use crate::error::Result;
use crate::reader::Reader;
use prkit_plan::Span;

/// Where the boxes in a `meta` box stand, by its content: the first child's type tells which of the two it is. One that
/// is too short for its version and flags holds none.
pub(crate) fn boxes_in(reader: &mut Reader<'_>, content: Span) -> Result<Option<Span>> {
    let head = Span::new(content.start(), content.end().min(content.start().saturating_add(8)));
    let head = reader.bytes(head)?;
    if matches!(head.get(4..8), Some(b"hdlr" | b"keys" | b"ilst" | b"mhdr")) {
        return Ok(Some(content));
    }
    Ok((head.len() >= 4).then(|| Span::new(content.start().saturating_add(4), content.end())))
}
