//! Writing a journal: the body piece by piece, then the header that makes it count.

use super::{
    BODY_AT, END_OF_ENTRY, ENTRY, Entry, FOLDERS, KEPT, Log, MAGIC, MAX_FOLDERS, MAX_NAME, MAX_RECORD, MOVE,
    Move, PUT, RECORD, Shift, Span, State,
};
use crc32c::{crc32c, crc32c_append};
use std::io;

/// One sector.
const HEADER: usize = 512;
/// What is collected before it is written.
const BUFFER: usize = 256 * 1024;

/// Writes a journal.
pub(crate) struct Writer<'l> {
    log: &'l mut dyn Log,
    buffer: Vec<u8>,
    at: u64,
    crc: u32,
    entries: u32,
    has_failed: bool,
}

impl<'l> Writer<'l> {
    /// Whatever is written of it, it begins with the magic number, by which an unfinished one is known.
    pub(crate) fn new(log: &'l mut dyn Log) -> Self {
        let mut begun = MAGIC.to_vec();
        begun.extend_from_slice(b"new ");
        begun.resize(HEADER, 0);
        Self { log, buffer: begun, at: 0, crc: 0, entries: 0, has_failed: false }
    }

    /// The folders that point to this journal; comes first.
    pub(crate) fn folders(&mut self, folders: &[Vec<u8>]) -> io::Result<()> {
        self.entries = self.entries.saturating_add(1);
        let count = u32::try_from(folders.len()).ok().filter(|count| *count <= MAX_FOLDERS);
        self.put(&[FOLDERS])?;
        self.put(&count.ok_or(io::ErrorKind::InvalidInput)?.to_le_bytes())?;
        folders.iter().try_for_each(|folder| self.name(folder))
    }

    /// Begins a new file that waits for its name; its pieces follow, then the end of the entry.
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

    /// The next piece of a new file: these bytes of the old one.
    pub(crate) fn piece_kept(&mut self, old: Span) -> io::Result<()> {
        self.put(&[KEPT])?;
        self.put(&old.start().to_le_bytes())?;
        self.put(&old.end().to_le_bytes())
    }

    /// The next piece of a new file.
    pub(crate) fn piece_put(&mut self, bytes: &[u8]) -> io::Result<()> {
        for bytes in bytes.chunks(usize::try_from(MAX_RECORD).unwrap_or(usize::MAX)) {
            let len = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
            self.put(&[PUT])?;
            self.put(&len.to_le_bytes())?;
            self.put(bytes)?;
        }
        Ok(())
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
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&State::Open.word());
        header.extend_from_slice(&crc32c(&tail).to_le_bytes());
        header.extend_from_slice(&tail);
        header.resize(HEADER, 0);
        self.log.write_at(0, &header)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER { self.write() } else { Ok(()) }
    }

    /// Whether the journal itself could not be written.
    pub(crate) const fn has_failed(&self) -> bool {
        self.has_failed
    }

    fn write(&mut self) -> io::Result<()> {
        if let Err(error) = self.log.write_at(self.at, &self.buffer) {
            self.has_failed = true;
            return Err(error);
        }
        let body = self.buffer.get(if self.at == 0 { HEADER } else { 0 }..);
        self.crc = crc32c_append(self.crc, body.unwrap_or_default());
        self.at = self.at.saturating_add(u64::try_from(self.buffer.len()).unwrap_or(u64::MAX));
        self.buffer.clear();
        Ok(())
    }
}
