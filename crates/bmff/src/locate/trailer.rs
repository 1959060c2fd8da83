//! What programs put behind the last box and find from the end of the file: it is no box, and no box is broken by it.
//!
//! ```text
//!   … mdat │ data … SEFH version count entries: type, offset back from SEFH, length │ length SEFT   Samsung
//!   … mdat │ records … length │ 8db42d694ccc418790edff439fe026bf                                    Insta360
//!   … mdat │ … &&&& length        … APETAGEX …        TAG and 125 bytes                             dashcams, tags
//! ```

use crate::error::Result;
use crate::header::MAX_HEADER;
use crate::path::BoxPath;
use crate::reader::Reader;
use crate::walk::Walk;
use prkit_plan::Span;

/// Marks, and how far from the end of the file they begin.
const MARKS: &[(u64, &[u8])] = &[
    (4, b"SEFT"),
    (32, b"8db42d694ccc418790edff439fe026bf"),
    (8, b"&&&&"),
    (32, b"APETAGEX"),
    (128, b"TAG"),
];

/// Where such a trailer begins in a file whose boxes cannot be read to the end; `None` when there is none.
pub(super) fn start_of(reader: &mut Reader<'_>) -> Result<Option<u64>> {
    let len = reader.len();
    reader.prefetch(Span::new(len.saturating_sub(128), len))?;
    let mut marked = false;
    for (back, mark) in MARKS {
        let Some(at) = len.checked_sub(*back) else { continue };
        let mark_len = u64::try_from(mark.len()).unwrap_or(0);
        marked |= reader.bytes(Span::new(at, at.saturating_add(mark_len)))? == *mark;
    }
    if !marked {
        return Ok(None);
    }
    if let Some(start) = samsung(reader)? {
        return Ok(Some(start));
    }
    // Elsewhere it begins where the boxes end.
    let (mut walk, mut end) = (Walk::file(len), 0);
    while let Some(Ok(header)) = walk.next(reader, &BoxPath::file())
        && header.fits(len)
        && header.kind.code().0.iter().all(|byte| matches!(byte, b' '..=b'~' | 0xA9))
    {
        end = header.span.end();
    }
    Ok((MAX_HEADER < end && end < len).then_some(end))
}

/// Samsung's trailer says how far back its first part begins.
fn samsung(reader: &mut Reader<'_>) -> Result<Option<u64>> {
    const ENTRY: u64 = 12;
    let len = reader.len();
    let Some(tail) = len.checked_sub(8) else { return Ok(None) };
    let bytes = reader.bytes(Span::new(tail, len))?;
    let directory = match (little(bytes, 0), bytes.get(4..)) {
        (Some(directory), Some(b"SEFT")) => u64::from(directory),
        _ => return Ok(None),
    };
    let Some(head) = tail.checked_sub(directory) else { return Ok(None) };
    let bytes = reader.bytes(Span::new(head, tail.min(head.saturating_add(12))))?;
    let (Some(b"SEFH"), Some(count)) = (bytes.get(..4), little(bytes, 8)) else { return Ok(None) };
    let entries = Span::new(head.saturating_add(12), tail);
    let count = u64::from(count).min(entries.len().checked_div(ENTRY).unwrap_or(0));
    let mut back = 0;
    for entry in entries.blocks(ENTRY).take(usize::try_from(count).unwrap_or(0)) {
        back = back.max(little(reader.bytes(entry)?, 4).unwrap_or(0));
    }
    Ok(head.checked_sub(u64::from(back)))
}

fn little(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
