//! Finding what is where: the boxes of the file, and what is opened of them.
//!
//! ```text
//!   file level   every header is read                          here
//!   moov         read whole                                    track.rs for its tracks
//!   moof         headers of its children, if they are wanted   here
//!   meta         headers of its children                       locator.rs
//!   mdat         its header is read, nothing else
//! ```

mod index;
mod locator;
mod plain;
mod track;
mod trailer;

use crate::box_type::FourCc;
use crate::cache::Cached;
use crate::error::{Error, ErrorKind, Result};
use crate::field::{four_cc, u32_at};
use crate::layout::{Container, Layout, Scope, Where};
use crate::limits::Limits;
use crate::path::BoxPath;
use crate::walk::Walk;
use locator::{Child, Locator};
use plain::Plain;
use prkit_plan::{BLOCK, Source, Span};
use std::collections::HashMap;

impl Layout {
    /// Reads the structure of a file.
    ///
    /// A broken box ends the walk of its container and is remembered as a fault; what was found until then is kept.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Read`](crate::ErrorKind::Read) and [`ErrorKind::Limit`](crate::ErrorKind::Limit).
    pub fn locate(source: &dyn Source, scope: Scope, limits: Limits) -> Result<Self> {
        Self::locate_behind(Vec::new(), source, scope, limits)
    }

    /// The same where the first bytes were read already, to tell what the file is.
    ///
    /// # Errors
    ///
    /// As for [`locate`](Self::locate).
    pub fn locate_behind(head: Vec<u8>, source: &dyn Source, scope: Scope, limits: Limits) -> Result<Self> {
        Self::locate_in(&Cached::with_head(source, head), scope, limits, true)
    }

    /// The same, where an index of fragments that nobody asks for may be trusted for what it passes over, or not.
    pub(crate) fn locate_in(
        source: &Cached<'_>,
        scope: Scope,
        limits: Limits,
        trusts_indexes: bool,
    ) -> Result<Self> {
        let mut locator = Locator::new(source, scope, limits);
        locator.trusts_indexes = trusts_indexes;
        locator.file(source.len())?;
        if locator.layout.faults.iter().any(|fault| fault.path().is_file())
            && let Some(end) = trailer::start_of(&mut locator.reader)?
        {
            let mut up_to_trailer = Locator::new(source, scope, limits);
            up_to_trailer.file(end)?;
            up_to_trailer.layout.leftovers.push((Span::new(end, source.len()), BoxPath::file()));
            locator = up_to_trailer;
        }
        locator.layout.bytes_read = source.bytes_read();
        Ok(locator.layout)
    }

    /// The layout with what an index was trusted for: where none of the fragments was wanted, they were passed over
    /// (`--where moov`). It is read when somebody asks for it; most layouts are whole.
    ///
    /// # Errors
    ///
    /// As for [`locate`](Self::locate); [`ErrorKind::Refused`] where what was passed over has another `moov`.
    pub fn whole(&self, source: &dyn Source) -> Result<&Self> {
        self.whole_in(&self.over(source))
    }

    pub(crate) fn whole_in(&self, source: &Cached<'_>) -> Result<&Self> {
        if self.passed.is_none() {
            return Ok(self);
        }
        if let Some(whole) = self.whole.get() {
            return Ok(whole);
        }
        let whole = Self::locate_in(source, self.scope, self.limits, false)?.with_name(self.name());
        let spans = |layout: &Self| -> Vec<Span> {
            let containers = layout.containers.iter().map(|container| container.content);
            containers.chain(layout.pssh.iter().map(|pssh| pssh.header.span)).collect()
        };
        if spans(&whole) != spans(self) {
            let why = "among its fragments is a moov box that their index (sidx) passes over";
            return Err(Error::in_file(ErrorKind::Refused(why)));
        }
        Ok(self.whole.get_or_init(|| Box::new(whole)))
    }

    /// A source, and what was read of it for this layout.
    pub(crate) fn over<'s>(&self, source: &'s dyn Source) -> Cached<'s> {
        Cached::over(source, self.cache.clone())
    }
}

