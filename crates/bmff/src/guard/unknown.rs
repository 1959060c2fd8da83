//! The boxes to look through: those of unknown types, wherever known containers lead, and `free` boxes that hold something.

pub(crate) use super::known::is_known;
use super::{BUDGET, Unknown};
use crate::cache::Cached;
use crate::distance::{Reach, vendor};
use crate::edit::is_nothing;
use crate::error::{ErrorKind, Result};
use crate::header::BoxHeader;
use crate::layout::Layout;
use crate::limits::MAX_DEPTH;
use crate::meta::boxes_in;
use crate::path::{BoxPath, Counts};
use crate::reader::Reader;
use crate::walk::Walk;
use prkit_plan::Span;

/// What is looked through, and what is left of it.
pub(crate) struct Found {
    pub(crate) scanned: Vec<Unknown>,
    /// `pssh` boxes, wherever they stand but in a `moov` or a fragment that has nothing odd.
    pub(crate) pssh: Vec<(BoxPath, BoxHeader)>,
    pub(crate) left: Vec<Unknown>,
    /// Long `free` boxes, which come last: most of them hold zeros.
    long: Vec<(BoxPath, Span)>,
    budget: u64,
}

/// How many of those that are left are named.
const NAMED: usize = 32;
/// Bytes of a `free` box of which it is asked whether they are filler.
const FILLER: u64 = 64 * 1024;

pub(crate) fn find(layout: &Layout, source: &Cached<'_>, reach: &Reach) -> Result<Found> {
    let mut found =
        Found { scanned: Vec::new(), pssh: Vec::new(), left: Vec::new(), long: Vec::new(), budget: BUDGET };
    let mut reader = Reader::new(source);
    let mut counts = Counts::default();
    let file = BoxPath::file();
    for header in layout.top() {
        let index = counts.next(header.kind);
        match &header.kind.code().0 {
            // What does not move is looked for in no other fragment.
            b"moof" if !reach.holds(header) || layout.is_plain(header) => continue,
            // All of it is known.
            b"moov" if layout.plain_moov == Some(header.span.start()) => continue,
            b"moov" | b"moof" => reader.prefetch(header.span)?,
            _ => {}
        }
        found.look(&mut reader, header, (&file, index), layout.len(), 0)?;
    }
    for (path, span) in core::mem::take(&mut found.long) {
        found.take(&path, span);
    }
    Ok(found)
}

/// Boxes in which anybody may put boxes of their own. What is in sample entries, properties and references is known.
pub(crate) const fn is_descended(code: [u8; 4]) -> bool {
    matches!(
        &code,
        b"moov"
            | b"trak"
            | b"mdia"
            | b"minf"
            | b"gmhd"
            | b"dinf"
            | b"stbl"
            | b"mvex"
            | b"udta"
            | b"meta"
            | b"meco"
            | b"ilst"
            | b"moof"
            | b"traf"
            | b"mfra"
    )
}

impl Found {
    /// One box, the `index`th of its type in a container. Most are known and looked at no further.
    fn look(
        &mut self,
        reader: &mut Reader<'_>,
        header: &BoxHeader,
        (container, index): (&BoxPath, u32),
        file: u64,
        depth: u8,
    ) -> Result<()> {
        let code = header.kind.code().0;
        let content = header.content();
        if header.kind.is_free() {
            if content.len() > FILLER {
                self.long.push((container.child(header.kind, index), content));
            } else if !is_nothing(reader.bytes(content)?) {
                self.take(&container.child(header.kind, index), content);
            }
            return Ok(());
        }
        if header.kind.is_pssh() {
            self.pssh.push((container.child(header.kind, index), *header));
        }
        let is_table = code == *b"gps " && vendor::novatek_entries(reader, content, file)?.is_some();
        if is_descended(code) && depth < MAX_DEPTH {
            return self.inside(reader, header, &container.child(header.kind, index), file, depth);
        }
        if !is_table && !is_known(header.kind) {
            self.take(&container.child(header.kind, index), content);
        }
        Ok(())
    }

    /// The children of a box. What is no box any more is looked through as it is.
    fn inside(
        &mut self,
        reader: &mut Reader<'_>,
        header: &BoxHeader,
        path: &BoxPath,
        file: u64,
        depth: u8,
    ) -> Result<()> {
        let content = match &header.kind.code().0 {
            b"meta" => boxes_in(reader, header.content())?,
            _ => Some(header.content()),
        };
        let Some(content) = content else { return Ok(()) };
        let (mut walk, mut counts) = (Walk::new(content), Counts::default());
        let mut end = content.start();
        while let Some(next) = walk.next(reader, path) {
            let child = match next {
                Ok(child) if child.fits(content.end()) => child,
                Err(error) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                _ => break,
            };
            end = child.span.end();
            let index = counts.next(child.kind);
            self.look(reader, &child, (path, index), file, depth.saturating_add(1))?;
        }
        self.take(path, Span::new(end, content.end()));
        Ok(())
    }

    fn take(&mut self, path: &BoxPath, span: Span) {
        // Fewer bytes than a number has.
        if span.len() < 4 {
            return;
        }
        let len = span.len().min(self.budget);
        self.budget = self.budget.saturating_sub(len);
        let end = span.start().saturating_add(len);
        if len > 0 {
            self.scanned.push(Unknown { path: path.clone(), span: Span::new(span.start(), end) });
        }
        if end < span.end() && self.left.len() < NAMED {
            self.left.push(Unknown { path: path.clone(), span: Span::new(end, span.end()) });
        }
    }
}
