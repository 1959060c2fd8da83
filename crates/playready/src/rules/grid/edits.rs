//! Edits of key lists all over the grid: what was asked is written where the version has it, or refused.

use super::*;
use crate::{Algorithm, Checksums, ContentKey, Key, KeyEdits, Keyring};

fn key(id: &str, len: usize) -> Key {
    let key = ContentKey::from_bytes(&vec![7; len]).unwrap();
    Key { id: KeyId::from_guid_base64(id).unwrap(), key: Some(key) }
}

const THIRD: &str = "q5HgCTj40kGeNVhTH9Gexw==";

fn edits() -> Vec<(&'static str, Revision)> {
    let algorithm = |algorithm| Revision { algorithm: Some(algorithm), ..Revision::default() };
    let mut keyring = Keyring::default();
    for id in [KID, SECOND] {
        let key = key(id, 16);
        keyring.insert(key.id, key.key.unwrap());
    }
    let keys = |keys: KeyEdits| Revision { keys, ..Revision::default() };
    vec![
        ("AESCTR", algorithm(Algorithm::AesCtr)),
        ("AESCBC", algorithm(Algorithm::AesCbc)),
        ("COCKTAIL", algorithm(Algorithm::Cocktail)),
        ("checksums", Revision { checksums: Some(Checksums::Add), keyring, ..Revision::default() }),
        ("no checksums", Revision { checksums: Some(Checksums::Strip), ..Revision::default() }),
        ("another key", keys(KeyEdits { set: vec![key(THIRD, 16)], ..KeyEdits::default() })),
        ("a COCKTAIL key", keys(KeyEdits { set: vec![key(THIRD, 8)], ..KeyEdits::default() })),
        ("a key more", keys(KeyEdits { add: vec![key(THIRD, 16)], ..KeyEdits::default() })),
        ("the key with its checksum", keys(KeyEdits { set: vec![key(KID, 16)], ..KeyEdits::default() })),
        ("a key less", keys(KeyEdits { remove: vec![key(KID, 16).id], ..KeyEdits::default() })),
    ]
}

#[test]
fn an_edit_of_keys_adds_no_error() {
    let mut wrong = Vec::new();
    let mut edited = 0_usize;
    for (at, xml) in crooked().into_iter().enumerate() {
        let bytes = object(&xml);
        let before = errors(&bytes);
        // Each header gets a third of the edits, and neighbours, which are alike, the others: all of them take a minute.
        for (name, revision) in edits().into_iter().skip(at % 3).step_by(3) {
            let Ok(Some(new)) = Payload::parse(&bytes).unwrap().revise(&revision) else { continue };
            edited += 1;
            let after = errors(&new);
            // A key more in a crooked list is as crooked as the others.
            let more = usize::from(name == "a key more");
            if after.iter().any(|(rule, count)| before.get(rule).is_none_or(|old| *count > old + more)) {
                let text = Header::of_payload(&new).unwrap().as_str().to_owned();
                wrong.push(format!("{name}: {before:?} became {after:?}: {xml}\n  {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} edits of {edited}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(edited > 1000, "{edited} edits were made");
}
