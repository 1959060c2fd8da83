//! Keys for comparing checksums: `KID:KEY`, `@FILE`, `-` or `env:NAME`.
//!
//! ```text
//!   00112233-4455-6677-8899-aabbccddeeff:0123456789abcdef0123456789abcdef
//!   # a comment
//! ```
//!
//! No message repeats what was read.

use crate::exit::Stop;
use crate::keys;
use crate::values;
use prkit_playready::Keyring;

/// Reads keys from where an option says.
pub(crate) fn read(given: &[String]) -> Result<Keyring, Stop> {
    let mut keyring = Keyring::default();
    for value in given {
        let text = values::read_text(value).map_err(|error| Stop::usage(format!("--keys: {error}")))?;
        let pairs = keys::pairs(text.as_ref().map_or(value.as_str(), |text| text.as_str()));
        for pair in pairs? {
            if let Some(key) = pair.key {
                keyring.insert(pair.id, key);
            }
        }
    }
    Ok(keyring)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KID: &str = "00112233-4455-6677-8899-aabbccddeeff";

    #[test]
    fn lines_hold_a_key_each() {
        let text = format!("# keys\n\n{KID}:0123456789abcdef0123456789abcdef\r\n");
        let keyring = read(&[text]).unwrap();
        assert!(keyring.get(KID.parse().unwrap()).is_some());
    }

    #[test]
    fn no_message_repeats_a_key() {
        let secret = "0123456789abcdef0123456789abcdeX";
        for line in [secret.to_owned(), format!("{KID}:{secret}"), format!("{secret}:{KID}")] {
            let error = read(&[line]).unwrap_err().message();
            assert!(!error.contains("0123"), "{error}");
        }
    }
}
