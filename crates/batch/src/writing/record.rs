//! The log of a run, where one is asked for.

use super::store::Stored;
use super::{Face, Job, Planned, Stage, Target, WriteError, Writing, open};
use crate::input::{Content, Document, Input, Name};
use crate::log::{Asked, Done, Line, Log, LogError, Unsettled, resume};
use crate::report::WriteReport;
use crate::{Error, Result};
use prkit_apply::FileSource;
use std::path::Path;
use std::sync::Arc;

/// What is written down, and what was before.
#[derive(Default)]
pub struct Record {
    log: Option<Log>,
    done: Done,
}

type Results = Vec<Result<Stored>>;

impl Record {
    /// The record of a run that asks for something, in a new file; waited for, where it is to be `durable`.
    ///
    /// # Errors
    ///
    /// Why the log cannot be written.
    pub fn create(path: &Path, asked: &Asked, durable: bool) -> Result<Self, LogError> {
        Ok(Self { log: Some(Log::create(path, asked, durable)?), done: Done::default() })
    }

    /// The record of a run that goes on with another one. What that was at when it was killed is brought to an end.
    ///
    /// # Errors
    ///
    /// Why the log cannot be gone on with.
    pub fn resume(path: &Path, asked: &Asked, durable: bool, face: &dyn Face) -> Result<Self, LogError> {
        let (done, log) = gone_on_with(path, Some(asked), durable, face)?;
        Ok(Self { log: Some(log), done })
    }

    /// The record of a run that is begun by whoever comes first, and gone on with by those who come after a kill.
    ///
    /// # Errors
    ///
    /// [`LogError::Busy`] while somebody is at it, and those of [`create`](Self::create) and [`resume`](Self::resume).
    pub fn begin_or_resume(
        path: &Path,
        asked: &Asked,
        durable: bool,
        face: &dyn Face,
    ) -> Result<Self, LogError> {
        match Log::create_unless_begun(path, asked, durable)? {
            Some(log) => Ok(Self { log: Some(log), done: Done::default() }),
            None => Self::resume(path, asked, durable, face),
        }
    }

    /// The run is over.
    ///
    /// # Errors
    ///
    /// Why the log cannot be written.
    pub fn close(self, is_done: bool) -> Result<(), LogError> {
        self.log.map_or(Ok(()), |log| log.close(is_done))
    }
}

fn gone_on_with(
    path: &Path,
    asked: Option<&Asked>,
    durable: bool,
    face: &dyn Face,
) -> Result<(Done, Log), LogError> {
    let settle = |path: &Path| open::settle(path).map_err(Into::into);
    resume(path, asked, durable, &settle, &mut |file: &Path, why: &Unsettled| face.unsettled(file, why))
}

/// Brings to an end what a run was at when it was killed, and writes it down in its log.
///
/// # Errors
///
/// Why the log cannot be gone on with.
pub fn settle(log: &Path, durable: bool, face: &dyn Face) -> Result<(), LogError> {
    let (_, log) = gone_on_with(log, None, durable, face)?;
    log.close(false)
}

