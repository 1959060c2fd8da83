//! Keys for comparing checksums: `KID:KEY`, `@FILE`, `-` or `env:NAME`.
//!
//! ```text
//!   00112233-4455-6677-8899-aabbccddeeff:0123456789abcdef0123456789abcdef
//!   # a comment
//! ```
//!
//! No message repeats what was read.

use prkit_playready::{ContentKey, KeyId, Keyring};
use std::io::Read as _;

/// Reads keys from where an option says.
pub(crate) fn read(values: &[String]) -> Result<Keyring, String> {
    let mut keyring = Keyring::default();
    for value in values {
        let (text, from) = match (value.strip_prefix('@'), value.strip_prefix("env:"), value.as_str()) {
            (Some(path), ..) => {
                let text = std::fs::read_to_string(path);
                (text.map_err(|error| format!("--keys: cannot read {path}: {error}"))?, path)
            }
            (_, Some(name), _) => {
                let text = std::env::var(name);
                (text.map_err(|_| format!("--keys: the variable {name} is not set, or no text"))?, name)
            }
            (.., "-") => {
                let mut text = String::new();
                let read = std::io::stdin().lock().read_to_string(&mut text);
                read.map_err(|error| format!("--keys: cannot read standard input: {error}"))?;
                (text, "standard input")
            }
            (.., value) => (value.to_owned(), "the option"),
        };
        parse(&text, from, &mut keyring)?;
    }
    Ok(keyring)
}

fn parse(text: &str, from: &str, keyring: &mut Keyring) -> Result<(), String> {
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = i.saturating_add(1);
        let wrong = |why: String| format!("--keys: line {number} of {from}: {why}");
        let (kid, key) =
            line.rsplit_once(':').ok_or_else(|| wrong("expected KID:KEY, both in hex".to_owned()))?;
        // A key where the key id is due would be repeated by the message.
        let kid: KeyId =
            kid.parse().map_err(|_| wrong("what stands before the colon is no key id".to_owned()))?;
        let key = ContentKey::from_hex(key).map_err(|error| wrong(error.to_string()))?;
        keyring.insert(kid, key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";

    #[test]
    fn lines_hold_a_key_each() {
        let mut keyring = Keyring::default();
        let text = format!("# keys\n\n{KID}:0123456789abcdef0123456789abcdef\r\n");
        parse(&text, "x", &mut keyring).unwrap();
        assert!(keyring.get(KID.parse().unwrap()).is_some());
    }

    #[test]
    fn no_message_repeats_a_key() {
        let secret = "0123456789abcdef0123456789abcdeX";
        for line in [secret.to_owned(), format!("{KID}:{secret}"), format!("{secret}:{KID}")] {
            let error = parse(&line, "x", &mut Keyring::default()).unwrap_err();
            assert!(!error.contains("0123"), "{error}");
        }
    }
}
