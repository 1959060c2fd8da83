//! The license stores of an object: how large they are, and what is in them.

use super::LicenseReport;
use crate::input::Found;
use prkit_license::{Limits, StoreContents};
use prkit_playready::{Payload, RecordType, Store};
use serde::Serialize;

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ListedStore {
    pub index: usize,
    #[serde(rename = "box")]
    pub path: Option<String>,
    /// Where its bytes begin in the file; `null` in a text.
    pub offset: Option<u64>,
    pub capacity: usize,
    /// Zeros at its end.
    pub free: usize,
    pub empty: bool,
    pub licenses: Vec<LicenseReport>,
}

impl ListedStore {
    /// Those of an object; none of what cannot be read.
    pub fn all_of(found: &Found) -> Vec<Self> {
        let Ok(payload) = Payload::parse(&found.data) else { return Vec::new() };
        let Some(object) = payload.object() else { return Vec::new() };
        let stores = object.records().iter().filter(|record| record.kind == RecordType::Store);
        let listed = stores.map(|record| {
            let store = Store::new(record.value);
            let is_plain = found.in_text.is_none() && matches!(payload, Payload::Object(_));
            Self {
                index: found.index,
                path: found.path.clone(),
                offset: is_plain.then(|| found.value_offset(record)),
                capacity: store.capacity(),
                free: free(store),
                empty: store.is_empty(),
                licenses: LicenseReport::of_store(store),
            }
        });
        listed.collect()
    }
}

/// Zeros behind the last license, or behind the last byte that is none.
fn free(store: Store<'_>) -> usize {
    let contents = StoreContents::of(store, Limits::default());
    let is_used = |byte: &u8| *byte != 0;
    contents.gaps.last().filter(|gap| gap.offset.saturating_add(gap.bytes.len()) == store.capacity()).map_or(
        0,
        |gap| {
            let used = gap.bytes.iter().rposition(is_used).map_or(0, |last| last.saturating_add(1));
            gap.bytes.len().saturating_sub(used)
        },
    )
}
