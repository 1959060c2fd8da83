//! Messages of the clock services of versions 1 to 3.
//!
//! ```text
//!   petition    GET …/SecureClock/?petition HTTP/1.0
//!     answer    HTTP 200, whose body is the address to post the challenge to
//!   challenge   XML with a DATA/TID
//!   response    base64 of XML: DATA{TID, GMTTIME, REFRESHDATE}, CERTIFICATECHAIN, SIGNATURE
//! ```
//!
//! Source: MS-DRMCD 2.2.2 and 3.2.5.5. The wire format of version 4, Secure Time, is not public. No signature is
//! checked: the time of a response is what it says, not what can be trusted.

use crate::encoded::base64_bytes;
use crate::http::HttpHead;
use crate::xml::decode;
use crate::{ErrorKind, Limits, Node, Result, SERVICES, Tree};
use prkit_license::Moment;

/// A saved message of a clock service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClockMessage {
    /// A request for the address of the service.
    Petition {
        /// What is asked.
        start: String,
        /// The service of the table whose address it has.
        service: Option<u8>,
    },
    /// The address to post the challenge to.
    PetitionResponse {
        /// It.
        address: String,
        /// The service of the table whose host it has.
        service: Option<u8>,
    },
    /// A redirection to another address.
    Redirect {
        /// The status number.
        status: u16,
        /// Where to.
        address: Option<String>,
    },
    /// A request for the time.
    Challenge {
        /// The transaction.
        transaction: Option<String>,
    },
    /// The time.
    Response(ClockResponse),
}

/// The time as a service says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClockResponse {
    /// The transaction of the challenge.
    pub transaction: Option<String>,
    /// The time.
    pub time: Option<Moment>,
    /// The time as written.
    pub time_text: Option<String>,
    /// When to ask again.
    pub refresh: Option<Moment>,
    /// The same as written.
    pub refresh_text: Option<String>,
    /// Certificates it carries.
    pub certificates: usize,
    /// Whether it has a signature.
    pub is_signed: bool,
}

impl ClockMessage {
    /// Takes a saved message apart.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoClock`] for what is none, and those of the XML.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self> {
        if bytes.len() > limits.bytes {
            return Err(ErrorKind::TooLong { len: bytes.len(), max: limits.bytes }.into());
        }
        let (text, _) = decode(bytes);
        let (head, body) = HttpHead::split(&text);
        if let Some(head) = &head {
            if let Some(status @ 300..=399) = head.status() {
                return Ok(Self::Redirect { status, address: head.field("location").map(str::to_owned) });
            }
            if head.start.starts_with("GET ") {
                let target = head.start.split(' ').nth(1).unwrap_or_default();
                let host = head.field("host").unwrap_or_default();
                let service = service_of(&format!("{host}{target}"));
                return Ok(Self::Petition { start: head.start.clone(), service });
            }
        }
        let body = body.trim();
        if let Some(address) = address(body) {
            return Ok(Self::PetitionResponse { address: address.to_owned(), service: service_of(address) });
        }
        let xml = if body.starts_with('<') { body.to_owned() } else { in_base64(body)? };
        Self::of_xml(&Tree::parse(xml, limits)?)
    }

    fn of_xml(tree: &Tree) -> Result<Self> {
        let root = tree.root();
        let data = root.find("DATA").ok_or(ErrorKind::NoClock)?;
        let transaction = data.text_of("TID").map(str::to_owned);
        if data.child("GMTTIME").is_none() {
            // Headers and requests of other protocols have a DATA, too.
            return transaction
                .map(|tid| Self::Challenge { transaction: Some(tid) })
                .ok_or(ErrorKind::NoClock.into());
        }
        let time = |name: &str| data.text_of(name);
        let count = |node: Option<Node<'_>>| node.map_or(0, |node| node.children().count().max(1));
        Ok(Self::Response(ClockResponse {
            transaction,
            time: time("GMTTIME").and_then(clock_time),
            time_text: time("GMTTIME").map(str::to_owned),
            refresh: time("REFRESHDATE").and_then(clock_time),
            refresh_text: time("REFRESHDATE").map(str::to_owned),
            certificates: count(root.find("CERTIFICATECHAIN")),
            is_signed: root.find("SIGNATURE").is_some(),
        }))
    }
}

fn address(body: &str) -> Option<&str> {
    let is_address = body.starts_with("http://") || body.starts_with("https://");
    (is_address && !body.contains(char::is_whitespace)).then_some(body)
}

fn in_base64(body: &str) -> Result<String> {
    let bytes = base64_bytes(body).map_err(|_| ErrorKind::NoClock)?;
    let (text, _) = decode(&bytes);
    if text.trim_start().starts_with('<') { Ok(text) } else { Err(ErrorKind::NoClock.into()) }
}

