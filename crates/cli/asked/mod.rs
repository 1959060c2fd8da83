//! From what was typed to what the engine is asked for.

mod given;
mod header;
mod object;
mod select;
mod values;

pub(crate) use given::{given, refused};
pub(crate) use object::{spec, warn};
