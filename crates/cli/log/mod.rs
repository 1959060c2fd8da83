//! The record of a run that changes many files: what it did, and every byte that it took away.
//!
//! ```text
//!   FILE             one JSON object a line, one line an input        append only
//!   FILE.begun-N     the lines of the group that a worker is about    written before its files are touched,
//!                    to carry out                                     emptied when they are in FILE
//! ```
//!
//! Whatever stops a run, each file that it changed is in one of the two: `--resume` moves a begun line to `FILE` where the
//! file is as the line says, and drops it where the file was not touched yet. So no old byte is lost and no line is there
//! twice. With `--sync none` that holds for kills; else for power failures too.

mod begun;
mod head;
mod line;
mod read;
mod resume;
mod write;

pub(crate) use begun::left_of;
pub(crate) use head::Head;
pub(crate) use line::Line;
pub(crate) use read::LogReader;
pub(crate) use resume::{Done, resume};
pub(crate) use write::Log;
