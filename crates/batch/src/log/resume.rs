//! Going on with a run that was stopped.

use super::error::{Damage, LogError, Result};
use super::write::claim;
use super::{Asked, Line, Log, LogReader, begun, own};
use prkit_apply::{FileSource, Identity};
use prkit_plan::{AnyAsset, Asset as _, Version};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::Path;

/// Whatever went wrong.
type Wrong = Box<dyn std::error::Error + Send + Sync>;

/// Who looks at what a log tells of.
pub trait Settle {
    /// Finishes what a kill left of a file: interrupted edits and unfinished copies.
    ///
    /// # Errors
    ///
    /// What stands in the way.
    fn settle(&self, path: &Path) -> Result<(), Wrong>;

    /// Opens an object of a store.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened.
    fn open(&self, url: &str) -> Result<AnyAsset, Wrong>;
}

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
        let Some(name) = line.name() else { return };
        let state = match (&line.error, line.after.modified, &line.after.tag) {
            (None, Some(modified), _) if line.left.is_none() => hash(&(line.after.size, modified)),
            (None, None, Some(tag)) if line.left.is_none() => hash(&(line.after.size, tag)),
            // It failed, left something as it was, or was not done to its end.
            _ => 0,
        };
        self.0.push((hash(name.as_path()), state));
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
        let Ok(Identity { len, modified, .. }) = FileSource::look(result) else { return false };
        self.is(&path, hash(&(len, modified)))
    }

    /// The same for an object of a store, which is this version now, or whose result is.
    pub fn has_version(&self, name: &Path, version: &Version) -> bool {
        self.is(name, hash(&(version.len, &version.tag)))
    }

    /// Whether it says nothing.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn is(&self, name: &Path, now: u64) -> bool {
        let at = self.0.binary_search_by_key(&hash(name), |(name, _)| *name);
        at.is_ok_and(|at| self.0.get(at).is_some_and(|(_, state)| *state == now))
    }
}

/// Reads a log, and brings what was begun to an end.
///
/// A log of a run that asked for something else is refused, and so is one that is not as it was written. Inputs that are
/// neither old nor new are kept in the log with an error, and told of.
///
/// # Errors
///
/// Why the log cannot be gone on with.
pub fn resume(
    path: &Path,
    asked: Option<&Asked>,
    durable: bool,
    settle: &dyn Settle,
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
        let settled = match line.url.clone() {
            Some(url) => in_store(line, &url, &log.run(), settle, tell),
            None => settled(line, &done, settle, tell),
        };
        let Some(line) = settled.map_err(LogError::Settle)? else { continue };
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
    settle: &dyn Settle,
    tell: &mut dyn FnMut(&Path, &Unsettled),
) -> Result<Option<Line>, Wrong> {
    let Some(path) = line.path() else { return Ok(None) };
    settle.settle(&path)?;
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
    let known =
        left.after.modified.map(|modified| (hash(path.as_path()), hash(&(left.after.size, modified))));
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

/// The same for an object of a store, which may tell itself that the run edited it.
fn in_store(
    line: Line,
    url: &str,
    run: &str,
    settle: &dyn Settle,
    tell: &mut dyn FnMut(&Path, &Unsettled),
) -> Result<Option<Line>, Wrong> {
    if line.is_elsewhere() {
        // What was made elsewhere is there as a whole or not at all, and nothing was taken away.
        return Ok(None);
    }
    let mut kept = |line: Line, why: Unsettled| {
        tell(Path::new(url), &why);
        Ok(Some(line.failed(&why.to_string())))
    };
    let asset = match settle.open(url) {
        Ok(asset) => asset,
        Err(error) => return kept(line, Unsettled::Unread(error)),
    };
    match (line.is_new(&asset), line.is_old(&asset)) {
        (Ok(true), _) => Ok(Some(line.left_in_store(asset.version()))),
        (_, Ok(true)) if !asset.is_marked(run) => Ok(None),
        (Err(error), _) | (_, Err(error)) => kept(line, Unsettled::Unread(Box::new(error))),
        _ => kept(line, Unsettled::Neither),
    }
}

/// Anything in one number, for as long as this process runs.
fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
