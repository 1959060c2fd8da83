//! What a message says, taken from it.

use super::tree::elements;
use super::{FaultReport, HeaderReport, HttpReport, KidReport, ListReport, MessageSaid};
use crate::input::FoundLicense;
use crate::report::LicenseReport;
use bytes::Bytes;
use prkit_playready::Field;
use prkit_protocol::{
    Body, CdmData, Challenge, Direction, Fault, HeaderText, HttpHead, Initiator, KeyMessage, Message,
    Response, Status,
};

impl MessageSaid {
    fn nothing(kind: &'static str, message: &Message) -> Self {
        Self {
            message: kind,
            http: message.http.as_ref().map(HttpReport::new),
            soap: message.soap.map(prkit_protocol::SoapVersion::as_str),
            operation: None,
            direction: None,
            version: None,
            header: None,
            more_headers: Vec::new(),
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

    /// What a message says, with its elements where they are asked for or nothing else is public.
    pub fn new(message: &Message, with_tree: bool) -> Self {
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
            let (tree, left_out) = elements(message);
            said.tree = Some(tree);
            said.elements_left_out = left_out;
        }
        said
    }

    fn of_challenge(challenge: &Challenge, nothing: Self) -> Self {
        Self {
            version: challenge.version.clone(),
            header: challenge.header.as_ref().map(HeaderReport::new),
            more_headers: challenge.more_headers.iter().map(HeaderReport::new).collect(),
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
                    version: list.version.clone(),
                    ..ListReport::of(list.id.map(|id| id.to_string()), list.name())
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
                bytes: blob.bytes.clone().map(Bytes::from),
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
                    bytes: Some(list.len),
                    ..ListReport::of(list.id.map(|id| id.to_string()), list.name())
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
                message: fault.message.clone(),
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

impl ListReport {
    /// One of which no more is known.
    const fn of(id: Option<String>, name: Option<&'static str>) -> Self {
        Self { id, name, version: None, bytes: None }
    }
}
