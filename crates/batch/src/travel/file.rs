//! Writing a file of plans, and reading it.

use super::edit::TravellingEdit;
use super::error::TravelError;
use super::lines::{End, FORMAT, Head};
use crate::input::{Document, Input, Name};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_apply::Folder;
use prkit_plan::{Plan, Strategy};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes at the end of a file that have the end record in them.
const TAIL: u64 = 64 * 1024;
/// Longer lines are none of ours.
const MAX_LINE: u64 = 1024 * 1024 * 1024;

/// Writes the edits of a run, by several workers.
pub struct PlanWriter {
    /// Absolute, links resolved.
    root: PathBuf,
    out: Mutex<BufWriter<File>>,
    /// Files that have a line: what is named twice is edited once.
    named: Mutex<BTreeSet<PathBuf>>,
    titles: AtomicU64,
}

/// A line of a plan.
#[derive(Debug)]
pub struct PlanLine(Vec<u8>);

impl PlanLine {
    fn new(line: &impl Serialize) -> Result<Self, TravelError> {
        let mut text = serde_json::to_vec(line).map_err(io::Error::from).map_err(system("write it"))?;
        text.push(b'\n');
        Ok(Self(text))
    }
}

/// What is planned for one asset.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// How it was made to fit, whichever way is then taken.
    pub strategy: Strategy,
    /// Why so.
    pub why: &'p str,
    /// Which title it is a part of, where all of that changes together.
    pub title: Option<u64>,
}

fn system(doing: &'static str) -> impl Fn(io::Error) -> TravelError {
    move |source| TravelError::System { doing, source }
}

impl PlanWriter {
    /// A new file, for assets below `root`.
    ///
    /// # Errors
    ///
    /// [`TravelError::System`]; [`TravelError::Root`].
    pub fn new(file: File, root: &Path) -> Result<Self, TravelError> {
        let root = root.canonicalize().map_err(system("resolve the root"))?;
        let writer = Self {
            root,
            out: Mutex::new(BufWriter::new(file)),
            named: Mutex::default(),
            titles: AtomicU64::new(0),
        };
        writer.line(&Head::new())?;
        Ok(writer)
    }

    fn line(&self, line: &impl Serialize) -> Result<(), TravelError> {
        self.write(&PlanLine::new(line)?)
    }

    /// The number of another title.
    pub fn next_title(&self) -> u64 {
        self.titles.fetch_add(1, Ordering::Relaxed)
    }

    /// What is planned for an asset, as the line that is to be [written](Self::write) for it, in whatever order; `None` for
    /// one that has a line.
    ///
    /// # Errors
    ///
    /// [`TravelError::NotBelow`]; what cannot be read.
    pub fn line_of(
        &self,
        path: &Path,
        document: &Document,
        planned: Planned<'_>,
        report: serde_json::Value,
    ) -> Result<Option<PlanLine>, crate::Error> {
        let below = self.below(path)?;
        if !self.named.lock().unwrap_or_else(PoisonError::into_inner).insert(below.clone()) {
            return Ok(None);
        }
        let base64 = || STANDARD.encode(below.as_os_str().as_encoded_bytes());
        let line = PlanLine::new(&TravellingEdit {
            path: below.to_str().map(ToOwned::to_owned),
            path_base64: below.to_str().is_none().then(base64),
            strategy: planned.strategy.name().to_owned(),
            why: planned.why.to_owned(),
            title: planned.title,
            report: Some(report),
            ..TravellingEdit::of(document, planned.plan)?
        });
        Ok(Some(line?))
    }

    /// Writes a line.
    ///
    /// # Errors
    ///
    /// [`TravelError::System`].
    pub fn write(&self, line: &PlanLine) -> Result<(), TravelError> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(&line.0).map_err(system("write it"))
    }

    fn below(&self, path: &Path) -> Result<PathBuf, TravelError> {
        let resolved = path.canonicalize().map_err(system("resolve its path"))?;
        let below = resolved.strip_prefix(&self.root).map(Path::to_owned);
        below.map_err(|_| TravelError::NotBelow { path: path.to_owned(), root: self.root.clone() })
    }

    /// The run came to its end.
    ///
    /// # Errors
    ///
    /// [`TravelError::System`].
    pub fn finish(self) -> Result<File, TravelError> {
        self.line(&End { end: true })?;
        let out = self.out.into_inner().unwrap_or_else(PoisonError::into_inner);
        out.into_inner().map_err(|error| system("write it")(error.into_error()))
    }
}

