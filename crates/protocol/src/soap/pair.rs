//! A request and its response.
//!
//! ```text
//!   request                      response
//!   LicenseNonce        =        LicenseNonce, or the id of a license that is not kept       M-01, P-05
//!   keys of WRMHEADER   ⊆        keys of the licenses                                        L12
//!   ClientTime          ±1 h     issue date of the licenses                                  R3, L2
//!                                TransactionID: the client must acknowledge                  M-03
//! ```

use super::request::{M05, M06};
use super::response::LicenseFault;
use super::{Body, Challenge, Message, Response};
use prkit_license::{
    ContentFacts, Context, Finding, Level, Limits, Policy, RequestFacts, Rule, lint, lint_tree,
};

static M01: Rule = Rule {
    id: "M-01",
    level: Level::Error,
    text: "the nonce of a response is that of its request",
    source: "MS docs license-nonce.md",
    same_as: None,
};
static M02: Rule = Rule {
    id: "M-02",
    level: Level::Error,
    text: "the licenses of a response can be read",
    source: "layout inferred, not documented by Microsoft",
    same_as: None,
};
static M03: Rule = Rule {
    id: "M-03",
    level: Level::Note,
    text: "a transaction id asks the client to acknowledge the licenses",
    source: "MS docs query-string-syntax.md, tid",
    same_as: None,
};
static M04: Rule = Rule {
    id: "M-04",
    level: Level::Error,
    text: "the two messages belong together: a license request, and a response or a fault",
    source: "MS docs license-server.md",
    same_as: None,
};

/// The rules about messages: those that belong together, and requests.
pub const MESSAGE_RULES: &[&Rule] = &[&M01, &M02, &M03, &M04, &M05, &M06];

/// What request and response say that rules for policies need.
pub fn context(request: Option<&Challenge>, response: Option<&Response>) -> Context {
    let header = request.and_then(|request| request.header.as_ref()).and_then(super::HeaderText::header);
    Context {
        content: header.map(|header| ContentFacts {
            keys: header.kids().into_iter().filter_map(|kid| Some((kid.id?, kid.algorithm))).collect(),
            on_demand: header
                .value(prkit_playready::Field::DecryptorSetup)
                .is_some_and(|setup| setup == "ONDEMAND"),
        }),
        request: request.map(|request| RequestFacts {
            nonce: request.nonce,
            generation: request.client().map(crate::ClientVersion::generation),
            client_time: request.client_time,
            unreadable_time: request.unreadable_time().map(str::to_owned),
        }),
        response_nonce: response.map(|response| response.nonce),
        ..Context::default()
    }
}

