//! Key ids of sample groups (ISO/IEC 23001-7, 6; ISO/IEC 14496-12, 8.9.3): keys that change within a track.
//!
//! ```text
//!   sgpd   version flags │ "seig" │ default length    │ count │ [length] entry, [length] entry, …
//!          1       3       4        4 (from version 1)  4
//!                                   and 4 more (from version 2)
//!   entry  reserved │ pattern │ protected │ IV size │ key id │ …
//!          1          1         1           1         16
//! ```
//!
//! They stand in `moov/trak/mdia/minf/stbl`, or in the `traf` they are for.

use crate::box_type::{BoxType, FourCc};
use crate::error::{Error, ErrorKind, Result};
use crate::header::BoxHeader;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::path::BoxPath;
use crate::reader::Reader;
use crate::walk::Walk;
use prkit_plan::{Source, Span};
use prkit_playready::KeyId;
use std::collections::HashMap;

/// A `sgpd` box with keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyGroup {
    /// Where it stands.
    pub path: BoxPath,
    /// Its first byte.
    pub offset: u64,
    /// The fragment it is in; `None` in `moov`.
    pub moof: Option<Span>,
    /// The keys of its protected entries, each once.
    pub kids: Vec<KeyId>,
}

/// Finds the key ids of all sample groups.
///
/// # Errors
///
/// [`ErrorKind::Read`], [`ErrorKind::Limit`] for more boxes than any file has. What is broken ends the walk of its
/// container; [`Layout::locate`] says so.
pub fn key_groups(layout: &Layout, source: &dyn Source, limits: Limits) -> Result<Vec<KeyGroup>> {
    let mut search = Search { reader: Reader::new(source), limits, boxes: 0, found: Vec::new() };
    let (mut moovs, mut moofs) = (0, 0);
    for top in layout.top() {
        let (name, count) = match &top.kind.code().0 {
            b"moov" => (b"trak", &mut moovs),
            b"moof" => (b"traf", &mut moofs),
            _ => continue,
        };
        let path = BoxPath::file().child(top.kind, *count);
        *count = count.saturating_add(1);
        search.reader.prefetch(top.span)?;
        let moof = (top.kind.code() == FourCc(*b"moof")).then_some(top.span);
        let steps: &[[u8; 4]] = if moof.is_some() { &[] } else { &[*b"mdia", *b"minf", *b"stbl"] };
        search.descend(top, &path, *name, steps, moof)?;
    }
    Ok(search.found)
}

struct Search<'s> {
    reader: Reader<'s>,
    limits: Limits,
    boxes: usize,
    found: Vec<KeyGroup>,
}

impl Search<'_> {
    /// Goes into all children of one name, then into those of the next.
    fn descend(
        &mut self,
        within: &BoxHeader,
        path: &BoxPath,
        name: [u8; 4],
        steps: &[[u8; 4]],
        moof: Option<Span>,
    ) -> Result<()> {
        for (child, path) in self.children(within, path)? {
            if child.kind.code().0 != name {
                continue;
            }
            match steps.split_first() {
                Some((next, steps)) => self.descend(&child, &path, *next, steps, moof)?,
                None => self.groups(&child, &path, moof)?,
            }
        }
        Ok(())
    }

    fn groups(&mut self, within: &BoxHeader, path: &BoxPath, moof: Option<Span>) -> Result<()> {
        for (child, path) in self.children(within, path)? {
            if child.kind.code().0 != *b"sgpd" {
                continue;
            }
            let content = child.content();
            if content.len() > self.limits.pssh_len {
                let limit = ErrorKind::Limit { what: "bytes in a sgpd box", limit: self.limits.pssh_len };
                return Err(Error::new(limit, child.span.start(), &path));
            }
            let kids = parse(self.reader.bytes(content)?).unwrap_or_default();
            if !kids.is_empty() {
                self.found.push(KeyGroup { path, offset: child.span.start(), moof, kids });
            }
        }
        Ok(())
    }

    fn children(&mut self, within: &BoxHeader, path: &BoxPath) -> Result<Vec<(BoxHeader, BoxPath)>> {
        let mut walk = Walk::new(within.content());
        let mut children = Vec::new();
        let mut counts: HashMap<BoxType, u32> = HashMap::new();
        while let Some(next) = walk.next(&mut self.reader, path) {
            let child = match next {
                Ok(child) => child,
                Err(error) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                Err(_) => break,
            };
            self.boxes = self.boxes.saturating_add(1);
            if self.boxes > self.limits.boxes {
                let limit = u64::try_from(self.limits.boxes).unwrap_or(u64::MAX);
                let limit = ErrorKind::Limit { what: "boxes", limit };
                return Err(Error::new(limit, child.span.start(), path));
            }
            let index = counts.entry(child.kind).or_default();
            children.push((child, path.child(child.kind, *index)));
            *index = index.saturating_add(1);
        }
        Ok(children)
    }
}

