//! Stores through a memory map.
//!
//! A map is shared with the file: what is stored there is in the file at once for every other process, and on the
//! disk after a flush. Three things are promised to the rest of this crate, and why:
//!
//! * **No references into the map exist**, only raw pointers for the length of one copy. Other processes may change
//!   the file at any time; a `&[u8]` into the map would make that undefined behaviour, a copy to a raw pointer does not.
//! * **Every store is inside the map**, which is as long as the file was when it was mapped.
//! * **The map goes when the value goes**; nothing keeps a pointer.
//!
//! What cannot be promised: when another process cuts the file between the mapping and the store, the store ends
//! this process with SIGBUS. The caller checks the length immediately before mapping, under a lock that programs which
//! cooperate respect; the window that remains is documented there.

use memmap2::{MmapOptions, MmapRaw};
use prkit_plan::Span;
use std::fs::File;
use std::io;

/// Some bytes of a file, for storing.
pub(crate) struct Map {
    map: MmapRaw,
    /// The bytes of the file the map stands for; begins on a page.
    span: Span,
}

/// Begins of maps are multiples of this, which is one of every page size in use.
const ALIGN: u64 = 64 * 1024;

impl Map {
    /// Maps at least `span` of a file that is at least that long.
    ///
    /// Its pages were read before, for the journal: what is asked for here needs no advice to the kernel.
    pub(crate) fn new(file: &File, span: Span) -> io::Result<Self> {
        let start = span.start().saturating_sub(span.start().checked_rem(ALIGN).unwrap_or(0));
        let span = Span::new(start, span.end());
        let len = usize::try_from(span.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let map = MmapOptions::new().offset(start).len(len).map_raw(file)?;
        Ok(Self { map, span })
    }

    /// Whether the map stands for all these bytes of the file.
    pub(crate) const fn holds_all(&self, span: Span) -> bool {
        self.span.start() <= span.start() && span.end() <= self.span.end()
    }

    /// Whether these bytes of the file are in the map.
    pub(crate) fn holds(&self, at: u64, len: usize) -> bool {
        self.range(at, len).is_ok()
    }

    /// Stores bytes at an offset of the file.
    pub(crate) fn store(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let (start, end) = self.range(at, bytes.len())?;
        // SAFETY: `start..end` is inside the map, which is alive and writable, and `bytes` is memory of this
        // process that cannot overlap a map made by `map_raw`. No reference to the map is made.
        unsafe {
            let to = self.map.as_mut_ptr().add(start);
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, end.saturating_sub(start));
        }
        Ok(())
    }

    /// Waits until the bytes are on the disk.
    pub(crate) fn flush(&self) -> io::Result<()> {
        self.map.flush()
    }

    fn range(&self, at: u64, len: usize) -> io::Result<(usize, usize)> {
        let start = at.checked_sub(self.span.start()).and_then(|start| usize::try_from(start).ok());
        let end = start.and_then(|start| start.checked_add(len)).filter(|end| *end <= self.map.len());
        start.zip(end).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_in_the_file_and_stay_inside_the_map() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(200_000).unwrap();
        let mut map = Map::new(&file, Span::new(130_000, 140_000)).unwrap();
        map.store(131_000, b"here").unwrap();
        map.flush().unwrap();
        assert!(map.store(139_998, b"past").is_err());
        assert!(map.store(100, b"before").is_err());
        let mut found = [0; 4];
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut found, 131_000).unwrap();
        assert_eq!(&found, b"here");
    }
}
