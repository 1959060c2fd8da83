//! What is done with the objects of an input.
//!
//! ```text
//!   payloads.rs   every object that is selected is changed          resize.rs   license stores of another size, or none
//!                                                                   fill.rs     licenses in them, from shelf.rs
//!   by_row.rs     headers, as the rows of a table say
//!   remove.rs     boxes are taken out                               recover.rs  what interruptions left
//!   inject.rs     boxes are put in: given_boxes.rs, or made of new_object.rs
//!   straighten.rs as the rules say
//!   undo.rs       a file is as it was before a run                  apply.rs    an edit that was planned before
//! ```

#[cfg(feature = "files")]
mod apply;
#[cfg(feature = "files")]
mod by_row;
mod error;
#[cfg(feature = "files")]
mod fill;
#[cfg(feature = "files")]
mod given_boxes;
#[cfg(feature = "files")]
mod inject;
mod new_object;
#[cfg(feature = "files")]
mod payloads;
#[cfg(feature = "files")]
mod pending;
#[cfg(feature = "files")]
mod recover;
#[cfg(feature = "files")]
mod remove;
mod resize;
#[cfg(feature = "files")]
mod shelf;
#[cfg(feature = "files")]
mod straighten;
#[cfg(feature = "files")]
mod undo;

#[cfg(feature = "files")]
pub use apply::Apply;
#[cfg(feature = "files")]
pub use by_row::{RowChange, TableChange};
pub use error::OperationError;
#[cfg(feature = "files")]
pub use fill::Fill;
#[cfg(feature = "files")]
pub use given_boxes::{Boxes, GivenBox};
#[cfg(feature = "files")]
pub use inject::{Inject, Insertion, Position};
pub use new_object::ObjectSpec;
#[cfg(feature = "files")]
pub use payloads::Payloads;
#[cfg(feature = "files")]
pub use recover::LeftBehind;
#[cfg(feature = "files")]
pub use remove::Remove;
pub use resize::Resize;
#[cfg(feature = "files")]
pub use shelf::{LicenseError, LicenseFiles, Shelf, Unread};
#[cfg(feature = "files")]
pub use straighten::Straighten;
#[cfg(feature = "files")]
pub use undo::Undo;
