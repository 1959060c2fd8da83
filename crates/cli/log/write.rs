//! Writing a log.

use super::{Head, Line, begun};
use crate::terminal;
use serde::Serialize;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A log that is being written, by several workers.
pub(crate) struct Log {
    path: PathBuf,
    durable: bool,
    file: Mutex<File>,
    /// Files for begun lines that nobody uses.
    free: Mutex<Free>,
}

#[derive(Default)]
struct Free {
    files: Vec<Begun>,
    made: u32,
}

/// A group that is being carried out.
pub(crate) struct Begun {
    path: PathBuf,
    file: File,
}

impl Log {
    /// A new log. One that exists is not written over: nobody could take its batch back any more.
    pub(crate) fn create(path: &Path, head: &Head, durable: bool) -> Result<Self, String> {
        let cannot = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                format!("{} exists; --resume {} goes on with it", terminal::path(path), terminal::path(path))
            }
            _ => format!("cannot write {}: {error}", terminal::path(path)),
        };
        // A log of the same name was taken away, and old bytes are in there.
        if let Some(left) = begun::left_of(path).map_err(cannot)?.first() {
            return Err(format!("{} is left of another run: move it away first", terminal::path(left)));
        }
        let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(cannot)?;
        claim(&file).map_err(cannot)?;
        // An empty one is of a run that was killed before it said anything.
        if file.metadata().map_err(cannot)?.len() > 0 {
            return Err(cannot(io::ErrorKind::AlreadyExists.into()));
        }
        append(&mut file, &text_of(&[head]).map_err(cannot)?).map_err(cannot)?;
        let log = Self::of(path, file, durable);
        log.flush().and_then(|()| log.flush_name(path)).map_err(cannot)?;
        Ok(log)
    }

    /// A log that is gone on with.
    pub(super) fn open(path: &Path, durable: bool) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(path)?;
        claim(&file)?;
        Ok(Self::of(path, file, durable))
    }

    /// Takes away what stands behind the last whole line.
    pub(super) fn cut(&self, end: u64) -> io::Result<()> {
        let file = lock(&self.file);
        if file.metadata()?.len() > end { file.set_len(end) } else { Ok(()) }
    }

    fn of(path: &Path, file: File, durable: bool) -> Self {
        Self { path: path.to_owned(), durable, file: Mutex::new(file), free: Mutex::new(Free::default()) }
    }

    /// Says what is about to be done; durable before anything is.
    pub(crate) fn begin(&self, lines: &[&Line]) -> io::Result<Option<Begun>> {
        if lines.is_empty() {
            return Ok(None);
        }
        let mut begun = self.begun()?;
        let text = text_of(lines)?;
        begun.file.seek(SeekFrom::Start(0))?;
        begun.file.write_all(&text)?;
        if self.durable {
            begun.file.sync_data()?;
        }
        Ok(Some(begun))
    }

    /// Says what was done.
    pub(crate) fn end(&self, begun: Option<Begun>, lines: &[&Line]) -> io::Result<()> {
        if !lines.is_empty() {
            let text = text_of(lines)?;
            append(&mut lock(&self.file), &text)?;
            // Begun lines may go only when these are durable.
            if begun.is_some() {
                self.flush()?;
            }
        }
        if let Some(begun) = begun {
            begun.file.set_len(0)?;
            lock(&self.free).files.push(begun);
        }
        Ok(())
    }

    fn begun(&self) -> io::Result<Begun> {
        let mut free = lock(&self.free);
        if let Some(begun) = free.files.pop() {
            return Ok(begun);
        }
        let path = begun::path_of(&self.path, free.made);
        free.made = free.made.saturating_add(1);
        // What another run left there is never written over.
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        self.flush_name(&path)?;
        Ok(Begun { path, file })
    }

    /// Waits until what was written is durable, where that is asked for.
    pub(super) fn flush(&self) -> io::Result<()> {
        if !self.durable {
            return Ok(());
        }
        // Not under the lock: others go on writing.
        let file = lock(&self.file).try_clone()?;
        file.sync_data()
    }

    fn flush_name(&self, path: &Path) -> io::Result<()> {
        if self.durable { prkit_apply::flush_name(path) } else { Ok(()) }
    }

    /// The run is over: nothing is begun any more.
    pub(crate) fn close(self) {
        let free = self.free.into_inner().unwrap_or_else(PoisonError::into_inner);
        for begun in free.files {
            // An empty one that stays says nothing.
            let _ = std::fs::remove_file(begun.path);
        }
    }
}

/// One process writes a log at a time, where its file system has locks.
pub(super) fn claim(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another process is at work with it")),
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

fn text_of(lines: &[&impl Serialize]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
    }
    Ok(text)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
