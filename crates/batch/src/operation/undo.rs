//! Files and objects are made as they were before a run.
//!
//! ```text
//!   log, last line first ──▶ as the run left it? ──▶ plan: the old bytes where they were, by copies where the store has them
//!                                                    the mark of the run goes with them
//! ```

use super::OperationError;
use super::pending::Pending;
use crate::input::{Input, Name, Reach};
use crate::log::{Line, LogError, LogReader, StoreLogReader};
use crate::report::WriteReport;
use crate::writing::{On, Operation};
use crate::{Edits, Error, Result};
use prkit_plan::{Plan, Source};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Makes files and objects as they were before a run, by the lines of its log.
#[derive(Default)]
pub struct Undo {
    /// Of an object in a store, all edits that were begun, of whatever version.
    lines: Pending<Vec<Line>>,
    run: OnceLock<String>,
    reach: Option<Arc<dyn Reach>>,
}

impl Undo {
    /// One that reaches objects of stores.
    pub fn reaching(reach: Option<Arc<dyn Reach>>) -> Self {
        Self { reach, ..Self::default() }
    }

    /// What a log tells of, the last one first; lines are kept until they are asked for.
    pub fn inputs(&self, mut reader: LogReader) -> impl Iterator<Item = Result<Input>> + Send + use<> {
        if let Some(run) = reader.run() {
            let _ = self.run.set(run);
        }
        let (lines, reach) = (self.lines.clone(), self.reach.clone());
        let mut titles = Titles::default();
        std::iter::from_fn(move || {
            loop {
                match reader.take_last()? {
                    Ok(line) if line.is_to_take_back() => {
                        let title = line.name().and_then(|name| titles.of(&line, &name));
                        let input = input(vec![line], reach.as_ref(), &lines);
                        return Some(input.map(|input| Input { title, ..input }));
                    }
                    Ok(_) => {}
                    Err(error) => return Some(Err(error.into())),
                }
            }
        })
    }

    /// The same of a record in a store, whose lines tell of edits that were begun.
    pub fn inputs_of_store(
        &self,
        reader: StoreLogReader,
    ) -> impl Iterator<Item = Result<Input>> + Send + use<> {
        let _ = self.run.set(reader.run());
        let (lines, reach) = (self.lines.clone(), self.reach.clone());
        reader.map(move |of_object| input(of_object?, reach.as_ref(), &lines))
    }
}

/// The input that lines tell of, which are kept for it.
fn input(of_input: Vec<Line>, reach: Option<&Arc<dyn Reach>>, lines: &Pending<Vec<Line>>) -> Result<Input> {
    let first = of_input.first().ok_or(LogError::Nameless)?;
    let (input, name) = match &first.url {
        Some(url) => {
            let unreached = |source| LogError::Unreached { url: url.clone(), source };
            let reach = reach.ok_or_else(|| unreached(io::ErrorKind::Unsupported.into()))?;
            let (store, id) = reach
                .store(url)
                .map_err(unreached)?
                .ok_or_else(|| unreached(io::Error::other("it is in no store that is written to")))?;
            (Input::named(Name::Asset { store, id }), PathBuf::from(url))
        }
        None => {
            let path = first.path().ok_or(LogError::Nameless)?;
            (Input::of_path(&path), path)
        }
    };
    lines.put(name, of_input);
    Ok(input)
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

    fn takes_back(&self) -> Option<&str> {
        self.run.get().map(String::as_str)
    }

    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> Result<Edits> {
        let lines = self.lines.take_for(on.input).ok_or(OperationError::NotInLog)?;
        let file = on.document.outer_source();
        report.matched = 1;
        report.verb =
            Some(if report.dry_run { "would be as before the batch" } else { "as before the batch" });
        Ok(Edits { exact: Some(back(&lines, file)?), ..Edits::default() })
    }
}

/// The plan that takes back what was done, if anything of it was.
fn back(lines: &[Line], file: &dyn Source) -> Result<Plan> {
    for line in lines {
        if line.is_new(file).map_err(Error::Read)? {
            return Ok(line.back().ok_or(OperationError::LogContradicts)?);
        }
    }
    for line in lines {
        if line.is_old(file).map_err(Error::Read)? {
            return Ok(Plan::unchanged(file.len()));
        }
    }
    Err(OperationError::NotAsLeft.into())
}
