//! What `reheader` and `els` share: every payload that is selected is changed, and the report says how.

use crate::args::WriteArgs;
use crate::input::{Document, Found};
use crate::left::{Left, Why};
use crate::refused::Hint;
use crate::report::{BoxReport, WriteReport};
use crate::writing;
use prkit_batch::Edits;
use prkit_batch::payloads::{Beside, Change, Making, NewBox, Refusal, Subject, UrlBeside, new_box, store_of};
use prkit_playready::{Field, Header, SystemId};
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
        let Some(opened) = document.manifest.as_ref() else { return };
        let mut replaced = Vec::new();
        for (index, found) in opened.manifest.license_urls().iter().enumerate() {
            let Some(beside) = self.url_beside(document, objects, all, found) else { continue };
            match self.change.license_url(&beside) {
                Beside::Unasked => {}
                Beside::Replace(url) if url == found.url => {}
                Beside::Replace(url) => replaced.push((index, url)),
                Beside::Left => report.left.push(Left::license_url(found, beside.after)),
            }
        }
        edits.license_urls = u64::try_from(replaced.len()).unwrap_or(u64::MAX);
        edits.text.extend(opened.manifest.replace_license_urls(&replaced));
    }

    fn skip(&self, path: &Path) {
        self.change.skip(path);
    }
}

impl Payloads<'_> {
    /// A license URL with the header that it is for; `None` for one that is none of the selected objects'.
    fn url_beside<'s>(
        &self,
        document: &'s Document,
        objects: &'s [Found],
        all: bool,
        url: &'s prkit_manifest::LicenseUrl,
    ) -> Option<UrlBeside<'s>> {
        let manifest = &document.manifest.as_ref()?.manifest;
        let descriptor = manifest.descriptors().get(url.descriptor)?;
        let target = descriptor.target();
        let system = target.and_then(|target| manifest.descriptors().get(target)).map(|d| d.system);
        if !descriptor.is_playready() && !system.flatten().is_some_and(SystemId::is_playready) {
            return None;
        }
        let is_here = |index: usize| {
            let object = manifest.objects().get(index).and_then(|object| object.descriptor);
            object.is_some_and(|object| object == url.descriptor || Some(object) == target)
        };
        let mut here = objects.iter().filter(|found| is_here(found.index));
        let first = here.clone().next();
        let found = here.find(|found| license_url(&found.data).is_some()).or(first);
        let Some(found) = found else {
            // The object is in the media; or it was excluded.
            let is_excluded = (0..manifest.objects().len())
                .any(|index| is_here(index) && !objects.iter().any(|found| found.index == index));
            let none = UrlBeside { subject: None, url: &url.url, before: None, after: None };
            return (all && !is_excluded).then_some(none);
        };
        let subject = Subject { document, found, overrides: self.write.force.overrides() };
        let before = license_url(&found.data);
        let after = match self.change.apply(&subject) {
            Ok(Some(changed)) => license_url(&changed.data),
            Ok(None) => before.clone(),
            Err(_) => return None,
        };
        Some(UrlBeside { subject: Some(subject), url: &url.url, before, after })
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

fn license_url(data: &[u8]) -> Option<String> {
    let header = Header::of_payload(data).ok()?;
    header.value(Field::LaUrl).map(std::borrow::Cow::into_owned)
}
