//! The report of one message.

use super::tree::Element;
use crate::input::{FoundLicense, Input};
use crate::report::{LicenseReport, PathReport, RuleFinding, SCHEMA};
use crate::terminal::escaped;
use anstyle::{AnsiColor, Style};
use bytes::Bytes;
use prkit_license::License;
use prkit_playready::Field;
use prkit_protocol::{
    Body, CdmData, Challenge, Direction, Fault, HeaderText, HttpHead, Initiator, KeyMessage, Message,
    Response, Status,
};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct MessageReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    kind: &'static str,
    #[serde(flatten)]
    message: Said,
    pub(super) findings: Vec<RuleFinding>,
}

/// What a message says; a wrapper has another in it.
#[derive(Serialize)]
struct Said {
    message: &'static str,
    http: Option<HttpReport>,
    soap: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<HeaderReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    /// As it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revocation_lists: Vec<ListReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenseReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrapper: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    http_headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kids: Vec<KidReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inner: Option<Box<Said>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inner_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Element>,
    #[serde(skip_serializing_if = "is_zero")]
    elements_left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[derive(Serialize)]
struct HttpReport {
    start: String,
    fields: Vec<(String, String)>,
    /// Names of fields whose values are not kept.
    hidden: Vec<String>,
}

#[derive(Serialize)]
struct HeaderReport {
    version: Option<String>,
    kids: Vec<KidReport>,
    la_url: Option<String>,
    xml: String,
    offset: usize,
    error: Option<&'static str>,
}

#[derive(Serialize)]
struct KidReport {
    kid: Option<String>,
    base64: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    algid: Option<String>,
}

#[derive(Serialize)]
struct ListReport {
    id: Option<String>,
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
}

#[derive(Serialize)]
struct FaultReport {
    code: Option<String>,
    reason: Option<String>,
    actor: Option<String>,
    status: Option<String>,
    name: Option<&'static str>,
    official: Option<bool>,
    meaning: Option<&'static str>,
    redirect: Option<String>,
}

impl MessageReport {
    pub(super) fn new(input: &Input, message: &Message, with_tree: bool) -> Self {
        Self {
            schema: SCHEMA,
            path: PathReport::of(input),
            kind: "message",
            message: Said::new(message, with_tree),
            findings: Vec::new(),
        }
    }
}

impl Said {
    fn nothing(kind: &'static str, message: &Message) -> Self {
        Self {
            message: kind,
            http: message.http.as_ref().map(HttpReport::new),
            soap: message.soap.map(prkit_protocol::SoapVersion::as_str),
            operation: None,
            direction: None,
            version: None,
            header: None,
            client_version: None,
            client_time: None,
            server_version: None,
            custom_data: None,
            nonce: None,
            nonce_base64: None,
            response_id: None,
            transaction_id: None,
            revocation_lists: Vec::new(),
            encrypted_bytes: None,
            certificate_bytes: None,
            signature_bytes: None,
            licenses: Vec::new(),
            fault: None,
            wrapper: None,
            http_headers: Vec::new(),
            kids: Vec::new(),
            server: None,
            session_id: None,
            inner: None,
            inner_error: None,
            tree: None,
            elements_left_out: 0,
        }
    }

    fn new(message: &Message, with_tree: bool) -> Self {
        let nothing = |kind| Self::nothing(kind, message);
        let mut said = match &message.body {
            Body::Challenge(challenge) => Self::of_challenge(challenge, nothing("license-request")),
            Body::Response(response) => Self::of_response(response, nothing("license-response")),
            Body::Fault(fault) => Self::of_fault(fault, nothing("fault")),
            Body::KeyMessage(wrapper) => Self::of_wrapper(wrapper, with_tree, nothing("key-message")),
            Body::CdmData(data) => Self::of_cdm_data(data, nothing("cdm-data")),
            Body::Initiator(initiator) => Self::of_initiator(initiator, nothing("initiator")),
            Body::Other { operation, direction } => Self {
                operation: Some(operation.as_str().to_owned()),
                direction: Some(match direction {
                    Direction::Request => "request",
                    Direction::Response => "response",
                }),
                ..nothing("other")
            },
        };
        if with_tree || matches!(message.body, Body::Other { .. }) {
            let (tree, left_out) = super::tree::elements(message);
            said.tree = Some(tree);
            said.elements_left_out = left_out;
        }
        said
    }

    fn of_challenge(challenge: &Challenge, nothing: Self) -> Self {
        Self {
            version: challenge.version.clone(),
            header: challenge.header.as_ref().map(HeaderReport::new),
            client_version: challenge.client_version.clone(),
            client_time: challenge
                .client_time
                .map(|time| time.to_string())
                .or_else(|| challenge.client_time_text.clone()),
            custom_data: challenge.custom_data.clone(),
            nonce: challenge.nonce.map(|nonce| nonce.to_string()),
            nonce_base64: challenge.nonce_text.clone(),
            revocation_lists: challenge
                .revocation
                .iter()
                .map(|list| ListReport {
                    id: list.id.map(|id| id.to_string()),
                    name: list.name(),
                    version: list.version.clone(),
                    bytes: None,
                })
                .collect(),
            encrypted_bytes: challenge.encrypted,
            signature_bytes: challenge.signature,
            ..nothing
        }
    }

