//! What is read of a fragment when somebody asks: the keys of its sample groups.

use crate::error::Result;
use crate::header::BoxHeader;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::path::BoxPath;
use crate::reader::Reader;
use crate::seig::Seig;
use crate::walk::Walk;
use prkit_plan::{Source, Span};

impl Layout {
    /// The keys that the track fragments of a `moof` name for groups of their samples.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`](crate::ErrorKind::Read). A broken box ends the search in its container.
    pub fn seig_of(&self, source: &dyn Source, moof: &BoxHeader) -> Result<Vec<Seig>> {
        let limits = Limits::default();
        let mut reader = Reader::new(source);
        reader.prefetch(moof.span)?;
        let path = BoxPath::file();
        let mut found = Vec::new();
        for traf in children(&mut reader, moof.content(), *b"traf", &path)? {
            for sgpd in children(&mut reader, traf, *b"sgpd", &path)? {
                found.extend(Seig::read(&mut reader, sgpd, limits)?);
            }
        }
        Ok(found)
    }
}

/// The contents of the boxes of a type in a span.
pub(crate) fn children(
    reader: &mut Reader<'_>,
    span: Span,
    code: [u8; 4],
    path: &BoxPath,
) -> Result<Vec<Span>> {
    let end = span.end();
    let mut walk = Walk::new(span);
    let mut found = Vec::new();
    while let Some(next) = walk.next(reader, path) {
        let header = match next {
            Ok(header) => header,
            Err(error) if matches!(error.kind(), crate::ErrorKind::Read(_)) => return Err(error),
            Err(_) => break,
        };
        if header.kind.code().0 == code {
            let content = header.content();
            found.push(Span::new(content.start(), content.end().min(end)));
        }
    }
    Ok(found)
}
