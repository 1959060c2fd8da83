//! The inputs of a command: their names, their content, and the objects in it.
//!
//! ```text
//!   names.rs     command line, --files-from (list.rs), folders (folder.rs)   ──▶ Input (name.rs)
//!   kind.rs      the first bytes (detect.rs)                       ──▶ Kind
//!   content.rs   a file, a stream, pasted text                     ──▶ bytes
//!   text.rs      base64, hex, literals and dumps (forms.rs)        ──▶ bytes, and the way back
//!   given.rs     what options take: @FILE or text                  ──▶ an object, a header, boxes
//!   looks.rs     what something else looks like
//!   document.rs  one opened input, a manifest (manifest.rs)        ──▶ objects (found.rs)
//!   encryption.rs  tenc, seig, schm                                ──▶ what objects have to agree with
//!   licenses.rs  licenses alone, in stores, in messages            ──▶ Found licenses
//! ```

mod content;
mod detect;
mod document;
mod encryption;
mod folder;
mod forms;
mod found;
mod given;
mod kind;
mod licenses;
mod list;
mod looks;
mod manifest;
mod name;
mod names;
mod text;

pub(crate) use content::Content;
pub(crate) use document::Document;
pub(crate) use encryption::{encryption_of, keys_of, moof_of};
pub(crate) use found::{Form, Found};
pub(crate) use given::{around, boxes_of, header_of, object_of, xml_of};
pub(crate) use kind::{Kinds, kind_of};
pub(crate) use licenses::{FoundLicense, Letter, LicenseInput};
pub(crate) use manifest::Opened;
pub(crate) use name::{Input, Name};
pub(crate) use names::Inputs;
pub(crate) use text::{decode, hex};
