//! What players wrap around messages.
//!
//! ```text
//!   PlayReadyKeyMessage type="LicenseAcquisition"           in UTF-16
//!    LicenseAcquisition Version="1"
//!     Challenge encoding="base64encoded"                    the message to post
//!     HttpHeaders/HttpHeader{name, value}                   with these fields
//!   PlayReadyCDMData type="LicenseAcquisition"              what a page gives to its decryption module
//!    LicenseAcquisition version="1.0" Proactive="true"{KeyIDs/KeyID, CustomData (base64 of UTF-16)}
//!   PlayReadyInitiator                                      a file that starts acquisition on a television
//!    LicenseAcquisition{Header/WRMHEADER, CustomData, LicenseServerUriOverride}
//! ```
//!
//! Source: Microsoft's pages dn457474 and dn457361; shaka-player, hls.js and dash.js read the first; LG's documentation
//! of webOS has the last.

use super::{HeaderText, Message};
use crate::encoded::{base64_bytes, base64_len};
use crate::xml::decode;
use crate::{Error, Limits, Node, Result};
use prkit_playready::KeyId;

/// A player's wrapper around a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyMessage {
    /// `LicenseAcquisition`, `SecureStop`.
    pub kind: Option<String>,
    /// The message in it.
    pub challenge: Option<Result<Box<Message>, Error>>,
    /// Bytes of the message.
    pub challenge_len: Option<usize>,
    /// The HTTP fields to post it with.
    pub fields: Vec<(String, String)>,
}

impl KeyMessage {
    pub(super) fn read(root: Node<'_>, limits: Limits, depth: usize) -> Self {
        let bytes = root.find("Challenge").map(|challenge| {
            let text = challenge.text();
            let encoded =
                challenge.attribute("encoding").is_some_and(|encoding| encoding.starts_with("base64"));
            // Some players write the attribute and some do not; XML begins with <.
            if encoded || !text.starts_with('<') {
                base64_bytes(text).map_err(|why| {
                    Error::new(crate::ErrorKind::Base64 { what: "Challenge", why: why.to_string() })
                })
            } else {
                Ok(text.as_bytes().to_vec())
            }
        });
        let fields = root.descend().filter(|node| node.name() == "HttpHeader");
        let field = |header: Node<'_>| {
            Some((header.text_of("name")?.to_owned(), header.text_of("value").unwrap_or_default().to_owned()))
        };
        Self {
            kind: root.attribute("type").map(str::to_owned),
            challenge_len: bytes.as_ref().and_then(|bytes| bytes.as_ref().ok()).map(Vec::len),
            challenge: bytes.map(|bytes| {
                let message = Message::parse_nested(&bytes?, limits, depth.saturating_add(1))?;
                Ok(Box::new(message))
            }),
            fields: fields.filter_map(field).collect(),
        }
    }
}

/// What a page gives to its decryption module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CdmData {
    /// `LicenseAcquisition`, `SecureStop`.
    pub kind: Option<String>,
    /// Whether licenses are to be acquired ahead.
    pub proactive: Option<String>,
    /// Keys it names: as written, and read.
    pub kids: Vec<(String, Option<KeyId>)>,
    /// What the page tells the client to pass on.
    pub custom_data: Option<String>,
    /// The session to stop, as written; `*` for all.
    pub session: Option<String>,
    /// Bytes of a certificate.
    pub certificate: Option<usize>,
}

impl CdmData {
    pub(super) fn read(root: Node<'_>) -> Self {
        let text = |name: &str| root.find(name).map(|node| node.text());
        let kids = root.descend().filter(|node| node.name() == "KeyID");
        let custom = root.find("CustomData").map(|node| {
            let encoded = node.attribute("encoding").is_some_and(|encoding| encoding.starts_with("base64"));
            custom_data(node.text(), encoded)
        });
        let session = text("SessionID").map(|text| {
            // KgA= is a star in UTF-16.
            base64_bytes(text)
                .ok()
                .filter(|bytes| bytes == &[b'*', 0])
                .map_or_else(|| text.to_owned(), |_| "*".to_owned())
        });
        Self {
            kind: root.attribute("type").map(str::to_owned),
            proactive: root
                .descend()
                .find_map(|node| node.attribute("Proactive").or_else(|| node.attribute("proactive")))
                .map(str::to_owned),
            kids: kids.map(|kid| (kid.text().to_owned(), KeyId::from_guid_base64(kid.text()))).collect(),
            custom_data: custom,
            session,
            certificate: text("ServerCert").map(base64_len),
        }
    }
}

