//! PlayReady Objects (PRH spec 2). All integers are little-endian.
//!
//! ```text
//!  0        4       6      8        10
//!  ┌────────┬───────┬──────┬────────┬─────────┬──────┬────────┬──── …
//!  │ length │ count │ type │ length │ value   │ type │ length │
//!  └────────┴───────┴──────┴────────┴─────────┴──────┴────────┴──── …
//!   of all           first record              second record
//! ```
//!
//! The field has objects whose numbers are wrong: a length off by one, a count of two over one record, a record
//! that claims more than there is. Players read many of them, so this does too and keeps a list of what is odd.

use crate::{Error, ErrorKind, Header, Override, Overrides, Result, Store};
use std::sync::OnceLock;

/// "This value should not exceed 15 kilobytes" (PRH spec 2).
pub const MAX_RECOMMENDED: usize = 15 * 1024;

/// Refuses an edit that makes an object longer, and longer than 15 KB: "this value should not exceed 15 kilobytes" (PRH spec
/// 2), with a license store or without. One that was longer before and does not grow is nobody's fault now.
///
/// # Errors
///
/// [`ErrorKind::TooLong`], unless that is overridden.
pub fn check_length(before: usize, after: usize, overrides: Overrides) -> Result<()> {
    if after > MAX_RECOMMENDED && after > before && !overrides.has(Override::TooLong) {
        return Err(Error::new(ErrorKind::TooLong { len: after }));
    }
    Ok(())
}

const HEADER_LEN: usize = 6;
const RECORD_HEADER_LEN: usize = 4;

/// A PlayReady Object: records, every one kept as it is.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    bytes: &'a [u8],
    declared_len: u32,
    declared_count: u16,
    records: Vec<Record<'a>>,
    trailing: &'a [u8],
    oddities: Vec<Oddity>,
    /// The first header, from when it is asked for: one is read once.
    header: OnceLock<Result<Header<'a>>>,
}

/// One record of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record<'a> {
    /// What the value is.
    pub kind: RecordType,
    /// The value; shorter than declared when the object is cut.
    pub value: &'a [u8],
    /// Where the record begins, from the start of the object.
    pub offset: usize,
    /// The length its header gives.
    pub declared_len: u16,
}

impl Record<'_> {
    /// Where the value begins, from the start of the object: behind type and length.
    pub const fn value_offset(&self) -> usize {
        self.offset.saturating_add(RECORD_HEADER_LEN)
    }
}

/// What a record holds (PRH spec 2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RecordType {
    /// 1: a PlayReady Header.
    Header,
    /// 2: reserved.
    Reserved,
    /// 3: an embedded license store.
    Store,
    /// Any other number.
    Other(u16),
}

/// What is wrong about an object that can be read all the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Oddity {
    /// The length field says another length than the bytes have.
    Length {
        /// By the field.
        declared: u32,
        /// By the bytes.
        actual: usize,
    },
    /// The count says another number than there are records.
    Count {
        /// By the field.
        declared: u16,
        /// By the bytes.
        actual: usize,
    },
    /// A record claims more bytes than are left.
    CutRecord {
        /// Which, from 0.
        index: usize,
        /// By its header.
        declared: u16,
        /// By the bytes.
        actual: usize,
    },
    /// Bytes after the last record.
    Trailing {
        /// How many.
        len: usize,
    },
}

impl RecordType {
    const fn from_u16(kind: u16) -> Self {
        match kind {
            1 => Self::Header,
            2 => Self::Reserved,
            3 => Self::Store,
            other => Self::Other(other),
        }
    }

    /// The number on the wire.
    pub const fn to_u16(self) -> u16 {
        match self {
            Self::Header => 1,
            Self::Reserved => 2,
            Self::Store => 3,
            Self::Other(kind) => kind,
        }
    }
}

