//! The proof that a written file is the planned one.
//!
//! The result is located again. Every box of the file stands where the plan moved it, every put byte is there, and
//! every distance that could have changed says what was planned for it: while planning, the distances are folded into
//! a fingerprint in new coordinates, and afterwards the new file's own distances have to give the same one. Kept bytes
//! are trusted to the copy here; `prkit_plan::check_kept` reads them all. So are fragments that an index was trusted for
//! while locating, where nothing moves (`locate/index.rs`).

use crate::cache::Cached;
use crate::distance::fingerprint::{Fingerprint, moved};
use crate::distance::{self, Owner, Sink, Target};
use crate::edit::Edited;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, Scope};
use crate::limits::Limits;
use prkit_plan::{BLOCK, Distance, Plan, Segment, Shape, Source, Span, Table};

/// Takes the fingerprint of a file as it is.
struct Taker<'a> {
    fingerprint: Fingerprint,
    source: &'a dyn Source,
}

impl Sink for Taker<'_> {
    fn distance(&mut self, _: &Owner<'_>, distance: Distance, _: Target) -> Result<()> {
        self.fingerprint.fold(distance.from.offset(), distance.now());
        Ok(())
    }

    fn table(&mut self, _: &Owner<'_>, table: Table, _: Target) -> Result<()> {
        let mut block = Vec::new();
        for span in table.entries.blocks(table.block(BLOCK)) {
            self.source.fetch(span, &mut block)?;
            for value in table.values(&block) {
                self.fingerprint.fold(table.from.offset(), i128::from(value));
            }
        }
        Ok(())
    }

    fn extent(&mut self, _: &Owner<'_>, _: Span) -> Result<()> {
        Ok(())
    }
}

/// Compares the structure of `new` with what was planned for it.
///
/// # Errors
///
/// [`ErrorKind::NotAsPlanned`] with the first difference; [`ErrorKind::Read`].
pub fn prove(old: &Layout, edited: &Edited, new: &dyn Source, limits: Limits) -> Result<()> {
    let plan = &edited.plan;
    if new.len() != plan.new_len() {
        return Err(differs(format!("it has {} bytes instead of {}", new.len(), plan.new_len())));
    }
    // Where fragments were passed over and nothing moves, they are passed over again; all else is looked at.
    let old = edited.reach.as_ref().and_then(|_| old.whole.get()).map_or(old, |whole| whole);
    let is_passed = old.passed.is_some();
    let scope = if is_passed { old.scope } else { Scope::default() };
    let new = &Cached::new(new);
    let located = Layout::locate_in(new, scope, limits, is_passed);
    check_put(plan, new)?;
    let layout = located?.with_name(old.name());
    if let Some(fault) = layout.faults().first() {
        return Err(differs(format!("{fault}")));
    }
    check_boxes(old, plan.shape(), &layout)?;
    if let Some(reach) = &edited.reach {
        let mut taker = Taker { fingerprint: Fingerprint::default(), source: new };
        distance::collect(&layout, new, reach, &mut taker)?;
        if taker.fingerprint != edited.fingerprint {
            return Err(differs("an offset does not say what was planned for it".to_owned()));
        }
    }
    Ok(())
}

fn differs(what: String) -> Error {
    Error::in_file(ErrorKind::NotAsPlanned(what))
}

fn check_put(plan: &Plan, new: &dyn Source) -> Result<()> {
    let mut found = Vec::new();
    for (span, segment) in plan.placed() {
        if let Segment::Put(bytes) = segment {
            new.fetch(span, &mut found)?;
            if found != *bytes {
                return Err(differs(format!("bytes {span} are not those that were written")));
            }
        }
    }
    Ok(())
}

/// Every box of the file that was not replaced stands where its place moved to, with the size its end gives it.
fn check_boxes(old: &Layout, shape: &Shape, new: &Layout) -> Result<()> {
    let replaced: Vec<u64> =
        shape.splices().filter(|s| !s.old().is_empty()).map(|s| s.from.offset()).collect();
    let mut found = new.top().iter();
    for header in old.top() {
        if replaced.binary_search(&header.span.start()).is_ok() {
            continue;
        }
        let span = Span::new(moved(header.start(), shape), moved(header.end(1), shape));
        if !found.any(|other| other.span == span && other.kind == header.kind) {
            return Err(differs(format!("there is no {} box at bytes {span}", header.kind)));
        }
    }
    Ok(())
}
