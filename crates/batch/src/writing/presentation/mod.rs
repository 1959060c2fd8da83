//! A manifest and everything local that it names, changed together.
//!
//! ```text
//!   inputs ──gathered.rs─▶ manifests, playlists, media    those that share files are one presentation
//!   media ──command──▶ plan, shape ─┐
//!   manifests ──command──▶ edits ───┴─ byte ranges move with the shapes ──▶ plan
//!   all plans ──▶ together           media first, then playlists, the named manifests last
//! ```
//!
//! What a plan says of titles is carried out in the same way (`travelled.rs`).
//!
//! Where files change each on its own, what manifests say of them is looked at first (`guard.rs`).

mod gathered;
mod ranges;
mod travelled;

use super::open::{Held, Opening};
use super::{Job, Opened, Target, WriteError, Writing};
use crate::check::Joined;
use crate::input::{Document, Input, Name};
use crate::pool::Pool;
use crate::report::{PlanReport, WriteReport};
use crate::title::{Doc, Followed, Local, Roots, Title};
use crate::travel::PlanLine;
use crate::{Error, Inputs, Result};
use gathered::Gathered;
use prkit_manifest::MovedRanges;
use prkit_plan::{Edit, Method, Source};
use ranges::{check_torn, moved_ranges, stale};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A manifest that was named, or found in a folder.
struct Root {
    input: Input,
    title: Arc<Title>,
    local: Local,
    /// A manifest of the same title that cannot be changed.
    blocked_by: Option<PathBuf>,
}

/// One file of a presentation.
struct Part {
    input: Input,
    local: Local,
    document: Document,
    held: Option<Held>,
    report: WriteReport,
    planned: Option<Job>,
}

/// What is told of presentations, one after the other.
pub enum Told<'t> {
    /// An input was looked at.
    Looked,
    /// So many presentations were found, and are next.
    Found(usize),
    /// An input that cannot be read, or leads out of its roots.
    Unread(&'t Input, Error),
    /// What became of a presentation.
    Presented(Box<Presented>),
}

/// What became of a presentation.
pub struct Presented {
    /// Its first manifest.
    pub first: Input,
    /// What it names and what is not changed with it.
    pub not_taken: Vec<NotTaken>,
    /// What became of it.
    pub end: PresentedEnd,
    /// Its lines of the plan, to be [written down](Writing::write_plan).
    pub plan: Vec<PlanLine>,
}

/// What became of a presentation.
pub enum PresentedEnd {
    /// Its files changed together, as each report says.
    Done(Vec<(Input, WriteReport)>),
    /// None of its files was changed.
    Failed {
        /// The file that is to blame.
        blamed: Option<Box<Blamed>>,
        /// Why.
        error: Box<Error>,
    },
}

/// The file that is to blame that a presentation was not changed.
pub struct Blamed {
    /// The file.
    pub input: Input,
    /// What was planned for it.
    pub report: WriteReport,
    /// Whether it is the first manifest itself.
    pub is_first: bool,
}

/// Files that a manifest names and that are not changed with it.
pub struct NotTaken {
    /// How many.
    pub count: usize,
    /// The address of the first one.
    pub url: String,
    /// They are on other machines; else they are not there.
    pub is_remote: bool,
}

/// Who is to blame, and why.
struct Blame(Option<usize>, Error);

impl From<Error> for Blame {
    fn from(error: Error) -> Self {
        Self(None, error)
    }
}

