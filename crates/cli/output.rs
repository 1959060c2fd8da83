//! Where a result goes: into the file itself, to another file, into a folder, to a stream, or nowhere.

use crate::args::{Fit, InputArgs, Kind, WriteArgs};
use crate::commands::Outcome;
use crate::exit::Stop;
use crate::input::{Content, Document, Input, Inputs, Name};
use crate::report::{self, PlanReport, StaleReport, WriteReport};
use bytes::Bytes;
use prkit_apply::{FileSource, NewFile, Original};
use prkit_bmff::{Edited, Limits, Replace, Request};
use prkit_plan::{Plan, Source, Span, Strategy};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

/// Where the results of a run go.
pub(crate) enum Target {
    /// Nowhere.
    DryRun,
    /// Into the inputs.
    InPlace,
    /// To one file.
    File(PathBuf),
    /// Into a folder.
    Folder(PathBuf),
    /// To standard output.
    Stdout,
}

impl Target {
    /// What the arguments ask for.
    pub(crate) fn new(write: &WriteArgs, inputs: &InputArgs) -> Result<Self, Stop> {
        let is_stdin = inputs.data.is_some() || inputs.inputs.iter().any(|input| input.as_os_str() == "-");
        if write.to.in_place {
            if is_stdin {
                return Err(Stop::usage("standard input and pasted data have no place: use -o"));
            }
            return Ok(Self::InPlace);
        }
        let Some(output) = &write.to.output else { return Ok(Self::DryRun) };
        let many = inputs.files_from.is_some()
            || inputs.inputs.len() > 1
            || inputs.inputs.first().is_some_and(|input| input.is_dir());
        if output.as_os_str() == "-" {
            if many {
                return Err(Stop::usage("-o - takes one input"));
            }
            if write.json {
                return Err(Stop::usage("-o - and --json both want standard output"));
            }
            return Ok(Self::Stdout);
        }
        let is_folder = output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/") || many;
        if !is_folder {
            return Ok(Self::File(output.clone()));
        }
        let target = Self::Folder(output.clone());
        if many {
            target.check_distinct(inputs)?;
        }
        Ok(target)
    }

    /// Two inputs on one target are an error before anything is written.
    fn check_distinct(&self, args: &InputArgs) -> Result<(), Stop> {
        if args.files_from.as_ref().is_some_and(|list| list.as_os_str() == "-") {
            // The list can be read once only; a second result for a name is refused when it comes.
            return Ok(());
        }
        let mut inputs = Inputs::new(args)?;
        let mut seen = HashSet::new();
        while let Some(next) = inputs.next() {
            let Ok(input) = next else { continue };
            let Some(path) = self.path_for(&input) else { continue };
            let mut hasher = DefaultHasher::new();
            path.hash(&mut hasher);
            if !seen.insert(hasher.finish()) {
                let path = crate::terminal::path(&path);
                return Err(Stop::usage(format!(
                    "{} and another input would both be written to {path}",
                    input.display()
                )));
            }
        }
        Ok(())
    }

