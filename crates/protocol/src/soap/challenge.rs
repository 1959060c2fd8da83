//! A license request.
//!
//! ```text
//!   AcquireLicense/challenge/Challenge/
//!    LA
//!     Version                1; later clients 4, 5
//!     ContentHeader/WRMHEADER    the header, as XML in the XML; escaped, or base64 of its object, from some programs
//!     CLIENTINFO/CLIENTVERSION   3.1.0.1017
//!     RevocationLists/RevListInfo{ListID, Version}
//!     CustomData  LicenseNonce  ClientTime
//!     EncryptedData          certificates and features of the client: only counted
//!    Signature
//! ```
//!
//! Source: the sample of MS docs `license-server.md`.

use crate::encoded::{base64_bytes, base64_len};
use crate::{ClientVersion, Node};
use prkit_license::{Guid, Moment};
use prkit_playready::{Header, KeyId, Object, Payload, RecordType};

/// What a client says and asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Challenge {
    /// The version of the request, as written.
    pub version: Option<String>,
    /// The header it asks licenses for; the first, where there are more.
    pub header: Option<HeaderText>,
    /// The others.
    pub more_headers: Vec<HeaderText>,
    /// What is there more than once, and how often.
    pub repeated: Vec<(&'static str, usize)>,
    /// The client's version, as written.
    pub client_version: Option<String>,
    /// Revocation lists the client has.
    pub revocation: Vec<RevocationList>,
    /// What the application told the client to pass on.
    pub custom_data: Option<String>,
    /// A random number that licenses and responses refer to.
    pub nonce: Option<Guid>,
    /// The nonce as written, when it cannot be read.
    pub nonce_text: Option<String>,
    /// The client's clock.
    pub client_time: Option<Moment>,
    /// The clock as written.
    pub client_time_text: Option<String>,
    /// Bytes of the encrypted part.
    pub encrypted: Option<usize>,
    /// Bytes of the signature.
    pub signature: Option<usize>,
}

/// A header inside a message: its text, from which [`Header`] reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeaderText {
    /// As it is written.
    pub xml: String,
    /// Where it begins in the message's XML.
    pub offset: usize,
}

/// A revocation list the client has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevocationList {
    /// Its id; `None` when it cannot be read.
    pub id: Option<Guid>,
    /// Its version, as written.
    pub version: Option<String>,
}

impl Challenge {
    pub(super) fn read(element: Node<'_>) -> Self {
        // By name, wherever it stands: the wrappers around differ between versions of the protocol.
        let Some(la) = element.find("LA") else { return Self::default() };
        let nonce_text = la.text_of("LicenseNonce");
        let time_text = la.child("ClientTime").map(|time| time.text());
        let contents = element.descend().filter(|node| node.name() == "LA");
        let contents = contents.flat_map(|la| la.children()).filter(|child| child.name() == "ContentHeader");
        let mut headers = contents.flat_map(HeaderText::all);
        let lists = la.child("RevocationLists").into_iter().flat_map(|lists| lists.children());
        Self {
            version: la.text_of("Version").map(str::to_owned),
            header: headers.next(),
            more_headers: headers.collect(),
            repeated: repeated(element, la),
            client_version: la
                .child("CLIENTINFO")
                .and_then(|info| info.text_of("CLIENTVERSION"))
                .map(str::to_owned),
            revocation: lists.map(RevocationList::read).collect(),
            custom_data: la.child("CustomData").map(|data| data.text().to_owned()),
            nonce: nonce_text.and_then(Guid::from_guid_base64),
            nonce_text: nonce_text.map(str::to_owned),
            client_time: time_text.and_then(seconds),
            client_time_text: time_text.map(str::to_owned),
            encrypted: la.child("EncryptedData").map(|data| {
                let values = data.descend().filter(|node| node.name() == "CipherValue");
                values.map(|value| base64_len(value.text())).fold(0, usize::saturating_add)
            }),
            signature: element.find("SignatureValue").map(|value| base64_len(value.text())),
        }
    }

    /// The clock as it is written, where that is no time.
    pub fn unreadable_time(&self) -> Option<&str> {
        self.client_time_text.as_deref().filter(|_| self.client_time.is_none())
    }

    /// The client's version, where it is one.
    pub fn client(&self) -> Option<ClientVersion> {
        self.client_version.as_deref()?.parse().ok()
    }

