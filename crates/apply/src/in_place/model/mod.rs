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

mod crashes;

use super::commit::{Barrier, Edit};
use super::shift::Shift;
use super::storage::{Log, Target};
use prkit_plan::{Source, Span};
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

    fn reserve(&mut self, _: &[Span]) -> io::Result<()> {
        self.step(|_| ())
    }

    fn prepare(&mut self, _: &[Span]) -> io::Result<()> {
        self.step(|_| ())
    }

    fn prepare_again(&mut self) -> io::Result<()> {
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
