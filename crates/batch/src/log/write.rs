//! Writing a log.

use super::error::{LogError, Result};
use super::head::{FORMAT, Head};
use super::seal::Key;
use super::{Asked, Line, begun, own};
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A log that is being written, by several workers.
pub struct Log {
    path: PathBuf,
    durable: bool,
    key: Key,
    out: Mutex<Out>,
    /// Files for begun lines that nobody uses.
    free: Mutex<Free>,
}

struct Out {
    file: File,
    /// The number of the last line; that of the first one is 0.
    last: u64,
    /// How many lines tell of inputs.
    inputs: u64,
}

#[derive(Default)]
struct Free {
    files: Vec<Begun>,
    made: u32,
    /// How many hold lines, or may.
    used: u32,
}

/// A group that is being carried out.
pub struct Begun {
    path: PathBuf,
    file: File,
}

/// The last line of a run that came to its end, or was stopped between two files.
#[derive(Serialize, Deserialize)]
pub(super) struct End {
    schema: u32,
    end: String,
    /// How many lines tell of inputs.
    inputs: u64,
    #[serde(skip_serializing, default)]
    pub(super) n: Option<u64>,
}

impl Log {
    /// A new log.
    pub fn create(path: &Path, asked: &Asked, durable: bool) -> Result<Self> {
        // A log of the same name was taken away, and old bytes are in there.
        if let Some(left) = begun::left_of(path)?.into_iter().next() {
            return Err(LogError::Left { path: left });
        }
        let file = own::create(path)?;
        // Nothing was done yet, and a file that stays is one that the next --log is refused for.
        claim(path, &file).and_then(|()| Self::begin_in(path, file, asked, durable)).inspect_err(|_| {
            let _ = std::fs::remove_file(begun::path_of(path, 0));
            let _ = std::fs::remove_file(path);
        })
    }

    /// A log in a file that is claimed and holds nothing.
    fn begin_in(path: &Path, mut file: File, asked: &Asked, durable: bool) -> Result<Self> {
        let system = |doing| move |error| LogError::of(path, doing, error);
        let head = Head::new(Some(asked)).map_err(system("make a key for it"))?;
        append(&mut file, &head.line().map_err(system("write it"))?).map_err(system("write it"))?;
        let log = Self::of(path, file, head.key, (0, 0), durable);
        log.flush().map_err(system("flush it"))?;
        log.flush_name(path).map_err(system("flush its name"))?;
        let first = log.begun()?;
        log.give_back(first);
        Ok(log)
    }

    /// A new log, where several processes may be about to begin the same one and only one does; `None` where a run has
    /// begun it already.
    ///
    /// The file is claimed before anything is written, so it stays for whoever comes next, whatever happens.
    pub fn create_unless_begun(path: &Path, asked: &Asked, durable: bool) -> Result<Option<Self>> {
        let file = own::open_or_create(path)?;
        claim(path, &file)?;
        if own::has_line(&file).map_err(|error| LogError::of(path, "read it", error))? {
            return Ok(None);
        }
        // Its run was killed before its first line was whole, and has done nothing. Lines of another one are no such case.
        let begun = begun::path_of(path, 0);
        for left in begun::left_of(path)? {
            if left != begun || left.metadata().map_or(true, |found| found.len() > 0) {
                return Err(LogError::Left { path: left });
            }
            std::fs::remove_file(&left).map_err(|error| LogError::of(&left, "remove it", error))?;
        }
        file.set_len(0).map_err(|error| LogError::of(path, "empty it", error))?;
        Self::begin_in(path, file, asked, durable).map(Some)
    }

    /// A log that is gone on with behind its lines; what is behind the last whole one goes.
    pub(super) fn go_on(
        path: &Path,
        file: File,
        key: Key,
        (end, last, inputs): (u64, u64, u64),
        durable: bool,
    ) -> Result<Self> {
        let system = |error| LogError::of(path, "write it", error);
        if file.metadata().map_err(system)?.len() > end {
            file.set_len(end).map_err(system)?;
        }
        Ok(Self::of(path, file, key, (last, inputs), durable))
    }

