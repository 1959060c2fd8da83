//! What `reheader` and `els` share: every payload that is selected is changed, and the report says how.

use crate::input::Found;
use crate::payloads::{Change, Making, NewBox, Refusal, Subject, left_in, new_box, store_of};
use crate::report::{BoxReport, WriteReport};
use crate::writing::{Face, On, Operation};
use crate::{Edits, Error, Left, Result, Why, change_beside, license_url};
use std::path::Path;

/// Changes every payload that is selected.
#[derive(Clone, Copy)]
pub struct Payloads<'c> {
    /// What becomes of them.
    pub change: &'c dyn Change,
    /// How they are made.
    pub making: Making,
}

impl Operation for Payloads<'_> {
    /// Changes every object that can be read; the others are left alone and reported.
    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> Result<Edits> {
        let mut edits = Edits::default();
        let mut readable = 0_usize;
        let (mut first, mut refused) = (None, None);
        for found in on.objects {
            let new = new_box(on.document, found, self.change, self.making);
            if matches!(new, Err(Refusal::Unasked)) {
                report.matched = report.matched.saturating_sub(1);
                continue;
            }
            first = first.or(Some(found));
            report.boxes.push(box_report(found, &new, on.face));
            let before = store_of(&found.data);
            let mut after = before;
            match new {
                Ok(new) => {
                    let overrides = self.making.overrides;
                    report.left.extend(left_in(on.document, found, self.change, overrides, new.as_ref()));
                    readable = readable.saturating_add(1);
                    let missed = self.change.misses(&Subject { document: on.document, found, overrides });
                    report.missed = report.missed.saturating_add(missed.len());
                    report.notes.extend(missed.iter().map(|missed| missed.to_string().into()));
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
                    return Err(Error::of_object(found, cause));
                }
                Err(Refusal::Object(cause)) => {
                    report.left.push(Left::object(found, Why::Unreadable(on.face.words(&cause))));
                    refused = refused.or(Some(cause));
                }
                Err(Refusal::Unasked) => {}
            }
            if report.els_before.is_none() && report.els_after.is_none() {
                (report.els_before, report.els_after) = (before, after);
            }
        }
        if let (0, Some(found), Some(cause)) = (readable, first, refused) {
            return Err(Error::of_object(found, cause));
        }
        Ok(edits)
    }

    /// License URLs beside the objects of a document: players ask these first.
    fn beside(&self, on: &On<'_>, all: bool, edits: &mut Edits, report: &mut WriteReport) {
        let overrides = self.making.overrides;
        report.left.extend(change_beside(on.document, on.objects, all, self.change, overrides, edits));
    }

    fn skip(&self, path: &Path) {
        self.change.skip(path);
    }
}

fn box_report(found: &Found, new: &Result<Option<NewBox>, Refusal>, face: &dyn Face) -> BoxReport {
    let (size_after, error) = match new {
        Ok(Some(new)) => (u64::try_from(new.replace.with.len()).unwrap_or(u64::MAX), None),
        Ok(None) | Err(Refusal::Unasked) => (found.len(), None),
        Err(Refusal::Object(cause)) => (found.len(), Some(face.words(cause))),
        Err(Refusal::Input(cause)) => (found.len(), Some(cause.to_string())),
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
