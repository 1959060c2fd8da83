//! The engine: what is in assets, what is selected of it, what becomes of that, and whether it agrees.
//!
//! ```text
//!   input/     an asset opened, from a file or from what reaches addresses: what it is, its bytes, the objects in it
//!   inputs/    which inputs there are: names, lists, folders
//!   pool/      many inputs at once: workers, groups, order
//!   select.rs  which of them are meant, and nothing.rs why none is
//!   header_change.rs   what becomes of a header
//!   payloads.rs        payloads changed where they are
//!   edits.rs           what is asked of boxes and text, and the plan for it
//!   straight.rs        objects as the rules would have them
//!   stored.rs          an asset changed where a store keeps it
//!   error.rs   what is wrong, and with what
//!   refused.rs         what is refused, and what overrides that
//!   report/    what is said of inputs, as data
//!   policy.rs  policies, however they are written down
//!   given.rs   an object, a header, boxes that somebody gives
//!   shape.rs   the forms an object is given in
//!   piece.rs   parts of an object, taken out
//!   table/     which inputs, key IDs and fragments get what: rows of a table
//!   log/       what a run did, and every byte that it took away
//!   travel/    plans that are carried out later or elsewhere
//!   title/     which files the references of a manifest lead to, below the roots of a title
//!   check/     whether things agree: facts, rules, comparisons
//! ```
//!
//! Without the feature `files` nothing here opens a file: bytes and assets of stores are what is read, in a browser, too.
//!
//! Nothing here prints, reads a command line or ends a process: whoever stands on it does.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

mod beside;
pub mod check;
mod edits;
mod error;
mod given;
mod header_change;
mod input;
#[cfg(feature = "files")]
mod inputs;
mod left;
#[cfg(test)]
#[cfg(feature = "files")]
mod linear;
#[cfg(feature = "files")]
pub mod log;
mod nothing;
pub mod operation;
pub mod payloads;
mod piece;
mod policy;
#[cfg(feature = "files")]
pub mod pool;
mod refused;
pub mod report;
mod select;
pub mod shape;
mod stored;
mod straight;
#[cfg(feature = "files")]
pub mod table;
pub mod title;
pub mod travel;
mod work;
#[cfg(feature = "files")]
pub mod writing;

pub use beside::{change_beside, license_url};
pub use edits::{Edits, Fitting, plan_change, prove};
pub use error::{Error, Result, Spot};
pub use given::{Given, GivenError, GivenFault};
pub use header_change::{HeaderChange, KID, StoreSize, What, from_media};
pub use input::{
    Address, Aside, AsideKind, Content, Document, Form, Found, FoundLicense, HIDDEN, InFragments, InText,
    Kind, Kinds, Letter, LicenseInput, Literal, ObjectFault, Opened, Pasted, Reach, Reached, TextForm,
    Unfollowed, asides_of, decode, encryption_below, encryption_of, escaped, harmless, hex, is_key_like,
    keys_in_fragments, keys_of, looks_like, misfiled, moof_of, root_of, shown, shown_here, strangers,
};
#[cfg(feature = "files")]
pub use input::{Data, Input, Name, kind_of};
#[cfg(feature = "files")]
pub use inputs::{Failed, Inputs, InputsError, Selected, Sources};
pub use left::{Left, Why, overlooked};
pub use nothing::Nothing;
pub use piece::{Part, piece};
pub use policy::{Policies, PolicyInput};
pub use refused::Refused;
pub use select::{Selector, System};
pub use stored::{Asking, Changed};
pub use straight::plan_straight;
