//! Every operation of an edit stopped once, and what others do to a file.

use super::super::commit::{Edit, Failure, commit};
use super::super::journal::{Entry, Journal, State};
use super::super::recover::{Refusal, close, recover, turn_to_undo};
use super::super::shift::Shift;
use super::super::storage::{Log, Target};
use super::{EachOnItsOwn, Machine, MachineLog, Random, World};
use bytes::Bytes;
use prkit_plan::{Place, Plan, Replacement, Shape, Source, Span, Splice, Strategy, Unwatched, With};
use std::io;

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
    let mut edits = [Edit { plan, target: &mut target, entry, check: &mut check, watch: &Unwatched }];
    commit(&mut edits, &mut MachineLog(machine.clone()), &mut EachOnItsOwn).remove(0)
}

/// What `prkit recover` does.
fn recover_all(machine: &Machine, undo: bool) -> Result<(), Refusal> {
    let mut log = MachineLog(machine.clone());
    let Some(journal) = Journal::read(&log)?.whole().filter(|journal| journal.state != State::Done) else {
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
            let again = MachineLog(restarted(&world, true, NEVER, &mut random));
            let turned = Journal::read(&again).unwrap().whole();
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

/// A file that cannot be read any more.
struct Unreadable(Machine);

impl Source for Unreadable {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, _: Span, _: &mut Vec<u8>) -> io::Result<()> {
        Err(io::Error::other("a sector that is lost"))
    }
}

impl Target for Unreadable {
    fn current_len(&self) -> io::Result<u64> {
        self.0.current_len()
    }

    fn reserve(&mut self, spans: &[Span]) -> io::Result<()> {
        self.0.reserve(spans)
    }

    fn prepare(&mut self, spans: &[Span]) -> io::Result<()> {
        self.0.prepare(spans)
    }

    fn prepare_again(&mut self) -> io::Result<()> {
        self.0.prepare_again()
    }

    fn store(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.store(at, bytes)
    }

    fn shift(&mut self, shift: Shift, from: u64, to: u64) -> io::Result<()> {
        self.0.shift(shift, from, to)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn a_file_that_cannot_be_read_fails_and_the_others_of_its_group_do_not() {
    let old = file();
    let plan = plan(&old, 3000, 0, 0);
    let new = plan.to_vec(&&old[..]).unwrap();
    let machines: Vec<Machine> = (0..3).map(|_| Machine::new(&old, None, usize::MAX, 0)).collect();
    let entry = |name: &[u8]| Entry {
        name: name.to_vec(),
        inode: 0,
        old_len: plan.old_len(),
        new_len: plan.new_len(),
        shift: Shift::of(&plan, None),
        samples: Vec::new(),
    };
    let (mut first, mut second, mut third) =
        (machines[0].clone(), Unreadable(machines[1].clone()), machines[2].clone());
    let (mut a, mut b, mut c) = (|_: &dyn Source| Ok(()), |_: &dyn Source| Ok(()), |_: &dyn Source| Ok(()));
    let mut edits = [
        Edit { plan: &plan, target: &mut first, entry: entry(b"a"), check: &mut a, watch: &Unwatched },
        Edit { plan: &plan, target: &mut second, entry: entry(b"b"), check: &mut b, watch: &Unwatched },
        Edit { plan: &plan, target: &mut third, entry: entry(b"c"), check: &mut c, watch: &Unwatched },
    ];
    let results = commit(&mut edits, &mut MachineLog(machines[0].clone()), &mut EachOnItsOwn);
    assert!(matches!(&results[..], [Ok(()), Err(Failure::Untouched("read it", _)), Ok(())]), "{results:?}");
    let now: Vec<Vec<u8>> = machines.iter().map(|machine| machine.world().file.cache.unwrap()).collect();
    assert!(now == [new.clone(), old.clone(), new.clone()]);
    // Alone, nothing is left of it.
    let mut edits =
        [Edit { plan: &plan, target: &mut second, entry: entry(b"b"), check: &mut b, watch: &Unwatched }];
    let results = commit(&mut edits, &mut MachineLog(machines[1].clone()), &mut EachOnItsOwn);
    assert!(matches!(&results[..], [Err(Failure::Untouched("read it", _))]), "{results:?}");
    assert!(machines[1].world().journal.cache.is_none());
}
