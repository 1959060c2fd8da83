//! Every structure that holds a position or a size, one file each.
//!
//! ```text
//!   structure                    counts from                      points at            file
//!   box sizes                    start of the box                 its end              ../header.rs
//!   stco, co64                   start of the file                chunks               stco.rs
//!   saio in moov                 start of the file                auxiliary data       saio.rs
//!   saio in moof                 base of the track fragment       auxiliary data       saio.rs
//!   tfhd base_data_offset        start of the file                base of the runs     traf.rs
//!   trun data_offset             base of the track fragment       samples              trun.rs
//!   sidx                         end of the sidx                  subsegments          sidx.rs
//!   ssix                         start of the subsegment          its levels           ssix.rs
//!   tfra, mfro                   start of the file, of mfra       moof, end of mfra    mfra.rs
//!   iloc                         start of the file, idat          items                iloc.rs
//!   gps, CTBO, afra, flst, …     start of the file                what vendors point at vendor.rs
//! ```
//!
//! Where samples and items are that a data reference leads to: `base.rs`.
//!
//! [`collect`] walks them in file order and hands every distance to a [`Sink`]: one that patches, one that compares.

pub(crate) mod base;
pub(crate) mod entries;
pub(crate) mod fingerprint;
pub(crate) mod iloc;
pub(crate) mod mfra;
pub(crate) mod saio;
pub(crate) mod sidx;
pub(crate) mod ssix;
pub(crate) mod stco;
pub(crate) mod traf;
pub(crate) mod trun;
pub(crate) mod vendor;

use crate::ahead::Ahead;
use crate::astray::AstrayFault;
use crate::cache::Cached;
use crate::error::{Error, ErrorKind, Result};
use crate::header::BoxHeader;
use crate::layout::Layout;
use crate::path::{BoxPath, Counts};
use crate::reader::Reader;
use crate::walk::Walk;
use prkit_plan::{Distance, Span, Table};
pub(crate) use saio::Senc;

/// The box that a distance stands in.
pub(crate) struct Owner<'a> {
    /// Name for reports; `co64` counts as `stco`.
    pub(crate) name: &'static str,
    pub(crate) header: BoxHeader,
    pub(crate) path: &'a BoxPath,
    /// The boxes around it, outermost first.
    pub(crate) around: &'a [BoxHeader],
}

impl Owner<'_> {
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.header.span.start(), self.path)
    }
}

/// What a pointer ought to point at. One that does not is reported, never repaired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// Media data.
    Media,
    /// The start of a `moof`.
    Moof,
    /// The start of a box of the file, or its end.
    Box,
    /// An origin of others, or something checked by its own file.
    Any,
}

