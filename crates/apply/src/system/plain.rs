//! What systems without ranges of files answer: no, and the caller goes the long way.

use super::kind::Kind;
use prkit_plan::Span;
use std::fs::File;
use std::io;

pub(crate) fn will_need(_: &File, _: &[Span]) {}

pub(crate) fn copy_range(_: &File, _: u64, _: &File, _: u64, _: u64) -> io::Result<Option<u64>> {
    Ok(None)
}

pub(crate) fn kind_of(_: &File) -> Kind {
    Kind::Other
}

pub(crate) fn room(_: &File) -> io::Result<u64> {
    Ok(u64::MAX)
}

pub(crate) fn allocate(_: &File, _: &[Span]) -> io::Result<bool> {
    Ok(false)
}

pub(crate) fn unshare(_: &File, _: &[Span]) -> io::Result<bool> {
    Ok(false)
}

pub(crate) fn insert_range(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn collapse_range(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
