//! Writing a log.

use super::Line;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How every log begins.
pub(super) const HEAD_BEGIN: &str = "{\"schema\":1,\"log\":";

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
    pub(crate) fn create(path: &Path, durable: bool) -> Result<Self, String> {
        let mut file = OpenOptions::new().append(true).create_new(true).open(path).map_err(|error| {
            let path = crate::terminal::path(path);
            match error.kind() {
                io::ErrorKind::AlreadyExists => format!("{path} exists; --resume {path} goes on with it"),
                _ => format!("cannot write {path}: {error}"),
            }
        })?;
        let head = format!("{HEAD_BEGIN}\"prkit\",\"version\":\"{}\"}}\n", env!("CARGO_PKG_VERSION"));
        file.write_all(head.as_bytes()).map_err(|error| error.to_string())?;
        Ok(Self::of(path, file, durable))
    }

    /// A log that is gone on with, behind its last whole line.
    pub(super) fn append(path: &Path, end: u64, durable: bool) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(path)?;
        if file.metadata()?.len() > end {
            file.set_len(end)?;
        }
        Ok(Self::of(path, file, durable))
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
            let mut file = lock(&self.file);
            file.write_all(&text)?;
            let file = if self.durable && begun.is_some() { Some(file.try_clone()?) } else { None };
            // Begun lines may go only when these are durable.
            if let Some(file) = file {
                file.sync_data()?;
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
        let path = begun_path(&self.path, free.made);
        free.made = free.made.saturating_add(1);
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
        Ok(Begun { path, file })
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

/// Where begun lines of a log are.
pub(super) fn begun_path(log: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(log);
    name.push(format!(".begun-{number}"));
    PathBuf::from(name)
}

fn text_of(lines: &[&Line]) -> io::Result<Vec<u8>> {
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
