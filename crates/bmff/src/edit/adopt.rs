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
    let new = Layout::locate(&laid, scope, Limits::default())?;
    let mut adopted = Adopted { layout, new: &new, changes: Vec::new(), filler: Absorbed::default() };
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

/// Whether bytes are `pssh` boxes and filler from the first to the last one.
fn are_protection(bytes: &[u8]) -> bool {
    let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut at = 0_u64;
    while at < len {
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let Ok(header) = BoxHeader::parse(rest, at, len, false) else { return false };
        let is_whole = header.span.end() <= len && header.span.end() > at;
        let content = usize::try_from(header.span.end().saturating_sub(at))
            .ok()
            .and_then(|end| rest.get(usize::from(header.len)..end));
        let is_filler = header.kind.is_free() && content.is_some_and(is_nothing);
        if !is_whole || !(header.kind.is_pssh() || is_filler) {
            return false;
        }
        at = header.span.end();
    }
    true
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
    /// What the result has in it.
    new: &'a Layout,
    changes: Vec<Change>,
    filler: Absorbed,
}

impl Adopted<'_> {
    /// One span: an object, something put in, filler, or what follows from others.
    fn take(&mut self, old: Span, new: Span, with: &Bytes) -> Result<()> {
        let index = self.layout.pssh().iter().position(|pssh| pssh.header.span == old);
        if let Some(index) = index {
            if !are_protection(with) {
                return Err(Error::in_file(ErrorKind::Foreign { at: new.start(), old }));
            }
            self.changes.push(replaced(self.layout, index, with)?);
            return Ok(());
        }
        if old.is_empty() && !with.is_empty() && are_protection(with) {
            return self.put_in(old.start(), new, with);
        }
        if let Some((container, free, depth)) = self.free_around(old) {
            // Of a box that begins here, the header is no content; a size of 0 would reach to the end of the file.
            let begins = old.start() == free.span.start() && !with.is_empty();
            let head = if begins { usize::from(free.len).min(with.len()) } else { 0 };
            let reaches = begins && with.starts_with(&[0; 4]);
            if reaches || !is_nothing(with.get(head..).unwrap_or_default()) {
                return Err(Error::in_file(ErrorKind::Foreign { at: new.start(), old }));
            }
            self.filler_becomes(container, &free, depth, old, with);
        }
        // All else has to follow from the others, which the comparison tells.
        Ok(())
    }

    /// The `free` box that a span is in, or right behind: filler grows at its end, too.
    fn free_around(&self, old: Span) -> Option<(usize, BoxHeader, u16)> {
        self.layout.containers().iter().enumerate().find_map(|(index, container)| {
            let first = container.children.partition_point(|child| child.span.end() < old.end());
            let mut around =
                container.children.iter().skip(first).take_while(|child| child.span.start() <= old.start());
            let free = around.find(|child| child.kind.is_free() && old.end() <= child.span.end())?;
            Some((index, *free, container.depth.saturating_add(1)))
        })
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
        let to = match () {
            () if whole => free.end(depth),
            () if old.end() == free.span.end() => Place::gap(free.span.end(), depth),
            () => Place::start(old.end()),
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

    /// Boxes are put into the container that has them as its children afterwards.
    fn put_in(&mut self, at: u64, new: Span, with: &Bytes) -> Result<()> {
        let refused = || Error::in_file(ErrorKind::Foreign { at: new.start(), old: Span::empty(at) });
        let after = self.new.containers();
        if after.len() != self.layout.containers().len() {
            return Err(refused());
        }
        // Of some containers no children are remembered: what is put into them is their first one.
        let has_it = |container: &Container| {
            let mut children = container.children.iter();
            children.any(|child| child.span.start() == new.start())
                || container.children.is_empty() && container.content.start() == new.start()
        };
        // The deepest one: the first byte of a container is that of its first child only where both are put in.
        let index = after.iter().rposition(has_it).ok_or_else(refused)?;
        let container = self.layout.containers().get(index).ok_or_else(refused)?;
        let gap = Place::gap(at, container.depth);
        let starts_with_filler = with.get(4..8).is_some_and(|kind| kind == b"free" || kind == b"skip");
        if starts_with_filler {
            self.filler.containers.push(index);
            self.splice(gap, gap, with);
            return Ok(());
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
        Ok(())
    }
}
