//! What a manifest says about systems and encryption, beside the objects in it.

use prkit_manifest::{Descriptor, Manifest, Refers};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct DescriptorReport {
    pub kind: &'static str,
    pub path: String,
    pub line: u64,
    pub column: u64,
    pub offset: u64,
    pub size: u64,
    pub scheme: Option<String>,
    pub system: Option<&'static str>,
    pub value: Option<String>,
    /// Key ids as they are read; `null` for what is none.
    pub kids: Vec<Option<String>>,
    /// What others refer to it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ref_id: Option<String>,
    /// What it refers to.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub refers: Option<ReferenceReport>,
    /// Element name to URL.
    pub license_urls: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ReferenceReport {
    pub id: String,
    /// The descriptor that it leads to.
    pub path: Option<String>,
    pub line: Option<u64>,
    pub error: Option<String>,
}

impl ReferenceReport {
    fn new(refers: &Refers, manifest: &Manifest) -> Self {
        let target = refers.to.ok().and_then(|index| manifest.descriptors().get(index));
        Self {
            id: refers.id.clone(),
            path: target.map(|target| target.path.clone()),
            line: target.map(|target| target.position.line),
            error: refers.to.err().map(|fault| fault.to_string()),
        }
    }
}

/// Those of a descriptor, and of texts inside of it.
fn license_urls(descriptor: &Descriptor) -> Box<dyn Iterator<Item = &(String, String)> + '_> {
    Box::new(descriptor.license_urls.iter().chain(descriptor.inside.iter().flat_map(license_urls)))
}

/// By name; the second of a name has its number, as in paths.
fn numbered<'u>(urls: impl Iterator<Item = &'u (String, String)>) -> BTreeMap<String, String> {
    let mut numbered = BTreeMap::new();
    for (name, url) in urls {
        let mut key = name.clone();
        let mut count = 0_usize;
        while numbered.contains_key(&key) {
            count = count.saturating_add(1);
            key = format!("{name}[{count}]");
        }
        numbered.insert(key, url.clone());
    }
    numbered
}

impl DescriptorReport {
    pub(super) fn new(descriptor: &Descriptor, manifest: &Manifest) -> Self {
        Self {
            kind: descriptor.kind.name(),
            path: descriptor.path.clone(),
            line: descriptor.position.line,
            column: descriptor.position.column,
            offset: descriptor.span.start(),
            size: descriptor.span.len(),
            scheme: descriptor.scheme.clone(),
            system: descriptor.system.and_then(prkit_playready::SystemId::name),
            value: descriptor.value.clone(),
            kids: descriptor.kids.iter().map(|kid| kid.id.map(|id| id.to_string())).collect(),
            ref_id: descriptor.ref_id.clone(),
            refers: descriptor.refers.as_ref().map(|refers| ReferenceReport::new(refers, manifest)),
            license_urls: numbered(license_urls(descriptor)),
        }
    }
}
