//! What is to be done with one input.

use super::{Job, Opened, Planned, Stage, Target, Way, Writing, way};
use crate::hints::told;
use crate::input::{Content, Document, Input, Name};
use crate::left;
use crate::out::Out;
use crate::report::WriteReport;
use prkit_apply::Place;
use prkit_bmff::Growth;
use prkit_plan::{Method, Strategy};

impl Writing<'_> {
    /// Plans the edit of an input; what goes wrong is reported at once.
    pub(super) fn plan(&self, input: &Input, (mut document, place): Opened, out: &mut Out) -> Stage {
        if let Name::Path(named) = &input.name {
            document.path = Some(named.clone());
        }
        out.bytes = out.bytes.saturating_add(document.content.len());
        let mut report = WriteReport::new(input, document.outer_source().len(), self.args.to.dry_run);
        let planned = self.plan_document(input, &document, place.as_ref(), Vec::new(), &mut report);
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
                Stage::Planned(Box::new(Planned { document, job, report, place: place.zip(way) }))
            }
            Err(error) => {
                report.error = Some(error.clone());
                if out.is_json() {
                    out.json(&report);
                }
                out.message(input, &error);
                // One that was left alone is what the error is about.
                for left in report.left.iter().filter(|_| report.left.len() > 1) {
                    out.message(input, &format!("left as it was: {left}"));
                }
                Stage::Failed(error)
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
    ) -> Result<(Job, Option<Way>), String> {
        let objects = document.objects_that(&|found| self.selector.wants(found)).map_err(told)?;
        report.matched = objects.len();
        if let Some(fault) = document.fault() {
            return Err(format!("the file is broken and is not edited: {fault}"));
        }
        report.left = left::overlooked(document, self.selector)?;
        let mut edits = self.command.edits_of(input, document, &objects, report)?;
        let all = self.selector.overlooks_in_text(Some(prkit_playready::SystemId::PLAYREADY));
        self.command.beside(document, &objects, all, &mut edits, report);
        edits.text.extend(moved);
        let license_urls = edits.license_urls;
        let file = match &document.content {
            Content::File(file) if document.pasted.is_none() => Some(file),
            _ => None,
        };
        // What has no place is written to a stream, if it is written.
        let is_stream = matches!(self.target, Target::Stdout)
            || matches!((&self.target, &input.name), (Target::DryRun, Name::Stdin | Name::Data(_)));
        let in_place = place.is_some() || matches!(self.target, Target::DryRun) && !is_stream;
        let growth = file.map_or_else(Growth::default, |file| way::growth(file, self.args, in_place));
        let mut job = Job::plan(document, edits, growth, self.args)?;
        job.edited.patched.extend((license_urls > 0).then_some((crate::report::LICENSE_URL, license_urls)));
        let mut way = None;
        if let Some(file) = file.filter(|_| in_place && !job.is_empty()) {
            let is_kept = self.args.backup.is_some() && self.is_kept(document, place);
            let (plan, chosen) = way::choose(job.edited.plan.clone(), file, self.args, is_kept)?;
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
