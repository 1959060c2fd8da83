//! Key ids with their content keys.
//!
//! ```text
//!   00112233-4455-6677-8899-aabbccddeeff                                    KID
//!   00112233445566778899aabbccddeeff:0123456789abcdef0123456789abcdef       KID:KEY
//!   guid:MyIRAFVEd2aImaq7zN3u/w==:0123456789abcdef0123456789abcdef
//! ```
//!
//! No error of a pair repeats a word of it: the two may be the wrong way round.

use crate::{ContentKey, Error, ErrorKind, KeyId, Result};
use core::str::FromStr;
use std::collections::HashMap;

/// A key id, with its content key where that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// The key id.
    pub id: KeyId,
    /// Its key. It is used for the checksum and for nothing else.
    pub key: Option<ContentKey>,
}

impl Key {
    /// A key id and its key, with a colon between them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoPair`] without a colon, [`ErrorKind::PairKeyId`] and [`ErrorKind::PairKey`] for what is wrong
    /// before and behind it.
    pub fn pair(text: &str) -> Result<Self> {
        let (id, key) = text.rsplit_once(':').ok_or(Error::new(ErrorKind::NoPair))?;
        // `guid:BASE64` that cannot be read is no pair.
        let id = if matches!(id, "guid" | "uuid" | "urn:uuid") { None } else { id.parse::<KeyId>().ok() };
        let id = id.ok_or(Error::new(ErrorKind::PairKeyId))?;
        let key = ContentKey::from_hex(key)
            .map_err(|error| ErrorKind::PairKey { why: Box::new(error.kind().clone()) })?;
        Ok(Self { id, key: Some(key) })
    }
}

/// A key id, with its key or without.
impl FromStr for Key {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        match text.parse::<KeyId>() {
            Ok(id) => Ok(Self { id, key: None }),
            // Base64 of sixteen bytes, whose two readings are key ids.
            Err(error) if matches!(error.kind(), ErrorKind::KeyIdOrder { .. }) => Err(error),
            Err(_) if text.contains(':') => Self::pair(text),
            Err(_) => Err(Error::new(ErrorKind::KeyIdOrPair)),
        }
    }
}

/// Content keys by key id.
#[derive(Clone, Debug, Default)]
pub struct Keyring(HashMap<KeyId, ContentKey>);

impl Keyring {
    /// Adds a key; the last one of a key id counts.
    pub fn insert(&mut self, id: KeyId, key: ContentKey) {
        self.0.insert(id, key);
    }

    /// Adds the keys of another one; those count where both have one.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(id, key)| (*id, key.clone())));
    }

    /// The key of a key id.
    pub fn get(&self, id: KeyId) -> Option<&ContentKey> {
        self.0.get(&id)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Those that have a key.
impl FromIterator<Key> for Keyring {
    fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
        Self(keys.into_iter().filter_map(|Key { id, key }| Some((id, key?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233-4455-6677-8899-aabbccddeeff";
    const HEX: &str = "0123456789abcdef0123456789abcdef";

    fn message(text: &str) -> String {
        text.parse::<Key>().unwrap_err().to_string()
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
            assert_eq!(text.parse::<Key>().unwrap(), Key { id, key: None }, "{text}");
            let pair = format!("{text}:{HEX}").parse::<Key>().unwrap();
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
                for read in [Key::pair(&line), line.parse()] {
                    let Err(error) = read else { continue };
                    let message = error.to_string();
                    assert!(!message.contains("0123") && !message.contains("4567"), "{line}: {message}");
                }
            }
        }
        assert!(Key::pair(HEX).is_err() && Key::pair(&format!("{HEX}:{ID}")).is_err());
        assert!(message("guid:short").contains("is no key id"));
        assert!(message("MyIRAFVEd2aImaq7zN3u/w==").contains("no byte order"));
    }
}
