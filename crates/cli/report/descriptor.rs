//! What a manifest says about systems and encryption, beside the objects in it.

use crate::style::DIM;
use crate::terminal::escaped;
use prkit_manifest::Descriptor;
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
    /// Element name to URL.
    license_urls: BTreeMap<String, String>,
}

impl DescriptorReport {
    pub(crate) fn new(descriptor: &Descriptor) -> Self {
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
        for (name, url) in &self.license_urls {
            write!(out, "  {} {}", escaped(name), escaped(url))?;
        }
        writeln!(out)
    }
}
