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

/// Makes files as they were before a run, by the lines of its log.
#[derive(Default)]
pub struct Undo {
    lines: Pending<Line>,
}

impl Undo {
    /// The files of a log, the last one first; their lines are kept until they are asked for.
    pub fn inputs(&self, mut reader: LogReader) -> impl Iterator<Item = Result<Input>> + Send + use<> {
        let lines = self.lines.clone();
        std::iter::from_fn(move || {
            loop {
                let line = match reader.take_last()? {
                    Ok(line) if line.is_to_take_back() => line,
                    Ok(_) => continue,
                    Err(error) => return Some(Err(error.into())),
                };
                let Some(path) = line.path() else { return Some(Err(LogError::Nameless.into())) };
                let input = Input::of_path(&path);
                lines.put(path, line);
                return Some(Ok(input));
            }
        })
    }
}

impl Operation for Undo {
    /// What the run left may be of no kind that is known: a file without its only pssh box, or nothing at all.
    fn wants_bytes(&self) -> bool {
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
