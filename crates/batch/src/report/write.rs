//! The report of the commands that change something.

use super::{PathReport, SCHEMA};
use crate::{Input, Left};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_plan::{Plan, Segment, Source, Transfer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

/// What was done with an input, or would be.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct WriteReport {
    pub schema: u32,
    #[serde(flatten)]
    pub path: PathReport,
    pub matched: usize,
    pub changed: bool,
    pub dry_run: bool,
    /// How the edit fits, as it was planned.
    pub strategy: Option<&'static str>,
    /// What was done; with `--dry-run`, what would be.
    pub method: Option<&'static str>,
    pub bytes_written: u64,
    pub bytes_moved: u64,
    /// With `--dry-run`, what the edit of an object in a bucket transfers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferReport>,
    pub size_before: u64,
    pub size_after: u64,
    pub els_before: Option<usize>,
    pub els_after: Option<usize>,
    pub boxes: Vec<BoxReport>,
    pub patched: BTreeMap<&'static str, u64>,
    pub stale: Vec<StaleReport>,
    /// How many there are, where not all are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_count: Option<u64>,
    /// Boxes nobody knows that were not looked through for positions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unscanned: Vec<UnscannedReport>,
    /// What looks like PlayReady's and was left as it was, because it could not be read or proven.
    pub left: Vec<Left>,
    /// What is good to know about what was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Cow<'static, str>>,
    pub verified: &'static str,
    pub error: Option<String>,
    /// A log says that it was done before, and it was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_before: Option<bool>,
    /// What `lint --fix` mends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanReport>,
    /// Why nothing is selected, where that is asked of one input.
    #[serde(skip)]
    pub nothing: Option<String>,
    /// Values that were to be replaced and are something else.
    #[serde(skip)]
    pub missed: usize,
    #[serde(skip)]
    pub why: String,
    /// What is said instead of "changed".
    #[serde(skip)]
    pub verb: Option<&'static str>,
    /// License URLs before and after, where a dry run counts them.
    #[serde(skip)]
    pub urls: Vec<(Option<String>, Option<String>)>,
    /// Capacity of the store, should it give way.
    #[serde(skip)]
    pub els_if_given: Option<usize>,
}

/// What becomes of one object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BoxReport {
    /// As `show` prints it; `null` for a box that is put in.
    pub index: Option<usize>,
    #[serde(rename = "box")]
    pub path: Option<String>,
    pub offset: u64,
    pub size_before: u64,
    pub size_after: u64,
    pub changed: bool,
    pub error: Option<String>,
}

/// Requests of an edit, and the bytes that they transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct TransferReport {
    pub requests: u64,
    pub bytes_up: u64,
    pub bytes_down: u64,
    /// Copied on the side of the server.
    pub bytes_copied: u64,
}

impl From<Transfer> for TransferReport {
    fn from(transfer: Transfer) -> Self {
        let Transfer { requests, up, down, copied, .. } = transfer;
        Self { requests, bytes_up: up, bytes_down: down, bytes_copied: copied }
    }
}

impl From<TransferReport> for Transfer {
    fn from(report: TransferReport) -> Self {
        let mut transfer = Self::default();
        transfer.requests = report.requests;
        transfer.up = report.bytes_up;
        transfer.down = report.bytes_down;
        transfer.copied = report.bytes_copied;
        transfer
    }
}

/// A pointer that was wrong before and still is.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StaleReport {
    #[serde(rename = "box")]
    pub path: String,
    pub name: &'static str,
    pub offset: u64,
    pub target: u64,
    pub reason: &'static str,
}

/// A box nobody knows, or the rest of one, that was not looked through.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct UnscannedReport {
    #[serde(rename = "box")]
    pub path: String,
    pub offset: u64,
    pub size: u64,
}

/// The exact plan.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct PlanReport {
    pub old_len: u64,
    pub new_len: u64,
    pub why: String,
    pub segments: Vec<SegmentReport>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
/// A part of the new file.
pub enum SegmentReport {
    /// First byte, and the byte after the last.
    Keep([u64; 2]),
    /// Base64.
    Put(String),
}

