//! The record of a run that changes many files: what it did, and every byte that it took away.
//!
//! ```text
//!   FILE             head · one line an input … · end      append only; each line with its number and a code   seal.rs
//!   FILE.begun-N     the lines of the group that a worker  written before its files are touched,
//!                    is about to carry out                 emptied when they are in FILE
//! ```
//!
//! Whatever stops a run, each file that it changed is in one of the two: `--resume` moves a begun line to `FILE` where the
//! file is as the line says, and drops it where the file was not touched yet. So no old byte is lost and no line is there
//! twice. With `--sync none` that holds for kills; else for power failures too.
//!
//! A record may be kept in a store instead (`stored.rs`): an object for every edit, made before it. Objects of stores tell
//! themselves which runs edited them, so what was begun there needs no second line.
//!
//! Both are input when they are read again (`own.rs`): what is not as it was written is named, and nothing is done with it.

mod asked;
mod begun;
mod error;
mod head;
mod ledger;
mod line;
mod own;
mod read;
mod resume;
mod seal;
mod stored;
mod write;

pub use asked::{Ask, Asked};
pub use begun::left_of;
pub use error::{Damage, Distrust, LogError};
pub use ledger::Ledger;
pub use line::Line;
pub use read::LogReader;
pub use resume::{Done, Settle, Unsettled, resume};
pub use stored::{StoreLog, StoreLogReader};
pub use write::{Begun, Log};

use write::End;