/// Base64 of UTF-16, or of UTF-8, or plain text.
fn custom_data(text: &str, encoded: bool) -> String {
    let plain = || text.to_owned();
    if !encoded {
        return plain();
    }
    base64_bytes(text).map_or_else(
        |_| plain(),
        |bytes| {
            let has_zero = bytes.iter().skip(1).step_by(2).any(|byte| *byte == 0);
            if has_zero {
                let units = bytes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair));
                char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            } else {
                decode(&bytes).0
            }
        },
    )
}

/// A file that starts license acquisition on a television.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Initiator {
    /// The header to acquire licenses for.
    pub header: Option<HeaderText>,
    /// What to pass on.
    pub custom_data: Option<String>,
    /// The server to ask in place of the header's.
    pub server: Option<String>,
}

impl Initiator {
    pub(super) fn read(root: Node<'_>) -> Self {
        Self {
            header: root.find("Header").and_then(HeaderText::read),
            custom_data: root.find("CustomData").map(|data| data.text().to_owned()),
            server: root.find("LicenseServerUriOverride").map(|uri| uri.text().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Body;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn wrapped(inner: &str) -> String {
        format!(
            "<PlayReadyKeyMessage type=\"LicenseAcquisition\"><LicenseAcquisition Version=\"1\"><Challenge \
             encoding=\"base64encoded\">{}</Challenge><HttpHeaders><HttpHeader><name>Content-Type</name><value>text/xml; \
             charset=utf-8</value></HttpHeader></HttpHeaders></LicenseAcquisition></PlayReadyKeyMessage>",
            STANDARD.encode(inner)
        )
    }

    #[test]
    fn the_challenge_in_a_key_message_in_utf_16_is_read() {
        let text = wrapped("<AcquireLicense><LA><Version>5</Version></LA></AcquireLicense>");
        let message = Message::parse(&utf16(&text), Limits::default()).unwrap();
        assert_eq!(message.challenge().unwrap().version.as_deref(), Some("5"));
        let Body::KeyMessage(wrapper) = &message.body else { panic!("{:?}", message.body) };
        assert_eq!(wrapper.fields, [("Content-Type".to_owned(), "text/xml; charset=utf-8".to_owned())]);
        assert_eq!(wrapper.kind.as_deref(), Some("LicenseAcquisition"));
    }

    #[test]
    fn wrappers_in_wrappers_end_at_the_limit() {
        let mut text = "<AcquireLicense/>".to_owned();
        for _ in 0..10 {
            text = wrapped(&text);
        }
        let mut message = Message::parse(text.as_bytes(), Limits::default()).unwrap();
        let error = loop {
            let Body::KeyMessage(wrapper) = message.body else { panic!("{:?}", message.body) };
            match wrapper.challenge.unwrap() {
                Ok(inner) => message = *inner,
                Err(error) => break error,
            }
        };
        assert_eq!(error.to_string(), "messages are nested more than 3 deep");
    }

    #[test]
    fn custom_data_of_a_page_is_base64_of_utf_16() {
        let data = STANDARD.encode(utf16("token für dich"));
        let text = format!(
            "<PlayReadyCDMData type=\"LicenseAcquisition\"><LicenseAcquisition version=\"1.0\" Proactive=\"true\"><KeyIDs>\
             <KeyID>MyIRAFVEd2aImaq7zN3u/w==</KeyID></KeyIDs><CustomData encoding=\"base64encoded\">{data}</CustomData>\
             </LicenseAcquisition></PlayReadyCDMData>"
        );
        let Body::CdmData(data) = Message::parse(text.as_bytes(), Limits::default()).unwrap().body else {
            panic!()
        };
        assert_eq!(data.custom_data.as_deref(), Some("token für dich"));
        assert_eq!(data.kids[0].1.unwrap().to_string(), "00112233-4455-6677-8899-aabbccddeeff");
        assert_eq!(data.proactive.as_deref(), Some("true"));
        let stop = "<PlayReadyCDMData type='SecureStop'><SecureStop><SessionID>KgA=</SessionID></SecureStop></PlayReadyCDMData>";
        let Body::CdmData(stop) = Message::parse(stop.as_bytes(), Limits::default()).unwrap().body else {
            panic!()
        };
        assert_eq!(stop.session.as_deref(), Some("*"));
    }

    #[test]
    fn an_initiator_has_a_header_and_a_server() {
        let text = "<PlayReadyInitiator><LicenseAcquisition><Header><WRMHEADER version='4.0.0.0'></WRMHEADER></Header>\
                    <CustomData>x</CustomData><LicenseServerUriOverride>https://a</LicenseServerUriOverride>\
                    </LicenseAcquisition></PlayReadyInitiator>";
        let Body::Initiator(read) = Message::parse(text.as_bytes(), Limits::default()).unwrap().body else {
            panic!()
        };
        assert!(read.header.unwrap().header().is_some() && read.server.as_deref() == Some("https://a"));
    }
}
