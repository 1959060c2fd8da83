//! A change carried out for many files, and taken back.
//!
//! ```text
//!   inputs ──▶ Writing (the engine's) ──▶ parts, one worker at a time ──▶ events: the lines of `prkit reheader --json`
//! ```

use crate::change::NativeChange;
use crate::error::raise;
use crate::header::refused;
use crate::plan::{Signals, selector};
use prkit_batch::log::{Asked, Ledger, LogError, LogReader, StoreLogReader, left_of};
use prkit_batch::operation::{Payloads, Undo};
use prkit_batch::pool::{Next, Pool, Stopped};
use prkit_batch::report::{PathReport, SCHEMA, WriteReport};
use prkit_batch::title::Roots;
use prkit_batch::writing::{
    Group, Guard, On, Operation, Plain, Record, Recording, State, Target, Totals, WriteOptions, Writing,
};
use prkit_batch::{Edits, Error, Input, Inputs, Kinds, Name, Reach, Sources};
use prkit_plan::Store as _;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a worker hands over: an event for each input, and what they add up to.
#[derive(Default)]
struct Part {
    events: Vec<String>,
    totals: Totals,
    foreign: u64,
    unrecorded: Vec<String>,
}

impl Part {
    fn of(group: Group<'_>) -> Self {
        let mut part = Self::default();
        for turn in group.turns {
            match turn.state {
                State::Foreign => part.foreign = part.foreign.saturating_add(1),
                State::DoneBefore(report) => {
                    part.totals.skip(1);
                    part.tell(&report, None);
                }
                State::Unopened(error) => part.fail(turn.input, &error),
                State::Unplanned(report, error) | State::Done(report, Some(error)) => {
                    part.totals.fail();
                    part.tell(&report, Some(&error));
                }
                State::Done(report, None) => {
                    part.totals.count(&report);
                    part.tell(&report, None);
                }
            }
        }
        part.unrecorded.extend(group.unrecorded.iter().map(ToString::to_string));
        part
    }

    fn tell(&mut self, report: &WriteReport, error: Option<&Error>) {
        let told = serde_json::to_value(report).map(|mut fields| {
            if let (Some(error), Some(fields)) = (error, fields.as_object_mut()) {
                fields.insert("error".to_owned(), error.to_string().into());
            }
            fields.to_string()
        });
        self.events.extend(told.ok());
    }

    fn fail(&mut self, input: &Input, error: &Error) {
        self.totals.fail();
        let path = serde_json::to_value(PathReport::of(input)).unwrap_or_default();
        let mut fields = path.as_object().cloned().unwrap_or_default();
        fields.insert("schema".to_owned(), SCHEMA.into());
        fields.insert("kind".to_owned(), "unknown".into());
        fields.insert("error".to_owned(), error.to_string().into());
        self.events.push(serde_json::Value::from(fields).to_string());
    }
}

/// What a run added up to, as Python has it.
fn summary<'py>(
    py: Python<'py>,
    totals: &Totals,
    foreign: u64,
    problem: Option<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("changed", totals.changed)?;
    fields.set_item("unchanged", totals.unchanged.saturating_add(totals.unmatched))?;
    fields.set_item("failed", totals.failed)?;
    fields.set_item("with_left", totals.with_left)?;
    fields.set_item("done_before", totals.done_before)?;
    fields.set_item("foreign", foreign)?;
    fields.set_item("bytes_written", totals.bytes_written)?;
    fields.set_item("problem", problem)?;
    py.import("prkit._types")?.getattr("Summary")?.call((), Some(&fields))
}

