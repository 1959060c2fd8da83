//! Reading a journal back: its header, what it is about, and the records of one file at a time.

use super::{
    BODY_AT, END_OF_ENTRY, ENTRY, Entry, FINISHED_ENTRY, FOLDERS, Found, Journal, Log, MAGIC, MAX_FOLDERS,
    MAX_NAME, MAX_RECORD, MAX_SAMPLES, MOVE, Move, RECORD, Record, Sample, Shift, State,
};
use crc32c::{crc32c, crc32c_append};
use prkit_plan::Span;
use std::io;

/// Bytes of the header that say something.
const HEADER_LEN: usize = 32;

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
