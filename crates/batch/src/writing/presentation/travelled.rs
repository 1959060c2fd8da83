//! Titles in plans: written down, and carried out later, each as one.

use super::ranges::moved_ranges;
use super::{Blame, Part, Presented, PresentedEnd, Told};
use crate::input::{Input, Name};
use crate::title::{Doc, Local, Roots};
use crate::travel::{self, PlanLine};
use crate::writing::open::Opening;
use crate::writing::{WriteError, Writing};
use crate::{Error, Result};
use std::sync::Arc;

impl Writing<'_> {
    /// Carries the titles of a plan out, and tells of each; their files are in the order in which they change.
    ///
    /// # Errors
    ///
    /// Why `tell` wants no more.
    pub fn travelled<S>(
        &self,
        titles: impl Iterator<Item = Result<Vec<Input>>>,
        plan: &Input,
        tell: &mut dyn FnMut(Told<'_>) -> Result<(), S>,
    ) -> Result<(), S> {
        prkit_apply::allow_many_files();
        for title in titles {
            match title {
                Ok(inputs) => {
                    if let Some(presented) = self.title(&inputs) {
                        tell(Told::Presented(Box::new(presented)))?;
                    }
                }
                Err(error) => tell(Told::Unread(plan, error))?,
            }
        }
        Ok(())
    }

    /// `None` for a title of nothing.
    fn title(&self, inputs: &[Input]) -> Option<Presented> {
        // It is called by what names all else, which changes last.
        let last = inputs.last()?;
        if inputs.iter().all(|input| self.is_done(input)) {
            let before = inputs.iter().map(|input| {
                if let Name::Path(path) = &input.name {
                    self.operation.skip(path);
                }
                (input.clone(), self.done_before(input))
            });
            let end = PresentedEnd::Done(before.collect());
            return Some(Presented { first: last.clone(), not_taken: Vec::new(), end, plan: Vec::new() });
        }
        let mut parts = Vec::new();
        let prepared = self.open_title(inputs, &mut parts);
        let title = parts.last().map(|part| part.local.path.to_string_lossy().into_owned());
        Some(self.end((last, &title.unwrap_or_default()), prepared, parts, Vec::new()))
    }

    /// What is planned for a presentation, to be written down.
    pub(super) fn lines_of(&self, parts: &[Part]) -> Result<Vec<PlanLine>, Blame> {
        let Some(plan_to) = &self.plan_to else { return Ok(Vec::new()) };
        let title = Some(plan_to.next_title());
        let mut lines = Vec::new();
        for (number, Part { input, document, report, planned, .. }) in parts.iter().enumerate() {
            let blame = |error: Error| Blame(Some(number), error);
            let Name::Path(path) = &input.name else { return Err(blame(WriteError::NoName.into())) };
            let Some(job) = planned else { continue };
            let (strategy, why) = &job.planned;
            let edit = travel::Planned { plan: &job.edited.plan, strategy: *strategy, why, title };
            let line = plan_to.line_of(path, document, edit, report.to_take_over());
            lines.extend(line.map_err(|error| blame(WriteError::PlanTo(Box::new(error)).into()))?);
        }
        Ok(lines)
    }

    fn open_title(&self, inputs: &[Input], parts: &mut Vec<Part>) -> Result<(), Blame> {
        let of = |input: &Input, error: Error| {
            Blame::from(Error::from(WriteError::member(input.display(), error)))
        };
        let all: Vec<&Input> = inputs.iter().collect();
        for (input, opened) in inputs.iter().zip(self.open_all(&all)) {
            let opened = match opened {
                Ok(Opening::Ours(opened)) => opened,
                Ok(Opening::Later) => return Err(of(input, prkit_apply::Error::Busy.into())),
                Ok(Opening::Foreign | Opening::Done(_)) => {
                    return Err(of(input, WriteError::NotRecognised.into()));
                }
                Err(error) => return Err(of(input, error)),
            };
            let local = local_of(input).map_err(|error| of(input, error))?;
            parts.push(self.new_part(input.clone(), &local, opened));
        }
        let (media, docs): (Vec<usize>, Vec<usize>) = (0..parts.len())
            .partition(|number| parts.get(*number).is_some_and(|part| part.document.manifest.is_none()));
        for number in media {
            let Some(part) = parts.get_mut(number) else { continue };
            self.plan_part(part, Vec::new()).map_err(|error| Blame(Some(number), error))?;
        }
        // What documents say of where things are is not taken from the plan: it follows from what becomes of the files.
        let roots = Roots::default();
        for number in docs {
            let blame = |error: Error| Blame(Some(number), error);
            let doc = parts.get(number).map(|part| doc_of(part, &roots)).transpose().map_err(blame)?;
            let Some(doc) = doc else { continue };
            let moved = moved_ranges(&doc, parts);
            let Some(part) = parts.get_mut(number) else { continue };
            self.plan_doc(&doc, part, &moved).map_err(blame)?;
        }
        Ok(())
    }
}

/// A document, and where its references lead below the root of the plan.
fn doc_of(part: &Part, roots: &Roots) -> Result<Doc> {
    let (Name::Path(path), Some(opened)) = (&part.input.name, &part.document.manifest) else {
        return Err(WriteError::NoManifest.into());
    };
    let title = Arc::new(roots.title(path, part.input.below.as_deref())?);
    let presentation = opened.manifest.presentation("", &*title)?;
    Ok(Doc { local: part.local.clone(), title, presentation })
}

/// The file of a plan, below the root of that.
fn local_of(input: &Input) -> Result<Local> {
    let not_below = || Error::from(WriteError::NotBelow);
    let (Some(root), Some(below), Name::Path(path)) = (&input.root, &input.below, &input.name) else {
        return Err(not_below());
    };
    let roots = std::slice::from_ref(root);
    Local::below(root.path().join(below), path.clone(), roots).map_err(|_| not_below())
}
