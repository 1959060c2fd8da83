//! HLS playlists (RFC 8216 and its second edition).
//!
//! ```text
//!   line.rs         lines, tags, attribute lists with their spans
//!   key.rs          EXT-X-KEY, EXT-X-SESSION-KEY, EXT-X-PLAYREADYHEADER
//!   playlist.rs     segments, ranges, other playlists
//!   variables.rs    EXT-X-DEFINE, and texts with variables filled in
//!   applying.rs     which keys apply to which segment
//! ```

mod applying;
mod key;
mod line;
mod playlist;
mod variables;

pub(crate) use key::{read, read_uri};
pub(crate) use line::{Content, Line, Lines};
pub(crate) use playlist::gather;