/// Goes over inputs, and hands every event to `on_event`.
fn over<'py>(
    py: Python<'py>,
    writing: Writing<'_>,
    inputs: Inputs,
    jobs: Option<usize>,
    on_event: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (signals, mut totals) = (Signals::default(), Totals::default());
    let writing = writing.watched_by(&signals);
    let mut problem = None;
    let ended = py.detach(|| {
        let pool = Pool::new(jobs, false);
        let pool = if writing.target().writes_files() { pool.in_groups() } else { pool };
        let work = |next: &Next| match next {
            Next::Group(group) => Part::of(writing.group(group)),
            Next::Failure(input, error) => {
                let mut part = Part::default();
                part.fail(input, error);
                part
            }
        };
        let mut foreign = 0_u64;
        let ended = pool.run(inputs, &signals, &work, &mut |part: Part| {
            totals.merge(part.totals);
            foreign = foreign.saturating_add(part.foreign);
            problem = problem.take().or(part.unrecorded.into_iter().next());
            let Some(on_event) = &on_event else { return Ok(()) };
            Python::attach(|py| {
                for event in &part.events {
                    on_event.call1(py, (crate::asset::loads(py, event)?,))?;
                }
                Ok(())
            })
        });
        (ended, foreign)
    });
    let (ended, foreign) = ended;
    let is_whole = ended.stopped.is_none();
    let (record, _) = writing.into_records();
    if let Err(error) = record.close(is_whole) {
        problem = problem.or(Some(error.to_string()));
    }
    match ended.stopped {
        Some(Stopped::By(error)) => return Err(error),
        Some(Stopped::Cancelled) => {
            let raised = signals.take();
            return Err(raised.unwrap_or_else(|| refused(py, "the run was cancelled")));
        }
        None => {}
    }
    summary(py, &totals, ended.foreign.saturating_add(foreign), problem)
}

fn logged(py: Python<'_>, error: LogError) -> PyErr {
    raise(py, error.into())
}

/// Changes of their own for some of the inputs, by their paths as they were named.
struct ByPath<'c> {
    rows: HashMap<&'c Path, Payloads<'c>>,
    others: Payloads<'c>,
}

impl<'c> ByPath<'c> {
    fn of(&self, on: &On<'_>) -> &Payloads<'c> {
        match &on.input.name {
            Name::Path(path) => self.rows.get(path.as_path()),
            Name::Asset { store, id } => store.url(id).and_then(|url| self.rows.get(Path::new(&url))),
            _ => None,
        }
        .unwrap_or(&self.others)
    }
}

impl Operation for ByPath<'_> {
    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> prkit_batch::Result<Edits> {
        self.of(on).edits(on, report)
    }

    fn beside(&self, on: &On<'_>, all: bool, edits: &mut Edits, report: &mut WriteReport) {
        self.of(on).beside(on, all, edits, report);
    }
}

