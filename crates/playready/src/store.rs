//! The embedded license store (PRH spec 4): the value of a record of type 3.
//!
//! An empty store is all zeros; space reserved so that a license can be embedded later without moving anything.
//! How a filled store is laid out is not public, so one that holds anything is never changed.

/// A license store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Store<'a>(&'a [u8]);

impl<'a> Store<'a> {
    /// The size the specification recommends, 10 KiB.
    pub const RECOMMENDED: usize = 10 * 1024;

    /// The value of a record of type 3.
    pub const fn new(value: &'a [u8]) -> Self {
        Self(value)
    }

    /// Bytes it has.
    pub const fn capacity(&self) -> usize {
        self.0.len()
    }

    /// Whether all bytes are zero.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &'a [u8] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_makes_a_store_full() {
        assert!(Store::new(&[0; 16]).is_empty());
        assert!(!Store::new(&[0, 0, 1]).is_empty());
        assert_eq!(Store::new(&[]).capacity(), 0);
    }
}
