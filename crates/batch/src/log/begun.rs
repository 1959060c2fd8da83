//! The files beside a log that hold the lines of groups that are at work.
//!
//! ```text
//!   {"schema":2,"logged":7,"mac":"…"}                        the log had seven lines when this was written
//!   {"schema":2,"path":…,"mac":"…"}                          what is about to be done
//! ```
//!
//! The first one is there from the beginning of a run to its end: a log without an end record and without such a file was
//! cut. So was a log with fewer lines than one of these files has seen in it. A file is never written over, only emptied and
//! written behind its end: after a power failure, an old and a new content are not mixed.

use super::Line;
use super::error::{Damage, LogError, Result};
use super::own;
use super::seal::Key;
use prkit_apply::folder_of;
use serde::Deserialize;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// Between the name of the log and a number.
const INFIX: &str = ".begun-";

/// Where the lines of a group are.
pub(super) fn path_of(log: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(log);
    name.push(format!("{INFIX}{number}"));
    PathBuf::from(name)
}

/// Those that are there, whatever numbers are missing between them.
pub fn left_of(log: &Path) -> Result<Vec<PathBuf>> {
    let begin = [log.file_name().unwrap_or_default().as_encoded_bytes(), INFIX.as_bytes()].concat();
    let folder = folder_of(log);
    let list = |error| LogError::of(folder, "list it", error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(list)? {
        let name = entry.map_err(list)?.file_name();
        let number = name.as_encoded_bytes().strip_prefix(&begin[..]);
        if number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit)) {
            // As they were named when they were made: a log without a folder in its name has none either.
            found.push(log.with_file_name(name));
        }
    }
    found.sort();
    Ok(found)
}

/// What one tells.
#[derive(Default)]
pub(super) struct Told {
    /// How many lines the log had, at least; they were as durable as the run was asked to make them.
    pub(super) logged: u64,
    pub(super) lines: Vec<Line>,
}

/// How a position begins, which no other line does.
const POSITION: &[u8] = b"{\"schema\":2,\"logged\":";

#[derive(Deserialize)]
struct Position {
    logged: u64,
}

/// The first line of one.
pub(super) fn position(key: &Key, logged: u64) -> Vec<u8> {
    let mut members = POSITION.to_vec();
    members.extend_from_slice(format!("{logged}}}").as_bytes());
    key.sealed(members)
}

/// Reads one. A group whose lines were not written to the end was not touched.
pub(super) fn told(path: &Path, key: &Key) -> Result<Told> {
    let mut told = Told::default();
    let (mut reader, mut offset, mut text) = (BufReader::new(own::open(path, false)?), 0_u64, Vec::new());
    let mut number = 0_u64;
    loop {
        text.clear();
        let len =
            reader.read_until(b'\n', &mut text).map_err(|error| LogError::of(path, "read it", error))?;
        if text.last() != Some(&b'\n') {
            return Ok(told);
        }
        number = number.saturating_add(1);
        if told.take(&text, key).is_none() {
            let damage = Damage::Line { line: number, offset };
            return Err(LogError::Damaged { path: path.to_owned(), damage });
        }
        offset = offset.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
    }
}

impl Told {
    /// Takes in a line, if it is as it was written.
    fn take(&mut self, text: &[u8], key: &Key) -> Option<()> {
        if !key.has_sealed(text) {
            return None;
        }
        if text.starts_with(POSITION) {
            let position: Position = serde_json::from_slice(text).ok()?;
            self.logged = self.logged.max(position.logged);
        } else {
            self.lines.push(serde_json::from_slice(text).ok()?);
        }
        Some(())
    }
}
