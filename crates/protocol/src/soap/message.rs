//! Which kind of message it is.
//!
//! ```text
//!   soap:Envelope                       1.1  http://schemas.xmlsoap.org/soap/envelope/
//!    soap:Body                          1.2  http://www.w3.org/2003/05/soap-envelope
//!     AcquireLicense                    Challenge    …/DRM/2007/03/protocols
//!     AcquireLicenseResponse            Response
//!     Fault                             Fault
//!     GetMeteringCertificate, …         Other: shown as a tree
//!   PlayReadyKeyMessage                 a player's wrapper around a message
//!   PlayReadyCDMData, PlayReadyInitiator
//! ```
//!
//! Source: MS docs `license-server.md` and the pages on test servers; names of operations without a public body from
//! device and application code.

use super::{CdmData, Challenge, Fault, Initiator, KeyMessage, Response};
use crate::http::HttpHead;
use crate::xml::decode;
use crate::{Error, ErrorKind, Limits, Node, Result, Tree};

const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";

/// A message and what is around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// HTTP text in front.
    pub http: Option<HttpHead>,
    /// Whether something of the text could not be decoded.
    pub is_lossy: bool,
    /// The version of the envelope, where there is one.
    pub soap: Option<SoapVersion>,
    /// What it says.
    pub body: Body,
    /// All of it.
    pub tree: Tree,
}

/// Versions of SOAP.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SoapVersion {
    /// 1.1.
    V1_1,
    /// 1.2.
    V1_2,
    /// An envelope in another namespace, or in none.
    Other,
}

impl SoapVersion {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_1 => "SOAP 1.1",
            Self::V1_2 => "SOAP 1.2",
            Self::Other => "SOAP of an unknown version",
        }
    }
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// A license request.
    Challenge(Box<Challenge>),
    /// A license response.
    Response(Box<Response>),
    /// An error.
    Fault(Box<Fault>),
    /// A player's wrapper.
    KeyMessage(Box<KeyMessage>),
    /// What a player gives to its decryption module.
    CdmData(Box<CdmData>),
    /// A file that starts license acquisition on a television.
    Initiator(Box<Initiator>),
    /// An operation whose body is not public, or nothing of PlayReady.
    Other {
        /// Which one.
        operation: Operation,
        /// Which way it goes.
        direction: Direction,
    },
}

/// What a message asks for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// Licenses.
    AcquireLicense,
    /// That licenses arrived.
    AcknowledgeLicense,
    /// To become a member of a domain.
    JoinDomain,
    /// To leave one.
    LeaveDomain,
    /// The certificate of a metering service.
    GetMeteringCertificate,
    /// To take metering data.
    ProcessMeteringData,
    /// Keys for a packager: the answer holds content keys.
    AcquirePackagingData,
    /// Any other element.
    Other(String),
}

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// To the server.
    Request,
    /// To the client.
    Response,
}

impl Operation {
    /// From the name of an element below the body.
    fn of_element(name: &str) -> (Self, Direction) {
        let (stem, direction) = match name.strip_suffix("Response") {
            Some(stem) if !stem.is_empty() => (stem, Direction::Response),
            _ => (name, Direction::Request),
        };
        let operation = match stem {
            "AcquireLicense" => Self::AcquireLicense,
            "AcknowledgeLicense" => Self::AcknowledgeLicense,
            "JoinDomain" => Self::JoinDomain,
            "LeaveDomain" => Self::LeaveDomain,
            "GetMeteringCertificate" => Self::GetMeteringCertificate,
            "ProcessMeteringData" => Self::ProcessMeteringData,
            "AcquirePackagingData" => Self::AcquirePackagingData,
            _ => return (Self::Other(name.to_owned()), direction),
        };
        (operation, direction)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AcquireLicense => "AcquireLicense",
            Self::AcknowledgeLicense => "AcknowledgeLicense",
            Self::JoinDomain => "JoinDomain",
            Self::LeaveDomain => "LeaveDomain",
            Self::GetMeteringCertificate => "GetMeteringCertificate",
            Self::ProcessMeteringData => "ProcessMeteringData",
            Self::AcquirePackagingData => "AcquirePackagingData",
            Self::Other(name) => name,
        }
    }
}

impl Message {
    /// Whether bytes can be a message: an element or HTTP text at their beginning.
    pub fn is_message(bytes: &[u8]) -> bool {
        let (text, _) = decode(bytes.get(..4096.min(bytes.len())).unwrap_or(bytes));
        let (http, body) = HttpHead::split(&text);
        if http.is_some() {
            return true;
        }
        let mut rest = body;
        while let Some(at) = rest.find('<') {
            let tag = rest.get(at..).unwrap_or_default().trim_start_matches('<');
            if let Some(comment) = tag.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            if tag.starts_with(['?', '!']) {
                rest = tag.split_once('>').map_or("", |(_, after)| after);
                continue;
            }
            let name =
                tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default();
            let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
            return matches!(
                local,
                "Envelope"
                    | "PlayReadyKeyMessage"
                    | "PlayReadyCDMData"
                    | "PlayReadyInitiator"
                    | "LICENSERESPONSE"
            );
        }
        false
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// Those of the XML and its limits; [`ErrorKind::NoBody`] for an envelope with nothing in it.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self> {
        Self::parse_nested(bytes, limits, 0)
    }