    /// The keys it asks for.
    pub fn kids(&self) -> Vec<KeyId> {
        let kids = self.header.as_ref().and_then(HeaderText::header).map(|header| header.kids());
        kids.unwrap_or_default().into_iter().filter_map(|kid| kid.id).collect()
    }
}

impl HeaderText {
    /// The first one.
    pub(super) fn read(parent: Node<'_>) -> Option<Self> {
        Self::all(parent).into_iter().next()
    }

    /// All that are in it; one in another is part of that.
    fn all(parent: Node<'_>) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        let mut end = 0;
        for header in parent.descend().filter(|node| node.name() == "WRMHEADER") {
            if header.offset() >= end {
                end = header.offset().saturating_add(header.source().len());
                found.push(Self::of(header));
            }
        }
        if found.is_empty() {
            // A typo that shipped has another root name.
            found.extend(parent.children().map(Self::of));
        }
        if found.is_empty() {
            let texts = Self::in_text(parent.text().trim()).into_iter();
            found.extend(texts.map(|xml| Self { xml, offset: parent.offset() }));
        }
        // What is there and cannot be read is a header all the same: one that cannot be read.
        let text = parent.text().trim();
        if found.is_empty() && !text.is_empty() {
            found.push(Self { xml: text.to_owned(), offset: parent.offset() });
        }
        found
    }

    fn of(header: Node<'_>) -> Self {
        Self { xml: header.source().to_owned(), offset: header.offset() }
    }

    /// Headers that are no elements: escaped, as applications pass one on, or base64 of an object or of a box.
    fn in_text(text: &str) -> Vec<String> {
        if text.starts_with('<') {
            return vec![text.to_owned()];
        }
        let Ok(bytes) = base64_bytes(text) else { return Vec::new() };
        let Ok(payload) = Payload::parse(&bytes) else { return Vec::new() };
        let records = payload.object().map(Object::records).unwrap_or_default().iter();
        let records = records.filter(|record| record.kind == RecordType::Header);
        let headers = records.filter_map(|record| Header::parse(record.value).ok());
        let found: Vec<String> = headers.map(|header| header.as_str().to_owned()).collect();
        if found.is_empty() {
            return payload.header().map(|header| header.as_str().to_owned()).into_iter().collect();
        }
        found
    }

    /// The header itself.
    pub fn header(&self) -> Option<Header<'_>> {
        Header::parse(self.xml.as_bytes()).ok()
    }
}

/// Seconds since 1970 in digits; a sign is none, and what lies behind the year 9999 is no time.
fn seconds(text: &str) -> Option<Moment> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    Moment::from_seconds(text.parse().ok().filter(|_| is_number)?)
}

/// What a request says once, and is there more than once.
fn repeated(element: Node<'_>, la: Node<'_>) -> Vec<(&'static str, usize)> {
    const ONCE: [&str; 5] = ["Version", "CLIENTINFO", "LicenseNonce", "ClientTime", "CustomData"];
    let requests = element.descend().filter(|node| node.name() == "LA").count();
    let said = ONCE.map(|name| (name, la.children().filter(|child| child.name() == name).count()));
    [("LA", requests)].into_iter().chain(said).filter(|(_, count)| *count > 1).collect()
}

/// Names of lists, from public programs; the ids themselves stand in Microsoft's sample.
const LISTS: [(&str, &str); 4] = [
    ("4e9d8c8a-b652-45a7-9791-6925a6b4791f", "runtime"),
    ("28082e80-c7a3-40b1-8256-19e5b6d89b27", "application"),
    ("52d1ff11-d388-4edd-82b7-68ea4c20a16c", "revocation information v2"),
    ("cd75e604-543d-4a9c-9f09-fe6d24e8bf90", "WMDRM network devices"),
];

impl RevocationList {
    fn read(element: Node<'_>) -> Self {
        Self {
            id: element.text_of("ListID").and_then(Guid::from_guid_base64),
            version: element.text_of("Version").map(str::to_owned),
        }
    }

    /// What public programs call it.
    pub fn name(&self) -> Option<&'static str> {
        list_name(self.id?)
    }
}

