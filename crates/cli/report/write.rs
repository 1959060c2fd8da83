//! The report of the commands that change something.

use super::{PathReport, SCHEMA};
use crate::input::Input;
use crate::left::Left;
use crate::out::Out;
use crate::style::{DONE, NAME, WARNING};
use crate::terminal::escaped;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prkit_plan::{Plan, Segment, Source};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

#[derive(Debug, Serialize)]
pub(crate) struct WriteReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    pub(crate) matched: usize,
    pub(crate) changed: bool,
    pub(crate) dry_run: bool,
    /// How the edit fits, as it was planned.
    pub(crate) strategy: Option<&'static str>,
    /// What was done; with `--dry-run`, what would be.
    pub(crate) method: Option<&'static str>,
    pub(crate) bytes_written: u64,
    pub(crate) bytes_moved: u64,
    pub(crate) size_before: u64,
    pub(crate) size_after: u64,
    pub(crate) els_before: Option<usize>,
    pub(crate) els_after: Option<usize>,
    pub(crate) boxes: Vec<BoxReport>,
    pub(crate) patched: BTreeMap<&'static str, u64>,
    pub(crate) stale: Vec<StaleReport>,
    /// How many there are, where not all are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stale_count: Option<u64>,
    /// Boxes nobody knows that were not looked through for positions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unscanned: Vec<UnscannedReport>,
    /// What looks like PlayReady's and was left as it was, because it could not be read or proven.
    pub(crate) left: Vec<Left>,
    /// What is good to know about what was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<Cow<'static, str>>,
    pub(crate) verified: &'static str,
    pub(crate) error: Option<String>,
    /// A log says that it was done before, and it was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done_before: Option<bool>,
    /// What `lint --fix` mends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) findings: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<PlanReport>,
    #[serde(skip)]
    pub(crate) why: String,
    /// What is said instead of "changed".
    #[serde(skip)]
    pub(crate) verb: Option<&'static str>,
    /// License URLs before and after, where a dry run counts them.
    #[serde(skip)]
    pub(crate) urls: Vec<(Option<String>, Option<String>)>,
    /// Capacity of the store, should it give way.
    #[serde(skip)]
    pub(crate) els_if_given: Option<usize>,
}

/// What becomes of one object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BoxReport {
    /// As `show` prints it; `null` for a box that is put in.
    pub(crate) index: Option<usize>,
    #[serde(rename = "box")]
    pub(crate) path: Option<String>,
    pub(crate) offset: u64,
    pub(crate) size_before: u64,
    pub(crate) size_after: u64,
    pub(crate) changed: bool,
    pub(crate) error: Option<String>,
}

/// A pointer that was wrong before and still is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StaleReport {
    #[serde(rename = "box")]
    pub(crate) path: String,
    pub(crate) name: &'static str,
    pub(crate) offset: u64,
    pub(crate) target: u64,
    pub(crate) reason: &'static str,
}

/// A box nobody knows, or the rest of one, that was not looked through.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UnscannedReport {
    #[serde(rename = "box")]
    pub(crate) path: String,
    pub(crate) offset: u64,
    pub(crate) size: u64,
}

/// The exact plan.
#[derive(Debug, Serialize)]
pub(crate) struct PlanReport {
    old_len: u64,
    new_len: u64,
    why: String,
    segments: Vec<SegmentReport>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum SegmentReport {
    /// First byte, and the byte after the last.
    Keep([u64; 2]),
    /// Base64.
    Put(String),
}

impl WriteReport {
    /// Nothing selected, nothing done.
    pub(crate) fn new(input: &Input, size: u64, dry_run: bool) -> Self {
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
            why: String::new(),
            verb: None,
            urls: Vec::new(),
            els_if_given: None,
        }
    }
}

impl WriteReport {
    /// It was not stored in place, as planned.
    pub(crate) fn made_anew(&mut self, instead: &str) {
        self.why = format!("{}; {instead}", self.why);
    }

