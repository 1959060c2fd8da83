//! What is read of a fragment when somebody asks: the keys of its sample groups, and those of its PIFF boxes.

use crate::error::Result;
use crate::header::BoxHeader;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::path::{BoxPath, Counts};
use crate::reader::Reader;
use crate::seig::Seig;
use crate::senc::Senc;
use crate::track::{KeysFault, Unread};
use crate::walk::Walk;
use prkit_plan::{Source, Span};
use prkit_playready::SystemId;

/// What a fragment says about keys, otherwise than its track does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FragmentKeys {
    /// `sgpd`: keys of groups of its samples, and those that PIFF `senc` boxes name for all of them.
    pub seig: Vec<Seig>,
    /// Boxes about keys that are not read.
    pub unread: Vec<Unread>,
    /// Whether a `pssh` box of PlayReady's stands in the `moof`: keys that rotate have their objects there.
    pub has_playready: bool,
}

impl Layout {
    /// The keys that the track fragments of a `moof` name, the `index`th of the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`](crate::ErrorKind::Read). A broken box ends the search in its container.
    pub fn keys_of(&self, source: &dyn Source, index: u32, moof: &BoxHeader) -> Result<FragmentKeys> {
        if self.is_plain(moof) {
            let has_playready = self.has_playready_in(moof);
            return Ok(FragmentKeys { has_playready, ..FragmentKeys::default() });
        }
        let limits = Limits::default();
        let source = self.over(source);
        let mut reader = Reader::new(&source);
        reader.prefetch(moof.span)?;
        let path = BoxPath::file().child(moof.kind, index);
        let mut found = FragmentKeys::default();
        for (traf, path) in boxes(&mut reader, moof.content(), &path)? {
            if traf.kind.is_pssh() {
                // PIFF's form has its SystemID in the same place.
                let start = traf.content().start().saturating_add(4);
                let system = reader.bytes(Span::new(start, start.saturating_add(16)))?.first_chunk();
                let is_ours = |id: &[u8; 16]| SystemId::from_uuid_bytes(*id).is_playready();
                found.has_playready |= system.is_some_and(is_ours);
            }
            if traf.kind.code().0 != *b"traf" {
                continue;
            }
            for (child, path) in boxes(&mut reader, traf.content(), &path)? {
                let unread = |fault| Unread { path, offset: child.span.start(), fault };
                if child.kind.code().0 == *b"sgpd" {
                    match Seig::read(&mut reader, child.content(), limits)? {
                        Ok(groups) => found.seig.extend(groups),
                        Err(fault) => found.unread.push(unread(fault)),
                    }
                } else if child.kind.is_senc() {
                    let content = child.content();
                    let end = content.end().min(content.start().saturating_add(Senc::LEN));
                    match Senc::parse(child.kind, reader.bytes(Span::new(content.start(), end))?) {
                        None => found.unread.push(unread(KeysFault::Cut)),
                        Some(senc) if senc.version > 1 => {
                            found.unread.push(unread(KeysFault::Unknown(senc.version)));
                        }
                        Some(Senc { is_disputed: true, .. }) => {
                            found.unread.push(unread(KeysFault::OwnKey));
                        }
                        Some(Senc { key: Some((protected, iv_size, kid)), .. }) => {
                            found.seig.push(Seig { protected, iv_size, kid });
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The boxes in a span that are whole, with their paths.
fn boxes(reader: &mut Reader<'_>, span: Span, path: &BoxPath) -> Result<Vec<(BoxHeader, BoxPath)>> {
    let mut walk = Walk::new(span);
    let mut counts = Counts::default();
    let mut found = Vec::new();
    while let Some(next) = walk.next(reader, path) {
        let header = match next {
            Ok(header) if header.fits(span.end()) => header,
            Err(error) if matches!(error.kind(), crate::ErrorKind::Read(_)) => return Err(error),
            _ => break,
        };
        found.push((header, path.child(header.kind, counts.next(header.kind))));
    }
    Ok(found)
}

/// The contents of the boxes of a type in a span.
pub(crate) fn children(
    reader: &mut Reader<'_>,
    span: Span,
    code: [u8; 4],
    path: &BoxPath,
) -> Result<Vec<Span>> {
    let found = boxes(reader, span, path)?;
    Ok(found
        .iter()
        .filter(|(header, _)| header.kind.code().0 == code)
        .map(|(header, _)| header.content())
        .collect())
}
