//! Carrying out what a command plans, for every input.
//!
//! ```text
//!   input ──open, lock──▶ Document, objects ──command──▶ Edits ──job.rs──▶ Plan
//!         ──way.rs──▶ map │ rename │ other file │ stream │ nothing   (target.rs)
//!         ──▶ report
//! ```
//!
//! Inputs of one folder are edited in place as a group, under one journal.

mod job;
mod target;
mod way;

pub(crate) use job::{Edits, Job};

use crate::args::{InputArgs, SyncHow, WriteArgs};
use crate::exit::{Status, Stop};
use crate::input::{Content, Document, Found, Input, Inputs, Name};
use crate::report::{self, PlanReport, WriteReport};
use crate::run::{Out, Outcome, groups};
use crate::select::Selector;
use prkit_apply::{Edit, FileSource, Flush, NewFile, Original};
use prkit_bmff::{Growth, Scope};
use prkit_plan::Source;
use std::path::{Path, PathBuf};
use target::Target;
use way::Way;

/// How many files are edited under one journal.
const GROUP: usize = 64;

/// What a command does to the objects of an input.
pub(crate) trait Command {
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
}

/// Runs a command over its inputs.
pub(crate) fn run(
    command: &dyn Command,
    inputs: &InputArgs,
    selector: &Selector,
    args: &WriteArgs,
) -> Result<Status, Stop> {
    let target = Target::new(args, inputs)?;
    let writing = Writing { command, selector, args, target };
    let most =
        if matches!(writing.target, Target::InPlace) && args.sync != SyncHow::Each { GROUP } else { 1 };
    groups(Inputs::new(inputs)?, args.json, most, &mut |group, out| writing.group(group, out))
}

struct Writing<'w> {
    command: &'w dyn Command,
    selector: &'w Selector,
    args: &'w WriteArgs,
    target: Target,
}

/// An input that was planned.
struct Planned {
    document: Document,
    job: Job,
    report: WriteReport,
    /// The file itself, where it is edited in place.
    place: Option<(PathBuf, Way)>,
}

