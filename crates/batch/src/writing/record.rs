//! The log of a run, where one is asked for.

use super::open::Held;
use super::store::Stored;
use super::{Face, Job, Planned, Stage, Target, WriteError, Writing, open};
use crate::input::{Content, Document, Input, Name, Reach};
use crate::log::{Asked, Begun, Done, Ledger, Line, Log, LogError, Settle, StoreLog, Unsettled, resume};
use crate::report::WriteReport;
use crate::{Error, Result};
use prkit_apply::FileSource;
use prkit_plan::{Access, AnyAsset, AnyStore, Asset as _, Mark, Store as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is written down, and what was before.
#[derive(Default)]
pub struct Record {
    log: Option<Kept>,
    done: Done,
    run: Option<String>,
}

/// Where it is written down.
enum Kept {
    File(Log),
    Store(StoreLog),
}

type Results = Vec<Result<Stored>>;

/// How a record is begun or gone on with.
#[derive(Clone, Copy)]
pub struct Recording<'r> {
    /// What is asked for.
    pub asked: &'r Asked,
    /// Lines in a file are waited for.
    pub durable: bool,
    /// What opens objects that the record tells of.
    pub reach: Option<&'r Arc<dyn Reach>>,
    /// Who is told of inputs that are neither old nor new.
    pub face: &'r dyn Face,
}

impl Record {
    /// The record of a run that asks for something, in a new place; waited for, where it is to be durable.
    ///
    /// # Errors
    ///
    /// Why the log cannot be written.
    pub fn create(ledger: &Ledger, how: &Recording<'_>) -> Result<Self, LogError> {
        Ok(match ledger {
            Ledger::File(path) => Self::of_file(Log::create(path, how.asked, how.durable)?, Done::default()),
            Ledger::Store(store, folder) => {
                Self::of_store(StoreLog::create(store.clone(), folder.clone(), how.asked)?)
            }
        })
    }

    /// The record of a run that goes on with another one. What that was at when it was killed is brought to an end.
    ///
    /// # Errors
    ///
    /// Why the log cannot be gone on with.
    pub fn resume(ledger: &Ledger, how: &Recording<'_>) -> Result<Self, LogError> {
        Ok(match ledger {
            Ledger::File(path) => {
                let (done, log) = gone_on_with(path, Some(how.asked), how.durable, how.reach, how.face)?;
                Self::of_file(log, done)
            }
            Ledger::Store(store, folder) => {
                Self::of_store(StoreLog::resume(store.clone(), folder.clone(), how.asked)?)
            }
        })
    }

    /// The record of a run that is begun by whoever comes first, and gone on with by those who come after a kill. One in a
    /// store is written by many at the same time.
    ///
    /// # Errors
    ///
    /// [`LogError::Busy`] while somebody is at it, and those of [`create`](Self::create) and [`resume`](Self::resume).
    pub fn begin_or_resume(ledger: &Ledger, how: &Recording<'_>) -> Result<Self, LogError> {
        match ledger {
            Ledger::File(path) => match Log::create_unless_begun(path, how.asked, how.durable)? {
                Some(log) => Ok(Self::of_file(log, Done::default())),
                None => Self::resume(ledger, how),
            },
            Ledger::Store(store, folder) => {
                StoreLog::begin_or_resume(store, folder, how.asked).map(Self::of_store)
            }
        }
    }

    fn of_file(log: Log, done: Done) -> Self {
        Self { run: Some(log.run()), log: Some(Kept::File(log)), done }
    }

    fn of_store(log: StoreLog) -> Self {
        Self { run: Some(log.run()), log: Some(Kept::Store(log)), done: Done::default() }
    }

    /// Whether an input is part of the record itself.
    pub(super) fn holds(&self, input: &Input) -> bool {
        match (&self.log, &input.name) {
            (Some(Kept::Store(log)), Name::Asset { store, id }) => log.holds(store, id),
            _ => false,
        }
    }

    /// The run is over.
    ///
    /// # Errors
    ///
    /// Why the log cannot be written.
    pub fn close(self, is_done: bool) -> Result<(), LogError> {
        match self.log {
            Some(Kept::File(log)) => log.close(is_done),
            // Others may still be at work with it.
            Some(Kept::Store(_)) | None => Ok(()),
        }
    }
}

