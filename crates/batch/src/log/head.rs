//! The first line of a log: which log it is.

use super::Asked;
use super::line::Old;
use super::seal::Key;
use serde::{Deserialize, Serialize};

/// The number of this format. Logs of number 1 had no checksums of their lines.
pub(super) const FORMAT: u32 = 2;

/// The first line, as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    schema: u32,
    log: String,
    /// Of the program.
    version: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    asked: Option<String>,
}

/// What the first line says.
pub(super) struct Head {
    pub(super) key: Key,
    /// What the run asked for, in a code.
    pub(super) asked: Option<String>,
}

/// What a first line is.
pub(super) enum First {
    /// That of a log of this format.
    Head(Head),
    /// That of a log of format 1.
    Old,
    /// That of a log of a later format.
    New,
    /// It was changed.
    Changed,
    /// It is none.
    Other,
}

impl Head {
    /// Of a new log.
    pub(super) fn new(asked: Option<&Asked>) -> std::io::Result<Self> {
        let key = Key::random()?;
        let asked = asked.map(|asked| asked.code(&key));
        Ok(Self { key, asked })
    }

    /// The line.
    pub(super) fn line(&self) -> std::io::Result<Vec<u8>> {
        let members = serde_json::to_vec(&Written {
            schema: FORMAT,
            log: "prkit".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            key: self.key.to_hex(),
            asked: self.asked.clone(),
        })?;
        Ok(self.key.sealed(members))
    }

    /// Whether it is of a run that asked for the same.
    pub(super) fn is_of(&self, asked: &Asked) -> bool {
        self.asked.as_ref().is_none_or(|known| *known == asked.code(&self.key))
    }
}

impl First {
    /// Tells what a first line is.
    pub(super) fn of(line: &[u8]) -> Self {
        let Ok(written) = serde_json::from_slice::<Written>(line) else {
            // Lines of old logs, whose head was taken away, tell of inputs at once.
            return if serde_json::from_slice::<Old>(line).is_ok() { Self::Old } else { Self::Other };
        };
        if written.log != "prkit" {
            return Self::Other;
        }
        match written.schema {
            1 if written.key.is_empty() => Self::Old,
            FORMAT => match Key::of_hex(&written.key) {
                Some(key) if key.has_sealed(line) => Self::Head(Head { key, asked: written.asked }),
                _ => Self::Changed,
            },
            schema if schema > FORMAT => Self::New,
            _ => Self::Changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_whether_it_is_of_a_run_that_asked_for_the_same() {
        let (ours, other) = (Asked::of("a"), Asked::of("b"));
        let line = Head::new(Some(&ours)).unwrap().line().unwrap();
        let First::Head(head) = First::of(&line) else { panic!("a head") };
        assert!(head.is_of(&ours) && !head.is_of(&other));
        let again = Head::new(Some(&ours)).unwrap().line().unwrap();
        assert_ne!(line, again, "each log has a key of its own");
    }

    #[test]
    fn other_first_lines_are_told_apart() {
        let old = b"{\"schema\":1,\"log\":\"prkit\",\"version\":\"0.1.0\"}\n";
        assert!(matches!(First::of(old), First::Old));
        assert!(matches!(First::of(b"{\"schema\":3,\"log\":\"prkit\",\"version\":\"9\"}\n"), First::New));
        for other in [&b""[..], b"{}\n", b"{\"schema\":2,\"log\":\"else\",\"version\":\"1\"}\n"] {
            assert!(matches!(First::of(other), First::Other));
        }
        // An old log with a head of the new format would make its lines count without checksums.
        assert!(matches!(First::of(b"{\"schema\":2,\"log\":\"prkit\",\"version\":\"1\"}\n"), First::Changed));
    }
}