impl<'a> Object<'a> {
    /// Reads an object, right or odd.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Short`] below 6 bytes; [`ErrorKind::Foreign`] when neither the length field nor any record
    /// speaks for an object.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let short = || Error::new(ErrorKind::Short { actual: bytes.len() });
        let (declared_len, rest) = bytes.split_first_chunk().ok_or_else(short)?;
        let (declared_count, mut rest) = rest.split_first_chunk().ok_or_else(short)?;
        let declared_len = u32::from_le_bytes(*declared_len);
        let declared_count = u16::from_le_bytes(*declared_count);

        let mut records = Vec::new();
        let mut oddities = Vec::new();
        if u32::try_from(bytes.len()) != Ok(declared_len) {
            oddities.push(Oddity::Length { declared: declared_len, actual: bytes.len() });
        }
        while records.len() < usize::from(declared_count) {
            let offset = bytes.len().saturating_sub(rest.len());
            let Some((record, after)) = Record::parse(rest, offset) else { break };
            if record.value.len() < usize::from(record.declared_len) {
                let (declared, actual) = (record.declared_len, record.value.len());
                oddities.push(Oddity::CutRecord { index: records.len(), declared, actual });
            }
            records.push(record);
            rest = after;
        }
        if records.len() != usize::from(declared_count) {
            oddities.push(Oddity::Count { declared: declared_count, actual: records.len() });
        }
        if !rest.is_empty() {
            oddities.push(Oddity::Trailing { len: rest.len() });
        }
        let header = OnceLock::new();
        let object = Self { bytes, declared_len, declared_count, records, trailing: rest, oddities, header };
        if object.is_plausible() {
            Ok(object)
        } else {
            Err(Error::new(ErrorKind::Foreign { declared: declared_len, actual: bytes.len() }))
        }
    }

    /// The GPAC conformance files hold a run of bytes that reads as an object with absurd numbers. An object has a
    /// right length or at least a header that can be read.
    fn is_plausible(&self) -> bool {
        let right_length = !self.oddities.iter().any(|odd| matches!(odd, Oddity::Length { .. }));
        right_length || self.header().is_ok()
    }

    /// Makes an object of records.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RecordTooLong`] and [`ErrorKind::TooManyRecords`]: both numbers have 16 bits.
    pub fn encode<'r>(records: impl IntoIterator<Item = (RecordType, &'r [u8])>) -> Result<Vec<u8>> {
        Self::encode_into(Vec::new(), records)
    }

    /// The same in bytes that have room for it.
    fn encode_into<'r>(
        mut bytes: Vec<u8>,
        records: impl IntoIterator<Item = (RecordType, &'r [u8])>,
    ) -> Result<Vec<u8>> {
        bytes.resize(HEADER_LEN, 0);
        let mut count = 0_usize;
        for (kind, value) in records {
            let len = u16::try_from(value.len())
                .map_err(|_| Error::new(ErrorKind::RecordTooLong { len: value.len() }))?;
            bytes.reserve(value.len().saturating_add(RECORD_HEADER_LEN));
            bytes.extend_from_slice(&kind.to_u16().to_le_bytes());
            bytes.extend_from_slice(&len.to_le_bytes());
            bytes.extend_from_slice(value);
            count = count.saturating_add(1);
        }
        finish(&mut bytes, count)?;
        Ok(bytes)
    }

    /// The same object with the value of one record replaced, with right lengths and a right count.
    ///
    /// Everything else stays: other records, also unknown ones, their order, and bytes after the last.
    ///
    /// # Errors
    ///
    /// As for [`encode`](Self::encode).
    pub fn with_record(&self, index: usize, value: &[u8]) -> Result<Vec<u8>> {
        let values = self.records.iter().enumerate().map(|(i, record)| {
            let value = if i == index { value } else { record.value };
            (record.kind, value)
        });
        self.with_records(values, value.len())
    }

    /// The same object with other records, `more` bytes longer at most: right lengths, a right count, and the bytes
    /// after the last one.
    pub(crate) fn with_records<'r>(
        &self,
        records: impl IntoIterator<Item = (RecordType, &'r [u8])>,
        more: usize,
    ) -> Result<Vec<u8>> {
        let room = Vec::with_capacity(self.bytes.len().saturating_add(more));
        let mut bytes = Self::encode_into(room, records)?;
        bytes.extend_from_slice(self.trailing);
        let count =
            bytes.get(4..6).and_then(|count| count.first_chunk()).map_or(0, |n| u16::from_le_bytes(*n));
        finish(&mut bytes, usize::from(count))?;
        Ok(bytes)
    }

    /// The first header.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoHeader`] for an object without a header record, [`ErrorKind::NoElement`] for a record
    /// without an element in it.
    pub fn header(&self) -> Result<&Header<'a>> {
        self.header.get_or_init(|| self.read_header()).as_ref().map_err(Clone::clone)
    }

    pub(crate) fn into_header(mut self) -> Result<Header<'a>> {
        self.header.take().unwrap_or_else(|| self.read_header())
    }

    fn read_header(&self) -> Result<Header<'a>> {
        Header::parse(self.header_record().ok_or(Error::new(ErrorKind::NoHeader))?.value)
    }

    /// All its bytes.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The length field, right or wrong.
    pub const fn declared_len(&self) -> u32 {
        self.declared_len
    }

    /// The record count field, right or wrong.
    pub const fn declared_count(&self) -> u16 {
        self.declared_count
    }

    /// The records, in order.
    pub fn records(&self) -> &[Record<'a>] {
        &self.records
    }

    /// The records, and those behind them that the count leaves out: only where they fill the rest exactly.
    pub(crate) fn all_records(&self) -> Vec<Record<'a>> {
        let mut records = self.records.clone();
        let mut rest = self.trailing;
        if rest.iter().all(|byte| *byte == 0) {
            // Padding, though four zeros could be an empty record of type 0.
            return records;
        }
        while !rest.is_empty() {
            let offset = self.bytes.len().saturating_sub(rest.len());
            match Record::parse(rest, offset) {
                Some((record, after)) if record.value.len() == usize::from(record.declared_len) => {
                    records.push(record);
                    rest = after;
                }
                _ => return self.records.clone(),
            }
        }
        records
    }

    /// Whether it holds a license store and nothing else: there is no header that could be changed.
    pub fn is_store_only(&self) -> bool {
        !self.records.is_empty() && self.records.iter().all(|record| record.kind == RecordType::Store)
    }

    /// Bytes after the last record.
    pub const fn trailing(&self) -> &'a [u8] {
        self.trailing
    }

    /// What is wrong about its numbers.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// The first header record: the one players read.
    pub fn header_record(&self) -> Option<&Record<'a>> {
        self.records.iter().find(|record| record.kind == RecordType::Header)
    }

    /// The first license store.
    pub fn store(&self) -> Option<Store<'a>> {
        self.records
            .iter()
            .find(|record| record.kind == RecordType::Store)
            .map(|record| Store::new(record.value))
    }
}

