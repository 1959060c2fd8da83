//! Entries of a table, read in blocks.

use crate::error::Result;
use prkit_plan::{BLOCK, Source, Span};

/// Goes through equal entries of a table without holding more than a block of them.
pub(crate) struct Entries<'s> {
    source: &'s dyn Source,
    left: Span,
    stride: usize,
    block: Vec<u8>,
    at: usize,
}

impl<'s> Entries<'s> {
    pub(crate) const fn new(source: &'s dyn Source, span: Span, stride: usize) -> Self {
        Self { source, left: span, stride, block: Vec::new(), at: 0 }
    }

    /// The next entry; `None` when fewer bytes than one entry are left.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        if self.at.saturating_add(self.stride) > self.block.len() && !self.fill()? {
            return Ok(None);
        }
        let entry = self.at..self.at.saturating_add(self.stride);
        self.at = entry.end;
        Ok(self.block.get(entry))
    }

    /// The next entry as a big-endian number of at most four bytes.
    pub(crate) fn next_number(&mut self) -> Result<Option<u32>> {
        Ok(self.next()?.map(|entry| entry.iter().take(4).fold(0, |n: u32, byte| (n << 8) | u32::from(*byte))))
    }

    fn fill(&mut self) -> Result<bool> {
        let stride = u64::try_from(self.stride.max(1)).unwrap_or(u64::MAX);
        let whole = BLOCK.saturating_sub(BLOCK.checked_rem(stride).unwrap_or(0)).max(stride);
        let left = self.left.len().saturating_sub(self.left.len().checked_rem(stride).unwrap_or(0));
        let end = self.left.start().saturating_add(left.min(whole));
        let span = Span::new(self.left.start(), end);
        self.at = 0;
        self.block.clear();
        if span.is_empty() {
            return Ok(false);
        }
        self.source.fetch(span, &mut self.block)?;
        self.left = Span::new(end, self.left.end());
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_order_and_a_cut_one_does_not_come() {
        let source = &[1_u8, 2, 3, 4, 5][..];
        let mut entries = Entries::new(&source, Span::new(0, 5), 2);
        assert_eq!(entries.next().unwrap(), Some(&[1, 2][..]));
        assert_eq!(entries.next_number().unwrap(), Some(0x0304));
        assert_eq!(entries.next().unwrap(), None);
        assert_eq!(entries.next().unwrap(), None);
    }

    #[test]
    fn tables_longer_than_a_block_are_read_to_the_end() {
        let bytes: Vec<u8> = (0..50_000_u32).flat_map(u32::to_be_bytes).collect();
        let source = &bytes[..];
        let mut entries = Entries::new(&source, Span::new(0, 200_000), 4);
        let mut sum = 0_u64;
        while let Some(n) = entries.next_number().unwrap() {
            sum += u64::from(n);
        }
        assert_eq!(sum, 49_999 * 50_000 / 2);
    }
}
