//! A fault.
//!
//! ```text
//!   1.1   Fault{ faultcode, faultstring, faultactor, detail/Exception{StatusCode, Message} }
//!   1.2   Fault{ Code/Value, Reason/Text, Node, Detail/… }
//! ```
//!
//! Source: MS docs `testing-server-exceptions.md`; the form of 1.2 and `RedirectUrl` from public programs.

use super::SoapVersion;
use crate::{Node, Status};

/// An error a server answers with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The version of the envelope.
    pub soap: SoapVersion,
    /// The code of SOAP: whose fault it is.
    pub code: Option<String>,
    /// A sentence, or a stack trace.
    pub reason: Option<String>,
    /// Who says it.
    pub actor: Option<String>,
    /// The status code.
    pub status: Option<Status>,
    /// The status code as written.
    pub status_text: Option<String>,
    /// What the service says of it, beside the code.
    pub message: Option<String>,
    /// What the service adds.
    pub custom_data: Option<String>,
    /// Where the client is to ask instead.
    pub redirect: Option<String>,
}

impl Fault {
    pub(super) fn read(fault: Node<'_>, soap: SoapVersion) -> Self {
        let deep = |parent: &str, child: &str| fault.child(parent).and_then(|node| node.text_of(child));
        let text = |text: Option<&str>| text.map(str::to_owned);
        let detail = fault.child("detail").or_else(|| fault.child("Detail"));
        // Exceptions inside of the one that is told come later, whatever their order is.
        let told = detail.and_then(|detail| detail.child("Exception"));
        let in_detail = |name: &str| {
            let own = told.and_then(|exception| exception.text_of(name));
            own.or_else(|| detail.and_then(|detail| detail.find(name)).map(|node| node.text()))
        };
        let status_text = in_detail("StatusCode");
        Self {
            soap,
            code: text(fault.text_of("faultcode").or_else(|| deep("Code", "Value"))),
            reason: text(fault.text_of("faultstring").or_else(|| deep("Reason", "Text"))),
            actor: text(fault.text_of("faultactor").or_else(|| fault.text_of("Node"))),
            status: status_text.and_then(|text| text.parse().ok()),
            status_text: text(status_text),
            message: text(
                in_detail("Message").or_else(|| in_detail("message")).filter(|text| !text.is_empty()),
            ),
            custom_data: text(in_detail("CustomData")),
            redirect: text(in_detail("RedirectUrl")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Limits, Message};

    fn fault(namespace: &str, body: &str) -> Fault {
        let text = format!("<s:Envelope xmlns:s='{namespace}'><s:Body>{body}</s:Body></s:Envelope>");
        match Message::parse(text.as_bytes(), Limits::default()).unwrap().body {
            Body::Fault(fault) => *fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn faults_of_both_versions_are_read() {
        let first = fault(
            "http://schemas.xmlsoap.org/soap/envelope/",
            "<s:Fault><faultcode>s:Server</faultcode><faultstring>Device revoked.</faultstring><faultactor>http://a\
             </faultactor><detail><Exception><StatusCode>0x8004c065</StatusCode><Message>Too old</Message></Exception></detail></s:Fault>",
        );
        assert_eq!((first.soap, first.status), (SoapVersion::V1_1, Some(Status::from_u32(0x8004_C065))));
        assert_eq!(first.message.as_deref(), Some("Too old"));
        assert_eq!(first.status.unwrap().entry().unwrap().name, "DRM_E_DEVCERT_REVOKED");
        let second = fault(
            "http://www.w3.org/2003/05/soap-envelope",
            "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>No.</s:Text></s:Reason><s:Detail>\
             <Exception><StatusCode>-2147170811</StatusCode><CustomData>join</CustomData><RedirectUrl>https://b\
             </RedirectUrl></Exception></s:Detail></s:Fault>",
        );
        assert_eq!((second.soap, second.reason.as_deref()), (SoapVersion::V1_2, Some("No.")));
        assert_eq!(second.status, Some(Status::from_u32(0x8004_C605)));
        assert_eq!(
            (second.custom_data.as_deref(), second.redirect.as_deref()),
            (Some("join"), Some("https://b"))
        );
    }

    #[test]
    fn the_exception_that_is_told_counts_and_not_one_inside_of_it() {
        let inner =
            "<InnerException><StatusCode>0x8004c605</StatusCode><Message>inside</Message></InnerException>";
        let outer = "<StatusCode>0x8004c065</StatusCode><Message>outside</Message>";
        for content in [format!("{inner}{outer}"), format!("{outer}{inner}")] {
            let read =
                fault("x", &format!("<Fault><detail><Exception>{content}</Exception></detail></Fault>"));
            assert_eq!(read.message.as_deref(), Some("outside"));
            assert_eq!(read.status, Some(Status::from_u32(0x8004_C065)));
        }
        let read = fault("x", &format!("<Fault><detail><Exception>{inner}</Exception></detail></Fault>"));
        assert_eq!(read.message.as_deref(), Some("inside"));
    }

    #[test]
    fn a_status_that_is_no_number_is_kept_as_text() {
        let fault = fault("x", "<Fault><detail><StatusCode>oops</StatusCode></detail></Fault>");
        assert_eq!((fault.status, fault.status_text.as_deref()), (None, Some("oops")));
    }
}
