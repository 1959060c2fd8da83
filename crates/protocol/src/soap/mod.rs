//! Messages between clients and license servers, and what players wrap around them.
//!
//! ```text
//!   message.rs      bytes ──▶ Message: which kind it is, and what is around it
//!   challenge.rs    AcquireLicense: what a client says and asks for
//!   response.rs     AcquireLicenseResponse: licenses
//!   fault.rs        SOAP 1.1 and 1.2 faults: a status code
//!   key_message.rs  PlayReadyKeyMessage, PlayReadyCDMData, PlayReadyInitiator
//!   pair.rs         a request and its response, checked against each other
//! ```

mod challenge;
mod fault;
mod key_message;
mod message;
mod pair;
mod request;
mod response;
mod taken;

pub use challenge::{Challenge, HeaderText, RevocationList};
pub use fault::Fault;
pub use key_message::{CdmData, Initiator, KeyMessage};
pub use message::{Body, Direction, Message, Operation, SoapVersion};
pub use pair::{MESSAGE_RULES, check_pair, context};
pub use request::check_request;
pub use response::{LicenseBlob, LicenseFault, Response, ResponseRevocation};
pub use taken::NotTaken;
