//! The walk of one container after the other, and what is remembered of it.
//!
//! A broken box ends the walk of its container and is remembered as a fault; only what cannot be read, and what breaks
//! a limit, ends it all.

use super::index::Indexed;
use super::plain::InMovie;
use crate::box_type::BoxType;
use crate::cache::Cached;
use crate::error::{Error, ErrorKind, Result};
use crate::header::BoxHeader;
use crate::layout::{Container, Layout, PsshBox, Scope, SlackBox, Where};
use crate::limits::{Limits, MAX_DEPTH};
use crate::meta;
use crate::path::{BoxPath, Counts};
use crate::reader::Reader;
use crate::seig::Seig;
use crate::track::{KeysFault, Unread};
use crate::walk::Walk;
use bytes::Bytes;
use prkit_plan::{Source as _, Span};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// A child of a container, while it is looked at.
pub(super) struct Child<'p> {
    pub(super) header: BoxHeader,
    /// The path of its container, and which of its type it is there.
    within: &'p BoxPath,
    index: u32,
    /// Where its bytes end: with it, or with its container when it runs past that.
    end: u64,
}

impl Child<'_> {
    /// Its path: few are asked for theirs.
    pub(super) fn path(&self) -> BoxPath {
        self.within.child(self.header.kind, self.index)
    }

    pub(super) const fn kind(&self) -> BoxType {
        self.header.kind
    }

    pub(super) fn content(&self) -> Span {
        Span::new(self.header.content().start(), self.end)
    }

    /// It, as what is not read because of its version.
    pub(super) fn unread(&self, fault: KeysFault) -> Unread {
        Unread { path: self.path(), offset: self.header.span.start(), fault }
    }

    pub(super) const fn is_cut(&self) -> bool {
        !self.header.fits(self.end)
    }
}

/// Builds a layout.
pub(super) struct Locator<'s> {
    pub(super) reader: Reader<'s>,
    pub(super) scope: Scope,
    pub(super) limits: Limits,
    pub(super) layout: Layout,
    boxes: usize,
    contents: BTreeSet<Bytes>,
    contents_len: u64,
    /// Bytes of the last fragment's `moof`: the next one will be about as long.
    pub(super) moof_len: u64,
    lenient: bool,
    /// Whether all is known that was seen of the `moov` that is walked.
    pub(super) is_plain_moov: bool,
    pub(super) indexed: Indexed,
    /// Whether an index may tell that nothing else is where it says that fragments are.
    pub(super) trusts_indexes: bool,
}

impl<'s> Locator<'s> {
    pub(super) fn new(source: &'s Cached<'s>, scope: Scope, limits: Limits) -> Self {
        let layout = Layout {
            len: source.len(),
            name: None,
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
            moofs: OnceLock::new(),
            cache: source.cache(),
            scope,
            limits,
            plain_moov: None,
            unplain: Vec::new(),
            passed: None,
            whole: OnceLock::new(),
        };
        Self {
            reader: Reader::new(source),
            scope,
            limits,
            layout,
            boxes: 0,
            contents: BTreeSet::new(),
            contents_len: 0,
            moof_len: 0,
            lenient: false,
            is_plain_moov: false,
            indexed: Indexed::default(),
            trusts_indexes: false,
        }
    }

    /// What stands in a `meta` box.
    pub(super) fn meta(&mut self, parent: usize, child: &Child<'_>) -> Result<()> {
        // What has no place for boxes is no container: nothing can be put into it.
        let Some(content) = meta::boxes_in(&mut self.reader, child.content())? else { return Ok(()) };
        let meta = self.enter(parent, Where::Meta, child);
        if let Some(container) = self.layout.containers.get_mut(meta) {
            container.content = content;
        }
        let pssh = self.layout.pssh.len();
        self.walk(Walk::new(content), &child.path(), &mut |this, child| {
            this.remember(meta, &child)?;
            this.leaf(meta, Where::Meta, &child)
        })?;
        if self.layout.pssh.len() == pssh && !self.scope.all_containers {
            self.forget(meta);
        }
        Ok(())
    }

