//! The bytes of a new file, copied and put, as long as nobody gives it up.

use crate::error::{Error, Result};
use crate::file::FileSource;
use crate::system;
use prkit_plan::{Plan, Segment, Source, Span, Watch};
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};

/// What is copied at a time where the kernel does not do it.
const BLOCK: u64 = 1024 * 1024;
/// What the kernel copies at a time: whoever gives a copy up waits for no more, a tenth of a second on a slow disk. A whole
/// number of blocks everywhere.
const MOST: u64 = 4 * 1024 * 1024;

/// Where kept bytes come from.
#[derive(Clone, Copy)]
pub(crate) enum Original<'a> {
    /// A file: bytes are copied inside the kernel where it can.
    File(&'a FileSource),
    /// Anything else.
    Bytes(&'a dyn Source),
}

impl Original<'_> {
    fn source(&self) -> &dyn Source {
        match self {
            Self::File(source) => *source,
            Self::Bytes(source) => *source,
        }
    }
}

/// Whether to go on.
pub(crate) fn not_cancelled(watch: &dyn Watch) -> Result<()> {
    if watch.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
}

/// Says that bytes were copied, and whether to go on.
pub(crate) fn went_on(watch: &dyn Watch, bytes: u64) -> io::Result<()> {
    watch.moved(bytes);
    if watch.is_cancelled() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
}

pub(crate) fn write(plan: &Plan, source: &Original<'_>, to: &File, watch: &dyn Watch) -> io::Result<()> {
    let mut to_at = 0_u64;
    // Asked once: a plan may keep a piece between every two fragments.
    let block = match source {
        Original::File(from) => from.abilities().block.max(1),
        Original::Bytes(_) => 1,
    };
    for (span, segment) in plan.placed() {
        if let (Segment::Keep(kept), Original::File(from)) = (segment, source) {
            copy(from, *kept, to, span.start(), block, watch)?;
        } else {
            let mut to = to;
            to.seek(SeekFrom::Start(to_at))?;
            plan.render(segment, source.source(), &mut |bytes| {
                to.write_all(bytes)?;
                went_on(watch, u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            })?;
        }
        to_at = span.end();
    }
    Ok(())
}

/// Copies inside the kernel where it can. File systems that share blocks (xfs, btrfs) do so from one block boundary to
/// another, when both files have the bytes at the same place in a block.
fn copy(
    from: &FileSource,
    span: Span,
    to: &File,
    to_at: u64,
    block: u64,
    watch: &dyn Watch,
) -> io::Result<()> {
    let (mut at, mut to_at) = (span.start(), to_at);
    let to_boundary = at.next_multiple_of(block).saturating_sub(at);
    let mut unaligned = if at.abs_diff(to_at).is_multiple_of(block) { to_boundary } else { 0 };
    while at < span.end() {
        let mut left = span.end().saturating_sub(at).min(MOST);
        if unaligned > 0 {
            left = left.min(unaligned);
        }
        match system::copy_range(from.file(), at, to, to_at, left)? {
            Some(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(copied) => {
                at = at.saturating_add(copied);
                unaligned = unaligned.saturating_sub(copied);
                to_at = to_at.saturating_add(copied);
                went_on(watch, copied)?;
            }
            None => return copy_by_hand(from, Span::new(at, span.end()), to, to_at, watch),
        }
    }
    Ok(())
}

fn copy_by_hand(
    from: &FileSource,
    span: Span,
    mut to: &File,
    to_at: u64,
    watch: &dyn Watch,
) -> io::Result<()> {
    to.seek(SeekFrom::Start(to_at))?;
    let mut buffer = Vec::new();
    for block in span.blocks(BLOCK) {
        from.read_at(block, &mut buffer)?;
        to.write_all(&buffer)?;
        went_on(watch, block.len())?;
    }
    Ok(())
}
