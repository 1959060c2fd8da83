//! The redo journal. All integers are little-endian.
//!
//! ```text
//!   0      ┌────────────┬───────┬────────────┬──────────────┬──────────┬─────────┬ zeros ┐
//!          │ "PRKITJ01" │ state │ header crc │ body length  │ body crc │ entries │       │
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
//! for their names; the names of its entries are paths seen from its own folder.
//!
//! A journal counts when its header and body have the right checksums: then everything in it is durable, and a file may
//! have been touched. The state is a word of its own: `open`, `done`, `undo`; turning it is one store into one sector.
//! So is the first byte of an entry, which says that its file is finished while another one of the group is not; the
//! checksum does not look at it.

use super::shift::Shift;
use super::storage::Log;
use crc32c::{crc32c, crc32c_append};
use prkit_plan::Span;
use std::io;

const MAGIC: &[u8; 8] = b"PRKITJ01";
const STATE_AT: u64 = 8;
const BODY_AT: u64 = 512;
const HEADER_LEN: usize = 32;

const ENTRY: u8 = b'E';
const FINISHED_ENTRY: u8 = b'D';
const RECORD: u8 = b'R';
const END_OF_ENTRY: u8 = b'X';
const FOLDERS: u8 = b'F';
const MOVE: u8 = b'M';

/// No record is longer, so that reading one costs no more.
pub(crate) const MAX_RECORD: u64 = 64 * 1024;
/// What is collected before it is written.
const BUFFER: usize = 256 * 1024;
/// Longer names do not exist.
const MAX_NAME: u16 = 4096;
/// How many sample blocks an entry has at most.
pub(crate) const MAX_SAMPLES: u16 = 64;
/// How many folders one journal reaches at most.
const MAX_FOLDERS: u32 = 100_000;

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

/// A new file that takes the name of an old one. Paths are seen from the journal's folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Move {
    pub(crate) name: Vec<u8>,
    /// The complete new file, until it has the name.
    pub(crate) new: Vec<u8>,
    /// The old file once more, until everything is done.
    pub(crate) kept: Vec<u8>,
    /// Length and inode of the old file.
    pub(crate) old_len: u64,
    pub(crate) old_inode: u64,
    /// Inode of the new file.
    pub(crate) new_inode: u64,
    /// Inode of `kept`: that of the old file, or of a copy where files have one name only.
    pub(crate) kept_inode: u64,
}

/// Bytes before and after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Record {
    pub(crate) at: u64,
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

/// Writes a journal.
pub(crate) struct Writer<'l> {
    log: &'l mut dyn Log,
    buffer: Vec<u8>,
    at: u64,
    crc: u32,
    entries: u32,
}

impl<'l> Writer<'l> {
    pub(crate) const fn new(log: &'l mut dyn Log) -> Self {
        Self { log, buffer: Vec::new(), at: BODY_AT, crc: 0, entries: 0 }
    }

    /// The folders that point to this journal; comes first.
    pub(crate) fn folders(&mut self, folders: &[Vec<u8>]) -> io::Result<()> {
        self.entries = self.entries.saturating_add(1);
        let count = u32::try_from(folders.len()).ok().filter(|count| *count <= MAX_FOLDERS);
        self.put(&[FOLDERS])?;
        self.put(&count.ok_or(io::ErrorKind::InvalidInput)?.to_le_bytes())?;
        folders.iter().try_for_each(|folder| self.name(folder))
    }

    /// A new file that waits for its name.
    pub(crate) fn renaming(&mut self, renaming: &Move) -> io::Result<()> {
        self.entries = self.entries.saturating_add(1);
        self.put(&[MOVE])?;
        for name in [&renaming.name, &renaming.new, &renaming.kept] {
            self.name(name)?;
        }
        let Move { old_len, old_inode, new_inode, kept_inode, .. } = renaming;
        [old_len, old_inode, new_inode, kept_inode]
            .iter()
            .try_for_each(|number| self.put(&number.to_le_bytes()))
    }

    fn name(&mut self, name: &[u8]) -> io::Result<()> {
        let len = u16::try_from(name.len()).ok().filter(|len| *len <= MAX_NAME);
        self.put(&len.ok_or(io::ErrorKind::InvalidFilename)?.to_le_bytes())?;
        self.put(name)
    }

