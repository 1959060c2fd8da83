//! One line of a log.

use super::head::FORMAT;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crc32c::{crc32c, crc32c_append};
use prkit_apply::Identity;
use prkit_plan::{Place, Plan, Replacement, Shape, Source, Span, Splice, Strategy, With};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::{Path, PathBuf};

mod old;
mod spans;

pub(in crate::log) use old::Old;
use spans::{Logged, begin, spans};

/// What a run did with one input.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The format of the line.
    pub schema: u32,
    /// The input's path, absolute.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// The same where it is no text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path_base64: Option<String>,
    /// The input's address, where it is an object of a store.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// The file that was written, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output: Option<String>,
    /// The same where it is no text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output_base64: Option<String>,
    /// The address of what was written, where that is another object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output_url: Option<String>,
    /// Whether bytes were replaced.
    pub changed: bool,
    /// How the edit was made to fit.
    pub strategy: Option<String>,
    /// The input as the run found it.
    pub before: Version,
    /// The file as the run left it.
    pub after: Version,
    /// What was replaced.
    pub spans: Vec<LoggedSpan>,
    /// Why it was not done.
    pub error: Option<String>,
    /// What changes together has one name, that of its first manifest, and its lines are one behind the other.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// Objects that were left as they were: the input is looked at again by `--resume`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<u64>,
    /// Its number in the log, which is written behind all else.
    #[serde(skip_serializing, default)]
    pub(super) n: Option<u64>,
}

/// Which version of a file is meant.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Version {
    /// Its length in bytes.
    pub size: u64,
    /// When it was last written to: seconds and nanoseconds.
    pub modified: Option<(i64, i64)>,
    /// Device and inode.
    pub inode: Option<(u64, u64)>,
    /// What its store knows the version by, where it is no file: entity tag and version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tag: Option<String>,
    /// SHA-256 of what is different between the two versions: for each span its ends, eight bytes each, and its bytes.
    pub sha256: Option<String>,
}

/// Bytes that were replaced, and by what. Everything between two of them was kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LoggedSpan {
    /// Where they stood in the old file.
    old: [u64; 2],
    /// What stands there in the new one.
    new: [u64; 2],
    /// The old bytes, in base64.
    bytes: String,
    /// Checksum of the old bytes.
    old_crc32c: u32,
    /// Checksum of the new bytes.
    new_crc32c: u32,
}

impl Line {
    /// Nothing was done with a file.
    pub fn new(path: &Path) -> Self {
        let (path, path_base64) = written(path);
        Self { path, path_base64, ..Self::nameless() }
    }

    /// Nothing was done with an object of a store.
    pub fn of_asset(url: &str) -> Self {
        Self { url: Some(url.to_owned()), ..Self::nameless() }
    }

    fn nameless() -> Self {
        Self {
            schema: FORMAT,
            path: None,
            path_base64: None,
            url: None,
            output: None,
            output_base64: None,
            output_url: None,
            changed: false,
            strategy: None,
            before: Version::default(),
            after: Version::default(),
            spans: Vec::new(),
            error: None,
            title: None,
            left: None,
            n: None,
        }
    }

    /// With what a plan is about to do, and the bytes that it takes away.
    ///
    /// # Errors
    ///
    /// Old bytes that cannot be read.
    pub fn planned(self, plan: &Plan, old: &dyn Source) -> io::Result<Self> {
        let Logged { spans, before, after } = spans(plan, old)?;
        let version = |size, digest: Sha256| Version {
            size,
            sha256: Some(crate::hex(&digest.finalize(), false)),
            ..Version::default()
        };
        Ok(Self {
            changed: true,
            strategy: Some(plan.strategy().name().to_owned()),
            before: version(plan.old_len(), before),
            after: version(plan.new_len(), after),
            spans,
            ..self
        })
    }

    /// With why it was not done.
    pub fn failed(self, error: &str) -> Self {
        Self { changed: false, error: Some(error.to_owned()), ..self }
    }

    /// With what it changes together with.
    pub fn of_title(self, title: Option<&str>) -> Self {
        Self { title: title.map(ToOwned::to_owned), ..self }
    }

    /// With how many objects are left as they were.
    pub fn leaving(self, left: Option<u64>) -> Self {
        Self { left, ..self }
    }

    /// With what the input was when it was opened.
    pub fn found_as(self, identity: Identity) -> Self {
        let before = self.before.of(identity);
        Self { before, ..self }
    }

    /// The input.
    pub fn path(&self) -> Option<PathBuf> {
        read(self.path.as_ref(), self.path_base64.as_ref())
    }

    /// What it is known by in reports and tables: the path of a file, the address of an object.
    pub fn name(&self) -> Option<PathBuf> {
        self.path().or_else(|| self.url.as_ref().map(PathBuf::from))
    }

    /// The file that was written, where that is another one.
    pub fn output(&self) -> Option<PathBuf> {
        read(self.output.as_ref(), self.output_base64.as_ref())
    }

    /// With the file that is written, where that is another one.
    pub fn into_file(self, output: Option<&Path>) -> Self {
        let (output, output_base64) = output.map(written).unwrap_or_default();
        Self { output, output_base64, ..self }
    }

    /// With the address of the object that is written, where that is another one.
    pub fn into_asset(self, output_url: Option<String>) -> Self {
        Self { output_url, ..self }
    }

    /// Whether something else than the input was written.
    pub const fn is_elsewhere(&self) -> bool {
        self.output.is_some() || self.output_base64.is_some() || self.output_url.is_some()
    }

