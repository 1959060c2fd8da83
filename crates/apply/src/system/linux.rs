//! Linux: ranges of files, and file systems by name.

pub use super::unix::allow_many_files;
pub(crate) use super::unix::{
    FLUSHES_ALL, identity, is_link, is_unsupported, look, os_name, own_user, read_exact_at, set_times,
    shift_unit, sync_folder, without_waiting, write_all_at,
};

use super::kind::Kind;
use super::unix::{copy_extended_attributes, copy_owner_and_mode};
use prkit_plan::Span;
use rustix::fs::{FallocateFlags, Mode, OFlags, RenameFlags, ResolveFlags};
use rustix::io::{Errno, retry_on_intr};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::num::NonZeroU64;
use std::os::fd::OwnedFd;
use std::path::Path;

/// How folders on the way are opened: to pass through them is all that is asked.
pub(super) const THROUGH: OFlags = OFlags::PATH;

/// Opens a path below a folder in one call that follows no link; `None` where the kernel, or what guards it, has none.
pub(super) fn open_at_once(folder: &OwnedFd, path: &Path, flags: OFlags) -> Option<io::Result<OwnedFd>> {
    let how = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match retry_on_intr(|| rustix::fs::openat2(folder, path, flags, Mode::empty(), how)) {
        // Somebody renames folders: step by step it comes to an end.
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => None,
        opened => Some(opened.map_err(io::Error::from)),
    }
}

/// Gives a file a name that is free; `None` where the file system cannot in one call.
pub(super) fn rename_to_free(folder: &OwnedFd, from: &OsStr, to: &OsStr) -> Option<io::Result<()>> {
    match rustix::fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
        Err(Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP) => None,
        renamed => Some(renamed.map_err(io::Error::from)),
    }
}

/// Asks for pages ahead of reading them. Refusals do not matter.
pub(crate) fn will_need(file: &File, spans: &[Span]) {
    let ends = [spans.first(), spans.get(spans.len().div_euclid(2)), spans.last()];
    if spans.len() > ends.len() && ends.into_iter().flatten().all(|span| is_in_memory(file, span.start())) {
        // So are the others, nearly always: three calls instead of one each.
        return;
    }
    for span in spans {
        let len = NonZeroU64::new(span.len());
        let _ = rustix::fs::fadvise(file, span.start(), len, rustix::fs::Advice::WillNeed);
    }
}

/// Whether the page of a byte can be read without waiting for the disk. Where the system cannot say, it is taken for no.
fn is_in_memory(file: &File, at: u64) -> bool {
    let mut byte = [0];
    let read =
        rustix::io::preadv2(file, &mut [IoSliceMut::new(&mut byte)], at, rustix::io::ReadWriteFlags::NOWAIT);
    read == Ok(1)
}

/// Copies up to `len` bytes inside the kernel; `None` where it cannot and the caller has to.
pub(crate) fn copy_range(from: &File, at: u64, to: &File, to_at: u64, len: u64) -> io::Result<Option<u64>> {
    let (mut at, mut to_at) = (at, to_at);
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let copied =
        retry_on_intr(|| rustix::fs::copy_file_range(from, Some(&mut at), to, Some(&mut to_at), len));
    match copied {
        Ok(copied) => Ok(Some(u64::try_from(copied).unwrap_or(0))),
        Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What the file system calls itself: 32 bits in a word that is signed and wide on some machines and not on others.
#[allow(clippy::useless_conversion, reason = "the word's type depends on the machine")]
pub(crate) fn kind_of(file: &File) -> Kind {
    let Ok(stat) = rustix::fs::fstatfs(file) else { return Kind::Other };
    match i64::from(stat.f_type) & 0xFFFF_FFFF {
        0xEF53 => Kind::Ext4,
        0x5846_5342 => Kind::Xfs,
        0x9123_683E => Kind::Btrfs,
        0x0102_1994 => Kind::Memory,
        _ => Kind::Other,
    }
}

/// Bytes that may still be stored on its file system.
pub(crate) fn room(file: &File) -> io::Result<u64> {
    let stat = rustix::fs::fstatvfs(file)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Allocates blocks; `false` where that is not known.
pub(crate) fn allocate(file: &File, spans: &[Span]) -> io::Result<bool> {
    each_range(file, spans, FallocateFlags::KEEP_SIZE)
}

/// Gives shared blocks copies of their own, and holes blocks; `false` where that is not known.
pub(crate) fn unshare(file: &File, spans: &[Span]) -> io::Result<bool> {
    let unshare = FallocateFlags::UNSHARE_RANGE | FallocateFlags::KEEP_SIZE;
    Ok(each_range(file, spans, unshare)? || allocate(file, spans)?)
}

fn each_range(file: &File, spans: &[Span], flags: FallocateFlags) -> io::Result<bool> {
    for span in spans {
        match retry_on_intr(|| rustix::fs::fallocate(file, flags, span.start(), span.len())) {
            Ok(()) => {}
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Inserts whole blocks of zeros.
pub(crate) fn insert_range(file: &File, at: u64, len: u64) -> io::Result<()> {
    Ok(retry_on_intr(|| rustix::fs::fallocate(file, FallocateFlags::INSERT_RANGE, at, len))?)
}

/// Takes whole blocks out.
pub(crate) fn collapse_range(file: &File, at: u64, len: u64) -> io::Result<()> {
    Ok(retry_on_intr(|| rustix::fs::fallocate(file, FallocateFlags::COLLAPSE_RANGE, at, len))?)
}

/// Gives `to` what `from` has beside its bytes: mode, owner where that is allowed, extended attributes.
pub(crate) fn copy_attributes(from: &File, to: &File) -> io::Result<()> {
    copy_owner_and_mode(from, to, || copy_extended_attributes(from, to))
}

/// Makes everything on the file system of an open file durable.
pub(crate) fn sync_file_system(file: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(file)?)
}
