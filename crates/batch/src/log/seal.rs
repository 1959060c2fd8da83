//! What makes a line of a log tell whether it is as it was written.
//!
//! ```text
//!   {"schema":2,…,"n":7,"mac":"64 hex digits"}
//!   └──────────────────┘
//!       HMAC-SHA-256 of this, with the key in the first line of the log
//! ```
//!
//! Every log has a key of its own, so a line of another log does not fit; the number says whether lines are missing or
//! stand in another order. The key is in the log: it keeps out accidents and mixed-up files, not somebody who may write the
//! log. Those are kept out by owner and mode (`own.rs`).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The key of a log.
#[derive(Clone)]
pub(super) struct Key([u8; Key::LEN]);

/// Between a line's members and its code.
const NAME: &[u8] = b",\"mac\":\"";
/// Behind it.
const END: &[u8] = b"\"}\n";
/// Hex digits of the name of a run.
const RUN: usize = 32;
/// Hex digits of a code.
const DIGITS: usize = 64;

impl Key {
    const LEN: usize = 32;

    /// A new one.
    pub(super) fn random() -> std::io::Result<Self> {
        let mut key = [0; Self::LEN];
        getrandom::fill(&mut key).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self(key))
    }

    pub(super) fn of_hex(text: &str) -> Option<Self> {
        let mut key = [0; Self::LEN];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != Self::LEN || !rest.is_empty() {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(pairs) {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(key))
    }

    pub(super) fn to_hex(&self) -> String {
        crate::hex(&self.0, false)
    }

    /// The code of some bytes.
    pub(super) fn code(&self, parts: &[&[u8]]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("a code takes keys of every length")
        };
        for part in parts {
            mac.update(part);
        }
        crate::hex(&mac.finalize().into_bytes(), false)
    }

    /// What objects are marked with that the run of the log edited. The key is not found from it.
    pub(super) fn run(&self) -> String {
        let mut run = self.code(&[b"run"]);
        run.truncate(RUN);
        run
    }

    /// A line of an object's members, which ends with its code.
    pub(super) fn sealed(&self, mut members: Vec<u8>) -> Vec<u8> {
        // Without the brace at its end.
        members.pop();
        let code = self.code(&[&members]);
        members.extend_from_slice(NAME);
        members.extend_from_slice(code.as_bytes());
        members.extend_from_slice(END);
        members
    }

    /// Whether a line is as it was sealed.
    pub(super) fn has_sealed(&self, line: &[u8]) -> bool {
        let Some(rest) = line.strip_suffix(END) else { return false };
        let Some((rest, code)) = rest.split_at_checked(rest.len().saturating_sub(DIGITS)) else {
            return false;
        };
        rest.strip_suffix(NAME).is_some_and(|members| self.code(&[members]).as_bytes() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_of_a_line_is_noticed() {
        let key = Key([7; Key::LEN]);
        let line = key.sealed(b"{\"schema\":2,\"n\":1}".to_vec());
        assert!(key.has_sealed(&line));
        assert!(line.starts_with(b"{\"schema\":2,\"n\":1,\"mac\":\"") && line.ends_with(b"\"}\n"));
        for at in 0..line.len() {
            for bit in 0..8 {
                let mut changed = line.clone();
                changed[at] ^= 1 << bit;
                assert!(!key.has_sealed(&changed), "byte {at}, bit {bit}");
            }
            assert!(!key.has_sealed(&line[..at]), "cut at {at}");
        }
        assert!(!Key([8; Key::LEN]).has_sealed(&line), "a line of another log");
    }

    #[test]
    fn a_key_is_written_as_hex() {
        let key = Key::random().unwrap();
        assert_eq!(Key::of_hex(&key.to_hex()).unwrap().0, key.0);
        for text in ["", "00", &"+0".repeat(32), &"zz".repeat(32), &"0".repeat(65)] {
            assert!(Key::of_hex(text).is_none(), "{text}");
        }
    }
}
