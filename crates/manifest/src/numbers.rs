//! Bytes as an array of numbers, as JSON and the buffers of scripts have them.
//!
//! ```text
//!   { "type": "Buffer", "data": [82, 3, 0, 0, 1, 0, …] }
//! ```
//!
//! Nobody writes objects so for players. They are looked for so that no edit passes one by in silence.

use crate::limits::{MAX_OBJECT_LEN, MAX_OBJECTS};
use crate::stray::{Stray, what};
use crate::work;
use core::ops::Range;

/// Numbers that have to be there: the shortest box has 32 bytes.
const MIN_LEN: usize = 24;

/// Finds all arrays of numbers that are objects or boxes.
pub(crate) fn find(text: &str) -> Vec<Stray> {
    work::count(text.len());
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('[')).map(|skip| at.saturating_add(skip))
    {
        let inside = text.get(open.saturating_add(1)..).unwrap_or_default();
        // Nothing is read twice: an array within this one begins behind what was read.
        let len = inside.find(|c: char| !(c.is_ascii_digit() || c == ',' || c.is_ascii_whitespace()));
        let len = len.unwrap_or(inside.len());
        at = open.saturating_add(1).saturating_add(len);
        if !inside.get(len..).is_some_and(|rest| rest.starts_with(']')) || found.len() > MAX_OBJECTS {
            continue;
        }
        let range: Range<usize> = open..at.saturating_add(1);
        let bytes = inside.get(..len).and_then(bytes);
        found.extend(bytes.and_then(|bytes| what(&bytes)).map(|what| Stray { range, what, is_hex: false }));
    }
    found
}

/// The bytes that numbers are, where each of them is one.
fn bytes(numbers: &str) -> Option<Vec<u8>> {
    // One digit and one comma at least.
    if numbers.len() < MIN_LEN.saturating_mul(2) || numbers.len() > MAX_OBJECT_LEN.saturating_mul(6) {
        return None;
    }
    numbers.split(',').map(|number| number.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use prkit_playready::{Object, RecordType};

    #[test]
    fn arrays_of_bytes_that_are_an_object_are_found_and_others_are_not() {
        let header: Vec<u8> = "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"4.0.0.0\"><DATA/></WRMHEADER>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let object = Object::encode([(RecordType::Header, &header[..])]).unwrap();
        let numbers = |bytes: &[u8], between: &str| {
            bytes.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
        };
        for text in [
            format!("{{\"type\":\"Buffer\",\"data\":[{}]}}", numbers(&object, ",")),
            format!("[[[1]],[\n  {}\n]]", numbers(&object, ",\r\n  ")),
        ] {
            let found = find(&text);
            assert_eq!(found.len(), 1, "{text}");
            let array = &text[found[0].range.clone()];
            assert!(array.starts_with('[') && array.ends_with(']'), "{array}");
        }
        for text in [
            format!("[{}", numbers(&object, ",")),
            format!("[{},256]", numbers(&object, ",")),
            "[1,2,3]".to_owned(),
            format!("[{}]", numbers(&[7; 500], ",")),
            "[".repeat(5000),
        ] {
            assert_eq!(find(&text).len(), 0, "{text}");
        }
    }
}
