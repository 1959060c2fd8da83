//! The embedded license store (PRH spec 4): the value of a record of type 3.
//!
//! An empty store is all zeros; space reserved so that a license can be embedded later without moving anything.
//! How a filled store is laid out is not public, so what one holds is never changed: bytes are only put where zeros
//! were.

use crate::{Error, ErrorKind, Object, Override, Overrides, Record, RecordType, Result, check_length};

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
pub enum StoreChange<'b> {
    /// It has so many bytes, all zero; where there is none, it comes behind the header.
    Size {
        /// Bytes.
        len: usize,
        /// [`Override::TooLong`] lets the object have more than 15 KB.
        overrides: Overrides,
    },
    /// It goes.
    Strip {
        /// [`Override::FilledStore`] lets it go with what it holds.
        overrides: Overrides,
    },
    /// These bytes stand in the first store, where zeros were. Nothing moves.
    Fill {
        /// Byte of the store.
        at: usize,
        /// What to write.
        bytes: &'b [u8],
    },
}

impl Object<'_> {
    /// The same object with its license stores changed; `None` when that changes nothing. A store that is sized stands
    /// behind the header record: players take the first record for the header.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RecordTooLong`] for a size that no record has; [`ErrorKind::StoreHolds`] and [`ErrorKind::StoreLost`] for a store that is not empty, [`ErrorKind::OddStore`] and [`ErrorKind::TooLong`] for
    /// a size that players or the specification do not like, [`ErrorKind::NoStore`] and [`ErrorKind::StoreFull`] for
    /// what cannot be filled.
    pub fn with_store(&self, change: StoreChange<'_>) -> Result<Option<Vec<u8>>> {
        let strips = matches!(change, StoreChange::Strip { .. });
        let (len, overrides) = match change {
            StoreChange::Fill { at, bytes } => return self.with_filled(at, bytes).map(Some),
            StoreChange::Size { len, .. } if len > usize::from(u16::MAX) => {
                return Err(Error::new(ErrorKind::RecordTooLong { len }));
            }
            StoreChange::Size { len, .. } if len % 2 != 0 => {
                return Err(Error::new(ErrorKind::OddStore { len }));
            }
            StoreChange::Size { len, overrides } => (len, overrides),
            StoreChange::Strip { overrides } => (0, overrides),
        };
        let stores = self.records().iter().filter(|record| record.kind == RecordType::Store);
        let mut sizes = stores.clone().map(|record| record.value.len());
        let is_header = |record: &Record<'_>| record.kind == RecordType::Header;
        let in_order = len == 0 || self.records().iter().position(is_header).unwrap_or(0) == 0;
        let same = if len == 0 { sizes.next().is_none() } else { sizes.eq([len]) };
        if same && in_order {
            return Ok(None);
        }
        if let Some(full) = stores.clone().find(|record| !Store::new(record.value).is_empty()) {
            let len = full.value.len();
            if !strips {
                return Err(Error::new(ErrorKind::StoreHolds { len }));
            }
            if !overrides.has(Override::FilledStore) {
                return Err(Error::new(ErrorKind::StoreLost { len }));
            }
        }
        let zeros = vec![0; len];
        let mut records: Vec<(RecordType, &[u8])> =
            Vec::with_capacity(self.records().len().saturating_add(1));
        let mut placed = len == 0;
        let first = if in_order { None } else { self.records().iter().position(is_header) };
        let others = self.records().iter().enumerate().filter(|(i, _)| Some(*i) != first);
        let in_place = first.and_then(|i| self.records().get(i)).into_iter().chain(others.map(|(_, r)| r));
        for record in in_place {
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
        check_length(self.bytes().len(), object.len(), overrides)?;
        Ok(Some(object))
    }

    /// The same object with bytes in its first store, over zeros and nothing else.
    fn with_filled(&self, at: usize, bytes: &[u8]) -> Result<Vec<u8>> {
        let index = self.records().iter().position(|record| record.kind == RecordType::Store);
        let index = index.ok_or(Error::new(ErrorKind::NoStore))?;
        let mut store = self.records().get(index).map(|record| record.value.to_vec()).unwrap_or_default();
        let room = store.len().saturating_sub(at);
        let place = store.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len()));
        let place = place.ok_or(Error::new(ErrorKind::StoreFull { len: bytes.len(), room }))?;
        if place.iter().any(|byte| *byte != 0) {
            return Err(Error::new(ErrorKind::StoreHolds { len: store.len() }));
        }
        place.copy_from_slice(bytes);
        self.with_record(index, &store)
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
        let size = |len| StoreChange::Size { len, overrides: Overrides::NONE };
        let change = |bytes: &[u8], change| Object::parse(bytes).unwrap().with_store(change);
        assert_eq!(change(&bare, size(64)), Ok(Some(with.clone())));
        assert_eq!(change(&with, size(64)), Ok(None));
        assert_eq!(change(&with, StoreChange::Strip { overrides: Overrides::NONE }), Ok(Some(bare.clone())));
        assert_eq!(change(&with, size(0)), Ok(Some(bare.clone())));
        assert_eq!(change(&bare, StoreChange::Strip { overrides: Overrides::NONE }), Ok(None));
        assert!(change(&bare, size(15)).unwrap_err().to_string().contains("even"));
        assert!(change(&bare, size(15 * 1024)).unwrap_err().to_string().contains("PRO-05"));
        assert!(
            change(&bare, StoreChange::Size { len: 15 * 1024, overrides: Override::TooLong.into() }).is_ok()
        );
    }

    #[test]
    fn a_store_that_holds_anything_is_changed_by_nobody_who_does_not_insist() {
        let full = object(&[(RecordType::Header, b"<\0"), (RecordType::Store, &[0, 1])]);
        let object = Object::parse(&full).unwrap();
        for change in [
            StoreChange::Strip { overrides: Override::TooLong.into() },
            StoreChange::Size { len: 64, overrides: Override::TooLong.into() },
        ] {
            assert!(object.with_store(change).unwrap_err().to_string().contains("holds"));
        }
        assert_eq!(object.with_store(StoreChange::Size { len: 2, overrides: Overrides::NONE }), Ok(None));
    }

    #[test]
    fn a_store_is_filled_over_zeros_only() {
        let empty = object(&[(RecordType::Header, b"<\0"), (RecordType::Store, &[0; 8])]);
        let fill = |bytes: &[u8], at, what: &[u8]| {
            Object::parse(bytes).unwrap().with_store(StoreChange::Fill { at, bytes: what })
        };
        let once = fill(&empty, 0, &[1, 2, 0]).unwrap().unwrap();
        assert_eq!(once.len(), empty.len());
        assert_eq!(Object::parse(&once).unwrap().store().unwrap().bytes(), [1, 2, 0, 0, 0, 0, 0, 0]);
        assert!(fill(&once, 1, &[9]).unwrap_err().to_string().contains("holds"));
        let twice = fill(&once, 3, &[3; 5]).unwrap().unwrap();
        assert_eq!(Object::parse(&twice).unwrap().store().unwrap().bytes(), [1, 2, 0, 3, 3, 3, 3, 3]);
        let full = fill(&once, 3, &[3; 6]).unwrap_err().to_string();
        assert!(full.contains("1 byte too many"), "{full}");
        let bare = object(&[(RecordType::Header, b"<\0")]);
        assert!(fill(&bare, 0, &[1]).unwrap_err().to_string().contains("no license store"));
    }

    #[test]
    fn a_sized_store_stands_behind_the_header() {
        let before = object(&[(RecordType::Store, &[0; 8]), (RecordType::Header, b"<\0")]);
        let after = Object::parse(&before)
            .unwrap()
            .with_store(StoreChange::Size { len: 8, overrides: Overrides::NONE });
        assert_eq!(after, Ok(Some(object(&[(RecordType::Header, b"<\0"), (RecordType::Store, &[0; 8])]))));
    }

    #[test]
    fn one_byte_makes_a_store_full() {
        assert!(Store::new(&[0; 16]).is_empty());
        assert!(!Store::new(&[0, 0, 1]).is_empty());
        assert_eq!(Store::new(&[]).capacity(), 0);
    }
}
