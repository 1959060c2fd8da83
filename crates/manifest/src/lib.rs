//! Documents beside media files: DASH MPD, Smooth Streaming, HLS playlists, CPIX. As far as protection goes.
//!
//! ```text
//!   bytes ──Manifest::parse──▶ Descriptor, Object, Oddity        found.rs, oddity.rs, unread.rs
//!               │               └ text.rs   bytes ⇄ text, lines and columns
//!               │                 xml/      elements with their spans, also of broken documents
//!               │                 protection/, m3u8/             one element or line family a file
//!               │                 value.rs, slot.rs              base64 in its form, boxes and objects in it
//!               ├─replace, inject, remove──▶ Edit                 change/, snippet.rs
//!               ├─presentation──▶ Stream, Reference, ByteRange   mpd/, m3u8/, smooth.rs, uri.rs
//!               │                   └ move_ranges(Shape)──▶ Edit  range.rs
//!               └─plan(edits)──▶ prkit_plan::Plan                 edit.rs
//! ```
//!
//! * Editing is splicing text. Not one byte outside of a splice changes: encodings and byte order marks, line ends,
//!   quotes, the order of attributes stay. A value that is written again keeps its alphabet, padding and lines.
//! * Documents in the field are cut off, have wrong quotes, forget namespaces. What can be read of them is found and can
//!   be spliced; what is wrong is in [`Manifest::oddities`].
//! * Hostile documents are refused in bounded time and memory (`limits.rs`). Nothing is expanded or loaded.
//! * A byte range is two distances in another file. [`move_ranges`] is the whole connection between an edit of a media
//!   file and the documents that address it: shapes in, edits of the text out.
//!
//! Sources: ISO/IEC 23009-1 (DASH), the DASH mapping of PlayReady, RFC 8216 and its second edition (HLS), MS-SSTR (Smooth
//! Streaming), DASH-IF CPIX.
//!
//! ```
//! use bytes::Bytes;
//! use prkit_manifest::{Kind, Manifest};
//!
//! let mpd = Bytes::from_static(
//!     br#"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>
//!     <ContentProtection schemeIdUri="urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95">
//!       <mspr:pro xmlns:mspr="urn:microsoft:playready">b2xk</mspr:pro>
//!     </ContentProtection></AdaptationSet></Period></MPD>"#,
//! );
//! let manifest = Manifest::parse(Kind::Mpd, &mpd)?;
//! let edits = manifest.replace(&[(0, Bytes::from_static(b"new"))])?;
//! let result = manifest.plan(edits)?.to_vec(&mpd.as_ref())?;
//! assert_eq!(String::from_utf8(result)?, std::str::from_utf8(&mpd)?.replace("b2xk", "bmV3"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::string_slice))]

mod answer;
mod change;
mod collect;
mod content;
mod edit;
mod embedded;
mod error;
mod found;
mod header_text;
mod hex;
mod keys;
mod limits;
#[cfg(test)]
mod linear;
mod m3u8;
mod manifest;
mod mpd;
mod numbers;
mod oddity;
mod path;
mod protection;
mod range;
mod ranges;
mod reference;
mod slot;
mod smooth;
mod snippet;
mod stray;
mod text;
mod unread;
mod uri;
mod value;
mod work;
mod xml;

pub use change::{IfExists, Injected, NewObject, Removal};
pub use edit::Edit;
pub use error::{Error, ErrorKind, Result};
pub use found::{Descriptor, DescriptorKind, Form, NamedKid, Object, RefFault, Refers, Shape};
pub use limits::MAX_LEN;
pub use manifest::{Kind, Manifest};
pub use oddity::{Oddity, OddityKind};
pub use protection::LicenseUrl;
pub use range::{ByteRange, MovedRanges, RangeKind, move_ranges};
pub use reference::{Files, MediaKind, Presentation, Reference, Role, Stream};
pub use snippet::{for_form, pssh_box, snippet};
pub use text::{Encoding, Position, Text};
pub use unread::{Unread, UnreadKind};
pub use uri::{Start, file_names, hides_a_way_up, resolve};
pub use value::Base64Error;
