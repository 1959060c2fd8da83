//! A planned edit of one input, and what reports say of it.

use crate::args::{Fit, WriteArgs};
use crate::hints::told;
use crate::input::{Document, Kind};
use crate::report::{StaleReport, WriteReport};
use prkit_bmff::{Edited, Growth, Insert, Limits, Media, Replace, Request, Scope};
use prkit_plan::{Plan, Source, Span, Strategy};

/// What is asked of the boxes of an input.
#[derive(Default)]
pub(crate) struct Edits {
    pub(crate) replace: Vec<Replace>,
    pub(crate) insert: Vec<Insert>,
    /// Splices of a manifest's text.
    pub(crate) text: Vec<prkit_manifest::Edit>,
    /// Boxes that shrink close the gap.
    pub(crate) close_gaps: bool,
    /// The plan itself, instead of all that.
    pub(crate) exact: Option<Plan>,
    /// Base64 that the input was taken from is written as everybody reads it.
    pub(crate) straight_text: bool,
}

/// A planned edit of one input.
pub(crate) struct Job {
    pub(crate) edited: Edited,
    /// What its samples and items are, when they are compared afterwards.
    media: Option<Media>,
    /// It is not about boxes.
    exact: bool,
}

impl Job {
    /// Plans what becomes of boxes, or of an input that is one object.
    pub(crate) fn plan(
        document: &Document,
        edits: Edits,
        growth: Growth,
        args: &WriteArgs,
    ) -> Result<Self, String> {
        let text = |error: prkit_bmff::Error| error.to_string();
        let straight_text = edits.straight_text;
        if let Some(plan) = edits.exact {
            return Ok(Self { edited: plan.into(), media: None, exact: true });
        }
        let edited = match &document.layout {
            Some(layout) => {
                let request = Request {
                    replace: edits.replace,
                    insert: edits.insert,
                    fit: match args.fit {
                        Fit::Same => prkit_bmff::Fit::Same,
                        Fit::Slack => prkit_bmff::Fit::Slack,
                        Fit::Store => prkit_bmff::Fit::Store,
                        Fit::Any => prkit_bmff::Fit::Any,
                    },
                    growth: Growth {
                        reserve: u64::try_from(args.reserve).unwrap_or(u64::MAX),
                        close_gaps: edits.close_gaps,
                        ..growth
                    },
                    bare: document.kind == Kind::Pssh,
                    overrides: args.force.overrides(),
                };
                prkit_bmff::plan(layout, document.content.source(), &request)
                    .map_err(|error| told(error.into()))?
            }
            None => match &document.manifest {
                Some(opened) => opened.edited(edits.replace, edits.text).map_err(told)?,
                None => whole(document.content.len(), edits.replace)?,
            },
        };
        let media = match &document.layout {
            Some(layout) if args.verify && !edited.plan.is_empty() => {
                Some(Media::read(layout, document.content.source()).map_err(text)?)
            }
            _ => None,
        };
        Ok(Self { edited: document.in_text(edited, straight_text).map_err(told)?, media, exact: false })
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.edited.plan.is_empty()
    }

    /// Says in a report what the edit does.
    pub(crate) fn describe(&self, report: &mut WriteReport) {
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
        let listed = u64::try_from(report.stale.len()).unwrap_or(u64::MAX);
        report.stale_count = (self.edited.stale_count > listed).then_some(self.edited.stale_count);
    }

    /// Looks at the result as at any file, and at its samples where that was asked for.
    pub(crate) fn check(&self, document: &Document, new: &dyn Source) -> Result<(), prkit_apply::Wrong> {
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
            let layout = prkit_bmff::Layout::locate(new, Scope::default(), Limits::default())?;
            before.compare(&Media::read(&layout, new)?)?;
        }
        Ok(())
    }

    /// How thoroughly the result is looked at.
    pub(crate) const fn verified(&self) -> &'static str {
        if self.media.is_some() { "samples" } else { "patch" }
    }
}

/// An input that is one object becomes another one.
fn whole(len: u64, mut replace: Vec<Replace>) -> Result<Edited, String> {
    let Some(replace) = replace.pop() else { return Ok(Plan::unchanged(len).into()) };
    let plan = Plan::splice(len, Span::new(0, len), replace.with).map_err(|error| error.to_string())?;
    Ok(plan.into())
}