    /// `meta` of a track: the track becomes a container of its own, because its size depends on it.
    pub(super) fn meta_of_track(&mut self, moov: usize, trak: &Child<'_>, meta: &Child<'_>) -> Result<()> {
        let track = self.enter(moov, Where::Moov, trak);
        let pssh = self.layout.pssh.len();
        self.meta(track, meta)?;
        if self.layout.pssh.len() == pssh {
            self.forget(track);
        }
        Ok(())
    }

    /// A `pssh` or `free` box, or one that does not matter.
    pub(super) fn leaf(&mut self, container: usize, place: Where, child: &Child<'_>) -> Result<()> {
        if child.kind().is_free() && !child.is_cut() {
            self.layout.slack.push(SlackBox { header: child.header, path: child.path() });
        }
        if !child.kind().is_pssh() || !self.scope.has(place) {
            return Ok(());
        }
        let content = child.content();
        if content.len() > self.limits.pssh_len {
            let limit = ErrorKind::Limit { what: "bytes in a pssh box", limit: self.limits.pssh_len };
            return Err(Error::new(limit, child.header.span.start(), &child.path()));
        }
        let content = self.content(child)?;
        self.layout.pssh.push(PsshBox {
            header: child.header,
            path: child.path(),
            container,
            place,
            content,
            cut: child.is_cut(),
        });
        Ok(())
    }

    /// Equal boxes, as one in every fragment, share their bytes.
    fn content(&mut self, child: &Child<'_>) -> Result<Bytes> {
        let span = child.content();
        let bytes = self.reader.bytes(span)?;
        if let Some(known) = self.contents.get(bytes) {
            return Ok(known.clone());
        }
        let bytes = Bytes::copy_from_slice(bytes);
        self.contents_len = self.contents_len.saturating_add(span.len());
        if self.contents_len > self.limits.pssh_total {
            let limit = ErrorKind::Limit { what: "bytes in pssh boxes", limit: self.limits.pssh_total };
            return Err(Error::new(limit, span.start(), &child.path()));
        }
        self.contents.insert(bytes.clone());
        Ok(bytes)
    }

    pub(super) fn enter(&mut self, parent: usize, place: Where, child: &Child<'_>) -> usize {
        let depth = self.layout.containers.get(parent).map_or(0, |parent| parent.depth).saturating_add(1);
        self.layout.containers.push(Container {
            header: Some(child.header),
            path: child.path(),
            place,
            depth,
            parent: Some(parent),
            content: child.content(),
            children: Vec::new(),
        });
        self.layout.containers.len().saturating_sub(1)
    }

    /// Takes back the last container: there was nothing in it to edit.
    pub(super) fn forget(&mut self, container: usize) {
        if container.saturating_add(1) == self.layout.containers.len()
            && let Some(gone) = self.layout.containers.pop()
        {
            self.boxes = self.boxes.saturating_sub(gone.children.len());
        }
    }

    pub(super) fn remember(&mut self, container: usize, child: &Child<'_>) -> Result<()> {
        self.boxes = self.boxes.saturating_add(1);
        if self.boxes > self.limits.boxes {
            let limit = u64::try_from(self.limits.boxes).unwrap_or(u64::MAX);
            let kind = ErrorKind::Limit { what: "boxes", limit };
            return Err(Error::new(kind, child.header.span.start(), &child.path()));
        }
        if let Some(container) = self.layout.containers.get_mut(container) {
            container.children.push(child.header);
        }
        Ok(())
    }

