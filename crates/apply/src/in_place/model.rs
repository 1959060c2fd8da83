//! A disk in memory that loses what was not flushed.
//!
//! ```text
//!   process ──▶ cache ──flush──▶ platter
//!                 │ crash: power   any version of any sector of what was not flushed may be on the platter
//!                 │        kill    the cache is, and the last store up to any byte
//! ```
//!
//! Every operation of an edit is stopped once, in both ways, with many choices of what survived; recovery is stopped the
//! same way; and what is found in the end has to be the old file or the new one.

use super::commit::{Barrier, Edit, Failure, commit};
use super::journal::{Entry, Journal, State};
use super::recover::{Refusal, close, recover, turn_to_undo};
use super::shift::Shift;
use super::storage::{Log, Target};
use bytes::Bytes;
use prkit_plan::{Place, Plan, Replacement, Shape, Source, Span, Splice, Strategy, With};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

const SECTOR: usize = 512;

/// One file: what the process sees, what the platter has, and what is on the way.
#[derive(Clone, Default)]
struct Stored {
    cache: Option<Vec<u8>>,
    platter: Option<Vec<u8>>,
    /// Versions of sectors since the last flush, in order.
    pending: Vec<(usize, Vec<u8>)>,
}

impl Stored {
    fn write(&mut self, at: usize, bytes: &[u8]) {
        let cache = self.cache.get_or_insert_default();
        if cache.len() < at + bytes.len() {
            cache.resize(at + bytes.len(), 0);
        }
        cache[at..at + bytes.len()].copy_from_slice(bytes);
        for sector in at / SECTOR..=(at + bytes.len().max(1) - 1) / SECTOR {
            let start = sector * SECTOR;
            let end = (start + SECTOR).min(cache.len());
            self.pending.push((start, cache[start..end].to_vec()));
        }
    }

    fn flush(&mut self) {
        self.platter.clone_from(&self.cache);
        self.pending.clear();
    }

    /// The platter after the power failed: of every sector, any version.
    fn after_power_failure(&self, random: &mut Random) -> Option<Vec<u8>> {
        let Some(mut platter) = self.platter.clone() else {
            // The name was never flushed. It may be there, with anything in it.
            return if random.below(2) == 0 { None } else { Some(self.pick(Vec::new(), random)) };
        };
        if self.cache.is_none() {
            // Unlinked, not flushed.
            return if random.below(2) == 0 { None } else { Some(platter) };
        }
        platter = self.pick(platter, random);
        Some(platter)
    }

    fn pick(&self, mut platter: Vec<u8>, random: &mut Random) -> Vec<u8> {
        let mut versions: BTreeMap<usize, Vec<&Vec<u8>>> = BTreeMap::new();
        for (start, bytes) in &self.pending {
            versions.entry(*start).or_default().push(bytes);
        }
        for (start, versions) in versions {
            let chosen = random.below(versions.len() + 1);
            if let Some(bytes) = chosen.checked_sub(1).and_then(|i| versions.get(i)) {
                if platter.len() < start + bytes.len() {
                    platter.resize(start + bytes.len(), 0);
                }
                platter[start..start + bytes.len()].copy_from_slice(bytes);
            }
        }
        platter
    }
}

/// A small generator, so that every failure can be made again.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % n.max(1)
    }
}

#[derive(Clone)]
struct World {
    file: Stored,
    journal: Stored,
    /// Operations left before the crash.
    left: usize,
    done: usize,
    /// What the last store wrote before it was stopped.
    torn: usize,
}

#[derive(Clone)]
struct Machine(Arc<Mutex<World>>);

impl Machine {
    fn new(file: &[u8], journal: Option<Vec<u8>>, left: usize, torn: usize) -> Self {
        let stored =
            |bytes: Option<Vec<u8>>| Stored { cache: bytes.clone(), platter: bytes, pending: Vec::new() };
        let (file, journal) = (stored(Some(file.to_vec())), stored(journal));
        Self(Arc::new(Mutex::new(World { file, journal, left, done: 0, torn })))
    }

    /// One operation; an error from the crash on.
    fn step<R>(&self, run: impl FnOnce(&mut World) -> R) -> io::Result<R> {
        let mut world = self.0.lock().unwrap();
        if world.left == 0 {
            return Err(io::Error::other("crashed"));
        }
        world.left -= 1;
        world.done += 1;
        Ok(run(&mut world))
    }

    fn write(&self, which: fn(&mut World) -> &mut Stored, at: u64, bytes: &[u8]) -> io::Result<()> {
        let at = usize::try_from(at).unwrap();
        let stopped = self.step(|world| which(world).write(at, bytes));
        if stopped.is_err() {
            // The store that is stopped gets as far as any byte, once.
            let mut world = self.0.lock().unwrap();
            let torn = core::mem::take(&mut world.torn).min(bytes.len());
            if torn > 0 {
                which(&mut world).write(at, &bytes[..torn]);
            }
        }
        stopped
    }

    fn world(&self) -> World {
        self.0.lock().unwrap().clone()
    }
}

