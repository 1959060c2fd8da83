//! Objects are straightened, as far as the rules say how.

use super::OperationError;
use crate::input::Found;
use crate::report::{Asked, BoxReport, WriteReport, lint};
use crate::straight::{refused, straight, text_of};
use crate::writing::{On, Operation};
use crate::{Edits, Left, Result, Why};
use prkit_bmff::Replace;
use prkit_playready::{Level, Overrides};
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
        let mut edits = text_of(document);
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
        if let Some(error) = refused(found, self.overrides) {
            self.left.store(true, Ordering::Relaxed);
            return Ok(Some(match error {
                OperationError::BoxFault(fault) => fault.to_string(),
                other => on.face.words(&other.into()),
            }));
        }
        let straight = straight(on.document, found, self.asked, self.overrides)?;
        if straight.worst.is_some_and(|worst| worst >= self.least) {
            self.left.store(true, Ordering::Relaxed);
        }
        let Some(with) = straight.with else {
            report.boxes.push(box_report(found, found.size));
            return Ok(None);
        };
        let size = u64::try_from(with.len()).unwrap_or(u64::MAX);
        report.boxes.push(BoxReport { changed: true, ..box_report(found, size) });
        edits.replace.push(Replace::new(found.index, with));
        Ok(None)
    }
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
