//! What is where in a file, as far as protection headers go.
//!
//! ```text
//!   file ┬ ftyp
//!        ├ pssh                      where: file
//!        ├ moov ┬ pssh               where: moov
//!        │      ├ trak ─ …           track.rs
//!        │      ├ free               slack
//!        │      └ meta ─ pssh        where: meta
//!        ├ moof ┬ traf
//!        │      └ pssh               where: moof
//!        ├ mdat                      its header is read, nothing else
//!        └ free                      slack
//! ```
//!
//! Read are top-level headers, `moov`, and the children of each `moof`. Where the offsets are is found out later, and
//! only when something moves (`distance/`).

use crate::box_type::{BoxType, FourCc};
use crate::distance::sidx;
use crate::error::{Error, ErrorKind, Result};
use crate::header::BoxHeader;
use crate::limits::Limits;
use crate::path::BoxPath;
use crate::reader::Reader;
use crate::track::{self, Track, four_cc};
use crate::walk::Walk;
use bytes::Bytes;
use prkit_plan::{Place, Source, Span};
use std::collections::HashSet;

/// `moov` to `tenc` is ten levels; twice that and more means nothing.
const MAX_DEPTH: u8 = 32;

/// Where a `pssh` box stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Where {
    /// At file level.
    File,
    /// In `moov`.
    Moov,
    /// In a `moof`.
    Moof,
    /// In a `meta` box.
    Meta,
}

/// Which places to look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope {
    /// `pssh` at file level.
    pub file: bool,
    /// `pssh` in `moov`.
    pub moov: bool,
    /// `pssh` in every `moof`. Without it fragments are not opened at all.
    pub moof: bool,
    /// `pssh` in `meta`.
    pub meta: bool,
    /// Remember every `moof` and `meta`, also those without `pssh`: for putting one in.
    pub all_containers: bool,
}

impl Default for Scope {
    fn default() -> Self {
        Self { file: true, moov: true, moof: true, meta: true, all_containers: false }
    }
}

impl Scope {
    /// Whether boxes that stand there are wanted.
    pub const fn has(self, place: Where) -> bool {
        match place {
            Where::File => self.file,
            Where::Moov => self.moov,
            Where::Moof => self.moof,
            Where::Meta => self.meta,
        }
    }
}

/// A box that holds `pssh` boxes, or could.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its header; `None` for the file.
    pub header: Option<BoxHeader>,
    /// Its path.
    pub path: BoxPath,
    /// What it is.
    pub place: Where,
    /// 0 for the file.
    pub depth: u16,
    /// Index of the container around it, `None` for the file.
    pub parent: Option<usize>,
    /// The bytes its children take.
    pub content: Span,
    /// Its children, in order.
    pub children: Vec<BoxHeader>,
}

/// A `pssh` box.
#[derive(Clone, Debug)]
pub struct PsshBox {
    /// Its header.
    pub header: BoxHeader,
    /// Its path.
    pub path: BoxPath,
    /// Index of the container it stands in.
    pub container: usize,
    /// What that container is.
    pub place: Where,
    /// The bytes behind its header, as far as they are there.
    pub content: Bytes,
    /// Whether it runs past the end of its container.
    pub cut: bool,
}

/// A `free` or `skip` box.
#[derive(Clone, Debug)]
pub struct SlackBox {
    /// Its header.
    pub header: BoxHeader,
    /// Its path.
    pub path: BoxPath,
}

/// What is where.
#[derive(Debug)]
pub struct Layout {
    len: u64,
    brands: Vec<FourCc>,
    fragmented: bool,
    containers: Vec<Container>,
    pssh: Vec<PsshBox>,
    slack: Vec<SlackBox>,
    tracks: Vec<Track>,
    faults: Vec<Error>,
    oddities: Vec<Error>,
    leftovers: Vec<(Span, BoxPath)>,
    bytes_read: u64,
}

impl Layout {
    /// Reads the structure of a file.
    ///
    /// A broken box ends the walk of its container and is remembered as a fault; what was found until then is kept.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`] and [`ErrorKind::Limit`].
    pub fn locate(source: &dyn Source, scope: Scope, limits: Limits) -> Result<Self> {
        Self::locate_behind(Vec::new(), source, scope, limits)
    }