pub(super) fn list_name(id: Guid) -> Option<&'static str> {
    let text = id.to_string();
    LISTS.iter().find(|(known, _)| *known == text).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Limits, Message};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn a_header_that_is_there_and_cannot_be_read_is_no_missing_one() {
        let header = |text: &str| {
            let text =
                format!("<AcquireLicense><LA><ContentHeader>{text}</ContentHeader></LA></AcquireLicense>");
            let message = Message::parse(text.as_bytes(), Limits::default()).unwrap();
            let Body::Challenge(challenge) = message.body else { panic!("{text}") };
            challenge.header.map(|header| (header.xml.clone(), header.header().is_some()))
        };
        assert_eq!(header(""), None);
        assert_eq!(header(" \n"), None);
        // Hex digits, escaped twice, no header at all.
        for text in ["26020000010001001c02", "&amp;lt;WRMHEADER/&amp;gt;", "hello"] {
            let plain = text.replace("&amp;", "&");
            assert_eq!(header(text), Some((plain, false)));
        }
    }

    #[test]
    fn a_header_that_is_escaped_or_an_object_is_read() {
        let xml = "<WRMHEADER version='4.0.0.0'><DATA><KID>jADgM0TEcEeYmaMh4HndNg==</KID></DATA></WRMHEADER>";
        let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let object = Object::encode([(RecordType::Header, &utf16[..])]).unwrap();
        let escaped = xml.replace('<', "&lt;").replace('>', "&gt;");
        for text in [escaped, format!("<![CDATA[{xml}]]>"), STANDARD.encode(&object), STANDARD.encode(&utf16)]
        {
            let text =
                format!("<AcquireLicense><LA><ContentHeader>{text}</ContentHeader></LA></AcquireLicense>");
            let message = Message::parse(text.as_bytes(), Limits::default()).unwrap();
            let Body::Challenge(challenge) = message.body else { panic!("{text}") };
            assert_eq!(challenge.header.as_ref().unwrap().xml, xml, "{text}");
            assert_eq!(challenge.kids().len(), 1);
        }
    }

    const SAMPLE: &str = "<AcquireLicense><challenge><Challenge><LA Id='SignedData'><Version>1</Version><ContentHeader>\
        <WRMHEADER xmlns='x' version='4.0.0.0'><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>\
        <KID>jADgM0TEcEeYmaMh4HndNg==</KID></DATA></WRMHEADER></ContentHeader><CLIENTINFO><CLIENTVERSION>3.1.0.1017\
        </CLIENTVERSION></CLIENTINFO><RevocationLists><RevListInfo><ListID>ioydTlK2p0WXkWklprR5Hw==</ListID><Version>11\
        </Version></RevListInfo></RevocationLists><CustomData>a&lt;b&gt;c</CustomData><LicenseNonce>\
        7GYVLC7wvGVR0nqGYXs4DQ==</LicenseNonce><ClientTime>1446224160</ClientTime><EncryptedData><CipherData><CipherValue>\
        AAECAwQF</CipherValue></CipherData></EncryptedData></LA><Signature><SignatureValue>AAEC</SignatureValue></Signature>\
        </Challenge></challenge></AcquireLicense>";

    fn challenge(text: &str) -> Challenge {
        match Message::parse(text.as_bytes(), Limits::default()).unwrap().body {
            Body::Challenge(challenge) => *challenge,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_a_client_says_is_read() {
        let challenge = challenge(SAMPLE);
        assert_eq!(challenge.client().unwrap().to_string(), "3.1.0.1017");
        assert_eq!(challenge.client_time.unwrap().to_string(), "2015-10-30T16:56:00Z");
        assert_eq!(challenge.custom_data.as_deref(), Some("a<b>c"));
        assert_eq!(challenge.nonce.unwrap().to_guid_base64(), "7GYVLC7wvGVR0nqGYXs4DQ==");
        assert_eq!(challenge.kids()[0].to_string(), "33e0008c-c444-4770-9899-a321e079dd36");
        assert_eq!(challenge.revocation[0].name(), Some("runtime"));
        assert_eq!((challenge.encrypted, challenge.signature), (Some(6), Some(3)));
        let header = challenge.header.unwrap();
        assert!(header.xml.starts_with("<WRMHEADER") && header.xml.ends_with("</WRMHEADER>"));
    }

    #[test]
    fn a_request_with_nothing_in_it_is_read_as_nothing() {
        assert_eq!(challenge("<AcquireLicense/>"), Challenge::default());
        let empty = challenge(
            "<AcquireLicense><LA><ClientTime>noon</ClientTime><LicenseNonce>x</LicenseNonce></LA></AcquireLicense>",
        );
        assert_eq!((empty.client_time, empty.nonce), (None, None));
        assert_eq!(
            (empty.client_time_text.as_deref(), empty.nonce_text.as_deref()),
            (Some("noon"), Some("x"))
        );
    }
}