/// Who looks at what a log tells of.
struct Looking<'l>(Option<&'l Arc<dyn Reach>>);

impl Settle for Looking<'_> {
    fn settle(&self, path: &Path) -> Result<(), prkit_plan::Wrong> {
        open::settle(path).map_err(Into::into)
    }

    fn open(&self, url: &str) -> Result<AnyAsset, prkit_plan::Wrong> {
        let found = self.0.map(|reach| reach.store(url)).transpose()?.flatten();
        let (store, id) = found.ok_or("it is in a store that this program does not reach")?;
        Ok(store.open(&id, Access::Read)?)
    }
}

fn gone_on_with(
    path: &Path,
    asked: Option<&Asked>,
    durable: bool,
    reach: Option<&Arc<dyn Reach>>,
    face: &dyn Face,
) -> Result<(Done, Log), LogError> {
    let tell = &mut |file: &Path, why: &Unsettled| face.unsettled(file, why);
    resume(path, asked, durable, &Looking(reach), tell)
}

/// Brings to an end what a run was at when it was killed, and writes it down in its log.
///
/// # Errors
///
/// Why the log cannot be gone on with.
pub fn settle(
    log: &Path,
    durable: bool,
    reach: Option<&Arc<dyn Reach>>,
    face: &dyn Face,
) -> Result<(), LogError> {
    let (_, log) = gone_on_with(log, None, durable, reach, face)?;
    log.close(false)
}

