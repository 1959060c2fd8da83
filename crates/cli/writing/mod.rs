//! Carrying out what a command plans, for every input.
//!
//! ```text
//!   input ──open.rs──▶ Document, objects ──command──▶ Edits ──job.rs──▶ Plan
//!         ──way.rs──▶ map │ rename │ other file │ stream │ nothing   (target.rs, store.rs)
//!         ──▶ report, tally.rs, and the log of the run (log/)
//! ```
//!
//! Inputs of one folder are edited in place as a group, under one journal. With `--presentation`, what belongs to one
//! presentation changes together (`presentation/`); without it, a file does not change its length under a byte range.

mod job;
mod open;
mod presentation;
mod record;
mod store;
mod tally;
mod target;
mod way;

pub(crate) use job::{Edits, Job};
pub(crate) use record::settle;
pub(crate) use tally::Tally;

use crate::args::{InputArgs, SyncHow, WriteArgs};
use crate::exit::{Status, Stop};
use crate::fleet::{Done, Fleet, Next, Signals};
use crate::input::{Content, Document, Found, Input, Inputs, Kinds, Name};
use crate::out::{Out, Outcome};
use crate::report::{self, PlanReport, WriteReport};
use crate::select::Selector;
use open::{Held, Opening};
use presentation::Addressed;
use prkit_bmff::{Growth, Scope};
use record::Record;
use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;
use target::Target;
use way::Way;

/// What a command does to the objects of an input.
pub(crate) trait Command: Sync {
    /// Which containers it looks at.
    fn scope(&self, selector: &Selector) -> Scope {
        selector.scope()
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

    /// An input is not looked at, because a log says that it was done before.
    fn skip(&self, _path: &Path) {}
}

/// Runs a command over its inputs. What is `asked` of them is noted in the log, in one number.
pub(crate) fn run(
    command: &dyn Command,
    inputs: &InputArgs,
    selector: &Selector,
    args: &WriteArgs,
    asked: &dyn fmt::Debug,
) -> Result<Status, Stop> {
    let target = Target::new(args, inputs)?;
    let addressed = Some(Addressed::new(inputs));
    if args.presentation {
        // Before the log is made, which stays.
        if args.record.log.is_some() || args.record.resume.is_some() {
            return Err(Stop::usage("--presentation is one transaction, and has no --log to go on from"));
        }
        let kinds = Inputs::unseen(inputs)?.kinds().clone();
        let record = Record::default();
        return Writing { command, selector, args, target, kinds, record, addressed }.presentations(inputs);
    }
    let asked = format!("{asked:?} {:?} {:?}", args.fit, args.room);
    over(command, Inputs::unseen(inputs)?, target, addressed, selector, args, &asked)
}

/// The same with the inputs themselves as the target.
pub(crate) fn in_place(
    command: &dyn Command,
    inputs: Inputs,
    selector: &Selector,
    args: &WriteArgs,
) -> Result<Status, Stop> {
    let target = if args.to.dry_run { Target::DryRun } else { Target::InPlace };
    over(command, inputs, target, None, selector, args, "")
}

fn over(
    command: &dyn Command,
    inputs: Inputs,
    target: Target,
    addressed: Option<Addressed<'_>>,
    selector: &Selector,
    args: &WriteArgs,
    asked: &str,
) -> Result<Status, Stop> {
    // From here on: what a killed run left in a log is brought to its end, too.
    let signals = signals(&target, &inputs);
    let record = Record::new(&args.record, asked, args.sync, inputs.kinds())?;
    let kinds = inputs.kinds().clone();
    let writing = Writing { command, selector, args, target, kinds, record, addressed };
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
    writing.record.close();
    status
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
}

/// An input that was opened, and its path where it is edited in place.
type Opened = (Document, Option<PathBuf>);

/// An input that was planned.
struct Planned {
    document: Document,
    job: Job,
    report: WriteReport,
    /// The file itself, where it is edited in place.
    place: Option<(PathBuf, Way)>,
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
        if writes_files && self.args.sync != SyncHow::Each {
            fleet = fleet.in_groups();
        }
        fleet.stopped_by(signals).run(
            inputs,
            &|next: &Next, out: &mut Out| match next {
                Next::Group(group) => self.group(group, out),
                Next::Failure(input, error) => {
                    let mut tally = Tally::default();
                    tally.fail();
                    report::failure(input, error, out);
                    Done { outcomes: vec![Outcome::Failed], result: tally }
                }
            },
            &mut |part: Tally| {
                total.merge(part);
                Ok(())
            },
        )
    }

