//! Windows.

pub(crate) use super::plain::{
    allocate, collapse_range, copy_range, insert_range, kind_of, unshare, will_need,
};

use super::identity::Identity;
use same_file::Handle;
use std::ffi::OsString;
use std::fs::{File, FileTimes, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Pipes have names of their own there, which no folder lists.
pub(crate) fn without_waiting(_: &mut OpenOptions) {}

pub(crate) fn identity(metadata: &Metadata) -> Identity {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or((0, 0), |since| {
        (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), i64::from(since.subsec_nanos()))
    });
    Identity { inode: None, links: 1, len: metadata.len(), modified }
}

/// Whether a path names this open file: by volume and index, which need an open handle of both.
pub(crate) fn same_file(file: &File, path: &Path) -> io::Result<bool> {
    match Handle::from_path(path) {
        Ok(named) => Ok(Handle::from_file(file.try_clone()?)? == named),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// What this open file is, if the path names it: its identity would not tell.
pub(crate) fn named(file: &File, path: &Path) -> io::Result<Option<Metadata>> {
    if same_file(file, path)? { file.metadata().map(Some) } else { Ok(None) }
}

pub(crate) fn inode_of(_: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}

/// A name of a journal. One that is no Unicode does not come back whole, and its file is then not found.
pub(crate) fn os_name(bytes: &[u8]) -> OsString {
    OsString::from(String::from_utf8_lossy(bytes).into_owned())
}

pub(crate) fn read_exact_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
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

pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    let (mut bytes, mut at) = (bytes, at);
    while !bytes.is_empty() {
        match file.seek_write(bytes, at)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            n => {
                bytes = bytes.get(n..).unwrap_or_default();
                at = at.saturating_add(u64::try_from(n).unwrap_or(0));
            }
        }
    }
    Ok(())
}

pub(crate) fn shift_unit(_: &File) -> io::Result<u64> {
    Ok(4096)
}

pub(crate) fn is_sparse(metadata: &Metadata) -> bool {
    const FILE_ATTRIBUTE_SPARSE_FILE: u32 = 0x200;
    metadata.file_attributes() & FILE_ATTRIBUTE_SPARSE_FILE != 0
}

pub(crate) fn copy_attributes(from: &File, to: &File) -> io::Result<()> {
    to.set_permissions(from.metadata()?.permissions())
}

pub(crate) fn set_times(metadata: &Metadata, to: &File) -> io::Result<()> {
    let mut times = FileTimes::new();
    if let Ok(accessed) = metadata.accessed() {
        times = times.set_accessed(accessed);
    }
    if let Ok(modified) = metadata.modified() {
        times = times.set_modified(modified);
    }
    to.set_times(times)
}

pub(crate) fn usual_permissions(_: &mut tempfile::Builder<'_, '_>) {}

/// Windows makes names durable with their files.
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn sync_file_system(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// The C runtime allows at least so many, and nothing else limits them here.
pub fn allow_many_files() -> u64 {
    2048
}