impl Writing<'_> {
    /// Whether the log says that an input is done, and nothing happened to it since.
    pub(super) fn is_done(&self, input: &Input) -> bool {
        if let Some(outputs) = self.outputs.as_ref().filter(|outputs| outputs.files.is_none()) {
            return self.is_made(input, &outputs.store);
        }
        let Name::Path(path) = &input.name else { return false };
        let result = self.target.path_for(input);
        let is_done = self.record.done.has(path, result.as_deref().unwrap_or(path));
        if is_done {
            self.operation.skip(path);
        }
        is_done
    }

    /// What becomes of the marks of assets that are edited.
    pub(super) fn mark(&self) -> Option<Mark<'_>> {
        match self.operation.takes_back() {
            Some(run) => Some(Mark::Remove(run)),
            None => self.record.run.as_deref().map(Mark::Add),
        }
    }

    /// Whether an asset that was opened tells that this run edited it, or the log does.
    pub(super) fn is_marked(&self, input: &Input, asset: &AnyAsset) -> bool {
        let Name::Asset { store, id } = &input.name else { return false };
        let is_marked = match self.mark() {
            Some(Mark::Add(run)) => asset.is_marked(run),
            _ => false,
        };
        let is_done = is_marked
            || store
                .url(id)
                .is_some_and(|url| self.record.done.has_version(Path::new(&url), asset.version()));
        if is_done && let Some(url) = store.url(id) {
            self.operation.skip(Path::new(&url));
        }
        is_done
    }

    /// Whether the log says that the result of an input is in a store, and it is still the same.
    fn is_made(&self, input: &Input, store: &AnyStore) -> bool {
        if self.record.done.is_empty() {
            return false;
        }
        let name = match &input.name {
            Name::Path(path) => std::path::absolute(path).ok(),
            Name::Asset { store, id } => store.url(id).map(PathBuf::from),
            Name::Stdin | Name::Data(_) | Name::Address(_) => None,
        };
        let (Some(name), Some(path)) = (name, self.target.path_for(input)) else { return false };
        let made = store.open(&self.target.id_of(&path), Access::Read);
        let is_made = made.is_ok_and(|made| self.record.done.has_version(&name, made.version()));
        if is_made {
            self.operation.skip(&name);
        }
        is_made
    }

    /// Carries out what was planned for a group, and writes it down before and after; the second one says why that
    /// could not be done.
    pub(super) fn recorded(&self, stages: &[(&Input, Stage)]) -> (Results, Result<()>) {
        let mut results: Results = stages.iter().map(|_| Ok(Stored::default())).collect();
        let Some(kept) = &self.record.log else { return (self.store(stages, results), Ok(())) };
        // What cannot be read cannot be taken back: it is left out.
        let lines = stages.iter().zip(&mut results).map(|((input, stage), result)| {
            let line = match stage {
                Stage::Planned(planned) => {
                    let Planned { document, job, report, held } = &**planned;
                    self.line(input, document, job, report, held.as_ref())
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
        let (log, begun): (&Log, Option<Begun>) = match kept {
            Kept::File(log) => {
                let changes: Vec<&Line> = lines.iter().flatten().filter(|line| line.changed).collect();
                match log.begin(&changes) {
                    Ok(begun) => (log, begun),
                    Err(error) => {
                        let error = Arc::new(error);
                        let cannot = || Err(WriteError::Unrecorded(Arc::clone(&error)).into());
                        return (stages.iter().map(|_| cannot()).collect(), Ok(()));
                    }
                }
            }
            Kept::Store(log) => {
                for (line, result) in lines.iter().zip(&mut results) {
                    if let Some(line) = line.as_ref().filter(|line| line.changed)
                        && result.is_ok()
                        && let Err(error) = log.begin(line)
                    {
                        *result = Err(WriteError::Unrecorded(Arc::new(error)).into());
                    }
                }
                return (self.store(stages, results), Ok(()));
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
        let log = match &self.record.log {
            None => return store(),
            Some(Kept::File(log)) => log,
            Some(Kept::Store(_)) => return Err(Error::from(WriteError::NoRecord).into()),
        };
        let lines = parts.map(|(input, document, job, report)| {
            Ok(self.line(input, document, job, report, None)?.map(|line| line.of_title(title)))
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
        held: Option<&Held>,
    ) -> Result<Option<Line>> {
        let in_store = matches!(self.record.log, Some(Kept::Store(_)));
        let line = match &input.name {
            Name::Path(_) if in_store => return Err(WriteError::NoRecord.into()),
            Name::Path(path) => Line::new(&std::path::absolute(path).map_err(Error::Read)?),
            Name::Asset { store, id } => Line::of_asset(&store.url(id).ok_or(WriteError::NoAddress)?),
            Name::Stdin | Name::Data(_) | Name::Address(_) => return Ok(None),
        };
        let output = match &self.target {
            Target::File(_) | Target::Folder(_) | Target::Mirror { .. } => self.target.path_for(input),
            _ => None,
        };
        let output = output.map(|output| std::path::absolute(&output).unwrap_or(output));
        let output_url = self.target.url_of(input);
        let plan = &job.edited.plan;
        let line = if plan.is_empty() {
            line
        } else {
            line.planned(plan, document.outer_source()).map_err(Error::Read)?
        };
        let line = match (&document.content, held) {
            (Content::File(file), _) => line.found_as(file.identity()),
            (_, Some(held)) if line.url.is_some() => line.found_in_store(held.asset.version()),
            _ => line,
        };
        let left = u64::try_from(report.left.len()).ok().filter(|count| *count > 0);
        Ok(Some(line.into_file(output.as_deref()).into_asset(output_url).leaving(left)))
    }

    /// A line with what came of it.
    fn ended(&self, line: Line, result: &Result<Stored>) -> Line {
        let stored = match result {
            Ok(stored) => stored,
            Err(error) => return line.failed(&self.face.words(error)),
        };
        if line.output_url.is_some() || line.url.is_some() && line.output().is_none() {
            // What was not written is what was found.
            let unwritten =
                prkit_plan::Version::new(line.before.size, line.before.tag.clone().unwrap_or_default());
            return line.left_in_store(stored.version.as_ref().unwrap_or(&unwritten));
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
    let line = match &input.name {
        Name::Path(path) => Line::new(&std::path::absolute(path).unwrap_or_else(|_| path.clone())),
        Name::Asset { store, id } => Line::of_asset(&store.url(id)?),
        Name::Stdin | Name::Data(_) | Name::Address(_) => return None,
    };
    Some(line.failed(error))
}
