//! Key checksums against the keys that were given.

use crate::check::finding::Findings;
use crate::check::held::Held;
use crate::check::rule::Rule;
use prkit_playready::{Algorithm, Checksum, Keyring};

pub(crate) fn check(held: &Held, keyring: &Keyring, findings: &mut Findings) {
    let Some(said) = &held.header else { return };
    for key in &said.keys {
        let (Some(written), Some(content_key)) = (&key.checksum, keyring.get(key.id)) else { continue };
        let algorithm = key.algorithm.clone().unwrap_or(Algorithm::AesCtr);
        let Ok(computed) = Checksum::compute(key.id, content_key, &algorithm) else { continue };
        findings.compare();
        if written.trim() == computed.to_base64() {
            continue;
        }
        let places = [held.place.saying(format!("{} {written}", key.id))];
        // The key id goes into the checksum, so its byte order does too.
        let swapped = Checksum::compute(key.id.swapped(), content_key, &algorithm);
        if swapped.is_ok_and(|swapped| written.trim() == swapped.to_base64()) {
            let message = "a checksum was computed with the key id in the wrong byte order";
            findings.add(Rule::ByteOrder, message, places);
        } else {
            findings.add(Rule::Checksum, "a checksum is not that of the key for its key id", places);
        }
    }
}