impl WriteReport {
    /// Nothing selected, nothing done.
    pub fn new(input: &Input, size: u64, dry_run: bool) -> Self {
        Self {
            schema: SCHEMA,
            path: PathReport::of(input),
            matched: 0,
            changed: false,
            dry_run,
            strategy: None,
            method: None,
            bytes_written: 0,
            bytes_moved: 0,
            transfer: None,
            size_before: size,
            size_after: size,
            els_before: None,
            els_after: None,
            boxes: Vec::new(),
            patched: BTreeMap::new(),
            stale: Vec::new(),
            left: Vec::new(),
            notes: Vec::new(),
            stale_count: None,
            unscanned: Vec::new(),
            verified: "none",
            error: None,
            done_before: None,
            findings: None,
            output: None,
            plan: None,
            nothing: None,
            missed: 0,
            why: String::new(),
            verb: None,
            urls: Vec::new(),
            els_if_given: None,
        }
    }
}

impl WriteReport {
    /// It was not stored in place, as planned.
    pub fn made_anew(&mut self, instead: &str) {
        self.why = format!("{}; {instead}", self.why);
    }

    /// What a plan that is carried out later says of this input.
    pub fn to_take_over(&self) -> Value {
        let license_urls = self.patched.get(LICENSE_URL).copied().unwrap_or(0);
        let told = TakenOver {
            matched: self.matched,
            boxes: self.boxes.clone(),
            left: self.left.clone(),
            notes: self.notes.clone(),
            els_before: self.els_before,
            els_after: self.els_after,
            els_if_given: self.els_if_given,
            license_urls,
            findings: self.findings.clone(),
        };
        serde_json::to_value(told).unwrap_or_default()
    }

    /// Says what a plan says.
    pub fn take_over(&mut self, planned: Value) -> serde_json::Result<()> {
        let told: TakenOver = serde_json::from_value(planned)?;
        (self.matched, self.boxes, self.left) = (told.matched, told.boxes, told.left);
        (self.notes, self.findings) = (told.notes, told.findings);
        (self.els_before, self.els_after, self.els_if_given) =
            (told.els_before, told.els_after, told.els_if_given);
        self.patched.extend((told.license_urls > 0).then_some((LICENSE_URL, told.license_urls)));
        Ok(())
    }

    /// What was planned did not come about.
    pub fn fail(&mut self, error: &str) {
        self.error = Some(error.to_owned());
        self.changed = false;
        (self.strategy, self.method) = (None, None);
        (self.bytes_written, self.bytes_moved) = (0, 0);
        (self.size_after, self.els_after) = (self.size_before, self.els_before);
        self.patched.clear();
        for found in &mut self.boxes {
            found.changed = false;
            found.size_after = found.size_before;
        }
    }
}

/// What reports tell of an edit beside what its bytes do.
#[derive(Serialize, Deserialize)]
struct TakenOver {
    matched: usize,
    boxes: Vec<BoxReport>,
    left: Vec<Left>,
    notes: Vec<Cow<'static, str>>,
    els_before: Option<usize>,
    els_after: Option<usize>,
    els_if_given: Option<usize>,
    license_urls: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    findings: Option<Value>,
}

/// What license URLs beside objects are called among patched fields.
pub const LICENSE_URL: &str = "license URL";

impl PlanReport {
    pub fn new(plan: &Plan, source: &dyn Source) -> io::Result<Self> {
        let segments = plan.segments().iter().map(|segment| match segment {
            Segment::Keep(span) => Ok(SegmentReport::Keep([span.start(), span.end()])),
            segment => {
                let mut bytes = Vec::new();
                plan.render(segment, source, &mut |block| {
                    bytes.extend_from_slice(block);
                    Ok(())
                })?;
                Ok(SegmentReport::Put(STANDARD.encode(bytes)))
            }
        });
        Ok(Self {
            old_len: plan.old_len(),
            new_len: plan.new_len(),
            why: plan.why().to_owned(),
            segments: segments.collect::<io::Result<_>>()?,
        })
    }
}
