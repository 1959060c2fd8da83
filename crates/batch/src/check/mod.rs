//! Whether key ids, schemes and objects agree across boxes, segments and manifests.
//!
//! ```text
//!   inputs ──gather.rs──▶ sets         what belongs together: manifests that share media, with their media
//!                         │ library.rs   files, each read once (title/ finds them)
//!                         │ media.rs     what a file says: tenc, seig, schm, pssh
//!                         │ applied.rs   what a manifest says of a file: default_KID, scheme, objects
//!                         │ held.rs      one object and its header, from anywhere
//!                         │ change.rs    the same for a file that is going to be another one
//!                         ▼
//!               compare/ ──▶ findings    rule.rs: all rules in one table; finding.rs: where, and what is there
//!                         ▼
//!               compared.rs              by input, and chosen.rs: only what is about objects that are selected
//! ```
//!
//! Players take the object of the manifest before that of the initialisation segment, and that before one in a
//! fragment (DASH mapping of PlayReady, 3: D-05); comparisons follow that order.

mod applied;
#[cfg(feature = "files")]
mod change;
mod chosen;
mod compare;
#[cfg(feature = "files")]
mod compared;
mod doc;
mod finding;
mod gather;
mod held;
mod joined;
mod library;
mod media;
mod rule;
mod set;
mod whereabouts;

#[cfg(feature = "files")]
pub(crate) use change::{Change, differing};
pub use chosen::Choice;
pub use compare::compare;
#[cfg(feature = "files")]
pub use compared::Compared;
pub use finding::{Finding, Place};
#[cfg(feature = "files")]
pub use gather::gather;
pub use gather::{Checked, Gathered, Part, gather_parts};
pub use joined::Joined;
pub use library::Library;
#[cfg(feature = "files")]
pub(crate) use library::PassedOver;
pub use rule::RULES;
