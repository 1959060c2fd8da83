//! Which way a plan is carried out for a file, and which way that was.

use crate::file::FileSource;
use crate::in_place::Shift;
use crate::new_file::Original;
use prkit_plan::{Method, Plan, Segment, Span};

/// Below this, bytes that follow a change are stored again: that costs less than anything cleverer.
const SHORT: u64 = 1024 * 1024;

/// How a plan is carried out for a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Where it is; by whole blocks of this size where its length changes by such.
    InPlace { block: Option<u64> },
    /// As a new file that takes its name.
    Anew,
}

/// The cheapest way that there is for a plan.
pub(crate) fn way(plan: &Plan, file: &FileSource) -> Way {
    // Without locks nobody else can be kept from storing into it.
    if !file.has_locks() {
        return Way::Anew;
    }
    let abilities = file.abilities();
    let block = Some(abilities.block).filter(|_| abilities.inserts);
    match method_in_place(plan, block) {
        Method::Shifted => Way::InPlace { block },
        _ if plan.bytes_moved() <= SHORT => Way::InPlace { block: None },
        _ => Way::Anew,
    }
}

/// What an edit in place does where the file system shifts bytes by this unit, if it does.
pub fn method_in_place(plan: &Plan, block: Option<u64>) -> Method {
    match Shift::of(plan, block) {
        Shift::None => Method::Patched,
        Shift::Insert { .. } | Shift::Collapse { .. } => Method::Shifted,
        Shift::Resize => Method::Resized,
    }
}

/// What a new file beside the original is: a copy, or one that shares blocks with it.
pub fn method_anew(plan: &Plan, original: &Original<'_>) -> Method {
    let Original::File(file) = original else { return Method::Copied };
    let abilities = file.abilities();
    let shares = |(new, segment): (Span, &Segment)| match segment {
        Segment::Keep(old) => has_whole_block(*old, new, abilities.block),
        Segment::Put(_) | Segment::Table(_) => false,
    };
    if abilities.clones && plan.placed().any(shares) { Method::Cloned } else { Method::Copied }
}

/// Whether a kept span has a block that is one in the new file, too.
fn has_whole_block(old: Span, new: Span, block: u64) -> bool {
    let is_aligned = block > 0 && old.start().abs_diff(new.start()).is_multiple_of(block);
    is_aligned
        && old
            .start()
            .checked_next_multiple_of(block)
            .and_then(|first| first.checked_add(block))
            .is_some_and(|end| end <= old.end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn plan(len: u64, at: Span, with: usize) -> Plan {
        Plan::splice(len, at, Bytes::from(vec![0; with])).unwrap()
    }

    #[test]
    fn a_file_is_shifted_by_whole_blocks_in_front_of_its_end_and_resized_else() {
        let in_place = |plan: &Plan| method_in_place(plan, Some(4096));
        assert_eq!(in_place(&plan(100_000, Span::new(10, 20), 10)), Method::Patched);
        assert_eq!(in_place(&plan(100_000, Span::new(10, 10), 4096)), Method::Shifted);
        assert_eq!(in_place(&plan(100_000, Span::new(5000, 9096), 0)), Method::Shifted);
        assert_eq!(in_place(&plan(100_000, Span::new(10, 10), 4095)), Method::Resized);
        // No block follows the change: bytes are appended, and no range is inserted.
        assert_eq!(in_place(&plan(100_000, Span::new(99_999, 99_999), 4096)), Method::Resized);
        assert_eq!(method_in_place(&plan(100_000, Span::new(10, 10), 4096), None), Method::Resized);
    }

    #[test]
    fn blocks_are_shared_only_where_they_are_blocks_of_both_files() {
        let block = |start, end, to| {
            let old = Span::new(start, end);
            has_whole_block(old, Span::new(to, to + old.len()), 4096)
        };
        assert!(block(0, 4096, 8192) && block(10, 8192, 10 + 4096));
        assert!(!block(0, 4095, 4096) && !block(0, 100_000, 100) && !block(10, 8191, 10));
    }
}
