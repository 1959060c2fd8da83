//! Bytes that the page holds.

use prkit_plan::{Source, Span};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What the page does for the engine: it holds the bytes, which blobs are numbered.
pub trait Host: Send + Sync {
    /// Replaces `into` by the bytes of these spans, one behind the other.
    ///
    /// # Errors
    ///
    /// The browser cannot read them: a file that was changed or taken away since it was chosen.
    fn read(&self, blob: u32, spans: &[Span], into: &mut Vec<u8>) -> io::Result<()>;

    /// The next piece of a new blob is a span of another one.
    fn keep(&self, blob: u32, span: Span);

    /// The next piece of a new blob is these bytes.
    fn put(&self, bytes: &[u8]);

    /// The pieces since the last one are a blob; its number.
    fn finish(&self) -> u32;
}

/// Longer spans are not fetched before they are asked for: an engine that looks at headers reads little of them.
const LONGEST: u64 = 16 * 1024;
/// Bytes that are fetched at a time.
const AT_ONCE: u64 = 4 * 1024 * 1024;

/// A blob, as the engine reads it.
///
/// A read is a wait for another process of the browser, however short it is. So spans that are announced are fetched in one.
pub(crate) struct Blob {
    host: Arc<dyn Host>,
    id: u32,
    len: u64,
    /// Spans that were announced, by where they begin; those of the last two announcements.
    fetched: Mutex<[BTreeMap<u64, Vec<u8>>; 2]>,
    /// Reads that may still be made.
    reads: AtomicU32,
}

impl Blob {
    pub(crate) fn new(host: &Arc<dyn Host>, id: u32, len: u64) -> Self {
        Self::of_reads(host, id, len, u32::MAX)
    }

    /// One that gives so many reads, and an error for the next.
    pub(crate) fn of_reads(host: &Arc<dyn Host>, id: u32, len: u64, reads: u32) -> Self {
        Self { host: Arc::clone(host), id, len, fetched: Mutex::default(), reads: AtomicU32::new(reads) }
    }

    /// Announced bytes, where a span lies in them.
    fn known(&self, span: Span, into: &mut Vec<u8>) -> bool {
        let fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.iter().any(|fetched| {
            let Some((start, bytes)) = fetched.range(..=span.start()).next_back() else { return false };
            let at = |offset: u64| usize::try_from(offset.saturating_sub(*start)).unwrap_or(usize::MAX);
            let Some(known) = bytes.get(at(span.start())..at(span.end())) else { return false };
            into.clear();
            into.extend_from_slice(known);
            true
        })
    }
}

impl Source for Blob {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        if span.end() > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        into.clear();
        if span.is_empty() || self.known(span, into) {
            return Ok(());
        }
        let less = |reads: u32| reads.checked_sub(1);
        if self.reads.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err() {
            return Err(io::Error::other("it takes more reads than were allowed"));
        }
        self.host.read(self.id, &[span], into)
    }

    fn hint(&self, spans: &[Span]) {
        let mut total = 0_u64;
        let wanted = spans.iter().filter(|span| span.len() <= LONGEST && span.end() <= self.len);
        let wanted: Vec<Span> = wanted
            .take_while(|span| {
                total = total.saturating_add(span.len());
                total <= AT_ONCE
            })
            .copied()
            .collect();
        let mut bytes = Vec::new();
        // What cannot be read now is an error when it is asked for.
        if wanted.len() < 2 || self.host.read(self.id, &wanted, &mut bytes).is_err() {
            return;
        }
        let mut fetched = BTreeMap::new();
        let mut rest = bytes.as_slice();
        for span in wanted {
            let len = usize::try_from(span.len()).unwrap_or(usize::MAX);
            let Some((piece, behind)) = rest.split_at_checked(len) else { return };
            fetched.insert(span.start(), piece.to_vec());
            rest = behind;
        }
        let mut known = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        known.rotate_left(1);
        let [_, last] = &mut *known;
        *last = fetched;
    }
}

#[cfg(test)]
pub(crate) mod memory {
    use super::*;

    /// A host for tests: blobs are byte strings.
    #[derive(Default)]
    pub(crate) struct Memory {
        pub(crate) blobs: Mutex<Vec<Vec<u8>>>,
        pieces: Mutex<Vec<u8>>,
        /// How many spans each read asked for.
        pub(crate) reads: Mutex<Vec<usize>>,
    }

    impl Memory {
        pub(crate) fn add(&self, bytes: &[u8]) -> u32 {
            let mut blobs = self.blobs.lock().unwrap();
            blobs.push(bytes.to_vec());
            u32::try_from(blobs.len() - 1).unwrap()
        }

        pub(crate) fn bytes(&self, blob: u32) -> Vec<u8> {
            self.blobs.lock().unwrap()[usize::try_from(blob).unwrap()].clone()
        }
    }

    impl Host for Memory {
        fn read(&self, blob: u32, spans: &[Span], into: &mut Vec<u8>) -> io::Result<()> {
            self.reads.lock().unwrap().push(spans.len());
            let blobs = self.blobs.lock().unwrap();
            let bytes = &blobs[usize::try_from(blob).unwrap()];
            into.clear();
            for span in spans {
                let range = usize::try_from(span.start()).unwrap()..usize::try_from(span.end()).unwrap();
                into.extend_from_slice(bytes.get(range).ok_or(io::ErrorKind::UnexpectedEof)?);
            }
            Ok(())
        }

        fn keep(&self, blob: u32, span: Span) {
            let mut bytes = Vec::new();
            (&self.bytes(blob)[..]).read_at(span, &mut bytes).unwrap();
            self.put(&bytes);
        }

        fn put(&self, bytes: &[u8]) {
            self.pieces.lock().unwrap().extend_from_slice(bytes);
        }

        fn finish(&self) -> u32 {
            let pieces = std::mem::take(&mut *self.pieces.lock().unwrap());
            self.add(&pieces)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::memory::Memory;
    use super::*;

    #[test]
    fn spans_that_are_announced_are_fetched_in_one_read() {
        let memory = Arc::new(Memory::default());
        let id = memory.add(b"abcdefghij");
        let host: Arc<dyn Host> = Arc::clone(&memory) as Arc<dyn Host>;
        let blob = Blob::new(&host, id, 10);
        blob.hint(&[Span::new(1, 4), Span::new(6, 9)]);
        let mut into = Vec::new();
        for (span, bytes) in [(Span::new(2, 4), "cd"), (Span::new(6, 9), "ghi"), (Span::new(3, 7), "defg")] {
            blob.read_at(span, &mut into).unwrap();
            assert_eq!(into, bytes.as_bytes());
        }
        assert_eq!(*memory.reads.lock().unwrap(), [2, 1]);
        assert_eq!(
            blob.read_at(Span::new(9, 11), &mut into).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }
}
