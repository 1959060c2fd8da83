//! What is wrong with a license request by itself.
//!
//! ```text
//!   LA   ContentHeader/WRMHEADER     one: which of two a server takes, nobody knows            M-06
//!        ClientTime, LicenseNonce, CLIENTVERSION     something that can be read, or nothing    M-05
//! ```

use super::Challenge;
use prkit_license::{Finding, Level, Rule};

pub(super) static M05: Rule = Rule {
    id: "M-05",
    level: Level::Error,
    text: "the clock, the nonce and the version of the client in a request can be read",
    source: "MS docs license-server.md; policies-best-practices.md, Setting a BeginDate value that works for the Client",
    same_as: None,
};
pub(super) static M06: Rule = Rule {
    id: "M-06",
    level: Level::Error,
    text: "a request has one header, and says everything once",
    source: "MS docs license-server.md",
    same_as: None,
};

/// Characters of what is unreadable that are shown.
const SHOWN: usize = 40;

/// What is wrong with a request. Its headers are a matter of the rules for headers.
pub fn check_request(challenge: &Challenge) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |rule: &'static Rule, message: String| {
        findings.push(Finding { rule, level: rule.level, message, policy: None, offset: None });
    };
    let unreadable = [
        (challenge.unreadable_time(), "ClientTime", "no time: seconds since 1970 are expected"),
        (
            challenge.nonce_text.as_deref().filter(|_| challenge.nonce.is_none()),
            "LicenseNonce",
            "no nonce: the base64 of 16 bytes is expected",
        ),
        (
            challenge.client_version.as_deref().filter(|_| challenge.client().is_none()),
            "CLIENTVERSION",
            "no version: one to four numbers are expected, such as 3.1.0.1017",
        ),
    ];
    for (text, name, why) in unreadable {
        if let Some(text) = text {
            let shown: String = text.chars().take(SHOWN).collect();
            add(&M05, format!("{name} {shown:?} is {why}"));
        }
    }
    let count = challenge.more_headers.len().saturating_add(1);
    if count > 1 {
        add(&M06, format!("there are {count} headers in it: which one a server takes, nobody knows"));
    }
    for (name, count) in &challenge.repeated {
        add(&M06, format!("{name} is there {count} times: which one a server takes, nobody knows"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Limits, Message};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use prkit_playready::{Object, RecordType};

    fn challenge(la: &str) -> Challenge {
        let text =
            format!("<AcquireLicense><challenge><Challenge>{la}</Challenge></challenge></AcquireLicense>");
        match Message::parse(text.as_bytes(), Limits::default()).unwrap().body {
            Body::Challenge(challenge) => *challenge,
            other => panic!("{other:?}"),
        }
    }

    fn found(la: &str) -> Vec<String> {
        let found = check_request(&challenge(la)).into_iter();
        found.map(|finding| format!("{} {}", finding.rule.id, finding.message)).collect()
    }

    const FIRST: &str =
        "<WRMHEADER version='4.0.0.0'><DATA><KID>jADgM0TEcEeYmaMh4HndNg==</KID></DATA></WRMHEADER>";
    const SECOND: &str = "<WRMHEADER version='4.1.0.0'><DATA></DATA></WRMHEADER>";

    #[test]
    fn every_header_of_a_request_is_read_and_more_than_one_is_named() {
        let records =
            [FIRST, SECOND].map(|xml| xml.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
        let object = Object::encode(records.iter().map(|xml| (RecordType::Header, &xml[..]))).unwrap();
        let header = |inner: &str| format!("<ContentHeader>{inner}</ContentHeader>");
        let escaped = FIRST.replace('<', "&lt;");
        for la in [
            format!("<LA>{}</LA>", header(&format!("{FIRST}{SECOND}"))),
            format!("<LA>{}{}</LA>", header(FIRST), header(SECOND)),
            format!("<LA>{}{}</LA>", header(&escaped), header(SECOND)),
            format!("<LA>{}</LA>", header(&STANDARD.encode(&object))),
            format!("<LA>{}</LA><LA>{}</LA>", header(FIRST), header(SECOND)),
        ] {
            let request = challenge(&la);
            assert_eq!(request.header.as_ref().unwrap().xml, FIRST, "{la}");
            assert_eq!(
                request.more_headers.iter().map(|text| &*text.xml).collect::<Vec<_>>(),
                [SECOND],
                "{la}"
            );
            assert_eq!(request.kids().len(), 1);
            assert!(found(&la)[0].starts_with("M-06 there are 2 headers in it"), "{:?}", found(&la));
        }
        let one = format!("<LA>{}</LA>", header(FIRST));
        assert_eq!(found(&one), [""; 0]);
        // One in the other is one header, and a fault of it.
        let nested = FIRST.replace("<DATA>", &format!("<DATA>{SECOND}"));
        assert_eq!(challenge(&format!("<LA>{}</LA>", header(&nested))).more_headers, []);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_what_is_not_there_is_not() {
        for (la, said) in [
            (
                "<ClientTime>99999999999999999999</ClientTime>",
                "M-05 ClientTime \"99999999999999999999\" is no time",
            ),
            ("<ClientTime>253402300800</ClientTime>", "M-05 ClientTime \"253402300800\" is no time"),
            ("<ClientTime>-1</ClientTime>", "M-05 ClientTime \"-1\" is no time"),
            ("<ClientTime>+1446224160</ClientTime>", "M-05 ClientTime \"+1446224160\" is no time"),
            ("<ClientTime>1446224160000</ClientTime>", "M-05 ClientTime \"1446224160000\" is no time"),
            ("<ClientTime>2018-01-05T20:00:00Z</ClientTime>", "M-05 ClientTime \"2018"),
            ("<ClientTime> </ClientTime>", "M-05 ClientTime \"\" is no time"),
            ("<LicenseNonce>AAEC</LicenseNonce>", "M-05 LicenseNonce \"AAEC\" is no nonce"),
            (
                "<CLIENTINFO><CLIENTVERSION>x</CLIENTVERSION></CLIENTINFO>",
                "M-05 CLIENTVERSION \"x\" is no version",
            ),
            ("<ClientTime>1</ClientTime><ClientTime>2</ClientTime>", "M-06 ClientTime is there 2 times"),
        ] {
            let found = found(&format!("<LA>{la}</LA>"));
            assert!(found.len() == 1 && found[0].starts_with(said), "{found:?}");
        }
        assert_eq!(found("<LA><ClientTime>1446224160</ClientTime></LA>"), [""; 0]);
        assert_eq!(found("<LA></LA>"), [""; 0]);
        assert_eq!(challenge("<LA><ClientTime>noon</ClientTime></LA>").unreadable_time(), Some("noon"));
        assert_eq!(challenge("<LA></LA>").unreadable_time(), None);
    }
}
