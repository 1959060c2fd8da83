//! Files that only their owner can have written: logs, and what is begun beside them.
//!
//! A log says which bytes are stored into which files, so it counts only if it is a regular file of the user in whose name
//! this process acts, and nobody else may write to it. Links are not followed, neither when it is made nor when it is
//! opened. Other systems than Unix do not say who owns a file; there every regular file counts.

use super::error::{Distrust, LogError, Result};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

/// Makes a file that was not there, for its owner alone: it holds bytes of files that may be for their owners alone.
pub(super) fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => LogError::of(path, "make it", error),
    })?;
    // Some file systems give every file to somebody else, or to everybody.
    check(path, &file).inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })?;
    Ok(file)
}

/// Makes a file, or opens the one that is there.
pub(super) fn open_or_create(path: &Path) -> Result<File> {
    match create(path) {
        Err(LogError::Exists { .. } | LogError::Empty { .. }) => open(path, true),
        made => made,
    }
}

/// Whether there is a whole line in it.
pub(super) fn has_line(mut file: &File) -> io::Result<bool> {
    let mut block = [0; 4096];
    let len = file.read(&mut block)?;
    file.rewind()?;
    Ok(block.get(..len).is_some_and(|text| text.contains(&b'\n')))
}

/// What is there instead of a new file.
fn exists(path: &Path) -> LogError {
    let path_of = || path.to_owned();
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => LogError::Untrusted { path: path_of(), why: Distrust::Link },
        Ok(found) if !found.is_file() => LogError::Untrusted { path: path_of(), why: Distrust::NotAFile },
        Ok(found) if found.len() == 0 => LogError::Empty { path: path_of() },
        _ => LogError::Exists { path: path_of() },
    }
}

/// Opens one that counts. Nothing is waited for: a pipe is refused.
pub(super) fn open(path: &Path, write: bool) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(write);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let flags = i32::try_from(flags.bits()).unwrap_or(0);
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let file = options.open(path).map_err(|error| {
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        if is_link {
            LogError::Untrusted { path: path.to_owned(), why: Distrust::Link }
        } else {
            LogError::of(path, "open it", error)
        }
    })?;
    check(path, &file)?;
    Ok(file)
}

fn check(path: &Path, file: &File) -> Result<()> {
    let found = file.metadata().map_err(|error| LogError::of(path, "look at it", error))?;
    let why = if found.is_file() { distrust(&found) } else { Some(Distrust::NotAFile) };
    why.map_or(Ok(()), |why| Err(LogError::Untrusted { path: path.to_owned(), why }))
}

#[cfg(unix)]
fn distrust(found: &Metadata) -> Option<Distrust> {
    use std::os::unix::fs::MetadataExt as _;
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Some(Distrust::Owner);
    }
    (found.mode() & WRITABLE_BY_OTHERS != 0).then_some(Distrust::Mode)
}

#[cfg(not(unix))]
fn distrust(_: &Metadata) -> Option<Distrust> {
    None
}