    /// Carries out the command for a group, and then for those of its files that were at work under another name.
    fn group(&self, inputs: &[Input], out: &mut Out) -> Done<Tally> {
        // In the order of the inputs, whatever becomes known of them when.
        let mut reports: Vec<Out> = inputs.iter().map(|_| Out::new(out.is_json())).collect();
        let mut log = Out::new(out.is_json());
        let mut later = VecDeque::new();
        let mut done = self.at_once(inputs.iter().zip(&mut reports).collect(), &mut later, &mut log);
        while let Some(turn) = later.pop_front() {
            let waiting = later.len();
            let more = self.at_once(vec![turn], &mut later, &mut log);
            if later.len() > waiting {
                // Nothing is held here, so whoever is at work on it comes to an end.
                std::thread::sleep(open::PAUSE);
            }
            done.outcomes.extend(more.outcomes);
            done.result.merge(more.result);
        }
        for report in reports.into_iter().chain([log]) {
            out.append(report);
        }
        done
    }

    /// Carries it out for as many as can be worked at together; what is said of the log goes into `log`.
    fn at_once<'i>(
        &self,
        turns: Vec<Turn<'i>>,
        later: &mut VecDeque<Turn<'i>>,
        log: &mut Out,
    ) -> Done<Tally> {
        let mut held = Held::default();
        let mut tally = Tally::default();
        let (done, left): (Vec<_>, Vec<_>) = turns.into_iter().partition(|(input, _)| self.is_done(input));
        let skipped = done.len();
        tally.skip(skipped);
        for (input, out) in done.into_iter().filter(|(_, out)| out.is_json()) {
            out.json(&self.done_before(input));
        }
        let inputs: Vec<&Input> = left.iter().map(|(input, _)| *input).collect();
        let opened = self.open(&inputs, &mut held);
        let (mut stages, mut outs) = (Vec::new(), Vec::new());
        for ((input, out), opened) in left.into_iter().zip(opened) {
            let stage = match opened {
                Ok(Opening::Ours(opened)) => self.plan(input, opened, out),
                Ok(Opening::Later) => {
                    later.push_back((input, out));
                    continue;
                }
                Ok(Opening::Foreign) => {
                    out.foreign = out.foreign.saturating_add(1);
                    continue;
                }
                Err(error) => {
                    report::failure(input, &error, out);
                    Stage::Failed(error)
                }
            };
            let failed = matches!(stage, Stage::Failed(_));
            stages.push((input, stage));
            outs.push(out);
            if failed && self.args.fleet.fail_fast {
                break;
            }
        }
        let (results, unrecorded) = self.recorded(&stages);
        let ends = stages.into_iter().zip(results).zip(outs);
        let ends = ends.map(|(((input, stage), stored), out)| match stage {
            Stage::Planned(planned) => self.finish(input, *planned, stored, out, &mut tally),
            Stage::Failed(_) => {
                tally.fail();
                Outcome::Failed
            }
        });
        let mut outcomes: Vec<Outcome> = ends.collect();
        outcomes.extend(std::iter::repeat_n(Outcome::Done, skipped));
        if let Err(error) = unrecorded {
            log.note(&error);
            outcomes.push(Outcome::Failed);
        }
        Done { outcomes, result: tally }
    }

    /// What is said of an input that a log says was done, and that is still the same.
    fn done_before(&self, input: &Input) -> WriteReport {
        let size = match &input.name {
            Name::Path(path) => path.metadata().map_or(0, |metadata| metadata.len()),
            Name::Stdin | Name::Data(_) => 0,
        };
        let mut report = WriteReport::new(input, size, self.args.to.dry_run);
        report.done_before = Some(true);
        report
    }

    /// Opens the inputs of a group, those that are edited in place under locks.
    fn open(&self, inputs: &[&Input], held: &mut Held) -> Vec<Result<Opening<Opened>, String>> {
        let scope = self.command.scope(self.selector);
        if !matches!(self.target, Target::InPlace) {
            let open = |input: &&Input| {
                let document = Document::open_if_ours(input, scope, &self.kinds)?;
                Ok(document.map_or(Opening::Foreign, |document| Opening::Ours((document, None))))
            };
            return inputs.iter().map(open).collect();
        }
        let locked = open::open_locked(inputs, &self.kinds, held);
        let open = |(input, locked): (&&Input, Result<Opening<open::Locked>, String>)| {
            let open::Locked { file, path } = match locked? {
                Opening::Ours(locked) => locked,
                Opening::Foreign => return Ok(Opening::Foreign),
                Opening::Later => return Ok(Opening::Later),
            };
            let document = Document::of_file(file, input, scope, &self.kinds)?;
            Ok(document.map_or(Opening::Foreign, |document| Opening::Ours((document, Some(path)))))
        };
        inputs.iter().zip(locked).map(open).collect()
    }

    /// Plans the edit of an input; what goes wrong is reported at once.
    fn plan(&self, input: &Input, (mut document, path): Opened, out: &mut Out) -> Stage {
        if let Name::Path(named) = &input.name {
            document.path = Some(named.clone());
        }
        out.bytes = out.bytes.saturating_add(document.content.len());
        let mut report = WriteReport::new(input, document.outer_source().len(), self.args.to.dry_run);
        let planned = self.plan_document(input, &document, path.as_deref(), Vec::new(), &mut report);
        let planned = planned.and_then(|(job, way)| {
            if let (Name::Path(path), Some(addressed), false) =
                (&input.name, &self.addressed, self.args.presentation)
            {
                addressed.allow(path, &job.edited.plan)?;
            }
            Ok((job, way))
        });
        match planned {
            Ok((job, way)) => {
                Stage::Planned(Box::new(Planned { document, job, report, place: path.zip(way) }))
            }
            Err(error) => {
                report.error = Some(error.clone());
                if out.is_json() {
                    out.json(&report);
                }
                out.message(input, &error);
                Stage::Failed(error)
            }
        }
    }

    fn plan_document(
        &self,
        input: &Input,
        document: &Document,
        path: Option<&Path>,
        moved: Vec<prkit_manifest::Edit>,
        report: &mut WriteReport,
    ) -> Result<(Job, Option<Way>), String> {
        let objects = document.objects_that(&|found| self.selector.wants(found))?;
        report.matched = objects.len();
        if let Some(fault) = document.fault() {
            return Err(format!("the file is broken and is not edited: {fault}"));
        }
        let mut edits = self.command.edits_of(input, document, &objects, report)?;
        edits.text.extend(moved);
        let file = match &document.content {
            Content::File(file) if document.pasted.is_none() => Some(file),
            _ => None,
        };
        // What has no place is written to a stream, if it is written.
        let is_stream = matches!(self.target, Target::Stdout)
            || matches!((&self.target, &input.name), (Target::DryRun, Name::Stdin | Name::Data(_)));
        let in_place = path.is_some() || matches!(self.target, Target::DryRun) && !is_stream;
        let growth = file.map_or_else(Growth::default, |file| way::growth(file, self.args, in_place));
        let mut job = Job::plan(document, edits, growth, self.args)?;
        let mut way = None;
        if let Some(file) = file.filter(|_| in_place && !job.is_empty()) {
            let is_kept = path.is_some_and(|path| {
                self.backup_of(path).is_some_and(|backup| prkit_apply::is_kept(path, &backup))
            });
            let (plan, chosen) = way::choose(job.edited.plan.clone(), file, self.args, is_kept)?;
            job.edited.plan = plan;
            way = Some(chosen);
        } else if path.is_some() {
            way = Some(Way::Rename);
        }
        if is_stream && !job.is_empty() {
            let (strategy, why) = (prkit_plan::Strategy::Stream, job.edited.plan.why().to_owned());
            job.edited.plan = job.edited.plan.clone().with_strategy(strategy, why);
        }
        job.describe(report);
        Ok((job, way))
    }

    /// Reports what came of an input.
    fn finish(
        &self,
        input: &Input,
        planned: Planned,
        stored: Result<store::Stored, String>,
        out: &mut Out,
        tally: &mut Tally,
    ) -> Outcome {
        let Planned { document, job, mut report, .. } = planned;
        if self.args.plan {
            report.plan = PlanReport::new(&job.edited.plan, document.outer_source()).ok();
        }
        let mut outcome = if report.matched == 0 && job.is_empty() {
            self.selector.nothing(input, out)
        } else {
            Outcome::Done
        };
        match stored {
            Ok(stored) => {
                if stored.written {
                    report.verified = job.verified();
                }
                report.output = stored.output;
                if let Some(instead) = &stored.instead {
                    report.made_anew(instead);
                }
            }
            Err(error) => {
                report.fail(&error);
                out.message(input, &error);
                outcome = Outcome::Failed;
            }
        }
        tally.count(&report);
        if self.args.exit_code && report.changed && outcome == Outcome::Done {
            outcome = Outcome::Pending;
        }
        let quiet = report.matched == 0 && !report.changed;
        if out.is_json() || !(quiet || report.error.is_some()) {
            report.print(input, matches!(self.target, Target::Stdout), out);
        }
        outcome
    }
}
