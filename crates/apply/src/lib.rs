//! Effects on files. Nothing here knows a format: what is done is a [`Plan`](prkit_plan::Plan).
//!
//! ```text
//!                    ┌ in_place    stores the changed bytes through a memory map
//!   Files ─way.rs─▶ ─┼ together    both of them, for files that belong together
//!                    ┼ new_file    copies what is kept, puts what is new, renames over the target
//!   stream           └ writes the new file to a pipe
//! ```
//!
//! [`Files`] is the [`Store`](prkit_plan::Store) of local files, which chooses the way itself, as its [`Manner`] allows.
//!
//! | way | promise |
//! |---|---|
//! | in place | *in place* and *durable*: the file stays the same inode; after a crash it is the old or the new one, or [`recover`] makes it so |
//! | a new file | *atomic* and *durable*: whoever opens the path sees the old file or the new one, also after power loss |
//! | together | *all or none* and *durable*: files of several folders change together, or [`recover`] makes it so |
//! | [`stream`] | neither: what was written when it fails, was written |
//!
//! A mapped file is the one place with `unsafe` in this workspace: the module `map` says what is promised.
//!
//! ```
//! use bytes::Bytes;
//! use prkit_apply::stream;
//! use prkit_plan::{Plan, Span};
//!
//! let plan = Plan::splice(8, Span::new(0, 3), Bytes::from_static(b"new"))?;
//! let mut pipe = Vec::new();
//! stream(&plan, &b"old file".as_slice(), &mut pipe, &prkit_plan::Unwatched)?;
//! assert_eq!(pipe, b"new file");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod at_work;
mod copying;
mod error;
mod file;
mod flush;
mod folder;
mod in_place;
#[expect(unsafe_code, reason = "the one module that stores through a memory map")]
mod map;
mod names;
mod new_file;
mod store;
mod stream;
mod system;
mod temporary;
mod trust;
mod way;

pub use error::{Error, Result};
pub use file::{Abilities, FileSource};
pub use flush::{Flush, flush_name};
pub use folder::{Folder, Place};
pub use in_place::{Outcome, Recovered, Refusal, is_journal, journal_at, journals_of, pending, recover};
pub use names::folder_of;
pub use new_file::write_file;
pub use store::{FileAsset, Files, id_of, path_of};
pub use stream::stream;
pub use system::{Identity, allow_many_files};
pub use temporary::{is_unfinished, is_unfinished_name, remove_unfinished};
pub use trust::Untrusted;
pub use way::{Manner, WriteHow};

pub use prkit_plan::{Check, Wrong};