impl Writing<'_> {
    fn group(&self, inputs: &[Input], out: &mut Out) -> Vec<Outcome> {
        let mut planned: Vec<Result<Planned, Outcome>> =
            inputs.iter().map(|input| self.plan(input, out)).collect();
        let mut results: Vec<Result<(), String>> = planned.iter().map(|_| Ok(())).collect();
        self.store(&mut planned, &mut results);
        let ends = inputs.iter().zip(planned).zip(results).map(|((input, planned), stored)| match planned {
            Ok(planned) => self.finish(input, planned, stored, out),
            Err(outcome) => outcome,
        });
        ends.collect()
    }

    /// Opens an input and plans its edit; what goes wrong is reported at once.
    fn plan(&self, input: &Input, out: &mut Out) -> Result<Planned, Outcome> {
        let opened = self.open(input).map_err(|error| {
            report::failure(input, &error, out);
            Outcome::Failed
        })?;
        let (document, path) = opened;
        let mut report = WriteReport::new(input, document.outer_source().len(), self.args.to.dry_run);
        let planned = self.plan_document(&document, path.as_deref(), &mut report);
        match planned {
            Ok((job, way)) => Ok(Planned { document, job, report, place: path.zip(way) }),
            Err(error) => {
                report.error = Some(error.clone());
                if out.is_json() {
                    out.json(&report);
                }
                out.message(input, &error);
                Err(Outcome::Failed)
            }
        }
    }

    /// In place, the file is locked before it is read, and an interrupted edit of it is finished first.
    fn open(&self, input: &Input) -> Result<(Document, Option<PathBuf>), String> {
        let scope = self.command.scope(self.selector);
        let (Target::InPlace, Name::Path(path)) = (&self.target, &input.name) else {
            return Ok((Document::open(input, scope)?, None));
        };
        // A link stays a link: what it names is edited.
        let path = path.canonicalize().map_err(|error| format!("cannot be resolved: {error}"))?;
        finish_interrupted(&path)?;
        let file = open_locked(&path)?;
        let document = Document { is_walked: input.is_walked(), ..Document::of_file(file, scope)? };
        Ok((document, Some(path)))
    }

    fn plan_document(
        &self,
        document: &Document,
        path: Option<&Path>,
        report: &mut WriteReport,
    ) -> Result<(Job, Option<Way>), String> {
        let objects: Vec<Found> =
            document.objects()?.into_iter().filter(|found| self.selector.wants(found)).collect();
        report.matched = objects.len();
        if let Some(fault) = document.fault() {
            return Err(format!("the file is broken and is not edited: {fault}"));
        }
        let edits = self.command.edits(document, &objects, report)?;
        let file = match &document.content {
            Content::File(file) if document.pasted.is_none() => Some(file),
            _ => None,
        };
        let in_place = path.is_some() || matches!(self.target, Target::DryRun);
        let growth = file.map_or_else(Growth::default, |file| way::growth(file, self.args, in_place));
        let mut job = Job::plan(document, edits, growth, self.args)?;
        let mut way = None;
        if let Some(file) = file.filter(|_| in_place && !job.is_empty()) {
            let (plan, chosen) = way::choose(job.edited.plan.clone(), file, self.args)?;
            job.edited.plan = plan;
            way = Some(chosen);
        } else if path.is_some() {
            way = Some(Way::Rename);
        }
        if matches!(self.target, Target::Stdout) && !job.is_empty() {
            let (strategy, why) = (prkit_plan::Strategy::Stream, job.edited.plan.why().to_owned());
            job.edited.plan = job.edited.plan.clone().with_strategy(strategy, why);
        }
        job.describe(report);
        Ok((job, way))
    }

    /// Stores the edits that go through the map, as one group.
    fn store(&self, planned: &mut [Result<Planned, Outcome>], results: &mut [Result<(), String>]) {
        let mut members = Vec::new();
        for (planned, result) in planned.iter().zip(results) {
            if let Ok(Planned { document, job, place: Some((path, Way::Map { block })), .. }) = planned
                && !job.is_empty()
                && let Content::File(source) = &document.content
            {
                if let Some(backup) = self.backup_of(path)
                    && let Err(error) = prkit_apply::copy_file(source, &backup)
                {
                    *result = Err(format!("cannot keep a copy: {error}"));
                    continue;
                }
                members.push((document, job, path.as_path(), source, *block, result));
            }
        }
        let mut checks: Vec<_> = members
            .iter()
            .map(|(document, job, ..)| move |new: &dyn Source| job.check(document, new))
            .collect();
        let mut edits: Vec<Edit<'_>> = members
            .iter()
            .zip(&mut checks)
            .map(|((_, job, path, source, block, _), check)| Edit {
                path,
                source,
                plan: &job.edited.plan,
                block: *block,
                preserve: self.args.preserve,
                check,
            })
            .collect();
        let flush = match self.args.sync {
            SyncHow::Each => Flush::Each,
            SyncHow::Group => Flush::Group,
            SyncHow::None => Flush::None,
        };
        let stored = prkit_apply::in_place(&mut edits, flush);
        drop(edits);
        for ((.., result), stored) in members.into_iter().zip(stored) {
            *result = stored.map_err(|error| error.to_string());
        }
    }

    fn backup_of(&self, path: &Path) -> Option<PathBuf> {
        let suffix = self.args.backup.as_ref()?;
        let mut name = path.file_name()?.to_owned();
        name.push(suffix);
        Some(path.with_file_name(name))
    }

    /// Writes what does not go through the map, and reports.
    fn finish(&self, input: &Input, planned: Planned, stored: Result<(), String>, out: &mut Out) -> Outcome {
        let Planned { document, job, mut report, place } = planned;
        if self.args.plan {
            report.plan = PlanReport::new(&job.edited.plan, document.outer_source()).ok();
        }
        let mut outcome = if report.matched == 0 && job.is_empty() {
            self.selector.nothing(input, out)
        } else {
            Outcome::Done
        };
        let written = stored.and_then(|()| self.write(input, &document, &job, place.as_ref(), &mut report));
        if let Err(error) = written {
            report.error = Some(error.clone());
            report.changed = false;
            out.message(input, &error);
            outcome = Outcome::Failed;
        }
        if self.args.exit_code && report.changed && outcome == Outcome::Done {
            outcome = Outcome::Pending;
        }
        let quiet = report.matched == 0 && !report.changed;
        if out.is_json() || !(quiet || report.error.is_some()) {
            report.print(input, matches!(self.target, Target::Stdout), out);
        }
        outcome
    }

    fn write(
        &self,
        input: &Input,
        document: &Document,
        job: &Job,
        place: Option<&(PathBuf, Way)>,
        report: &mut WriteReport,
    ) -> Result<(), String> {
        let plan = &job.edited.plan;
        match &self.target {
            Target::DryRun => return Ok(()),
            Target::InPlace if job.is_empty() => return Ok(()),
            Target::InPlace => match place {
                Some((_, Way::Map { .. })) => {}
                Some((path, Way::Rename)) => {
                    let backup = self.backup_of(path);
                    let how =
                        NewFile { replace: true, preserve: self.args.preserve, backup: backup.as_deref() };
                    write_new(document, job, path, &how)?;
                }
                None => return Err("it has no place to write to".to_owned()),
            },
            Target::Stdout => {
                let mut stdout = std::io::stdout().lock();
                return prkit_apply::stream(plan, document.outer_source(), &mut stdout).or_else(closed_pipe);
            }
            Target::File(_) | Target::Folder(_) => {
                let path = self.target.path_for(input).ok_or("it has no target")?;
                self.target.make_way(input, &path)?;
                let how = NewFile { replace: self.args.force, preserve: self.args.preserve, backup: None };
                write_new(document, job, &path, &how)?;
                report.output = Some(path.to_string_lossy().into_owned());
            }
        }
        report.verified = job.verified();
        Ok(())
    }
}

