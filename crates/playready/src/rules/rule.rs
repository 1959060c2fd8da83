//! Rules, and what breaks them.

use super::fix::Fix;
use crate::NameError;
use core::fmt;
use core::ops::Range;
use core::str::FromStr;

/// One rule.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rule {
    /// Its number.
    pub id: &'static str,
    /// How bad it usually is to break it.
    pub level: Level,
    /// Where it comes from.
    pub section: &'static str,
    /// What it asks for, in one line.
    pub title: &'static str,
}

/// Another level of a rule, and when it counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Otherwise {
    /// The number of the rule.
    pub rule: &'static str,
    /// How bad it is then.
    pub level: Level,
    /// When: the rest of a sentence that begins with the level.
    pub when: &'static str,
}

/// Which text of the header specification counts where the two differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Spec {
    /// The text of February 2018.
    Y2018,
    /// The text of October 2021.
    #[default]
    Y2021,
}

impl Spec {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Y2018, Self::Y2021];

    /// The year.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Y2018 => "2018",
            Self::Y2021 => "2021",
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How bad a finding is. The order is that of badness.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Good to know.
    Note,
    /// Some programs do not like it.
    Warning,
    /// The specification forbids it, or players fail.
    Error,
}

impl Level {
    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that breaks a rule.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which rule.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub level: Level,
    /// What is wrong, and what would be right.
    pub message: String,
    /// Where, in bytes from the start of the payload.
    pub offset: usize,
    /// Where in the header text, in bytes of [`Header::as_str`](crate::Header::as_str).
    pub text: Option<Range<usize>>,
    /// The same in UTF-16 units of the header text.
    pub units: Option<[usize; 2]>,
    /// What would mend it.
    pub fix: Option<Fix>,
}

/// A version of PlayReady: what clients and servers are built with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Client {
    /// The first number.
    pub major: u16,
    /// The second.
    pub minor: u16,
}

impl Client {
    /// The versions that Microsoft's pages name: its porting kits, and what clients say of themselves.
    pub const KNOWN: [Self; 18] = [
        Self::new(1, 0),
        Self::new(1, 2),
        Self::new(2, 0),
        Self::new(2, 5),
        Self::new(2, 11),
        Self::new(3, 0),
        Self::new(3, 1),
        Self::new(3, 2),
        Self::new(3, 3),
        Self::new(4, 0),
        Self::new(4, 1),
        Self::new(4, 2),
        Self::new(4, 3),
        Self::new(4, 4),
        Self::new(4, 5),
        Self::new(4, 6),
        Self::new(4, 7),
        Self::new(4, 8),
    ];
    /// A version.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Those that are known, for people.
    pub(crate) fn known() -> String {
        Self::KNOWN.map(|known| known.to_string()).join(", ")
    }
}

/// `4`, `4.0`, `4.5`; what follows does not matter.
impl FromStr for Client {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        // Minor numbers come every year, and no rule is lost with one that is not known yet.
        let is_known = |major| Self::KNOWN.iter().any(|known| known.major == major);
        let mut parts = text.trim().split('.');
        let mut number = |missing: Option<u16>| match parts.next() {
            Some(part) => part.parse().ok(),
            None => missing,
        };
        match (number(None), number(Some(0))) {
            (Some(major), Some(minor)) if is_known(major) => Ok(Self { major, minor }),
            _ => Err(NameError::Client(text.to_owned())),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_a_major_and_a_minor_number() {
        assert_eq!("2".parse(), Ok(Client::new(2, 0)));
        assert_eq!("4.5.0.0".parse(), Ok(Client::new(4, 5)));
        assert_eq!("4.6".parse(), Ok(Client::new(4, 6)));
        for unknown in ["77", "0", "5.0", "4.x"] {
            let error = unknown.parse::<Client>().unwrap_err().to_string();
            assert!(error.contains("1.0, 1.2, 2.0, 2.5, 2.11, ") && error.contains(unknown), "{error}");
        }
        assert!("0.5".parse::<Client>().is_err() && "x".parse::<Client>().is_err());
        assert!(Client::new(3, 3) < Client::new(4, 0));
    }
}