/// What is wrong between a request and what came back.
pub fn check_pair(request: &Message, answer: &Message, more: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |rule: &'static Rule, message: String| {
        findings.push(Finding { rule, level: rule.level, message, policy: None, offset: None });
    };
    let Some(challenge) = request.challenge() else {
        add(&M04, "the first message is no license request".to_owned());
        return findings;
    };
    let response = match &answer.inner().body {
        Body::Response(response) => response,
        Body::Fault(_) => return findings,
        _ => {
            add(&M04, "the second message is neither a license response nor a fault".to_owned());
            return findings;
        }
    };
    match (challenge.nonce, response.nonce) {
        (Some(asked), Some(answered)) if asked != answered => {
            add(&M01, format!("the request has nonce {asked}, the response {answered}"));
        }
        (None, Some(answered)) => add(&M01, format!("the response has nonce {answered}, the request none")),
        _ => {}
    }
    if let Some(transaction) = &response.transaction {
        add(&M03, format!("the client must acknowledge transaction {transaction}"));
    }
    let limits = Limits::default();
    let mut policies = Vec::new();
    for (index, blob) in response.licenses.iter().enumerate() {
        let policy = blob
            .license()
            .map_err(|error| match error {
                LicenseFault::Base64(error) => format!("the license is no base64: {error}"),
                error => error.to_string(),
            })
            .and_then(|license| Policy::from_license(&license, limits).map_err(|error| error.to_string()));
        match policy {
            Ok(policy) => policies.push(policy),
            Err(error) => add(&M02, format!("license {index}: {error}")),
        }
    }
    let known = context(Some(challenge), Some(response));
    let context = Context {
        content: more.content.clone().or(known.content),
        server_time: more.server_time,
        clock: more.clock,
        accounts: more.accounts.clone(),
        ..known
    };
    findings.extend(lint(&policies, &context));
    for (index, blob) in response.licenses.iter().enumerate() {
        let Ok(license) = blob.license() else { continue };
        let odd = lint_tree(&license, limits).into_iter();
        findings.extend(odd.map(|finding| Finding { policy: Some(index), ..finding }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use prkit_license::{Guid, TrustedClock};

    const NONCE: [u8; 16] = [9; 16];
    const KID: [u8; 16] = [1; 16];
    const ISSUE: u32 = 1_515_182_400;

    fn object(flags: u16, kind: u16, body: &[u8]) -> Vec<u8> {
        let len = u32::try_from(body.len() + 8).unwrap();
        [&flags.to_be_bytes()[..], &kind.to_be_bytes(), &len.to_be_bytes(), body].concat()
    }

    /// A license that keeps every rule.
    fn license(id: [u8; 16], kid: [u8; 16]) -> Vec<u8> {
        let dates = [(ISSUE - 240).to_be_bytes(), (ISSUE + 86_400).to_be_bytes()].concat();
        let key = [&kid[..], &[0, 1, 0, 3, 0, 2, 0xEE, 0xEE]].concat();
        let objects = [
            object(3, 4, &[]),
            object(3, 2, &[object(1, 0x12, &dates), object(1, 0x13, &ISSUE.to_be_bytes())].concat()),
            object(3, 9, &object(1, 0x0A, &key)),
        ];
        [b"XMR\0", &3_u32.to_be_bytes()[..], &id, &object(3, 1, &objects.concat())].concat()
    }

    fn guid(bytes: [u8; 16]) -> String {
        Guid::from_guid_bytes(bytes).to_guid_base64()
    }

    fn request(time: u32) -> Message {
        let text = format!(
            "<AcquireLicense><LA><ContentHeader><WRMHEADER version='4.0.0.0'><DATA><PROTECTINFO><ALGID>AESCTR</ALGID>\
             </PROTECTINFO><KID>{}</KID></DATA></WRMHEADER></ContentHeader><CLIENTINFO><CLIENTVERSION>3.0.0.1\
             </CLIENTVERSION></CLIENTINFO><LicenseNonce>{}</LicenseNonce><ClientTime>{time}</ClientTime></LA>\
             </AcquireLicense>",
            guid(KID),
            guid(NONCE)
        );
        Message::parse(text.as_bytes(), crate::Limits::default()).unwrap()
    }

    fn response(licenses: &[Vec<u8>], more: &str) -> Message {
        let licenses: Vec<_> =
            licenses.iter().map(|bytes| format!("<License>{}</License>", STANDARD.encode(bytes))).collect();
        let text = format!(
            "<AcquireLicenseResponse><LicenseResponse><Licenses>{}</Licenses>{more}</LicenseResponse>\
             </AcquireLicenseResponse>",
            licenses.concat()
        );
        Message::parse(text.as_bytes(), crate::Limits::default()).unwrap()
    }

    fn ids(request: &Message, answer: &Message) -> Vec<&'static str> {
        let more = Context { clock: Some(TrustedClock::Secure), ..Context::default() };
        check_pair(request, answer, &more).iter().map(|finding| finding.rule.id).collect()
    }

    fn nonce(bytes: [u8; 16]) -> String {
        format!("<LicenseNonce>{}</LicenseNonce>", guid(bytes))
    }

    #[test]
    fn a_pair_that_fits_breaks_nothing() {
        let request = request(ISSUE - 240);
        assert_eq!(ids(&request, &response(&[license([7; 16], KID)], &nonce(NONCE))), [""; 0]);
        // Not kept: the id is the nonce, and the response carries none.
        assert_eq!(ids(&request, &response(&[license(NONCE, KID)], "")), [""; 0]);
    }

    #[test]
    fn every_rule_about_pairs_is_broken_by_something() {
        let request = request(ISSUE - 240);
        let good = || license([7; 16], KID);
        assert_eq!(ids(&request, &response(&[good()], &nonce([8; 16]))), ["M-01"]);
        assert_eq!(ids(&request, &response(&[b"XMR\0".to_vec()], &nonce(NONCE))), ["M-02"]);
        let ack = "<Acknowledgement><TransactionID>t</TransactionID></Acknowledgement>";
        assert_eq!(ids(&request, &response(&[good()], &format!("{ack}{}", nonce(NONCE)))), ["M-03"]);
        assert_eq!(ids(&response(&[], ""), &request), ["M-04"]);
        assert_eq!(ids(&request, &request), ["M-04"]);
    }

    #[test]
    fn keys_clocks_and_binding_are_checked_across_the_pair() {
        let other_key = response(&[license([7; 16], [2; 16])], &nonce(NONCE));
        assert_eq!(ids(&request(ISSUE - 240), &other_key), ["L12", "L12"]);
        let late = ids(&request(ISSUE - 7200), &response(&[license([7; 16], KID)], &nonce(NONCE)));
        assert!(late.contains(&"R3") && late.contains(&"L2"), "{late:?}");
        assert_eq!(ids(&request(ISSUE - 240), &response(&[license([7; 16], KID)], "")), ["P-05"]);
    }

    #[test]
    fn a_fault_is_an_answer() {
        let fault =
            Message::parse(b"<Fault><faultcode>x</faultcode></Fault>", crate::Limits::default()).unwrap();
        assert_eq!(ids(&request(ISSUE), &fault), [""; 0]);
    }
}