impl Source for Machine {
    fn len(&self) -> u64 {
        self.0.lock().unwrap().file.cache.as_ref().unwrap().len() as u64
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        let cache = self.0.lock().unwrap().file.cache.clone().unwrap();
        (&cache[..]).read_at(span, into)
    }
}

impl Target for Machine {
    fn current_len(&self) -> io::Result<u64> {
        Ok(Source::len(self))
    }

    fn prepare(&mut self, _: &[Span]) -> io::Result<()> {
        self.step(|_| ())
    }

    fn store(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.write(|world| &mut world.file, at, bytes)
    }

    /// As a file system with a metadata journal does it: not at all, or whole, and what was written before is.
    fn shift(&mut self, shift: Shift, _: u64, to: u64) -> io::Result<()> {
        let cut = |at: u64| usize::try_from(at).unwrap();
        self.step(|world| {
            let file = &mut world.file;
            assert!(file.pending.is_empty(), "a shift with stores on the way");
            let cache = file.cache.as_mut().unwrap();
            match shift {
                Shift::None => {}
                Shift::Insert { at, len } => {
                    cache.splice(cut(at)..cut(at), core::iter::repeat_n(0, cut(len)));
                }
                Shift::Collapse { at, len } => {
                    cache.drain(cut(at)..cut(at + len));
                }
                Shift::Resize => cache.resize(cut(to), 0),
            }
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.step(|world| world.file.flush())
    }
}

/// The journal of a machine.
#[derive(Clone)]
struct MachineLog(Machine);

impl Log for MachineLog {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.world().journal.cache.map_or(0, |journal| journal.len() as u64))
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let journal = self.0.world().journal.cache.unwrap_or_default();
        let at = usize::try_from(at).unwrap();
        into.copy_from_slice(journal.get(at..at + into.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write(|world| &mut world.journal, at, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.step(|world| world.journal.flush())
    }

    fn remove(&mut self) -> io::Result<()> {
        self.0.step(|world| {
            world.journal.cache = None;
            world.journal.pending.clear();
        })
    }
}

struct EachOnItsOwn;

impl Barrier for EachOnItsOwn {
    fn is_durable(&self) -> bool {
        true
    }

    fn flush_all(&mut self, edits: &mut [Edit<'_>]) -> io::Result<()> {
        edits.iter_mut().try_for_each(|edit| edit.target.flush())
    }
}

fn file() -> Vec<u8> {
    (0..9_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// Two fields patched and one run of bytes replaced.
fn plan(old: &[u8], at: u64, gone: u64, new: usize) -> Plan {
    let len = old.len() as u64;
    let put: Vec<u8> = (0..new).map(|i| u8::try_from(i % 251).unwrap() ^ 0x5A).collect();
    let splice = Splice { from: Place::start(at), to: Place::start(at + gone), len: new as u64 };
    let field =
        |at: u64| Replacement::of(Span::new(at, at + 4), With::Bytes(Bytes::from_static(b"\xFF\0\xFF\0")));
    let replaced = Replacement::of(Span::new(at, at + gone), With::Bytes(Bytes::from(put)));
    let replacements = vec![field(510), field(20_000), replaced];
    Plan::new(len, Shape::new(vec![splice]).unwrap(), replacements, Strategy::Copy, "").unwrap()
}

fn edit(machine: &Machine, plan: &Plan, block: Option<u64>, accept: bool) -> Result<(), Failure> {
    let mut target = machine.clone();
    let mut check = |_: &dyn Source| if accept { Ok(()) } else { Err("not as planned".into()) };
    let (old_len, new_len, shift) = (plan.old_len(), plan.new_len(), Shift::of(plan, block));
    let entry = Entry { name: b"file".to_vec(), inode: 1, old_len, new_len, shift, samples: Vec::new() };
    let mut edits = [Edit { plan, target: &mut target, entry, check: &mut check }];
    commit(&mut edits, &mut MachineLog(machine.clone()), &mut EachOnItsOwn).remove(0)
}

/// What `prkit recover` does.
fn recover_all(machine: &Machine, undo: bool) -> Result<(), Refusal> {
    let mut log = MachineLog(machine.clone());
    let Some(journal) = Journal::read(&log)?.filter(|journal| journal.state != State::Done) else {
        log.remove()?;
        return Ok(());
    };
    let undo = undo || journal.state == State::Undo;
    if undo && journal.state == State::Open {
        turn_to_undo(&mut log)?;
    }
    for found in &journal.entries {
        recover(found, &mut machine.clone(), &log, undo)?;
    }
    Ok(close(&mut log)?)
}

/// The machine after it was switched on again.
fn restarted(world: &World, power: bool, left: usize, random: &mut Random) -> Machine {
    let (file, journal) = if power {
        (world.file.after_power_failure(random), world.journal.after_power_failure(random))
    } else {
        (world.file.cache.clone(), world.journal.cache.clone())
    };
    Machine::new(&file.unwrap(), journal, left, random.below(600))
}

const NEVER: usize = usize::MAX;

/// Stops an edit at every operation, and its recovery at every operation.
fn stop_everywhere(old: &[u8], plan: &Plan, block: Option<u64>, accept: bool) -> usize {
    let new = plan.to_vec(&old).unwrap();
    let whole = Machine::new(old, None, NEVER, 0);
    let result = edit(&whole, plan, block, accept);
    assert_eq!(result.is_ok(), accept);
    assert!(whole.world().file.platter.unwrap() == *if accept { &new[..] } else { old });
    let (operations, mut tried) = (whole.world().done, 0);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for stop in 0..operations {
        for (power, undo) in [(false, false), (false, true), (true, false), (true, true)] {
            for _ in 0..if power { 6 } else { 2 } {
                let machine = Machine::new(old, None, stop, random.below(600));
                let _ = edit(&machine, plan, block, accept);
                let mut world = machine.world();
                // Recovery is stopped too, and again, before it may finish.
                for again in [random.below(8), random.below(14)] {
                    let machine = restarted(&world, power, again, &mut random);
                    let _ = recover_all(&machine, undo);
                    world = machine.world();
                }
                let machine = restarted(&world, power, NEVER, &mut random);
                recover_all(&machine, undo).unwrap_or_else(|error| panic!("stop {stop}: {error}"));
                let found = machine.world().file.cache.unwrap();
                assert!(
                    found == old || found == new,
                    "stop {stop}, power {power}, undo {undo}: neither old nor new"
                );
                assert!(machine.world().journal.cache.is_none());
                tried += 1;
            }
        }
    }
    tried
}

#[test]
fn whatever_is_lost_when_the_file_is_the_old_or_the_new_one() {
    let old = file();
    let mut tried = 0;
    for (at, gone, new, block) in [
        (700, 300, 300, None),
        (700, 300, 300 + 4096, Some(4096)),
        (700, 300 + 8192, 300, Some(4096)),
        (700, 300, 5000, None),
        (700, 5000, 300, None),
        (35_990, 10, 2_000, None),
        (30_000, 6_000, 0, None),
    ] {
        tried += stop_everywhere(&old, &plan(&old, at, gone, new), block, true);
    }
    println!("{tried} crashes tried");
}

#[test]
fn a_wrong_result_is_taken_back_whenever_it_is_stopped() {
    let old = file();
    for (gone, new, block) in [(300, 300, None), (300, 300 + 4096, Some(4096)), (300 + 4096, 300, Some(4096))]
    {
        stop_everywhere(&old, &plan(&old, 700, gone, new), block, false);
    }
}

#[test]
fn a_journal_that_was_done_does_nothing_to_a_later_edit() {
    let old = file();
    let first = plan(&old, 700, 300, 300);
    let machine = Machine::new(&old, None, NEVER, 0);
    edit(&machine, &first, None, true).unwrap();
    // The unlink was not durable: the journal is back, and says done.
    let journal = machine.world().journal.platter.unwrap();
    let later = b"a later edit".repeat(1000);
    let machine = Machine::new(&later, Some(journal), NEVER, 0);
    recover_all(&machine, false).unwrap();
    assert!(machine.world().file.cache.unwrap() == later);
}

#[test]
fn an_edit_that_is_being_taken_back_is_not_finished_by_a_later_recovery() {
    let old = file();
    let plan = plan(&old, 700, 300 + 4096, 300);
    let (mut random, mut seen) = (Random(7), 0);
    for stop in 3..30 {
        let machine = Machine::new(&old, None, stop, 0);
        let _ = edit(&machine, &plan, Some(4096), true);
        // Taking back gets as far as the word that says so, and some steps more.
        for steps in 2..12 {
            let interrupted = restarted(&machine.world(), true, steps, &mut random);
            let _ = recover_all(&interrupted, true);
            let world = interrupted.world();
            let turned = Journal::read(&MachineLog(restarted(&world, true, NEVER, &mut random))).unwrap();
            if turned.is_some_and(|journal| journal.state == State::Undo) {
                let again = Machine::new(&world.file.platter.unwrap(), world.journal.platter, NEVER, 0);
                recover_all(&again, false).unwrap();
                assert!(again.world().file.cache.unwrap() == old, "stop {stop}, {steps} steps");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen} times the word was durable and the rest was not");
}

#[test]
fn a_file_that_somebody_else_changed_is_left_alone() {
    let old = file();
    let plan = plan(&old, 700, 300, 300);
    let stopped = Machine::new(&old, None, 5, 0);
    let _ = edit(&stopped, &plan, None, true);
    let world = stopped.world();
    let mut other = old.clone();
    other[710] ^= 0xFF;
    let machine = Machine::new(&other, world.journal.cache, NEVER, 0);
    assert!(matches!(recover_all(&machine, false), Err(Refusal::Foreign { at: 710 })));
    other.push(0);
    let machine = Machine::new(&other, machine.world().journal.cache, NEVER, 0);
    assert!(matches!(recover_all(&machine, false), Err(Refusal::Length { .. })));
}
