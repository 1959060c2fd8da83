//! `--edits`: a table that says which inputs, key ids or fragments get which options.
//!
//! ```text
//!   path,kid,moof,from,to,la-url,custom-attributes          CSV, or the same as JSON lines
//!   tenant-1/*.mp4,,,,,https://1.example/,
//!   ,10000000-…,,,,https://2.example/,                      the first row that fits counts
//! ```
//!
//! Rows stay in the file. In memory there is where each begins and what finds it: sixteen bytes for a path, twenty for a
//! key id; only rows with a pattern for a path, or with neither path nor key id, are kept as they are.

mod index;
mod row;
mod text;

pub(crate) use index::Table;
pub(crate) use row::{Place, Row};
