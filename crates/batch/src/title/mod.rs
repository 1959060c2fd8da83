//! The local files of a title: which file a reference of a manifest names, below the roots of the title and nowhere else.
//!
//! ```text
//!   reference ────map──▶ path ──dots taken out──▶ below a root ──links resolved──▶ below a root ──▶ Local
//!                          │                         │ no                            │ no
//!                          └ Remote                  └─────────▶ Outside ◀───────────┘
//!
//!   Local::open    from the held folder of the root, through no link (prkit_apply::Folder)
//! ```
//!
//! Roots are the folder in which a manifest was found, or its own folder where it was named itself; the folders among the
//! inputs; further folders, and those of maps. What is outside is not even looked for.

mod local;
mod map;
mod outside;
mod roots;

pub use local::Local;
pub use map::{Map, MapError};
pub use outside::{Escape, Outside, OutsideRoots, Remedy};
pub use roots::{Located, Roots, Title, TitleError};
