//! HTTP text around a message, as it is saved from a proxy or printed in a page.
//!
//! ```text
//!   HTTP/1.1 500 Internal Server Error        POST /rightsmanager.asmx HTTP/1.1
//!   Content-Type: text/xml; charset=utf-8     SOAPAction: "http://schemas.microsoft.com/…/AcquireLicense"
//!
//!   <?xml version="1.0"?> …
//! ```

use crate::limits::MAX_FIELDS;

/// The first line and the header fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpHead {
    /// `HTTP/1.1 500 Internal Server Error`, or `POST … HTTP/1.1`.
    pub start: String,
    /// Fields that say nothing about a person: name and value.
    pub fields: Vec<(String, String)>,
    /// Names of the others: cookies and authorisations are not kept.
    pub hidden: Vec<String>,
}

/// Fields whose value may be shown.
const SHOWN: [&str; 9] = [
    "content-type",
    "content-length",
    "soapaction",
    "host",
    "date",
    "server",
    "user-agent",
    "location",
    "cache-control",
];

impl HttpHead {
    /// Splits a head off, where there is one.
    pub(crate) fn split(text: &str) -> (Option<Self>, &str) {
        let first = text.trim_start().lines().next().unwrap_or_default();
        let is_response = first.starts_with("HTTP/");
        let is_request = first.rsplit(' ').next().is_some_and(|last| last.starts_with("HTTP/"))
            && first
                .split(' ')
                .next()
                .is_some_and(|method| method.bytes().all(|byte| byte.is_ascii_uppercase()));
        if !is_response && !is_request {
            return (None, text);
        }
        let body = text.trim_start();
        let mut head = Self { start: first.trim_end().to_owned(), fields: Vec::new(), hidden: Vec::new() };
        let mut at = 0_usize;
        for (index, line) in body.split_inclusive('\n').take(MAX_FIELDS).enumerate() {
            at = at.saturating_add(line.len());
            if index == 0 {
                continue;
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                head.take(name.trim(), value.trim());
            }
        }
        (Some(head), body.get(at..).unwrap_or_default())
    }

    fn take(&mut self, name: &str, value: &str) {
        if SHOWN.iter().any(|shown| name.eq_ignore_ascii_case(shown)) {
            self.fields.push((name.to_owned(), value.to_owned()));
        } else {
            self.hidden.push(name.to_owned());
        }
    }

    /// The value of a field, in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The status number of a response.
    pub fn status(&self) -> Option<u16> {
        let rest = self.start.strip_prefix("HTTP/")?;
        rest.split(' ').nth(1)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_and_a_request_are_split_from_their_bodies() {
        let (head, body) =
            HttpHead::split("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/xml\r\n\r\n<a/>");
        let head = head.unwrap();
        assert_eq!((head.status(), head.field("content-type"), body), (Some(500), Some("text/xml"), "<a/>"));
        let (head, body) = HttpHead::split("POST /a HTTP/1.1\nSOAPAction: \"x\"\n\n<a/>");
        assert_eq!((head.unwrap().field("SOAPAction"), body), (Some("\"x\""), "<a/>"));
        let (head, body) = HttpHead::split("GET /SecureClock/?petition HTTP/1.0\r\n\r\n");
        assert_eq!((head.unwrap().status(), body), (None, ""));
    }

    #[test]
    fn cookies_and_authorisations_are_not_kept() {
        let (head, _) =
            HttpHead::split("POST /a HTTP/1.1\nCookie: s=secret\nAuthorization: Bearer secret\n\n");
        let head = head.unwrap();
        assert_eq!(head.hidden, ["Cookie", "Authorization"]);
        assert!(!format!("{head:?}").contains("secret"));
    }

    #[test]
    fn xml_alone_has_no_head() {
        for text in ["<?xml version='1.0'?><a/>", "  <a/>", "", "plain text HTTP/1.1 words"] {
            assert_eq!(HttpHead::split(text), (None, text));
        }
    }
}