    fn path_for(&self, input: &Input) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Folder(folder) => match (&input.below, &input.name) {
                (Some(below), _) => Some(folder.join(below)),
                (None, Name::Path(path)) => path.file_name().map(|name| folder.join(name)),
                (None, Name::Stdin | Name::Data(_)) => Some(folder.join("stdin")),
            },
            Self::DryRun | Self::InPlace | Self::Stdout => None,
        }
    }

    /// Carries out a job and reports it.
    pub(crate) fn deliver(
        &self,
        input: &Input,
        document: &Document,
        job: &Job,
        write: &WriteArgs,
        mut report: WriteReport,
        nothing: &mut dyn FnMut() -> Outcome,
    ) -> Result<Outcome, Stop> {
        job.describe(&mut report);
        if write.plan {
            report.plan = Some(PlanReport::new(&job.edited.plan, document.outer_source())?);
        }
        let mut outcome = if report.matched == 0 { nothing() } else { Outcome::Done };
        match self.write(input, document, job, write, &mut report) {
            Ok(()) => {}
            Err(Failure::Stop(stop)) => return Err(stop),
            Err(Failure::Input(error)) => {
                report.error = Some(error.clone());
                report.changed = false;
                report::message(input, &error);
                outcome = Outcome::Failed;
            }
        }
        if write.exit_code && report.changed && outcome == Outcome::Done {
            outcome = Outcome::Pending;
        }
        let quiet = report.matched == 0 && (input.is_walked() || outcome == Outcome::Done);
        if write.json || !(quiet || report.error.is_some()) {
            report::print_write(&report, input, write.json, matches!(self, Self::Stdout))?;
        }
        Ok(outcome)
    }

    fn write(
        &self,
        input: &Input,
        document: &Document,
        job: &Job,
        write: &WriteArgs,
        report: &mut WriteReport,
    ) -> Result<(), Failure> {
        let plan = &job.edited.plan;
        match self {
            Self::DryRun => Ok(()),
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                prkit_apply::stream(plan, document.outer_source(), &mut stdout).map_err(Failure::of)
            }
            Self::InPlace if !report.changed => Ok(()),
            Self::InPlace => {
                let Name::Path(path) = &input.name else {
                    return Err(Failure::input("it has no place to write to"));
                };
                job.write_in_place(path, document)?;
                report.verified = "patch";
                Ok(())
            }
            Self::File(_) | Self::Folder(_) => {
                let Some(path) = self.path_for(input) else { return Err(Failure::input("it has no target")) };
                if let Some(folder) = path.parent().filter(|_| matches!(self, Self::Folder(_))) {
                    std::fs::create_dir_all(folder)
                        .map_err(|e| Failure::input(format!("cannot make the folder: {e}")))?;
                }
                if is_same_file(input, &path) {
                    return Err(Failure::input("the target is the input itself: use -i"));
                }
                let how = if write.force { NewFile::Replace } else { NewFile::Create };
                job.write_new(&path, document, how)?;
                report.verified = "patch";
                report.output = Some(path.to_string_lossy().into_owned());
                Ok(())
            }
        }
    }
}

/// Whether a path names the input, by whatever name.
fn is_same_file(input: &Input, path: &Path) -> bool {
    let Name::Path(source) = &input.name else { return false };
    let identity = |path: &Path| path.canonicalize().ok();
    identity(path).is_some_and(|target| identity(source) == Some(target))
}

enum Failure {
    Stop(Stop),
    Input(String),
}

impl Failure {
    fn input(message: impl Into<String>) -> Self {
        Self::Input(message.into())
    }

    fn of(error: prkit_apply::Error) -> Self {
        match error {
            prkit_apply::Error::System { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
                Self::Stop(Stop::ClosedPipe)
            }
            error => Self::Input(error.to_string()),
        }
    }
}

/// A planned edit of one input.
pub(crate) struct Job {
    pub(crate) edited: Edited,
}

impl Job {
    /// Plans what becomes of boxes, or of an input that is one object.
    pub(crate) fn plan(
        document: &Document,
        replace: Vec<Replace>,
        write: &WriteArgs,
    ) -> Result<Self, String> {
        let edited = match &document.layout {
            Some(layout) => {
                let request = Request {
                    replace,
                    fit: match write.fit {
                        Fit::Same => prkit_bmff::Fit::Same,
                        Fit::Slack => prkit_bmff::Fit::Slack,
                        Fit::Store => prkit_bmff::Fit::Store,
                        Fit::Any => prkit_bmff::Fit::Any,
                    },
                    bare: document.kind == Kind::Pssh,
                    force: write.force,
                };
                prkit_bmff::plan(layout, document.content.source(), &request)
                    .map_err(|error| error.to_string())?
            }
            None => whole(document.content.len(), replace)?,
        };
        Ok(Self { edited: document.in_text(edited)? })
    }

