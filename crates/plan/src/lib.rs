//! Places, distances and plans: what an edit of a file with offsets in it is made of.
//!
//! ```text
//!  every offset and every size in such a file is the distance between two places
//!
//!        from ◀──────────── value now ────────────▶ to
//!  ┌──────┬─────────┬───────┬──────────────────────┬──────┐
//!  │ field│         │ splice│                      │ data │
//!  └──────┴─────────┴───────┴──────────────────────┴──────┘
//!                    an edit moves places; the distances are computed again,
//!                    and those that changed are patched
//! ```
//!
//! * [`Place`]: an offset and its rank among the places that share the offset;
//! * [`Distance`], [`Table`]: a field (or ten million of them) and the places it spans;
//! * [`Splice`], [`Shape`]: what is replaced by how much, and where every place goes;
//! * [`Plan`]: the whole new file as an ordered list of kept spans and put bytes;
//! * [`Source`]: positioned reads, implemented by files and by bytes in memory;
//! * [`Store`]: where assets are, and how plans are carried out there; [`Memory`] is one, and what each has to keep to is
//!   tested by one battery (feature `battery`);
//! * [`Method`]: what a store did to carry out a plan;
//! * [`Laid`]: a result that does not exist yet, the plan laid over the source;
//! * [`check_kept`]: the proof that kept bytes are the same.
//!
//! Nothing here knows a file format, and nothing here opens a file.
//!
//! ```
//! use bytes::Bytes;
//! use prkit_plan::{Plan, Span, check_kept};
//!
//! let old = b"keep OLD keep".as_slice();
//! let plan = Plan::splice(13, Span::new(5, 8), Bytes::from_static(b"newer"))?;
//! let new = plan.to_vec(&old)?;
//! assert_eq!(new, b"keep newer keep");
//! check_kept(&plan, &old, &new.as_slice())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod distance;
mod error;
mod form;
mod laid;
mod method;
mod place;
mod plan;
mod proof;
mod shape;
mod source;
mod span;
mod store;
mod table;

pub use distance::{Change, Distance, Field};
pub use error::{Error, Result};
pub use form::{Encoded, Form};
pub use laid::{Laid, first_difference};
pub use method::Method;
pub use place::{Place, Rank};
pub use plan::{Plan, Replacement, Segment, Strategy, With};
pub use proof::check_kept;
pub use shape::{Moved, Shape, Splice};
pub use source::{BLOCK, Source};
pub use span::Span;
#[cfg(any(test, feature = "battery"))]
pub use store::battery;
pub use store::{
    Access, AnyAsset, AnyStore, Asset, AssetId, Check, Commit, Durability, Edit, Make, Mark, Marks, Memory,
    MemoryAsset, NotTogether, Offers, Receipt, Recovered, Store, StoreError, Transfer, Unwatched, Version,
    Watch, Watched, Wrong,
};
pub use table::{Table, Width};
