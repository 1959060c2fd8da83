//! An opened asset: its bytes, what it is, and the objects in it.
//!
//! ```text
//!   name.rs      what it is called, and how that is shown (shown.rs)
//!   kind.rs      the first bytes (detect.rs)                       ──▶ Kind
//!   address.rs   inputs behind addresses, and what reaches them
//!   content.rs   a file, a stream (files.rs), pasted text          ──▶ bytes
//!   text.rs      base64, hex, literals (forms.rs), dumps (dump.rs) ──▶ bytes, and the way back
//!   harmless.rs  names that may be keys, which no message repeats
//!   looks.rs     what something else looks like
//!   document.rs  one opened input, a manifest (manifest.rs)        ──▶ objects (found.rs)
//!   misfiled.rs  PlayReady Objects under other systems' IDs
//!   encryption.rs  tenc, seig, schm                                ──▶ what objects have to agree with
//!   licenses.rs  licenses alone, in stores, in messages            ──▶ Found licenses
//! ```

mod address;
mod aside;
mod content;
mod detect;
mod document;
mod dump;
mod encryption;
#[cfg(feature = "files")]
mod files;
mod forms;
mod found;
mod harmless;
mod kind;
mod licenses;
mod looks;
mod manifest;
mod misfiled;
#[cfg(feature = "files")]
mod name;
mod shown;
mod text;
mod words;

pub use address::{Address, Reach, Reached, Unfollowed};
pub use aside::{Aside, AsideKind, asides_of};
pub use content::Content;
pub use document::Document;
pub(crate) use document::boxes_of;
pub(crate) use encryption::lacks_key;
pub use encryption::{
    InFragments, encryption_below, encryption_of, keys_in_fragments, keys_of, moof_of, strangers,
};
#[cfg(feature = "files")]
pub use files::kind_of;
pub use forms::Literal;
pub use found::{Form, Found, InText, ObjectFault};
pub use harmless::{HIDDEN, harmless, is_key_like};
pub use kind::{Kind, Kinds};
pub use licenses::{FoundLicense, Letter, LicenseInput};
pub use looks::{looks_like, root_of};
pub use manifest::Opened;
pub use misfiled::misfiled;
#[cfg(feature = "files")]
pub use name::{Data, Input, Name};
pub use shown::{escaped, shown, shown_here};
pub use text::{Pasted, TextForm, decode, hex};
