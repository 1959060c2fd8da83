//! HLS playlists (RFC 8216 and its second edition).
//!
//! ```text
//!   line.rs         lines, tags, attribute lists with their spans
//!   key.rs          EXT-X-KEY, EXT-X-SESSION-KEY, EXT-X-PLAYREADYHEADER
//! ```

mod key;
mod line;

pub(crate) use key::{read, read_uri};