    fn of(path: &Path, file: File, key: Key, (last, inputs): (u64, u64), durable: bool) -> Self {
        let out = Mutex::new(Out { file, last, inputs });
        Self { path: path.to_owned(), durable, key, out, free: Mutex::new(Free::default()) }
    }

    /// Takes over what is left beside it of a run that was killed: the first one is used again, others go.
    pub(super) fn take_over(&self, left: &[PathBuf]) -> Result<()> {
        let first = begun::path_of(&self.path, 0);
        if left.contains(&first) {
            let file = own::open(&first, true)?;
            let mut begun = Begun { path: first.clone(), file };
            self.empty(&mut begun, lock(&self.out).last)?;
            let mut free = lock(&self.free);
            free.files.push(begun);
            free.made = 1;
        } else {
            let begun = self.begun()?;
            self.give_back(begun);
        }
        for other in left.iter().filter(|path| **path != first) {
            std::fs::remove_file(other).map_err(|error| LogError::of(other, "remove it", error))?;
        }
        Ok(())
    }

    /// What objects are marked with that this run edits.
    pub fn run(&self) -> String {
        self.key.run()
    }

    /// Says what is about to be done; durable before anything is.
    pub fn begin(&self, lines: &[&Line]) -> Result<Option<Begun>> {
        if lines.is_empty() {
            return Ok(None);
        }
        let mut begun = self.begun()?;
        let written = self.write_begun(&mut begun, lines);
        match written {
            Ok(()) => Ok(Some(begun)),
            Err(error) => {
                let error = LogError::of(&begun.path, "write it", error);
                // Nothing was done: half of it tells of nothing.
                if self.empty(&mut begun, 0).is_ok() {
                    self.give_back(begun);
                }
                Err(error)
            }
        }
    }

    fn write_begun(&self, begun: &mut Begun, lines: &[&Line]) -> io::Result<()> {
        let mut text = Vec::new();
        for line in lines {
            text.extend(self.key.sealed(serde_json::to_vec(line)?));
        }
        begun.file.write_all(&text)?;
        if self.durable { begun.file.sync_data() } else { Ok(()) }
    }

    /// Says what was done.
    pub fn end(&self, begun: Option<Begun>, lines: &[&Line]) -> Result<()> {
        let system = |error| LogError::of(&self.path, "write it", error);
        let last = if lines.is_empty() { 0 } else { self.write(lines).map_err(system)? };
        if let Some(mut begun) = begun {
            // Begun lines may go only when these are durable, and only then does a position count them.
            if last > 0 {
                self.flush().map_err(system)?;
            }
            self.empty(&mut begun, last)?;
            self.give_back(begun);
        }
        Ok(())
    }

    /// Takes the lines out of a begun file, which tells then how many the log has.
    fn empty(&self, begun: &mut Begun, logged: u64) -> Result<()> {
        let position = if logged > 0 { begun::position(&self.key, logged) } else { Vec::new() };
        let Begun { file, path } = begun;
        let system = |error| LogError::of(path, "empty it", error);
        file.set_len(0).map_err(system)?;
        // Where there is no room for it, a cut of the log may not be noticed; nothing else is lost.
        if file.write_all(&position).is_err() {
            file.set_len(0).map_err(system)?;
        }
        Ok(())
    }

    /// Returns the number of the last one.
    fn write(&self, lines: &[&Line]) -> io::Result<u64> {
        let members: Vec<Vec<u8>> = lines.iter().map(serde_json::to_vec).collect::<Result<_, _>>()?;
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        let mut out = lock(&self.out);
        let inputs = out.inputs.saturating_add(count);
        self.append(&mut out, members)?;
        out.inputs = inputs;
        Ok(out.last)
    }

