//! Texts that hold bytes, and what the bytes are.
//!
//! ```text
//!   cenc:pssh    base64 ─▶ box, box, …           units
//!   mspr:pro     base64 ─▶ object                one unit
//!   ContentProtectionData of CPIX
//!                base64 ─▶ text ─▶ base64 ─▶ …   a text inside a text
//! ```

use crate::found::Shape;
use crate::text::Text;
use crate::value::Value;
use bytes::Bytes;
use core::ops::Range;
use prkit_playready::SystemId;

/// A text that holds bytes.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) value: Value,
    pub(crate) bytes: Bytes,
    pub(crate) units: Vec<Unit>,
    pub(crate) inner: Option<Box<Inner>>,
}

/// A text inside a text.
#[derive(Clone, Debug)]
pub(crate) struct Inner {
    pub(crate) text: Text,
    pub(crate) slots: Vec<Slot>,
}

/// A part of a slot's bytes that is an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unit {
    pub(crate) range: Range<usize>,
    pub(crate) shape: Shape,
}

/// The `uuid` box of PIFF 1.1 that is a `pssh` box.
const PIFF_PSSH: [u8; 16] =
    [0xd0, 0x8a, 0x4f, 0x18, 0x10, 0xf3, 0x4a, 0x82, 0xb6, 0xc8, 0x32, 0xd8, 0xab, 0xa1, 0x83, 0xd3];

/// The objects in decoded bytes.
pub(crate) fn units(bytes: &[u8]) -> Vec<Unit> {
    if is_box(bytes) {
        return boxes(bytes);
    }
    let shape = if is_box_data(bytes) { Shape::BoxData } else { Shape::Data };
    vec![Unit { range: 0..bytes.len(), shape }]
}

pub(crate) fn is_box(bytes: &[u8]) -> bool {
    match bytes.get(4..8) {
        Some(b"pssh") => true,
        Some(b"uuid") => bytes.get(8..24) == Some(&PIFF_PSSH),
        _ => false,
    }
}

/// One box after the other. A size that cannot be is taken as "to the end": who reads the box says what is wrong.
fn boxes(bytes: &[u8]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| is_box(rest)) {
        let len = box_len(rest).filter(|len| (8..=rest.len()).contains(len)).unwrap_or(rest.len());
        let end = at.saturating_add(len);
        units.push(Unit { range: at..end, shape: Shape::Box });
        at = end;
    }
    units
}

fn box_len(bytes: &[u8]) -> Option<usize> {
    let size = u32::from_be_bytes(*bytes.first_chunk()?);
    match size {
        0 => None,
        1 => usize::try_from(u64::from_be_bytes(*bytes.get(8..)?.first_chunk()?)).ok(),
        size => usize::try_from(size).ok(),
    }
}

/// Version and flags, then a SystemID that somebody has registered.
fn is_box_data(bytes: &[u8]) -> bool {
    let system = bytes.get(4..20).and_then(|system| <[u8; 16]>::try_from(system).ok());
    bytes.first().is_some_and(|version| *version < 2)
        && system.is_some_and(|system| SystemId::from_uuid_bytes(system).name().is_some())
}

/// The SystemID of a box, or of one without its first eight bytes.
pub(crate) fn system_of(bytes: &[u8], shape: Shape) -> Option<SystemId> {
    let content = match shape {
        Shape::Data => return None,
        Shape::BoxData => bytes,
        Shape::Box => {
            let header = if bytes.starts_with(&[0, 0, 0, 1]) { 16 } else { 8_usize };
            let uuid = if bytes.get(4..8) == Some(b"uuid") { 16 } else { 0 };
            bytes.get(header.saturating_add(uuid)..)?
        }
    };
    Some(SystemId::from_uuid_bytes(content.get(4..20)?.try_into().ok()?))
}

/// The system's data in a `pssh` box with its header.
pub(crate) fn data_of(bytes: &[u8]) -> Option<&[u8]> {
    let content = bytes.get(if bytes.starts_with(&[0, 0, 0, 1]) { 16 } else { 8 }..)?;
    let (version, rest) = (*content.first()?, content.get(20..)?);
    let kids = if version == 0 {
        0
    } else {
        let count = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        count.checked_mul(16)?.checked_add(4)?
    };
    rest.get(kids.checked_add(4)?..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pssh(system: SystemId, data: &[u8]) -> Vec<u8> {
        let len = u32::try_from(32 + data.len()).unwrap();
        [
            &len.to_be_bytes()[..],
            b"pssh\0\0\0\0",
            &system.to_uuid_bytes(),
            &u32::try_from(data.len()).unwrap().to_be_bytes(),
            data,
        ]
        .concat()
    }

    #[test]
    fn boxes_behind_each_other_are_units() {
        let bytes = [pssh(SystemId::PLAYREADY, b"a"), pssh(SystemId::PLAYREADY_SWAPPED, b"bc")].concat();
        let found = units(&bytes);
        assert_eq!(found.iter().map(|unit| unit.range.clone()).collect::<Vec<_>>(), [0..33, 33..67]);
        assert_eq!(system_of(&bytes[33..], Shape::Box), Some(SystemId::PLAYREADY_SWAPPED));
    }

    #[test]
    fn a_box_that_lies_about_its_size_takes_what_is_left() {
        let mut bytes = pssh(SystemId::PLAYREADY, b"abc");
        for size in [0, 7, 4_000_000_000_u32] {
            bytes[..4].copy_from_slice(&size.to_be_bytes());
            assert_eq!(units(&bytes), [Unit { range: 0..35, shape: Shape::Box }], "{size}");
        }
    }

    #[test]
    fn box_data_without_size_and_type_is_known() {
        let bytes = &pssh(SystemId::PLAYREADY, b"abc")[8..];
        assert_eq!(units(bytes), [Unit { range: 0..27, shape: Shape::BoxData }]);
        assert_eq!(system_of(bytes, Shape::BoxData), Some(SystemId::PLAYREADY));
        assert_eq!(units(&[7; 40])[0].shape, Shape::Data);
    }
}
