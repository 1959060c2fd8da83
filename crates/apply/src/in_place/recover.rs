//! Going on where an edit was interrupted.
//!
//! The length of the file says whether the shift happened, the sample blocks confirm it, and every byte a record stands
//! for has to be the old one or the new one. (A kill can end a store in the middle of a sector, so bytes are compared, not
//! sectors.) Under its old length the file has to be the old one in all that a record or the shift destroys. Whatever does
//! not fit is somebody else's doing, and the file is left alone.

use super::commit::{moved, redo, restore_lost, sampled, spans_of, take_back};
use super::journal::{Found, Record, State, mark};
use super::shift::Shift;
use super::storage::{Log, Target};
use crc32c::crc32c;
use prkit_plan::Span;
use std::io;

/// What recovery did to a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The edit is complete.
    Finished,
    /// The file is as it was before the edit.
    TakenBack,
}

/// Why a file is left alone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Somebody edits it right now.
    #[error("an edit of it is in progress")]
    Busy,
    /// It is gone, or another file has its name.
    #[error("the file the journal is about is not in its folder any more")]
    Gone,
    /// Neither length belongs to the edit.
    #[error("it has {actual} bytes, where the journal knows {old} before and {new} after the edit")]
    Length {
        /// Bytes it has.
        actual: u64,
        /// Before.
        old: u64,
        /// After.
        new: u64,
    },
    /// A byte is neither old nor new.
    #[error("byte {at} is neither what it was nor what was to be written: somebody else changed it")]
    Foreign {
        /// Where.
        at: u64,
    },
    /// The journal does not describe an edit of any file.
    #[error("the journal contradicts itself about it")]
    Contradiction,
    /// A name that leads out of the folder, or over a link.
    #[error("it is reached through a link, or is not a regular file")]
    Link,
    /// Files that change together wait for one that is refused.
    #[error("it was left alone, as another file of the presentation was refused")]
    Together,
    /// The system said no.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Finishes the edit of one file, or takes it back.
pub(crate) fn recover(
    found: &Found,
    target: &mut dyn Target,
    log: &dyn Log,
    undo: bool,
) -> Result<Outcome, Refusal> {
    let is_shifted = look(found, target, log)?;
    let entry = &found.entry;
    let (old, new) = (entry.old_len, entry.new_len);
    match (undo, is_shifted) {
        (true, true) => take_back(target, found, log)?,
        // Undoing may have been interrupted behind the length: the bytes that the shift destroyed come back.
        (true, false) => restore_lost(target, found, log)?,
        (false, _) => {
            if !is_shifted {
                if entry.shift == Shift::Resize {
                    target.reserve(&spans_of(found, log)?)?;
                }
                target.shift(entry.shift, old, new)?;
                target.flush()?;
            }
            redo(target, found, log)?;
            target.flush()?;
        }
    }
    Ok(if undo { Outcome::TakenBack } else { Outcome::Finished })
}

/// Whether its length is the new one; refuses a file that is not as the journal knows it.
pub(crate) fn look(found: &Found, target: &dyn Target, log: &dyn Log) -> Result<bool, Refusal> {
    let entry = &found.entry;
    let actual = target.current_len()?;
    let (old, new) = (entry.old_len, entry.new_len);
    let is_shifted = match entry.shift {
        Shift::None if actual == old => true,
        Shift::Insert { .. } | Shift::Collapse { .. } | Shift::Resize if actual == new => true,
        Shift::Insert { .. } | Shift::Collapse { .. } | Shift::Resize if actual == old => false,
        _ => return Err(Refusal::Length { actual, old, new }),
    };
    // Not fewer of them than the edit has: they are what is compared where nothing is stored. What comes from nowhere is
    // stored.
    let spans = spans_of(found, log)?;
    let is_sampled = entry.samples.iter().map(|sample| sample.old).eq(sampled(entry, &spans));
    if !is_sampled || !covers(&spans, entry.shift.made(old, new)) {
        return Err(Refusal::Contradiction);
    }
    check_samples(found, target, is_shifted)?;
    if is_shifted {
        check_records(found, target, log)?;
    } else {
        check_old(found, target, log)?;
        check_lost(found, target, log)?;
    }
    Ok(is_shifted)
}

