//! Carrying out what a command plans, for every input.
//!
//! ```text
//!   input ──open.rs──▶ Document, objects ──command──▶ Edits ──job.rs──▶ Plan                         plan.rs
//!         ──way.rs──▶ map │ rename │ other file │ stream │ nothing   (target.rs, store.rs)
//!         ──▶ report, tally.rs, and the log of the run (log/)                                        group.rs
//! ```
//!
//! Inputs of one folder are edited in place as a group, under one journal. With `--presentation`, what belongs to one
//! presentation changes together (`presentation/`); without it, a file does not change its length under a byte range.

mod group;
mod job;
mod open;
mod plan;
mod plan_to;
mod presentation;
mod record;
mod store;
mod tally;
mod target;
mod way;

pub(crate) use job::Job;
pub(crate) use record::settle;
pub(crate) use tally::Tally;

use crate::args::{InputArgs, SyncHow, WriteArgs};
use crate::exit::{Status, Stop};
use crate::fleet::{Done, Fleet, Next, Signals};
use crate::hints::words;
use crate::input::{Document, Found, Input, Inputs, Kinds};
use crate::out::{Out, Outcome};
use crate::report::{self, WriteReport};
use presentation::Addressed;
use prkit_apply::Place;
use prkit_batch::log::Asked;
use prkit_batch::travel::PlanWriter;
use prkit_batch::{Edits, Selector};
use prkit_bmff::Scope;
use record::Record;
use std::path::Path;
use std::time::Instant;
use target::Target;
use way::Way;

/// What a command does to the objects of an input.
pub(crate) trait Command: Sync {
    /// Which containers it looks at.
    fn scope(&self, selector: &Selector) -> Scope {
        selector.scope()
    }

    /// Whether it puts bytes where bytes were, whatever the input is: then nothing else is read of it.
    fn wants_bytes(&self) -> bool {
        false
    }

