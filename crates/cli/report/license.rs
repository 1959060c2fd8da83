//! What people read of a license.

use super::Text;
use crate::style::{DIM, NAME, WARNING};
use crate::terminal::escaped;
use prkit_batch::report::{LicenseReport, NodeReport, Said};
use prkit_license::{Evidence, seconds_text};
use std::fmt::Write as _;

impl Text for LicenseReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        write!(out, "  [{}] {NAME}license{NAME:#}  {} bytes at {}", self.index, self.size, self.offset)?;
        if let Some(path) = &self.path {
            write!(out, " in {path}")?;
        }
        writeln!(out)?;
        if let Some(said) = &self.said {
            said.write(out)?;
        }
        for node in &self.tree {
            write_node(node, 0, out)?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "      {WARNING}unreadable{WARNING:#} {}", escaped(error))?;
        }
        Ok(())
    }
}

/// One line for lists.
pub(crate) fn license_line(license: &LicenseReport) -> String {
    let Some(said) = &license.said else {
        return format!("license   unreadable: {}", license.error.as_deref().unwrap_or_default());
    };
    let kids: Vec<_> = said.keys.iter().map(|key| key.kid.as_str()).collect();
    let kids = if kids.is_empty() { "no key".to_owned() } else { kids.join(", ") };
    let mut line = format!("license   {kids}  {} bytes at {}", license.size, license.offset);
    if let Some(end) = &said.expiration_date {
        let _ = write!(line, "  until {end}");
    }
    line
}

fn write_node(node: &NodeReport, depth: usize, out: &mut String) -> std::fmt::Result {
    let indent = depth.saturating_mul(2);
    let name = node.name.unwrap_or("unknown");
    write!(out, "      {DIM}@{:<5}{DIM:#}{:indent$}{} {name}", node.offset, "", node.kind)?;
    let optional = if node.must_understand { "" } else { ", optional" };
    write!(out, "  {DIM}{} bytes{optional}{DIM:#}", node.length)?;
    if let Some(value) = &node.value {
        write!(out, "  {}", escaped(value))?;
    }
    if node.evidence == Evidence::Unknown.as_str() {
        write!(out, "  {WARNING}unknown type{WARNING:#}")?;
    }
    writeln!(out)?;
    for child in &node.children {
        write_node(child, depth.saturating_add(1), out)?;
    }
    Ok(())
}

impl Text for Said {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "      id          {}", self.id)?;
        for key in &self.keys {
            write!(out, "      key         {}  {}", key.kid, key.base64)?;
            writeln!(out, "  {}, {} bytes under {}", key.key_type, key.length, key.cipher)?;
        }
        let rights = if self.rights.is_empty() { "none".to_owned() } else { self.rights.join(", ") };
        writeln!(out, "      rights      {rights}")?;
        let times = [
            ("issued", &self.issue_date),
            ("begin", &self.begin_date),
            ("end", &self.expiration_date),
            ("removal", &self.removal_date),
        ];
        for (name, time) in times {
            if let Some(time) = time {
                writeln!(out, "      {name:11} {time}")?;
            }
        }
        for (name, seconds) in [("first play", self.expire_after_first_play), ("grace", self.grace_period)] {
            if let Some(seconds) = seconds {
                writeln!(out, "      {name:11} {}", seconds_text(i64::from(seconds)))?;
            }
        }
        if self.real_time_expiration {
            writeln!(out, "      real time   the end counts during a session")?;
        }
        if let Some(level) = self.security_level {
            writeln!(out, "      security    level {level}")?;
        }
        write_output(self, out)?;
        write_binding(self, out)
    }
}

fn write_output(said: &Said, out: &mut String) -> std::fmt::Result {
    if let Some(levels) = &said.output_levels {
        let levels = [
            ("compressed video", levels.compressed_video),
            ("uncompressed video", levels.uncompressed_video),
            ("analog video", levels.analog_video),
            ("compressed audio", levels.compressed_audio),
            ("uncompressed audio", levels.uncompressed_audio),
        ];
        let levels: Vec<_> =
            levels.iter().filter_map(|(name, level)| level.map(|level| format!("{name} {level}"))).collect();
        writeln!(out, "      output      {}", levels.join(", "))?;
    }
    for protection in &said.output_protections {
        let what = protection.meaning.as_deref().or(protection.name).unwrap_or(&protection.id);
        writeln!(out, "      protection  {}: {what}", protection.medium)?;
    }
    for enabler in &said.play_enablers {
        writeln!(out, "      enabler     {}", enabler.name.unwrap_or(&enabler.id))?;
    }
    Ok(())
}

fn write_binding(said: &Said, out: &mut String) -> std::fmt::Result {
    if said.chain_depth > 1 {
        let root = said.root_kid.as_deref().unwrap_or("a root that it does not name");
        writeln!(out, "      leaf of     {root}")?;
    }
    if let (Some(account), Some(revision)) = (&said.domain_account_id, said.domain_revision) {
        writeln!(out, "      domain      {account}, revision {revision}")?;
    }
    if said.bound_to_client {
        writeln!(out, "      bound to    one client")?;
    }
    if let Some(embedding) = said.embedding_behavior {
        writeln!(out, "      embedding   behavior {embedding}")?;
    }
    if let Some(metering) = &said.metering_id {
        writeln!(out, "      metering    {metering}")?;
    }
    if let Some(source) = said.source_id {
        writeln!(out, "      source id   {source}")?;
    }
    if let Some(copies) = said.copy_count {
        writeln!(out, "      copies      {copies}")?;
    }
    if said.secure_stop {
        writeln!(out, "      secure stop the end of playback is reported")?;
    }
    if let Some(signature) = &said.signature {
        writeln!(out, "      signature   type {}, {} bytes, not checked", signature.kind, signature.length)?;
    }
    Ok(())
}
