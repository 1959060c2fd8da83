//! What is to be done with one input.

use super::open::Held;
use super::{Job, On, Opened, Planned, Stage, Target, Writing};
use crate::input::{Content, Document, Input, Name};
use crate::report::{LICENSE_URL, WriteReport};
use crate::{Error, Result};
use prkit_bmff::{Blocks, Growth};
use prkit_plan::{AnyAsset, Asset as _, Method, Plan, Source as _, Strategy};

impl Writing<'_> {
    /// Plans the edit of an input.
    pub(super) fn plan(&self, input: &Input, (mut document, held): Opened) -> Stage {
        if let Name::Path(named) = &input.name {
            document.path = Some(named.clone());
        }
        let mut report = WriteReport::new(input, document.outer_source().len(), self.options.dry_run);
        // Of what changes together, manifests become visible in their turn: readers follow references from them.
        let in_turn = input.title.is_some() && is_manifest(input);
        let planned = self.plan_document(input, &document, held.as_ref(), Vec::new(), in_turn, &mut report);
        let planned = planned.and_then(|job| {
            if let Some(guard) = self.guard.as_ref().filter(|_| !self.options.presentation) {
                guard.allow(self, input, &document, &job.edited.plan)?;
            }
            Ok(job)
        });
        match planned {
            Ok(job) => Stage::Planned(Box::new(Planned { document, job, report, held })),
            Err(error) => {
                report.error = Some(self.face.words(&error));
                Stage::Failed(Some(Box::new(report)), error)
            }
        }
    }

    /// Plans the edit of an opened input, as its store would carry it out: `in_turn` as in [`Edit`](prkit_plan::Edit).
    pub(super) fn plan_document(
        &self,
        input: &Input,
        document: &Document,
        held: Option<&Held>,
        moved: Vec<prkit_manifest::Edit>,
        in_turn: bool,
        report: &mut WriteReport,
    ) -> Result<Job> {
        let objects = document.objects_that(&|found| self.selector.wants(found))?;
        report.matched = objects.len();
        if objects.is_empty() && !input.is_walked() {
            report.nothing = Some(self.selector.why_nothing(document)?.to_string());
        }
        if let Some(fault) = document.fault() {
            return Err(Error::Broken(fault.clone()));
        }
        report.left = crate::overlooked(document, self.selector)?;
        let on = On { input, document, objects: &objects, face: self.face };
        let mut edits = self.operation.edits(&on, report)?;
        let all = self.selector.overlooks_in_text(Some(prkit_playready::SystemId::PLAYREADY));
        self.operation.beside(&on, all, &mut edits, report);
        edits.text.extend(moved);
        let told = report.patched.get(LICENSE_URL).copied().unwrap_or(0);
        let license_urls = u64::try_from(edits.license_urls.len()).unwrap_or(u64::MAX).max(told);
        // What has no place is written to a stream, if it is written.
        let is_stream = matches!(self.target, Target::Stream(_))
            || matches!(
                (&self.target, &input.name),
                (Target::DryRun, Name::Stdin | Name::Data(_) | Name::Address(_))
            );
        let in_place = matches!(self.target, Target::InPlace | Target::DryRun) && !is_stream;
        let asset = match &document.content {
            Content::File(file) if held.is_none() && document.pasted.is_none() => {
                let asset = self.named.asset_of(file.clone(), document.path.as_deref());
                Some(Held { asset: AnyAsset::new(asset), store: self.files.clone() })
            }
            _ => held.cloned(),
        };
        let growth = asset.as_ref().filter(|_| document.pasted.is_none());
        let growth = growth.map_or_else(Growth::default, |held| growth_of(&held.asset, in_place));
        let mut job = Job::plan(document, edits, growth, self.options, self.watch)?;
        job.edited.patched.extend((license_urls > 0).then_some((LICENSE_URL, license_urls)));
        // A file of text is short, and made anew.
        job.in_turn = in_turn || document.pasted.is_some();
        let mut method = if is_stream { Method::Streamed } else { Method::Copied };
        if !job.is_empty() {
            let plan = core::mem::replace(&mut job.edited.plan, Plan::unchanged(0));
            if is_stream {
                let why = plan.why().to_owned();
                job.edited.plan = plan.with_strategy(Strategy::Stream, why);
            } else if let Some(held) = asset.as_ref().filter(|_| in_place) {
                let settled = held.asset.settle(plan, job.in_turn);
                (job.edited.plan, method) = settled.map_err(|error| held.said(error))?;
            } else {
                job.edited.plan = plan;
            }
        }
        if self.options.dry_run
            && let Some(held) = asset.as_ref().filter(|_| in_place)
        {
            let transfer = held.asset.transfer(&job.edited.plan).map_err(|error| held.said(error))?;
            report.transfer = transfer.map(Into::into);
        }
        job.method = method;
        job.describe(report);
        report.method = report.changed.then(|| method.name());
        Ok(job)
    }
}

/// Whether it is called like one.
fn is_manifest(input: &Input) -> bool {
    matches!(&input.name, Name::Path(path) if crate::title::manifest_by_name(path).is_some())
}

/// Below this, a new asset is not made of blocks.
const SHORT: u64 = 1024 * 1024;

/// What the planner is told about growing: what the store of an asset does cheaply.
fn growth_of(asset: &AnyAsset, in_place: bool) -> Growth {
    if asset.len() <= SHORT {
        return Growth::default();
    }
    let offers = asset.offers();
    let shifted = offers.shifts_by.filter(|_| in_place);
    let shifted = shifted.map(|size| (size, Strategy::InsertRange, Strategy::CollapseRange));
    let shared = offers.shares_by.map(|size| (size, Strategy::Clone, Strategy::Clone));
    let blocks = shifted.or(shared).map(|(size, grow, shrink)| Blocks { size, tail: SHORT, grow, shrink });
    Growth { blocks, ..Growth::default() }
}
