//! The local files of a title: which file a reference of a manifest names, below the roots of the title and nowhere else.
//!
//! ```text
//!   reference ────map──▶ path ──dots taken out──▶ below a root ──links resolved──▶ below a root ──▶ Local
//!                          │                         │ no                            │ no
//!                          └ Remote                  └─────────▶ Outside ◀───────────┘
//!
//!   Local::open    from the held folder of the root, through no link (prkit_apply::Folder)
//!   Followed       everything that a manifest names, and that those name       (follow.rs)
//!   TitleGraph     which manifests name a file                               (graph.rs)
//! ```
//!
//! Roots are the folder in which a manifest was found, or its own folder where it was named itself; the folders among the
//! inputs; further folders, and those of maps. What is outside is not even looked for.

mod follow;
mod graph;
mod listing;
mod local;
mod map;
mod outside;
mod roots;

pub(crate) use follow::{Doc, Followed, show_manifest};
pub(crate) use graph::{TitleGraph, manifest_by_name};
pub use local::Local;
pub use map::{Map, MapError};
pub use outside::{Escape, Outside, OutsideRoots, Remedy};
pub use roots::{Located, RootError, Roots, Title, TitleError};