impl Locator<'_> {
    /// The boxes of the file, up to where what is no box begins.
    fn file(&mut self, end: u64) -> Result<()> {
        let file = Container {
            header: None,
            path: BoxPath::file(),
            place: Where::File,
            depth: 0,
            parent: None,
            content: Span::new(0, end),
            children: Vec::new(),
        };
        self.layout.containers.push(file);
        self.walk(Walk::file(end), &BoxPath::file(), &mut |this, child| this.top(&child))
    }

    /// Whether what is in fragments is looked at, here or next: where an index is not trusted, fragments move.
    const fn reads_fragments(&self) -> bool {
        self.scope.moof || !self.trusts_indexes
    }

    fn top(&mut self, child: &Child<'_>) -> Result<()> {
        self.remember(0, child)?;
        self.reach(child.header.span.start());
        match &child.kind().code().0 {
            b"ftyp" | b"styp" if self.layout.brands.is_empty() => self.brands(child)?,
            b"moov" => self.moov(child)?,
            b"moof" => {
                self.layout.fragmented = true;
                self.moof_len = child.header.span.len();
                if self.scope.moof {
                    self.moof(child)?;
                }
                if self.reads_fragments() {
                    self.count_moof()?;
                }
            }
            b"meta" => self.meta(0, child)?,
            b"sidx" => self.index(child)?,
            _ => self.leaf(0, Where::File, child)?,
        }
        let next = if self.reads_fragments() { self.moof_len } else { 0 };
        self.reader.expect(next.saturating_add(64));
        Ok(())
    }

    fn brands(&mut self, child: &Child<'_>) -> Result<()> {
        let bytes = self.head(child, 1024)?;
        let major = four_cc(bytes);
        let compatible = bytes.get(8..).unwrap_or_default().as_chunks().0.iter().map(|code| FourCc(*code));
        let brands = major.into_iter().chain(compatible).collect();
        self.layout.brands = brands;
        Ok(())
    }

    fn moov(&mut self, child: &Child<'_>) -> Result<()> {
        self.reader.prefetch(child.header.span)?;
        if child.header.span.len() > BLOCK && !child.is_cut() {
            // Its parts stand far from each other. Whether a long one is worth it, the source decides.
            let end = child.header.span.end().saturating_add(64).min(self.reader.len());
            self.reader.source().hint(&[Span::new(child.header.span.start(), end)]);
        }
        self.is_plain_moov = child.header.span.len() <= BLOCK && !child.is_cut();
        let moov = self.enter(0, Where::Moov, child);
        let mut defaults = HashMap::new();
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
                    // What is broken in it is one where offsets are asked for.
                    this.leniently(|this| this.defaults(&child, &mut defaults))
                }
                b"meta" => this.meta(moov, &child),
                _ => this.leaf(moov, Where::Moov, &child),
            }
        })?;
        if core::mem::take(&mut self.is_plain_moov) {
            self.layout.plain_moov = Some(child.header.span.start());
        }
        for track in &mut self.layout.tracks {
            track.in_fragments = track.id.and_then(|id| defaults.get(&id).copied()).or(track.in_fragments);
        }
        Ok(())
    }

    /// `trex`: for each track of fragments its usual sample entry, and the usual size of its samples.
    fn defaults(&mut self, mvex: &Child<'_>, found: &mut HashMap<u32, (u32, u32)>) -> Result<()> {
        self.children(mvex, &mut |this, child| {
            if &child.kind().code().0 == b"trex" {
                let fields = this.head(&child, 24)?;
                let number = |at| u32_at(fields, at);
                found.extend(number(4).zip(number(8).zip(number(16))));
            }
            Ok(())
        })
    }

    fn moof(&mut self, child: &Child<'_>) -> Result<()> {
        self.reader.prefetch(child.header.span)?;
        let moof = self.enter(0, Where::Moof, child);
        let pssh = self.layout.pssh.len();
        let mut plain = Plain::new(child);
        self.children(child, &mut |this, child| {
            this.remember(moof, &child)?;
            plain.child(&mut this.reader, &child)?;
            match &child.kind().code().0 {
                b"meta" => this.meta(moof, &child),
                _ => this.leaf(moof, Where::Moof, &child),
            }
        })?;
        if !plain.is_so() {
            self.layout.unplain.push(child.header.span.start());
        }
        if self.layout.pssh.len() == pssh && !self.scope.all_containers {
            self.forget(moof);
        }
        Ok(())
    }
}