impl Writing<'_> {
    /// Carries out the operation for presentations, tells of each, and gives the inputs that belong to none.
    ///
    /// # Errors
    ///
    /// Why `tell` wants no more.
    pub fn presentations<S>(
        &self,
        inputs: Inputs,
        titles: &Roots,
        pool: &Pool,
        tell: &mut dyn FnMut(Told<'_>) -> Result<(), S>,
    ) -> Result<Inputs, S> {
        prkit_apply::allow_many_files();
        let mut found = Gathered::default();
        for next in inputs {
            let taken = next.and_then(|input| match found.take(&input, titles) {
                Ok(()) => Ok(()),
                Err(error) => Err((input, error)),
            });
            if let Err((input, error)) = taken {
                tell(Told::Unread(&input, error))?;
            }
            tell(Told::Looked)?;
        }
        for (input, error) in self.complete(&mut found, titles) {
            tell(Told::Unread(&input, error))?;
        }
        let Gathered { roots, files, mut others, .. } = found;
        let mut joined = Joined::new(roots.len());
        let mut first: HashMap<&Path, usize> = HashMap::new();
        for (number, files) in files.iter().enumerate() {
            for file in files {
                let known = *first.entry(file).or_insert(number);
                joined.join(known, number);
            }
        }
        let named = roots.iter().zip(&files);
        let files_of: HashMap<PathBuf, usize> =
            named.map(|(root, files)| (root.local.path.clone(), files.len())).collect();
        let mut sets: BTreeMap<usize, Vec<Root>> = BTreeMap::new();
        for (number, root) in roots.into_iter().enumerate() {
            sets.entry(joined.find(number)).or_default().push(root);
        }
        tell(Told::Found(sets.len()))?;
        let sets: Vec<(usize, Vec<Root>)> = sets
            .into_values()
            .map(|roots| {
                let files = roots.iter().filter_map(|root| files_of.get(root.local.path.as_path()));
                (files.sum(), roots)
            })
            .collect();
        pool.titles(&sets, &|roots: &Vec<Root>| self.presentation(roots), &mut |presented: Option<
            Presented,
        >| {
            presented.map_or(Ok(()), |presented| tell(Told::Presented(Box::new(presented))))
        })?;
        others.retain(|input| match &input.name {
            Name::Path(path) => path.canonicalize().map_or(true, |path| !first.contains_key(path.as_path())),
            Name::Asset { store, id } => !first.contains_key(Local::stored(store, id.clone()).path.as_path()),
            Name::Stdin | Name::Data(_) | Name::Address(_) => true,
        });
        Ok(Inputs::given(others.into_iter().map(Ok)))
    }

    /// Opens a file of a presentation from its root; `None` for one that is none of ours.
    fn open_one(&self, input: &Input, local: &Local) -> Result<Option<Opened>> {
        if !matches!(self.target, Target::InPlace) && local.is_file() {
            let document = self.document(local.open()?, input)?;
            return Ok(
                document.map(|document| (Document { path: Some(local.shown.clone()), ..document }, None))
            );
        }
        match self.open_anyway(&[&local.held(input)?]).pop() {
            Some(Ok(Opening::Ours((document, held)))) => {
                Ok(Some((Document { path: Some(local.shown.clone()), ..document }, held)))
            }
            Some(Err(error)) => Err(error),
            // Under another name, it is in the presentation already.
            Some(Ok(Opening::Later)) => Err(prkit_apply::Error::Busy.into()),
            Some(Ok(Opening::Foreign | Opening::Done(_))) | None => Ok(None),
        }
    }

    fn presentation(&self, roots: &[Root]) -> Option<Presented> {
        let first = roots.first()?;
        let (mut parts, mut not_taken): (Vec<Part>, _) = (Vec::new(), Vec::new());
        if roots.iter().all(|root| self.is_done(&root.input)) {
            let before = roots.iter().map(|root| (root.input.clone(), self.done_before(&root.input)));
            return Some(Presented {
                first: first.input.clone(),
                not_taken,
                end: PresentedEnd::Done(before.collect()),
                plan: Vec::new(),
            });
        }
        let title = first.local.path.to_string_lossy();
        let prepared = self.prepare(roots, &mut parts, &mut not_taken);
        Some(self.end((&first.input, &title), prepared, parts, not_taken))
    }

    /// Stores what was prepared, and writes it down.
    fn end(
        &self,
        (first, title): (&Input, &str),
        prepared: Result<(), Blame>,
        mut parts: Vec<Part>,
        not_taken: Vec<NotTaken>,
    ) -> Presented {
        let mut plan = Vec::new();
        let done = prepared.and_then(|()| self.store_all(title, &mut parts)).and_then(|()| {
            plan = self.lines_of(&parts)?;
            Ok(())
        });
        let end = match done {
            Ok(()) => PresentedEnd::Done(parts.into_iter().map(|part| self.presented(part)).collect()),
            Err(Blame(at, error)) => {
                let blamed = at.and_then(|at| parts.into_iter().nth(at)).map(|part| {
                    let Part { input, local, mut report, .. } = part;
                    report.fail(&self.face.words(&error));
                    let is_first = local.path.to_string_lossy() == title;
                    Box::new(Blamed { input, report, is_first })
                });
                PresentedEnd::Failed { blamed, error: Box::new(error) }
            }
        };
        Presented { first: first.clone(), not_taken, end, plan }
    }

    fn presented(&self, part: Part) -> (Input, WriteReport) {
        let Part { input, document, mut report, planned, .. } = part;
        if let Some(job) = planned.filter(|_| self.options.reports_plan) {
            report.plan = PlanReport::new(&job.edited.plan, document.outer_source()).ok();
        }
        (input, report)
    }

    /// Opens and plans everything; says which part is to blame.
    fn prepare(
        &self,
        roots: &[Root],
        parts: &mut Vec<Part>,
        not_taken: &mut Vec<NotTaken>,
    ) -> Result<(), Blame> {
        let whole = Blame::from;
        Self::refuse_blocked(roots).map_err(whole)?;
        self.refuse_above(roots).map_err(whole)?;
        let mut followed = Followed::default();
        let mut documents: HashMap<PathBuf, (Input, Opened)> = HashMap::new();
        for root in roots {
            let opened = followed.follow(&root.title, &mut |local, show| {
                let input = input_of(local, roots);
                let opened = self.open_one(&input, local)?.ok_or(WriteError::NotRecognised)?;
                let shown = opened.0.manifest.as_ref().map_or(Ok(()), |opened| show(&opened.manifest));
                documents.insert(local.path.clone(), (input, opened));
                shown
            });
            opened.map_err(whole)?;
        }
        if !followed.outside.is_empty() {
            return Err(Error::from(WriteError::Outside(followed.outside)).into());
        }
        for local in &followed.media {
            let input = input_of(local, roots);
            match self.open_one(&input, local) {
                // Subtitles, pictures, transport streams: nothing for us.
                Ok(None) => {}
                Err(error) => return Err(Error::from(WriteError::member(input.display(), error)).into()),
                Ok(Some((document, _))) if document.layout.is_none() => {}
                Ok(Some(opened)) => parts.push(self.new_part(input, local, opened)),
            }
        }
        for number in 0..parts.len() {
            let Some(part) = parts.get_mut(number) else { continue };
            self.plan_part(part, Vec::new()).map_err(|error| Blame(Some(number), error))?;
        }
        let mut manifests = Vec::new();
        // What is named comes before what names it.
        let is_root = |doc: &&Doc| roots.iter().any(|root| root.local.path == doc.local.path);
        let (named, children): (Vec<&Doc>, Vec<&Doc>) = followed.docs.iter().partition(is_root);
        for doc in children.into_iter().rev().chain(named.into_iter().rev()) {
            let Some((input, opened)) = documents.remove(&doc.local.path) else { continue };
            manifests.push((doc, self.new_part(input, &doc.local, opened)));
        }
        let moved: Vec<MovedRanges> = manifests.iter().map(|(doc, _)| moved_ranges(doc, parts)).collect();
        for ((doc, mut part), moved) in manifests.into_iter().zip(moved) {
            let number = parts.len();
            let planned = self.plan_doc(doc, &mut part, &moved);
            parts.push(part);
            planned.map_err(|error| Blame(Some(number), error))?;
        }
        for (is_remote, (count, url)) in [(true, followed.remote), (false, followed.missing)] {
            not_taken.extend(url.map(|url| NotTaken { count, url, is_remote }));
        }
        Ok(())
    }

    fn new_part(&self, input: Input, local: &Local, (document, held): Opened) -> Part {
        let report = WriteReport::new(&input, document.content.len(), self.options.dry_run);
        Part { input, local: local.clone(), document, held, report, planned: None }
    }

    /// Plans a document, whose byte ranges move as the files do.
    fn plan_doc(&self, doc: &Doc, part: &mut Part, moved: &MovedRanges) -> Result<()> {
        check_torn(doc, moved)?;
        part.report.stale.extend(moved.stale.iter().filter_map(|range| stale(doc, *range)));
        self.plan_part(part, moved.edits.clone())?;
        if let Some(job) = &mut part.planned {
            let count = u64::try_from(moved.edits.len()).unwrap_or(u64::MAX);
            job.edited.patched.extend((count > 0).then_some(("byte range", count)));
            part.report.patched.clone_from(&job.edited.patched);
        }
        Ok(())
    }

    fn plan_part(&self, part: &mut Part, moved: Vec<prkit_manifest::Edit>) -> Result<()> {
        let stale = std::mem::take(&mut part.report.stale);
        // Readers follow references from manifests: each gets its name in its turn, not by stores before all others.
        let in_turn = part.document.manifest.is_some();
        let held = part.held.as_ref();
        let job = self.plan_document(&part.input, &part.document, held, moved, in_turn, &mut part.report)?;
        part.report.stale.extend(stale);
        part.planned = Some(job);
        Ok(())
    }

    fn store_all(&self, title: &str, parts: &mut [Part]) -> Result<(), Blame> {
        match &self.target {
            Target::InPlace => {
                let recorded = parts.iter().filter_map(|part| {
                    Some((&part.input, &part.document, part.planned.as_ref()?, &part.report))
                });
                self.recorded_together(Some(title), recorded, || self.store_together(parts))?;
            }
            Target::Folder(_) | Target::Mirror { .. } | Target::Store(_) | Target::Below(..) => {
                self.store_elsewhere_together(parts)?;
            }
            Target::DryRun | Target::File(_) | Target::Asset(..) | Target::Stream(_) => return Ok(()),
        }
        for part in parts {
            if let Some(job) = part.planned.as_ref().filter(|job| !job.is_empty()) {
                part.report.verified = job.verified();
            }
        }
        Ok(())
    }

    fn store_together(&self, parts: &[Part]) -> Result<(), Blame> {
        let changed = parts.iter().enumerate().filter_map(|(number, part)| {
            let job = part.planned.as_ref().filter(|job| !job.is_empty())?;
            Some((number, part, job, part.held.as_ref()?))
        });
        let changed: Vec<_> = changed.collect();
        let Some((.., root)) = changed.last() else { return Ok(()) };
        let checks = changed
            .iter()
            .map(|(_, part, job, _)| move |new: &dyn Source| self.check(job, &part.document, new));
        let mut checks: Vec<_> = checks.collect();
        let files = changed.iter().map(|(_, part, ..)| part.local.path.clone());
        let _begun = self.begin(files.collect(), changed.iter().map(|(_, _, job, _)| *job));
        let edits = changed.iter().zip(&mut checks).map(|((_, _, job, held), check)| {
            Edit::new(&held.asset, &job.edited.plan, check).in_turn(job.in_turn)
        });
        let mut edits: Vec<_> = edits.collect();
        let last = edits.len().saturating_sub(1);
        self.commit_together(&root.store, last, &mut edits).map_err(|failed| {
            let blamed = failed.member.and_then(|member| changed.get(member));
            let held = blamed.map_or(*root, |(.., held)| *held);
            Blame(blamed.map(|(number, ..)| *number), held.said(failed.error))
        })
    }

    /// All results, changed or not, in another folder.
    fn store_elsewhere_together(&self, parts: &mut [Part]) -> Result<(), Blame> {
        for (number, part) in parts.iter().enumerate() {
            let failed = |error: WriteError| Blame(Some(number), error.into());
            let is_found = !matches!(self.target, Target::Mirror { .. });
            if is_found && part.input.below.as_ref().is_some_and(|below| below.is_absolute()) {
                return Err(failed(WriteError::NotBelow));
            }
            let target = self.target.path_for(&part.input).ok_or_else(|| failed(WriteError::NoTarget))?;
            let is_file = matches!(self.target, Target::Folder(_) | Target::Mirror { .. });
            if is_file && !self.face.replaces(&target) && target.symlink_metadata().is_ok() {
                let source = prkit_apply::Error::Exists { path: target };
                return Err(failed(WriteError::Exists { source }));
            }
        }
        for (number, part) in parts.iter_mut().enumerate() {
            let Part { input, document, report, planned: Some(job), .. } = part else { continue };
            let stored = self.store_elsewhere(&[(input, document, job)]).pop().transpose();
            let stored = stored.map_err(|error| Blame(Some(number), error))?.unwrap_or_default();
            report.output = stored.output;
            report.method = stored.method.map(Method::name).or(report.method);
        }
        Ok(())
    }
}

fn input_of(local: &Local, roots: &[Root]) -> Input {
    match roots.iter().find(|root| root.local.path == local.path) {
        Some(root) => root.input.clone(),
        None => local.to_input(below(local, roots)),
    }
}

/// The path of a file below the folder that was walked, or that of a named manifest, which `-o` mirrors; its whole path
/// where it is elsewhere.
fn below(local: &Local, roots: &[Root]) -> PathBuf {
    let below = roots.iter().find_map(|root| {
        let walked = root.input.below.as_ref().filter(|below| root.local.path.ends_with(below));
        if let Some(below) = walked {
            let folder = root.local.path.ancestors().nth(below.components().count())?;
            return local.path.strip_prefix(folder).ok().map(Path::to_owned);
        }
        let rest = local.path.strip_prefix(root.local.path.parent()?).ok()?;
        let folder = root.input.below.as_ref().and_then(|below| below.parent());
        Some(folder.map_or_else(|| rest.to_owned(), |folder| folder.join(rest)))
    });
    below.unwrap_or_else(|| local.path.clone())
}