/// Whether spans, which are in order, leave nothing of another one out.
fn covers(spans: &[Span], all: Span) -> bool {
    let mut at = all.start();
    for span in spans.iter().filter(|span| span.overlaps(all)) {
        if span.start() > at {
            return false;
        }
        at = at.max(span.end());
    }
    at >= all.end()
}

fn span_of(at: u64, len: usize) -> Span {
    Span::new(at, at.saturating_add(u64::try_from(len).unwrap_or(u64::MAX)))
}

fn check_samples(found: &Found, target: &dyn Target, is_shifted: bool) -> Result<(), Refusal> {
    let entry = &found.entry;
    let mut buffer = Vec::new();
    for sample in &entry.samples {
        let shift = if is_shifted { entry.shift } else { Shift::None };
        let Some(here) = moved(shift, sample.old, entry.new_len.max(entry.old_len)) else { continue };
        target.read_at(here, &mut buffer)?;
        if crc32c(&buffer) != sample.crc {
            return Err(Refusal::Foreign { at: here.start() });
        }
    }
    Ok(())
}

fn check_records(found: &Found, target: &dyn Target, log: &dyn Log) -> Result<(), Refusal> {
    let (mut here, mut foreign) = (Vec::new(), None);
    found.records(log, &mut |Record { at, before, after }| {
        target.read_at(span_of(at, after.len()), &mut here)?;
        let known =
            here.iter().zip(&before).zip(&after).position(|((here, old), new)| here != old && here != new);
        if let (None, Some(i)) = (foreign, known) {
            foreign = Some(at.saturating_add(u64::try_from(i).unwrap_or(0)));
        }
        Ok(())
    })?;
    foreign.map_or(Ok(()), |at| Err(Refusal::Foreign { at }))
}

/// Under its old length, the file has the old bytes of every record, wherever the shift will move them.
fn check_old(found: &Found, target: &dyn Target, log: &dyn Log) -> Result<(), Refusal> {
    let (shift, mut here, mut foreign) = (found.entry.shift, Vec::new(), None);
    found.records(log, &mut |Record { at, before, .. }| {
        shift.read(target, span_of(at, before.len()), &mut here)?;
        if let (None, Some(i)) = (foreign, here.iter().zip(&before).position(|(here, old)| here != old)) {
            foreign = Some(at.saturating_add(u64::try_from(i).unwrap_or(0)));
        }
        Ok(())
    })?;
    foreign.map_or(Ok(()), |at| Err(Refusal::Foreign { at }))
}

/// What the shift destroys is there; where the edit was being taken back, zeros that came in its place may be.
fn check_lost(found: &Found, target: &dyn Target, log: &dyn Log) -> Result<(), Refusal> {
    let (mut here, mut foreign) = (Vec::new(), None);
    found.lost(log, &mut |at, bytes| {
        target.read_at(span_of(at, bytes.len()), &mut here)?;
        let is_other = |(here, old): (&u8, &u8)| here != old && *here != 0;
        if let (None, Some(i)) = (foreign, here.iter().zip(bytes).position(is_other)) {
            foreign = Some(at.saturating_add(u64::try_from(i).unwrap_or(0)));
        }
        Ok(())
    })?;
    foreign.map_or(Ok(()), |at| Err(Refusal::Foreign { at }))
}

/// Says in the journal that edits are taken back from now on, so that an interruption goes on taking back.
pub(crate) fn turn_to_undo(log: &mut dyn Log) -> io::Result<()> {
    mark(log, State::Undo)?;
    log.flush()
}

/// Says in the journal that it says nothing any more, and takes it away.
pub(crate) fn close(log: &mut dyn Log) -> io::Result<()> {
    mark(log, State::Done)?;
    log.flush()?;
    log.remove()
}