    fn of_response(response: &Response, nothing: Self) -> Self {
        let licenses = response.licenses.iter().enumerate().map(|(index, blob)| {
            let found = FoundLicense {
                path: None,
                offset: u64::try_from(blob.offset).unwrap_or(u64::MAX),
                bytes: blob.bytes.clone().map(Bytes::from).map_err(|error| format!("no base64: {error}")),
                embedded: None,
            };
            LicenseReport::new(index, &found).without_tree()
        });
        Self {
            version: response.version.clone(),
            server_version: response.server.clone(),
            licenses: licenses.collect(),
            nonce: response.nonce.map(|nonce| nonce.to_string()),
            nonce_base64: response.nonce_text.clone(),
            response_id: response.response_id.clone(),
            transaction_id: response.transaction.clone(),
            revocation_lists: response
                .revocation
                .iter()
                .map(|list| ListReport {
                    id: list.id.map(|id| id.to_string()),
                    name: list.name(),
                    version: None,
                    bytes: Some(list.len),
                })
                .collect(),
            certificate_bytes: response.certificates,
            signature_bytes: response.signature,
            custom_data: response.custom_data.clone(),
            ..nothing
        }
    }

    fn of_fault(fault: &Fault, nothing: Self) -> Self {
        let entry = fault.status.and_then(Status::entry);
        Self {
            custom_data: fault.custom_data.clone(),
            fault: Some(FaultReport {
                code: fault.code.clone(),
                reason: fault.reason.clone(),
                actor: fault.actor.clone(),
                status: fault.status.map(|status| status.to_string()).or_else(|| fault.status_text.clone()),
                name: entry.map(|entry| entry.name),
                official: entry.map(prkit_protocol::StatusEntry::is_official),
                meaning: entry.map(|entry| entry.text).filter(|text| !text.is_empty()),
                redirect: fault.redirect.clone(),
            }),
            ..nothing
        }
    }

    fn of_wrapper(wrapper: &KeyMessage, with_tree: bool, nothing: Self) -> Self {
        let (inner, inner_error) = match &wrapper.challenge {
            Some(Ok(message)) => (Some(Box::new(Self::new(message, with_tree))), None),
            Some(Err(error)) => (None, Some(error.to_string())),
            None => (None, None),
        };
        Self {
            wrapper: wrapper.kind.clone(),
            http_headers: wrapper.fields.clone(),
            inner,
            inner_error,
            ..nothing
        }
    }

    fn of_cdm_data(data: &CdmData, nothing: Self) -> Self {
        Self {
            wrapper: data.kind.clone(),
            custom_data: data.custom_data.clone(),
            kids: data
                .kids
                .iter()
                .map(|(text, kid)| KidReport {
                    kid: kid.map(|kid| kid.to_string()),
                    base64: text.clone(),
                    algid: None,
                })
                .collect(),
            session_id: data.session.clone(),
            certificate_bytes: data.certificate,
            ..nothing
        }
    }

    fn of_initiator(initiator: &Initiator, nothing: Self) -> Self {
        Self {
            header: initiator.header.as_ref().map(HeaderReport::new),
            custom_data: initiator.custom_data.clone(),
            server: initiator.server.clone(),
            ..nothing
        }
    }
}

impl HttpReport {
    fn new(head: &HttpHead) -> Self {
        Self { start: head.start.clone(), fields: head.fields.clone(), hidden: head.hidden.clone() }
    }
}

impl HeaderReport {
    fn new(text: &HeaderText) -> Self {
        let header = text.header();
        Self {
            version: header
                .as_ref()
                .and_then(prkit_playready::Header::version)
                .map(|version| version.to_string()),
            kids: header
                .as_ref()
                .map(prkit_playready::Header::kids)
                .unwrap_or_default()
                .into_iter()
                .map(|kid| KidReport {
                    kid: kid.id.map(|id| id.to_string()),
                    base64: kid.base64,
                    algid: kid.algorithm.map(|algorithm| algorithm.to_string()),
                })
                .collect(),
            la_url: header
                .as_ref()
                .and_then(|header| header.value(Field::LaUrl))
                .map(std::borrow::Cow::into_owned),
            xml: text.xml.clone(),
            offset: text.offset,
            error: header.is_none().then_some("the header cannot be read"),
        }
    }
}

const NAME: Style = Style::new().bold();
const WARNING: Style = AnsiColor::Yellow.on_default();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

impl MessageReport {
    pub(super) fn write(&self, input: &Input, out: &mut String) -> std::fmt::Result {
        use std::fmt::Write as _;
        write!(out, "{NAME}{}{NAME:#}  ", input.display())?;
        self.message.write(out)?;
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
        if let Some(header) = &self.header {
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
        let texts = [("code", &self.code), ("actor", &self.actor), ("redirect", &self.redirect)];
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