    /// What becomes of the boxes; says in the report what it does to which.
    ///
    /// # Errors
    ///
    /// What is wrong with the input, or with what is asked of it.
    fn edits(
        &self,
        document: &Document,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String>;

    /// The same, for a command that has to know which input it is.
    ///
    /// # Errors
    ///
    /// As for [`edits`](Self::edits).
    fn edits_of(
        &self,
        _input: &Input,
        document: &Document,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
        self.edits(document, objects, report)
    }

    /// What becomes of what is beside objects in a document; `all` where no object was excluded.
    fn beside(&self, _: &Document, _: &[Found], _all: bool, _: &mut Edits, _: &mut WriteReport) {}

    /// An input is not looked at, because a log says that it was done before.
    fn skip(&self, _path: &Path) {}
}

/// Runs a command over its inputs. What is `asked` of them is noted in the log, in a code.
pub(crate) fn run(
    command: &dyn Command,
    inputs: &InputArgs,
    selector: &Selector,
    args: &WriteArgs,
    asked: &dyn Fn() -> Asked,
) -> Result<Status, Stop> {
    let target = Target::new(args, inputs)?;
    // What is wrong with a folder is said before anything is looked at.
    args.title.roots(inputs).map_err(Stop::usage)?;
    let addressed = Some(Addressed::new(inputs, &args.title));
    if args.presentation {
        // Before the log is made, which stays.
        if args.record.log.is_some() || args.record.resume.is_some() {
            return Err(Stop::usage("--presentation is one transaction, and has no --log to go on from"));
        }
        let kinds = inputs.unseen()?.kinds().clone();
        let record = Record::default();
        let plan_to = None;
        return Writing { command, selector, args, target, kinds, record, addressed, plan_to }
            .presentations(inputs);
    }
    let asked = || asked().with(args);
    over(command, inputs.unseen()?, target, addressed, selector, args, &asked)
}

/// The same for inputs that something else names than the command line.
pub(crate) fn carry_out(
    command: &dyn Command,
    inputs: Inputs,
    selector: &Selector,
    args: &WriteArgs,
    asked: &dyn Fn() -> Asked,
) -> Result<Status, Stop> {
    let target = match &args.to.output {
        Some(output) if output.as_os_str() == "-" => {
            return Err(Stop::usage("-o - takes one input: name a folder"));
        }
        Some(output) => Target::folder(output.clone()),
        None if args.to.dry_run => Target::DryRun,
        None => Target::InPlace,
    };
    let asked = || asked().with(args);
    over(command, inputs, target, None, selector, args, &asked)
}

fn over(
    command: &dyn Command,
    inputs: Inputs,
    target: Target,
    addressed: Option<Addressed<'_>>,
    selector: &Selector,
    args: &WriteArgs,
    asked: &dyn Fn() -> Asked,
) -> Result<Status, Stop> {
    // From here on: what a killed run left in a log is brought to its end, too.
    let signals = signals(&target, &inputs);
    let record = Record::new(&args.record, asked, args.sync, inputs.kinds())?;
    let plan_to = args.plan_to.as_deref().map(|path| plan_to::create(path, args)).transpose()?;
    let kinds = inputs.kinds().clone();
    let writing = Writing { command, selector, args, target, kinds, record, addressed, plan_to };
    let (many, start) = (!inputs.is_one(), Instant::now());
    let mut total = Tally::default();
    let status = writing.all(inputs, signals, &mut total);
    let is_told = match status {
        Err(Stop::Usage(_) | Stop::ClosedPipe) => false,
        Err(Stop::Output(_)) => writing.target.writes_files(),
        _ => many,
    };
    if is_told {
        total.print(args.to.dry_run, start);
    }
    let stopped = match status {
        Err(Stop::Signal(_)) => Some("interrupted"),
        Err(Stop::Output(_)) if is_told && many => Some("stopped"),
        _ => None,
    };
    if let Some(stopped) = stopped {
        let how = writing.record.way_on();
        crate::terminal::note(format_args!(
            "{stopped}; no file is half-way, and {how} goes on with the others"
        ));
    }
    // One whose run was stopped has no end, and is not carried out.
    let is_whole = matches!(status, Ok(ended) if !(args.fleet.fail_fast && ended == Status::Failed));
    let written = writing.plan_to.filter(|_| is_whole).map_or(Ok(()), |plan| plan.finish().map(drop));
    let status = match written {
        Ok(()) => status,
        Err(error) => {
            crate::terminal::note(format_args!("the plan cannot be written: {error}"));
            status.map(|status| status.max(Status::Failed))
        }
    };
    match writing.record.close(status.is_ok()) {
        Ok(()) => status,
        Err(error) => {
            crate::terminal::note(format_args!("the log cannot be written: {error}"));
            status.map(|status| status.max(Status::Failed))
        }
    }
}

/// Whoever only reads, or waits for standard input, may be stopped at any time.
fn signals(target: &Target, inputs: &Inputs) -> Option<Signals> {
    if target.writes_files() && !inputs.is_one() { Signals::catch() } else { None }
}

struct Writing<'w> {
    command: &'w dyn Command,
    selector: &'w Selector,
    args: &'w WriteArgs,
    target: Target,
    kinds: Kinds,
    record: Record,
    /// What manifests of the same call say about files.
    addressed: Option<Addressed<'w>>,
    /// Where the edits are written down that are planned.
    plan_to: Option<PlanWriter>,
}

/// An input that was opened, and its place where it is edited in place.
type Opened = (Document, Option<Place>);

/// An input that was planned.
struct Planned {
    document: Document,
    job: Job,
    report: WriteReport,
    /// The file itself, where it is edited in place.
    place: Option<(Place, Way)>,
}

/// An input, and what is said of it.
type Turn<'i> = (&'i Input, &'i mut Out);

/// What there is of an input.
enum Stage {
    Planned(Box<Planned>),
    Failed(String),
}

impl Writing<'_> {
    /// Carries out the command for all inputs, and counts what came of them.
    fn all(&self, inputs: Inputs, signals: Option<Signals>, total: &mut Tally) -> Result<Status, Stop> {
        let writes_files = self.target.writes_files();
        let mut fleet = Fleet::new(&self.args.fleet, self.args.json).writing_files(writes_files);
        if writes_files {
            fleet = fleet.waiting(self.args.sync != SyncHow::Each);
        }
        fleet.stopped_by(signals).run(
            inputs,
            &|next: &Next, out: &mut Out| match next {
                Next::Group(group) => self.group(group, out),
                Next::Failure(input, error) => {
                    let mut tally = Tally::default();
                    tally.fail();
                    report::failure(input, &words(error), out);
                    Done { outcomes: vec![Outcome::Failed], result: tally }
                }
            },
            &mut |part: Tally| {
                total.merge(part);
                Ok(())
            },
        )
    }
}
