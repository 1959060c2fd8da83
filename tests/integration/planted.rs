//! Journals as somebody else would write them: bytes laid out by hand, after the picture in `in_place/journal`.

use crc32c::crc32c;

/// A journal, piece by piece.
#[derive(Clone)]
pub struct Planted {
    pub magic: &'static [u8; 8],
    pub state: &'static [u8; 4],
    pub entries: Vec<Vec<u8>>,
}

/// The edit of one file.
#[derive(Clone, Default)]
pub struct Entry {
    pub name: Vec<u8>,
    pub inode: u64,
    pub old_len: u64,
    pub new_len: u64,
    /// 0: as long; 1: blocks inserted; 2: taken out; 3: cut or grown.
    pub shift: (u64, u64, u64),
    pub samples: Vec<(u64, u64, u32)>,
    pub lost: Vec<u8>,
    pub records: Vec<(u64, Vec<u8>, Vec<u8>)>,
}

/// A new file that waits for a name.
#[derive(Clone, Default)]
pub struct Move {
    pub name: Vec<u8>,
    pub new: Vec<u8>,
    pub kept: Vec<u8>,
    /// Length and inode of the old file, inodes of the new and the kept one.
    pub numbers: [u64; 4],
    pub put: Vec<u8>,
}

fn name(into: &mut Vec<u8>, name: &[u8]) {
    into.extend((name.len() as u16).to_le_bytes());
    into.extend(name);
}

impl Planted {
    pub fn open() -> Self {
        Self { magic: b"PRKITJ02", state: b"open", entries: Vec::new() }
    }

    pub fn in_state(self, state: &'static [u8; 4]) -> Self {
        Self { state, ..self }
    }

    pub fn entry(mut self, entry: &Entry) -> Self {
        let mut bytes = vec![b'E'];
        name(&mut bytes, &entry.name);
        let (kind, at, len) = entry.shift;
        for number in [entry.inode, entry.old_len, entry.new_len, kind, at, len] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend((entry.samples.len() as u16).to_le_bytes());
        for (start, end, crc) in &entry.samples {
            bytes.extend(start.to_le_bytes());
            bytes.extend(end.to_le_bytes());
            bytes.extend(crc.to_le_bytes());
        }
        bytes.extend((entry.lost.len() as u64).to_le_bytes());
        bytes.extend(&entry.lost);
        for (at, before, after) in &entry.records {
            bytes.push(b'R');
            bytes.extend(at.to_le_bytes());
            bytes.extend((after.len() as u32).to_le_bytes());
            bytes.extend(before);
            bytes.extend(after);
        }
        bytes.push(b'X');
        self.entries.push(bytes);
        self
    }

    pub fn folders(mut self, folders: &[&str]) -> Self {
        let mut bytes = vec![b'F'];
        bytes.extend((folders.len() as u32).to_le_bytes());
        folders.iter().for_each(|folder| name(&mut bytes, folder.as_bytes()));
        self.entries.push(bytes);
        self
    }

    pub fn renaming(mut self, one: &Move) -> Self {
        let mut bytes = vec![b'M'];
        for part in [&one.name, &one.new, &one.kept] {
            name(&mut bytes, part);
        }
        one.numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        if !one.put.is_empty() {
            bytes.push(b'P');
            bytes.extend((one.put.len() as u32).to_le_bytes());
            bytes.extend(&one.put);
        }
        bytes.push(b'X');
        self.entries.push(bytes);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let body = self.entries.concat();
        let mut tail = (body.len() as u64).to_le_bytes().to_vec();
        tail.extend(crc32c(&body).to_le_bytes());
        tail.extend((self.entries.len() as u32).to_le_bytes());
        let mut bytes = [&self.magic[..], self.state].concat();
        bytes.extend(crc32c(&tail).to_le_bytes());
        bytes.extend(tail);
        bytes.resize(512, 0);
        bytes.extend(body);
        bytes
    }
}
