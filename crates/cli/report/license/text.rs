//! What people read of a license.

use super::{LicenseReport, Said};
use crate::style::{NAME, WARNING};
use crate::terminal::escaped;
use prkit_license::seconds_text;
use std::fmt::Write as _;

impl LicenseReport {
    pub(crate) fn write(&self, out: &mut String) -> std::fmt::Result {
        write!(out, "  [{}] {NAME}license{NAME:#}  {} bytes at {}", self.index, self.size, self.offset)?;
        if let Some(path) = &self.path {
            write!(out, " in {path}")?;
        }
        writeln!(out)?;
        if let Some(said) = &self.said {
            said.write(out)?;
        }
        for node in &self.tree {
            node.write(0, out)?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "      {WARNING}unreadable{WARNING:#} {}", escaped(error))?;
        }
        Ok(())
    }

    /// One line for lists.
    pub(crate) fn line(&self) -> String {
        let Some(said) = &self.said else {
            return format!("license   unreadable: {}", self.error.as_deref().unwrap_or_default());
        };
        let kids: Vec<_> = said.keys.iter().map(|key| key.kid.as_str()).collect();
        let kids = if kids.is_empty() { "no key".to_owned() } else { kids.join(", ") };
        let mut line = format!("license   {kids}  {} bytes at {}", self.size, self.offset);
        if let Some(end) = &said.expiration_date {
            let _ = write!(line, "  until {end}");
        }
        line
    }
}

impl Said {
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
        self.write_output(out)?;
        self.write_binding(out)
    }

    fn write_output(&self, out: &mut String) -> std::fmt::Result {
        if let Some(levels) = &self.output_levels {
            let levels = [
                ("compressed video", levels.compressed_video),
                ("uncompressed video", levels.uncompressed_video),
                ("analog video", levels.analog_video),
                ("compressed audio", levels.compressed_audio),
                ("uncompressed audio", levels.uncompressed_audio),
            ];
            let levels: Vec<_> = levels
                .iter()
                .filter_map(|(name, level)| level.map(|level| format!("{name} {level}")))
                .collect();
            writeln!(out, "      output      {}", levels.join(", "))?;
        }
        for protection in &self.output_protections {
            let what = protection.meaning.as_deref().or(protection.name).unwrap_or(&protection.id);
            writeln!(out, "      protection  {}: {what}", protection.medium)?;
        }
        for enabler in &self.play_enablers {
            writeln!(out, "      enabler     {}", enabler.name.unwrap_or(&enabler.id))?;
        }
        Ok(())
    }

    fn write_binding(&self, out: &mut String) -> std::fmt::Result {
        if self.chain_depth > 1 {
            let root = self.root_kid.as_deref().unwrap_or("a root that it does not name");
            writeln!(out, "      leaf of     {root}")?;
        }
        if let (Some(account), Some(revision)) = (&self.domain_account_id, self.domain_revision) {
            writeln!(out, "      domain      {account}, revision {revision}")?;
        }
        if self.bound_to_client {
            writeln!(out, "      bound to    one client")?;
        }
        if let Some(embedding) = self.embedding_behavior {
            writeln!(out, "      embedding   behavior {embedding}")?;
        }
        if let Some(metering) = &self.metering_id {
            writeln!(out, "      metering    {metering}")?;
        }
        if let Some(source) = self.source_id {
            writeln!(out, "      source id   {source}")?;
        }
        if let Some(copies) = self.copy_count {
            writeln!(out, "      copies      {copies}")?;
        }
        if self.secure_stop {
            writeln!(out, "      secure stop the end of playback is reported")?;
        }
        if let Some(signature) = &self.signature {
            writeln!(
                out,
                "      signature   type {}, {} bytes, not checked",
                signature.kind, signature.length
            )?;
        }
        Ok(())
    }
}
