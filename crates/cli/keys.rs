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
use crate::values;
use prkit_playready::{ContentKey, ErrorKind, Key, KeyId, Keyring};
use zeroize::Zeroizing;

pub(crate) use prkit_batch::{HIDDEN, harmless, is_key_like};

/// A key id, with its key or without.
pub(crate) fn key(option: &str, text: &str) -> Result<Key, Stop> {
    let text = text.trim();
    let refused = |error: &dyn std::fmt::Display| Stop::usage(format!("{option}: {error}"));
    match text.parse::<KeyId>() {
        Ok(id) => return Ok(Key { id, key: None }),
        // Base64 of sixteen bytes, whose two readings are key ids.
        Err(error) if matches!(error.kind(), ErrorKind::KeyIdOrder { .. }) => return Err(refused(&error)),
        Err(_) => {}
    }
    if !text.contains(':') {
        return Err(refused(&"it is no key id; expected KID, or KID:KEY in hex with a colon between them"));
    }
    pair(text).map_err(|error| refused(&error))
}

/// A key id with its key; says what is wrong without a word of it: the two may stand the wrong way round.
fn pair(text: &str) -> Result<Key, String> {
    let (id, key) =
        text.rsplit_once(':').ok_or("expected KID:KEY, both in hex, with a colon between them")?;
    // `guid:BASE64` that cannot be read is no pair.
    let id = if matches!(id, "guid" | "uuid" | "urn:uuid") { None } else { id.parse::<KeyId>().ok() };
    let id = id.ok_or("what is before the last colon is no key id; expected KID:KEY")?;
    let key = ContentKey::from_hex(key).map_err(|error| format!("the key behind the colon: {error}"))?;
    Ok(Key { id, key: Some(key) })
}

/// Several of them.
pub(crate) fn keys(option: &str, given: &[Secret]) -> Result<Vec<Key>, Stop> {
    given.iter().map(|given| key(option, given.expose())).collect()
}

/// The `KID:KEY` lines that `--keys` names.
pub(crate) fn list(source: Option<&str>) -> Result<Vec<Key>, Stop> {
    let Some(source) = source else { return Ok(Vec::new()) };
    let text = values::read_text(source).map_err(|error| Stop::usage(format!("{OPTION}: {error}")))?;
    let Some(text) = text else {
        return Err(Stop::usage(format!(
            "{OPTION} takes @FILE, - or env:NAME: keys on the command line are seen by everybody"
        )));
    };
    pairs(&text)
}

const OPTION: &str = "--keys";

/// The keys that lines of text say.
pub(crate) fn pairs(text: &str) -> Result<Vec<Key>, Stop> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|(i, line)| {
        pair(line).map_err(|error| Stop::usage(format!("{OPTION}, line {}: {error}", i.saturating_add(1))))
    });
    pairs.collect()
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
    if value == "-" {
        return Ok(Zeroizing::new(value.to_owned()));
    }
    let text = values::read_text(value).map_err(|error| Stop::usage(format!("{option}: {error}")))?;
    Ok(text.unwrap_or_else(|| Zeroizing::new(value.to_owned())))
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
        assert!(message("x:5ec7e7").contains("before the last colon is no key id"));
        assert!(message(&format!("{ID}:5ec7e7")).contains("has 3"));
        for text in [format!("{ID}:5ec7e7zz"), format!("{ID}:{HEX}5ec7e7"), "nothing:5ec7e7".into()] {
            assert!(!message(&text).contains("5ec7e7"), "{}", message(&text));
        }
        // A wrong separator, and the two the wrong way round.
        for separator in ["=", " ", "\t", ";", ",", "::", "/", "", "-"] {
            for line in [format!("{ID}{separator}{HEX}"), format!("{HEX}{separator}{ID}")] {
                let Err(Stop::Usage(message)) = pairs(&line) else { continue };
                assert!(!message.contains("0123") && !message.contains("4567"), "{line}: {message}");
                assert!(message.contains("line 1"), "{message}");
                let Err(Stop::Usage(message)) = key("--add-kid", &line) else { continue };
                assert!(!message.contains("0123") && !message.contains("4567"), "{line}: {message}");
            }
        }
        assert!(pairs(HEX).is_err() && pairs(&format!("{HEX}:{ID}")).is_err());
        let base64 = "MyIRAFVEd2aImaq7zN3u/w==";
        for separator in [":", "=", " ", ";", ",", "/", "::"] {
            assert!(is_key_like(&format!("{ID}{separator}{HEX}")), "{separator}");
            // These are digits of base64, too.
            if !matches!(separator, "/" | "=") {
                assert!(is_key_like(&format!("guid:{base64}{separator}{HEX}")), "{separator}");
            }
        }
        for word in [
            HEX,
            ID,
            base64,
            "0x0123456789abcdef0123456789abcdef",
            "MyIRAFVEd2aImaq7zN3u_w",
            HEX.trim_start_matches('0'),
        ] {
            assert!(is_key_like(word), "{word}");
        }
        let path = format!("assets/{HEX}/init.mp4");
        for word in
            ["", ":", "a.mp4", "segment-00000000000000000000000000001.m4s", "guid", "@keys.txt", &path]
        {
            assert!(!is_key_like(word), "{word}");
        }
        assert_eq!(harmless("keys/prod.txt"), "keys/prod.txt");
        assert!(!harmless(&format!("{ID}:{HEX}")).contains("0123"));
        assert!(message("guid:short").contains("is no key id"));
        assert!(message("MyIRAFVEd2aImaq7zN3u/w==").contains("no byte order"));
    }
}
