//! What finds the rows of a table, sorted, in memory that does not grow with it.
//!
//! ```text
//!   key, row, key, row …   ──▶  runs, each sorted in memory  ──▶  one sorted file without a name
//! ```
//!
//! A table of few rows never leaves memory.

use super::error::TableFault;
use super::text::Spot;
use bytes::Bytes;
use prkit_apply::FileSource;
use prkit_plan::{Source, Span};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read};

/// A hash that finds a row.
pub(super) type Key = u64;

type Entry = (Key, Spot);

/// Entries that are sorted at a time: three megabytes.
const RUN: usize = 1 << 16;
/// Bytes of an entry in a file.
const ENTRY: u64 = 40;
/// Entries that are read at a time.
const PAGE: u64 = 64;

/// Rows by key.
pub(super) enum Sorted {
    Memory(Vec<Entry>),
    File(Box<dyn Source + Send>),
}

/// Entries that come in any order.
#[derive(Default)]
pub(super) struct Sorting {
    run: Vec<Entry>,
    runs: Vec<FileSource>,
}

impl Sorting {
    pub(super) fn push(&mut self, key: Key, spot: Spot) -> Result<(), TableFault> {
        if self.run.len() == RUN {
            self.spill()?;
        }
        self.run.push((key, spot));
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Sorted, TableFault> {
        if self.runs.is_empty() {
            self.run.sort_unstable();
            return Ok(Sorted::Memory(self.run));
        }
        self.spill()?;
        let merged = FileSource::spool(&[], &mut Merge::new(&self.runs)?);
        Ok(Sorted::File(Box::new(merged?)))
    }

    fn spill(&mut self) -> Result<(), TableFault> {
        self.run.sort_unstable();
        let bytes: Vec<u8> = self.run.iter().flat_map(encode).collect();
        self.runs.push(FileSource::spool(&bytes, &mut io::empty())?);
        self.run.clear();
        Ok(())
    }
}

impl Sorted {
    /// The rows with a key, the first of the table first.
    pub(super) fn find(&self, key: Key) -> io::Result<Vec<Spot>> {
        match self {
            Self::Memory(entries) => {
                let first = entries.partition_point(|(found, _)| *found < key);
                let rest = entries.get(first..).unwrap_or_default();
                Ok(rest.iter().take_while(|(found, _)| *found == key).map(|(_, spot)| *spot).collect())
            }
            Self::File(file) => find_in(&**file, key),
        }
    }
}

fn find_in(file: &dyn Source, key: Key) -> io::Result<Vec<Spot>> {
    let count = file.len() / ENTRY;
    let mut buffer = Vec::new();
    let mut page = |from: u64| -> io::Result<Vec<Entry>> {
        let to = from.saturating_add(PAGE).min(count);
        file.read_at(Span::new(from.saturating_mul(ENTRY), to.saturating_mul(ENTRY)), &mut buffer)?;
        let (entries, _) = buffer.as_chunks();
        Ok(entries.iter().map(decode).collect())
    };
    // The first entry with that key is in low..=high.
    let (mut low, mut high) = (0, count);
    while high.saturating_sub(low) > PAGE {
        let middle = low.midpoint(high);
        match page(middle)?.first() {
            Some((found, _)) if *found < key => low = middle,
            _ => high = middle,
        }
    }
    let mut spots = Vec::new();
    while low < count {
        for (found, spot) in page(low)? {
            match found.cmp(&key) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => spots.push(spot),
                std::cmp::Ordering::Greater => return Ok(spots),
            }
        }
        low = low.saturating_add(PAGE);
    }
    Ok(spots)
}

/// Sorted runs as one.
struct Merge<'r> {
    runs: Vec<Run<'r>>,
    next: BinaryHeap<Reverse<(Entry, usize)>>,
    ready: Bytes,
}

/// A run that is read block by block.
struct Run<'r> {
    file: &'r FileSource,
    at: u64,
    block: std::vec::IntoIter<Entry>,
}

impl Iterator for Run<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.block.next() {
            return Some(Ok(entry));
        }
        let end = self.at.saturating_add(ENTRY.saturating_mul(PAGE)).min(self.file.len());
        if end == self.at {
            return None;
        }
        let mut buffer = Vec::new();
        if let Err(error) = self.file.read_at(Span::new(self.at, end), &mut buffer) {
            return Some(Err(error));
        }
        self.at = end;
        let (entries, _) = buffer.as_chunks();
        self.block = entries.iter().map(decode).collect::<Vec<_>>().into_iter();
        self.block.next().map(Ok)
    }
}

impl<'r> Merge<'r> {
    fn new(runs: &'r [FileSource]) -> io::Result<Self> {
        let runs = runs.iter().map(|file| Run { file, at: 0, block: Vec::new().into_iter() }).collect();
        let mut merge = Self { runs, next: BinaryHeap::new(), ready: Bytes::new() };
        for number in 0..merge.runs.len() {
            merge.pull(number)?;
        }
        Ok(merge)
    }

    fn pull(&mut self, number: usize) -> io::Result<()> {
        if let Some(entry) = self.runs.get_mut(number).and_then(Iterator::next).transpose()? {
            self.next.push(Reverse((entry, number)));
        }
        Ok(())
    }
}

impl Read for Merge<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() {
            let mut ready = Vec::new();
            for _ in 0..PAGE {
                let Some(Reverse((entry, number))) = self.next.pop() else { break };
                ready.extend(encode(&entry));
                self.pull(number)?;
            }
            self.ready = ready.into();
        }
        let len = self.ready.len().min(into.len());
        let part = self.ready.split_to(len);
        (&part[..]).read(into)
    }
}

fn encode((key, spot): &Entry) -> [u8; 40] {
    let mut bytes = [0; 40];
    let [number, offset, len, line] = spot.numbers();
    let (words, _) = bytes.as_chunks_mut();
    for (word, value) in words.iter_mut().zip([*key, number, offset, len, line]) {
        *word = value.to_le_bytes();
    }
    bytes
}

fn decode(bytes: &[u8; 40]) -> Entry {
    let mut values = [0; 5];
    let (words, _) = bytes.as_chunks();
    for (value, word) in values.iter_mut().zip(words) {
        *value = u64::from_le_bytes(*word);
    }
    let [key, number, offset, len, line] = values;
    (key, Spot::of_numbers([number, offset, len, line]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(number: u64) -> Spot {
        Spot::of_numbers([number, number, 7, number])
    }

    /// Rows are found whether or not their index fits into one run; three have the same key.
    fn all_are_found(keys: u64) {
        let mut sorting = Sorting::default();
        let key = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let spots = |number: u64| (0..3).map(move |copy| spot(number.saturating_add(copy << 32)));
        for number in 0..keys {
            spots(number).for_each(|spot| sorting.push(key(number), spot).unwrap());
        }
        let sorted = sorting.finish().unwrap();
        for number in (0..keys).step_by(331) {
            assert_eq!(sorted.find(key(number)).unwrap(), spots(number).collect::<Vec<_>>());
            assert!(sorted.find(key(number).wrapping_add(1)).unwrap().is_empty());
        }
    }

    #[test]
    fn few_rows_are_found() {
        all_are_found(1000);
    }

    #[test]
    fn many_rows_are_found() {
        all_are_found(70_000);
    }

    #[test]
    fn many_rows_of_one_key_are_found() {
        let mut sorting = Sorting::default();
        for number in 0..70_000 {
            sorting.push(number % 2, spot(number)).unwrap();
        }
        let found = sorting.finish().unwrap().find(1).unwrap();
        assert_eq!(found.len(), 35_000);
        assert!(found.is_sorted());
    }
}
