//! Patches of the distances that an edit changes.

use super::Edited;
use super::fit::{Absorbed, Change};
use crate::cache::Cached;
use crate::distance::fingerprint::Fingerprint;
use crate::distance::{self, Owner, Reach, Sink, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::{self, Unknown};
use crate::header::{BoxHeader, SizeForm};
use crate::layout::Layout;
use crate::path::BoxPath;
use bytes::Bytes;
use prkit_plan::{
    BLOCK, Distance, Moved, Place, Plan, Replacement, Shape, Source, Span, Splice, Strategy, Table, Width,
    With,
};
use prkit_playready::{Override, Overrides};
use std::collections::{BTreeMap, BTreeSet};

/// How many stale pointers are named one by one.
const NAMED: usize = 32;
/// More bytes called media where none is than any file with a future has.
const STRAY_EXTENTS: usize = 100_000;

/// A pointer that was wrong before the edit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stale {
    /// The structure it stands in.
    pub name: &'static str,
    /// Where that is.
    pub path: BoxPath,
    /// Offset of the box.
    pub offset: u64,
    /// The byte it points at.
    pub target: u64,
    /// What is wrong with that.
    pub why: &'static str,
}

/// A table that needs wider entries, and the boxes around it.
struct Wide {
    header: BoxHeader,
    table: Table,
    around: Vec<BoxHeader>,
}

struct Extent {
    name: &'static str,
    path: BoxPath,
    at: u64,
    span: Span,
}

/// Collects patches under a shape.
pub(super) struct Patcher<'a> {
    layout: &'a Layout,
    source: &'a Cached<'a>,
    splices: Vec<Splice>,
    shape: Shape,
    /// Tables made wider so far, by the start of their boxes.
    wide: BTreeMap<u64, Wide>,
    found_wide: Vec<Wide>,
    sizes: BTreeMap<u64, Replacement>,
    patches: Vec<Replacement>,
    patched: BTreeMap<&'static str, u64>,
    stale: Vec<Stale>,
    stale_count: u64,
    extents: Vec<Extent>,
    /// Where pointers lead whose targets are gone: they keep their numbers, and others count on from there.
    gone: BTreeMap<Place, u64>,
    reach: Option<Reach>,
    fingerprint: Fingerprint,
    block: Vec<u8>,
}

impl<'a> Patcher<'a> {
    pub(super) fn new(layout: &'a Layout, source: &'a Cached<'a>, splices: &[Splice]) -> Result<Self> {
        Ok(Self {
            layout,
            source,
            splices: splices.to_vec(),
            shape: Shape::new(splices.to_vec())?,
            wide: BTreeMap::new(),
            found_wide: Vec::new(),
            sizes: BTreeMap::new(),
            patches: Vec::new(),
            patched: BTreeMap::new(),
            stale: Vec::new(),
            stale_count: 0,
            extents: Vec::new(),
            gone: BTreeMap::new(),
            reach: None,
            fingerprint: Fingerprint::default(),
            block: Vec::new(),
        })
    }

    /// Sizes of the boxes that something changes in.
    pub(super) fn sizes(&mut self, containers: &[usize]) -> Result<()> {
        self.sizes.clear();
        let mut boxes: BTreeSet<(u64, u16)> = BTreeSet::new();
        let mut headers = Vec::new();
        for container in containers {
            headers.extend(self.layout.ancestors(*container));
        }
        for wide in self.wide.values() {
            let depths = 1_u16..;
            headers.extend(wide.around.iter().copied().zip(depths));
        }
        headers.retain(|(header, depth)| boxes.insert((header.span.start(), *depth)));
        for (header, depth) in headers {
            self.size(&header, depth)?;
        }
        Ok(())
    }

    fn size(&mut self, header: &BoxHeader, depth: u16) -> Result<()> {
        let Some(distance) = header.size(depth) else { return Ok(()) };
        let after = distance.after(&self.shape);
        if let Some(patch) =
            self.patch(&distance, after, "box size", header.span.start(), &BoxPath::file())?
        {
            self.sizes.insert(header.span.start(), patch);
        }
        Ok(())
    }

