//! A plan that somebody else made, or changed by hand: taken on if its result is what this crate would make.
//!
//! ```text
//!   spans and bytes ──▶ whole pssh boxes, boxes put in, filler        what the edit is
//!                   ──▶ all else                                      what has to follow from it
//!
//!   the first ones are planned again; the result has to be the same file, byte for byte
//! ```
//!
//! So a size, an offset or an entry of a table is right if it is what collecting finds for this shape, and nothing else of
//! the file can have become other bytes. No second list of what is allowed has to be kept.

use super::fit::{Absorbed, Change, is_nothing};
use super::planner::Planner;
use super::{Edited, in_order, refuse_signed, replaced};
use crate::box_type::BoxType;
use crate::error::{Error, ErrorKind, Result};
use crate::header::BoxHeader;
use crate::layout::{Container, Layout, Scope};
use crate::limits::Limits;
use bytes::Bytes;
use prkit_plan::{Laid, Place, Plan, Replacement, Source, Span, Splice, Strategy, With, first_difference};
use prkit_playready::Overrides;
use std::collections::BTreeMap;

/// Takes on an edit that is given as the spans that it replaces, in order, and what they become.
///
/// `layout` has all containers of the file ([`Scope::all_containers`]).
///
/// # Errors
///
/// [`ErrorKind::Foreign`] with the first byte that is no object, no filler and not what follows from these; what [`plan`](super::plan)
/// refuses.
pub fn adopt(
    layout: &Layout,
    source: &dyn Source,
    edits: &[(Span, Bytes)],
    strategy: Strategy,
    why: &str,
    overrides: Overrides,
) -> Result<Edited> {
    let given = Plan::splices(layout.len(), edits.iter().cloned(), strategy, why)?;
    if given.is_empty() {
        return Ok(Edited::from(Plan::unchanged(layout.len())));
    }
    if let Some(fault) = layout.faults().first() {
        return Err(Error::in_file(ErrorKind::Broken(fault.to_string())));
    }
    refuse_signed(layout, overrides)?;
    let laid = Laid::new(&given, source);
    let scope = Scope { all_containers: true, ..Scope::default() };
    let new = Layout::locate(&laid, scope, Limits::default())?.with_name(layout.name());
    let mut adopted = Adopted::new(layout, &new);
    for ((old, with), (_, new)) in edits.iter().zip(given.replaced()) {
        adopted.take(*old, new, with)?;
    }
    let changes = in_order(core::mem::take(&mut adopted.changes))?;
    let source = &layout.over(source);
    let planner = Planner { layout, source, overrides };
    planner.check_filler(&adopted.filler)?;
    let edited = planner.make(&changes, &adopted.filler, strategy, why.to_owned())?;
    if let Some(at) = first_difference(&edited.plan, &given, source)? {
        return Err(foreign(&given, at));
    }
    // What was an object or filler has not become anything else.
    let others = |layout: &Layout| layout.containers().iter().map(other_children).collect::<Vec<_>>();
    if let Some(fault) = new.faults().first() {
        return Err(Error::in_file(ErrorKind::NotAsPlanned(fault.to_string())));
    }
    if others(layout) != others(&new) {
        let first = edits.first().map_or(0, |(old, _)| old.start());
        return Err(foreign(&given, first));
    }
    Ok(edited)
}

/// The types of the boxes in a container that no edit puts in or takes out.
fn other_children(container: &Container) -> Vec<BoxType> {
    let others = container.children.iter().filter(|child| !child.kind.is_pssh() && !child.kind.is_free());
    others.map(|child| child.kind).collect()
}

/// The `pssh` boxes in bytes, type and content; none where anything but these and filler is in there.
pub fn protection_boxes(bytes: &[u8]) -> Option<Vec<(BoxType, &[u8])>> {
    let (mut found, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let len = u64::try_from(rest.len()).unwrap_or(u64::MAX);
        let header = BoxHeader::parse(rest, 0, len, false).ok()?;
        let (whole, after) = rest.split_at_checked(usize::try_from(header.span.end()).ok()?)?;
        let content = whole.get(usize::from(header.len)..)?;
        if header.kind.is_pssh() {
            found.push((header.kind, content));
        } else if !header.kind.is_free() || !is_nothing(content) {
            return None;
        }
        rest = after;
    }
    Some(found)
}

/// The span of the old file that a byte of the result takes the place of.
fn foreign(given: &Plan, at: u64) -> Error {
    let mut before = 0;
    for (old, new) in given.replaced() {
        if new.start() <= at && at < new.end().max(new.start().saturating_add(1)) {
            return Error::in_file(ErrorKind::Foreign { at, old });
        }
        if new.start() > at {
            break;
        }
        before = old.end();
    }
    Error::in_file(ErrorKind::Foreign { at, old: Span::empty(before) })
}

struct Adopted<'a> {
    layout: &'a Layout,
    /// The numbers of `pssh` boxes, by where they begin.
    pssh: BTreeMap<u64, usize>,
    /// The `free` boxes in the order of the file, each with its container and depth.
    free: Vec<(BoxHeader, usize, u16)>,
    /// The deepest container that has a child at a byte of the result; none where it has other containers.
    homes: Option<BTreeMap<u64, usize>>,
    /// What was put in last: where it ends in the result, and its container.
    put: Option<(u64, usize)>,
    changes: Vec<Change>,
    filler: Absorbed,
}

