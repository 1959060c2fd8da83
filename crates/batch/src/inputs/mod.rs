//! Which inputs there are: names (names.rs), a list of names (list.rs), files below folders (folder.rs).

mod error;
mod folder;
mod list;
mod names;

pub use error::InputsError;
pub use names::{Failed, Inputs, Sources};