    /// Distances of everything that something may move under.
    pub(super) fn distances(&mut self, changes: &[Change], absorbed: &Absorbed) -> Result<()> {
        self.patches.clear();
        self.patched.clear();
        self.stale.clear();
        self.stale_count = 0;
        self.extents.clear();
        self.gone.clear();
        self.fingerprint = Fingerprint::default();
        // What is put behind the last byte moves nothing, and may lengthen a sample that runs past the end.
        let len = self.layout.len();
        if self.shape.moves_nothing() && !self.shape.splices().any(|splice| splice.from.offset() == len) {
            return Ok(());
        }
        let reach = self.reach(changes, absorbed);
        distance::collect(self.layout, self.source, &reach, self)?;
        self.reach = Some(reach);
        Ok(())
    }

    /// Refuses what would be wrong in boxes that nobody knows, and gives what was not looked through.
    pub(super) fn guard(&self) -> Result<Vec<Unknown>> {
        let Some(reach) = &self.reach else { return Ok(Vec::new()) };
        guard::check(self.layout, self.source, &self.shape, reach)
    }

    /// When nothing moves outside some boxes of the file, nothing outside them is asked.
    fn reach(&self, changes: &[Change], absorbed: &Absorbed) -> Reach {
        if absorbed.is_empty() || self.shape.shift() != 0 {
            return Reach::All;
        }
        let starts: Option<Vec<u64>> = changes
            .iter()
            .filter(|change| change.delta() != 0)
            .map(|change| {
                self.layout.ancestors(change.container).last().map(|(header, _)| header.span.start())
            })
            .collect();
        starts.map_or(Reach::All, Reach::Within)
    }

    /// Takes on the tables that turned out too narrow; `false` when there are none and the shape is final.
    pub(super) fn widen(&mut self) -> Result<bool> {
        if self.found_wide.is_empty() {
            return Ok(false);
        }
        for wide in self.found_wide.drain(..) {
            let depth = u16::try_from(wide.around.len()).unwrap_or(u16::MAX).saturating_add(1);
            let grown = wide.table.new_len().saturating_sub(wide.table.entries.len());
            self.splices.push(Splice {
                from: wide.header.start(),
                to: wide.header.end(depth),
                len: wide.header.span.len().saturating_add(grown),
            });
            self.wide.insert(wide.header.span.start(), wide);
        }
        self.shape = Shape::new(self.splices.clone())?;
        Ok(true)
    }

    /// The plan.
    pub(super) fn finish(
        mut self,
        mut replacements: Vec<Replacement>,
        taken: &[Span],
        overrides: Overrides,
        strategy: Strategy,
        why: String,
    ) -> Result<Edited> {
        for wide in self.wide.values() {
            replacements.extend(widened(wide, self.source)?);
        }
        if !self.sizes.is_empty() {
            self.patched.insert("size", u64::try_from(self.sizes.len()).unwrap_or(u64::MAX));
        }
        replacements.extend(self.sizes.into_values());
        replacements.append(&mut self.patches);
        if !overrides.has(Override::Stale) {
            check_media(&self.extents, taken, &mut replacements)?;
        }
        let plan = Plan::new(self.layout.len(), self.shape, replacements, strategy, why)?;
        Ok(Edited {
            plan,
            patched: self.patched,
            stale: self.stale,
            stale_count: self.stale_count,
            unscanned: Vec::new(),
            sizes: BTreeMap::new(),
            reach: self.reach,
            fingerprint: self.fingerprint,
        })
    }

    fn patch(
        &mut self,
        distance: &Distance,
        after: Option<i128>,
        name: &'static str,
        at: u64,
        path: &BoxPath,
    ) -> Result<Option<Replacement>> {
        match distance.changed(after) {
            prkit_plan::Change::Same => Ok(None),
            prkit_plan::Change::Stale => {
                let why = "points into bytes that are replaced";
                self.note(Stale { name, path: path.clone(), offset: at, target: distance.to.offset(), why });
                Ok(None)
            }
            prkit_plan::Change::TooFar(value) => {
                let kind = match distance.field {
                    Some(field) => ErrorKind::TooWide { name, value, width: field.form.width() },
                    None => ErrorKind::NoField { name },
                };
                Err(Error::new(kind, at, path))
            }
            prkit_plan::Change::To(bytes) => {
                let start = distance.field.map_or(0, |field| field.at);
                let bytes = Bytes::copy_from_slice(bytes.as_slice());
                let len = u64::try_from(bytes.len()).unwrap_or(0);
                let old = Span::new(start, start.saturating_add(len));
                Ok(Some(Replacement::of(old, With::Bytes(bytes))))
            }
        }
    }

