//! Reading that somebody watches, and may stop.
//!
//! ```text
//!   whoever reads for minutes ──read_at──▶ Watched ──▶ the asset
//!                                             └──▶ Watch: so many bytes more; an error where it is cancelled
//! ```

use super::Watch;
use crate::{Source, Span};
use core::any::Any;
use std::io;

/// An asset whose reading ends with an error when it is cancelled.
#[derive(Clone, Copy)]
pub struct Watched<'w> {
    source: &'w dyn Source,
    watch: &'w dyn Watch,
    counts: bool,
}

impl<'w> Watched<'w> {
    /// Reads of an asset, none of which begins after it was cancelled.
    pub const fn new(source: &'w dyn Source, watch: &'w dyn Watch) -> Self {
        Self { source, watch, counts: false }
    }

    /// What is read counts as [`moved`](Watch::moved), where reading is the work.
    pub const fn counted(self) -> Self {
        Self { counts: true, ..self }
    }
}

impl Source for Watched<'_> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, span: Span, into: &mut Vec<u8>) -> io::Result<()> {
        // Not `Interrupted`: that asks to be tried again.
        if self.watch.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        self.source.read_at(span, into)?;
        if self.counts {
            self.watch.moved(span.len());
        }
        Ok(())
    }

    fn hint(&self, spans: &[Span]) {
        self.source.hint(spans);
    }

    fn origin(&self) -> Option<&dyn Any> {
        self.source.origin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU64, Ordering};

    /// Cancelled when so many bytes were read.
    struct After(u64, AtomicU64);

    impl Watch for After {
        fn moved(&self, bytes: u64) {
            self.1.fetch_add(bytes, Ordering::Relaxed);
        }

        fn is_cancelled(&self) -> bool {
            self.1.load(Ordering::Relaxed) >= self.0
        }
    }

    #[test]
    fn reading_ends_when_it_is_cancelled() {
        let (bytes, watch) = ([7; 64], After(32, AtomicU64::new(0)));
        let (bytes, mut buffer) = (&bytes[..], Vec::new());
        let source = Watched::new(&bytes, &watch).counted();
        let read = Span::new(0, 64).blocks(16).take_while(|span| source.read_at(*span, &mut buffer).is_ok());
        assert_eq!(read.count(), 2);
    }
}
