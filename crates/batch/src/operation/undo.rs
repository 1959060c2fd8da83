//! Files are made as they were before a run.
//!
//! ```text
//!   log, last line first ──▶ file: as the run left it? ──▶ plan: the old bytes where they were
//! ```

use super::OperationError;
use super::pending::Pending;
use crate::input::Input;
use crate::log::{Line, LogError, LogReader};
use crate::report::WriteReport;
use crate::writing::{On, Operation};
use crate::{Edits, Error, Result};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Makes files as they were before a run, by the lines of its log.
#[derive(Default)]
pub struct Undo {
    lines: Pending<Line>,
}

impl Undo {
    /// The files of a log, the last one first; their lines are kept until they are asked for.
    pub fn inputs(&self, mut reader: LogReader) -> impl Iterator<Item = Result<Input>> + Send + use<> {
        let lines = self.lines.clone();
        let mut titles = Titles::default();
        std::iter::from_fn(move || {
            loop {
                let line = match reader.take_last()? {
                    Ok(line) if line.is_to_take_back() => line,
                    Ok(_) => continue,
                    Err(error) => return Some(Err(error.into())),
                };
                let Some(path) = line.path() else { return Some(Err(LogError::Nameless.into())) };
                let input = Input { title: titles.of(&line, &path), ..Input::of_path(&path) };
                lines.put(path, line);
                return Some(Ok(input));
            }
        })
    }
}

/// Titles of lines that are one behind the other.
#[derive(Default)]
struct Titles {
    name: Option<String>,
    /// The files of the last one.
    files: HashSet<PathBuf>,
    count: u64,
}

impl Titles {
    /// What the file of a line changed together with. A title that was gone on with is there twice, and is two then.
    fn of(&mut self, line: &Line, path: &Path) -> Option<Arc<str>> {
        if line.title != self.name || self.files.contains(path) {
            self.name.clone_from(&line.title);
            self.files.clear();
            self.count = self.count.saturating_add(1);
        }
        line.title.as_ref()?;
        self.files.insert(path.to_owned());
        Some(format!("{}", self.count).into())
    }
}

impl Operation for Undo {
    /// What the run left may be of no kind that is known: a file without its only pssh box, or nothing at all.
    fn wants_bytes(&self) -> bool {
        true
    }

    fn is_given(&self) -> bool {
        true
    }

    fn restores_ranges(&self) -> bool {
        true
    }

    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> Result<Edits> {
        let line = self.lines.take_for(on.input).ok_or(OperationError::NotInLog)?;
        let file = on.document.outer_source();
        report.matched = 1;
        report.verb =
            Some(if report.dry_run { "would be as before the batch" } else { "as before the batch" });
        let exact = if line.is_new(file).map_err(Error::Read)? {
            line.back().ok_or(OperationError::LogContradicts)?
        } else if line.is_old(file).map_err(Error::Read)? {
            prkit_plan::Plan::unchanged(file.len())
        } else {
            return Err(OperationError::NotAsLeft.into());
        };
        Ok(Edits { exact: Some(exact), ..Edits::default() })
    }
}
