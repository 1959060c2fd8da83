//! Which inputs a command has: names on the command line, in a list (list.rs), in folders (folder.rs).
//!
//! What an input is and what is in it, the engine knows.

mod folder;
mod list;
mod names;

pub(crate) use names::Inputs;
pub(crate) use prkit_batch::{
    Content, Document, Form, Found, FoundLicense, Input, Kind, Kinds, Letter, LicenseInput, Name, Opened,
    decode, encryption_of, escaped, hex, keys_of, kind_of, moof_of, shown, strangers,
};
