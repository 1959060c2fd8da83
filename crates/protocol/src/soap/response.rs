//! A license response.
//!
//! ```text
//!   AcquireLicenseResponse/AcquireLicenseResult/Response/
//!    LicenseResponse
//!     Version
//!     Licenses/License            base64 of a license, one or more
//!     RevInfo/Revocation{ListID, ListData}
//!     Acknowledgement/TransactionID    the client must acknowledge
//!     LicenseNonce                that of the request, when a license is to be kept
//!     ResponseID  SigningCertificateChain
//!    Signature
//!   LICENSERESPONSE/LICENSE       the older form
//! ```
//!
//! Source: the sample of MS docs `license-server.md`, `license-nonce.md`.

use super::challenge::list_name;
use crate::Node;
use crate::encoded::{base64_bytes, base64_len};
use base64::DecodeError;
use prkit_license::{Guid, License};

/// What a server answers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Response {
    /// The version, as written.
    pub version: Option<String>,
    /// The version of the server's software, where it says it.
    pub server: Option<String>,
    /// The licenses, in order.
    pub licenses: Vec<LicenseBlob>,
    /// Revocation lists it carries.
    pub revocation: Vec<ResponseRevocation>,
    /// The transaction that the client is to acknowledge.
    pub transaction: Option<String>,
    /// The nonce of the request.
    pub nonce: Option<Guid>,
    /// The nonce as written, when it cannot be read.
    pub nonce_text: Option<String>,
    /// The id of the response, as written.
    pub response_id: Option<String>,
    /// Bytes of the server's certificates.
    pub certificates: Option<usize>,
    /// Bytes of the signature.
    pub signature: Option<usize>,
    /// What the service adds.
    pub custom_data: Option<String>,
}

/// One license of a response.
#[derive(Clone, PartialEq, Eq)]
pub struct LicenseBlob {
    /// Its bytes, or why its base64 cannot be read.
    pub bytes: Result<Vec<u8>, DecodeError>,
    /// Where its element begins in the message's XML.
    pub offset: usize,
}

/// Why a license cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LicenseFault {
    /// A message has something else in its place.
    #[error("no base64: {0}")]
    Base64(#[from] DecodeError),
    /// Its bytes are no license.
    #[error(transparent)]
    License(#[from] prkit_license::Error),
}

/// Its size: the bytes hold a key.
impl core::fmt::Debug for LicenseBlob {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.bytes {
            Ok(bytes) => write!(f, "{} bytes at {}", bytes.len(), self.offset),
            Err(error) => write!(f, "{error} at {}", self.offset),
        }
    }
}

impl LicenseBlob {
    /// The license.
    ///
    /// # Errors
    ///
    /// The base64, or the license in it, cannot be read.
    pub fn license(&self) -> Result<License<'_>, LicenseFault> {
        let bytes = self.bytes.as_deref().map_err(Clone::clone)?;
        Ok(License::parse(bytes)?)
    }
}

/// A revocation list in a response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ResponseRevocation {
    /// Its id; `None` when it cannot be read.
    pub id: Option<Guid>,
    /// Bytes of it.
    pub len: usize,
}

impl ResponseRevocation {
    /// What public programs call it.
    pub fn name(&self) -> Option<&'static str> {
        list_name(self.id?)
    }
}

impl Response {
    pub(super) fn read(element: Node<'_>) -> Self {
        let inner = element.find("LicenseResponse").unwrap_or(element);
        let nonce_text = inner.text_of("LicenseNonce");
        let licenses = element.descend().filter(|node| matches!(node.name(), "License" | "LICENSE"));
        let lists = inner.child("RevInfo").into_iter().flat_map(|info| info.children());
        Self {
            version: inner.text_of("Version").map(str::to_owned),
            server: element
                .find("Response")
                .and_then(|response| response.attribute("rmsdkVersion"))
                .or_else(|| inner.attribute("rmsdkVersion"))
                .map(str::to_owned),
            licenses: licenses
                .map(|license| LicenseBlob { bytes: base64_bytes(license.text()), offset: license.offset() })
                .collect(),
            revocation: lists
                .map(|list| ResponseRevocation {
                    id: list.text_of("ListID").and_then(Guid::from_guid_base64),
                    len: list.text_of("ListData").map_or(0, base64_len),
                })
                .collect(),
            transaction: inner
                .child("Acknowledgement")
                .and_then(|acknowledgement| acknowledgement.text_of("TransactionID"))
                .map(str::to_owned),
            nonce: nonce_text.and_then(Guid::from_guid_base64),
            nonce_text: nonce_text.map(str::to_owned),
            response_id: inner.text_of("ResponseID").map(str::to_owned),
            certificates: inner.text_of("SigningCertificateChain").map(base64_len),
            signature: element.find("SignatureValue").map(|value| base64_len(value.text())),
            custom_data: inner.child("CustomData").map(|data| data.text().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Limits, Message};

    fn response(text: &str) -> Response {
        match Message::parse(text.as_bytes(), Limits::default()).unwrap().body {
            Body::Response(response) => *response,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn licenses_and_what_is_around_them_are_read() {
        let read = response(
            "<AcquireLicenseResponse><AcquireLicenseResult><Response rmsdkVersion='4.6.0'><LicenseResponse><Version>1\
             </Version><Licenses><License>WE1S\n AA==</License><License>!!</License></Licenses><RevInfo><Revocation>\
             <ListID>ioydTlK2p0WXkWklprR5Hw==</ListID><ListData>AAAA</ListData></Revocation></RevInfo><Acknowledgement>\
             <TransactionID>t</TransactionID></Acknowledgement><LicenseNonce>7GYVLC7wvGVR0nqGYXs4DQ==</LicenseNonce>\
             <ResponseID>r</ResponseID><SigningCertificateChain>AAAA</SigningCertificateChain></LicenseResponse>\
             </Response></AcquireLicenseResult></AcquireLicenseResponse>",
        );
        assert_eq!(read.licenses[0].bytes.as_deref(), Ok(&b"XMR\0"[..]));
        assert!(read.licenses[0].license().unwrap_err().to_string().contains("too short for a license"));
        assert!(read.licenses[1].license().unwrap_err().to_string().contains("no base64"));
        assert_eq!((read.transaction.as_deref(), read.server.as_deref()), (Some("t"), Some("4.6.0")));
        assert_eq!((read.revocation[0].name(), read.revocation[0].len), (Some("runtime"), 3));
        assert!(read.nonce.is_some());
    }

    #[test]
    fn the_older_form_is_read_too() {
        let read =
            response("<LICENSERESPONSE><LICENSE version='3.0.0.0'>WE1SAA==</LICENSE></LICENSERESPONSE>");
        assert_eq!(read.licenses.len(), 1);
    }

    #[test]
    fn debug_output_has_no_license_bytes() {
        let read = response("<LICENSERESPONSE><LICENSE>q6urq6ur</LICENSE></LICENSERESPONSE>");
        assert!(!format!("{read:?}").contains("171"));
    }
}