/// The edits in a file, one after the other.
pub struct PlanReader {
    reader: BufReader<File>,
    root: Arc<Folder>,
    line: u64,
    is_over: bool,
}

/// Whether a file is a plan, by its first line.
///
/// # Errors
///
/// It cannot be read.
pub fn is_plan(file: File) -> io::Result<bool> {
    let mut line = Vec::new();
    BufReader::new(file).take(4096).read_until(b'\n', &mut line)?;
    Ok(serde_json::from_slice::<Head>(&line).is_ok())
}

impl PlanReader {
    /// Opens a file of plans for assets below `root`. One without an end is refused.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn open(mut file: File, root: &Path) -> Result<Self, TravelError> {
        let root = Folder::resolve(root).map_err(TravelError::Root)?;
        // The end record is short; what a hand adds behind it is white space.
        let len = file.metadata().map_err(system("read it"))?.len();
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(len.saturating_sub(TAIL)))
            .and_then(|_| file.read_to_end(&mut tail))
            .map_err(system("read it"))?;
        file.rewind().map_err(system("read it"))?;
        let last = tail.trim_ascii().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let has_end = serde_json::from_slice::<End>(last).is_ok_and(|end| end.end);
        let mut reader = Self { reader: BufReader::new(file), root, line: 0, is_over: false };
        let head = reader.next_line()?.ok_or(TravelError::Head)?;
        let schema = serde_json::from_slice::<serde_json::Value>(&head).ok();
        let schema = schema.as_ref().and_then(|head| head.get("schema")?.as_u64());
        match (serde_json::from_slice::<Head>(&head), schema) {
            (Ok(Head { schema: FORMAT, .. }), _) if has_end => Ok(reader),
            (Ok(Head { schema: FORMAT, .. }), _) => Err(TravelError::NoEnd),
            (_, Some(schema)) if schema > u64::from(FORMAT) => Err(TravelError::TooNew),
            _ => Err(TravelError::Head),
        }
    }

    /// From the first edit on.
    ///
    /// # Errors
    ///
    /// [`TravelError::System`].
    pub fn again(mut self) -> Result<Self, TravelError> {
        self.reader.rewind().map_err(system("read it"))?;
        (self.line, self.is_over) = (0, false);
        // The head, which is known.
        self.next_line()?;
        Ok(self)
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, TravelError> {
        let mut text = Vec::new();
        loop {
            text.clear();
            let read = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut text);
            if read.map_err(system("read it"))? == 0 {
                return Ok(None);
            }
            self.line = self.line.saturating_add(1);
            if !text.trim_ascii().is_empty() {
                return Ok(Some(text));
            }
        }
    }

    fn edit(&self, text: &[u8]) -> Result<(Input, TravellingEdit), TravelError> {
        let line = self.line;
        let wrong = |why: &dyn std::fmt::Display| TravelError::Line { line, why: why.to_string() };
        let edit: TravellingEdit = serde_json::from_slice(text).map_err(|error| wrong(&error))?;
        let below = match (&edit.path, &edit.path_base64) {
            (Some(path), None) => PathBuf::from(path),
            (None, Some(path)) => {
                STANDARD.decode(path).ok().and_then(path_of).ok_or_else(|| wrong(&"its path is none"))?
            }
            _ => return Err(wrong(&"it has not one path")),
        };
        let is_below = below.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_below || below.as_os_str().is_empty() {
            return Err(TravelError::Outside { line, path: below });
        }
        let name = Name::Path(self.root.path().join(&below));
        Ok((
            Input { name, below: Some(below), root: Some(Arc::clone(&self.root)), within: None, title: None },
            edit,
        ))
    }
}

impl Iterator for PlanReader {
    type Item = Result<(Input, TravellingEdit), TravelError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        match self.next_line() {
            Ok(Some(text)) if serde_json::from_slice::<End>(&text).is_ok_and(|end| end.end) => {
                self.is_over = true;
                match self.next_line() {
                    Ok(None) => None,
                    Ok(Some(_)) => Some(Err(TravelError::Behind { line: self.line })),
                    Err(error) => Some(Err(error)),
                }
            }
            Ok(Some(text)) => Some(self.edit(&text)),
            Ok(None) => None,
            Err(error) => {
                self.is_over = true;
                Some(Err(error))
            }
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have names that are no paths")]
fn path_of(name: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(PathBuf::from(std::ffi::OsString::from_vec(name)))
}

#[cfg(not(unix))]
fn path_of(name: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(name).ok().map(PathBuf::from)
}
