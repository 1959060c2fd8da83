//! What a message between a client and a license server says: its shape here, what fills it in `fill.rs`, its elements in
//! `tree.rs`, PlayReady Objects in it in `objects.rs`, what it breaks of the rules in `findings.rs`.

mod fill;
mod findings;
mod objects;
mod tree;

pub use findings::findings;
pub use objects::{ObjectInMessage, objects};
pub use tree::Element;

use super::LicenseReport;
use serde::Serialize;

/// What a message says; a wrapper has another in it.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct MessageSaid {
    pub message: &'static str,
    pub http: Option<HttpReport>,
    pub soap: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderReport>,
    /// Others beside it, of which a request has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more_headers: Vec<HeaderReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// As it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_lists: Vec<ListReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<LicenseReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrapper: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http_headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kids: Vec<KidReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<Box<MessageSaid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<Element>,
    #[serde(skip_serializing_if = "is_zero")]
    pub elements_left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct HttpReport {
    pub start: String,
    pub fields: Vec<(String, String)>,
    /// Names of fields whose values are not kept.
    pub hidden: Vec<String>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct HeaderReport {
    pub version: Option<String>,
    pub kids: Vec<KidReport>,
    pub la_url: Option<String>,
    pub xml: String,
    pub offset: usize,
    pub error: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct KidReport {
    pub kid: Option<String>,
    pub base64: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algid: Option<String>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ListReport {
    pub id: Option<String>,
    pub name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
}

#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct FaultReport {
    pub code: Option<String>,
    pub reason: Option<String>,
    /// What the service says in `detail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    pub actor: Option<String>,
    pub status: Option<String>,
    pub name: Option<&'static str>,
    pub official: Option<bool>,
    pub meaning: Option<&'static str>,
    pub redirect: Option<String>,
}
