//! What commands that write have in common: the engine does it, and here it is told.

mod plan_to;
mod tally;
mod together;
mod told;

use crate::args::{Fit, InputArgs, SyncHow, WriteArgs, WriteHow};
use crate::exit::{Status, Stop};
use crate::fleet::{Done, Fleet, Next, Signals, Watcher};
use crate::hints::{told, words};
use crate::input::{Address, Input, Inputs};
use crate::out::{Out, Outcome};
use crate::report::{self, Detail};
use crate::terminal;
use prkit_batch::log::{Asked, Ledger, LogError, Unsettled};
use prkit_batch::operation::Apply;
use prkit_batch::travel::{PlanLine, PlanReader};
use prkit_batch::writing::{
    self as engine, Face, Guard, Operation, Record, Recording, Target, Totals, WriteOptions, Writing,
};
use prkit_batch::{Error, Fitting, Reach, Selector};
use prkit_bmff::Growth;
use prkit_plan::{AssetId, Durability};
use prkit_playready::Overrides;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use together::Together;

/// The program, as the engine knows it.
pub(crate) struct Program<'a>(pub(crate) &'a WriteArgs, Option<Signals>);

impl Face for Program<'_> {
    fn words(&self, error: &Error) -> String {
        words(error)
    }

    fn replaces(&self, output: &Path) -> bool {
        self.0.force.overwrite().replaces(output)
    }

    fn begins(&self, files: &[PathBuf]) {
        self.1.iter().for_each(|signals| signals.begins(files));
    }

    fn ends(&self, files: &[PathBuf]) {
        self.1.iter().for_each(|signals| signals.ends(files));
    }

    fn unread(&self, manifest: &Path, error: &Error) {
        let name = terminal::escaped(&prkit_batch::shown_here(manifest)).into_owned();
        terminal::note(format_args!(
            "{name}: it is not known what it says of the files that change: {}",
            words(error)
        ));
    }

    fn unsettled(&self, file: &Path, why: &Unsettled) {
        unsettled(file, why);
    }
}

/// Tells of a file that is neither old nor new.
fn unsettled(file: &Path, why: &Unsettled) {
    terminal::note(format_args!("{}: {why}", terminal::path(file)));
}

/// Whether an input is behind an address that nothing is written to: a server is read, a bucket is a store.
fn is_read_only(input: &str) -> bool {
    Address::is_address(input)
        && !input.split_once("://").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("s3"))
}

/// Whether an input is all objects of a bucket, or those below a name.
fn is_folder_of_a_store(input: &Path) -> bool {
    let rest = input.to_str().filter(|input| Address::is_address(input) && !is_read_only(input));
    rest.and_then(|input| input.split_once("://"))
        .is_some_and(|(_, rest)| !rest.contains('/') || rest.ends_with('/'))
}

impl WriteArgs {
    /// How edits are made and written.
    pub(crate) fn options(&self) -> WriteOptions {
        let mut options = WriteOptions::default();
        options.fitting =
            Fitting { fit: self.fit.into(), overrides: self.overrides(), growth: self.growth() };
        options.how = match self.write {
            WriteHow::Auto => engine::WriteHow::Auto,
            WriteHow::Map => engine::WriteHow::Map,
            WriteHow::Rename => engine::WriteHow::Rename,
        };
        options.durability = match self.sync {
            SyncHow::Each => Durability::Each,
            SyncHow::Group => Durability::Group,
            SyncHow::None => Durability::None,
        };
        options.backup.clone_from(&self.backup);
        options.preserve = self.preserve;
        options.hard_links = self.hard_links;
        options.verify = self.verify;
        options.dry_run = self.to.dry_run;
        options.reports_plan = self.plan;
        options.presentation = self.presentation;
        options.fail_fast = self.fleet.fail_fast;
        options
    }

    pub(crate) fn overrides(&self) -> Overrides {
        self.force.overrides()
    }

    fn growth(&self) -> Growth {
        Growth { reserve: u64::try_from(self.reserve).unwrap_or(u64::MAX), ..Growth::default() }
    }

