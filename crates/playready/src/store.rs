//! The embedded license store (PRH spec 4): the value of a record of type 3.
//!
//! An empty store is all zeros; space reserved so that a license can be embedded later without moving anything.
//! How a filled store is laid out is not public, so one that holds anything is never changed.

use crate::{Error, ErrorKind, MAX_RECOMMENDED, Object, RecordType, Result};

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

/// What becomes of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoreChange {
    /// It has so many bytes, all zero; where there is none, it comes behind the header.
    Size {
        /// Bytes.
        len: usize,
        /// Also when the object then has more than 15 KB.
        force: bool,
    },
    /// It goes.
    Strip,
}

impl Object<'_> {
    /// The same object with its license stores changed; `None` when that changes nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::StoreHolds`] for a store that is not empty, [`ErrorKind::OddStore`] and [`ErrorKind::TooLong`] for
    /// a size that players or the specification do not like.
    pub fn with_store(&self, change: StoreChange) -> Result<Option<Vec<u8>>> {
        let stores = self.records().iter().filter(|record| record.kind == RecordType::Store);
        let mut sizes = stores.clone().map(|record| record.value.len());
        let same = match change {
            StoreChange::Size { len: 0, .. } | StoreChange::Strip => sizes.next().is_none(),
            StoreChange::Size { len, .. } => sizes.next() == Some(len) && sizes.next().is_none(),
        };
        if same {
            return Ok(None);
        }
        if let Some(full) = stores.clone().find(|record| !Store::new(record.value).is_empty()) {
            return Err(Error::new(ErrorKind::StoreHolds { len: full.value.len() }));
        }
        let (len, force) = match change {
            StoreChange::Size { len, .. } if len % 2 != 0 => {
                return Err(Error::new(ErrorKind::OddStore { len }));
            }
            StoreChange::Size { len, force } => (len, force),
            StoreChange::Strip => (0, true),
        };
        let zeros = vec![0; len];
        let mut records: Vec<(RecordType, &[u8])> =
            Vec::with_capacity(self.records().len().saturating_add(1));
        let mut placed = len == 0;
        for record in self.records() {
            let is_store = record.kind == RecordType::Store;
            if !is_store {
                records.push((record.kind, record.value));
            } else if !placed {
                records.push((RecordType::Store, &zeros));
                placed = true;
            }
        }
        if !placed {
            records.push((RecordType::Store, &zeros));
        }
        let object = self.with_records(records, len)?;
        if object.len() > MAX_RECOMMENDED && !force {
            return Err(Error::new(ErrorKind::TooLong { len: object.len() }));
        }
        Ok(Some(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(records: &[(RecordType, &[u8])]) -> Vec<u8> {
        Object::encode(records.iter().copied()).unwrap()
    }

    #[test]
    fn an_empty_store_comes_changes_and_goes() {
        let bare = object(&[(RecordType::Header, b"<\0")]);
        let with = object(&[(RecordType::Header, b"<\0"), (RecordType::Store, &[0; 64])]);
        let size = |len| StoreChange::Size { len, force: false };
        let change = |bytes: &[u8], change| Object::parse(bytes).unwrap().with_store(change);
        assert_eq!(change(&bare, size(64)), Ok(Some(with.clone())));
        assert_eq!(change(&with, size(64)), Ok(None));
        assert_eq!(change(&with, StoreChange::Strip), Ok(Some(bare.clone())));
        assert_eq!(change(&with, size(0)), Ok(Some(bare.clone())));
        assert_eq!(change(&bare, StoreChange::Strip), Ok(None));
        assert!(change(&bare, size(15)).unwrap_err().to_string().contains("even"));
        assert!(change(&bare, size(15 * 1024)).unwrap_err().to_string().contains("PRO-05"));
        assert!(change(&bare, StoreChange::Size { len: 15 * 1024, force: true }).is_ok());
    }

    #[test]
    fn a_store_that_holds_anything_is_never_changed() {
        let full = object(&[(RecordType::Header, b"<\0"), (RecordType::Store, &[0, 1])]);
        let object = Object::parse(&full).unwrap();
        for change in [StoreChange::Strip, StoreChange::Size { len: 64, force: true }] {
            assert!(object.with_store(change).unwrap_err().to_string().contains("holds"));
        }
        assert_eq!(object.with_store(StoreChange::Size { len: 2, force: false }), Ok(None));
    }

    #[test]
    fn one_byte_makes_a_store_full() {
        assert!(Store::new(&[0; 16]).is_empty());
        assert!(!Store::new(&[0, 0, 1]).is_empty());
        assert_eq!(Store::new(&[]).capacity(), 0);
    }
}