    pub(super) fn parse_nested(bytes: &[u8], limits: Limits, depth: usize) -> Result<Self> {
        if bytes.len() > limits.bytes {
            return Err(ErrorKind::TooLong { len: bytes.len(), max: limits.bytes }.into());
        }
        if depth > limits.nested {
            return Err(ErrorKind::Nested { max: limits.nested }.into());
        }
        let (text, is_lossy) = decode(bytes);
        let (http, xml) = HttpHead::split(&text);
        let tree = Tree::parse(xml.to_owned(), limits)?;
        let (soap, body) = read(tree.root(), limits, depth)?;
        Ok(Self { http, is_lossy, soap, body, tree })
    }

    /// What the message is about, with the wrapper taken off.
    pub fn inner(&self) -> &Self {
        match &self.body {
            Body::KeyMessage(wrapper) => match &wrapper.challenge {
                Some(Ok(message)) => message.inner(),
                _ => self,
            },
            _ => self,
        }
    }

    /// The license request, wrapped or not.
    pub fn challenge(&self) -> Option<&Challenge> {
        match &self.inner().body {
            Body::Challenge(challenge) => Some(challenge),
            _ => None,
        }
    }

    /// The license response.
    pub fn response(&self) -> Option<&Response> {
        match &self.inner().body {
            Body::Response(response) => Some(response),
            _ => None,
        }
    }
}

fn read(root: Node<'_>, limits: Limits, depth: usize) -> Result<(Option<SoapVersion>, Body)> {
    match root.name() {
        "Envelope" => {
            let version = match root.namespace() {
                Some(SOAP_1_1) => SoapVersion::V1_1,
                Some(SOAP_1_2) => SoapVersion::V1_2,
                _ => SoapVersion::Other,
            };
            let element = root.child("Body").and_then(|body| body.children().next());
            let element = element.ok_or_else(|| Error::at(ErrorKind::NoBody, root.offset()))?;
            Ok((Some(version), of_element(element, version)))
        }
        "PlayReadyKeyMessage" => {
            let message = KeyMessage::read(root, limits, depth);
            Ok((None, Body::KeyMessage(Box::new(message))))
        }
        "PlayReadyCDMData" => Ok((None, Body::CdmData(Box::new(CdmData::read(root))))),
        "PlayReadyInitiator" => Ok((None, Body::Initiator(Box::new(Initiator::read(root))))),
        _ => Ok((None, of_element(root, SoapVersion::Other))),
    }
}

/// An element below the body, or a message that somebody saved without its envelope.
fn of_element(element: Node<'_>, version: SoapVersion) -> Body {
    let (operation, direction) = Operation::of_element(element.name());
    match (&operation, direction) {
        (Operation::AcquireLicense, Direction::Request) => {
            Body::Challenge(Box::new(Challenge::read(element)))
        }
        (Operation::AcquireLicense, Direction::Response) => Body::Response(Box::new(Response::read(element))),
        // The older form, of Windows Media and of network devices.
        _ if element.name() == "LICENSERESPONSE" => Body::Response(Box::new(Response::read(element))),
        _ if element.name() == "Fault" => Body::Fault(Box::new(Fault::read(element, version))),
        _ => Body::Other { operation, direction },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message::parse(text.as_bytes(), Limits::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn envelope(namespace: &str, body: &str) -> String {
        format!("<s:Envelope xmlns:s='{namespace}'><s:Body>{body}</s:Body></s:Envelope>")
    }

    #[test]
    fn kinds_are_told_by_the_element_in_the_body() {
        for (element, operation, direction) in [
            ("JoinDomain", Operation::JoinDomain, Direction::Request),
            ("JoinDomainResponse", Operation::JoinDomain, Direction::Response),
            ("GetMeteringCertificate", Operation::GetMeteringCertificate, Direction::Request),
            ("Anything", Operation::Other("Anything".into()), Direction::Request),
            ("Response", Operation::Other("Response".into()), Direction::Request),
        ] {
            let message = message(&envelope(SOAP_1_2, &format!("<{element}/>")));
            assert_eq!(message.body, Body::Other { operation, direction });
            assert_eq!(message.soap, Some(SoapVersion::V1_2));
        }
        assert!(matches!(message(&envelope(SOAP_1_1, "<AcquireLicense/>")).body, Body::Challenge(_)));
        assert!(matches!(message(&envelope("urn:x", "<AcquireLicenseResponse/>")).body, Body::Response(_)));
        assert!(matches!(message("<AcquireLicense/>").body, Body::Challenge(_)));
    }

    #[test]
    fn an_envelope_without_a_body_is_an_error() {
        let text = format!("<s:Envelope xmlns:s='{SOAP_1_1}'><s:Body> </s:Body></s:Envelope>");
        let error = Message::parse(text.as_bytes(), Limits::default()).unwrap_err().to_string();
        assert_eq!(error, "the SOAP envelope has no body with an element in it at byte 0");
    }

    #[test]
    fn messages_are_told_from_other_xml() {
        for yes in [
            "<s:Envelope>",
            "<?xml version='1.0'?><!-- <a> --><PlayReadyKeyMessage",
            "HTTP/1.1 200 OK\r\n\r\n",
        ] {
            assert!(Message::is_message(yes.as_bytes()), "{yes}");
        }
        for no in ["<MPD>", "<WRMHEADER", "XMR\0", "text", ""] {
            assert!(!Message::is_message(no.as_bytes()), "{no}");
        }
    }
}
