//! A planned edit of one input, and what reports say of it.

use super::WriteOptions;
use crate::input::Document;
use crate::report::{StaleReport, UnscannedReport, WriteReport};
use crate::{Edits, Error, Fitting, Result};
use prkit_bmff::{Edited, Growth, Limits, Media, Scope};
use prkit_plan::{Method, Source, StoreError, Strategy, Watch, Watched};

/// A planned edit of one input.
pub(super) struct Job {
    pub(super) edited: Edited,
    /// What its samples and items are, when they are compared afterwards.
    media: Option<Media>,
    /// It is not about boxes.
    exact: bool,
    /// The new version becomes visible in its turn, under a name of its own until then.
    pub(super) in_turn: bool,
    /// How the edit was made to fit, whichever way is then taken, and why.
    pub(super) planned: (Strategy, String),
    /// What is done by whoever stores it, as far as is known.
    pub(super) method: Method,
}

impl Job {
    /// Plans what becomes of boxes, or of an input that is one object.
    pub(super) fn plan(
        document: &Document,
        edits: Edits,
        growth: Growth,
        options: &WriteOptions,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let exact = edits.exact.is_some();
        let reserve = options.fitting.growth.reserve;
        let fitting = Fitting { growth: Growth { reserve, ..growth }, ..options.fitting };
        let edited = edits.plan(document, &fitting)?;
        let media = match &document.layout {
            Some(layout) if options.verify && !exact && !edited.plan.is_empty() => {
                let source = document.content.source();
                watch.expects(source.len());
                let media = Media::read(layout, &Watched::new(source, watch).counted());
                Some(media.map_err(|error| {
                    if watch.is_cancelled() { StoreError::Cancelled.into() } else { Error::from(error) }
                })?)
            }
            _ => None,
        };
        let planned = (edited.plan.strategy(), edited.plan.why().to_owned());
        let (method, in_turn) = (Method::Copied, false);
        Ok(Self { edited, media, exact, in_turn, planned, method })
    }

    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.edited.plan.is_empty()
    }

    /// Bytes that are stored, copied and compared for it.
    pub(super) fn bytes(&self, is_elsewhere: bool) -> u64 {
        let plan = &self.edited.plan;
        let is_stored_into = matches!(self.method, Method::Patched | Method::Shifted | Method::Resized);
        let written = if is_stored_into && !is_elsewhere { plan.bytes_put() } else { plan.new_len() };
        let compared = self.media.as_ref().map_or(0, |_| plan.new_len());
        written.saturating_add(compared)
    }

    /// Says in a report what the edit does.
    pub(super) fn describe(&self, report: &mut WriteReport) {
        let plan = &self.edited.plan;
        report.changed = !plan.is_empty();
        report.size_after = plan.new_len();
        if report.changed {
            report.strategy = Some(plan.strategy().name());
            report.bytes_written = plan.bytes_put();
            report.bytes_moved = plan.bytes_moved();
            plan.why().clone_into(&mut report.why);
        }
        if plan.strategy() == Strategy::Store {
            report.els_after = report.els_if_given;
        }
        for found in report.boxes.iter_mut().filter(|found| found.changed && found.size_after > 0) {
            let size = found.index.and_then(|index| self.edited.sizes.get(&index));
            found.size_after = size.copied().unwrap_or(found.size_after);
        }
        report.patched = self.edited.patched.clone();
        let stale = self.edited.stale.iter().map(|stale| StaleReport {
            path: stale.path.to_string(),
            name: stale.name,
            offset: stale.offset,
            target: stale.target,
            reason: stale.why,
        });
        report.stale = stale.collect();
        let unscanned = self.edited.unscanned.iter().map(|(path, span)| UnscannedReport {
            path: path.to_string(),
            offset: span.start(),
            size: span.len(),
        });
        report.unscanned = unscanned.collect();
        let listed = u64::try_from(report.stale.len()).unwrap_or(u64::MAX);
        report.stale_count = (self.edited.stale_count > listed).then_some(self.edited.stale_count);
    }

    /// Looks at the result as at any file, and at its samples where that was asked for.
    pub(super) fn check(
        &self,
        document: &Document,
        new: &dyn Source,
        watch: &dyn Watch,
    ) -> Result<(), prkit_plan::Wrong> {
        let whole = Watched::new(new, watch);
        let new: &dyn Source = &whole;
        if let Some(opened) = document.manifest.as_ref().filter(|_| !self.exact) {
            return Ok(opened.check(&self.edited, new)?);
        }
        let boxes = document.layout.as_ref().filter(|_| document.pasted.is_none() && !self.exact);
        let Some(layout) = boxes else {
            let as_long = new.len() == self.edited.plan.new_len();
            return if as_long { Ok(()) } else { Err("the result has another length".into()) };
        };
        prkit_bmff::prove(layout, &self.edited, new, Limits::default())?;
        if let Some(before) = &self.media {
            let new_layout = prkit_bmff::Layout::locate(new, Scope::default(), Limits::default())?;
            let layout = new_layout.with_name(layout.name());
            before.compare(&Media::read(&layout, &whole.counted())?)?;
        }
        Ok(())
    }

    /// How thoroughly the result is looked at.
    pub(super) fn verified(&self) -> &'static str {
        match &self.media {
            Some(media) if media.has_samples() => "samples",
            _ => "patch",
        }
    }
}