/// Carries a change out for all inputs; `rows` are changes of their own for some of them.
///
/// `resume` is none where the ledger is gone on with if it is there, and begun else.
#[pyfunction]
#[pyo3(signature = (inputs, change, asked, *, rows, target, ledger, resume, roots, include, exclude, jobs, verify, alone, on_event))]
#[expect(clippy::too_many_arguments, reason = "the Python class has the same ones, each with its name")]
pub(crate) fn run_batch<'py>(
    py: Python<'py>,
    inputs: Vec<PathBuf>,
    change: &NativeChange,
    asked: &[u8],
    rows: Vec<(PathBuf, Py<NativeChange>)>,
    target: (bool, Option<PathBuf>),
    ledger: Option<PathBuf>,
    resume: Option<bool>,
    roots: Vec<PathBuf>,
    include: Vec<String>,
    exclude: Vec<String>,
    jobs: Option<usize>,
    verify: bool,
    alone: bool,
    on_event: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut sources = Sources::default();
    (sources.paths, sources.include, sources.exclude) = (inputs, include, exclude);
    let reach = crate::reach::reach();
    sources.reach.clone_from(&reach);
    let given = |sources: &Sources| Inputs::unseen(sources).map_err(|error| raise(py, error.into()));
    let found = given(&sources)?;
    let target = match target {
        (true, None) => Target::InPlace,
        (false, Some(folder)) => {
            let target = Target::Folder(folder);
            target.check_distinct(given(&sources)?).map_err(|error| raise(py, error.into()))?;
            target
        }
        _ => Target::DryRun,
    };
    let mut options = WriteOptions::default();
    options.fitting = change.fitting();
    options.dry_run = matches!(target, Target::DryRun);
    options.verify = verify;
    let kinds = found.kinds().clone();
    let asks = |ledger: &PathBuf| {
        let mut asks = Asked::of("python");
        asks.field("change", asked);
        let how = Recording { asked: &asks, durable: true, reach: reach.as_ref(), face: &Plain };
        let ledger = Ledger::named(ledger, reach.as_ref())?;
        match resume {
            Some(true) => Record::resume(&ledger, &how),
            Some(false) => Record::create(&ledger, &how),
            None => Record::begin_or_resume(&ledger, &how),
        }
    };
    // A record in a bucket is asked for over the network.
    let record = py.detach(|| ledger.as_ref().map(asks).transpose()).map_err(|error| logged(py, error))?;
    let paths: Vec<&Path> = roots.iter().map(PathBuf::as_path).collect();
    Roots::new(&paths, Vec::new()).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let selector = selector();
    let by_path = rows.iter().map(|(path, change)| (path.as_path(), change.get().payloads()));
    let operation = ByPath { rows: by_path.collect(), others: change.payloads() };
    let guard = (!alone).then(|| Guard::new(sources, roots, Vec::new()));
    let writing = Writing::new(&operation, &selector, &options, target, kinds, &Plain)
        .recorded_in(record.unwrap_or_default())
        .guarded_by(guard);
    over(py, writing, found, jobs, on_event)
}

/// Takes back what a ledger tells of, the last file first.
#[pyfunction]
#[pyo3(signature = (ledger, *, dry_run, jobs, on_event))]
pub(crate) fn undo(
    py: Python<'_>,
    ledger: PathBuf,
    dry_run: bool,
    jobs: Option<usize>,
    on_event: Option<Py<PyAny>>,
) -> PyResult<Bound<'_, PyAny>> {
    let reach = crate::reach::reach();
    let undo = Undo::reaching(reach.clone());
    let (inputs, damage) =
        py.detach(|| told_of(&undo, &ledger, reach.as_ref(), dry_run)).map_err(|error| logged(py, error))?;
    let mut options = WriteOptions::default();
    options.dry_run = dry_run;
    let (selector, target) =
        (prkit_batch::Selector::default(), if dry_run { Target::DryRun } else { Target::InPlace });
    let operation: &dyn Operation = &undo;
    let writing = Writing::new(operation, &selector, &options, target, Kinds::default(), &Plain);
    let summary = over(py, writing, inputs, jobs, on_event)?;
    match damage {
        None => Ok(summary),
        Some(problem) => summary.call_method1("_with_problem", (problem,)),
    }
}

/// What a ledger tells of, and what is wrong with it beside that. What a killed run was at is brought to its end before.
fn told_of(
    undo: &Undo,
    ledger: &Path,
    reach: Option<&Arc<dyn Reach>>,
    dry_run: bool,
) -> Result<(Inputs, Option<String>), LogError> {
    let log = Input::of_path(ledger);
    let named = move |next: prkit_batch::Result<Input>| next.map_err(|error| (log.clone(), error));
    let ledger = match Ledger::named(ledger, reach)? {
        Ledger::Store(store, folder) => {
            let reader = StoreLogReader::open(store, folder)?;
            return Ok((Inputs::given(undo.inputs_of_store(reader).map(named)), None));
        }
        Ledger::File(ledger) => ledger,
    };
    if !left_of(&ledger)?.is_empty() && !dry_run {
        prkit_batch::writing::settle(&ledger, true, reach, &Plain)?;
    }
    let reader = LogReader::open(&ledger, &mut |_| ())?;
    reader.lock()?;
    let damage = reader.damage().find(|damage| !damage.is_of_the_end()).map(|damage| damage.to_string());
    Ok((Inputs::given(undo.inputs(reader).map(named)), damage))
}
