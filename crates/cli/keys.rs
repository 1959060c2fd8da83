//! Key ids and content keys as people give them.
//!
//! ```text
//!   00112233-4455-6677-8899-aabbccddeeff                                    KID
//!   00112233445566778899aabbccddeeff:0123456789abcdef0123456789abcdef       KID:KEY
//!   guid:MyIRAFVEd2aImaq7zN3u/w==:0123456789abcdef0123456789abcdef
//! ```
//!
//! No message repeats a key, nor what might be one.

use crate::args::Secret;
use crate::exit::Stop;
use prkit_playready::{ContentKey, Key, KeyId, Keyring};
use std::io::Read as _;
use zeroize::Zeroizing;

/// A key id, with its key or without.
pub(crate) fn key(option: &str, text: &str) -> Result<Key, Stop> {
    let text = text.trim();
    if let Ok(id) = text.parse::<KeyId>() {
        return Ok(Key { id, key: None });
    }
    let refused = |error: &dyn std::fmt::Display| Stop::usage(format!("{option}: {error}"));
    let Some((id, key)) = text.rsplit_once(':') else {
        let error = text.parse::<KeyId>().err().map(|error| error.to_string()).unwrap_or_default();
        return Err(refused(&error));
    };
    // `guid:BASE64` that cannot be read is no pair.
    if matches!(id, "guid" | "uuid" | "urn:uuid") {
        return Err(refused(&format!("{text:?} is no key id")));
    }
    let id: KeyId = id.parse().map_err(|error| refused(&error))?;
    let key = ContentKey::from_hex(key).map_err(|error| refused(&format!("the key of {id}: {error}")))?;
    Ok(Key { id, key: Some(key) })
}

/// Several of them.
pub(crate) fn keys(option: &str, given: &[Secret]) -> Result<Vec<Key>, Stop> {
    given.iter().map(|given| key(option, given.expose())).collect()
}

/// The `KID:KEY` lines that `--keys` names.
pub(crate) fn list(source: Option<&str>) -> Result<Vec<Key>, Stop> {
    const OPTION: &str = "--keys";
    let Some(source) = source else { return Ok(Vec::new()) };
    let text = match source {
        "-" => {
            let mut text = Zeroizing::new(String::new());
            let read = std::io::stdin().lock().read_to_string(&mut text);
            read.map_err(|error| Stop::usage(format!("{OPTION}: cannot read standard input: {error}")))?;
            text
        }
        source if source.starts_with('@') || source.starts_with("env:") => secret(OPTION, source)?,
        _ => {
            return Err(Stop::usage(format!(
                "{OPTION} takes @FILE, - or env:NAME: keys on the command line are seen by everybody"
            )));
        }
    };
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(i, line)| {
            let option = format!("{OPTION}, line {}", i.saturating_add(1));
            match key(&option, line)? {
                Key { id, key: None } => {
                    Err(Stop::usage(format!("{option}: {id} has no key; expected KID:KEY")))
                }
                pair => Ok(pair),
            }
        })
        .collect()
}

/// The same by key id.
pub(crate) fn ring(keys: &[Key]) -> Keyring {
    let mut ring = Keyring::default();
    for pair in keys {
        if let Some(key) = &pair.key {
            ring.insert(pair.id, key.clone());
        }
    }
    ring
}

/// A secret: itself, `@FILE` or `env:NAME`.
pub(crate) fn secret(option: &str, value: &str) -> Result<Zeroizing<String>, Stop> {
    let refused = |error: &dyn std::fmt::Display| Stop::usage(format!("{option}: {error}"));
    if let Some(path) = value.strip_prefix('@') {
        let text = std::fs::read_to_string(path).map(Zeroizing::new);
        return text.map_err(|error| refused(&format!("cannot read {path}: {error}")));
    }
    if let Some(name) = value.strip_prefix("env:") {
        let text = std::env::var(name).map(Zeroizing::new);
        return text.map_err(|_| refused(&format!("there is no variable {name}")));
    }
    Ok(Zeroizing::new(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233-4455-6677-8899-aabbccddeeff";
    const HEX: &str = "0123456789abcdef0123456789abcdef";

    fn message(text: &str) -> String {
        match key("--kid", text) {
            Err(Stop::Usage(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_id_stands_with_its_key_or_without() {
        let id: KeyId = ID.parse().unwrap();
        for text in [
            ID,
            "00112233445566778899aabbccddeeff",
            "urn:uuid:00112233-4455-6677-8899-aabbccddeeff",
            "guid:MyIRAFVEd2aImaq7zN3u/w==",
        ] {
            assert_eq!(key("--kid", text).unwrap(), Key { id, key: None }, "{text}");
            let pair = key("--kid", &format!("{text}:{HEX}")).unwrap();
            assert_eq!(pair.key, Some(ContentKey::from_hex(HEX).unwrap()), "{text}");
        }
    }

    #[test]
    fn no_message_repeats_a_key() {
        assert!(message("x:5ec7e7").contains("\"x\" is no key id"));
        assert!(message(&format!("{ID}:5ec7e7")).contains("has 3"));
        for text in [format!("{ID}:5ec7e7zz"), format!("{ID}:{HEX}5ec7e7"), "nothing:5ec7e7".into()] {
            assert!(!message(&text).contains("5ec7e7"), "{}", message(&text));
        }
        assert!(message("guid:short").contains("is no key id"));
        assert!(message("MyIRAFVEd2aImaq7zN3u/w==").contains("no byte order"));
    }
}
