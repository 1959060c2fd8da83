//! Documents beside media files: DASH MPD, Smooth Streaming, HLS playlists, CPIX.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::string_slice))]

mod collect;
mod edit;
mod error;
mod found;
mod limits;
mod m3u8;
mod manifest;
mod oddity;
mod protection;
mod slot;
mod text;
mod value;
mod xml;

pub use edit::Edit;
pub use error::{Error, ErrorKind, Result};
pub use found::{Descriptor, DescriptorKind, Form, NamedKid, Object, Shape};
pub use limits::MAX_LEN;
pub use manifest::{Kind, Manifest};
pub use oddity::{Oddity, OddityKind};
pub use text::{Encoding, Position, Text};