/// The service whose host and path an address has.
fn service_of(address: &str) -> Option<u8> {
    let plain = |address: &str| {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_ascii_lowercase()
    };
    let wanted = plain(address);
    let link =
        |address: &str| address.to_ascii_lowercase().rsplit_once("linkid=").map(|(_, id)| id.to_owned());
    SERVICES
        .iter()
        .find(|service| {
            let later = service.later;
            let forwards = service.forwards.iter().chain(later.iter().flat_map(|later| later.forwards));
            let links = service.links.iter().chain(later.iter().flat_map(|later| later.links));
            let is_link = |known: &&str| link(known) == link(address) && link(address).is_some();
            forwards.map(|forward| plain(forward)).any(|forward| forward == wanted)
                || links.copied().any(|known| is_link(&known))
        })
        .map(|service| service.version)
}

/// ISO 8601, and the forms of Windows Media: `20180105 19:56:00Z`, `#20180105 19:56:00Z#`.
fn clock_time(text: &str) -> Option<Moment> {
    let text = text.trim().trim_matches('#');
    text.parse().ok().or_else(|| {
        let (day, time) = text.split_once([' ', 'T'])?;
        let digits: String = time.chars().filter(char::is_ascii_digit).collect();
        let plain = time.trim_end_matches('Z').chars().all(|c| c.is_ascii_digit() || c == ':');
        (plain && digits.len() == 6).then(|| format!("{day}{digits}").parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    fn read(text: &str) -> ClockMessage {
        ClockMessage::parse(text.as_bytes(), Limits::default())
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    const RESPONSE: &str = "<SECURECLOCK type=\"RESPONSE\"><DATA><TID>AQID</TID><GMTTIME>20180105 19:56:00Z</GMTTIME>\
        <REFRESHDATE>2018-02-05T19:56:00Z</REFRESHDATE></DATA><CERTIFICATECHAIN><CERTIFICATE/><CERTIFICATE/>\
        </CERTIFICATECHAIN><SIGNATURE><VALUE>x</VALUE></SIGNATURE></SECURECLOCK>";

    #[test]
    fn a_petition_and_its_answers_are_told_apart() {
        let petition = read(
            "GET /SecureClock/VISTA_RTM/?Petition HTTP/1.0\r\nHost: services.wmdrm.windowsmedia.com\r\n\r\n",
        );
        assert!(matches!(petition, ClockMessage::Petition { service: Some(2), .. }), "{petition:?}");
        let redirect = read("HTTP/1.1 302 Found\r\nLocation: https://a.example\r\n\r\n");
        assert_eq!(
            redirect,
            ClockMessage::Redirect { status: 302, address: Some("https://a.example".into()) }
        );
        let answer = read(
            "HTTP/1.1 200 OK\r\n\r\nhttps://secureclock2.playready.microsoft.com/secureclock/vista_rtm/",
        );
        assert!(matches!(answer, ClockMessage::PetitionResponse { service: Some(3), .. }), "{answer:?}");
        let link = read("http://go.microsoft.com/fwlink/?LinkID=25817");
        assert!(matches!(link, ClockMessage::PetitionResponse { service: Some(1), .. }), "{link:?}");
    }

    #[test]
    fn a_response_is_read_plain_and_in_base64() {
        let ClockMessage::Response(plain) = read(RESPONSE) else { panic!() };
        assert_eq!(plain.time.unwrap().to_string(), "2018-01-05T19:56:00Z");
        assert_eq!(plain.refresh.unwrap().to_string(), "2018-02-05T19:56:00Z");
        assert_eq!(
            (plain.transaction.as_deref(), plain.certificates, plain.is_signed),
            (Some("AQID"), 2, true)
        );
        assert_eq!(read(&STANDARD.encode(RESPONSE)), ClockMessage::Response(plain.clone()));
        assert_eq!(
            read(&format!("HTTP/1.1 200 OK\n\n{}", STANDARD.encode(RESPONSE))),
            ClockMessage::Response(plain)
        );
    }

    #[test]
    fn a_challenge_has_a_transaction() {
        let challenge = read("<SECURECLOCK type='CHALLENGE'><DATA><TID>AQID</TID></DATA></SECURECLOCK>");
        assert_eq!(challenge, ClockMessage::Challenge { transaction: Some("AQID".into()) });
    }

    #[test]
    fn what_is_no_clock_message_says_so() {
        for text in ["", "hello", "<a/>", "<WRMHEADER><DATA><KID>x</KID></DATA></WRMHEADER>", "AAAA"] {
            let error = ClockMessage::parse(text.as_bytes(), Limits::default()).unwrap_err().to_string();
            assert!(error.contains("neither a petition"), "{text}: {error}");
        }
    }

    #[test]
    fn times_of_windows_media_are_read() {
        for text in ["20180105 19:56:00Z", "#20180105 19:56:00Z#", "2018-01-05T19:56:00Z", "20180105T195600Z"]
        {
            assert_eq!(clock_time(text).unwrap().to_string(), "2018-01-05T19:56:00Z", "{text}");
        }
        assert_eq!(clock_time("20180105 soon"), None);
    }
}
