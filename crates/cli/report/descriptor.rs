//! What a manifest says about systems and encryption, beside the objects in it.

use crate::style::DIM;
use crate::terminal::escaped;
use prkit_manifest::{Descriptor, Manifest, Refers};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Debug, Serialize)]
pub(crate) struct DescriptorReport {
    kind: &'static str,
    path: String,
    line: u64,
    column: u64,
    offset: u64,
    size: u64,
    scheme: Option<String>,
    system: Option<&'static str>,
    value: Option<String>,
    /// Key ids as they are read; `null` for what is none.
    kids: Vec<Option<String>>,
    /// What others refer to it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    ref_id: Option<String>,
    /// What it refers to.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    refers: Option<ReferenceReport>,
    /// Element name to URL.
    license_urls: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct ReferenceReport {
    id: String,
    /// The descriptor that it leads to.
    path: Option<String>,
    line: Option<u64>,
    error: Option<String>,
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

impl DescriptorReport {
    pub(crate) fn new(descriptor: &Descriptor, manifest: &Manifest) -> Self {
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
            license_urls: descriptor.license_urls.iter().cloned().collect(),
        }
    }

    pub(crate) fn write(&self, out: &mut String) -> std::fmt::Result {
        let what = match (self.system, &self.scheme) {
            (Some(system), _) => system,
            (None, Some(scheme)) => scheme.strip_prefix("urn:mpeg:dash:").unwrap_or(scheme),
            (None, None) => self.kind,
        };
        write!(out, "  {DIM}line {:<5}{DIM:#} {}", self.line, escaped(what))?;
        if let Some(value) = self.value.as_deref().filter(|value| !value.is_empty()) {
            write!(out, "  {}", escaped(value))?;
        }
        for kid in &self.kids {
            write!(out, "  key {}", kid.as_deref().unwrap_or("unreadable"))?;
        }
        if let Some(id) = &self.ref_id {
            write!(out, "  refId {}", escaped(id))?;
        }
        if let Some(refers) = &self.refers {
            let to = match (refers.line, &refers.error) {
                (Some(line), _) => format!("is at line {line}"),
                (None, Some(error)) => error.clone(),
                (None, None) => String::new(),
            };
            write!(out, "  ref {} {}", escaped(&refers.id), escaped(&to))?;
        }
        for (name, url) in &self.license_urls {
            write!(out, "  {} {}", escaped(name), escaped(url))?;
        }
        writeln!(out)
    }
}
