//! PlayReady messages, read only.
//!
//! ```text
//!   bytes ──▶ HTTP text around ──▶ UTF-8 or UTF-16 ──▶ Tree (hard limits) ──▶ Message
//!                                                                              ├─ Challenge     what a client asks for
//!                                                                              ├─ Response      licenses
//!                                                                              ├─ Fault         status code
//!                                                                              ├─ KeyMessage    a player's wrapper ──▶ Message
//!                                                                              ├─ CdmData       what a player is given
//!                                                                              └─ Other         a tree
//!   Challenge + Response ──check_pair──▶ findings
//!   SERVICES             the clock services as a table;     ClockMessage   a saved petition, challenge, response
//!   Status               a code, its name, and whether that name is official
//! ```
//!
//! Nothing here makes a challenge, speaks to a server, checks a signature or decrypts. What is encrypted is counted.
//!
//! ```
//! use prkit_protocol::{Body, Limits, Message};
//!
//! let fault = br#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
//!     <faultcode>s:Server</faultcode><faultstring>no</faultstring>
//!     <detail><Exception><StatusCode>0x8004C605</StatusCode></Exception></detail>
//!   </s:Fault></s:Body></s:Envelope>"#;
//! let message = Message::parse(fault, Limits::default())?;
//! let Body::Fault(fault) = &message.body else { panic!("it is a fault") };
//! assert_eq!(fault.status.expect("it has one").to_string(), "0x8004C605");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

mod clock;
mod encoded;
mod error;
mod http;
mod limits;
mod soap;
mod status;
mod version;
mod xml;

pub use clock::{
    ClockMessage, ClockResponse, ClockService, ClockTarget, Later, SERVICES, Support, Supports, services_for,
};
pub use error::{Error, ErrorKind, Result};
pub use http::HttpHead;
pub use limits::Limits;
pub use soap::{
    Body, CdmData, Challenge, Direction, Fault, HeaderText, Initiator, KeyMessage, LicenseBlob, LicenseFault,
    MESSAGE_RULES, Message, NotTaken, Operation, Response, ResponseRevocation, RevocationList, SoapVersion,
    check_pair, check_request, context,
};
pub use status::{STATUS_CODES, STATUS_RANGES, Status, StatusEntry, StatusRange};
pub use version::ClientVersion;
pub use xml::{Node, Tree};
