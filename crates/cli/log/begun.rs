//! The files beside a log that hold the lines of groups that are at work.

use super::Line;
use prkit_apply::folder_of;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
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
pub(crate) fn left_of(log: &Path) -> io::Result<Vec<PathBuf>> {
    let begin = [log.file_name().unwrap_or_default().as_encoded_bytes(), INFIX.as_bytes()].concat();
    let folder = folder_of(log);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.as_encoded_bytes().strip_prefix(&begin[..]);
        if number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit)) {
            found.push(folder.join(name));
        }
    }
    found.sort();
    Ok(found)
}

/// The lines in one. A group whose lines were not written to the end was not touched.
pub(super) fn lines(path: &Path) -> io::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for text in BufReader::new(File::open(path)?).split(b'\n') {
        match serde_json::from_slice(&text?) {
            Ok(line) => lines.push(line),
            Err(_) => break,
        }
    }
    Ok(lines)
}
