//! Lines of format 1, which says nothing of how they were written.

use super::{Line, LoggedSpan, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc32c::crc32c;
use serde::Deserialize;

/// A line of a log of format 1.
#[derive(Deserialize)]
pub(in crate::log) struct Old {
    path: Option<String>,
    path_base64: Option<String>,
    output: Option<String>,
    output_base64: Option<String>,
    changed: bool,
    #[serde(default)]
    strategy: Option<String>,
    #[serde(default)]
    size_before: u64,
    #[serde(default)]
    size_after: u64,
    #[serde(default)]
    modified: Option<(i64, i64)>,
    #[serde(default)]
    spans: Vec<OldSpan>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
struct OldSpan {
    old: [u64; 2],
    new: [u64; 2],
    bytes: String,
    crc32c: u32,
}

impl From<Old> for Line {
    fn from(old: Old) -> Self {
        let Old { path, path_base64, output, output_base64, changed, strategy, error, .. } = old;
        let version = |size, modified| Version { size, modified, ..Version::default() };
        let spans = old.spans.into_iter().map(|OldSpan { old, new, bytes, crc32c: new_crc32c }| LoggedSpan {
            old,
            new,
            old_crc32c: STANDARD.decode(&bytes).map_or(0, |bytes| crc32c(&bytes)),
            new_crc32c,
            bytes,
        });
        Self {
            schema: 1,
            path,
            path_base64,
            output,
            output_base64,
            changed,
            strategy,
            before: version(old.size_before, None),
            after: version(old.size_after, old.modified),
            spans: spans.collect(),
            error,
            ..Self::nameless()
        }
    }
}
