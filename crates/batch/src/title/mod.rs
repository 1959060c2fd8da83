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

#[cfg(feature = "files")]
mod follow;
#[cfg(feature = "files")]
mod graph;
#[cfg(feature = "files")]
mod listing;
#[cfg(feature = "files")]
mod local;
#[cfg(feature = "files")]
mod map;
mod outside;
#[cfg(feature = "files")]
mod roots;

#[cfg(feature = "files")]
pub(crate) use follow::{Doc, Followed, show_manifest};
#[cfg(feature = "files")]
pub(crate) use graph::{TitleGraph, manifest_by_name};
#[cfg(feature = "files")]
pub use local::Local;
#[cfg(feature = "files")]
pub use map::{Map, MapError};
#[cfg(feature = "files")]
pub(crate) use outside::root_of;
pub use outside::{Escape, Outside, OutsideRoots, Remedy};
#[cfg(feature = "files")]
pub use roots::{Located, RootError, Roots, Title, TitleError};

/// Without files there is none: whatever a manifest refers to is reached by its address.
#[cfg(not(feature = "files"))]
#[derive(Debug)]
pub enum Title {}
