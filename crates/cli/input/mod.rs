//! The inputs of a command: their names, their content, and the objects in it.
//!
//! ```text
//!   names.rs     command line, --files-from (list.rs), folders (folder.rs)   ──▶ Input (name.rs)
//!   kind.rs      the first bytes (detect.rs)                       ──▶ Kind
//!   content.rs   a file, a stream, pasted text                     ──▶ bytes
//!   text.rs      base64, hex, C arrays, key lines                  ──▶ bytes, and the way back
//!   document.rs  one opened input, a manifest (manifest.rs)        ──▶ objects (found.rs)
//!   encryption.rs  tenc, seig, schm                                ──▶ what objects have to agree with
//!   licenses.rs  licenses alone, in stores, in messages            ──▶ Found licenses
//! ```

mod content;
mod detect;
mod document;
mod encryption;
mod folder;
mod found;
mod kind;
mod licenses;
mod list;
mod manifest;
mod name;
mod names;
mod text;

pub(crate) use content::Content;
pub(crate) use document::Document;
pub(crate) use encryption::{encryption_of, keys_of, moof_of, strangers};
pub(crate) use found::{Form, Found};
pub(crate) use kind::{Kinds, kind_of};
pub(crate) use licenses::{FoundLicense, Letter, LicenseInput};
pub(crate) use manifest::Opened;
pub(crate) use name::{Input, Name};
pub(crate) use names::Inputs;
pub(crate) use text::{decode, header_bytes, hex, read_value};
