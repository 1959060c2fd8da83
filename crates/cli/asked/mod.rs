//! From what was typed to what the engine is asked for.

mod header;
mod object;
mod select;
mod values;

pub(crate) use object::{build, warn};
pub(crate) use values::{header_bytes, read_value};