    /// The same where the first bytes were read already, to tell what the file is.
    ///
    /// # Errors
    ///
    /// As for [`locate`](Self::locate).
    pub fn locate_behind(head: Vec<u8>, source: &dyn Source, scope: Scope, limits: Limits) -> Result<Self> {
        let mut locator = Locator::new(source, scope, limits);
        locator.reader = Reader::with_head(source, head);
        locator.file()?;
        locator.layout.bytes_read = locator.reader.bytes_read();
        Ok(locator.layout)
    }

    /// Length of the file.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file has no bytes.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `ftyp` or `styp`: the major brand, then the compatible ones.
    pub fn brands(&self) -> &[FourCc] {
        &self.brands
    }

    /// Whether there is a `moof`, or an `mvex` that announces some.
    pub const fn is_fragmented(&self) -> bool {
        self.fragmented
    }

    /// The containers, the file first.
    pub fn containers(&self) -> &[Container] {
        &self.containers
    }

    /// The `pssh` boxes, in file order.
    pub fn pssh(&self) -> &[PsshBox] {
        &self.pssh
    }

    /// Filler in the containers.
    pub fn slack(&self) -> &[SlackBox] {
        &self.slack
    }

    /// The tracks of `moov`.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// What is broken. A file with faults can be shown and is not edited.
    pub fn faults(&self) -> &[Error] {
        &self.faults
    }

    /// What is odd where it does not matter: inside sample entries.
    pub fn oddities(&self) -> &[Error] {
        &self.oddities
    }

    /// Bytes at the end of a container that are no box and are not zero.
    pub fn leftovers(&self) -> &[(Span, BoxPath)] {
        &self.leftovers
    }

    /// Bytes that were read to find all this.
    pub const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The boxes of the file.
    pub fn top(&self) -> &[BoxHeader] {
        self.containers.first().map_or(&[], |file| &file.children)
    }

    /// The fragments of the file, in order.
    pub fn moofs(&self) -> impl Iterator<Item = &BoxHeader> {
        self.top().iter().filter(|header| &header.kind.code().0 == b"moof")
    }

    /// The box of the file that a byte belongs to.
    pub(crate) fn top_at(&self, offset: u64) -> Option<&BoxHeader> {
        let top = self.top();
        let after = top.partition_point(|header| header.span.start() <= offset);
        after.checked_sub(1).and_then(|i| top.get(i)).filter(|header| header.span.contains(offset))
    }

    /// The headers of a container and those around it, innermost first, with their depths.
    pub(crate) fn ancestors(&self, container: usize) -> impl Iterator<Item = (BoxHeader, u16)> {
        let mut at = Some(container);
        core::iter::from_fn(move || {
            let container = self.containers.get(at?)?;
            at = container.parent;
            Some((container.header?, container.depth))
        })
    }
}

/// A child of a container, while it is looked at.
pub(crate) struct Child {
    pub(crate) header: BoxHeader,
    pub(crate) path: BoxPath,
    /// Where its bytes end: with it, or with its container when it runs past that.
    end: u64,
}

impl Child {
    pub(crate) const fn kind(&self) -> BoxType {
        self.header.kind
    }

    pub(crate) fn content(&self) -> Span {
        Span::new(self.header.content().start(), self.end)
    }

    pub(crate) const fn is_cut(&self) -> bool {
        !self.header.fits(self.end)
    }
}

/// Builds a layout.
pub(crate) struct Locator<'s> {
    reader: Reader<'s>,
    scope: Scope,
    limits: Limits,
    layout: Layout,
    boxes: usize,
    contents: HashSet<Bytes>,
    contents_len: u64,
    /// Bytes of the last fragment's `moof`: the next one will be about as long.
    moof_len: u64,
    lenient: bool,
}

impl<'s> Locator<'s> {
    fn new(source: &'s dyn Source, scope: Scope, limits: Limits) -> Self {
        let layout = Layout {
            len: source.len(),
            brands: Vec::new(),
            fragmented: false,
            containers: Vec::new(),
            pssh: Vec::new(),
            slack: Vec::new(),
            tracks: Vec::new(),
            faults: Vec::new(),
            oddities: Vec::new(),
            leftovers: Vec::new(),
            bytes_read: 0,
        };
        Self {
            reader: Reader::new(source),
            scope,
            limits,
            layout,
            boxes: 0,
            contents: HashSet::new(),
            contents_len: 0,
            moof_len: 0,
            lenient: false,
        }
    }

