//! The redo journal. All integers are little-endian.
//!
//! ```text
//!   0      ┌────────────┬───────┬────────────┬──────────────┬──────────┬─────────┬ zeros ┐
//!          │ "PRKITJ02" │ state │ header crc │ body length  │ body crc │ entries │       │
//!          └────────────┴───────┴────────────┴──────────────┴──────────┴─────────┴───────┘
//!           8            4       4            8              4          4           one sector
//!   512    ┌ entry: name, inode, old and new length, shift, samples, bytes the shift destroys
//!          │ record: at, length, bytes before, bytes after      ─┐
//!          │ record …                                            │ in coordinates of the shifted file
//!          └ end of the entry                                   ─┘
//!          ┌ entry …
//! ```
//!
//! A journal of several folders (`root/`) begins with the folders that point to it, and ends with the new files that wait
//! for their names, each with the pieces that it consists of; the names of its entries are paths below its own folder. Those of other journals are names in it.
//!
//! The magic number comes first, the rest of the header last. A journal is whole when its header and body have the right
//! checksums: then everything in it is durable, and a file may have been touched. The state is a word of its own: `new `,
//! then `open`, `done`, `undo`; turning it is one store into one sector.
//! So is the first byte of an entry, which says that its file is finished while another one of the group is not; the
//! checksum does not look at it.

mod read;
mod write;

pub(crate) use read::Reading;
pub(crate) use write::Writer;

use super::shift::Shift;
use super::storage::Log;
use prkit_plan::Span;
use std::io;

const MAGIC: &[u8; 8] = b"PRKITJ02";
/// What the magic numbers of all versions begin with.
const MAGIC_OF_ALL: &[u8] = b"PRKITJ";
const STATE_AT: u64 = 8;
const BODY_AT: u64 = 512;

const ENTRY: u8 = b'E';
const FINISHED_ENTRY: u8 = b'D';
const RECORD: u8 = b'R';
const END_OF_ENTRY: u8 = b'X';
const FOLDERS: u8 = b'F';
const MOVE: u8 = b'M';
const KEPT: u8 = b'K';
const PUT: u8 = b'P';

/// No record is longer, so that reading one costs no more.
pub(crate) const MAX_RECORD: u64 = 64 * 1024;
/// Longer names do not exist.
const MAX_NAME: u16 = 4096;
/// How many sample blocks an entry has at most.
pub(crate) const MAX_SAMPLES: u16 = 64;
/// How many folders one journal reaches at most.
const MAX_FOLDERS: u32 = 100_000;
/// Bytes of a sample block.
pub(crate) const SAMPLE: u64 = 4096;

/// What is to be done with the files of a journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// The edit goes on to its end.
    Open,
    /// Everything is durable in the files: the journal says nothing any more.
    Done,
    /// The edit is being taken back.
    Undo,
}

impl State {
    const fn word(self) -> [u8; 4] {
        match self {
            Self::Open => *b"open",
            Self::Done => *b"done",
            Self::Undo => *b"undo",
        }
    }
}

/// The edit of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    /// Its name in the journal's folder.
    pub(crate) name: Vec<u8>,
    pub(crate) inode: u64,
    pub(crate) old_len: u64,
    pub(crate) new_len: u64,
    pub(crate) shift: Shift,
    /// Some blocks of the old file that no record touches: they tell whether a shift happened.
    pub(crate) samples: Vec<Sample>,
}

/// A block of the old file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sample {
    pub(crate) old: Span,
    pub(crate) crc: u32,
}

/// An entry of a journal that was read, and where the rest of it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    pub(crate) entry: Entry,
    /// Where it begins.
    at: u64,
    /// Where the bytes stand that the shift destroys.
    lost: Span,
    /// Where its records stand.
    records: Span,
}

/// A new file that takes the name of an old one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Move {
    /// The path of the old one below the journal's folder.
    pub(crate) name: Vec<u8>,
    /// The name of the complete new file in the same folder, until it has the other one.
    pub(crate) new: Vec<u8>,
    /// That of the old file once more, until everything is done.
    pub(crate) kept: Vec<u8>,
    /// Length and inode of the old file.
    pub(crate) old_len: u64,
    pub(crate) old_inode: u64,
    /// Inode of the new file.
    pub(crate) new_inode: u64,
    /// Inode of `kept`: that of the old file, or of a copy where files have one name only.
    pub(crate) kept_inode: u64,
    /// Where, in a journal that was read, the pieces are that the new file consists of.
    pub(crate) pieces: Span,
}

/// A piece of a new file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// Bytes of the old file.
    Kept(Span),
    /// Other bytes.
    Put(Vec<u8>),
}

/// Bytes before and after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Record {
    pub(crate) at: u64,
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

impl Record {
    /// Where its bytes end.
    pub(crate) fn end(&self) -> u64 {
        self.at.saturating_add(u64::try_from(self.after.len()).unwrap_or(u64::MAX))
    }
}

/// A journal that was written completely.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Journal {
    pub(crate) state: State,
    /// The files that are not finished.
    pub(crate) entries: Vec<Found>,
    /// The folders that point to it, where it is about files of several: then all of them or none.
    pub(crate) folders: Option<Vec<Vec<u8>>>,
    pub(crate) moves: Vec<Move>,
}

impl Journal {
    /// What it calls the files that it is about.
    pub(crate) fn names(&self) -> impl Iterator<Item = &[u8]> {
        let stored = self.entries.iter().map(|found| &found.entry.name[..]);
        stored.chain(self.moves.iter().map(|one| &one.name[..]))
    }
}

/// Turns the state of a journal; durable after the next flush.
pub(crate) fn mark(log: &mut dyn Log, state: State) -> io::Result<()> {
    log.write_at(STATE_AT, &state.word())
}

/// Says in a journal that the file of an entry is finished, whatever becomes of the others; durable after the next flush.
pub(crate) fn mark_finished(log: &mut dyn Log, found: &Found) -> io::Result<()> {
    log.write_at(found.at, &[FINISHED_ENTRY])
}
