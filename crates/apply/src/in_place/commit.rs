//! The order in which an edit in place becomes durable.
//!
//! ```text
//!   1  journal: old bytes, new bytes, end mark      ─ flush, with its name
//!   2  length: blocks inserted or taken out, cut    ─ flush
//!   3  stores through the map                       ─ flush, one for a whole group
//!   4  the result is looked at                        a wrong one is taken back
//!   5  journal marked done                          ─ flush
//!   6  journal unlinked                               need not be durable: done says it
//! ```
//!
//! A kill before the end of 1 leaves the files untouched; one after it leaves a journal that finishes the edit or takes it
//! back. Nothing is retried after a flush failed: what the disk has is unknown then, and the journal stays.

use super::journal::{
    Entry, Found, Journal, MAX_RECORD, MAX_SAMPLES, Record, SAMPLE, Sample, State, Writer, mark,
};
use super::shift::{From, Region, Shift};
use super::storage::{Log, Target};
use crate::Check;
use crate::error::copy_of;
use crc32c::crc32c;
use prkit_plan::{Plan, Source, Span, Watch, Watched};
use std::io;

/// One file of a group.
pub(crate) struct Edit<'e> {
    pub(crate) plan: &'e Plan,
    pub(crate) target: &'e mut dyn Target,
    pub(crate) entry: Entry,
    pub(crate) check: Check<'e>,
    pub(crate) watch: &'e dyn Watch,
}