    fn file(&mut self) -> Result<()> {
        let len = self.layout.len;
        let file = Container {
            header: None,
            path: BoxPath::file(),
            place: Where::File,
            depth: 0,
            parent: None,
            content: Span::new(0, len),
            children: Vec::new(),
        };
        self.layout.containers.push(file);
        self.walk(Walk::file(len), &BoxPath::file(), &mut |this, child| this.top(&child))
    }

    fn top(&mut self, child: &Child) -> Result<()> {
        self.remember(0, child)?;
        match &child.kind().code().0 {
            b"ftyp" | b"styp" if self.layout.brands.is_empty() => self.brands(child)?,
            b"moov" => self.moov(child)?,
            b"moof" => {
                self.layout.fragmented = true;
                if self.scope.moof {
                    self.moof(child)?;
                }
            }
            b"meta" => self.meta(0, child)?,
            b"sidx" if self.scope.moof => self.hint(child)?,
            _ => self.leaf(0, Where::File, child)?,
        }
        let next = if self.scope.moof { self.moof_len } else { 0 };
        self.reader.expect(next.saturating_add(64));
        Ok(())
    }

    fn brands(&mut self, child: &Child) -> Result<()> {
        let bytes = self.head(child, 1024)?;
        let major = four_cc(bytes);
        let compatible = bytes.get(8..).unwrap_or_default().as_chunks().0.iter().map(|code| FourCc(*code));
        let brands = major.into_iter().chain(compatible).collect();
        self.layout.brands = brands;
        Ok(())
    }

    fn moov(&mut self, child: &Child) -> Result<()> {
        self.reader.prefetch(child.header.span)?;
        let moov = self.enter(0, Where::Moov, child);
        self.children(child, &mut |this, child| {
            this.remember(moov, &child)?;
            match &child.kind().code().0 {
                b"trak" => {
                    let track = track::read(this, moov, &child)?;
                    this.layout.tracks.push(track);
                    Ok(())
                }
                b"mvex" => {
                    this.layout.fragmented = true;
                    Ok(())
                }
                b"meta" => this.meta(moov, &child),
                _ => this.leaf(moov, Where::Moov, &child),
            }
        })
    }

    fn moof(&mut self, child: &Child) -> Result<()> {
        self.moof_len = child.header.span.len();
        let moof = self.enter(0, Where::Moof, child);
        let pssh = self.layout.pssh.len();
        self.children(child, &mut |this, child| {
            this.remember(moof, &child)?;
            match &child.kind().code().0 {
                b"meta" => this.meta(moof, &child),
                _ => this.leaf(moof, Where::Moof, &child),
            }
        })?;
        if self.layout.pssh.len() == pssh && !self.scope.all_containers {
            self.forget(moof);
        }
        Ok(())
    }

    /// `meta` is a full box in ISO files and a plain one in QuickTime files; the first child's type tells.
    pub(crate) fn meta(&mut self, parent: usize, child: &Child) -> Result<()> {
        let head = self.head(child, 8)?;
        let plain = matches!(head.get(4..8), Some(b"hdlr" | b"keys" | b"ilst" | b"mhdr"));
        // Too short for its version and flags, it holds nothing, and nothing can be put into it.
        if !plain && child.content().len() < 4 {
            return Ok(());
        }
        let meta = self.enter(parent, Where::Meta, child);
        let content = child.content();
        let content =
            if plain { content } else { Span::new(content.start().saturating_add(4), content.end()) };
        if let Some(container) = self.layout.containers.get_mut(meta) {
            container.content = content;
        }
        let pssh = self.layout.pssh.len();
        self.walk(Walk::new(content), &child.path, &mut |this, child| {
            this.remember(meta, &child)?;
            this.leaf(meta, Where::Meta, &child)
        })?;
        if self.layout.pssh.len() == pssh && !self.scope.all_containers {
            self.forget(meta);
        }
        Ok(())
    }

