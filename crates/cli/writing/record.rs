//! The log of a run, where one is asked for.

use super::store::Stored;
use super::{Stage, Target, Writing, open};
use crate::args::{RecordArgs, SyncHow};
use crate::exit::Stop;
use crate::input::{Content, Input, Kinds, Name};
use crate::terminal::note;
use prkit_apply::FileSource;
use prkit_batch::log::{Asked, Done, Line, Log, LogError, Unsettled, resume};
use std::path::{Path, PathBuf};

/// What is written down, and what was before.
#[derive(Default)]
pub(super) struct Record {
    path: Option<PathBuf>,
    log: Option<Log>,
    done: Done,
}

type Results = Vec<Result<Stored, String>>;

impl Record {
    /// The record of a run that asks for something.
    pub(super) fn new(
        args: &RecordArgs,
        asked: &dyn Fn() -> Asked,
        sync: SyncHow,
        kinds: &Kinds,
    ) -> Result<Self, Stop> {
        let durable = sync != SyncHow::None;
        if let Some(path) = &args.resume {
            let settle = |path: &Path| open::settle(path, kinds).map_err(Into::into);
            let (done, log) = resume(path, Some(&asked()), durable, &settle, &mut unsettled)
                .map_err(|error| stop(&error))?;
            return Ok(Self { path: Some(path.clone()), log: Some(log), done });
        }
        let log = args.log.as_ref().map(|path| Log::create(path, &asked(), durable));
        let log = log.transpose().map_err(|error| stop(&error))?;
        Ok(Self { path: args.log.clone(), log, done: Done::default() })
    }

    /// How a run that was interrupted is gone on with.
    pub(super) fn way_on(&self) -> String {
        match &self.path {
            Some(path) => format!("--resume {} instead of --log", crate::terminal::path(path)),
            None => "the same command again".to_owned(),
        }
    }

    pub(super) fn close(self, is_done: bool) -> Result<(), LogError> {
        self.log.map_or(Ok(()), |log| log.close(is_done))
    }
}

/// Brings to an end what a run was at when it was killed, and writes it down in its log.
pub(crate) fn settle(log: &Path, sync: SyncHow, kinds: &Kinds) -> Result<(), LogError> {
    let settle = |path: &Path| open::settle(path, kinds).map_err(Into::into);
    let (_, log) = resume(log, None, sync != SyncHow::None, &settle, &mut unsettled)?;
    log.close(false)
}

/// Tells of a file that is neither old nor new.
fn unsettled(path: &Path, why: &Unsettled) {
    note(format_args!("{}: {why}", crate::terminal::path(path)));
}

/// Why a log cannot be written, with what helps.
fn stop(error: &LogError) -> Stop {
    let remedy = match error {
        LogError::Exists { path } => format!("; --resume {} goes on with it", crate::terminal::path(path)),
        LogError::Empty { .. } => "; remove it".to_owned(),
        LogError::OtherRun { .. } => {
            ": --resume goes on with the same ones, --log begins another record".to_owned()
        }
        LogError::TooOld { .. } => ": --log begins another record".to_owned(),
        _ => String::new(),
    };
    let message = format!("the log cannot be used: {error}{remedy}");
    if error.is_usage() { Stop::Usage(message) } else { Stop::Failed(message) }
}

impl Writing<'_> {
    /// Whether the log says that an input is done, and nothing happened to it since.
    pub(super) fn is_done(&self, input: &Input) -> bool {
        let Name::Path(path) = &input.name else { return false };
        let result = self.target.path_for(input);
        let is_done = self.record.done.has(path, result.as_deref().unwrap_or(path));
        if is_done {
            self.command.skip(path);
        }
        is_done
    }

    /// Carries out what was planned for a group, and writes it down before and after; the second one says why that
    /// could not be done.
    pub(super) fn recorded(&self, stages: &[(&Input, Stage)]) -> (Results, Result<(), String>) {
        let mut results: Results = stages.iter().map(|_| Ok(Stored::default())).collect();
        let Some(log) = &self.record.log else { return (self.store(stages, results), Ok(())) };
        let cannot = |error: LogError| format!("the log cannot be written: {error}");
        // What cannot be read cannot be taken back: it is left out.
        let lines = stages.iter().zip(&mut results).map(|((input, stage), result)| {
            self.line(input, stage).unwrap_or_else(|error| {
                let error = format!("cannot be read: {error}");
                let line = failed_line(input, &error);
                *result = Err(error);
                line
            })
        });
        let lines: Vec<Option<Line>> = lines.collect();
        let changes: Vec<&Line> = lines.iter().flatten().filter(|line| line.changed).collect();
        let begun = match log.begin(&changes) {
            Ok(begun) => begun,
            Err(error) => {
                let error = cannot(error);
                return (stages.iter().map(|_| Err(error.clone())).collect(), Ok(()));
            }
        };
        let results = self.store(stages, results);
        let ends = lines.into_iter().zip(&results).filter_map(|(line, result)| Some(ended(line?, result)));
        let ends: Vec<Line> = ends.collect();
        let ended = log.end(begun, &ends.iter().collect::<Vec<_>>()).map_err(cannot);
        (results, ended)
    }

    /// What is to be said of an input.
    fn line(&self, input: &Input, stage: &Stage) -> std::io::Result<Option<Line>> {
        let Name::Path(path) = &input.name else { return Ok(None) };
        let path = std::path::absolute(path)?;
        let planned = match stage {
            Stage::Planned(planned) => planned,
            Stage::Failed(error) => return Ok(failed_line(input, error)),
        };
        let output = match &self.target {
            Target::File(_) | Target::Folder(_) => self.target.path_for(input),
            _ => None,
        };
        let output = output.map(|output| std::path::absolute(&output).unwrap_or(output));
        let plan = &planned.job.edited.plan;
        let line = if plan.is_empty() {
            Line::new(&path)
        } else {
            Line::planned(&path, plan, planned.document.outer_source())?
        };
        let line = match &planned.document.content {
            Content::File(file) => line.found_as(file.identity()),
            Content::Memory(_) | Content::Shared(_) => line,
        };
        let left = u64::try_from(planned.report.left.len()).ok().filter(|count| *count > 0);
        Ok(Some(line.into_file(output.as_deref()).leaving(left)))
    }
}

/// What is to be said of an input that failed before anything was done with it.
fn failed_line(input: &Input, error: &str) -> Option<Line> {
    let Name::Path(path) = &input.name else { return None };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    Some(Line::new(&path).failed(error))
}

/// A line with what came of it.
fn ended(line: Line, result: &Result<Stored, String>) -> Line {
    if let Err(error) = result {
        return line.failed(error);
    }
    let file = line.output().or_else(|| line.path());
    match file.as_deref().map(FileSource::look) {
        Some(Ok(identity)) if line.error.is_none() => line.left_as(identity),
        _ => line,
    }
}