    /// Whether the input itself was changed, or may have been.
    pub const fn is_to_take_back(&self) -> bool {
        !self.is_elsewhere() && !self.spans.is_empty()
    }

    /// With what an object was when it was opened.
    pub fn found_in_store(self, version: &prkit_plan::Version) -> Self {
        let before = self.before.in_store(version);
        Self { before, ..self }
    }

    /// With what the object that was written is now.
    pub fn left_in_store(self, version: &prkit_plan::Version) -> Self {
        let after = self.after.in_store(version);
        Self { after, ..self }
    }

    /// With what the file is now.
    pub fn left_as(self, identity: Identity) -> Self {
        let after = self.after.of(identity);
        Self { after, ..self }
    }

    /// Whether a file is as the run left it, as far as it was changed.
    pub fn is_new(&self, file: &dyn Source) -> io::Result<bool> {
        self.is(file, &self.after, |span| (span.new, span.new_crc32c))
    }

    /// Whether a file is as the run found it, as far as it was changed.
    pub fn is_old(&self, file: &dyn Source) -> io::Result<bool> {
        self.is(file, &self.before, |span| (span.old, span.old_crc32c))
    }

    fn is(
        &self,
        file: &dyn Source,
        version: &Version,
        part: impl Fn(&LoggedSpan) -> ([u64; 2], u32),
    ) -> io::Result<bool> {
        if file.len() != version.size {
            return Ok(false);
        }
        let mut buffer = Vec::new();
        let mut digest = Sha256::new();
        for ([from, to], expected) in self.spans.iter().map(part) {
            if from > to || to > version.size {
                return Ok(false);
            }
            let mut crc = 0;
            begin(&mut digest, from, to);
            for block in Span::new(from, to).blocks(prkit_plan::BLOCK) {
                file.read_at(block, &mut buffer)?;
                crc = crc32c_append(crc, &buffer);
                digest.update(&buffer);
            }
            if crc != expected {
                return Ok(false);
            }
        }
        // Logs of format 1 have none.
        let digest = crate::hex(&digest.finalize(), false);
        Ok(version.sha256.as_ref().is_none_or(|expected| *expected == digest))
    }

    /// The plan that takes the edit back; `None` where the line contradicts itself.
    pub fn back(&self) -> Option<Plan> {
        let replacement = |span: &LoggedSpan| {
            let [from, to] = span.new;
            let with = With::Bytes(span.bytes()?);
            (from <= to).then_some(Replacement { from: Place::start(from), to: Place::start(to), with })
        };
        let replacements: Vec<Replacement> = self.spans.iter().map(replacement).collect::<Option<_>>()?;
        let splices = self.spans.iter().zip(&replacements).map(|(span, replacement)| {
            let [from, to] = span.old;
            Splice { from: replacement.from, to: replacement.to, len: to.saturating_sub(from) }
        });
        let shape = Shape::new(splices.collect()).ok()?;
        // How it is carried out, the file decides that it is for.
        let strategy = if self.after.size == self.before.size { Strategy::Same } else { Strategy::Copy };
        let why = "the log says what was there before";
        let plan = Plan::new(self.after.size, shape, replacements, strategy, why).ok()?;
        (plan.new_len() == self.before.size).then_some(plan)
    }
}

impl Version {
    fn of(&self, identity: Identity) -> Self {
        let Identity { inode, links: _, len, modified } = identity;
        Self { size: len, modified: Some(modified), inode, tag: None, sha256: self.sha256.clone() }
    }

    fn in_store(&self, version: &prkit_plan::Version) -> Self {
        Self {
            size: version.len,
            tag: Some(version.tag.clone()),
            sha256: self.sha256.clone(),
            ..Self::default()
        }
    }
}

impl LoggedSpan {
    /// The old bytes; `None` where they are not those that were written down.
    fn bytes(&self) -> Option<Bytes> {
        let bytes = STANDARD.decode(&self.bytes).ok()?;
        let [from, to] = self.old;
        let is_whole =
            to.checked_sub(from) == u64::try_from(bytes.len()).ok() && crc32c(&bytes) == self.old_crc32c;
        is_whole.then(|| bytes.into())
    }
}

/// A path as text, or as base64 where it is none.
fn written(path: &Path) -> (Option<String>, Option<String>) {
    match path.to_str() {
        Some(text) => (Some(text.to_owned()), None),
        None => (None, Some(STANDARD.encode(path.as_os_str().as_encoded_bytes()))),
    }
}

/// A path that is seen from nowhere in particular; others are none.
fn read(text: Option<&String>, base64: Option<&String>) -> Option<PathBuf> {
    let path = match (text, base64) {
        (Some(text), _) => Some(PathBuf::from(text)),
        (None, Some(base64)) => os_path(STANDARD.decode(base64).ok()?),
        (None, None) => None,
    };
    path.filter(|path| path.is_absolute())
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
            let line = Line::new(Path::new("/f")).planned(&plan, &&old[..]).unwrap();
            let line: Line = serde_json::from_str(&serde_json::to_string(&line).unwrap()).unwrap();
            let new = plan.to_vec(&&old[..]).unwrap();
            prop_assert!(line.is_new(&&new[..]).unwrap());
            prop_assert!(line.is_old(&&old[..]).unwrap());
            prop_assert_eq!(line.back().unwrap().to_vec(&&new[..]).unwrap(), old);
        }
    }
}
