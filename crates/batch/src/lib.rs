//! The engine: what is in assets, what is selected of it, what becomes of that, and whether it agrees.
//!
//! ```text
//!   input/     an asset opened: what it is, its bytes, the objects in it
//!   select.rs  which of them are meant
//!   header_change.rs   what becomes of a header
//!   payloads.rs        payloads changed where they are
//!   error.rs   what is wrong, and with what
//!   refused.rs         what is refused, and what overrides that
//!   shape.rs   the forms an object is given in
//!   title/     which files the references of a manifest lead to, below the roots of a title
//!   check/     whether things agree: facts, rules, comparisons
//! ```
//!
//! Nothing here prints, reads a command line or ends a process: whoever stands on it does.

#![forbid(unsafe_code)]

pub mod check;
mod error;
mod header_change;
mod input;
pub mod payloads;
mod refused;
mod select;
pub mod shape;
pub mod title;

pub use error::{Error, Result};
pub use header_change::{HeaderChange, KID, StoreSize, What, from_media};
pub use input::{
    Content, Document, Form, Found, FoundLicense, InText, Input, Kind, Kinds, Letter, LicenseInput, Name,
    Opened, Pasted, TextForm, decode, encryption_of, escaped, hex, keys_of, kind_of, moof_of, shown,
};
pub use refused::{Cause, Refused};
pub use select::{Selector, System};