    /// `meta` of a track: the track becomes a container of its own, because its size depends on it.
    pub(crate) fn meta_of_track(&mut self, moov: usize, trak: &Child, meta: &Child) -> Result<()> {
        let track = self.enter(moov, Where::Moov, trak);
        let pssh = self.layout.pssh.len();
        self.meta(track, meta)?;
        if self.layout.pssh.len() == pssh {
            self.forget(track);
        }
        Ok(())
    }

    /// A `pssh` or `free` box, or one that does not matter.
    fn leaf(&mut self, container: usize, place: Where, child: &Child) -> Result<()> {
        if child.kind().is_free() && !child.is_cut() {
            self.layout.slack.push(SlackBox { header: child.header, path: child.path.clone() });
        }
        if !child.kind().is_pssh() || !self.scope.has(place) {
            return Ok(());
        }
        let content = child.content();
        if content.len() > self.limits.pssh_len {
            let limit = ErrorKind::Limit { what: "bytes in a pssh box", limit: self.limits.pssh_len };
            return Err(Error::new(limit, child.header.span.start(), &child.path));
        }
        let content = self.content(content, &child.path)?;
        self.layout.pssh.push(PsshBox {
            header: child.header,
            path: child.path.clone(),
            container,
            place,
            content,
            cut: child.is_cut(),
        });
        Ok(())
    }

    /// Equal boxes, as one in every fragment, share their bytes.
    fn content(&mut self, span: Span, path: &BoxPath) -> Result<Bytes> {
        let bytes = self.reader.bytes(span)?;
        if let Some(known) = self.contents.get(bytes) {
            return Ok(known.clone());
        }
        let bytes = Bytes::copy_from_slice(bytes);
        self.contents_len = self.contents_len.saturating_add(span.len());
        if self.contents_len > self.limits.pssh_total {
            let limit = ErrorKind::Limit { what: "bytes in pssh boxes", limit: self.limits.pssh_total };
            return Err(Error::new(limit, span.start(), path));
        }
        self.contents.insert(bytes.clone());
        Ok(bytes)
    }

    /// Where an index names the fragments, their pages can all be asked for at once.
    fn hint(&mut self, child: &Child) -> Result<()> {
        let spans = sidx::fragments(&mut self.reader, &child.header)?;
        self.reader.source().hint(&spans);
        Ok(())
    }

    fn enter(&mut self, parent: usize, place: Where, child: &Child) -> usize {
        let depth = self.layout.containers.get(parent).map_or(0, |parent| parent.depth).saturating_add(1);
        self.layout.containers.push(Container {
            header: Some(child.header),
            path: child.path.clone(),
            place,
            depth,
            parent: Some(parent),
            content: child.content(),
            children: Vec::new(),
        });
        self.layout.containers.len().saturating_sub(1)
    }

    /// Takes back the last container: there was nothing in it to edit.
    fn forget(&mut self, container: usize) {
        if container.saturating_add(1) == self.layout.containers.len()
            && let Some(gone) = self.layout.containers.pop()
        {
            self.boxes = self.boxes.saturating_sub(gone.children.len());
        }
    }

    fn remember(&mut self, container: usize, child: &Child) -> Result<()> {
        self.boxes = self.boxes.saturating_add(1);
        if self.boxes > self.limits.boxes {
            let limit = u64::try_from(self.limits.boxes).unwrap_or(u64::MAX);
            let kind = ErrorKind::Limit { what: "boxes", limit };
            return Err(Error::new(kind, child.header.span.start(), &child.path));
        }
        if let Some(container) = self.layout.containers.get_mut(container) {
            container.children.push(child.header);
        }
        Ok(())
    }

    /// Containers inside containers inside containers, as in no file that means something. They are not followed here,
    /// but other readers would.
    fn check_depth(&mut self, child: &Child) -> Result<()> {
        let (mut header, mut end) = (child.header, child.end);
        for _ in 0..MAX_DEPTH {
            if !header.kind.is_container() || !header.fits(end) {
                return Ok(());
            }
            end = header.span.end();
            let mut first = Walk::new(header.content());
            match first.next(&mut self.reader, &child.path) {
                Some(Ok(inner)) => header = inner,
                Some(Err(error)) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                Some(Err(_)) | None => return Ok(()),
            }
        }
        self.fault(Error::new(
            ErrorKind::TooDeep { limit: MAX_DEPTH },
            child.header.span.start(),
            &child.path,
        ));
        Ok(())
    }

