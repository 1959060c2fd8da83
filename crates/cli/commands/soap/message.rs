//! The report of one message.

use crate::input::Input;
use crate::report::{PathReport, RuleFinding, SCHEMA, Text};
use crate::style::{DIM, ERROR, NAME, WARNING};
use crate::terminal::escaped;
use prkit_batch::report::message::{
    Element, FaultReport, HeaderReport, ListReport, MessageSaid, ObjectInMessage,
};
use prkit_license::License;
use prkit_protocol::Message;
use serde::Serialize;
use std::fmt::Write as _;

#[derive(Serialize)]
pub(super) struct MessageReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    kind: &'static str,
    #[serde(flatten)]
    message: MessageSaid,
    /// PlayReady Objects and boxes, wherever they are in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) objects: Vec<ObjectInMessage>,
    pub(super) findings: Vec<RuleFinding>,
}

impl MessageReport {
    pub(super) fn new(input: &Input, message: &Message, with_tree: bool) -> Self {
        Self {
            schema: SCHEMA,
            path: PathReport::of(input),
            kind: "message",
            message: MessageSaid::new(message, with_tree),
            objects: Vec::new(),
            findings: Vec::new(),
        }
    }

    pub(super) fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        write!(out, "{NAME}{}{NAME:#}  ", input.display())?;
        self.message.write(out)?;
        write_objects(&self.objects, out);
        for finding in &self.findings {
            finding.write(out)?;
        }
        writeln!(out)
    }
}

fn title(said: &MessageSaid) -> String {
    match said.message {
        "license-request" => "license request".to_owned(),
        "license-response" => "license response".to_owned(),
        "key-message" => {
            format!("a player's key message, {}", said.wrapper.as_deref().unwrap_or("of no type"))
        }
        "cdm-data" => {
            format!("data for a decryption module, {}", said.wrapper.as_deref().unwrap_or("of no type"))
        }
        "initiator" => "a file that starts license acquisition".to_owned(),
        "other" => format!(
            "{} ({}), whose body is not public",
            said.operation.as_deref().unwrap_or_default(),
            said.direction.unwrap_or_default()
        ),
        other => other.to_owned(),
    }
}

impl Text for MessageSaid {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let line =
            |name: &str, value: &str, out: &mut String| writeln!(out, "  {name:12} {}", escaped(value));
        write!(out, "{}", escaped(&title(self)))?;
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
            write_element(tree, 0, out)?;
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

impl Text for HeaderReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
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

impl Text for ListReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
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

impl Text for FaultReport {
    fn write(&self, out: &mut String) -> std::fmt::Result {
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

fn write_element(element: &Element, depth: usize, out: &mut String) -> std::fmt::Result {
    let indent = depth.saturating_mul(2).saturating_add(6);
    write!(out, "{:indent$}{}", "", escaped(&element.name))?;
    for (name, value) in &element.attributes {
        write!(out, " {DIM}{}={:?}{DIM:#}", escaped(name), escaped(value))?;
    }
    if let Some(text) = &element.text {
        write!(out, "  {}", escaped(text))?;
    }
    if let Some(hidden) = element.hidden {
        write!(out, "  {DIM}{hidden} characters{DIM:#}")?;
    }
    if let Some(namespace) = &element.namespace {
        write!(out, "  {DIM}{}{DIM:#}", escaped(namespace))?;
    }
    writeln!(out)?;
    element.children.iter().try_for_each(|child| write_element(child, depth.saturating_add(1), out))
}

fn write_objects(objects: &[ObjectInMessage], out: &mut String) {
    for object in objects {
        let version = object.header_version.as_deref().unwrap_or("no header");
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "  object       {NAME}{}{NAME:#}  {}  {} bytes, {version}  {DIM}{}{DIM:#}",
            object.system,
            object.form,
            object.bytes,
            escaped(&object.place)
        );
        for kid in &object.kids {
            let _ = writeln!(out, "    key        {kid}");
        }
        if let Some(url) = &object.la_url {
            let _ = writeln!(out, "    LA_URL     {}", escaped(url));
        }
    }
}
