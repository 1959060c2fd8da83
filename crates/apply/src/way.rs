//! Which way a plan is carried out for a file, and which way that was.
//!
//! ```text
//!   btrfs                                                new file that shares blocks, renamed
//!   the file keeps its length                            in place
//!   the file is short                                    new file, renamed
//!   little follows the change                            in place: the tail is journaled and stored
//!   much follows, ext4                                   in place: blocks inserted, taken out
//!   much follows, xfs                                    new file that shares blocks, renamed
//!   much follows, anywhere else                          new file, renamed
//!   the file system has no locks                         new file, renamed
//! ```

use crate::copying::Original;
use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::in_place::Shift;
use prkit_plan::{Method, Plan, Segment, Span, Strategy};
use std::ffi::{OsStr, OsString};

/// Below this, a file is written again, and a tail is stored again: it costs less than anything cleverer.
const SHORT: u64 = 1024 * 1024;
/// The longest tail that is stored again where a map is asked for.
const LONGEST_TAIL: u64 = 64 * 1024 * 1024;

/// How files are changed where they are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Manner {
    /// In which way.
    pub write: WriteHow,
    /// Times of access and change are kept.
    pub preserve: bool,
    /// Files that have several names are edited in place, and all names see it.
    pub hard_links: bool,
    /// The old file is kept under its name and this suffix.
    pub backup: Option<OsString>,
}

/// How a file is changed in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WriteHow {
    /// As suits the edit.
    #[default]
    Auto,
    /// Through the memory map, under a journal.
    Map,
    /// By a new file, renamed over the old one.
    Rename,
}

impl Manner {
    /// The name in the same folder under which the old file is kept.
    pub(crate) fn backup_of(&self, name: &OsStr) -> Option<OsString> {
        let suffix = self.backup.as_ref()?;
        let mut name = name.to_owned();
        name.push(suffix);
        Some(name)
    }
}

/// How a plan is carried out for a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Where it is; by whole blocks of this size where its length changes by such.
    InPlace { block: Option<u64> },
    /// As a new file that takes its name.
    Anew,
}

impl Way {
    /// What is done that way.
    pub(crate) fn method(self, plan: &Plan, file: &FileSource) -> Method {
        match self {
            Self::InPlace { block } => method_in_place(plan, block),
            Self::Anew => method_anew(plan, &Original::File(file)),
        }
    }
}

/// Chooses a way. A plan for which one was chosen, and which says so, gets the same one again.
///
/// Where the file `is_kept`, its second name is that of the old file, which is to be made now.
pub(crate) fn way(
    plan: &Plan,
    file: &FileSource,
    manner: &Manner,
    is_kept: &dyn Fn() -> bool,
) -> Result<Way> {
    let way = way_of(plan, file, manner)?;
    let links = file.identity().links;
    let other = |links: u64| if way == Way::Anew && is_kept() { links.saturating_sub(1) } else { links };
    if links > 1 && other(links) > 1 {
        let links = other(links);
        if !manner.hard_links && manner.write != WriteHow::Rename {
            return Err(Error::Links { links });
        }
        if manner.hard_links && way == Way::Anew {
            return Err(Error::LinksAnew { links });
        }
    }
    Ok(way)
}

fn way_of(plan: &Plan, file: &FileSource, manner: &Manner) -> Result<Way> {
    Ok(match (manner.write, plan.strategy()) {
        (WriteHow::Rename, _) => Way::Anew,
        (WriteHow::Map, _) if !file.has_locks() => return Err(Error::NoLocks),
        _ if !file.has_locks() => Way::Anew,
        (WriteHow::Auto, _) if moves_stores(file, manner) => Way::Anew,
        _ if keeps_length(plan) => Way::InPlace { block: None },
        (write, Strategy::InsertRange | Strategy::CollapseRange) => match tail(plan) {
            // What is stored again shifts, too, only not by blocks.
            ..=SHORT => Way::InPlace { block: None },
            tail if write == WriteHow::Map && !file.abilities().inserts => stored_again(tail)?,
            _ => Way::InPlace { block: Some(file.abilities().block) },
        },
        // What is taken back was not planned for blocks, and moves by them all the same where they were inserted.
        _ if is_shifted(plan, file) => Way::InPlace { block: Some(file.abilities().block) },
        (WriteHow::Auto, _) => {
            let cheap = plan.old_len() > SHORT && tail(plan) <= SHORT && plan.strategy() == Strategy::Copy;
            if cheap { Way::InPlace { block: None } } else { Way::Anew }
        }
        (WriteHow::Map, _) => stored_again(tail(plan))?,
    })
}

fn stored_again(tail: u64) -> Result<Way> {
    if tail <= LONGEST_TAIL { Ok(Way::InPlace { block: None }) } else { Err(Error::LongTail { tail }) }
}

fn keeps_length(plan: &Plan) -> bool {
    plan.strategy() <= Strategy::Store && plan.old_len() == plan.new_len()
}

/// Whether the file system would put every store elsewhere. A file with several names is stored into all the same.
fn moves_stores(file: &FileSource, manner: &Manner) -> bool {
    manner.write == WriteHow::Auto && file.identity().links == 1 && file.moves_stores()
}

/// The plan with the way in its words.
pub(crate) fn said(plan: Plan, way: Way, file: &FileSource, manner: &Manner) -> Plan {
    let anew = match (way, manner.write) {
        _ if !file.has_locks() => Some("the file system has no locks, so the file is written anew"),
        (Way::Anew, WriteHow::Auto) if keeps_length(&plan) && moves_stores(file, manner) => {
            Some("the file system puts every change elsewhere, so the file is written anew, sharing the rest")
        }
        _ => None,
    };
    if let Some(anew) = anew {
        let (strategy, why) = (plan.strategy(), format!("{}; {anew}", plan.why()));
        return plan.with_strategy(strategy, why);
    }
    match (way, plan.strategy()) {
        // A tail that is stored again in place shifts too, only not by blocks.
        (Way::InPlace { block }, Strategy::Copy | Strategy::Clone) => {
            let grows = plan.new_len() > plan.old_len();
            let strategy = if grows { Strategy::InsertRange } else { Strategy::CollapseRange };
            let why = match block {
                Some(_) => plan.why().to_owned(),
                None => format!("{}; little follows, which is stored again", plan.why()),
            };
            plan.with_strategy(strategy, why)
        }
        _ => plan,
    }
}

/// Whether a long tail moves by whole blocks, which the file system inserts or takes out.
fn is_shifted(plan: &Plan, file: &FileSource) -> bool {
    // The file system is asked only about what it could shift.
    plan.strategy() == Strategy::Copy
        && tail(plan) > SHORT
        && file.abilities().inserts
        && method_in_place(plan, Some(file.abilities().block)) == Method::Shifted
}

/// Bytes that stand somewhere else afterwards, behind the last put ones.
fn tail(plan: &Plan) -> u64 {
    let moved = plan.stores().filter(|(_, segment)| matches!(segment, Segment::Keep(_)));
    moved.map(|(new, _)| new.len()).sum()
}

/// What an edit in place does where the file system shifts bytes by this unit, if it does.
fn method_in_place(plan: &Plan, block: Option<u64>) -> Method {
    match Shift::of(plan, block) {
        Shift::None => Method::Patched,
        Shift::Insert { .. } | Shift::Collapse { .. } => Method::Shifted,
        Shift::Resize => Method::Resized,
    }
}

/// What a new file beside the original is: a copy, or one that shares blocks with it.
pub(crate) fn method_anew(plan: &Plan, original: &Original<'_>) -> Method {
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
