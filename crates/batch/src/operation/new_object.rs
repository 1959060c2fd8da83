//! A new object, from what is asked of it and from what a file says.

use super::OperationError;
use crate::refused::Refused;
use crate::{KID, Result, from_media};
use prkit_playready::{
    Algorithm, Checksums, Encryption, Key, Keyring, NewHeader, NewObject, Override, Overrides, Use,
    VersionChoice,
};

/// What a new object holds, but for its key IDs.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ObjectSpec {
    /// The version of its header; the lowest that can say all, where none is named.
    pub version: Option<VersionChoice>,
    /// The algorithm of all keys.
    pub algorithm: Option<Algorithm>,
    /// What becomes of checksums.
    pub checksums: Option<Checksums>,
    /// License acquisition URL; `{kid}` stands for the key ID.
    pub la_url: Option<String>,
    /// License acquisition page; `{kid}` stands for the key ID.
    pub lui_url: Option<String>,
    /// Domain service ID, in base64.
    pub ds_id: Option<String>,
    /// The XML inside of CUSTOMATTRIBUTES.
    pub custom_attributes: Option<String>,
    /// Licenses may come later than the content.
    pub on_demand: bool,
    /// Whether license acquisition asks for a license.
    pub license_requested: Option<bool>,
    /// Bytes of an empty license store.
    pub els: Option<usize>,
    /// What the object is for.
    pub place: Option<Use>,
    /// What is done although it is refused.
    pub overrides: Overrides,
}

impl ObjectSpec {
    /// The object for these key IDs, or for those of the media; keys for checksums are in the ring.
    ///
    /// # Errors
    ///
    /// What no object can say, and what contradicts the media.
    pub fn build(&self, mut named: Vec<Key>, ring: &Keyring, media: Option<&Encryption>) -> Result<Vec<u8>> {
        let mut algorithm = self.algorithm.clone();
        if let Some(media) = media {
            let (kids, of_media) = from_media(media)?;
            if named.is_empty() {
                named = kids;
            }
            match (&algorithm, &of_media) {
                (Some(asked), Some(right)) if asked != right && !self.overrides.has(Override::Algorithm) => {
                    let refused = Refused::Algorithm { asked: asked.clone(), wanted: right.clone() };
                    return Err(OperationError::OtherAlgorithm(refused).into());
                }
                (None, _) => algorithm = of_media,
                _ => {}
            }
        }
        for key in &mut named {
            key.key = key.key.take().or_else(|| ring.get(key.id).cloned());
        }
        // A fragment may hold a store and nothing else; everything else says at least what it is for.
        let is_leaf = self.place == Some(Use::Moof) && self.els.is_some_and(|len| len > 0);
        let url = |url: &Option<String>| with_kid(url.as_deref(), &named);
        let header = NewHeader {
            version: self.version.clone().unwrap_or(VersionChoice::Lowest),
            algorithm,
            checksums: self.checksums,
            la_url: url(&self.la_url)?,
            lui_url: url(&self.lui_url)?,
            ds_id: self.ds_id.clone(),
            custom_attributes: self.custom_attributes.clone(),
            on_demand: self.on_demand,
            license_requested: self.license_requested,
            keys: named,
        };
        let says_nothing = header.keys.is_empty() && !self.on_demand && header.license_requested.is_none();
        if says_nothing && !is_leaf {
            return Err(OperationError::NoKeyId.into());
        }
        let is_bare = says_nothing && header.la_url.is_none() && header.custom_attributes.is_none();
        let header = (!is_bare || !is_leaf).then_some(header);
        let object = NewObject { header, store: self.els, place: self.place, overrides: self.overrides };
        Ok(object.build()?)
    }
}

fn with_kid(url: Option<&str>, keys: &[Key]) -> Result<Option<String>, OperationError> {
    match (url, keys) {
        (Some(url), [key]) => Ok(Some(url.replace(KID, &key.id.to_string()))),
        (Some(url), keys) if url.contains(KID) => Err(OperationError::KidOfUrl { count: keys.len() }),
        (url, _) => Ok(url.map(str::to_owned)),
    }
}
