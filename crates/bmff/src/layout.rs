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
//! How it is found: `locate/`. Where the offsets are is found out later, and only when something moves (`distance/`).

use crate::box_type::{BoxType, FourCc};
use crate::cache::Cache;
use crate::error::Error;
use crate::header::{BoxHeader, SizeForm};
use crate::limits::Limits;
use crate::path::BoxPath;
use crate::track::Track;
use bytes::Bytes;
use prkit_plan::{Place, Span};
use prkit_playready::SystemId;
use std::sync::OnceLock;

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

    /// How many of its children something has to be put behind: the type of the first box of a QuickTime `meta` tells
    /// that it has no version and flags.
    pub fn first_position(&self) -> usize {
        let is_plain = self.header.is_some_and(|header| header.content().start() == self.content.start());
        usize::from(self.is(Where::Meta) && is_plain)
    }

    /// How many of its children something may be put behind: nothing stands behind a box that goes to the end of the
    /// file, and `mfra` stays the last one.
    pub fn last_position(&self) -> usize {
        let is_last =
            |child: &BoxHeader| child.form == SizeForm::ToEnd || child.kind == BoxType::new(*b"mfra");
        self.children
            .iter()
            .position(is_last)
            .filter(|_| self.header.is_none())
            .unwrap_or(self.children.len())
    }
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

impl PsshBox {
    /// Whether it is PlayReady's: PIFF's form has its SystemID in the same place.
    pub(crate) fn is_playready(&self) -> bool {
        let id = self.content.get(4..).and_then(<[u8]>::first_chunk);
        id.is_some_and(|id| SystemId::from_uuid_bytes(*id).is_playready())
    }
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
    pub(crate) len: u64,
    /// The name of the file, where somebody told it.
    pub(crate) name: Option<Box<str>>,
    pub(crate) brands: Vec<FourCc>,
    pub(crate) fragmented: bool,
    pub(crate) containers: Vec<Container>,
    pub(crate) pssh: Vec<PsshBox>,
    pub(crate) slack: Vec<SlackBox>,
    pub(crate) tracks: Vec<Track>,
    pub(crate) faults: Vec<Error>,
    pub(crate) oddities: Vec<Error>,
    pub(crate) leftovers: Vec<(Span, BoxPath)>,
    pub(crate) bytes_read: u64,
    /// Where fragments stand among the boxes of the file, where somebody asked.
    pub(crate) moofs: OnceLock<Vec<usize>>,
    /// What was read for it.
    pub(crate) cache: Cache,
    pub(crate) scope: Scope,
    pub(crate) limits: Limits,
    /// Start of the `moov` in which nothing is unknown.
    pub(crate) plain_moov: Option<u64>,
    /// Starts of the fragments in which something may be about keys, or unknown, beside their `pssh` boxes.
    pub(crate) unplain: Vec<u64>,
    /// Fragments that an index was trusted for.
    pub(crate) passed: Option<Span>,
    /// The layout with them, where somebody asked.
    pub(crate) whole: OnceLock<Box<Self>>,
}

impl Layout {
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

    /// The layout of a file that has this name in its folder: what leads to that is in this file.
    #[must_use]
    pub fn with_name(mut self, name: Option<&str>) -> Self {
        self.name = name.map(Into::into);
        self
    }

    /// Its name, where somebody told it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
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

    /// The boxes of the file: of a layout that is not [`whole`](Self::whole) without those that were passed over.
    pub fn top(&self) -> &[BoxHeader] {
        self.containers.first().map_or(&[], |file| &file.children)
    }

    /// The fragments of the file, in order: of a layout that is not [`whole`](Self::whole) the last of them.
    pub fn moofs(&self) -> impl Iterator<Item = &BoxHeader> {
        self.top().iter().filter(|header| &header.kind.code().0 == b"moof")
    }

    /// The fragment that a byte belongs to, and its number from 0.
    pub fn moof_at(&self, offset: u64) -> Option<(usize, &BoxHeader)> {
        let top = self.top();
        let is_moof = |header: &BoxHeader| &header.kind.code().0 == b"moof";
        let moofs = self.moofs.get_or_init(|| {
            top.iter().enumerate().filter(|(_, header)| is_moof(header)).map(|(at, _)| at).collect()
        });
        let starts = |at: &usize| top.get(*at).is_some_and(|header| header.span.start() <= offset);
        let number = moofs.partition_point(starts).checked_sub(1)?;
        let header = moofs.get(number).and_then(|at| top.get(*at))?;
        header.span.contains(offset).then_some((number, header))
    }

    /// Whether the walk saw all that a fragment has, and nothing of it but `pssh` boxes is about keys, or unknown. Most are
    /// so, and need no second look.
    pub(crate) fn is_plain(&self, moof: &BoxHeader) -> bool {
        self.scope.moof && self.unplain.binary_search(&moof.span.start()).is_err()
    }

    /// Whether a `pssh` box of PlayReady's stands in a fragment, of a layout that has those of fragments.
    pub(crate) fn has_playready_in(&self, moof: &BoxHeader) -> bool {
        let start = self.pssh.partition_point(|pssh| pssh.header.span.start() < moof.span.start());
        let inside =
            self.pssh.iter().skip(start).take_while(|pssh| moof.span.contains(pssh.header.span.start()));
        inside.filter(|pssh| pssh.place == Where::Moof).any(PsshBox::is_playready)
    }

    /// The box of the file that a byte belongs to.
    pub(crate) fn top_at(&self, offset: u64) -> Option<&BoxHeader> {
        let top = self.top();
        let after = top.partition_point(|header| header.span.start() <= offset);
        after.checked_sub(1).and_then(|i| top.get(i)).filter(|header| header.span.contains(offset))
    }

    /// The track of fragments with this id.
    pub(crate) fn track(&self, id: u32) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == Some(id))
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

#[cfg(test)]
mod tests {
    use crate::{Insert, Layout, Limits, Request, Scope, plan};
    use bytes::Bytes;

    /// `ftyp`, and a `meta` with this between its header and its `hdlr`.
    fn file(fields: &[u8]) -> Vec<u8> {
        let mut file = b"\0\0\0\x10ftypqt  \0\0\0\0".to_vec();
        file.extend([0, 0, 0, 20 + u8::try_from(fields.len()).unwrap()]);
        file.extend([b"meta", fields, b"\0\0\0\x0Chdlr\0\0\0\0"].concat());
        file
    }

    #[test]
    fn the_first_box_of_a_quicktime_meta_stays_the_first() {
        let scope = Scope { all_containers: true, ..Scope::default() };
        for (fields, first) in [(&b""[..], 1), (&b"\0\0\0\0"[..], 0)] {
            let file = file(fields);
            let layout = Layout::locate(&file.as_slice(), scope, Limits::default()).unwrap();
            assert_eq!(layout.containers()[1].first_position(), first);
            for position in 0..2 {
                let boxes = Bytes::from_static(b"\0\0\0\x08free");
                let insert = vec![Insert { container: 1, position, boxes }];
                let request = Request { insert, ..Request::default() };
                let edited = plan(&layout, &file.as_slice(), &request);
                assert_eq!(edited.is_ok(), position >= first, "{position}: {edited:?}");
            }
        }
    }
}