    /// Writes lines with their numbers, all of them or none.
    fn append(&self, out: &mut Out, lines: Vec<Vec<u8>>) -> io::Result<()> {
        let (mut text, mut last) = (Vec::new(), out.last);
        for mut members in lines {
            last = last.saturating_add(1);
            members.pop();
            members.extend_from_slice(format!(",\"n\":{last}}}").as_bytes());
            text.extend(self.key.sealed(members));
        }
        append(&mut out.file, &text)?;
        out.last = last;
        Ok(())
    }

    fn begun(&self) -> Result<Begun> {
        let mut free = lock(&self.free);
        free.used = free.used.saturating_add(1);
        if let Some(begun) = free.files.pop() {
            return Ok(begun);
        }
        let path = begun::path_of(&self.path, free.made);
        free.made = free.made.saturating_add(1);
        // What another run left there is never written over.
        let file = own::create(&path)?;
        self.flush_name(&path).map_err(|error| LogError::of(&path, "flush its name", error))?;
        Ok(Begun { path, file })
    }

    fn give_back(&self, begun: Begun) {
        let mut free = lock(&self.free);
        free.used = free.used.saturating_sub(1);
        free.files.push(begun);
    }

    /// Waits until what was written is durable, where that is asked for.
    pub(super) fn flush(&self) -> io::Result<()> {
        if !self.durable {
            return Ok(());
        }
        // Not under the lock: others go on writing.
        let file = lock(&self.out).file.try_clone()?;
        file.sync_data()
    }

    fn flush_name(&self, path: &Path) -> io::Result<()> {
        if self.durable { prkit_apply::flush_name(path) } else { Ok(()) }
    }

    /// The run is over: says so, and then nothing is begun any more.
    ///
    /// Where lines of a group could not be written, they are still beside the log, and it has no end.
    pub fn close(self, is_done: bool) -> Result<()> {
        let free = core::mem::take(&mut *lock(&self.free));
        if free.used > 0 {
            return Ok(());
        }
        let system = |error| LogError::of(&self.path, "write its end", error);
        {
            let mut out = lock(&self.out);
            let end = if is_done { "done" } else { "stopped" }.to_owned();
            let end = End { schema: FORMAT, end, inputs: out.inputs, n: None };
            let members = serde_json::to_vec(&end).map_err(|error| system(error.into()))?;
            self.append(&mut out, vec![members]).map_err(system)?;
        }
        self.flush().map_err(system)?;
        for begun in free.files {
            // An empty one that stays says nothing.
            let _ = std::fs::remove_file(begun.path);
        }
        Ok(())
    }
}

/// One process writes a log at a time, where its file system has locks.
pub(super) fn claim(path: &Path, file: &File) -> Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(LogError::Busy { path: path.to_owned() }),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Writes all of it or nothing: behind half a line no other one would be read.
fn append(file: &mut File, text: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    file.write_all(text).inspect_err(|_| {
        let _ = file.set_len(before);
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_begun_once_by_whoever_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.log");
        let begin = |path: &Path| Log::create_unless_begun(path, &Asked::of("x"), false);
        let first = begin(&path).unwrap().unwrap();
        assert!(matches!(begin(&path), Err(LogError::Busy { .. })));
        drop(first);
        assert!(begin(&path).unwrap().is_none());
    }

    #[test]
    fn a_log_whose_first_line_was_cut_is_begun_anew_where_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.log");
        let begin = |path: &Path| Log::create_unless_begun(path, &Asked::of("x"), false);
        drop(own::create(&path).unwrap());
        std::fs::write(&path, "{\"schema\":2,\"log").unwrap();
        drop(own::create(&begun::path_of(&path, 0)).unwrap());
        assert!(begin(&path).unwrap().is_some());
        std::fs::write(&path, "").unwrap();
        std::fs::write(begun::path_of(&path, 0), "a line").unwrap();
        assert!(matches!(begin(&path), Err(LogError::Left { .. })));
    }
}
