//! Going on with a run that was stopped.

use super::head::hash;
use super::{Head, Line, Log, LogReader, begun};
use crate::terminal;
use prkit_apply::{FileSource, Identity};
use std::io;
use std::path::Path;

/// What a log says is done: sixteen bytes an input.
#[derive(Debug, Default)]
pub(crate) struct Done(Vec<(u64, u64)>);

impl Done {
    fn add(&mut self, line: &Line) {
        let Some(path) = line.path() else { return };
        let state = match (&line.error, line.modified) {
            (None, Some(modified)) if line.left.is_none() => hash(&(line.size_after, modified)),
            // It failed, left something as it was, or was not done to its end.
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

/// Reads a log, and brings what was begun to an end.
///
/// A log of a run that asked for something else than `head` says is refused. `settle` finishes what a kill left of a file:
/// interrupted edits and unfinished copies.
pub(crate) fn resume(
    path: &Path,
    head: Option<&Head>,
    durable: bool,
    settle: &dyn Fn(&Path) -> Result<(), String>,
) -> Result<(Done, Log), String> {
    let cannot = |error: io::Error| format!("cannot go on with {}: {error}", terminal::path(path));
    let mut done = Done::default();
    let log = Log::open(path, durable).map_err(cannot)?;
    let reader = LogReader::open(path, &mut |line| done.add(line)).map_err(cannot)?;
    if head.is_some_and(|head| head.is_other(reader.head())) {
        return Err(format!(
            "{} is of a run with other options: --resume goes on with the same ones, --log begins another record",
            terminal::path(path)
        ));
    }
    log.cut(reader.end()).map_err(cannot)?;
    drop(reader);
    let left = begun::left_of(path).map_err(cannot)?;
    for begun in &left {
        for line in begun::lines(begun).map_err(cannot)? {
            let Some(line) = settled(line, &done, settle)? else { continue };
            log.end(None, &[&line]).map_err(cannot)?;
            done.add(&line);
        }
    }
    // When every line is where it belongs, and not before: whatever stops this finds them again.
    log.flush().map_err(cannot)?;
    left.iter().try_for_each(std::fs::remove_file).map_err(cannot)?;
    done.sort();
    Ok((done, log))
}

/// A begun line, if its file was changed and the log does not say so yet.
fn settled(
    line: Line,
    done: &Done,
    settle: &dyn Fn(&Path) -> Result<(), String>,
) -> Result<Option<Line>, String> {
    let Some(path) = line.path() else { return Ok(None) };
    settle(&path)?;
    let result = line.output().unwrap_or_else(|| path.clone());
    let is_edited = line.output().is_none();
    // Its old bytes are nowhere else: they get into the log, whatever the file is.
    let kept = |line: Line, why: String| {
        terminal::note(format_args!("{}: {why}", terminal::path(&path)));
        Some(Line { changed: false, error: Some(why), ..line })
    };
    let unread = |error: &dyn std::fmt::Display| {
        format!("it cannot be looked at, and may be as the run left it: {error}")
    };
    let file = match FileSource::open(&result) {
        Ok(file) => file,
        Err(error) if is_edited => return Ok(kept(line, unread(&error))),
        Err(_) => return Ok(None),
    };
    let left = line.clone().left_as(file.identity());
    let known = left.modified.map(|modified| (hash(&path), hash(&(left.size_after, modified))));
    if known.is_some_and(|known| done.0.contains(&known)) {
        return Ok(None);
    }
    Ok(match (line.is_new(&file), line.is_old(&file)) {
        (Ok(true), _) => Some(line.left_as(file.identity())),
        (_, Ok(true)) => None,
        _ if !is_edited => None,
        (Err(error), _) | (_, Err(error)) => kept(line, unread(&error)),
        (Ok(false), Ok(false)) => {
            kept(line, "it is neither as before the run nor as the run was to leave it".to_owned())
        }
    })
}