    fn note(&mut self, stale: Stale) {
        self.stale_count = self.stale_count.saturating_add(1);
        if self.stale.len() < NAMED {
            self.stale.push(stale);
        }
    }

    /// Says what is wrong with a target, if anything.
    fn wrong(&self, target: u64, expected: Target) -> Option<&'static str> {
        if expected == Target::Any {
            return None;
        }
        let len = self.layout.len();
        let found = self.layout.top_at(target);
        match (expected, found) {
            (Target::Box, _) if target == len => None,
            (_, None) => Some("points past the end of the file"),
            (Target::Media, Some(header)) if !header.kind.is_opaque() => Some("does not point at media data"),
            (Target::Moof, Some(header))
                if header.span.start() != target || &header.kind.code().0 != b"moof" =>
            {
                Some("does not point at a moof")
            }
            (Target::Box, Some(header)) if header.span.start() != target => Some("does not point at a box"),
            _ => None,
        }
    }

    fn check(&mut self, owner: &Owner<'_>, target: u64, expected: Target) {
        if let Some(why) = self.wrong(target, expected) {
            let (offset, path) = (owner.header.span.start(), owner.path.clone());
            self.note(Stale { name: owner.name, path, offset, target, why });
        }
    }
}

impl Sink for Patcher<'_> {
    fn distance(&mut self, owner: &Owner<'_>, distance: Distance, target: Target) -> Result<()> {
        self.check(owner, distance.to.offset(), target);
        let from = match self.shape.moved(distance.from) {
            Moved::To(offset) => offset,
            Moved::Gone => *self
                .gone
                .get(&distance.from)
                .ok_or_else(|| owner.error(ErrorKind::Refused("it counts from a byte that is replaced")))?,
        };
        let after = distance.after_from(from, &self.shape);
        let value = after.unwrap_or_else(|| distance.now());
        if after.is_none() {
            let to = i128::from(from).saturating_add(value);
            let why = "the byte it leads to is replaced, and what it says would lead before the file";
            let to = u64::try_from(to).map_err(|_| owner.error(ErrorKind::Refused(why)))?;
            if self.gone.insert(distance.to, to).is_some_and(|other| other != to) {
                let why =
                    "it leads to the same byte as another does, that byte is replaced, and they would part";
                return Err(owner.error(ErrorKind::Refused(why)));
            }
        }
        self.fingerprint.fold(from, value);
        if let Some(patch) =
            self.patch(&distance, after, owner.name, owner.header.span.start(), owner.path)?
        {
            self.patches.push(patch);
            let count = self.patched.entry(owner.name).or_default();
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    fn table(&mut self, owner: &Owner<'_>, table: Table, target: Target) -> Result<()> {
        if self.shape.moved(table.from) == Moved::Gone {
            return Err(owner.error(ErrorKind::Refused("its offsets count from a byte that is replaced")));
        }
        let is_wide = self.wide.contains_key(&owner.header.span.start());
        let mut changed = 0_u64;
        let mut most = 0;
        let mut block = core::mem::take(&mut self.block);
        for span in table.entries.blocks(table.block(BLOCK)) {
            self.source.fetch(span, &mut block)?;
            for value in table.values(&block) {
                let at = table.from.offset().saturating_add(value);
                self.check(owner, at, target);
                self.fingerprint.planned_entry(&table, value, &self.shape);
                let after = table.moved(value, &self.shape);
                if after.is_none() {
                    let why = "points into bytes that are replaced";
                    let (offset, path) = (owner.header.span.start(), owner.path.clone());
                    self.note(Stale { name: owner.name, path, offset, target: at, why });
                }
                let after = after.unwrap_or(value);
                changed = changed.saturating_add(u64::from(after != value));
                most = most.max(after);
            }
        }
        self.block = block;
        if changed > 0 {
            *self.patched.entry(owner.name).or_default() =
                self.patched.get(owner.name).copied().unwrap_or(0).saturating_add(changed);
        }
        let overflows = table.width == Width::Four && u32::try_from(most).is_err();
        if overflows && !is_wide {
            return self.too_narrow(owner, table, most);
        }
        if changed > 0 && !is_wide {
            self.patches.push(Replacement::of(table.entries, With::Table(table)));
        }
        Ok(())
    }

    fn extent(&mut self, owner: &Owner<'_>, span: Span) -> Result<()> {
        let inside = |header: &BoxHeader| header.kind.is_opaque() && header.span.end() >= span.end();
        let is_there = !span.is_empty() && span.start() < self.layout.len();
        if !is_there || self.layout.top_at(span.start()).is_some_and(inside) {
            return Ok(());
        }
        if self.extents.len() >= STRAY_EXTENTS {
            let limit = u64::try_from(STRAY_EXTENTS).unwrap_or(u64::MAX);
            return Err(owner.error(ErrorKind::Limit { what: "pointers to where no media data is", limit }));
        }
        let (name, path, at) = (owner.name, owner.path.clone(), owner.header.span.start());
        self.extents.push(Extent { name, path, at, span });
        Ok(())
    }
}

impl Patcher<'_> {
    /// `stco` becomes `co64`; other tables have no wider form that is only wider.
    fn too_narrow(&mut self, owner: &Owner<'_>, table: Table, most: u64) -> Result<()> {
        if owner.name != "stco" {
            let kind = ErrorKind::TooWide { name: owner.name, value: i128::from(most), width: 4 };
            return Err(owner.error(kind));
        }
        let table = Table { new_width: Width::Eight, ..table };
        self.found_wide.push(Wide { header: owner.header, table, around: owner.around.to_vec() });
        Ok(())
    }
}

