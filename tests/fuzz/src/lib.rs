//! What fuzz targets share: choices taken from the end of an input, so that seeds are files with some bytes behind.

#![forbid(unsafe_code)]

/// Bytes behind the file that say what is done to it.
pub const CHOICES: usize = 32;

/// Choices, one byte or more each. Where there are none left, all are zero.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// The file, and what to do to it.
    pub fn behind(input: &'a [u8]) -> Option<(&'a [u8], Self)> {
        let (file, choices) = input.split_at_checked(input.len().checked_sub(CHOICES)?)?;
        Some((file, Self(choices)))
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    /// A size: small ones often, up to 16 bits.
    pub fn size(&mut self) -> usize {
        let (class, low) = (self.byte(), usize::from(self.byte()));
        if class < 160 { low } else { usize::from(class) << 8 | low }
    }

    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}
