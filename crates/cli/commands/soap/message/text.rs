//! The report for people.

use super::{FaultReport, HeaderReport, ListReport, MessageReport, Said};
use crate::input::Input;
use crate::report::Text as _;
use crate::style::{DIM, ERROR, NAME, WARNING};
use crate::terminal::escaped;
use prkit_license::License;

impl MessageReport {
    pub(in crate::commands::soap) fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        use std::fmt::Write as _;
        write!(out, "{NAME}{}{NAME:#}  ", input.display())?;
        self.message.write(out)?;
        crate::commands::soap::objects::write(&self.objects, out);
        for finding in &self.findings {
            finding.write(out)?;
        }
        writeln!(out)
    }
}

impl Said {
    fn title(&self) -> String {
        match self.message {
            "license-request" => "license request".to_owned(),
            "license-response" => "license response".to_owned(),
            "key-message" => {
                format!("a player's key message, {}", self.wrapper.as_deref().unwrap_or("of no type"))
            }
            "cdm-data" => {
                format!("data for a decryption module, {}", self.wrapper.as_deref().unwrap_or("of no type"))
            }
            "initiator" => "a file that starts license acquisition".to_owned(),
            "other" => format!(
                "{} ({}), whose body is not public",
                self.operation.as_deref().unwrap_or_default(),
                self.direction.unwrap_or_default()
            ),
            other => other.to_owned(),
        }
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        use std::fmt::Write as _;
        let line =
            |name: &str, value: &str, out: &mut String| writeln!(out, "  {name:12} {}", escaped(value));
        write!(out, "{}", escaped(&self.title()))?;
        if let Some(soap) = self.soap {
            write!(out, "  {DIM}{soap}{DIM:#}")?;
        }
        writeln!(out)?;
        if let Some(http) = &self.http {
            line("http", &http.start, out)?;
            for (name, value) in &http.fields {
                line("", &format!("{name}: {value}"), out)?;
            }
            if !http.hidden.is_empty() {
                line("", &format!("not shown: {}", http.hidden.join(", ")), out)?;
            }
        }
        let texts = [
            ("version", &self.version),
            ("client", &self.client_version),
            ("client time", &self.client_time),
            ("server", &self.server_version),
            ("ask", &self.server),
            ("response id", &self.response_id),
            ("transaction", &self.transaction_id),
            ("session", &self.session_id),
            ("custom data", &self.custom_data),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                line(name, text, out)?;
            }
        }
        if let Some(base64) = &self.nonce_base64 {
            let guid = self.nonce.as_deref().unwrap_or("unreadable");
            line("nonce", &format!("{guid}  {base64}"), out)?;
        }
        for header in self.header.iter().chain(&self.more_headers) {
            header.write(out)?;
        }
        for kid in &self.kids {
            line("key", &format!("{}  {}", kid.kid.as_deref().unwrap_or("unreadable"), kid.base64), out)?;
        }
        for list in &self.revocation_lists {
            list.write(out)?;
        }
        for (name, value) in &self.http_headers {
            line("post with", &format!("{name}: {value}"), out)?;
        }
        let counts = [
            ("encrypted", self.encrypted_bytes),
            ("certificates", self.certificate_bytes),
            ("signature", self.signature_bytes),
        ];
        for (name, count) in counts {
            if let Some(count) = count {
                line(name, &format!("{count} bytes"), out)?;
            }
        }
        if let Some(fault) = &self.fault {
            fault.write(out)?;
        }
        if !self.licenses.is_empty() {
            writeln!(out, "  {DIM}{}{DIM:#}", License::EVIDENCE)?;
        }
        for license in &self.licenses {
            license.write(out)?;
        }
        if let Some(tree) = &self.tree {
            tree.write(0, out)?;
            if self.elements_left_out > 0 {
                line("", &format!("and {} elements more", self.elements_left_out), out)?;
            }
        }
        if let Some(error) = &self.inner_error {
            writeln!(out, "  {WARNING}unreadable{WARNING:#}   {}", escaped(error))?;
        }
        if let Some(inner) = &self.inner {
            write!(out, "  in it: ")?;
            inner.write(out)?;
        }
        Ok(())
    }
}

impl HeaderReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        use std::fmt::Write as _;
        writeln!(out, "  header       {}", escaped(self.version.as_deref().unwrap_or("without version")))?;
        if let Some(error) = self.error {
            writeln!(out, "    {WARNING}unreadable{WARNING:#} {error}")?;
        }
        for kid in &self.kids {
            write!(out, "    key        {}", kid.kid.as_deref().unwrap_or("unreadable"))?;
            write!(out, "  {}", escaped(&kid.base64))?;
            if let Some(algid) = &kid.algid {
                write!(out, "  {}", escaped(algid))?;
            }
            writeln!(out)?;
        }
        match &self.la_url {
            Some(url) => writeln!(out, "    LA_URL     {}", escaped(url)),
            None => Ok(()),
        }
    }
}

impl ListReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        use std::fmt::Write as _;
        let id = self.id.as_deref().unwrap_or("unreadable");
        write!(out, "  revocation   {id}")?;
        if let Some(version) = &self.version {
            write!(out, "  version {}", escaped(version))?;
        }
        if let Some(bytes) = self.bytes {
            write!(out, "  {bytes} bytes")?;
        }
        match self.name {
            Some(name) => writeln!(out, "  {DIM}{name} (unofficial name){DIM:#}"),
            None => writeln!(out),
        }
    }
}

impl FaultReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        use std::fmt::Write as _;
        if let Some(status) = &self.status {
            write!(out, "  status       {ERROR}{}{ERROR:#}", escaped(status))?;
            match (self.name, self.official) {
                (Some(name), Some(true)) => write!(out, "  {name}")?,
                (Some(name), _) => write!(out, "  {name} (unofficial name)")?,
                (None, _) => write!(out, "  not in the table")?,
            }
            writeln!(out)?;
        }
        if let Some(meaning) = self.meaning {
            writeln!(out, "               {meaning}")?;
        }
        let texts = [
            ("code", &self.code),
            ("message", &self.message),
            ("actor", &self.actor),
            ("redirect", &self.redirect),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                writeln!(out, "  {name:12} {}", escaped(text))?;
            }
        }
        // A stack trace: one line each, without the white space around.
        let lines =
            self.reason.as_deref().unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
        for (index, reason) in lines.enumerate() {
            let name = if index == 0 { "reason" } else { "" };
            writeln!(out, "  {name:12} {}", escaped(reason))?;
        }
        Ok(())
    }
}