impl<'a> Adopted<'a> {
    /// Nothing yet of an edit of `layout` with the result `new`.
    fn new(layout: &'a Layout, new: &Layout) -> Self {
        let pssh = layout.pssh().iter().enumerate().map(|(index, pssh)| (pssh.header.span.start(), index));
        let in_order = layout.containers().iter().enumerate();
        let free = in_order.flat_map(|(index, container)| {
            let free = container.children.iter().filter(|child| child.kind.is_free());
            free.map(move |child| (*child, index, container.depth.saturating_add(1)))
        });
        let mut free: Vec<_> = free.collect();
        free.sort_by_key(|(free, ..)| free.span.start());
        let is_alike = new.containers().len() == layout.containers().len();
        Self {
            layout,
            pssh: pssh.collect(),
            free,
            homes: is_alike.then(|| homes(new)),
            put: None,
            changes: Vec::new(),
            filler: Absorbed::default(),
        }
    }

    /// One span: an object, something put in, filler, or what follows from others.
    fn take(&mut self, old: Span, new: Span, with: &Bytes) -> Result<()> {
        let foreign = || Error::in_file(ErrorKind::Foreign { at: new.start(), old });
        let here = self.pssh.get(&old.start()).copied();
        let is_whole =
            |index: &usize| self.layout.pssh().get(*index).is_some_and(|pssh| pssh.header.span == old);
        let are_protection = protection_boxes(with).is_some();
        if let Some(index) = here.filter(is_whole) {
            if !are_protection {
                return Err(foreign());
            }
            self.changes.push(replaced(self.layout, index, with)?);
            return Ok(());
        }
        if old.is_empty() && !with.is_empty() && are_protection {
            return self.put_in(old.start(), new, with).ok_or_else(foreign);
        }
        if let Some((free, container, depth)) = self.free_around(old) {
            // Of a box that begins here, the header is no content; a size of 0 would reach to the end of the file.
            let begins = old.start() == free.span.start() && !with.is_empty();
            let head = if begins { usize::from(free.len).min(with.len()) } else { 0 };
            let reaches = begins && with.starts_with(&[0; 4]);
            if reaches || !is_nothing(with.get(head..).unwrap_or_default()) {
                return Err(foreign());
            }
            self.filler_becomes(container, &free, depth, old, with);
        }
        // All else has to follow from the others, which the comparison tells.
        Ok(())
    }

    /// The `free` box that a span is in, or right behind: filler grows at its end, too.
    fn free_around(&self, old: Span) -> Option<(BoxHeader, usize, u16)> {
        let first = self.free.partition_point(|(free, ..)| free.span.end() < old.end());
        self.free.get(first).filter(|(free, ..)| free.span.start() <= old.start()).copied()
    }

    fn filler_becomes(&mut self, container: usize, free: &BoxHeader, depth: u16, old: Span, with: &Bytes) {
        let whole = old == free.span && with.is_empty();
        let from = if old.start() == free.span.start() {
            free.start()
        } else if old.start() == free.span.end() {
            Place::gap(free.span.end(), depth)
        } else {
            Place::start(old.start())
        };
        let to = if whole {
            free.end(depth)
        } else if old.end() == free.span.end() {
            Place::gap(free.span.end(), depth)
        } else {
            Place::start(old.end())
        };
        if !self.filler.taken.contains(&free.span) {
            self.filler.taken.push(free.span);
        }
        self.filler.containers.push(container);
        self.splice(from, to, with);
    }

    fn splice(&mut self, from: Place, to: Place, with: &Bytes) {
        let len = u64::try_from(with.len()).unwrap_or(u64::MAX);
        self.filler.splices.push(Splice { from, to, len });
        self.filler.replacements.push(Replacement { from, to, with: With::Bytes(with.clone()) });
    }

    /// Boxes are put into the container that has them as its children afterwards; none where no container has.
    fn put_in(&mut self, at: u64, new: Span, with: &Bytes) -> Option<()> {
        // What is put behind something that was put into a container without remembered children is a child of it, too.
        let behind = self.put.filter(|(end, _)| *end == new.start()).map(|(_, index)| index);
        let index = self.homes.as_ref()?.get(&new.start()).copied().or(behind)?;
        self.put = Some((new.end(), index));
        let gap = Place::gap(at, self.layout.containers().get(index)?.depth);
        let starts_with_filler = with.get(4..8).is_some_and(|kind| kind == b"free" || kind == b"skip");
        if starts_with_filler {
            self.filler.containers.push(index);
            self.splice(gap, gap, with);
            return Some(());
        }
        self.changes.push(Change {
            container: index,
            old: Span::empty(at),
            pssh: None,
            from: gap,
            to: gap,
            with: with.clone(),
            padded: Vec::new(),
        });
        Some(())
    }
}

/// The deepest container with a child, by where the child begins.
fn homes(layout: &Layout) -> BTreeMap<u64, usize> {
    let mut homes = BTreeMap::new();
    for (index, container) in layout.containers().iter().enumerate() {
        homes.extend(container.children.iter().map(|child| (child.span.start(), index)));
        // Of some containers no children are remembered: what is put into them is their first one.
        if container.children.is_empty() {
            homes.insert(container.content.start(), index);
        }
    }
    homes
}
