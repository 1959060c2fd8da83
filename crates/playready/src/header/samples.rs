//! Headers for tests: what a generator makes of the specification.

use super::{Algorithm, Checksums, NewHeader, Version, VersionChoice};
use crate::{ContentKey, Key, KeyId};
use proptest::prelude::*;

/// Key ids that sort and read well in messages.
pub(crate) fn kid(n: u8) -> KeyId {
    KeyId::from_uuid_bytes([n; 16])
}

pub(crate) fn key(n: u8, known: bool) -> Key {
    Key { id: kid(n), key: known.then(|| ContentKey::from_bytes(&[n ^ 0x5A; 16]).unwrap()) }
}

/// Headers that can be built, in every version.
pub(crate) fn new_headers() -> impl Strategy<Value = NewHeader> {
    let keys = proptest::collection::btree_map(1_u8..9, any::<bool>(), 0..4);
    let algorithm = prop_oneof![3 => Just(Algorithm::AesCtr), 2 => Just(Algorithm::AesCbc)];
    let url = "https://[a-z]{1,8}(/[a-zé&<>\"' -]{0,12}[a-z])?";
    let custom = prop_oneof![
        Just("<a b=\"1\" c=\"2\"></a>"),
        Just("x &amp; y"),
        Just("<s:t xmlns:s=\"urn:s\"> </s:t>")
    ];
    let options = (
        proptest::option::of(url),
        proptest::option::of(url),
        proptest::option::of(Just("AH+03juKbUGbHl1V/QIwRA==")),
        proptest::option::of(custom),
        any::<bool>(),
        proptest::option::of(any::<bool>()),
        0_usize..6,
    );
    (keys, algorithm, options).prop_map(
        |(keys, algorithm, (la_url, lui_url, ds_id, custom, on_demand, license_requested, version))| {
            let mut header = NewHeader {
                version: VersionChoice::Lowest,
                keys: keys.into_iter().map(|(n, known)| key(n, known)).collect(),
                algorithm: Some(algorithm),
                checksums: None::<Checksums>,
                la_url: la_url.map(|url| url.replace(' ', "%20")),
                lui_url: lui_url.map(|url| url.replace(' ', "%20")),
                ds_id: ds_id.map(str::to_owned),
                custom_attributes: custom.map(str::to_owned),
                on_demand,
                license_requested: license_requested.filter(|_| version > 3),
            };
            // Where a version can say it, it is asked for.
            if let Some(version) = Version::KNOWN.get(version) {
                let exact = NewHeader { version: VersionChoice::Exactly(version.clone()), ..header.clone() };
                if exact.text().is_ok() {
                    header = exact;
                }
            }
            header
        },
    )
}
