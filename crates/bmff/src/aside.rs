//! Where objects may stand that nothing reads: `pssh` boxes in a track, in its fragments or in `udta`, and boxes nobody knows.
//!
//! No specification puts a `pssh` box there (ISO/IEC 23001-7, 8.1.2), and players look for none. An edit leaves what it
//! finds; whoever asks for it can say so.

use crate::distance::Reach;
use crate::error::Result;
use crate::guard::unknown;
use crate::header::BoxHeader;
use crate::layout::{Layout, PsshBox};
use crate::path::BoxPath;
use crate::reader::Reader;
use bytes::Bytes;
use prkit_plan::{Source, Span};
use std::collections::HashSet;

/// A place that is not read for objects.
#[derive(Clone, Debug)]
pub struct Aside {
    /// The box.
    pub path: BoxPath,
    /// Where it is; of a box that is not known, where its content is.
    pub span: Span,
    /// Its header, if it is a `pssh` box.
    pub pssh: Option<BoxHeader>,
    /// Its content.
    pub content: Bytes,
}

/// How many are given.
const MOST: usize = 1024;

impl Layout {
    /// The `pssh` boxes that are in none of the places for them, and the contents of boxes that nobody knows, at most 1 MiB of
    /// those. Fragments that were not asked for are passed over, and so is filler.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`](crate::ErrorKind::Read).
    pub fn asides(&self, source: &dyn Source) -> Result<Vec<Aside>> {
        let source = &self.over(source);
        let reach = if self.scope.moof {
            Reach::All
        } else {
            let rest = self.top().iter().filter(|header| header.kind.code().0 != *b"moof");
            Reach::Within(rest.map(|header| header.span.start()).collect())
        };
        let found = unknown::find(self, source, &reach)?;
        let mut reader = Reader::new(source);
        let mut asides = Vec::new();
        // In the places that a scope leaves out, they are excluded and not overlooked.
        let known: HashSet<u64> = self.pssh.iter().map(start_of).collect();
        for (path, header) in found.pssh {
            if !known.contains(&header.span.start()) && !path.is_place_of_pssh() && asides.len() < MOST {
                let content = Bytes::copy_from_slice(reader.bytes(self.bounded(header.content()))?);
                asides.push(Aside { path, span: header.span, pssh: Some(header), content });
            }
        }
        for unknown in found.scanned.into_iter().filter(|unknown| !unknown.path.is_filler()) {
            if asides.len() < MOST {
                let content = Bytes::copy_from_slice(reader.bytes(unknown.span)?);
                asides.push(Aside { path: unknown.path, span: unknown.span, pssh: None, content });
            }
        }
        Ok(asides)
    }

    /// As much of a box as its limit allows.
    fn bounded(&self, content: Span) -> Span {
        Span::new(content.start(), content.end().min(content.start().saturating_add(self.limits.pssh_len)))
    }
}

fn start_of(pssh: &PsshBox) -> u64 {
    pssh.header.span.start()
}