    /// What a plan that is carried out later says of this input.
    pub(crate) fn to_take_over(&self) -> Value {
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

    /// Says what a plan says; gives the number of license URLs beside objects.
    pub(crate) fn take_over(&mut self, planned: Value) -> serde_json::Result<u64> {
        let told: TakenOver = serde_json::from_value(planned)?;
        (self.matched, self.boxes, self.left) = (told.matched, told.boxes, told.left);
        (self.notes, self.findings) = (told.notes, told.findings);
        (self.els_before, self.els_after, self.els_if_given) =
            (told.els_before, told.els_after, told.els_if_given);
        Ok(told.license_urls)
    }

    /// What was planned did not come about.
    pub(crate) fn fail(&mut self, error: &str) {
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
pub(crate) const LICENSE_URL: &str = "license URL";

impl PlanReport {
    pub(crate) fn new(plan: &Plan, source: &dyn Source) -> io::Result<Self> {
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

impl WriteReport {
    /// Prints it, for programs or for people; `beside` where standard output carries the result.
    pub(crate) fn print(&self, input: &Input, beside: bool, out: &mut Out) {
        if out.is_json() {
            return out.json(self);
        }
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(input, &mut text);
        if beside { out.text_beside(&text) } else { out.text(&text) }
    }

    fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        write!(out, "{NAME}{}{NAME:#}  ", input.display())?;
        match (self.matched, self.changed, self.dry_run) {
            (0, ..) if self.left.is_empty() => writeln!(out, "nothing selected")?,
            (_, false, _) if self.verb.is_some() => {
                writeln!(out, "nothing to do: as before the batch already")?;
            }
            (_, true, _) if self.verb.is_some() => {
                writeln!(out, "{DONE}{}{DONE:#}", self.verb.unwrap_or_default())?;
            }
            (_, false, _) if !self.left.is_empty() => writeln!(out, "nothing changed")?,
            (n, false, _) => writeln!(out, "nothing to do: {} already as asked", objects(n))?,
            (_, true, dry) => {
                let changed = self.boxes.iter().filter(|b| b.changed).count();
                let verb = if dry { "would change" } else { "changed" };
                // A manifest may change only where it says where things are.
                let what = if changed == 0 { "what it refers to".to_owned() } else { objects(changed) };
                write!(out, "{DONE}{verb}{DONE:#} {what}")?;
                if let Some(output) = &self.output {
                    write!(out, " → {}", escaped(output))?;
                }
                writeln!(out)?;
                self.write_change(out)?;
            }
        }
        for note in &self.notes {
            writeln!(out, "  note  {note}")?;
        }
        for left in &self.left {
            writeln!(out, "  {WARNING}left{WARNING:#}  {}", escaped(&left.to_string()))?;
        }
        Ok(())
    }

    fn write_change(&self, out: &mut String) -> std::fmt::Result {
        for found in self.boxes.iter().filter(|found| found.changed) {
            let path = found.path.as_deref().unwrap_or("object");
            match (found.size_before, found.size_after) {
                (0, after) => writeln!(out, "  {path}  {after} bytes put in")?,
                (before, 0) => writeln!(out, "  {path}  {before} bytes taken out")?,
                (before, after) => writeln!(out, "  {path}  {before} → {after} bytes")?,
            }
        }
        if let Some(strategy) = self.strategy {
            writeln!(out, "  {strategy}: {}", self.why)?;
        }
        if self.els_before != self.els_after {
            let size =
                |len: Option<usize>| len.map_or_else(|| "none".to_owned(), |len| format!("{len} bytes"));
            writeln!(out, "  store  {} → {}", size(self.els_before), size(self.els_after))?;
        }
        let (before, after) = (self.size_before, self.size_after);
        if before != after {
            writeln!(out, "  file  {before} → {after} bytes")?;
        }
        if !self.patched.is_empty() {
            let patched: Vec<_> =
                self.patched.iter().map(|(name, count)| format!("{count} {name}")).collect();
            writeln!(out, "  patched  {}", patched.join(", "))?;
        }
        if let Some(first) = self.stale.first() {
            let listed = u64::try_from(self.stale.len()).unwrap_or(u64::MAX);
            let count = self.stale_count.unwrap_or(listed);
            writeln!(
                out,
                "  {WARNING}stale{WARNING:#}  {count} pointers were wrong before and are left alone; the first: {} → byte {}, {}",
                first.path, first.target, first.reason
            )?;
        }
        for left in &self.unscanned {
            writeln!(
                out,
                "  {WARNING}not scanned{WARNING:#}  {} bytes of {} at byte {}: positions in them stay as they are",
                left.size,
                escaped(&left.path),
                left.offset
            )?;
        }
        Ok(())
    }
}

fn objects(count: usize) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}
