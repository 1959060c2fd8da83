//! What `reheader` and `els` share: every payload that is selected is changed, and the report says how.

use crate::args::WriteArgs;
use crate::input::{Document, Found};
use crate::refused::Hint;
use crate::report::{BoxReport, WriteReport};
use crate::writing;
use prkit_batch::Edits;
use prkit_batch::payloads::{Change, Making, NewBox, Refusal, left_in, new_box, store_of};
use prkit_batch::{Left, Why};
use prkit_batch::{change_beside, license_url};
use std::path::Path;

/// The command that changes every payload that is selected.
pub(crate) struct Payloads<'c> {
    pub(crate) change: &'c dyn Change,
    pub(crate) write: &'c WriteArgs,
}

impl Payloads<'_> {
    fn making(&self) -> Making {
        Making {
            room: self.write.room.into(),
            overrides: self.write.force.overrides(),
            presentation: self.write.presentation,
        }
    }
}

impl writing::Command for Payloads<'_> {
    /// Changes every object that can be read; the others are left alone and reported.
    fn edits(
        &self,
        document: &Document,
        objects: &[Found],
        report: &mut WriteReport,
    ) -> Result<Edits, String> {
        let mut edits = Edits::default();
        let mut readable = 0_usize;
        let mut first = None;
        for found in objects {
            let new = new_box(document, found, self.change, self.making());
            if matches!(new, Err(Refusal::Unasked)) {
                report.matched = report.matched.saturating_sub(1);
                continue;
            }
            first = first.or(Some(found));
            report.boxes.push(box_report(found, &new));
            let before = store_of(&found.data);
            let mut after = before;
            match new {
                Ok(new) => {
                    let overrides = self.write.force.overrides();
                    report.left.extend(left_in(document, found, self.change, overrides, new.as_ref()));
                    readable = readable.saturating_add(1);
                    if let Some(new) = new {
                        report.els_if_given = report.els_if_given.or(new.given);
                        after = new.store;
                        if report.dry_run {
                            report.urls.push((license_url(&found.data), license_url(&new.data)));
                        }
                        edits.replace.push(new.replace);
                    }
                }
                Err(Refusal::Input(cause)) => {
                    return Err(format!("{}{}", located(found, &cause.text), Hint(cause.overridden_by)));
                }
                Err(Refusal::Object(cause)) => {
                    let why = format!("{}{}", cause.text, Hint(cause.overridden_by));
                    report.left.push(Left::object(found, Why::Unreadable(why)));
                }
                Err(Refusal::Unasked) => {}
            }
            if report.els_before.is_none() && report.els_after.is_none() {
                (report.els_before, report.els_after) = (before, after);
            }
        }
        if let (0, Some(found)) = (readable, first) {
            let reason = report.boxes.first().and_then(|b| b.error.clone()).unwrap_or_default();
            return Err(located(found, &reason));
        }
        Ok(edits)
    }

    /// License URLs beside the objects of a document: players ask these first.
    fn beside(
        &self,
        document: &Document,
        objects: &[Found],
        all: bool,
        edits: &mut Edits,
        report: &mut WriteReport,
    ) {
        let overrides = self.write.force.overrides();
        report.left.extend(change_beside(document, objects, all, self.change, overrides, edits));
    }

    fn skip(&self, path: &Path) {
        self.change.skip(path);
    }
}

fn box_report(found: &Found, new: &Result<Option<NewBox>, Refusal>) -> BoxReport {
    let (size_after, error) = match new {
        Ok(Some(new)) => (u64::try_from(new.replace.with.len()).unwrap_or(u64::MAX), None),
        Ok(None) | Err(Refusal::Unasked) => (found.len(), None),
        Err(Refusal::Object(cause)) => {
            (found.len(), Some(format!("{}{}", cause.text, Hint(cause.overridden_by))))
        }
        Err(Refusal::Input(cause)) => (found.len(), Some(cause.text.clone())),
    };
    BoxReport {
        index: Some(found.index),
        path: found.path.clone(),
        offset: found.offset,
        size_before: found.len(),
        size_after,
        changed: matches!(new, Ok(Some(_))),
        error,
    }
}

fn located(found: &Found, message: &str) -> String {
    let path = found.path.as_deref().unwrap_or("/");
    match found.in_text {
        Some(place) => format!("{message}, at line {}, column {} in {path}", place.line, place.column),
        None => format!("{message}, at byte {} in {path}", found.offset),
    }
}
