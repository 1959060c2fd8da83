//! ISO base media files, as far as moving bytes in them needs.
//!
//! ```text
//!   bytes ──Layout::locate──▶ boxes, pssh, slack, tracks      locate/, layout.rs
//!              + Request ──plan──▶ Plan                       edit/
//!                          │ every offset and size            distance/, one structure a file
//!                          └ and those nobody knows           guard/
//!   written file ──prove──▶ every box and offset as planned   prove.rs
//! ```
//!
//! Boxes are found by walking known containers, never by searching bytes, and nothing is ever serialised again: an
//! edit is a list of spans that are kept and bytes that are put. Unknown boxes are kept spans like any other.
//!
//! Sources: ISO/IEC 14496-12 (boxes), ISO/IEC 23001-7 (`pssh`, `tenc`, `senc`), PIFF 1.1 (`uuid` forms).
//!
//! ```
//! use prkit_bmff::{Layout, Limits, Pssh, Replace, Request, Scope, plan, prove};
//! use prkit_playready::SystemId;
//!
//! let pssh = |data| Pssh::new(0, SystemId::PLAYREADY, vec![], data).to_box().expect("it is short");
//! let mut file = b"\0\0\0\x10ftypiso6\0\0\0\0".to_vec();
//! file.extend(pssh(b"old"));
//! let source = file.as_slice();
//!
//! let layout = Layout::locate(&source, Scope::default(), Limits::default())?;
//! assert_eq!(layout.pssh().len(), 1);
//! let request = Request { replace: vec![Replace::new(0, pssh(b"longer").into())], ..Request::default() };
//! let edited = plan(&layout, &source, &request)?;
//!
//! let result = edited.plan.to_vec(&source)?;
//! prove(&layout, &edited, &result.as_slice(), Limits::default())?;
//! assert_eq!(result.len(), file.len() + 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::string_slice))]

mod ahead;
mod aside;
mod astray;
mod box_type;
mod cache;
mod distance;
mod edit;
mod error;
mod field;
mod fragment;
mod guard;
mod header;
mod layout;
mod limits;
mod locate;
mod media;
mod meta;
mod path;
mod prove;
mod pssh;
mod reader;
mod reference;
mod seig;
mod senc;
mod tenc;
mod time;
mod track;
mod walk;

pub use aside::Aside;
pub use astray::{Astray, AstrayFault};
pub use box_type::{BoxType, FourCc};
pub use edit::{
    Blocks, Edited, Fit, Growth, Insert, Replace, Request, Stale, adopt, free_box, plan, protection_boxes,
};
pub use error::{Error, ErrorKind, Result};
pub use fragment::FragmentKeys;
pub use header::{BoxHeader, SizeForm};
pub use layout::{Container, Layout, PsshBox, Scope, SlackBox, Where};
pub use limits::Limits;
pub use media::Media;
pub use path::BoxPath;
pub use prove::prove;
pub use pssh::Pssh;
pub use seig::Seig;
pub use senc::Senc;
pub use tenc::Tenc;
pub use time::Instant;
pub use track::{KeysFault, SampleEntry, Track, Unread};
