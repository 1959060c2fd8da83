//! One line of a log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crc32c::{crc32c, crc32c_append};
use prkit_apply::Identity;
use prkit_plan::{Place, Plan, Replacement, Segment, Shape, Source, Span, Splice, Strategy, With};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// What a run did with one input.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) schema: u32,
    /// The input's path, absolute.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) path: Option<String>,
    /// The same where it is no text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) path_base64: Option<String>,
    /// The file that was written, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) output: Option<String>,
    /// The same where it is no text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) output_base64: Option<String>,
    pub(crate) changed: bool,
    #[serde(default)]
    pub(crate) strategy: Option<String>,
    #[serde(default)]
    pub(crate) size_before: u64,
    #[serde(default)]
    pub(crate) size_after: u64,
    /// When the file was last written to, as the run left it: seconds and nanoseconds.
    #[serde(default)]
    pub(crate) modified: Option<(i64, i64)>,
    #[serde(default)]
    pub(crate) spans: Vec<LoggedSpan>,
    #[serde(default)]
    pub(crate) error: Option<String>,
    /// Objects that were left as they were: the input is looked at again by `--resume`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) left: Option<u64>,
}

/// Bytes that were replaced, and by what. Everything between two of them was kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct LoggedSpan {
    /// Where they stood in the old file.
    old: [u64; 2],
    /// What stands there in the new one.
    new: [u64; 2],
    /// The old bytes, in base64.
    bytes: String,
    /// Checksum of the new bytes.
    crc32c: u32,
}

impl Line {
    /// Nothing was done.
    pub(crate) fn new(path: &Path) -> Self {
        let (text, base64) = written(path);
        Self {
            schema: crate::report::SCHEMA,
            path: text,
            path_base64: base64,
            output: None,
            output_base64: None,
            changed: false,
            strategy: None,
            size_before: 0,
            size_after: 0,
            modified: None,
            spans: Vec::new(),
            error: None,
            left: None,
        }
    }

    /// What a plan is about to do, with the bytes that it takes away.
    pub(crate) fn planned(path: &Path, plan: &Plan, old: &dyn Source) -> io::Result<Self> {
        Ok(Self {
            changed: true,
            strategy: Some(plan.strategy().name().to_owned()),
            size_before: plan.old_len(),
            size_after: plan.new_len(),
            spans: spans(plan, old)?,
            ..Self::new(path)
        })
    }

