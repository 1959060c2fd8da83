//! Objects are straightened, as far as the rules say how.

use super::OperationError;
use crate::input::{Found, encryption_of};
use crate::payloads::{check_object, whole};
use crate::refused::Refused;
use crate::report::{Asked, BoxReport, WriteReport, context_of, lint};
use crate::writing::{On, Operation};
use crate::{Edits, Left, Result, Why};
use prkit_bmff::Replace;
use prkit_playready::{Level, Override, Overrides};
use std::sync::atomic::{AtomicBool, Ordering};

/// Straightens objects, as far as the rules say how.
#[derive(Debug)]
pub struct Straighten {
    asked: Asked,
    least: Level,
    left: AtomicBool,
    /// What is done although it is refused.
    overrides: Overrides,
}

impl Operation for Straighten {
    fn edits(&self, on: &On<'_>, report: &mut WriteReport) -> Result<Edits> {
        let On { document, objects, .. } = *on;
        let mut edits = Edits::default();
        let pasted = document.pasted.as_ref();
        if pasted.is_some_and(|(text, pasted)| !pasted.faults(text).is_empty()) {
            edits.straight_text = true;
        }
        for found in objects.iter().filter(|found| found.system.is_playready()) {
            let error = self.straighten(on, found, &mut edits, report)?;
            if let Some(error) = error {
                report.left.push(Left::object(found, Why::Unreadable(error.clone())));
                report.boxes.push(BoxReport { error: Some(error), ..box_report(found, found.size) });
            }
        }
        let mut findings = lint(document, objects, self.asked);
        findings.retain(|found| found.finding.fix.is_some());
        let findings: Vec<_> = findings.into_iter().map(|found| found.finding).collect();
        report.findings = serde_json::to_value(findings).ok();
        Ok(edits)
    }
}

impl Straighten {
    /// As the rules are asked for; what is left at this level or above counts.
    pub const fn new(asked: Asked, least: Level, overrides: Overrides) -> Self {
        Self { asked, least, left: AtomicBool::new(false), overrides }
    }

    /// Whether something could not be straightened.
    pub fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Straightens one object; why not, where that is not the run's fault.
    fn straighten(
        &self,
        on: &On<'_>,
        found: &Found,
        edits: &mut Edits,
        report: &mut WriteReport,
    ) -> Result<Option<String>> {
        let document = on.document;
        if let Some(error) = &found.box_error {
            self.left.store(true, Ordering::Relaxed);
            return Ok(Some(error.to_string()));
        }
        if let Some(version) = found.version.filter(|version| *version > 1)
            && !self.overrides.has(Override::Version)
        {
            self.left.store(true, Ordering::Relaxed);
            let refused = OperationError::Refused(Refused::BoxVersion { version });
            return Ok(Some(on.face.words(&refused.into())));
        }
        let encryption = encryption_of(document, found)?;
        let context = context_of(found, &encryption, self.asked);
        let straight = prkit_playready::straighten(&found.data, &context);
        if straight.left.iter().any(|left| left.level >= self.least) {
            self.left.store(true, Ordering::Relaxed);
        }
        let data = straight.bytes.as_deref();
        if let Some(data) = data {
            // UTF-8 becomes UTF-16, and twice as long.
            check_object(&found.data, data, self.overrides)?;
        }
        if data.is_none() && !document.is_box_data {
            report.boxes.push(box_report(found, found.size));
            return Ok(None);
        }
        let mut with = whole(document, found, data.unwrap_or(&found.data), None)?;
        if document.is_box_data {
            with = boxed(&with)?.into();
        }
        let size = u64::try_from(with.len()).unwrap_or(u64::MAX);
        report.boxes.push(BoxReport { changed: true, ..box_report(found, size) });
        edits.replace.push(Replace::new(found.index, with));
        Ok(None)
    }
}

/// Size and type in front of the content of a `pssh` box.
fn boxed(content: &[u8]) -> Result<Vec<u8>> {
    let size = u32::try_from(content.len().saturating_add(8)).map_err(|_| OperationError::TooLong)?;
    Ok([&size.to_be_bytes()[..], b"pssh", content].concat())
}

fn box_report(found: &Found, size_after: u64) -> BoxReport {
    BoxReport {
        index: Some(found.index),
        path: found.path.clone(),
        offset: found.offset,
        size_before: found.size,
        size_after,
        changed: false,
        error: None,
    }
}