    /// Begins an entry; `lost` are the bytes that its shift destroys, handed over with [`lost`](Self::lost).
    pub(crate) fn entry(&mut self, entry: &Entry, lost: u64) -> io::Result<()> {
        self.entries = self.entries.saturating_add(1);
        let (kind, at, len) = match entry.shift {
            Shift::None => (0_u8, 0, 0),
            Shift::Insert { at, len } => (1, at, len),
            Shift::Collapse { at, len } => (2, at, len),
            Shift::Resize => (3, 0, 0),
        };
        self.put(&[ENTRY])?;
        self.name(&entry.name)?;
        for number in [entry.inode, entry.old_len, entry.new_len, u64::from(kind), at, len] {
            self.put(&number.to_le_bytes())?;
        }
        let count = u16::try_from(entry.samples.len()).unwrap_or(u16::MAX);
        self.put(&count.to_le_bytes())?;
        for sample in entry.samples.iter().take(usize::from(count)) {
            self.put(&sample.old.start().to_le_bytes())?;
            self.put(&sample.old.end().to_le_bytes())?;
            self.put(&sample.crc.to_le_bytes())?;
        }
        self.put(&lost.to_le_bytes())
    }

    /// A piece of the bytes that the shift destroys, in order.
    pub(crate) fn lost(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes)
    }

    pub(crate) fn record(&mut self, at: u64, before: &[u8], after: &[u8]) -> io::Result<()> {
        let len = u32::try_from(after.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        if before.len() != after.len() || u64::from(len) > MAX_RECORD {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.put(&[RECORD])?;
        self.put(&at.to_le_bytes())?;
        self.put(&len.to_le_bytes())?;
        self.put(before)?;
        self.put(after)
    }

    pub(crate) fn end_of_entry(&mut self) -> io::Result<()> {
        self.put(&[END_OF_ENTRY])
    }

    /// Writes what is left, then the header that makes it count.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.write()?;
        let body_len = self.at.saturating_sub(BODY_AT);
        let mut tail = Vec::with_capacity(16);
        tail.extend_from_slice(&body_len.to_le_bytes());
        tail.extend_from_slice(&self.crc.to_le_bytes());
        tail.extend_from_slice(&self.entries.to_le_bytes());
        let mut header = Vec::with_capacity(512);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&State::Open.word());
        header.extend_from_slice(&crc32c(&tail).to_le_bytes());
        header.extend_from_slice(&tail);
        header.resize(512, 0);
        self.log.write_at(0, &header)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        self.log.write_at(self.at, &self.buffer)?;
        self.crc = crc32c_append(self.crc, &self.buffer);
        self.at = self.at.saturating_add(u64::try_from(self.buffer.len()).unwrap_or(u64::MAX));
        self.buffer.clear();
        Ok(())
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
    /// Reads a journal; `None` when it was not written to its end, and no file was touched under it.
    pub(crate) fn read(log: &dyn Log) -> io::Result<Option<Self>> {
        let len = log.len()?;
        let mut header = [0; HEADER_LEN];
        if len < BODY_AT {
            return Ok(None);
        }
        log.read_at(0, &mut header)?;
        let Some(header) = Header::parse(&header).filter(|h| h.body_len <= len.saturating_sub(BODY_AT))
        else {
            return Ok(None);
        };
        let journal = Self::body(log, &header)?;
        if header.state == State::Done {
            // Its files need nothing; what it lists may lie around still.
            let done = Self { state: State::Done, entries: Vec::new(), folders: None, moves: Vec::new() };
            return Ok(Some(journal.unwrap_or(done)));
        }
        Ok(journal)
    }

    fn body(log: &dyn Log, header: &Header) -> io::Result<Option<Self>> {
        let mut cursor = Cursor::new(log, Span::new(BODY_AT, BODY_AT.saturating_add(header.body_len)));
        let mut journal = Self { state: header.state, entries: Vec::new(), folders: None, moves: Vec::new() };
        for _ in 0..header.entries {
            let at = cursor.at;
            let is_read = match cursor.tag()? {
                Some(ENTRY) => cursor.entry(at)?.map(|found| journal.entries.push(found)),
                Some(FINISHED_ENTRY) => cursor.entry(at)?.map(|_| ()),
                Some(FOLDERS) => cursor.folders()?.map(|folders| journal.folders = Some(folders)),
                Some(MOVE) => cursor.renaming()?.map(|renaming| journal.moves.push(renaming)),
                _ => None,
            };
            if is_read.is_none() {
                return Ok(None);
            }
        }
        let whole = cursor.at == cursor.end && cursor.crc == header.crc;
        Ok(whole.then_some(journal))
    }
}

