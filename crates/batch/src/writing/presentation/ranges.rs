//! Byte ranges that a document has of files that change with it.

use super::Part;
use crate::Result;
use crate::report::StaleReport;
use crate::title::Doc;
use crate::writing::WriteError;
use prkit_manifest::{MovedRanges, move_ranges};
use prkit_plan::Shape;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Byte ranges after all other files have their plans.
pub(super) fn moved_ranges(doc: &Doc, parts: &[Part]) -> MovedRanges {
    let shapes: HashMap<&Path, &Shape> = parts
        .iter()
        .filter_map(|part| Some((part.local.path.as_path(), part.planned.as_ref()?)))
        .filter(|(_, job)| !job.is_empty())
        .map(|(path, job)| (path, job.edited.plan.shape()))
        .collect();
    let known: RefCell<HashMap<Vec<String>, Option<PathBuf>>> = RefCell::default();
    move_ranges(&doc.presentation.ranges, &|urls| {
        let mut known = known.borrow_mut();
        let path = known
            .entry(urls.to_vec())
            .or_insert_with(|| doc.title.locate(urls).file().map(|local| local.path));
        shapes.get(path.as_deref()?).copied()
    })
}

/// One range of two files that move differently says nothing true afterwards.
pub(super) fn check_torn(doc: &Doc, moved: &MovedRanges) -> Result<()> {
    let Some(range) = moved.torn.first().and_then(|range| doc.presentation.ranges.get(*range)) else {
        return Ok(());
    };
    Err(WriteError::Torn { range: range.kind.name(), position: range.position }.into())
}

pub(super) fn stale(doc: &Doc, range: usize) -> Option<StaleReport> {
    let range = doc.presentation.ranges.get(range)?;
    Some(StaleReport {
        path: range.path.clone(),
        name: range.kind.name(),
        offset: range.position.line,
        target: range.start,
        reason: "it begins or ends inside what is replaced",
    })
}
