//! The files beside a log that hold the lines of groups that are at work.
//!
//! The first one is there from the beginning of a run to its end: a log without an end record and without such a file was
//! cut.

use super::Line;
use super::error::{Damage, LogError, Result};
use super::own;
use super::seal::Key;
use prkit_apply::folder_of;
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
            found.push(folder.join(name));
        }
    }
    found.sort();
    Ok(found)
}

/// The lines in one. A group whose lines were not written to the end was not touched.
pub(super) fn lines(path: &Path, key: &Key) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let (mut reader, mut offset, mut text) = (BufReader::new(own::open(path, false)?), 0_u64, Vec::new());
    loop {
        text.clear();
        let len =
            reader.read_until(b'\n', &mut text).map_err(|error| LogError::of(path, "read it", error))?;
        if text.last() != Some(&b'\n') {
            return Ok(lines);
        }
        let line = if key.has_sealed(&text) { serde_json::from_slice(&text).ok() } else { None };
        lines.push(line.ok_or_else(|| {
            let line = u64::try_from(lines.len()).unwrap_or(u64::MAX).saturating_add(1);
            LogError::Damaged { path: path.to_owned(), damage: Damage::Line { line, offset } }
        })?);
        offset = offset.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
    }
}
