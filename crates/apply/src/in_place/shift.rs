//! A file that changes its length where it is, and what then still has to be stored.
//!
//! ```text
//!   old       │ ftyp moov pssh │ trak mdat ………………………………………… │
//!                            T   P   blocks
//!   shifted   │ ftyp moov pssh │ tr │ 0000 │ ak mdat ………………………… │     insert range at P: no data is copied
//!   new       │ ftyp moov pssh… free trak mdat ………………………………… │
//!              └ stored ───────────────────┘ └ in place already ┘
//! ```
//!
//! `T` is where the bytes begin that move as one; `P` is the next block boundary. Everything that is not in place after
//! the shift is stored, in new coordinates; what stood there before the stores is said in the same coordinates. So one
//! sort of record serves all edits, with a shift and without.

use prkit_plan::{Plan, Segment, Source, Span};
use std::io;

/// How the length of a file is changed before anything is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shift {
    /// It stays.
    None,
    /// Zero blocks are inserted; everything behind moves up.
    Insert { at: u64, len: u64 },
    /// Blocks are taken out; everything behind moves down.
    Collapse { at: u64, len: u64 },
    /// The file is cut, or zeros are appended.
    Resize,
}

/// A run of bytes to store, and where it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region<'p> {
    /// Where it goes.
    pub(crate) new: Span,
    /// What it is.
    pub(crate) from: From<'p>,
}

/// Bytes to store.
#[derive(Clone, Copy, Debug)]
pub(crate) enum From<'p> {
    /// Bytes of the old file.
    Old(Span),
    /// A segment of the plan.
    Made(&'p Segment),
}

impl Shift {
    /// The cheapest way for a plan. `block` is the unit in which the file system shifts, where it can.
    pub(crate) fn of(plan: &Plan, block: Option<u64>) -> Self {
        let (old, new) = (plan.old_len(), plan.new_len());
        if old == new {
            return Self::None;
        }
        let len = old.abs_diff(new);
        let boundary = block.filter(|block| *block > 0 && len.is_multiple_of(*block)).and_then(|block| {
            let at = tail(plan).checked_next_multiple_of(block)?;
            (at < old).then_some(at)
        });
        match boundary {
            Some(at) if new > old => Self::Insert { at, len },
            Some(at) if at >= len => Self::Collapse { at: at.saturating_sub(len), len },
            _ => Self::Resize,
        }
    }

    /// Where a byte of the shifted file comes from; `None` for zeros.
    pub(crate) fn origin(self, at: u64, old_len: u64) -> Option<u64> {
        let old = match self {
            Self::Insert { at: gap, len } if at >= gap => at.checked_sub(len).filter(|old| *old >= gap)?,
            Self::Collapse { at: gap, len } if at >= gap => at.checked_add(len)?,
            _ => at,
        };
        (old < old_len).then_some(old)
    }

    /// Bytes of the old file that the shift destroys.
    pub(crate) fn lost(self, old_len: u64, new_len: u64) -> Span {
        match self {
            Self::Collapse { at, len } => Span::new(at, at.saturating_add(len)),
            Self::Resize => Span::new(new_len.min(old_len), old_len),
            Self::None | Self::Insert { .. } => Span::empty(0),
        }
    }

    /// Bytes of the shifted file that come from nowhere.
    pub(crate) fn made(self, old_len: u64, new_len: u64) -> Span {
        match self {
            Self::Insert { at, len } => Span::new(at, at.saturating_add(len)),
            Self::Resize => Span::new(old_len.min(new_len), new_len),
            Self::None | Self::Collapse { .. } => Span::empty(0),
        }
    }

    /// The bytes of `span` of the shifted file, made from the old one.
    pub(crate) fn read(self, old: &dyn Source, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        let (mut piece, mut at) = (Vec::new(), span.start());
        into.clear();
        while at < span.end() {
            let end = self.run_end(at).min(span.end());
            let len = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
            piece.clear();
            if let Some(from) = self.origin(at, old.len()) {
                let until = from.saturating_add(end.saturating_sub(at)).min(old.len());
                old.read_at(Span::new(from, until), &mut piece)?;
            }
            piece.resize(len, 0);
            into.extend_from_slice(&piece);
            at = end;
        }
        Ok(())
    }

    /// The next place from `at` on where origins jump.
    fn run_end(self, at: u64) -> u64 {
        let jumps = match self {
            Self::None | Self::Resize => [u64::MAX; 2],
            Self::Insert { at, len } => [at, at.saturating_add(len)],
            Self::Collapse { at, .. } => [at, u64::MAX],
        };
        jumps.into_iter().find(|jump| *jump > at).unwrap_or(u64::MAX)
    }

