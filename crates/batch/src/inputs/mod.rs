//! Which inputs there are: names (names.rs), a list of names (list.rs), files below folders (folder.rs). Whether
//! a file is one of them (selected.rs).

mod error;
mod folder;
mod list;
mod names;
mod selected;

pub use error::InputsError;
pub use names::{Failed, Inputs, Sources};
pub use selected::Selected;