impl Found {
    /// Calls `each` for every record, in order.
    pub(crate) fn records(
        &self,
        log: &dyn Log,
        each: &mut dyn FnMut(Record) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut cursor = Cursor::new(log, self.records);
        while cursor.at < cursor.end {
            let tag = cursor.take()?;
            match cursor.record()?.filter(|_| tag == Some([RECORD])) {
                Some(record) => each(record)?,
                None => return Err(io::Error::other("the journal changed while it was read")),
            }
        }
        Ok(())
    }

    /// Calls `each` for pieces of what the shift destroyed, with their offsets in the old file.
    pub(crate) fn lost(
        &self,
        log: &dyn Log,
        each: &mut dyn FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let old = self.entry.shift.lost(self.entry.old_len, self.entry.new_len);
        let mut buffer = Vec::new();
        for (piece, at) in self.lost.blocks(MAX_RECORD).zip(old.blocks(MAX_RECORD)) {
            buffer.resize(usize::try_from(piece.len()).unwrap_or(0), 0);
            log.read_at(piece.start(), &mut buffer)?;
            each(at.start(), &buffer)?;
        }
        Ok(())
    }
}

struct Header {
    state: State,
    body_len: u64,
    crc: u32,
    entries: u32,
}

impl Header {
    fn parse(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (state, rest) = rest.split_first_chunk::<4>()?;
        let (header_crc, tail) = rest.split_first_chunk()?;
        if magic != MAGIC || crc32c(tail) != u32::from_le_bytes(*header_crc) {
            return None;
        }
        let state =
            [State::Open, State::Done, State::Undo].into_iter().find(|known| known.word() == *state)?;
        let (body_len, rest) = tail.split_first_chunk()?;
        let (crc, rest) = rest.split_first_chunk()?;
        Some(Self {
            state,
            body_len: u64::from_le_bytes(*body_len),
            crc: u32::from_le_bytes(*crc),
            entries: u32::from_le_bytes(*rest.first_chunk()?),
        })
    }
}

/// Reads a body in order.
struct Cursor<'l> {
    log: &'l dyn Log,
    at: u64,
    end: u64,
    crc: u32,
    /// What was read ahead, and where it begins.
    window: Vec<u8>,
    window_at: u64,
}

impl<'l> Cursor<'l> {
    const fn new(log: &'l dyn Log, span: Span) -> Self {
        Self { log, at: span.start(), end: span.end(), crc: 0, window: Vec::new(), window_at: 0 }
    }

    /// The next bytes; `None` where there are not so many.
    fn slice(&mut self, len: u64) -> io::Result<Option<&[u8]>> {
        if len > self.end.saturating_sub(self.at) || len > MAX_RECORD {
            return Ok(None);
        }
        let ahead = |cursor: &Self| {
            let start = usize::try_from(cursor.at.checked_sub(cursor.window_at)?).ok()?;
            Some(start..start.checked_add(usize::try_from(len).ok()?)?)
        };
        let mut range = ahead(self);
        if range.as_ref().is_none_or(|range| range.end > self.window.len()) {
            let most = self.end.saturating_sub(self.at).min(MAX_RECORD.saturating_mul(2));
            self.window.resize(usize::try_from(most).unwrap_or(0), 0);
            self.window_at = self.at;
            self.log.read_at(self.at, &mut self.window)?;
            range = ahead(self);
        }
        let bytes = range.and_then(|range| self.window.get(range)).unwrap_or_default();
        self.at = self.at.saturating_add(len);
        self.crc = crc32c_append(self.crc, bytes);
        Ok(Some(bytes))
    }

    fn bytes(&mut self, len: u64) -> io::Result<Option<Vec<u8>>> {
        Ok(self.slice(len)?.map(<[u8]>::to_vec))
    }

