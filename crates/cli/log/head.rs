//! The first line of a log: which log it is.

use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// How every log begins.
const BEGIN: &str = "{\"schema\":1,\"log\":";

/// What is said of the run.
#[derive(PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    schema: u32,
    log: String,
    /// Of the program.
    version: String,
    /// What was asked of the inputs, in one number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    asked: Option<String>,
}

impl Head {
    /// Of a run that asks for this.
    pub(crate) fn new(asked: &str) -> Self {
        Self {
            schema: crate::report::SCHEMA,
            log: "prkit".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            asked: Some(format!("{:016x}", hash(&asked))),
        }
    }

    /// Whether a line is the first one of a log.
    pub(super) fn is_one(line: &[u8]) -> bool {
        line.starts_with(BEGIN.as_bytes())
    }

    /// Whether a first line is of another run of this version, which asked for something else.
    pub(super) fn is_other(&self, line: &[u8]) -> bool {
        serde_json::from_slice(line).is_ok_and(|other: Self| {
            other.version == self.version && other.asked.is_some() && other.asked != self.asked
        })
    }
}

/// Anything in one number, the same in every run.
pub(super) fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_another_version_or_without_a_number_is_not_told_apart() {
        let (ours, other) = (Head::new("a"), Head::new("b"));
        let line = |head: &Head| serde_json::to_vec(head).unwrap();
        assert!(Head::is_one(&line(&ours)));
        assert!(ours.is_other(&line(&other)));
        assert!(!ours.is_other(&line(&Head::new("a"))));
        assert!(!ours.is_other(&line(&Head { version: "0.0.9".to_owned(), ..Head::new("b") })));
        assert!(!ours.is_other(b"{\"schema\":1,\"log\":\"prkit\",\"version\":\"0.1.0\"}\n"));
    }
}
