//! The report of one message: its shape here, what fills it in `fill.rs`, how people read it in `text.rs`.

mod fill;
mod text;

use super::objects::ObjectReport;
use super::tree::Element;
use crate::input::Input;
use crate::report::{LicenseReport, PathReport, RuleFinding, SCHEMA};
use prkit_protocol::Message;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct MessageReport {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    kind: &'static str,
    #[serde(flatten)]
    message: Said,
    /// PlayReady Objects and boxes, wherever they are in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) objects: Vec<ObjectReport>,
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
    /// Others beside it, of which a request has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more_headers: Vec<HeaderReport>,
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
    /// What the service says in `detail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
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
            objects: Vec::new(),
            findings: Vec::new(),
        }
    }
}
