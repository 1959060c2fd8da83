//! The guard: positions in boxes that nobody has told us about.
//!
//! ```text
//!   unknown boxes ──numbers──▶ those in the range that moves
//!   unknown.rs      numbers.rs          │
//!                                       ▼  which of them are offsets of something?
//!   boxes, chunks, samples, items ──targets──▶ hits ──verdict──▶ refused, or not
//!                                   targets.rs        verdict.rs
//! ```
//!
//! A vendor's table of positions looks like any other box. What gives it away is that its numbers are the offsets of
//! things, which numbers seldom are by chance. How seldom is computed, not guessed: in a file with a sample every
//! twenty bytes many numbers are, and in a picture of a megabyte some.
//!
//! Only what moves matters, and only boxes of unknown types in `moov`, `moof`, `mfra`, `meta`, `udta` and at file level are
//! read, and `free` boxes that hold something, at most [`BUDGET`] bytes of a file. Numbers that count from elsewhere than the
//! start of the file, such as from their own box, are not found: nearly every number is the distance to something.

mod known;
mod numbers;
mod targets;
pub(crate) mod unknown;
mod verdict;

use crate::cache::Cached;
use crate::distance::Reach;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;
use crate::path::BoxPath;
use numbers::Numbers;
use prkit_plan::{Shape, Span};
use targets::Targets;

/// Bytes of unknown boxes that are looked through.
const BUDGET: u64 = 1024 * 1024;

/// An unknown box, or what is no box in a place for boxes, and its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unknown {
    pub(crate) path: BoxPath,
    pub(crate) span: Span,
}

/// Looks for positions in unknown boxes that would be wrong under this shape. Gives what was not looked through.
///
/// # Errors
///
/// [`ErrorKind::UnknownPosition`] for the first box that holds some.
pub(crate) fn check(
    layout: &Layout,
    source: &Cached<'_>,
    shape: &Shape,
    reach: &Reach,
) -> Result<Vec<Unknown>> {
    let found = unknown::find(layout, source, reach)?;
    let mut boxes = Vec::new();
    for unknown in found.scanned {
        let numbers = Numbers::read(source, unknown.span, layout.len(), shape)?;
        if !numbers.is_empty() {
            boxes.push((unknown, numbers));
        }
    }
    if !boxes.is_empty() {
        // Thousands of fragments have a box each: what chance gives in one of them is no reason to refuse the file.
        let in_fragments = boxes.iter().filter(|(unknown, _)| unknown.path.is_in_fragment()).count();
        let targets = Targets::find(layout, source, reach, boxes.iter().map(|(_, numbers)| numbers))?;
        for (unknown, numbers) in &boxes {
            let tries = if unknown.path.is_in_fragment() { in_fragments } else { 1 };
            if let Some(position) = verdict::position(numbers, &targets, tries) {
                let kind = ErrorKind::UnknownPosition { at: position.at, target: position.value };
                return Err(Error::new(kind, unknown.span.start(), &unknown.path));
            }
        }
    }
    Ok(found.left)
}
