//! What is to be done with one input.

use super::{Job, On, Opened, Planned, Stage, Target, Way, Writing, way};
use crate::input::{Content, Document, Input, Name};
use crate::report::{LICENSE_URL, WriteReport};
use crate::{Error, Result};
use prkit_apply::Place;
use prkit_bmff::Growth;
use prkit_plan::{Method, Strategy};

impl Writing<'_> {
    /// Plans the edit of an input.
    pub(super) fn plan(&self, input: &Input, (mut document, place): Opened) -> Stage {
        if let Name::Path(named) = &input.name {
            document.path = Some(named.clone());
        }
        let mut report = WriteReport::new(input, document.outer_source().len(), self.options.dry_run);
        let planned = self.plan_document(input, &document, place.as_ref(), Vec::new(), &mut report);
        let planned = planned.and_then(|(job, way)| {
            if let (Name::Path(path), Some(addressed), false) =
                (&input.name, &self.addressed, self.options.presentation)
            {
                addressed.allow(path, &job.edited.plan)?;
            }
            Ok((job, way))
        });
        match planned {
            Ok((job, way)) => {
                Stage::Planned(Box::new(Planned { document, job, report, place: place.zip(way) }))
            }
            Err(error) => {
                report.error = Some(self.face.words(&error));
                Stage::Failed(Some(Box::new(report)), error)
            }
        }
    }

    /// Whether the file has its second name already.
    fn is_kept(&self, document: &Document, place: Option<&Place>) -> bool {
        let named = || document.path.as_deref().and_then(|path| Place::of(path).ok());
        let place = place.cloned().or_else(named);
        place.is_some_and(|place| {
            self.backup_of(place.name()).is_some_and(|backup| prkit_apply::is_kept(&place, &backup))
        })
    }

    pub(super) fn plan_document(
        &self,
        input: &Input,
        document: &Document,
        place: Option<&Place>,
        moved: Vec<prkit_manifest::Edit>,
        report: &mut WriteReport,
    ) -> Result<(Job, Option<Way>)> {
        let objects = document.objects_that(&|found| self.selector.wants(found))?;
        report.matched = objects.len();
        if let Some(fault) = document.fault() {
            return Err(Error::Broken(fault.to_string()));
        }
        report.left = crate::overlooked(document, self.selector)?;
        let on = On { input, document, objects: &objects, face: self.face };
        let mut edits = self.operation.edits(&on, report)?;
        let all = self.selector.overlooks_in_text(Some(prkit_playready::SystemId::PLAYREADY));
        self.operation.beside(&on, all, &mut edits, report);
        edits.text.extend(moved);
        let told = report.patched.get(LICENSE_URL).copied().unwrap_or(0);
        let license_urls = u64::try_from(edits.license_urls.len()).unwrap_or(u64::MAX).max(told);
        let file = match &document.content {
            Content::File(file) if document.pasted.is_none() => Some(file),
            _ => None,
        };
        // What has no place is written to a stream, if it is written.
        let is_stream = matches!(self.target, Target::Stream(_))
            || matches!((&self.target, &input.name), (Target::DryRun, Name::Stdin | Name::Data(_)));
        let in_place = place.is_some() || matches!(self.target, Target::DryRun) && !is_stream;
        let growth = file.map_or_else(Growth::default, |file| way::growth(file, self.options, in_place));
        let mut job = Job::plan(document, edits, growth, self.options)?;
        job.edited.patched.extend((license_urls > 0).then_some((LICENSE_URL, license_urls)));
        let mut way = None;
        if let Some(file) = file.filter(|_| in_place && !job.is_empty()) {
            let is_kept = self.options.backup.is_some() && self.is_kept(document, place);
            let (plan, chosen) = way::choose(job.edited.plan.clone(), file, self.options, is_kept)?;
            job.edited.plan = plan;
            way = Some(chosen);
        } else if place.is_some() {
            way = Some(Way::Rename);
        }
        if is_stream && !job.is_empty() {
            let (strategy, why) = (Strategy::Stream, job.edited.plan.why().to_owned());
            job.edited.plan = job.edited.plan.clone().with_strategy(strategy, why);
        }
        job.describe(report);
        if report.changed {
            let method = if is_stream { Method::Streamed } else { way::method(&job.edited.plan, file, way) };
            report.method = Some(method.name());
        }
        Ok((job, way))
    }
}