    /// Where results go, of one input or of many.
    fn target(&self, many: bool, reach: Option<&Arc<dyn Reach>>) -> Result<Target, Stop> {
        // The parser lets it pass where another one of the group is there.
        if self.keep_paths && self.to.output.is_none() {
            return Err(Stop::usage(
                "--keep-paths says how results are named below a folder: it goes with -o DIR",
            ));
        }
        if self.to.in_place {
            return Ok(Target::InPlace);
        }
        let Some(output) = &self.to.output else { return Ok(Target::DryRun) };
        if let Some(address) = output.to_str().filter(|output| Address::is_address(output)) {
            return self.target_in_store(address, many, reach);
        }
        if output.as_os_str() == "-" {
            if many {
                return Err(Stop::usage("-o - takes one input"));
            }
            if self.json {
                return Err(Stop::usage("-o - and --json both want standard output"));
            }
            return Ok(Target::Stream(Mutex::new(Box::new(std::io::stdout()))));
        }
        if self.keep_paths {
            let from = Path::new(".")
                .canonicalize()
                .map_err(|error| Stop::usage(format!("--keep-paths: {error}")))?;
            return Ok(Target::Mirror { folder: output.clone(), from });
        }
        let is_folder = output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/") || many;
        Ok(if is_folder { Target::Folder(output.clone()) } else { Target::File(output.clone()) })
    }

    /// An object of a bucket, or a folder there.
    fn target_in_store(
        &self,
        address: &str,
        many: bool,
        reach: Option<&Arc<dyn Reach>>,
    ) -> Result<Target, Stop> {
        let shown = Address::shown(address);
        if self.keep_paths {
            return Err(Stop::usage("--keep-paths goes with a folder on disk"));
        }
        let found = reach.map(|reach| reach.store(address)).transpose();
        let found = found.map_err(|error| Stop::usage(format!("-o {shown}: {error}")))?.flatten();
        let Some((store, id)) = found else {
            return Err(Stop::usage(format!(
                "-o {shown}: nothing is written there: name a file, a folder or s3://BUCKET/KEY"
            )));
        };
        let folder = id.as_bytes().strip_suffix(b"/");
        Ok(match folder {
            Some(folder) => Target::Below(store, AssetId::new(folder)),
            None if many || id.as_bytes().is_empty() => Target::Below(store, id),
            None => Target::Asset(store, id),
        })
    }

    /// Where results go, and two on one target are refused before anything is written.
    fn target_of(&self, inputs: &InputArgs, reach: Option<&Arc<dyn Reach>>) -> Result<Target, Stop> {
        let is_stdin = inputs.data.is_some() || inputs.inputs.iter().any(|input| input.as_os_str() == "-");
        if self.to.in_place && is_stdin {
            return Err(Stop::usage("standard input and pasted data have no place: use -o"));
        }
        if self.to.in_place && inputs.inputs.iter().filter_map(|input| input.to_str()).any(is_read_only) {
            return Err(Stop::usage("what is behind an address is read only: use -o"));
        }
        let many = inputs.files_from.is_some()
            || inputs.inputs.len() > 1
            || inputs.inputs.first().is_some_and(|input| input.is_dir() || is_folder_of_a_store(input));
        let target = self.target(many, reach)?;
        // A list on standard input can be read once only; a second result for a name is refused when it comes.
        let is_stream = inputs.files_from.as_ref().is_some_and(|list| list.as_os_str() == "-");
        if !many || is_stream || !target.is_folder() {
            return Ok(target);
        }
        let Err(error) = target.check_distinct(inputs.open()?) else { return Ok(target) };
        // Two that have one name are told apart by their folders; one that is named twice is not.
        if let Some(mirror) = target.mirrored(inputs.open()?)
            && mirror.check_distinct(inputs.open()?).is_ok()
        {
            terminal::note(format_args!(
                "several inputs have one name: results are named with their folders"
            ));
            return Ok(mirror);
        }
        Err(Stop::usage(told(error.into())))
    }

    /// The record of the run, if one is asked for.
    fn record(&self, asked: &dyn Fn() -> Asked, reach: Option<&Arc<dyn Reach>>) -> Result<Record, Stop> {
        let (name, is_new) = match (&self.record.resume, &self.record.log) {
            (Some(log), _) => (log, false),
            (None, Some(log)) => (log, true),
            (None, None) => return Ok(Record::default()),
        };
        let ledger = Ledger::named(name, reach).map_err(|error| stop(&error))?;
        if matches!(ledger, Ledger::Store(..)) && !self.to.in_place {
            return Err(Stop::usage("a record in a bucket is one of edits in place: it goes with -i"));
        }
        let (asked, durable, face) = (asked(), self.sync != SyncHow::None, Program(self, None));
        let how = Recording { asked: &asked, durable, reach, face: &face };
        let record = if is_new { Record::create(&ledger, &how) } else { Record::resume(&ledger, &how) };
        record.map_err(|error| stop(&error))
    }