/// What is done with the distances of a file.
pub(crate) trait Sink {
    fn distance(&mut self, owner: &Owner<'_>, distance: Distance, target: Target) -> Result<()>;
    fn table(&mut self, owner: &Owner<'_>, table: Table, target: Target) -> Result<()>;
    /// Bytes that a pointer says are media data.
    fn extent(&mut self, owner: &Owner<'_>, span: Span) -> Result<()>;
    /// A box with the encryption data of samples, which may have no pointer to it.
    fn encryption(&mut self, _: Span) -> Result<()> {
        Ok(())
    }
    /// Whether [`auxiliary`](Self::auxiliary) is called.
    fn wants_auxiliary(&self) -> bool {
        false
    }
    /// Where auxiliary data of samples is by an offset, and the `senc` boxes that hold it: as many bytes behind their first
    /// sample as the data of the offsets before has.
    fn auxiliary(&mut self, _: &Owner<'_>, _: Span, _behind: u64, _: &[Senc]) -> Result<()> {
        Ok(())
    }
    /// Sizes or offsets of auxiliary data that do not go with the `senc` box beside them; where that is asked for.
    fn unmatched(&mut self, _: &Owner<'_>, _: AstrayFault) {}
    /// Whether [`sample`](Self::sample) is called for every sample of a chunk or run.
    fn wants_samples(&self) -> bool {
        false
    }
    /// One sample.
    fn sample(&mut self, _: Span) {}
}

/// Whose distances are collected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// Those of these boxes of the file, by their starts: nothing outside them moves.
    Within(Vec<u64>),
    /// Those of the whole file.
    All,
}

impl Reach {
    /// Whether the distances in a box of the file are collected.
    pub(crate) fn holds(&self, header: &BoxHeader) -> bool {
        match self {
            Self::All => true,
            Self::Within(starts) => starts.contains(&header.span.start()),
        }
    }
}

/// Hands every distance of a file to a sink, in file order.
pub(crate) fn collect(
    layout: &Layout,
    source: &Cached<'_>,
    reach: &Reach,
    sink: &mut dyn Sink,
) -> Result<()> {
    // A box that says it is longer than the file would be read to an end that is not there.
    if let Some(fault) = layout.faults().first() {
        return Err(Error::in_file(ErrorKind::Broken(fault.to_string())));
    }
    let mut collector =
        Collector { reader: Reader::new(source), layout, sink, around: Vec::new(), identified: None };
    let mut counts = Counts::default();
    let mut subsegments = Vec::new();
    let is_asked = |header: &BoxHeader| reach.holds(header) || may_point_anywhere(header);
    let asked = layout.top().iter().filter(|header| is_asked(header) && is_read_whole(header));
    let mut ahead = Ahead::new(asked.map(|header| header.span));
    for header in layout.top() {
        let path = BoxPath::file().child(header.kind, counts.next(header.kind));
        if !is_asked(header) {
            continue;
        }
        ahead.reach(header.span.start(), source);
        collector.reader.expect(header.span.len().min(4096));
        match &header.kind.code().0 {
            b"moov" => collector.moov(header, &path)?,
            b"moof" => traf::collect_moof(&mut collector, header, &path)?,
            b"sidx" => subsegments = sidx::collect(&mut collector, header, &path)?,
            b"ssix" => ssix::collect(&mut collector, header, &path, &subsegments)?,
            b"mfra" => mfra::collect(&mut collector, header, &path)?,
            b"!mov" | b"!mof" | b"!six" => {
                let kind =
                    ErrorKind::Refused("compressed boxes hold offsets that cannot be changed in place");
                return Err(Error::new(kind, header.span.start(), &path));
            }
            _ => collector.holder(header, &path)?,
        }
    }
    Ok(())
}

/// A version that nobody defined may hold its offsets anywhere.
pub(crate) fn known_version(
    name: &'static str,
    header: &BoxHeader,
    path: &BoxPath,
    fields: &[u8],
    last: u8,
) -> Result<()> {
    match fields.first() {
        Some(version) if *version > last => {
            let kind = ErrorKind::UnknownVersion { name, version: *version };
            Err(Error::new(kind, header.span.start(), path))
        }
        _ => Ok(()),
    }
}

/// Boxes of which every byte is read, or nearly.
fn is_read_whole(header: &BoxHeader) -> bool {
    matches!(&header.kind.code().0, b"moov" | b"moof" | b"sidx" | b"ssix" | b"mfra" | b"meta" | b"meco")
}

/// Boxes whose offsets are no matter of one fragment or of `moov`: few bytes, and they may lead into filler anywhere.
fn may_point_anywhere(header: &BoxHeader) -> bool {
    matches!(&header.kind.code().0, b"meta" | b"meco") || vendor::is_known(header.kind)
}

/// Walks boxes for [`collect`].
pub(crate) struct Collector<'c> {
    pub(crate) reader: Reader<'c>,
    pub(crate) layout: &'c Layout,
    pub(crate) sink: &'c mut dyn Sink,
    around: Vec<BoxHeader>,
    /// `imda` boxes, where somebody asked.
    identified: Option<Vec<(u32, Span)>>,
}

impl Collector<'_> {
    /// Calls `each` for every child of a box; a broken one is an error here, because a distance may be behind it.
    pub(crate) fn children(
        &mut self,
        parent: &BoxHeader,
        content: Span,
        path: &BoxPath,
        each: &mut dyn FnMut(&mut Self, &BoxHeader, &BoxPath) -> Result<()>,
    ) -> Result<()> {
        self.around.push(*parent);
        let mut walk = Walk::new(content);
        let mut counts = Counts::default();
        while let Some(next) = walk.next(&mut self.reader, path) {
            let header = next?;
            if !header.fits(walk.end()) {
                let kind = ErrorKind::PastEnd {
                    code: header.kind.to_string(),
                    size: header.span.len(),
                    within: "its container",
                    past: header.span.end().saturating_sub(walk.end()),
                };
                return Err(Error::new(kind, header.span.start(), path));
            }
            each(self, &header, &path.child(header.kind, counts.next(header.kind)))?;
        }
        self.around.pop();
        Ok(())
    }

    /// Runs something as if still inside a box whose children are done.
    pub(crate) fn within(
        &mut self,
        parent: &BoxHeader,
        run: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.within_all(core::slice::from_ref(parent), run)
    }

    /// The same for several boxes, outermost first.
    pub(crate) fn within_all(
        &mut self,
        parents: &[BoxHeader],
        run: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let depth = self.around.len();
        self.around.extend_from_slice(parents);
        let result = run(self);
        self.around.truncate(depth);
        result
    }

    pub(crate) fn distance(
        &mut self,
        name: &'static str,
        header: &BoxHeader,
        path: &BoxPath,
        distance: Distance,
        target: Target,
    ) -> Result<()> {
        let owner = Owner { name, header: *header, path, around: &self.around };
        self.sink.distance(&owner, distance, target)
    }

    pub(crate) fn table(
        &mut self,
        name: &'static str,
        header: &BoxHeader,
        path: &BoxPath,
        table: Table,
        target: Target,
    ) -> Result<()> {
        let owner = Owner { name, header: *header, path, around: &self.around };
        self.sink.table(&owner, table, target)
    }

    pub(crate) fn extent(
        &mut self,
        name: &'static str,
        header: &BoxHeader,
        path: &BoxPath,
        span: Span,
    ) -> Result<()> {
        let owner = Owner { name, header: *header, path, around: &self.around };
        self.sink.extent(&owner, span)
    }

    pub(crate) fn auxiliary(
        &mut self,
        name: &'static str,
        header: &BoxHeader,
        path: &BoxPath,
        (data, behind): (Span, u64),
        senc: &[Senc],
    ) -> Result<()> {
        let owner = Owner { name, header: *header, path, around: &self.around };
        self.sink.auxiliary(&owner, data, behind, senc)
    }

    pub(crate) fn unmatched(
        &mut self,
        name: &'static str,
        (header, path): (&BoxHeader, &BoxPath),
        fault: AstrayFault,
    ) {
        let owner = Owner { name, header: *header, path, around: &self.around };
        self.sink.unmatched(&owner, fault);
    }

    /// The first `len` bytes of a box's content, or an error that says how many are missing.
    pub(crate) fn fields(
        &mut self,
        name: &'static str,
        header: &BoxHeader,
        path: &BoxPath,
        len: u64,
    ) -> Result<&[u8]> {
        let content = header.content();
        if content.len() < len {
            let kind = ErrorKind::Short { name, actual: content.len(), needed: len };
            return Err(Error::new(kind, header.span.start(), path));
        }
        self.reader.bytes(Span::new(content.start(), content.start().saturating_add(len)))
    }

    fn moov(&mut self, moov: &BoxHeader, path: &BoxPath) -> Result<()> {
        self.reader.prefetch(moov.span)?;
        self.children(moov, moov.content(), path, &mut |this, child, path| match &child.kind.code().0 {
            b"trak" => stco::collect_trak(this, child, path),
            // The layout has what is in it, if nothing of it is broken.
            b"mvex" => this.children(child, child.content(), path, &mut |this, child, path| {
                if &child.kind.code().0 == b"trex" {
                    this.fields("trex", child, path, 24).map(|_| ())
                } else {
                    Ok(())
                }
            }),
            b"cmov" => {
                let kind =
                    ErrorKind::Refused("a compressed moov holds offsets that cannot be changed in place");
                Err(Error::new(kind, child.span.start(), path))
            }
            _ => this.holder(child, path),
        })
    }

    /// A box that may hold items or positions of vendors, wherever it stands: `meta`, `meco`, `udta`.
    pub(crate) fn holder(&mut self, header: &BoxHeader, path: &BoxPath) -> Result<()> {
        match &header.kind.code().0 {
            b"meta" => iloc::collect_meta(self, header, path),
            b"meco" => self.children(header, header.content(), path, &mut |this, child, path| match &child
                .kind
                .code()
                .0
            {
                b"meta" => iloc::collect_meta(this, child, path),
                _ => Ok(()),
            }),
            b"udta" => self.children_until_broken(header, path, &mut |this, child, path| match &child
                .kind
                .code()
                .0
            {
                b"udta" => Ok(()),
                _ => this.holder(child, path),
            }),
            _ => vendor::collect(self, header, path),
        }
    }

    /// The children of a box in which other things than boxes stand, too: the first of those is the end.
    fn children_until_broken(
        &mut self,
        parent: &BoxHeader,
        path: &BoxPath,
        each: &mut dyn FnMut(&mut Self, &BoxHeader, &BoxPath) -> Result<()>,
    ) -> Result<()> {
        let (mut walk, mut end) = (Walk::new(parent.content()), parent.content().start());
        while let Some(Ok(header)) = walk.next(&mut self.reader, path)
            && header.fits(walk.end())
        {
            end = header.span.end();
        }
        self.children(parent, Span::new(parent.content().start(), end), path, each)
    }
}
