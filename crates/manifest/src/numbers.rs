//! Bytes as an array of numbers, as JSON and the buffers of scripts have them.
//!
//! ```text
//!   { "type": "Buffer", "data": [82, 3, 0, 0, 1, 0, …] }     an array
//!   { "0": 82, "1": 3, "2": 0, "3": 0, … }                   an array of JavaScript that was written as an object
//! ```
//!
//! Nobody writes objects so for players. They are looked for so that no edit passes one by in silence.

use crate::limits::{MAX_OBJECT_LEN, MAX_OBJECTS};
use crate::stray::{What, what};
use crate::work;
use core::fmt::Write as _;
use core::ops::Range;

/// Numbers that have to be there: the shortest box has 32 bytes.
const MIN_LEN: usize = 24;

/// Numbers that are an object or boxes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Array {
    /// From the first character of the first number, or its name, to the last of the last number.
    pub(crate) range: Range<usize>,
    pub(crate) what: What,
    pub(crate) bytes: Vec<u8>,
    pub(crate) written: Written,
}

/// How numbers are written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Written {
    /// From one to the next, with its comma.
    between: String,
    /// What is between the name of one and its value.
    colon: Option<String>,
    /// From -128 to 127.
    is_signed: bool,
}

impl Written {
    /// Other bytes, written the same way.
    pub(crate) fn encode(&self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len().saturating_mul(4));
        for (i, byte) in bytes.iter().enumerate() {
            if i > 0 {
                text.push_str(&self.between);
            }
            if let Some(colon) = &self.colon {
                // Writing to a string cannot fail.
                let _ = write!(text, "\"{i}\"{colon}");
            }
            let number = if self.is_signed { byte.cast_signed().to_string() } else { byte.to_string() };
            text.push_str(&number);
        }
        text
    }
}

/// Finds all arrays of numbers that are objects or boxes.
pub(crate) fn find(text: &str) -> Vec<Array> {
    work::count(text.len());
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(open) =
        text.get(at..).and_then(|rest| rest.find(['[', '{'])).map(|skip| at.saturating_add(skip))
    {
        let start = open.saturating_add(1);
        let inside = text.get(start..).unwrap_or_default();
        let is_object = text.get(open..start) == Some("{");
        let is_inside = |c: char| c.is_ascii_digit() || matches!(c, ',' | '-') || c.is_ascii_whitespace();
        // Nothing is read twice: an array within this one begins behind what was read.
        let len = inside.find(|c: char| !(is_inside(c) || is_object && matches!(c, '"' | ':')));
        let len = len.unwrap_or(inside.len());
        at = start.saturating_add(len);
        let is_closed =
            inside.get(len..).is_some_and(|rest| rest.starts_with(if is_object { '}' } else { ']' }));
        if !is_closed || found.len() > MAX_OBJECTS {
            continue;
        }
        let body = inside.get(..len).unwrap_or_default();
        let start = start.saturating_add(body.len().saturating_sub(body.trim_start().len()));
        let range = start..start.saturating_add(body.trim().len());
        let read = read(body.trim(), is_object);
        found.extend(read.and_then(|(bytes, written)| {
            let what = what(&bytes)?;
            Some(Array { range, what, bytes, written })
        }));
    }
    found
}

/// The bytes that numbers are, where each of them is one.
fn read(numbers: &str, is_object: bool) -> Option<(Vec<u8>, Written)> {
    // One digit and one comma at least; a name of five digits, quotes and a colon at most.
    let most = if is_object { 24 } else { 8 };
    if numbers.len() < MIN_LEN.saturating_mul(2) || numbers.len() > MAX_OBJECT_LEN.saturating_mul(most) {
        return None;
    }
    let is_signed = numbers.contains('-');
    let mut bytes: Vec<u8> = Vec::with_capacity(numbers.len() / 2);
    let mut colon = None;
    for (i, item) in numbers.split(',').map(str::trim).enumerate() {
        let number = if is_object {
            let (name, rest) = item.strip_prefix('"')?.split_once('"')?;
            let number = rest.trim_start().strip_prefix(':')?.trim_start();
            colon.get_or_insert(rest.get(..rest.len().checked_sub(number.len())?)?.to_owned());
            if name.parse() == Ok(i) { number } else { return None }
        } else {
            item
        };
        bytes.push(if is_signed {
            number.parse::<i8>().ok()?.cast_unsigned()
        } else {
            number.parse().ok()?
        });
    }
    let (first, rest) = numbers.split_once(',')?;
    let before = first.len().saturating_sub(first.trim_end().len());
    let behind = rest.len().saturating_sub(rest.trim_start().len());
    let comma = first.len();
    let between =
        numbers.get(comma.checked_sub(before)?..comma.checked_add(behind)?.checked_add(1)?)?.to_owned();
    Some((bytes, Written { between, colon, is_signed }))
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
        let names = |bytes: &[u8], colon: &str| {
            let members = bytes.iter().enumerate().map(|(i, byte)| format!("\"{i}\"{colon}{byte}"));
            members.collect::<Vec<_>>().join(", ")
        };
        let mut signed = object.clone();
        signed.push(0xFF);
        let of_java = signed.iter().map(|byte| byte.cast_signed().to_string()).collect::<Vec<_>>().join(", ");
        for (bytes, text) in [
            (&object, format!("{{\"type\":\"Buffer\",\"data\":[{}]}}", numbers(&object, ","))),
            (&object, format!("[[[1]],[\n  {}\n]]", numbers(&object, ",\r\n  "))),
            (&object, format!("{{{}}}", names(&object, ":"))),
            (&object, format!("{{\"a\":{{\n{} }}}}", names(&object, " : "))),
            (&signed, format!("[{of_java}]")),
        ] {
            let [found]: [Array; 1] = find(&text).try_into().unwrap();
            assert_eq!((&found.bytes, found.what), (bytes, What::Object));
            assert_eq!(found.written.encode(bytes), text[found.range], "{text}");
        }
        for text in [
            format!("[{}", numbers(&object, ",")),
            format!("[{},256]", numbers(&object, ",")),
            format!("{{{}]", names(&object, ":")),
            format!("{{{}}}", names(&object, ":").replace("\"3\"", "\"4\"")),
            "[1,2,3]".to_owned(),
            format!("[{}]", numbers(&[7; 500], ",")),
            "[".repeat(5000),
        ] {
            assert_eq!(find(&text).len(), 0, "{text}");
        }
    }
}