fn finish(bytes: &mut [u8], count: usize) -> Result<()> {
    let count = u16::try_from(count).map_err(|_| Error::new(ErrorKind::TooManyRecords { count }))?;
    // At most 65535 records of 65535 bytes: the length fits 32 bits.
    let len =
        u32::try_from(bytes.len()).map_err(|_| Error::new(ErrorKind::RecordTooLong { len: bytes.len() }))?;
    if let Some((len_field, rest)) = bytes.split_first_chunk_mut()
        && let Some(count_field) = rest.first_chunk_mut()
    {
        *len_field = len.to_le_bytes();
        *count_field = count.to_le_bytes();
    }
    Ok(())
}

impl<'a> Record<'a> {
    fn parse(bytes: &'a [u8], offset: usize) -> Option<(Self, &'a [u8])> {
        let (kind, rest) = bytes.split_first_chunk()?;
        let (declared_len, rest) = rest.split_first_chunk()?;
        let kind = RecordType::from_u16(u16::from_le_bytes(*kind));
        let declared_len = u16::from_le_bytes(*declared_len);
        let (value, rest) = rest.split_at(usize::from(declared_len).min(rest.len()));
        Some((Self { kind, value, offset, declared_len }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(xml: &str) -> Vec<u8> {
        xml.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn a_record_of_unknown_type_survives_a_round_trip() {
        let xml = header("<WRMHEADER></WRMHEADER>");
        let records: [(RecordType, &[u8]); 4] = [
            (RecordType::Header, &xml),
            (RecordType::Reserved, b"two"),
            (RecordType::Other(0x7777), b"odd"),
            (RecordType::Store, &[0; 16]),
        ];
        let bytes = Object::encode(records).unwrap();
        let object = Object::parse(&bytes).unwrap();
        assert_eq!(object.oddities(), []);
        assert_eq!(object.with_record(0, &xml).unwrap(), bytes);
        assert_eq!(object.records().iter().map(|r| r.kind.to_u16()).collect::<Vec<_>>(), [1, 2, 0x7777, 3]);
        assert_eq!(object.store().unwrap().capacity(), 16);
    }

    #[test]
    fn a_replaced_value_gets_right_lengths() {
        let bytes = Object::encode([(RecordType::Header, &header("<A></A>")[..])]).unwrap();
        let longer = header("<ABCDEF></ABCDEF>");
        let new = Object::parse(&bytes).unwrap().with_record(0, &longer).unwrap();
        let object = Object::parse(&new).unwrap();
        assert_eq!(object.oddities(), []);
        assert_eq!(object.header_record().unwrap().value, longer);
    }

    #[test]
    fn wrong_numbers_are_read_and_listed() {
        let mut bytes = Object::encode([(RecordType::Header, &header("<A></A>")[..])]).unwrap();
        bytes[0] += 1;
        bytes[4] = 2;
        bytes[8] += 2;
        let object = Object::parse(&bytes).unwrap();
        assert_eq!(object.records().len(), 1);
        assert_eq!(object.oddities().len(), 3, "{:?}", object.oddities());
    }

    #[test]
    fn bytes_after_the_last_record_are_kept() {
        let mut bytes = Object::encode([(RecordType::Header, &header("<A></A>")[..])]).unwrap();
        bytes.extend_from_slice(b"tail");
        let object = Object::parse(&bytes).unwrap();
        assert_eq!(object.trailing(), b"tail");
        let new = object.with_record(0, &header("<B></B>")).unwrap();
        assert!(new.ends_with(b"tail"));
    }

    #[test]
    fn foreign_bytes_are_no_object() {
        let junk = [0x0A, 0x0A, 0x0A, 0x0A, 0xAC, 0xE1, 0x25, 0x00];
        assert!(matches!(Object::parse(&junk).unwrap_err().kind(), ErrorKind::Foreign { .. }));
        assert!(matches!(Object::parse(&[1, 2]).unwrap_err().kind(), ErrorKind::Short { actual: 2 }));
    }

    #[test]
    fn a_value_longer_than_a_record_can_hold_is_refused() {
        let error = Object::encode([(RecordType::Store, &vec![0; 65_536][..])]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a record of 65536 bytes is too long: its length field holds at most 65535"
        );
    }

    proptest! {
        #[test]
        fn any_records_come_back(values in proptest::collection::vec((any::<u16>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..5)) {
            let bytes = Object::encode(values.iter().map(|(k, v)| (RecordType::from_u16(*k), &v[..]))).unwrap();
            let object = Object::parse(&bytes).unwrap();
            prop_assert_eq!(object.oddities(), []);
            let back: Vec<_> = object.records().iter().map(|r| (r.kind.to_u16(), r.value.to_vec())).collect();
            prop_assert_eq!(back, values);
        }

        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Object::parse(&bytes);
        }
    }
}
