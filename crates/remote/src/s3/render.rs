//! Bytes of a result that are uploaded, and what that transfers.

use super::cut::{Part, cut};
use super::left::WORD;
use super::write::{AROUND, is_one};
use crate::Error;
use crate::ranged::{Counted, Ranged};
use prkit_plan::{Laid, Plan, Segment, Source, Span, StoreError, Transfer, Unwatched, Watch};
use std::io;

/// Bytes between two looks at whether all is to be given up.
pub(super) const STEP: u64 = 64 * 1024;
/// What a source is told of at a time.
const HINTED: u64 = 4 * 1024 * 1024;

/// What the commit of a plan transfers: the cut that is sent, and what is read to fill its literal parts.
///
/// Literal parts are read one after the other here and side by side then: where there are several, requests may be joined differently.
pub(super) fn transfer(
    plan: &Plan,
    source: &Ranged<Counted>,
    has_tags: bool,
) -> Result<Transfer, StoreError> {
    let mut transfer = Transfer::default();
    transfer.requests = u64::from(has_tags);
    let parts = if is_one(plan) {
        transfer.requests = transfer.requests.saturating_add(1);
        vec![Part::Literal(Span::new(0, plan.new_len()))]
    } else {
        let parts = cut(plan);
        let count = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        transfer.requests = transfer.requests.saturating_add(count).saturating_add(AROUND);
        transfer.up = u64::try_from(WORD.len()).unwrap_or(u64::MAX);
        parts
    };
    for part in parts {
        match part {
            Part::Literal(span) => {
                rendered(plan, source, span, &Unwatched)?;
                transfer.up = transfer.up.saturating_add(span.len());
            }
            Part::Copy(span) => transfer.copied = transfer.copied.saturating_add(span.len()),
        }
    }
    let (requests, down) = source.counts();
    transfer.requests = transfer.requests.saturating_add(requests);
    transfer.down = down;
    Ok(transfer)
}

/// Bytes of the result, of which those that are kept are read from the source.
pub(super) fn rendered(
    plan: &Plan,
    source: &dyn Source,
    span: Span,
    watch: &dyn Watch,
) -> Result<Vec<u8>, StoreError> {
    let laid = Laid::new(plan, source);
    let (mut bytes, mut read) = (Vec::new(), Vec::new());
    for (at, segment) in plan.placed() {
        if let Segment::Keep(old) = segment
            && at.start() < span.end()
            && span.start() < at.end()
        {
            let skip = span.start().saturating_sub(at.start());
            let left = at.end().saturating_sub(span.end());
            let kept = Span::new(old.start().saturating_add(skip), old.end().saturating_sub(left));
            source.hint(&kept.blocks(HINTED).collect::<Vec<_>>());
        }
    }
    for block in span.blocks(STEP) {
        if watch.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        laid.read_at(block, &mut read).map_err(io_of)?;
        bytes.extend_from_slice(&read);
        watch.moved(block.len());
    }
    Ok(bytes)
}

/// What a source said: where it is one of ours, by its own name.
fn io_of(error: io::Error) -> StoreError {
    match error.downcast::<Error>() {
        Ok(own) => own.into(),
        Err(source) => StoreError::Io { doing: "read the source", source },
    }
}