    fn take<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let bytes = self.slice(u64::try_from(N).unwrap_or(u64::MAX))?;
        Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
    }

    fn number(&mut self) -> io::Result<Option<u64>> {
        Ok(self.take()?.map(u64::from_le_bytes))
    }

    fn name(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self.take()?.map(u16::from_le_bytes).filter(|len| *len <= MAX_NAME) {
            Some(len) => self.bytes(len.into()),
            None => Ok(None),
        }
    }

    /// What comes next. The checksum takes a finished entry for one that waits.
    fn tag(&mut self) -> io::Result<Option<u8>> {
        let before = self.crc;
        let tag = self.take()?.map(|[tag]| tag);
        if tag == Some(FINISHED_ENTRY) {
            self.crc = crc32c_append(before, &[ENTRY]);
        }
        Ok(tag)
    }

    fn folders(&mut self) -> io::Result<Option<Vec<Vec<u8>>>> {
        let Some(count) = self.take()?.map(u32::from_le_bytes).filter(|count| *count <= MAX_FOLDERS) else {
            return Ok(None);
        };
        let mut folders = Vec::new();
        for _ in 0..count {
            match self.name()? {
                Some(folder) => folders.push(folder),
                None => return Ok(None),
            }
        }
        Ok(Some(folders))
    }

    fn renaming(&mut self) -> io::Result<Option<Move>> {
        let (Some(name), Some(new), Some(kept)) = (self.name()?, self.name()?, self.name()?) else {
            return Ok(None);
        };
        let mut numbers = [0; 4];
        for number in &mut numbers {
            let Some(read) = self.number()? else { return Ok(None) };
            *number = read;
        }
        let [old_len, old_inode, new_inode, kept_inode] = numbers;
        Ok(Some(Move { name, new, kept, old_len, old_inode, new_inode, kept_inode }))
    }

    /// An entry behind its tag, and its records, which are checked and not kept.
    fn entry(&mut self, begin: u64) -> io::Result<Option<Found>> {
        let Some(name) = self.name()? else { return Ok(None) };
        let mut numbers = [0; 6];
        for number in &mut numbers {
            let Some(read) = self.number()? else { return Ok(None) };
            *number = read;
        }
        let [inode, old_len, new_len, kind, at, len] = numbers;
        let shift = match kind {
            0 => Shift::None,
            1 => Shift::Insert { at, len },
            2 => Shift::Collapse { at, len },
            3 => Shift::Resize,
            _ => return Ok(None),
        };
        let Some(samples) = self.samples()? else { return Ok(None) };
        let Some(lost_len) = self.number()? else { return Ok(None) };
        let lost = Span::new(self.at, self.at.saturating_add(lost_len));
        for piece in lost.blocks(MAX_RECORD) {
            if self.bytes(piece.len())?.is_none() {
                return Ok(None);
            }
        }
        let start = self.at;
        let entry = Entry { name, inode, old_len, new_len, shift, samples };
        loop {
            let end = self.at;
            match self.take()? {
                Some([RECORD]) if self.record()?.is_some() => {}
                Some([END_OF_ENTRY]) => {
                    return Ok(Some(Found { entry, at: begin, lost, records: Span::new(start, end) }));
                }
                _ => return Ok(None),
            }
        }
    }

    fn samples(&mut self) -> io::Result<Option<Vec<Sample>>> {
        let Some(count) = self.take()?.map(u16::from_le_bytes).filter(|count| *count <= MAX_SAMPLES) else {
            return Ok(None);
        };
        let mut samples = Vec::new();
        for _ in 0..count {
            let (Some(start), Some(end), Some(crc)) = (self.number()?, self.number()?, self.take()?) else {
                return Ok(None);
            };
            samples.push(Sample { old: Span::new(start, end), crc: u32::from_le_bytes(crc) });
        }
        Ok(Some(samples))
    }

    fn record(&mut self) -> io::Result<Option<Record>> {
        let (Some(at), Some(len)) = (self.number()?, self.take()?) else { return Ok(None) };
        let len = u64::from(u32::from_le_bytes(len));
        let (Some(before), Some(after)) = (self.bytes(len)?, self.bytes(len)?) else { return Ok(None) };
        Ok(Some(Record { at, before, after }))
    }
}