    /// How a run that was interrupted is gone on with.
    fn way_on(&self) -> String {
        match self.record.resume.as_ref().or(self.record.log.as_ref()) {
            Some(path) => format!("--resume {} instead of --log", terminal::path(path)),
            None => "the same command again".to_owned(),
        }
    }
}

impl From<Fit> for prkit_bmff::Fit {
    fn from(fit: Fit) -> Self {
        match fit {
            Fit::Same => Self::Same,
            Fit::Slack => Self::Slack,
            Fit::Store => Self::Store,
            Fit::Any => Self::Any,
        }
    }
}

/// Why a log cannot be written, with what helps.
fn stop(error: &LogError) -> Stop {
    let remedy = match error {
        LogError::Exists { path } => format!("; --resume {} goes on with it", terminal::path(path)),
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

/// Brings to an end what a run was at when it was killed, and writes it down in its log.
pub(crate) fn settle(log: &Path, sync: SyncHow, reach: Option<&Arc<dyn Reach>>) -> Result<(), LogError> {
    struct Telling;
    impl Face for Telling {
        fn unsettled(&self, file: &Path, why: &Unsettled) {
            unsettled(file, why);
        }
    }
    engine::settle(log, sync != SyncHow::None, reach, &Telling)
}

/// Runs a command over its inputs. What is `asked` of them is noted in the log, in a code.
pub(crate) fn run(
    operation: &dyn Operation,
    inputs: &InputArgs,
    selector: &Selector,
    args: &WriteArgs,
    asked: &dyn Fn() -> Asked,
) -> Result<Status, Stop> {
    // What is wrong with a folder is said before anything is looked at.
    let titles = args.title.roots(inputs)?;
    let mut sources = inputs.sources()?;
    let target = args.target_of(inputs, sources.reach.as_ref())?;
    if !args.alone {
        sources.hold_list().map_err(|error| Stop::usage(told(error.into())))?;
    }
    // What a title is made of is known before any of it is opened for an edit.
    let found = if args.presentation { Inputs::new(&sources) } else { Inputs::unseen(&sources) };
    let found = found.map_err(|error| Stop::usage(told(error.into())))?;
    if args.presentation && matches!(target, Target::Stream(_) | Target::File(_) | Target::Asset(..)) {
        return Err(Stop::usage("--presentation has several results: -i, -n or -o DIR/"));
    }
    let together = if args.presentation { Together::Titles(titles) } else { Together::Nothing };
    let (folders, maps) = args.title.folders(inputs)?;
    let guard = (!args.alone).then(|| Guard::new(sources, folders, maps));
    let many = !found.is_one();
    over(operation, (found, many), target, (guard, together), selector, args, &|| asked().with(args))
}

/// The same for inputs that something else names than the command line.
pub(crate) fn carry_out(
    operation: &dyn Operation,
    (inputs, many): (Inputs, bool),
    guard: Option<Guard>,
    selector: &Selector,
    args: &WriteArgs,
    asked: &dyn Fn() -> Asked,
) -> Result<Status, Stop> {
    let target = args.target(many, inputs.reach())?;
    over(operation, (inputs, many), target, (guard, Together::Nothing), selector, args, &|| {
        asked().with(args)
    })
}

/// The same for a plan: its titles first, each as one, then what changes on its own.
pub(crate) fn carry_out_plan(
    apply: &Apply,
    (reader, plan, many): (PlanReader, Input, bool),
    guard: Option<Guard>,
    args: &WriteArgs,
    asked: &dyn Fn() -> Asked,
) -> Result<Status, Stop> {
    let (target, selector) = (args.target(many, None)?, Selector::default());
    let inputs = Inputs::given(std::iter::empty());
    let together = Together::Plan(apply, reader, plan);
    over(apply, (inputs, true), target, (guard, together), &selector, args, &|| asked().with(args))
}

fn over(
    operation: &dyn Operation,
    (inputs, many): (Inputs, bool),
    target: Target,
    (guard, together): (Option<Guard>, Together<'_>),
    selector: &Selector,
    args: &WriteArgs,
    asked: &dyn Fn() -> Asked,
) -> Result<Status, Stop> {
    let (options, kinds) = (args.options(), inputs.kinds().clone());
    let writes_files = target.writes_files();
    // From here on: what a killed run left in a log is brought to its end, too.
    let watcher = Watcher::new(signals(&target, &inputs));
    let face = Program(args, watcher.signals.clone());
    let record = args.record(asked, inputs.reach())?;
    let plan_to = args.plan_to.as_deref().map(|path| plan_to::create(path, args)).transpose()?;
    let writing = Writing::new(operation, selector, &options, target, kinds, &face);
    let writing = writing.recorded_in(record).planned_to(plan_to).guarded_by(guard).watched_by(&watcher);
    let start = Instant::now();
    let detail = match (args.told.quiet, many && !args.told.verbose) {
        (true, _) => Detail::None,
        (false, true) => Detail::Line,
        (false, false) => Detail::All,
    };
    let running = Running { writing, args, selector, detail };
    let mut total = Totals::default();
    let status = running.all_together(together, inputs, (many, &watcher), &mut total);
    let is_told = match status {
        Err(Stop::Usage(_) | Stop::ClosedPipe) => false,
        Err(Stop::Output(_)) => writes_files,
        _ => many,
    };
    if is_told {
        tally::print(&total, args.to.dry_run, start);
    }
    let stopped = match status {
        Err(Stop::Signal(_)) => Some("interrupted"),
        Err(Stop::Output(_)) if is_told && many => Some("stopped"),
        _ => None,
    };
    if let Some(stopped) = stopped {
        let others = if many { " with the others" } else { "" };
        terminal::note(format_args!("{stopped}; no file is half-way, and {} goes on{others}", args.way_on()));
    }
    // One whose run was stopped has no end, and is not carried out.
    let is_whole = matches!(status, Ok(ended) if !(args.fleet.fail_fast && ended == Status::Failed));
    let (record, plan_to) = running.writing.into_records();
    let written = plan_to.filter(|_| is_whole).map_or(Ok(()), |plan| plan.finish().map(drop));
    let status = match written {
        Ok(()) => status,
        Err(error) => {
            terminal::note(format_args!("the plan cannot be written: {error}"));
            status.map(|status| status.max(Status::Failed))
        }
    };
    match record.close(status.is_ok()) {
        Ok(()) => status,
        Err(error) => {
            terminal::note(format_args!("the log cannot be written: {error}"));
            status.map(|status| status.max(Status::Failed))
        }
    }
}

/// Whoever only reads may be stopped at any time.
fn signals(target: &Target, inputs: &Inputs) -> Option<Signals> {
    let is_stream = matches!(target, Target::Stream(_));
    let may_wait = is_stream || inputs.may_wait();
    if target.writes_files() || is_stream { Signals::catch(may_wait) } else { None }
}

/// An operation that is being carried out, and how it is told.
struct Running<'r> {
    writing: Writing<'r>,
    args: &'r WriteArgs,
    selector: &'r Selector,
    detail: Detail,
}

impl Running<'_> {
    fn fleet(&self) -> Fleet<'_> {
        let writes_files = self.writing.target().writes_files();
        let fleet = Fleet::new(&self.args.fleet, self.args.json).writing_files(writes_files);
        if writes_files { fleet.waiting(self.args.sync != SyncHow::Each) } else { fleet }
    }

    /// Carries out the operation for all inputs, and counts what came of them.
    fn all(&self, inputs: Inputs, watcher: &Watcher, total: &mut Totals) -> Result<Status, Stop> {
        self.fleet().watched_by(watcher).run(
            inputs,
            &|next: &Next, out: &mut Out| match next {
                Next::Group(group) => self.tell_group(self.writing.group(group), out),
                Next::Failure(input, error) => {
                    let mut totals = Totals::default();
                    totals.fail();
                    report::failure(input, &words(error), out);
                    Done { outcomes: vec![Outcome::Failed], result: (totals, Vec::new()) }
                }
            },
            // In the order in which they are told.
            &mut |(part, plan): (Totals, Vec<PlanLine>)| {
                total.merge(part);
                let mut lines = plan.iter();
                lines
                    .try_for_each(|line| self.writing.write_plan(line))
                    .map_err(|error| Stop::Failed(told(error)))
            },
        )
    }
}