fn write_new(document: &Document, job: &Job, path: &Path, how: &NewFile<'_>) -> Result<(), String> {
    let original = match &document.content {
        Content::File(file) if document.pasted.is_none() => Original::File(file),
        _ => Original::Bytes(document.outer_source()),
    };
    let mut check = |new: &dyn Source| job.check(document, new);
    prkit_apply::new_file(&job.edited.plan, &original, path, how, &mut check)
        .map_err(|error| error.to_string())
}

/// A reader that has enough is no error.
fn closed_pipe(error: prkit_apply::Error) -> Result<(), String> {
    match error {
        prkit_apply::Error::System { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe => {
            Ok(())
        }
        error => Err(error.to_string()),
    }
}

/// What an earlier edit left to a journal comes first.
fn finish_interrupted(path: &Path) -> Result<(), String> {
    for journal in prkit_apply::journals_of(path) {
        let recovered = prkit_apply::recover(&journal, false).map_err(|error| error.to_string())?;
        if let Some((of, refusal)) =
            recovered.iter().find_map(|recovered| Some((&recovered.path, recovered.result.as_ref().err()?)))
        {
            let (journal, of) = (crate::terminal::path(&journal), crate::terminal::path(of));
            return Err(format!(
                "an interrupted edit of {of} cannot be finished: {refusal} (journal {journal})"
            ));
        }
    }
    Ok(())
}

/// Opens a file and locks it; when another one got its name meanwhile, that one.
fn open_locked(path: &Path) -> Result<FileSource, String> {
    for _ in 0..8 {
        let file = FileSource::open_for_edit(path).map_err(|error| error.to_string())?;
        file.lock().map_err(|error| error.to_string())?;
        // What was there before the lock may have been edited: look again.
        if file.is_named(path).map_err(|error| error.to_string())? && file.check_unchanged().is_ok() {
            return Ok(file);
        }
    }
    Err("the file is replaced again and again; it was left alone".to_owned())
}
