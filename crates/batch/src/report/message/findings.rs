//! What a message breaks of the rules for messages, headers and licenses.

use crate::report::RuleFinding;
use prkit_license::{Context, Finding, Limits, Policy, lint, lint_tree};
use prkit_playready::{Client, Spec};
use prkit_protocol::{Body, Challenge, Message, Response, check_pair, check_request};

/// What the header of a request breaks, and an answer, beside the request before it where there is one, with its name.
pub fn findings(message: &Message, request: Option<(&str, &Message)>, spec: Spec) -> Vec<RuleFinding> {
    if let Some(challenge) = message.challenge() {
        let found = check_request(challenge);
        let found = found.iter().map(|finding| RuleFinding::new(finding, "request".to_owned(), None));
        return found.chain(of_headers(challenge, spec)).collect();
    }
    let Body::Response(response) = &message.body else { return Vec::new() };
    let found = match request {
        Some((_, request)) => check_pair(request, message, &Context::default()),
        None => alone(response),
    };
    let place = |index: Option<usize>| match (index, request) {
        (Some(index), _) => format!("license {index}"),
        (None, Some((name, _))) => format!("answer to {name}"),
        (None, None) => "message".to_owned(),
    };
    found.iter().map(|finding| RuleFinding::new(finding, place(finding.policy), None)).collect()
}

/// What the headers in a challenge break for the client that sent it.
fn of_headers(challenge: &Challenge, spec: Spec) -> Vec<RuleFinding> {
    // The numbers of Windows are not those of PlayReady.
    let client = challenge.client().filter(|client| !client.is_windows());
    let number = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    let client = client.map(|client| Client::new(number(client.major()), number(client.minor())));
    let context = prkit_playready::Context {
        client,
        spec,
        bare: true,
        request: true,
        ..prkit_playready::Context::default()
    };
    let headers = challenge.header.iter().chain(&challenge.more_headers);
    let found = headers.flat_map(|header| {
        // In a message the header is text of the message: its encoding is that.
        let text: Vec<u8> = header.xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let found = prkit_playready::lint(&text, &context).into_iter();
        found.map(|finding| RuleFinding::of_header(&finding, header.offset))
    });
    found.collect()
}

/// What the licenses of a response break, as far as they say it themselves.
fn alone(response: &Response) -> Vec<Finding> {
    let limits = Limits::default();
    let mut policies = Vec::new();
    let mut found = Vec::new();
    for (index, blob) in response.licenses.iter().enumerate() {
        let Ok(license) = blob.license() else { continue };
        policies.extend(Policy::from_license(&license, limits));
        let odd = lint_tree(&license, limits).into_iter();
        found.extend(odd.map(|odd| Finding { policy: Some(index), ..odd }));
    }
    found.extend(lint(&policies, &prkit_protocol::context(None, Some(response))));
    found
}