/// `stco` as `co64`: another type, a longer size, wider entries; bytes behind the entries stay.
fn widened(wide: &Wide, source: &dyn Source) -> Result<[Replacement; 2]> {
    let header = &wide.header;
    let grown = wide.table.new_len().saturating_sub(wide.table.entries.len());
    let size = header.span.len().saturating_add(grown);
    let mut head = Vec::new();
    let old = Span::new(header.span.start(), wide.table.entries.start());
    source.fetch(old, &mut head)?;
    let error = || {
        let kind = ErrorKind::TooWide { name: "co64 size", value: i128::from(size), width: 4 };
        Error::new(kind, header.span.start(), &BoxPath::file())
    };
    if let Some(code) = head.get_mut(4..8) {
        code.copy_from_slice(b"co64");
    }
    match header.form {
        SizeForm::Short => {
            let size = u32::try_from(size).map_err(|_| error())?;
            head.get_mut(..4).ok_or_else(error)?.copy_from_slice(&size.to_be_bytes());
        }
        SizeForm::Large => head.get_mut(8..16).ok_or_else(error)?.copy_from_slice(&size.to_be_bytes()),
        SizeForm::ToEnd => {}
    }
    Ok([
        Replacement::of(old, With::Bytes(Bytes::from(head))),
        Replacement::of(wide.table.entries, With::Table(wide.table)),
    ])
}

/// No changed byte may be one that a pointer calls media data, and no filler that was taken may hold any.
fn check_media(extents: &[Extent], taken: &[Span], replacements: &mut [Replacement]) -> Result<()> {
    replacements.sort_by_key(|replacement| (replacement.from, replacement.to));
    for extent in extents {
        let first = replacements.partition_point(|r| r.old().end() <= extent.span.start());
        let is_changed = replacements.get(first).is_some_and(|hit| {
            let old = hit.old();
            let inserted = old.is_empty() && extent.span.start() < old.start();
            old.start() < extent.span.end() && (inserted || old.overlaps(extent.span))
        });
        if is_changed || taken.iter().any(|taken| taken.overlaps(extent.span)) {
            let kind = ErrorKind::InMedia { name: extent.name, span: extent.span };
            return Err(Error::new(kind, extent.at, &extent.path));
        }
    }
    Ok(())
}