    /// What has to be stored after the shift, in order.
    pub(crate) fn regions(self, plan: &Plan) -> Vec<Region<'_>> {
        let mut regions = Vec::new();
        for (new, segment) in plan.placed() {
            let Segment::Keep(old) = segment else {
                regions.push(Region { new, from: From::Made(segment) });
                continue;
            };
            let mut at = new.start();
            while at < new.end() {
                let end = self.run_end(at).min(new.end());
                let from = old.start().saturating_add(at.saturating_sub(new.start()));
                let run = Span::new(at, end);
                if self.origin(at, plan.old_len()) != Some(from) {
                    let old = Span::new(from, from.saturating_add(run.len()));
                    regions.push(Region { new: run, from: From::Old(old) });
                }
                at = end;
            }
        }
        regions
    }
}

/// Where the bytes begin that all move by what the length changes by.
fn tail(plan: &Plan) -> u64 {
    let delta = i128::from(plan.new_len()).saturating_sub(i128::from(plan.old_len()));
    let mut tail = plan.old_len();
    let placed: Vec<_> = plan.placed().collect();
    for (new, segment) in placed.into_iter().rev() {
        if let Segment::Keep(old) = segment {
            if i128::from(new.start()).saturating_sub(i128::from(old.start())) != delta {
                break;
            }
            tail = old.start();
        }
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use prkit_plan::{Place, Replacement, Shape, Splice, Strategy, With};

    const OLD: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

    /// Replaces `old` by `new`.
    fn plan(old: Span, new: &'static [u8]) -> Plan {
        let splice =
            Splice { from: Place::start(old.start()), to: Place::start(old.end()), len: new.len() as u64 };
        let with = With::Bytes(Bytes::from_static(new));
        let shape = Shape::new(vec![splice]).unwrap();
        Plan::new(OLD.len() as u64, shape, vec![Replacement::of(old, with)], Strategy::Copy, "").unwrap()
    }

    /// Shifts by the definition, stores the regions, and gives the result.
    fn carried_out(plan: &Plan, shift: Shift) -> Vec<u8> {
        let mut file = Vec::new();
        shift.read(&OLD, Span::new(0, plan.new_len()), &mut file).unwrap();
        for region in shift.regions(plan) {
            let mut bytes = Vec::new();
            match region.from {
                From::Old(span) => OLD.read_at(span, &mut bytes).unwrap(),
                From::Made(segment) => plan
                    .render(segment, &OLD, &mut |b| {
                        bytes.extend_from_slice(b);
                        Ok(())
                    })
                    .unwrap(),
            }
            let range =
                usize::try_from(region.new.start()).unwrap()..usize::try_from(region.new.end()).unwrap();
            file[range].copy_from_slice(&bytes);
        }
        file
    }

    #[test]
    fn whatever_the_shift_the_result_is_the_same() {
        for (old, new) in [
            (Span::new(3, 5), &b"XXXXXXXXXX"[..]),
            (Span::new(3, 15), b"YYYY"),
            (Span::new(0, 1), b"ZZZZZ"),
            (Span::new(30, 36), b""),
            (Span::empty(36), b"tail"),
            (Span::new(10, 12), b"zz"),
        ] {
            let plan = plan(old, new);
            let expected = plan.to_vec(&OLD).unwrap();
            for block in [None, Some(1), Some(2), Some(4), Some(8)] {
                let shift = Shift::of(&plan, block);
                assert_eq!(carried_out(&plan, shift), expected, "{old} {new:?} {block:?} {shift:?}");
            }
        }
    }

    #[test]
    fn blocks_are_inserted_behind_the_change_and_little_is_stored() {
        let plan = plan(Span::new(3, 5), b"XXXXXXXXXX");
        let shift = Shift::of(&plan, Some(8));
        assert_eq!(shift, Shift::Insert { at: 8, len: 8 });
        let stored: u64 = shift.regions(&plan).iter().map(|region| region.new.len()).sum();
        assert_eq!(stored, 10 + 3);
    }

    #[test]
    fn blocks_are_taken_out_in_front_of_what_moves() {
        let plan = plan(Span::new(3, 15), b"YYYY");
        assert_eq!(Shift::of(&plan, Some(8)), Shift::Collapse { at: 8, len: 8 });
        assert_eq!(Shift::of(&plan, Some(8)).lost(36, 28), Span::new(8, 16));
        assert_eq!(Shift::of(&plan, Some(16)), Shift::Resize);
        assert_eq!(Shift::Resize.lost(36, 28), Span::new(28, 36));
    }
}
