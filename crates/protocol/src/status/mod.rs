//! Status codes.
//!
//! ```text
//!   0x8004C605 = 2147796485 = -2147170811     one number, three ways to write it
//! ```
//!
//! Names are official where Microsoft publishes them with their number; others come from public programs and say so.

mod table;

pub use table::{STATUS_CODES, STATUS_RANGES, StatusEntry, StatusRange};

use crate::{Error, ErrorKind, Result};
use core::fmt;
use core::str::FromStr;

/// A status code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Status(u32);

impl Status {
    /// From the number.
    pub const fn from_u32(code: u32) -> Self {
        Self(code)
    }

    /// The number.
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// The number as programs print it that take it for signed.
    pub const fn to_i32(self) -> i32 {
        i32::from_ne_bytes(self.0.to_ne_bytes())
    }

    /// Whether it says failure.
    pub const fn is_failure(self) -> bool {
        self.0 >> 31 == 1
    }

    /// What is known of it.
    pub fn entry(self) -> Option<&'static StatusEntry> {
        STATUS_CODES.iter().find(|entry| entry.code == self.0)
    }

    /// The family it belongs to, where that is all that is known.
    pub fn range(self) -> Option<&'static StatusRange> {
        STATUS_RANGES.iter().find(|range| (range.first..=range.last).contains(&self.0))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

/// Reads hex with or without `0x`, and decimal with or without sign. Eight digits that begin like the PlayReady
/// codes, 8004, are hex.
impl FromStr for Status {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let wrong = || Error::new(ErrorKind::Status { text: text.to_owned() });
        let hex = |digits: &str| u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
        let code = if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            hex(digits)
        } else if text.starts_with('-') {
            text.parse().ok().map(|code: i32| u32::from_ne_bytes(code.to_ne_bytes()))
        } else if text.len() == 8
            && (text.starts_with("8004") || text.contains(|c: char| c.is_ascii_alphabetic()))
        {
            hex(text)
        } else {
            text.parse().ok().filter(|_| !text.starts_with('+'))
        };
        code.map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_ways_to_write_a_code_are_read() {
        for text in ["0x8004C605", "0X8004c605", "8004c605", "2147796485", "-2147170811", " 0x8004C605 "] {
            let status: Status = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(status.to_string(), "0x8004C605", "{text}");
            assert_eq!(status.to_i32(), -2_147_170_811);
            assert!(status.is_failure());
        }
        // Eight digits without a letter are a code, not a number of eighty million.
        assert_eq!("80041109".parse::<Status>().unwrap().to_u32(), 0x8004_1109);
        assert_eq!("12345678".parse::<Status>().unwrap().to_u32(), 12_345_678);
    }

    #[test]
    fn what_is_no_code_says_what_is() {
        for text in ["", "0x", "0x123456789", "DRM_E", "99999999999", "+5", "0x+5"] {
            let error = text.parse::<Status>().unwrap_err().to_string();
            assert!(
                error.contains("expected 0x8004C605, 8004C605, -2147170811 or 2147796485"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn official_and_unofficial_names_are_told_apart() {
        let entry = |code| Status::from_u32(code).entry().unwrap();
        assert!(
            entry(0x8004_C605).is_official() && entry(0x8004_C605).name == "DRM_E_SERVER_DOMAIN_REQUIRED"
        );
        assert!(!entry(0x8004_C013).is_official());
        assert_eq!(Status::from_u32(0x8004_C505).entry(), None);
        assert!(Status::from_u32(0x8004_C505).range().unwrap().text.contains("domain"));
        assert_eq!(Status::from_u32(0x8004_FFFF).range(), None);
    }
}
