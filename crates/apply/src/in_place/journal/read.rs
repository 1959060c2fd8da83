//! Reading a journal back: its header, what it is about, and the records of one file at a time.

use super::{
    BODY_AT, END_OF_ENTRY, ENTRY, Entry, FINISHED_ENTRY, FOLDERS, Found, Journal, KEPT, Log, MAGIC,
    MAGIC_OF_ALL, MAX_FOLDERS, MAX_NAME, MAX_RECORD, MAX_SAMPLES, MOVE, Move, PUT, Piece, RECORD, Record,
    SAMPLE, Sample, Shift, State,
};
use crate::folder::is_plain;
use crate::names::finished_of;
use crate::system;
use crate::trust::Untrusted;
use crc32c::{crc32c, crc32c_append};
use prkit_plan::Span;
use std::io;
use std::path::{Component, Path};

/// No file system has longer files.
const MAX_FILE: u64 = 1 << 63;
/// Bytes of the header that say something.
const HEADER_LEN: usize = 32;

/// What a file under the name of a journal is.
#[derive(Debug)]
pub(crate) enum Reading {
    Whole(Journal),
    /// Not written to its end: no file was touched under it.
    Unfinished,
    /// It may be about files, and nobody here knows which.
    Foreign(Untrusted),
}

impl Reading {
    pub(crate) fn whole(self) -> Option<Journal> {
        match self {
            Self::Whole(journal) => Some(journal),
            Self::Unfinished | Self::Foreign(_) => None,
        }
    }
}

impl Journal {
    /// Reads a journal.
    pub(crate) fn read(log: &dyn Log) -> io::Result<Reading> {
        let len = log.len()?;
        let mut head = [0; HEADER_LEN];
        let there = usize::try_from(len).unwrap_or(usize::MAX).min(HEADER_LEN);
        log.read_at(0, head.get_mut(..there).unwrap_or_default())?;
        if let Some(other) = other_than_ours(head.get(..there).unwrap_or_default()) {
            return Ok(other);
        }
        let Some(header) = Header::parse(&head) else { return Ok(Reading::Unfinished) };
        let whole =
            if header.body_len <= len.saturating_sub(BODY_AT) { Self::body(log, &header)? } else { None };
        Ok(match (whole, header.state) {
            (Some(Ok(journal)), _) => Reading::Whole(journal),
            (Some(Err(why)), _) => Reading::Foreign(why),
            // It was whole once: something happened to it since.
            (None, State::Undo) => Reading::Foreign(Untrusted::Contents),
            (None, State::Open) => Reading::Unfinished,
            // Its files need nothing; what it lists may lie around still.
            (None, State::Done) => Reading::Whole(Self::empty(State::Done)),
        })
    }

    const fn empty(state: State) -> Self {
        Self { state, entries: Vec::new(), folders: None, moves: Vec::new() }
    }

    /// `None` when it is not what was written, or not yet.
    fn body(log: &dyn Log, header: &Header) -> io::Result<Option<Result<Self, Untrusted>>> {
        let span = Span::new(BODY_AT, BODY_AT.saturating_add(header.body_len));
        let mut cursor = Cursor::new(log, span);
        let mut journal = Self::empty(header.state);
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
                // Nobody writes that down: either it is not all there, or somebody made it up.
                let is_made_up = crc_of(log, span)? == header.crc;
                return Ok(is_made_up.then_some(Err(Untrusted::Contents)));
            }
        }
        if cursor.at != cursor.end || cursor.crc != header.crc {
            return Ok(None);
        }
        Ok(Some(if journal.stays_below() { Ok(journal) } else { Err(Untrusted::Contents) }))
    }

    /// Whether everything that it names is in its folder or, where it is about several, below it.
    fn stays_below(&self) -> bool {
        let is_below = |path: &[u8]| {
            let path = system::os_name(path);
            let mut parts = Path::new(&path).components();
            parts.all(|part| matches!(part, Component::Normal(_))) && !path.as_encoded_bytes().contains(&0)
        };
        let stored = |entry: &Entry| match self.folders {
            Some(_) => is_below(&entry.name) && !entry.name.is_empty(),
            None => is_plain(&system::os_name(&entry.name)),
        };
        let renamed = |one: &Move| {
            let path = system::os_name(&one.name);
            let name = Path::new(&path).file_name();
            let is_copy = |copy: &[u8]| {
                let copy = system::os_name(copy);
                is_plain(&copy) && finished_of(&copy).as_deref() == name
            };
            is_below(&one.name) && name.is_some() && is_copy(&one.new) && is_copy(&one.kept)
        };
        self.entries.iter().all(|found| stored(&found.entry))
            && self.moves.iter().all(renamed)
            && (self.moves.is_empty() || self.folders.is_some())
            && self.folders.iter().flatten().all(|folder| is_below(folder))
    }
}

