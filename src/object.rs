//! A protection header, as it was found.

use prkit_batch::Found;
use prkit_playready::{Field, Header, KeyId, SystemId};

/// A protection header of an asset, of any DRM system.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Object {
    /// Its number in the asset.
    pub index: usize,
    /// The DRM system.
    pub system: SystemId,
    /// The box or the element that it is in; `None` for an asset that is the object.
    pub path: Option<String>,
    /// Where that begins, in bytes.
    pub offset: u64,
    /// How long it is.
    pub len: u64,
    /// The key IDs of its box and of its header.
    pub key_ids: Vec<KeyId>,
    /// The text of its header, where it is PlayReady's.
    pub header: Option<String>,
    /// The URL that licenses are asked for at.
    pub license_url: Option<String>,
    /// The system's own data, such as a PlayReady Object.
    pub data: bytes::Bytes,
    /// What is wrong with it.
    pub fault: Option<String>,
}

impl From<Found> for Object {
    fn from(found: Found) -> Self {
        let header = Some(&found.data).filter(|_| found.system.is_playready());
        let header = header.map(|data| Header::of_payload(data)).transpose();
        let fault = found.fault().or_else(|| header.as_ref().err().map(ToString::to_string));
        let header = header.ok().flatten();
        let mut key_ids = found.kids.clone();
        for id in header.iter().flat_map(Header::key_ids) {
            if !key_ids.contains(&id) {
                key_ids.push(id);
            }
        }
        let license_url = header.as_ref().and_then(|header| Some(header.value(Field::LaUrl)?.into_owned()));
        Self {
            index: found.index,
            system: found.system,
            path: found.path.clone(),
            offset: found.offset,
            len: found.len(),
            key_ids,
            license_url,
            header: header.map(|header| header.as_str().to_owned()),
            data: found.data.clone(),
            fault,
        }
    }
}
