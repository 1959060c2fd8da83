//! Going on with a run that was stopped.

use super::write::begun_path;
use super::{Line, Log, LogReader};
use crate::terminal;
use prkit_apply::{FileSource, Identity};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

/// What a log says is done: sixteen bytes an input.
#[derive(Debug, Default)]
pub(crate) struct Done(Vec<(u64, u64)>);

impl Done {
    fn add(&mut self, line: &Line) {
        let Some(path) = line.path() else { return };
        let state = match (&line.error, line.modified) {
            (None, Some(modified)) => hash(&(line.size_after, modified)),
            // It failed, or was not done to its end.
            _ => 0,
        };
        self.0.push((hash(&path), state));
    }

    /// The last line of a path counts.
    fn sort(&mut self) {
        self.0.reverse();
        self.0.sort_by_key(|(path, _)| *path);
        self.0.dedup_by_key(|(path, _)| *path);
    }

    /// Whether an input was done, and what it left is still the same.
    pub(crate) fn has(&self, path: &Path, result: &Path) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Ok(path) = std::path::absolute(path) else { return false };
        let Ok(at) = self.0.binary_search_by_key(&hash(&path), |(path, _)| *path) else { return false };
        let Ok(Identity { len, modified, .. }) = FileSource::look(result) else { return false };
        self.0.get(at).is_some_and(|(_, state)| *state == hash(&(len, modified)))
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Reads a log, and brings what was begun to an end.
///
/// `settle` finishes what a kill left of a file: interrupted edits and unfinished copies.
pub(crate) fn resume(
    path: &Path,
    durable: bool,
    settle: &dyn Fn(&Path) -> Result<(), String>,
) -> Result<(Done, Log), String> {
    let cannot = |error: io::Error| format!("cannot go on with {}: {error}", terminal::path(path));
    let mut done = Done::default();
    let reader = LogReader::open(path, &mut |line| done.add(line)).map_err(cannot)?;
    let log = Log::append(path, reader.end(), durable).map_err(cannot)?;
    drop(reader);
    let mut number = 0_u32;
    loop {
        let begun = begun_path(path, number);
        let lines = match File::open(&begun) {
            Ok(file) => begun_lines(file).map_err(cannot)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(cannot(error)),
        };
        for line in lines {
            let Some(line) = settled(line, &done, settle)? else { continue };
            log.end(None, &[&line]).map_err(cannot)?;
            done.add(&line);
        }
        std::fs::remove_file(&begun).map_err(cannot)?;
        number = number.saturating_add(1);
    }
    done.sort();
    Ok((done, log))
}

/// Lines that were begun. The group whose lines were not written to the end was not touched.
fn begun_lines(file: File) -> io::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for text in BufReader::new(file).split(b'\n') {
        match serde_json::from_slice(&text?) {
            Ok(line) => lines.push(line),
            Err(_) => break,
        }
    }
    Ok(lines)
}

/// A begun line, if its file was changed and the log does not say so yet.
fn settled(
    line: Line,
    done: &Done,
    settle: &dyn Fn(&Path) -> Result<(), String>,
) -> Result<Option<Line>, String> {
    let Some(path) = line.path() else { return Ok(None) };
    settle(&path)?;
    let result = line.output.as_ref().map_or_else(|| path.clone(), Into::into);
    let Ok(file) = FileSource::open(&result) else { return Ok(None) };
    let left = line.clone().left_as(file.identity());
    let known = left.modified.map(|modified| (hash(&path), hash(&(left.size_after, modified))));
    if known.is_some_and(|known| done.0.contains(&known)) {
        return Ok(None);
    }
    if line.is_new(&file).unwrap_or(false) {
        return Ok(Some(line.left_as(file.identity())));
    }
    if !line.is_old(&file).unwrap_or(false) && line.output.is_none() {
        anstream::eprintln!(
            "prkit: {}: neither as before the run nor as the run was to leave it; it is looked at again",
            terminal::path(&path)
        );
    }
    Ok(None)
}
