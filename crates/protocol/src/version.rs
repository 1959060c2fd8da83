//! Versions of clients.

use crate::{Error, ErrorKind, Result};
use core::fmt;
use core::str::FromStr;
use prkit_license::Generation;

/// A version of up to four numbers: `CLIENTVERSION` of a request, or a version of PlayReady.
///
/// PlayReady numbers its porting kits 1.0, 1.2, 2.0, 2.5, 2.11, 3.0 …, so 2.11 is later than 2.5. Windows puts its own
/// numbers there, from 10.0 on (MS docs `testing-client-info.md`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClientVersion {
    numbers: [u32; 4],
    len: u8,
}

impl ClientVersion {
    /// The first number.
    pub const fn major(self) -> u32 {
        self.numbers[0]
    }

    /// The second number; 0 where there is none, so 2 means 2.0.
    pub const fn minor(self) -> u32 {
        self.numbers[1]
    }

    /// Which rules for dates it follows.
    pub const fn generation(self) -> Generation {
        Generation::of_major(self.major())
    }

    /// Whether these are Windows' numbers, not PlayReady's.
    pub const fn is_windows(self) -> bool {
        self.major() >= 10
    }
}

impl FromStr for ClientVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::Version { text: text.chars().take(40).collect() });
        let mut numbers = [0; 4];
        let mut parts = text.trim().split('.');
        let mut len = 0_u8;
        for (number, part) in numbers.iter_mut().zip(parts.by_ref()) {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(wrong());
            }
            *number = part.parse().map_err(|_| wrong())?;
            len = len.saturating_add(1);
        }
        if parts.next().is_some() {
            return Err(wrong());
        }
        Ok(Self { numbers, len })
    }
}

/// As many numbers as were written, but always two.
impl fmt::Display for ClientVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.numbers.iter().take(usize::from(self.len).max(2)).enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{number}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let version = |text: &str| text.parse::<ClientVersion>().unwrap();
        assert!(version("2.11") > version("2.5"));
        assert_eq!(version("2").to_string(), "2.0");
        assert_eq!(version("3.1.0.1017").to_string(), "3.1.0.1017");
        assert_eq!(version("2.5").generation(), Generation::Early);
        assert_eq!(version("10.0.16384.10011").generation(), Generation::Timed);
        assert!(version("10.0.16384.10011").is_windows() && !version("4.5").is_windows());
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "2.", "x", "1.2.3.4.5", "2,5", "99999999999", "+2"] {
            assert!(text.parse::<ClientVersion>().is_err(), "{text}");
        }
    }
}
