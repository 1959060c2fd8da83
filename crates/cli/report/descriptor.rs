//! What a manifest says about systems and encryption, as people read it.

use super::Text;
use crate::style::DIM;
use crate::terminal::escaped;
use prkit_batch::report::DescriptorReport;
use std::fmt::Write as _;

impl Text for DescriptorReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
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