/// What does not begin like a journal of this version.
fn other_than_ours(head: &[u8]) -> Option<Reading> {
    if head.starts_with(MAGIC) {
        return None;
    }
    // Nothing of it was written, or nothing of that got to the disk.
    if MAGIC.starts_with(head) || head.iter().all(|byte| *byte == 0) {
        return Some(Reading::Unfinished);
    }
    let is_of_other_version = head.starts_with(MAGIC_OF_ALL);
    Some(Reading::Foreign(if is_of_other_version { Untrusted::Version } else { Untrusted::Unknown }))
}

fn crc_of(log: &dyn Log, span: Span) -> io::Result<u32> {
    let (mut crc, mut buffer) = (0, Vec::new());
    for piece in span.blocks(MAX_RECORD) {
        buffer.resize(usize::try_from(piece.len()).unwrap_or(0), 0);
        log.read_at(piece.start(), &mut buffer)?;
        crc = crc32c_append(crc, &buffer);
    }
    Ok(crc)
}

/// Whether lengths, shift and samples of an entry fit each other.
fn fits(entry: &Entry) -> bool {
    let (old, new) = (entry.old_len, entry.new_len);
    let shift = match entry.shift {
        Shift::None => old == new,
        Shift::Insert { at, len } => at <= old && old.checked_add(len) == Some(new),
        Shift::Collapse { at, len } => {
            at.checked_add(len).is_some_and(|end| end <= old) && old.checked_sub(len) == Some(new)
        }
        Shift::Resize => true,
    };
    let is_sample = |sample: &Sample| sample.old.len() <= SAMPLE && sample.old.end() <= old;
    shift && old.max(new) <= MAX_FILE && entry.samples.iter().all(is_sample)
}

impl Move {
    /// Calls `each` for every piece of the new file, in order.
    pub(crate) fn each_piece(
        &self,
        log: &dyn Log,
        each: &mut dyn FnMut(Piece) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut cursor = Cursor::new(log, self.pieces);
        while cursor.at < cursor.end {
            let piece = match cursor.take()? {
                Some([tag]) => cursor.piece(tag, self.old_len)?,
                None => None,
            };
            each(piece.ok_or_else(changed)?)?;
        }
        Ok(())
    }
}

fn changed() -> io::Error {
    io::Error::other("the journal changed while it was read")
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
                None => return Err(changed()),
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
        let start = self.at;
        loop {
            let pieces = Span::new(start, self.at);
            match self.take()? {
                Some([END_OF_ENTRY]) => {
                    return Ok(Some(Move {
                        name,
                        new,
                        kept,
                        old_len,
                        old_inode,
                        new_inode,
                        kept_inode,
                        pieces,
                    }));
                }
                Some([tag]) if self.piece(tag, old_len)?.is_some() => {}
                _ => return Ok(None),
            }
        }
    }

    /// A piece of a new file behind its tag.
    fn piece(&mut self, tag: u8, old_len: u64) -> io::Result<Option<Piece>> {
        match tag {
            KEPT => {
                let (Some(start), Some(end)) = (self.number()?, self.number()?) else { return Ok(None) };
                Ok((start <= end && end <= old_len).then(|| Piece::Kept(Span::new(start, end))))
            }
            PUT => {
                let Some(len) = self.take()? else { return Ok(None) };
                Ok(self.bytes(u32::from_le_bytes(len).into())?.map(Piece::Put))
            }
            _ => Ok(None),
        }
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
        let entry = Entry { name, inode, old_len, new_len, shift, samples };
        let lost_len = self.number()?.filter(|_| fits(&entry));
        let Some(lost_len) = lost_len.filter(|len| *len == shift.lost(old_len, new_len).len()) else {
            return Ok(None);
        };
        let lost = Span::new(self.at, self.at.saturating_add(lost_len));
        for piece in lost.blocks(MAX_RECORD) {
            if self.bytes(piece.len())?.is_none() {
                return Ok(None);
            }
        }
        let start = self.at;
        loop {
            let end = self.at;
            match self.take()? {
                Some([RECORD]) if self.record()?.is_some_and(|record| record.end() <= new_len) => {}
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
