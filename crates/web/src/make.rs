//! A new object, and what forms say as the engine has it.

use crate::blob::Host;
use crate::fault::{Fault, Result};
use crate::request::ObjectForm;
use prkit_batch::operation::ObjectSpec;
use prkit_batch::shape;
use prkit_playready::{Algorithm, Key, KeyId, Keyring, Version, VersionChoice};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
pub(crate) struct MadeView {
    blob: u32,
    len: usize,
}

/// Makes it, and a box around it where one is asked for.
pub(crate) fn made(host: &Arc<dyn Host>, form: &ObjectForm) -> Result<MadeView> {
    let ids = key_ids(&form.key_ids)?;
    let mut spec = ObjectSpec::default();
    spec.version = form.version.as_deref().map(version).transpose()?;
    spec.algorithm = form.algorithm.as_deref().map(Algorithm::from_text);
    spec.la_url.clone_from(&form.la_url);
    spec.lui_url.clone_from(&form.lui_url);
    spec.ds_id = form.ds_id.as_deref().map(ds_id).transpose()?;
    spec.custom_attributes.clone_from(&form.custom_attributes);
    spec.on_demand = form.on_demand;
    spec.els = form.store;
    let keys = ids.iter().map(|id| Key { id: *id, key: None }).collect();
    let object = spec.build(keys, &Keyring::default(), None)?;
    let bytes = match form.box_version {
        None => object,
        Some(0) => shape::new_box(&object, 0, Vec::new())?,
        Some(version) => shape::new_box(&object, version, ids)?,
    };
    host.put(&bytes);
    Ok(MadeView { blob: host.finish(), len: bytes.len() })
}

/// Key IDs, each as people write one.
pub(crate) fn key_ids(texts: &[String]) -> Result<Vec<KeyId>> {
    let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    texts.map(|text| Ok(text.parse::<KeyId>()?)).collect()
}

/// A domain service ID as the header has it: from a GUID, or from its base64.
pub(crate) fn ds_id(text: &str) -> Result<String> {
    let text = text.trim();
    match text.parse::<KeyId>() {
        Ok(guid) => Ok(guid.to_guid_base64()),
        Err(_) if KeyId::from_guid_base64(text).is_some() => Ok(text.to_owned()),
        Err(_) => Err(Fault::new(format!(
            "{text:?} is no domain service ID: expected a GUID, or 16 bytes in base64"
        ))),
    }
}

/// `4.3`, or `lowest`.
pub(crate) fn version(text: &str) -> Result<VersionChoice> {
    if text == "lowest" {
        return Ok(VersionChoice::Lowest);
    }
    match Version::from_text(&format!("{text}.0.0")) {
        Version::Other(_) => {
            Err(Fault::new(format!("there is no header version {text:?}: expected 4.0 to 4.3")))
        }
        version => Ok(VersionChoice::Exactly(version)),
    }
}
