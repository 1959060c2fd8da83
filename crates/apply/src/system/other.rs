//! Systems without the calls of Unix: the same promises, made with what the standard library has.

use crate::file::Identity;
use prkit_plan::Span;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

pub(crate) fn without_waiting(_: &mut OpenOptions) {}

pub(crate) fn identity(metadata: &Metadata) -> Identity {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or((0, 0), |since| {
        (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), i64::from(since.subsec_nanos()))
    });
    Identity { inode: None, links: 1, len: metadata.len(), modified }
}

pub(crate) fn read_exact_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    #[cfg(windows)]
    {
        use std::os::windows::fs::FileExt as _;
        let (mut into, mut at) = (into, at);
        while !into.is_empty() {
            match file.seek_read(into, at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => {
                    into = into.get_mut(n..).unwrap_or_default();
                    at = at.saturating_add(u64::try_from(n).unwrap_or(0));
                }
            }
        }
        Ok(())
    }
    #[cfg(not(windows))]
    {
        let mut file = file;
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(into)
    }
}

pub(crate) fn will_need(_: &File, _: &[Span]) {}

pub(crate) fn copy_range(_: &File, _: u64, _: &File, _: u64, _: u64) -> io::Result<Option<u64>> {
    Ok(None)
}

pub(crate) fn copy_ownership(from: &File, to: &File) -> io::Result<()> {
    to.set_permissions(from.metadata()?.permissions())
}

pub(crate) fn usual_permissions(_: &mut tempfile::Builder<'_, '_>) {}

/// Windows makes renames durable with the file.
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