    /// The input.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        read(self.path.as_ref(), self.path_base64.as_ref())
    }

    /// The file that was written, where that is another one.
    pub(crate) fn output(&self) -> Option<PathBuf> {
        read(self.output.as_ref(), self.output_base64.as_ref())
    }

    /// With the file that is written, where that is another one.
    pub(crate) fn into_file(self, output: Option<&Path>) -> Self {
        let (output, output_base64) = output.map(written).unwrap_or_default();
        Self { output, output_base64, ..self }
    }

    /// Whether the input itself was changed, or may have been.
    pub(crate) const fn is_to_take_back(&self) -> bool {
        self.output.is_none() && self.output_base64.is_none() && !self.spans.is_empty()
    }

    /// With what the file is now.
    pub(crate) fn left_as(self, identity: Identity) -> Self {
        Self { size_after: identity.len, modified: Some(identity.modified), ..self }
    }

    /// Whether a file is as the run left it, as far as it was changed.
    pub(crate) fn is_new(&self, file: &dyn Source) -> io::Result<bool> {
        self.is(file, self.size_after, |span| (span.new, span.crc32c))
    }

    /// Whether a file is as the run found it, as far as it was changed.
    pub(crate) fn is_old(&self, file: &dyn Source) -> io::Result<bool> {
        self.is(file, self.size_before, |span| (span.old, crc32c(&span.bytes())))
    }

    fn is(
        &self,
        file: &dyn Source,
        len: u64,
        part: impl Fn(&LoggedSpan) -> ([u64; 2], u32),
    ) -> io::Result<bool> {
        if file.len() != len {
            return Ok(false);
        }
        let mut buffer = Vec::new();
        for ([from, to], expected) in self.spans.iter().map(part) {
            if from > to || to > len {
                return Ok(false);
            }
            let mut crc = 0;
            for block in Span::new(from, to).blocks(prkit_plan::BLOCK) {
                file.read_at(block, &mut buffer)?;
                crc = crc32c_append(crc, &buffer);
            }
            if crc != expected {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The plan that takes the edit back.
    pub(crate) fn back(&self) -> prkit_plan::Result<Plan> {
        let replacement = |span: &LoggedSpan| {
            let [from, to] = span.new.map(Place::start);
            Replacement { from, to: to.max(from), with: With::Bytes(span.bytes()) }
        };
        let replacements: Vec<Replacement> = self.spans.iter().map(replacement).collect();
        let splices = self.spans.iter().zip(&replacements).map(|(span, replacement)| Splice {
            from: replacement.from,
            to: replacement.to,
            len: span.old[1].saturating_sub(span.old[0]),
        });
        let shape = Shape::new(splices.collect())?;
        let strategy = match self.strategy.as_deref() {
            Some("insert-range") => Strategy::CollapseRange,
            Some("collapse-range") => Strategy::InsertRange,
            _ if self.size_before == self.size_after => Strategy::Same,
            _ => Strategy::Copy,
        };
        Plan::new(self.size_after, shape, replacements, strategy, "the log says what was there before")
    }
}

impl LoggedSpan {
    /// The old bytes.
    fn bytes(&self) -> Bytes {
        STANDARD.decode(&self.bytes).unwrap_or_default().into()
    }
}

/// The bytes of the old file that a plan does not keep.
fn spans(plan: &Plan, old: &dyn Source) -> io::Result<Vec<LoggedSpan>> {
    let mut gaps = Gaps { spans: Vec::new(), old_at: 0, new_at: 0, crc: 0 };
    for (new, segment) in plan.placed() {
        match segment {
            Segment::Keep(kept) => {
                gaps.close(old, kept.start(), new.start())?;
                (gaps.old_at, gaps.new_at) = (kept.end(), new.end());
            }
            Segment::Put(_) | Segment::Table(_) => plan.render(segment, old, &mut |bytes| {
                gaps.crc = crc32c_append(gaps.crc, bytes);
                Ok(())
            })?,
        }
    }
    gaps.close(old, plan.old_len(), plan.new_len())?;
    Ok(gaps.spans)
}

/// What stands between two kept spans.
struct Gaps {
    spans: Vec<LoggedSpan>,
    old_at: u64,
    new_at: u64,
    crc: u32,
}

impl Gaps {
    fn close(&mut self, source: &dyn Source, old_end: u64, new_end: u64) -> io::Result<()> {
        let (old, new) = (Span::new(self.old_at, old_end), Span::new(self.new_at, new_end));
        let crc = core::mem::take(&mut self.crc);
        if old.is_empty() && new.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        source.read_at(old, &mut bytes)?;
        self.spans.push(LoggedSpan {
            old: [old.start(), old.end()],
            new: [new.start(), new.end()],
            bytes: STANDARD.encode(bytes),
            crc32c: crc,
        });
        Ok(())
    }
}

/// A path as text, or as base64 where it is none.
fn written(path: &Path) -> (Option<String>, Option<String>) {
    match path.to_str() {
        Some(text) => (Some(text.to_owned()), None),
        None => (None, Some(STANDARD.encode(path.as_os_str().as_encoded_bytes()))),
    }
}

fn read(text: Option<&String>, base64: Option<&String>) -> Option<PathBuf> {
    match (text, base64) {
        (Some(text), _) => Some(PathBuf::from(text)),
        (None, Some(base64)) => os_path(STANDARD.decode(base64).ok()?),
        (None, None) => None,
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have names that are no paths")]
fn os_path(name: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(PathBuf::from(std::ffi::OsString::from_vec(name)))
}

#[cfg(not(unix))]
fn os_path(name: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(name).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prkit_plan::Strategy;
    use proptest::prelude::*;

    /// A plan that replaces some spans of `old`.
    fn plan(old: &[u8], edits: &[(usize, usize, Vec<u8>)]) -> Option<Plan> {
        let at = |n: usize| Place::start(u64::try_from(n).unwrap());
        let splices = edits.iter().map(|(from, to, with)| Splice {
            from: at(*from),
            to: at(*to),
            len: u64::try_from(with.len()).unwrap(),
        });
        let with = |with: &Vec<u8>| With::Bytes(Bytes::from(with.clone()));
        let replacements =
            edits.iter().map(|(from, to, new)| Replacement { from: at(*from), to: at(*to), with: with(new) });
        let shape = Shape::new(splices.collect()).ok()?;
        Plan::new(u64::try_from(old.len()).unwrap(), shape, replacements.collect(), Strategy::Copy, "").ok()
    }

    proptest! {
        #[test]
        fn every_edit_is_taken_back(
            old in proptest::collection::vec(any::<u8>(), 30..60),
            edits in proptest::collection::vec((0..10_usize, 0..5_usize, proptest::collection::vec(any::<u8>(), 0..8)), 1..4),
        ) {
            let mut from = 0_usize;
            let edits: Vec<_> = edits.into_iter().map(|(skip, len, with)| {
                let start = usize::min(from.saturating_add(skip), old.len());
                let end = usize::min(start.saturating_add(len), old.len());
                from = end;
                (start, end, with)
            }).collect();
            let Some(plan) = plan(&old, &edits) else { return Ok(()) };
            let line = Line::planned(Path::new("/f"), &plan, &&old[..]).unwrap();
            let line: Line = serde_json::from_str(&serde_json::to_string(&line).unwrap()).unwrap();
            let new = plan.to_vec(&&old[..]).unwrap();
            prop_assert!(line.is_new(&&new[..]).unwrap());
            prop_assert!(line.is_old(&&old[..]).unwrap());
            prop_assert_eq!(line.back().unwrap().to_vec(&&new[..]).unwrap(), old);
        }
    }
}
