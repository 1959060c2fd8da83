//! The boxes to look through: those of unknown types, wherever known containers lead.

use super::known::is_known;
use super::{BUDGET, Unknown};
use crate::cache::Cached;
use crate::distance::vendor;
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
pub(super) struct Found {
    pub(super) scanned: Vec<Unknown>,
    pub(super) left: Vec<Unknown>,
    budget: u64,
}

/// How many of those that are left are named.
const NAMED: usize = 32;

pub(super) fn find(layout: &Layout, source: &Cached<'_>) -> Result<Found> {
    let mut found = Found { scanned: Vec::new(), left: Vec::new(), budget: BUDGET };
    let mut reader = Reader::new(source);
    let mut counts = Counts::default();
    let file = BoxPath::file();
    for header in layout.top() {
        let index = counts.next(header.kind);
        match &header.kind.code().0 {
            // Fragments hold no tables of the file, and `mfra` is known.
            b"moof" | b"mfra" => continue,
            b"moov" => reader.prefetch(header.span)?,
            _ => {}
        }
        found.look(&mut reader, header, (&file, index), layout.len(), 0)?;
    }
    Ok(found)
}

/// Boxes in which anybody may put boxes of their own. What is in sample entries, properties and references is known.
const fn is_descended(code: [u8; 4]) -> bool {
    matches!(
        &code,
        b"moov" | b"trak" | b"mdia" | b"minf" | b"dinf" | b"stbl" | b"mvex" | b"udta" | b"meta" | b"meco"
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
        let is_table = code == *b"gps " && {
            let content = header.content();
            let head = Span::new(content.start(), content.end().min(content.start().saturating_add(16)));
            vendor::novatek_entries(content, reader.bytes(head)?, file).is_some()
        };
        if is_descended(code) && depth < MAX_DEPTH {
            return self.inside(reader, header, &container.child(header.kind, index), file, depth);
        }
        if !is_table && !is_known(header.kind) {
            self.take(&container.child(header.kind, index), header.content());
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
