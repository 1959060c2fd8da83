//! When a fragment begins (ISO/IEC 14496-12, 8.8.12), in ticks of its track's clock.
//!
//! ```text
//!   tfdt   version flags │ base media decode time              4 or 8 bytes
//!   mdhd   version flags │ created, modified │ timescale │ …   4 or 8 bytes each, then 4
//!   sidx   version flags │ reference id │ timescale │ …        where a segment has no moov
//! ```

use crate::error::Result;
use crate::field::u32_at;
use crate::fragment::children;
use crate::header::BoxHeader;
use crate::layout::Layout;
use crate::path::BoxPath;
use crate::reader::Reader;
use prkit_plan::{Source, Span};

/// A point in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instant {
    /// Ticks since the beginning.
    pub ticks: u64,
    /// Ticks of a second; never 0.
    pub timescale: u32,
}

impl Layout {
    /// When the first track fragment of a `moof` begins, by its `tfdt`; `None` where the file does not say it: without
    /// `tfdt`, or in a segment without `moov` and `sidx`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`](crate::ErrorKind::Read).
    pub fn start_of(&self, source: &dyn Source, moof: &BoxHeader) -> Result<Option<Instant>> {
        let source = self.over(source);
        let mut reader = Reader::new(&source);
        let path = BoxPath::file();
        for traf in children(&mut reader, moof.content(), *b"traf", &path)? {
            let track = content(&mut reader, traf, *b"tfhd")?.and_then(|tfhd| u32_at(&tfhd, 4));
            let Some(tfdt) = content(&mut reader, traf, *b"tfdt")? else { continue };
            let ticks = match tfdt.first() {
                Some(1) => tfdt.get(4..12).and_then(|ticks| ticks.try_into().ok()).map(u64::from_be_bytes),
                _ => u32_at(&tfdt, 4).map(u64::from),
            };
            let timescale = self.timescale(&mut reader, track)?.filter(|timescale| *timescale > 0);
            return Ok(ticks.zip(timescale).map(|(ticks, timescale)| Instant { ticks, timescale }));
        }
        Ok(None)
    }

    fn timescale(&self, reader: &mut Reader<'_>, track: Option<u32>) -> Result<Option<u32>> {
        let path = BoxPath::file();
        let of_kind = |code: &[u8; 4]| self.top().iter().find(|header| &header.kind.code().0 == code);
        if let Some(moov) = of_kind(b"moov") {
            for trak in children(reader, moov.content(), *b"trak", &path)? {
                let tkhd = content(reader, trak, *b"tkhd")?;
                let id = tkhd.and_then(|tkhd| u32_at(&tkhd, if tkhd.first() == Some(&1) { 20 } else { 12 }));
                if id != track {
                    continue;
                }
                for mdia in children(reader, trak, *b"mdia", &path)? {
                    let mdhd = content(reader, mdia, *b"mdhd")?;
                    let at = |mdhd: &[u8]| if mdhd.first() == Some(&1) { 20 } else { 12 };
                    if let Some(timescale) = mdhd.and_then(|mdhd| u32_at(&mdhd, at(&mdhd))) {
                        return Ok(Some(timescale));
                    }
                }
            }
        }
        let Some(sidx) = of_kind(b"sidx") else { return Ok(None) };
        Ok(u32_at(reader.bytes(sidx.content())?, 8))
    }
}

/// The first bytes of the first box of a type in a span.
fn content(reader: &mut Reader<'_>, span: Span, code: [u8; 4]) -> Result<Option<Vec<u8>>> {
    let Some(first) = children(reader, span, code, &BoxPath::file())?.first().copied() else {
        return Ok(None);
    };
    let head = Span::new(first.start(), first.end().min(first.start().saturating_add(64)));
    Ok(Some(reader.bytes(head)?.to_vec()))
}
