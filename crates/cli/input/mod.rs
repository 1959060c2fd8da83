//! The inputs of a command: their names, their content, and the objects in it.
//!
//! ```text
//!   names.rs     command line, --files-from, folders (folder.rs)   ──▶ Input
//!   detect.rs    the first bytes                                   ──▶ Kind
//!   text.rs      base64, hex, C arrays, key lines                  ──▶ bytes, and the way back
//!   document.rs  one opened input                                  ──▶ Found objects
//!   encryption.rs  tenc, seig, schm                                ──▶ what objects have to agree with
//!   licenses.rs  licenses alone, in stores, in messages            ──▶ Found licenses
//!   manifest.rs  the same for manifests: objects in a text
//! ```

mod detect;
mod document;
mod encryption;
mod folder;
mod licenses;
mod manifest;
mod names;
mod text;

pub(crate) use document::{Content, Document, Form, Found, kind_of};
pub(crate) use encryption::{encryption_of, keys_of, moof_of};
pub(crate) use folder::Kinds;
pub(crate) use licenses::{FoundLicense, Letter, LicenseInput};
pub(crate) use manifest::Opened;
pub(crate) use names::{Input, Inputs, Name};
pub(crate) use text::{decode, header_bytes, hex, read_value};