/// How a file of a group ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It is as it was.
    Untouched(&'static str, io::Error),
    /// It was written, was not as planned, and is as it was.
    TakenBack(Box<dyn core::error::Error + Send + Sync>),
    /// It is half-way, and the journal knows how to go on.
    Interrupted(&'static str, io::Error),
}

/// Makes what a group changes durable, and how.
pub(crate) trait Barrier {
    /// Whether anything is waited for.
    fn is_durable(&self) -> bool;
    /// Waits for all files of the group.
    fn flush_all(&mut self, targets: &mut [Edit<'_>]) -> io::Result<()>;
}

/// Carries out the edits of a group under one journal.
pub(crate) fn commit(
    edits: &mut [Edit<'_>],
    log: &mut dyn Log,
    barrier: &mut dyn Barrier,
) -> Vec<Result<(), Failure>> {
    let mut results: Vec<Result<(), Failure>> = edits.iter().map(|_| Ok(())).collect();
    let found = loop {
        match write_journal(edits, &results, log, barrier.is_durable()) {
            Ok(found) => break found,
            // What cannot be read is left out, and the others are written down without it.
            Err(Unwritten::Edit(result, error)) => {
                if let Some(result) = results.get_mut(result) {
                    *result = Err(Failure::Untouched("read it", error));
                }
            }
            Err(Unwritten::Journal(error)) => {
                let _ = log.remove();
                let untouched = |result: Result<(), Failure>| {
                    result.and(Err(Failure::Untouched("write the journal", copy_of(&error))))
                };
                return results.into_iter().map(untouched).collect();
            }
        }
        if results.iter().all(Result::is_err) {
            let _ = log.remove();
            return results;
        }
    };
    for ((edit, found), result) in edits.iter_mut().zip(&found).zip(&mut results) {
        if let Some(found) = found {
            *result = carry_out(edit, found, log, barrier.is_durable());
        }
    }
    if let Err(error) = barrier.flush_all(edits) {
        return interrupted(results, &error, "flush the file");
    }
    for ((edit, found), result) in edits.iter_mut().zip(&found).zip(&mut results) {
        if let (Ok(()), Some(found)) = (&result, found)
            && let Err(wrong) = (edit.check)(edit.target)
        {
            *result = match take_back(edit.target, found, log) {
                Ok(()) => Err(Failure::TakenBack(wrong)),
                Err(error) => Err(Failure::Interrupted("take the edit back", error)),
            };
        }
    }
    if results.iter().any(|result| matches!(result, Err(Failure::Interrupted(..)))) {
        return results;
    }
    let done = mark(log, State::Done).and_then(|()| if barrier.is_durable() { log.flush() } else { Ok(()) });
    if let Err(error) = done {
        return interrupted(results, &error, "mark the journal done");
    }
    // A journal that says done and stays is taken away by the next edit.
    let _ = log.remove();
    results
}

/// All that succeeded so far are only as safe as the journal now.
fn interrupted(
    results: Vec<Result<(), Failure>>,
    error: &io::Error,
    doing: &'static str,
) -> Vec<Result<(), Failure>> {
    results.into_iter().map(|result| result.and(Err(Failure::Interrupted(doing, copy_of(error))))).collect()
}

/// What keeps a journal from being written.
enum Unwritten {
    /// The old bytes of the edit with this number cannot be read.
    Edit(usize, io::Error),
    Journal(io::Error),
}

/// Writes down the edits that did not fail yet; for each what the journal knows of it.
fn write_journal(
    edits: &mut [Edit<'_>],
    results: &[Result<(), Failure>],
    log: &mut dyn Log,
    durable: bool,
) -> Result<Vec<Option<Found>>, Unwritten> {
    let mut writer = Writer::new(log);
    for (number, (edit, _)) in edits.iter_mut().zip(results).enumerate().filter(|(_, (_, r))| r.is_ok()) {
        let written = samples(edit).and_then(|samples| {
            edit.entry.samples = samples;
            write_entry(edit, &mut writer)
        });
        if let Err(error) = written {
            let is_of_log = writer.has_failed();
            return Err(if is_of_log { Unwritten::Journal(error) } else { Unwritten::Edit(number, error) });
        }
    }
    writer.finish().map_err(Unwritten::Journal)?;
    if durable {
        log.flush().map_err(Unwritten::Journal)?;
    }
    let read = Journal::read(log).map_err(Unwritten::Journal)?;
    let entries = read
        .whole()
        .map(|journal| journal.entries)
        .filter(|entries| entries.len() == results.iter().filter(|result| result.is_ok()).count());
    let unread = || Unwritten::Journal(io::Error::other("the journal does not read back"));
    let mut entries = entries.ok_or_else(unread)?.into_iter();
    Ok(results.iter().map(|result| if result.is_ok() { entries.next() } else { None }).collect())
}

pub(crate) fn write_entry(edit: &mut Edit<'_>, writer: &mut Writer<'_>) -> io::Result<()> {
    // Nothing was changed before the journal's end, so it may be given up until then.
    let (old, shift) = (&Watched::new(edit.target, edit.watch), edit.entry.shift);
    let lost = shift.lost(edit.entry.old_len, edit.entry.new_len);
    writer.entry(&edit.entry, lost.len())?;
    let mut buffer = Vec::new();
    for piece in lost.blocks(MAX_RECORD) {
        old.read_at(piece, &mut buffer)?;
        writer.lost(&buffer)?;
    }
    for region in shift.regions(edit.plan) {
        let mut at = region.new.start();
        let mut record = |after: &[u8]| {
            for after in after.chunks(usize::try_from(MAX_RECORD).unwrap_or(usize::MAX)) {
                let end = at.saturating_add(u64::try_from(after.len()).unwrap_or(u64::MAX));
                shift.read(old, Span::new(at, end), &mut buffer)?;
                writer.record(at, &buffer, after)?;
                at = end;
            }
            Ok(())
        };
        render(edit.plan, &region, old, &mut record)?;
    }
    writer.end_of_entry()
}

fn render(
    plan: &Plan,
    region: &Region<'_>,
    old: &dyn Source,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    match region.from {
        From::Made(segment) => plan.render(segment, old, sink),
        From::Old(span) => {
            let mut buffer = Vec::new();
            for piece in span.blocks(MAX_RECORD) {
                old.read_at(piece, &mut buffer)?;
                sink(&buffer)?;
            }
            Ok(())
        }
    }
}

/// Blocks of the old file on both sides of a shift that no record touches.
pub(crate) fn samples(edit: &Edit<'_>) -> io::Result<Vec<Sample>> {
    if edit.entry.shift == Shift::None {
        return Ok(Vec::new());
    }
    let touched: Vec<Span> = edit.entry.shift.regions(edit.plan).iter().map(|region| region.new).collect();
    let mut buffer = Vec::new();
    let sample = |old: Span| {
        edit.target.read_at(old, &mut buffer)?;
        Ok(Sample { old, crc: crc32c(&buffer) })
    };
    sampled(&edit.entry, &touched).into_iter().map(sample).collect()
}

/// Which blocks of the old file are samples of an edit that stores into these spans of the new one.
pub(crate) fn sampled(entry: &Entry, touched: &[Span]) -> Vec<Span> {
    if entry.shift == Shift::None {
        return Vec::new();
    }
    let (len, count) = (entry.old_len, u64::from(MAX_SAMPLES));
    let step = len.checked_div(count).unwrap_or(0).max(SAMPLE);
    let blocks = Span::new(0, len).blocks(step).take(usize::from(MAX_SAMPLES));
    let sample =
        |block: Span| Span::new(block.start(), block.end().min(block.start().saturating_add(SAMPLE)));
    blocks
        .map(sample)
        .filter(|old| {
            let new = moved(entry.shift, *old, entry.new_len);
            new.is_some_and(|new| !touched.iter().any(|touched| touched.overlaps(new)))
        })
        .collect()
}

/// Where a span of the old file stands in the shifted one, if it stays in one piece.
pub(crate) fn moved(shift: Shift, old: Span, new_len: u64) -> Option<Span> {
    let new = match shift {
        Shift::None | Shift::Resize => old,
        Shift::Insert { at, .. } | Shift::Collapse { at, .. } if old.end() <= at => old,
        Shift::Insert { at, len } if old.start() >= at => {
            Span::new(old.start().saturating_add(len), old.end().saturating_add(len))
        }
        Shift::Collapse { at, len } if old.start() >= at.saturating_add(len) => {
            Span::new(old.start().saturating_sub(len), old.end().saturating_sub(len))
        }
        Shift::Insert { .. } | Shift::Collapse { .. } => return None,
    };
    (new.end() <= new_len).then_some(new)
}

/// Steps 2 and 3 for one file; on an error it is as it was, or interrupted.
pub(crate) fn carry_out(
    edit: &mut Edit<'_>,
    found: &Found,
    log: &dyn Log,
    durable: bool,
) -> Result<(), Failure> {
    let entry = &found.entry;
    if entry.shift != Shift::None {
        // Immediately before the first change, as `prepare` does it before the stores: is it as long as under the plan?
        match edit.target.current_len() {
            Ok(len) if len == entry.old_len => {}
            Ok(_) => {
                let error = io::Error::other("another program changed its length before the edit");
                return Err(Failure::Untouched("edit it", error));
            }
            Err(error) => return Err(Failure::Untouched("look at it", error)),
        }
        // A file that grows and then finds no room could not go back on some file systems. Inserted blocks bring their own.
        let is_extended = entry.shift == Shift::Resize;
        let spans = if is_extended { spans_of(found, log) } else { Ok(Vec::new()) };
        if let Err(error) = spans.and_then(|spans| edit.target.reserve(&spans)) {
            return Err(Failure::Untouched("find room for it", error));
        }
        if let Err(error) = edit.target.shift(entry.shift, entry.old_len, entry.new_len) {
            return Err(after_failed_shift(edit.target, entry, error));
        }
        if durable && let Err(error) = edit.target.flush() {
            return Err(Failure::Interrupted("flush the new length", error));
        }
    }
    let error = match prepare(edit.target, found, log) {
        Ok(()) => match store_new(edit.target, found, log) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        },
        Err(error) if entry.shift == Shift::None => return Err(Failure::Untouched("store into it", error)),
        Err(error) => error,
    };
    match take_back(edit.target, found, log) {
        Ok(()) => Err(Failure::Untouched("store into it", error)),
        Err(_) => Err(Failure::Interrupted("store into it", error)),
    }
}

/// A shift that was refused changed nothing; one that failed half-way is for the journal.
fn after_failed_shift(target: &dyn Target, entry: &Entry, error: io::Error) -> Failure {
    match target.current_len() {
        Ok(len) if len == entry.old_len => Failure::Untouched("change its length", error),
        _ => Failure::Interrupted("change its length", error),
    }
}

/// Stores all new bytes where they are not there yet. Doing it twice is doing it once.
pub(crate) fn redo(target: &mut dyn Target, found: &Found, log: &dyn Log) -> io::Result<()> {
    target.prepare_again()?;
    found.records(log, &mut |Record { at, after, .. }| store_what_differs(target, at, &after))
}

fn store_new(target: &mut dyn Target, found: &Found, log: &dyn Log) -> io::Result<()> {
    found.records(log, &mut |Record { at, after, .. }| target.store(at, &after))
}

/// Bytes that are there need no room, and no store.
fn store_what_differs(target: &mut dyn Target, at: u64, bytes: &[u8]) -> io::Result<()> {
    let mut here = Vec::new();
    let end = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    target.read_at(Span::new(at, end), &mut here)?;
    let differs = |(a, b): (&u8, &u8)| a != b;
    let Some(first) = here.iter().zip(bytes).position(differs) else { return Ok(()) };
    let last = here.iter().zip(bytes).rposition(differs).unwrap_or(first);
    let differing = bytes.get(first..=last).unwrap_or_default();
    target.store(at.saturating_add(u64::try_from(first).unwrap_or(u64::MAX)), differing)
}

pub(crate) fn spans_of(found: &Found, log: &dyn Log) -> io::Result<Vec<Span>> {
    let mut spans = Vec::new();
    found.records(log, &mut |record| {
        spans.push(Span::new(record.at, record.end()));
        Ok(())
    })?;
    Ok(spans)
}

/// What is stored next cannot fail for lack of space, and the file is as long as it should be.
fn prepare(target: &mut dyn Target, found: &Found, log: &dyn Log) -> io::Result<()> {
    target.prepare(&spans_of(found, log)?)
}

/// Stores all old bytes, changes the length back, and waits until that is durable.
pub(crate) fn take_back(target: &mut dyn Target, found: &Found, log: &dyn Log) -> io::Result<()> {
    let entry = &found.entry;
    if target.current_len()? == entry.new_len || entry.shift == Shift::None {
        target.prepare_again()?;
        found.records(log, &mut |Record { at, before, .. }| store_what_differs(target, at, &before))?;
        target.flush()?;
        let back = match entry.shift {
            Shift::None => return Ok(()),
            Shift::Insert { at, len } => Shift::Collapse { at, len },
            Shift::Collapse { at, len } => Shift::Insert { at, len },
            Shift::Resize => Shift::Resize,
        };
        target.shift(back, entry.new_len, entry.old_len)?;
        target.flush()?;
    }
    restore_lost(target, found, log)
}

/// Stores the bytes that a shift destroyed, where they were.
pub(crate) fn restore_lost(target: &mut dyn Target, found: &Found, log: &dyn Log) -> io::Result<()> {
    target.prepare_again()?;
    found.lost(log, &mut |at, bytes| store_what_differs(target, at, bytes))?;
    target.flush()
}