    /// Containers inside containers inside containers, as in no file that means something. They are not followed here,
    /// but other readers would.
    pub(super) fn check_depth(&mut self, child: &Child<'_>) -> Result<()> {
        let (mut header, mut end) = (child.header, child.end);
        let path = child.path();
        for _ in 0..MAX_DEPTH {
            if !header.kind.is_container() || !header.fits(end) {
                return Ok(());
            }
            end = header.span.end();
            let mut first = Walk::new(header.content());
            match first.next(&mut self.reader, &path) {
                Some(Ok(inner)) => header = inner,
                Some(Err(error)) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                Some(Err(_)) | None => return Ok(()),
            }
        }
        self.fault(Error::new(ErrorKind::TooDeep { limit: MAX_DEPTH }, child.header.span.start(), &path));
        Ok(())
    }

    pub(super) fn fault(&mut self, fault: Error) {
        if self.lenient {
            self.layout.oddities.push(fault);
        } else {
            self.layout.faults.push(fault);
        }
    }

    /// Inside sample entries, where fields differ by codec and age, a box that cannot be read is only odd: no `pssh`
    /// box and no offset is there.
    pub(super) fn leniently(&mut self, look: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.lenient = true;
        let result = look(self);
        self.lenient = false;
        result
    }

    /// The first bytes of a box's content, as many as there are.
    pub(super) fn head(&mut self, child: &Child<'_>, len: u64) -> Result<&[u8]> {
        let content = child.content();
        self.reader.bytes(Span::new(content.start(), content.end().min(content.start().saturating_add(len))))
    }

    /// The keys of a `sgpd` box.
    pub(super) fn groups(&mut self, sgpd: &Child<'_>) -> Result<Result<Vec<Seig>, KeysFault>> {
        Seig::read(&mut self.reader, sgpd.content(), Limits::default())
    }

    /// Looks at every child of a box.
    pub(super) fn children(
        &mut self,
        parent: &Child<'_>,
        each: &mut dyn FnMut(&mut Self, Child<'_>) -> Result<()>,
    ) -> Result<()> {
        self.walk(Walk::new(parent.content()), &parent.path(), each)
    }

    /// Looks at every box in a span of a box.
    pub(super) fn boxes_in(
        &mut self,
        span: Span,
        parent: &Child<'_>,
        each: &mut dyn FnMut(&mut Self, Child<'_>) -> Result<()>,
    ) -> Result<()> {
        self.walk(Walk::new(span), &parent.path(), each)
    }

    /// Passes over what an index is trusted for.
    fn pass(&mut self, walk: &mut Walk) {
        if let Some(passable) = self.indexed.passable.filter(|span| span.start() == walk.at()) {
            walk.pass_to(passable.end());
            self.indexed.passable = None;
            self.layout.passed = Some(passable);
        }
    }

    pub(super) fn walk(
        &mut self,
        mut walk: Walk,
        path: &BoxPath,
        each: &mut dyn FnMut(&mut Self, Child<'_>) -> Result<()>,
    ) -> Result<()> {
        let within = if path.is_file() { "the file" } else { "its container" };
        let mut counts = Counts::default();
        let in_movie = if self.is_plain_moov { InMovie::of(path) } else { None };
        loop {
            if path.is_file() {
                self.pass(&mut walk);
            }
            let Some(next) = walk.next(&mut self.reader, path) else { break };
            let header = match next {
                Ok(header) => header,
                Err(error) if matches!(error.kind(), ErrorKind::Read(_)) => return Err(error),
                Err(fault) => {
                    self.is_plain_moov = false;
                    self.fault(fault);
                    return Ok(());
                }
            };
            let child = Child {
                header,
                within: path,
                index: counts.next(header.kind),
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
            if header.kind.is_container() {
                self.check_depth(&child)?;
            }
            if let Some(place) = in_movie {
                self.is_plain_moov = self.is_plain_moov && place.is_plain(&mut self.reader, &child)?;
            }
            each(self, child)?;
        }
        let left = walk.leftover();
        self.is_plain_moov = self.is_plain_moov && (in_movie.is_none() || left.is_empty());
        if !left.is_empty() && self.reader.bytes(left)?.iter().any(|byte| *byte != 0) {
            self.layout.leftovers.push((left, path.clone()));
        }
        Ok(())
    }
}