/// The keys of the protected entries; `None` for another grouping, or one that is cut.
fn parse(content: &[u8]) -> Option<Vec<KeyId>> {
    let ([version, ..], rest) = content.split_first_chunk::<4>()?;
    let rest = rest.strip_prefix(b"seig")?;
    let mut rest = rest;
    let mut number = || {
        let (number, after) = rest.split_first_chunk()?;
        rest = after;
        usize::try_from(u32::from_be_bytes(*number)).ok()
    };
    let default = if *version >= 1 { number()? } else { 0 };
    if *version >= 2 {
        number()?;
    }
    let count = number()?;
    let mut kids = Vec::new();
    for _ in 0..count {
        // Version 0 has no lengths: an entry tells by itself.
        let len = match (*version, default) {
            (0, _) => entry_len(rest)?,
            (_, 0) => {
                let (len, after) = rest.split_first_chunk()?;
                rest = after;
                usize::try_from(u32::from_be_bytes(*len)).ok()?
            }
            (_, len) => len,
        };
        let (entry, after) = rest.split_at_checked(len)?;
        rest = after;
        if let Some(([_, _, protected, _], kid)) = entry.split_first_chunk::<4>()
            && let Some(kid) = kid.first_chunk()
            && *protected != 0
        {
            let kid = KeyId::from_uuid_bytes(*kid);
            if !kids.contains(&kid) {
                kids.push(kid);
            }
        } else if entry.len() < 20 {
            return None;
        }
    }
    Some(kids)
}

/// Four bytes, the key id, and a constant initialisation vector where there is one.
fn entry_len(entry: &[u8]) -> Option<usize> {
    const PLAIN: usize = 20;
    match entry.get(2..4)? {
        [1, 0] => usize::from(*entry.get(PLAIN)?).checked_add(PLAIN)?.checked_add(1),
        _ => Some(PLAIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sgpd(version: u8, default: Option<u32>, entries: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![version, 0, 0, 0];
        bytes.extend(b"seig");
        bytes.extend(default.into_iter().flat_map(u32::to_be_bytes));
        bytes.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
        for entry in entries {
            if default == Some(0) {
                bytes.extend(u32::try_from(entry.len()).unwrap().to_be_bytes());
            }
            bytes.extend(*entry);
        }
        bytes
    }

    fn entry(protected: u8, kid: u8) -> Vec<u8> {
        [&[0, 0, protected, 8][..], &[kid; 16]].concat()
    }

    #[test]
    fn keys_are_read_from_every_version() {
        let kids = [KeyId::from_uuid_bytes([7; 16]), KeyId::from_uuid_bytes([9; 16])];
        let (a, b, clear) = (entry(1, 7), entry(1, 9), entry(0, 3));
        assert_eq!(parse(&sgpd(1, Some(20), &[&a, &b, &a])).unwrap(), kids);
        assert_eq!(parse(&sgpd(1, Some(0), &[&a, &clear, &b])).unwrap(), kids);
        let constant = [&[0, 0x19, 1, 0][..], &[7; 16], &[2, 1, 1]].concat();
        assert_eq!(parse(&sgpd(0, None, &[&constant, &b])).unwrap(), kids);
    }

    #[test]
    fn other_groupings_and_absurd_counts_are_nothing() {
        let mut bytes = sgpd(1, Some(20), &[&entry(1, 7)]);
        bytes[12..16].copy_from_slice(&[0xFF; 4]);
        assert_eq!(parse(&bytes), None);
        bytes[4..8].copy_from_slice(b"roll");
        assert_eq!(parse(&bytes), None);
        // Entries of no length are no loop to wait for.
        assert_eq!(
            parse(&[1, 0, 0, 0, b's', b'e', b'i', b'g', 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]),
            None
        );
    }

    proptest! {
        #[test]
        fn no_content_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse(&[&b"\x01\0\0\0seig"[..], &bytes].concat());
        }
    }
}
