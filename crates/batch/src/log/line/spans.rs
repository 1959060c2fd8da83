//! What a plan takes away, as a line of the log has it.

use super::LoggedSpan;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc32c::{crc32c, crc32c_append};
use prkit_plan::{Plan, Segment, Source, Span};
use sha2::{Digest as _, Sha256};
use std::io;

/// What a digest takes in of a span before its bytes.
pub(super) fn begin(digest: &mut Sha256, from: u64, to: u64) {
    digest.update(from.to_be_bytes());
    digest.update(to.to_be_bytes());
}

/// What becomes of a file, as the log has it.
pub(super) struct Logged {
    pub(super) spans: Vec<LoggedSpan>,
    pub(super) before: Sha256,
    pub(super) after: Sha256,
}

/// The bytes of the old file that a plan does not keep.
pub(super) fn spans(plan: &Plan, old: &dyn Source) -> io::Result<Logged> {
    let logged = Logged { spans: Vec::new(), before: Sha256::new(), after: Sha256::new() };
    let mut gaps = Gaps { logged, old_at: 0, new_at: 0, put: Vec::new() };
    for (new, segment) in plan.placed() {
        match segment {
            Segment::Keep(kept) => {
                gaps.close(plan, old, kept.start(), new.start())?;
                (gaps.old_at, gaps.new_at) = (kept.end(), new.end());
            }
            Segment::Put(_) | Segment::Table(_) => gaps.put.push(segment),
        }
    }
    gaps.close(plan, old, plan.old_len(), plan.new_len())?;
    Ok(gaps.logged)
}

/// What stands between two kept spans.
struct Gaps<'p> {
    logged: Logged,
    old_at: u64,
    new_at: u64,
    put: Vec<&'p Segment>,
}

impl Gaps<'_> {
    fn close(&mut self, plan: &Plan, source: &dyn Source, old_end: u64, new_end: u64) -> io::Result<()> {
        let (old, new) = (Span::new(self.old_at, old_end), Span::new(self.new_at, new_end));
        let put = core::mem::take(&mut self.put);
        if old.is_empty() && new.is_empty() {
            return Ok(());
        }
        let Logged { spans, before, after } = &mut self.logged;
        let mut bytes = Vec::new();
        source.read_at(old, &mut bytes)?;
        begin(before, old.start(), old.end());
        before.update(&bytes);
        begin(after, new.start(), new.end());
        let mut new_crc32c = 0;
        for segment in put {
            plan.render(segment, source, &mut |bytes| {
                new_crc32c = crc32c_append(new_crc32c, bytes);
                after.update(bytes);
                Ok(())
            })?;
        }
        spans.push(LoggedSpan {
            old: [old.start(), old.end()],
            new: [new.start(), new.end()],
            old_crc32c: crc32c(&bytes),
            new_crc32c,
            bytes: STANDARD.encode(bytes),
        });
        Ok(())
    }
}