    fn fault(&mut self, fault: Error) {
        if self.lenient {
            self.layout.oddities.push(fault);
        } else {
            self.layout.faults.push(fault);
        }
    }

    /// Inside sample entries, where fields differ by codec and age, a box that cannot be read is only odd: no `pssh`
    /// box and no offset is there.
    pub(crate) fn leniently(&mut self, look: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.lenient = true;
        let result = look(self);
        self.lenient = false;
        result
    }

    /// The first bytes of a box's content, as many as there are.
    pub(crate) fn head(&mut self, child: &Child, len: u64) -> Result<&[u8]> {
        let content = child.content();
        self.reader.bytes(Span::new(content.start(), content.end().min(content.start().saturating_add(len))))
    }

    /// Looks at every child of a box.
    pub(crate) fn children(
        &mut self,
        parent: &Child,
        each: &mut dyn FnMut(&mut Self, Child) -> Result<()>,
    ) -> Result<()> {
        self.walk(Walk::new(parent.content()), &parent.path, each)
    }

    /// Looks at every box in a span of a box.
    pub(crate) fn boxes_in(
        &mut self,
        span: Span,
        parent: &Child,
        each: &mut dyn FnMut(&mut Self, Child) -> Result<()>,
    ) -> Result<()> {
        self.walk(Walk::new(span), &parent.path, each)
    }

    fn walk(
        &mut self,
        mut walk: Walk,
        path: &BoxPath,
        each: &mut dyn FnMut(&mut Self, Child) -> Result<()>,
    ) -> Result<()> {
        let within = if path.is_file() { "the file" } else { "its container" };
        let mut counts = Counts::default();
        while let Some(next) = walk.next(&mut self.reader, path) {
            let header = match next {
                Ok(header) => header,
                Err(error) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                Err(fault) => {
                    self.fault(fault);
                    return Ok(());
                }
            };
            let child = Child {
                header,
                path: path.child(header.kind, counts.next(header.kind)),
                end: header.span.end().min(walk.end()),
            };
            if !header.fits(walk.end()) {
                let kind = ErrorKind::PastEnd {
                    code: header.kind.to_string(),
                    size: header.span.len(),
                    within,
                    past: header.span.end().saturating_sub(walk.end()),
                };
                self.fault(Error::new(kind, header.span.start(), path));
            }
            self.check_depth(&child)?;
            each(self, child)?;
        }
        let left = walk.leftover();
        if !left.is_empty() && self.reader.bytes(left)?.iter().any(|byte| *byte != 0) {
            self.layout.leftovers.push((left, path.clone()));
        }
        Ok(())
    }
}

/// How many boxes of each type there were.
#[derive(Default)]
pub(crate) struct Counts(Vec<(BoxType, u32)>);

impl Counts {
    pub(crate) fn next(&mut self, kind: BoxType) -> u32 {
        if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| *known == kind) {
            *count = count.saturating_add(1);
            return *count;
        }
        // Hostile files have a new type in every box; those beyond any real number share an index.
        if self.0.len() < 256 {
            self.0.push((kind, 0));
        }
        0
    }
}

impl Container {
    /// Whether it is such a container itself: a track that holds a `meta` is none.
    pub fn is(&self, place: Where) -> bool {
        self.place == place && self.header.is_none_or(|header| &header.kind.code().0 != b"trak")
    }

    /// Where something put in front of its `position`th child begins.
    pub fn offset_of(&self, position: usize) -> u64 {
        self.gap(position).offset()
    }

    /// The gap in front of its `position`th child, or behind the last one.
    pub(crate) fn gap(&self, position: usize) -> Place {
        let end = || self.children.last().map_or(self.content.start(), |child| child.span.end());
        let at = self.children.get(position).map_or_else(end, |child| child.span.start());
        Place::gap(at, self.depth)
    }

    /// How many of its children something may be put behind: nothing stands behind a box that goes to the end of the
    /// file, and `mfra` stays the last one.
    pub fn last_position(&self) -> usize {
        let is_last = |child: &BoxHeader| {
            child.form == crate::header::SizeForm::ToEnd || child.kind == BoxType::new(*b"mfra")
        };
        self.children
            .iter()
            .position(is_last)
            .filter(|_| self.header.is_none())
            .unwrap_or(self.children.len())
    }
}