impl Writing<'_> {
    /// Whether the log says that an input is done, and nothing happened to it since.
    pub(super) fn is_done(&self, input: &Input) -> bool {
        let Name::Path(path) = &input.name else { return false };
        let result = self.target.path_for(input);
        let is_done = self.record.done.has(path, result.as_deref().unwrap_or(path));
        if is_done {
            self.operation.skip(path);
        }
        is_done
    }

    /// Carries out what was planned for a group, and writes it down before and after; the second one says why that
    /// could not be done.
    pub(super) fn recorded(&self, stages: &[(&Input, Stage)]) -> (Results, Result<()>) {
        let mut results: Results = stages.iter().map(|_| Ok(Stored::default())).collect();
        let Some(log) = &self.record.log else { return (self.store(stages, results), Ok(())) };
        // What cannot be read cannot be taken back: it is left out.
        let lines = stages.iter().zip(&mut results).map(|((input, stage), result)| {
            let line = match stage {
                Stage::Planned(planned) => {
                    let Planned { document, job, report, .. } = &**planned;
                    self.line(input, document, job, report)
                }
                Stage::Failed(_, error) => Ok(failed_line(input, &self.face.words(error))),
            };
            line.unwrap_or_else(|error| {
                let line = failed_line(input, &self.face.words(&error));
                *result = Err(error);
                line
            })
        });
        let lines: Vec<Option<Line>> = lines.collect();
        let changes: Vec<&Line> = lines.iter().flatten().filter(|line| line.changed).collect();
        let begun = match log.begin(&changes) {
            Ok(begun) => begun,
            Err(error) => {
                let error = Arc::new(error);
                let cannot = || Err(WriteError::Unrecorded(Arc::clone(&error)).into());
                return (stages.iter().map(|_| cannot()).collect(), Ok(()));
            }
        };
        let results = self.store(stages, results);
        let ends =
            lines.into_iter().zip(&results).filter_map(|(line, result)| Some(self.ended(line?, result)));
        let ends: Vec<Line> = ends.collect();
        let ended = log
            .end(begun, &ends.iter().collect::<Vec<_>>())
            .map_err(|error| WriteError::Unrecorded(Arc::new(error)).into());
        (results, ended)
    }

    /// Carries out something for inputs that change together, and writes it down before and after.
    pub(super) fn recorded_together<'p, E: From<Error>>(
        &self,
        title: Option<&str>,
        parts: impl Iterator<Item = (&'p Input, &'p Document, &'p Job, &'p WriteReport)>,
        store: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(log) = &self.record.log else { return store() };
        let lines = parts.map(|(input, document, job, report)| {
            Ok(self.line(input, document, job, report)?.map(|line| line.of_title(title)))
        });
        let lines = lines.filter_map(Result::transpose).collect::<Result<Vec<Line>>>()?;
        let unrecorded = |error| Error::from(WriteError::Unrecorded(Arc::new(error)));
        let changes: Vec<&Line> = lines.iter().filter(|line| line.changed).collect();
        let begun = log.begin(&changes).map_err(unrecorded)?;
        let stored = store();
        let ends: Vec<Line> = match &stored {
            Ok(()) => lines.into_iter().map(|line| self.ended(line, &Ok(Stored::default()))).collect(),
            Err(_) => {
                lines.into_iter().map(|line| line.failed("nothing of its presentation was changed")).collect()
            }
        };
        log.end(begun, &ends.iter().collect::<Vec<_>>()).map_err(unrecorded)?;
        stored
    }

    /// What is to be said of an input.
    fn line(
        &self,
        input: &Input,
        document: &Document,
        job: &Job,
        report: &WriteReport,
    ) -> Result<Option<Line>> {
        let path = match &input.name {
            Name::Path(path) => std::path::absolute(path).map_err(Error::Read)?,
            Name::Asset { .. } => return Err(WriteError::NoRecord.into()),
            Name::Stdin | Name::Data(_) | Name::Address(_) => return Ok(None),
        };
        let output = match &self.target {
            Target::File(_) | Target::Folder(_) | Target::Mirror { .. } => self.target.path_for(input),
            _ => None,
        };
        let output = output.map(|output| std::path::absolute(&output).unwrap_or(output));
        let plan = &job.edited.plan;
        let line = if plan.is_empty() {
            Line::new(&path)
        } else {
            Line::planned(&path, plan, document.outer_source()).map_err(Error::Read)?
        };
        let line = match &document.content {
            Content::File(file) => line.found_as(file.identity()),
            Content::Memory(_) | Content::Shared(_) => line,
        };
        let left = u64::try_from(report.left.len()).ok().filter(|count| *count > 0);
        Ok(Some(line.into_file(output.as_deref()).leaving(left)))
    }

    /// A line with what came of it.
    fn ended(&self, line: Line, result: &Result<Stored>) -> Line {
        if let Err(error) = result {
            return line.failed(&self.face.words(error));
        }
        let file = line.output().or_else(|| line.path());
        match file.as_deref().map(FileSource::look) {
            Some(Ok(identity)) if line.error.is_none() => line.left_as(identity),
            _ => line,
        }
    }
}

/// What is to be said of an input that failed before anything was done with it.
fn failed_line(input: &Input, error: &str) -> Option<Line> {
    let Name::Path(path) = &input.name else { return None };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    Some(Line::new(&path).failed(error))
}
