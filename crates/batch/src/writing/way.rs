//! Which way a file that is edited in place is written.
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

use super::{WriteError, WriteHow, WriteOptions};
use crate::Result;
use prkit_apply::{Abilities, FileSource, Original};
use prkit_bmff::{Blocks, Growth};
use prkit_plan::{Method, Plan, Segment, Source as _, Strategy};

/// Below this, a file is written again, and a tail is stored again: it costs less than anything cleverer.
const SHORT: u64 = 1024 * 1024;
/// The longest tail that is stored again where a map is asked for.
const LONGEST_TAIL: u64 = 64 * 1024 * 1024;

/// How a plan is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// Through the map; by whole blocks of this size where the length changes.
    Map { block: Option<u64> },
    /// A new file, renamed.
    Rename,
}

/// What is done that way with the file of a plan; `None` is bytes that are in no file.
pub(super) fn method(plan: &Plan, file: Option<&FileSource>, way: Option<Way>) -> Method {
    match (way, file) {
        (Some(Way::Map { block }), _) => prkit_apply::method_in_place(plan, block),
        (_, Some(file)) => prkit_apply::method_anew(plan, &Original::File(file)),
        (_, None) => Method::Copied,
    }
}

/// What the planner is told about growing.
pub(super) fn growth(file: &FileSource, options: &WriteOptions, in_place: bool) -> Growth {
    if file.len() <= SHORT {
        return Growth::default();
    }
    let Abilities { inserts, clones, block } = file.abilities();
    let (grow, shrink) = match options.how {
        WriteHow::Auto | WriteHow::Map if in_place && inserts => {
            (Strategy::InsertRange, Strategy::CollapseRange)
        }
        WriteHow::Auto | WriteHow::Rename if clones => (Strategy::Clone, Strategy::Clone),
        _ => return Growth::default(),
    };
    Growth { blocks: Some(Blocks { size: block, tail: SHORT, grow, shrink }), ..Growth::default() }
}

/// Chooses a way, and says so in the plan.
///
/// Where the file `is_kept`, its second name is that of the old file, which is to be made now.
pub(super) fn choose(
    plan: Plan,
    file: &FileSource,
    options: &WriteOptions,
    is_kept: bool,
) -> Result<(Plan, Way)> {
    let keeps_length = plan.strategy() <= Strategy::Store;
    // A file with several names is stored into all the same.
    let moves_stores = options.how == WriteHow::Auto && file.identity().links == 1 && file.moves_stores();
    let way = match (options.how, plan.strategy()) {
        (WriteHow::Rename, _) => Way::Rename,
        (WriteHow::Map, _) if !file.has_locks() => {
            return Err(WriteError::NoLocks.into());
        }
        _ if !file.has_locks() => Way::Rename,
        (WriteHow::Auto, _) if moves_stores => Way::Rename,
        (_, _) if keeps_length => Way::Map { block: None },
        (_, Strategy::InsertRange | Strategy::CollapseRange) => {
            Way::Map { block: Some(file.abilities().block) }
        }
        // What is taken back was not planned for blocks, and moves by them all the same where they were inserted.
        _ if is_shifted(&plan, file) => Way::Map { block: Some(file.abilities().block) },
        (WriteHow::Auto, _) => {
            let cheap = plan.old_len() > SHORT && tail(&plan) <= SHORT && plan.strategy() == Strategy::Copy;
            if cheap { Way::Map { block: None } } else { Way::Rename }
        }
        (WriteHow::Map, _) if tail(&plan) <= LONGEST_TAIL => Way::Map { block: None },
        (WriteHow::Map, _) => {
            return Err(WriteError::LongTail { tail: tail(&plan) }.into());
        }
    };
    let links = file.identity().links.saturating_sub(u64::from(is_kept && way == Way::Rename));
    if links > 1 && !options.hard_links && options.how != WriteHow::Rename {
        return Err(prkit_apply::Error::Links { links }.into());
    }
    if links > 1 && options.hard_links && way == Way::Rename {
        return Err(WriteError::LinksAnew { links }.into());
    }
    let anew = match (way, options.how) {
        _ if !file.has_locks() => Some("the file system has no locks, so the file is written anew"),
        (Way::Rename, WriteHow::Auto) if moves_stores && keeps_length => {
            Some("the file system puts every change elsewhere, so the file is written anew, sharing the rest")
        }
        _ => None,
    };
    Ok((renamed_strategy(plan, way, keeps_length, anew), way))
}

/// Whether a long tail moves by whole blocks, which the file system inserts or takes out.
fn is_shifted(plan: &Plan, file: &FileSource) -> bool {
    let Abilities { inserts, block, .. } = file.abilities();
    inserts
        && plan.strategy() == Strategy::Copy
        && tail(plan) > SHORT
        && prkit_apply::method_in_place(plan, Some(block)) == Method::Shifted
}

/// Bytes that stand somewhere else afterwards, behind the last put ones.
fn tail(plan: &Plan) -> u64 {
    let moved = plan.stores().filter(|(_, segment)| matches!(segment, Segment::Keep(_)));
    moved.map(|(new, _)| new.len()).sum()
}

/// A tail that is stored again in place shifts too, only not by blocks.
fn renamed_strategy(plan: Plan, way: Way, keeps_length: bool, anew: Option<&str>) -> Plan {
    if let Some(anew) = anew {
        let why = format!("{}; {anew}", plan.why());
        let strategy = plan.strategy();
        return plan.with_strategy(strategy, why);
    }
    match (way, plan.strategy()) {
        (Way::Map { block }, Strategy::Copy | Strategy::Clone) if !keeps_length => {
            let strategy =
                if plan.new_len() > plan.old_len() { Strategy::InsertRange } else { Strategy::CollapseRange };
            let why = match block {
                Some(_) => plan.why().to_owned(),
                None => format!("{}; little follows, which is stored again", plan.why()),
            };
            plan.with_strategy(strategy, why)
        }
        _ => plan,
    }
}
