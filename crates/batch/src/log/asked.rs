//! What a run asks of its inputs, in fields that are the same in every version.
//!
//! ```text
//!   reheader │ la-url │ https://…  │ add-kid │ 0011…:0123… │ keys │ SHA-256 of what the file held │ …
//! ```
//!
//! What is not asked for is no field, so an option that comes later changes nothing for those who do not use it. Content
//! keys are fields like others; only a keyed code of all fields gets into the log, from which none can be found.

use super::seal::Key;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use zeroize::Zeroizing;

/// What is asked, field by field.
pub struct Asked(Zeroizing<Vec<u8>>);

/// Something that is asked for.
pub trait Ask {
    /// Writes it down. Fields that an implementation forgets are not noticed when they change: take the value apart.
    fn ask(&self, asked: &mut Asked);
}

impl Asked {
    /// Of a command.
    pub fn of(command: &str) -> Self {
        let mut asked = Self(Zeroizing::new(Vec::new()));
        asked.field("command", command.as_bytes());
        asked
    }

    /// The same, with more that is asked.
    pub fn with(mut self, what: &dyn Ask) -> Self {
        what.ask(&mut self);
        self
    }

    /// A field.
    pub fn field(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), value] {
            let len = u64::try_from(part.len()).unwrap_or(u64::MAX);
            self.0.extend_from_slice(&len.to_be_bytes());
            self.0.extend_from_slice(part);
        }
    }

    /// A text, if there is one.
    pub fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.field(name, value.as_bytes());
        }
    }

    /// What was read from elsewhere, by its digest.
    pub fn digest(&mut self, name: &str, digest: [u8; 32]) {
        self.field(name, &[&b"sha256:"[..], &digest].concat());
    }

    /// A word or a number, if there is one.
    pub fn word(&mut self, name: &str, word: Option<impl std::fmt::Display>) {
        if let Some(word) = word {
            self.field(name, word.to_string().as_bytes());
        }
    }

    /// A flag, if it is set.
    pub fn flag(&mut self, name: &str, is_set: bool) {
        if is_set {
            self.field(name, b"true");
        }
    }

    /// A path, from wherever it is seen.
    pub fn path(&mut self, name: &str, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.field(name, path.as_os_str().as_encoded_bytes());
    }

    /// All of it in one code.
    pub(super) fn code(&self, key: &Key) -> String {
        key.code(&[b"asked", &Sha256::digest(&self.0)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_into_each_other_and_what_is_not_asked_is_none() {
        let key = Key::random().unwrap();
        let code = |fill: &dyn Fn(&mut Asked)| {
            let mut asked = Asked::of("x");
            fill(&mut asked);
            asked.code(&key)
        };
        let nothing = code(&|_| {});
        assert_eq!(nothing, code(&|asked| asked.flag("a", false)));
        assert_eq!(nothing, code(&|asked| asked.text("a", None)));
        let all = [
            nothing,
            code(&|asked| asked.flag("a", true)),
            code(&|asked| asked.text("a", Some("bc"))),
            code(&|asked| asked.text("ab", Some("c"))),
            code(&|asked| ["b", "c"].into_iter().for_each(|text| asked.text("a", Some(text)))),
            code(&|asked| ["c", "b"].into_iter().for_each(|text| asked.text("a", Some(text)))),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_ne!(code(&|_| {}), Asked::of("x").code(&Key::random().unwrap()), "the key counts");
    }
}