    fn describe(&self, report: &mut WriteReport) {
        let plan = &self.edited.plan;
        report.changed = !plan.is_empty();
        report.size_after = plan.new_len();
        if report.changed {
            report.strategy = Some(plan.strategy().name());
            report.bytes_written = plan.bytes_put();
            report.bytes_moved = plan.bytes_moved();
            plan.why().clone_into(&mut report.why);
        }
        report.patched = self.edited.patched.clone();
        report.stale = self
            .edited
            .stale
            .iter()
            .map(|stale| StaleReport {
                path: stale.path.to_string(),
                name: stale.name,
                offset: stale.offset,
                target: stale.target,
                reason: stale.why,
            })
            .collect();
        let listed = u64::try_from(report.stale.len()).unwrap_or(u64::MAX);
        report.stale_count = (self.edited.stale_count > listed).then_some(self.edited.stale_count);
    }

    /// Stores it through the map where the file keeps its length, else renames a new file over the old one.
    fn write_in_place(&self, path: &Path, document: &Document) -> Result<(), Failure> {
        // A link stays a link: what it names is edited.
        let path =
            path.canonicalize().map_err(|error| Failure::input(format!("cannot be resolved: {error}")))?;
        let source = FileSource::open_for_edit(&path).map_err(Failure::of)?;
        if let Content::File(read) = &document.content
            && read.identity() != source.identity()
        {
            return Err(Failure::of(prkit_apply::Error::Changed));
        }
        let plan = &self.edited.plan;
        let mut check = |new: &dyn Source| self.check(document, new);
        if plan.strategy() <= Strategy::Store && plan.old_len() == plan.new_len() {
            return prkit_apply::in_place(plan, &source, &mut check).map_err(Failure::of);
        }
        prkit_apply::new_file(plan, &Original::File(&source), &path, NewFile::Replace, &mut check)
            .map_err(Failure::of)
    }

    fn write_new(&self, path: &Path, document: &Document, how: NewFile) -> Result<(), Failure> {
        let mut check = |new: &dyn Source| self.check(document, new);
        let original = match &document.content {
            Content::File(file) if document.pasted.is_none() => Original::File(file),
            _ => Original::Bytes(document.outer_source()),
        };
        prkit_apply::new_file(&self.edited.plan, &original, path, how, &mut check).map_err(Failure::of)
    }

    /// Looks at the result as at any file.
    fn check(
        &self,
        document: &Document,
        new: &dyn Source,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        match &document.layout {
            Some(layout) if document.pasted.is_none() => {
                Ok(prkit_bmff::prove(layout, &self.edited, new, Limits::default())?)
            }
            _ if new.len() == self.edited.plan.new_len() => Ok(()),
            _ => Err("the result has another length".into()),
        }
    }
}

/// An input that is one object becomes another one.
fn whole(len: u64, mut replace: Vec<Replace>) -> Result<Edited, String> {
    let Some(replace) = replace.pop() else { return Ok(Plan::unchanged(len).into()) };
    let plan = Plan::splice(len, Span::new(0, len), replace.with).map_err(|error| error.to_string())?;
    Ok(plan.into())
}

impl Document {
    /// The input's bytes as they are in the file: the text, when the content was taken from one.
    pub(crate) fn outer_source(&self) -> &dyn Source {
        match &self.pasted {
            Some((text, _)) => text,
            None => self.content.source(),
        }
    }

    /// The same edit of the text that the content was taken from.
    fn in_text(&self, edited: Edited) -> Result<Edited, String> {
        let Some((text, pasted)) = &self.pasted else { return Ok(edited) };
        let len = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if edited.plan.is_empty() {
            return Ok(Plan::unchanged(len).into());
        }
        let new = edited.plan.to_vec(self.content.source()).map_err(|error| error.to_string())?;
        let span = |at: usize| u64::try_from(at).unwrap_or(u64::MAX);
        let old = Span::new(span(pasted.span.start), span(pasted.span.end));
        let plan = Plan::splice(len, old, Bytes::from(pasted.form.encode(&new)));
        Ok(plan.map_err(|error| error.to_string())?.into())
    }
}
