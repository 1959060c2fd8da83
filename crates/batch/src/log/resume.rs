//! Going on with a run that was stopped.

use super::error::{Damage, LogError, Result};
use super::write::claim;
use super::{Asked, Line, Log, LogReader, begun, own};
use prkit_apply::{FileSource, Identity};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::Path;

/// Finishes what a kill left of a file.
pub type Settle<'s> = dyn Fn(&Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + 's;

/// Why a file that a run had begun is neither done nor untouched.
#[derive(Debug, thiserror::Error)]
pub enum Unsettled {
    /// Nobody knows.
    #[error("it cannot be looked at, and may be as the run left it: {0}")]
    Unread(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody else wrote to it.
    #[error("it is neither as before the run nor as the run was to leave it")]
    Neither,
}

/// What a log says is done: sixteen bytes an input.
#[derive(Debug, Default)]
pub struct Done(Vec<(u64, u64)>);

impl Done {
    fn add(&mut self, line: &Line) {
        let Some(path) = line.path() else { return };
        let state = match (&line.error, line.after.modified) {
            (None, Some(modified)) if line.left.is_none() => hash(&(line.after.size, modified)),
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
    pub fn has(&self, path: &Path, result: &Path) -> bool {
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
/// A log of a run that asked for something else is refused, and so is one that is not as it was written. `settle` finishes
/// what a kill left of a file: interrupted edits and unfinished copies. Files that are neither old nor new are kept in the
/// log with an error, and told of.
///
/// # Errors
///
/// Why the log cannot be gone on with.
pub fn resume(
    path: &Path,
    asked: Option<&Asked>,
    durable: bool,
    settle: &Settle<'_>,
    tell: &mut dyn FnMut(&Path, &Unsettled),
) -> Result<(Done, Log)> {
    let mut done = Done::default();
    let file = own::open(path, true)?;
    claim(path, &file)?;
    let again = file.try_clone().map_err(|error| LogError::of(path, "open it", error))?;
    let mut reader = LogReader::of(again, path, &mut |line| done.add(line))?;
    let left = begun::left_of(path)?;
    let begun = reader.beside(&left)?;
    let damage = if left.is_empty() { reader.damage().next() } else { reader.damage_but_its_end() };
    let ends = reader.ends();
    // Nothing is lost of a run that was killed before it told of any input.
    if let Some(damage) = damage.filter(|damage| *damage != Damage::NoEnd || ends.1 > 0) {
        return Err(LogError::Damaged { path: path.to_owned(), damage });
    }
    let Some(head) = reader.into_head() else { return Err(LogError::TooOld { path: path.to_owned() }) };
    if asked.is_some_and(|asked| !head.is_of(asked)) {
        return Err(LogError::OtherRun { path: path.to_owned() });
    }
    let log = Log::go_on(path, file, head.key, ends, durable)?;
    for line in begun {
        let Some(line) = settled(line, &done, settle, tell).map_err(LogError::Settle)? else { continue };
        log.end(None, &[&line])?;
        done.add(&line);
    }
    // When every line is where it belongs, and not before: whatever stops this finds them again.
    log.flush().map_err(|error| LogError::of(path, "flush it", error))?;
    log.take_over(&left)?;
    done.sort();
    Ok((done, log))
}

/// A begun line, if its file was changed and the log does not say so yet.
fn settled(
    line: Line,
    done: &Done,
    settle: &Settle<'_>,
    tell: &mut dyn FnMut(&Path, &Unsettled),
) -> Result<Option<Line>, Box<dyn std::error::Error + Send + Sync>> {
    let Some(path) = line.path() else { return Ok(None) };
    settle(&path)?;
    let result = line.output().unwrap_or_else(|| path.clone());
    let is_edited = line.output().is_none();
    // Its old bytes are nowhere else: they get into the log, whatever the file is.
    let mut kept = |line: Line, why: Unsettled| {
        tell(&path, &why);
        Some(line.failed(&why.to_string()))
    };
    let file = match FileSource::open(&result) {
        Ok(file) => file,
        Err(error) if is_edited => return Ok(kept(line, Unsettled::Unread(Box::new(error)))),
        Err(_) => return Ok(None),
    };
    let left = line.clone().left_as(file.identity());
    let known = left.after.modified.map(|modified| (hash(&path), hash(&(left.after.size, modified))));
    if known.is_some_and(|known| done.0.contains(&known)) {
        return Ok(None);
    }
    Ok(match (line.is_new(&file), line.is_old(&file)) {
        (Ok(true), _) => Some(line.left_as(file.identity())),
        (_, Ok(true)) => None,
        _ if !is_edited => None,
        (Err(error), _) | (_, Err(error)) => kept(line, Unsettled::Unread(Box::new(error))),
        (Ok(false), Ok(false)) => kept(line, Unsettled::Neither),
    })
}

/// Anything in one number, for as long as this process runs.
fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
