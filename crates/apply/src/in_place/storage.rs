//! What an edit in place needs of a disk: few enough operations that a test can stop, lose or tear each of them.

use super::shift::Shift;
use prkit_plan::{Source, Span};
use std::io;

/// A file that is edited. Reading through [`Source`] sees stores at once.
pub(crate) trait Target: Source {
    /// How long it is now.
    fn current_len(&self) -> io::Result<u64>;

    /// Makes sure that stores into these spans, some of them behind its end, will find room. Nothing of the file changes.
    fn reserve(&mut self, spans: &[Span]) -> io::Result<()>;

    /// Makes sure that the stores into these spans that follow cannot fail: for lack of space, because somebody else
    /// shares the blocks, or because the file is not as long as it was left.
    fn prepare(&mut self, spans: &[Span]) -> io::Result<()>;

    /// The same where the bytes of the spans are stored a second time, or had been before the edit: no new room is asked
    /// for, which a full disk does not have.
    fn prepare_again(&mut self) -> io::Result<()>;

    /// Stores bytes; they need not be durable before [`flush`](Self::flush).
    fn store(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Changes the length from `from` to `to`.
    fn shift(&mut self, shift: Shift, from: u64, to: u64) -> io::Result<()>;

    /// Waits until everything is durable.
    fn flush(&mut self) -> io::Result<()>;
}

/// The journal's file.
pub(crate) trait Log {
    fn len(&self) -> io::Result<u64>;
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()>;
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Waits until content and name are durable.
    fn flush(&mut self) -> io::Result<()>;

    /// Takes it away; need not be durable.
    fn remove(&mut self) -> io::Result<()>;
}
