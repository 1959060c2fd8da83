//! PlayReady headers where they are: in the `pssh` boxes of MP4 files and segments, and in the manifests beside them.
//! They are found, read and rewritten while every other byte stays what it was.
//!
//! ```text
//!   bytes ──show──▶ Shown                                            what headers are in there, and the JSON of `prkit show`
//!   bytes ──reheader(&Change)──▶ bytes                               in memory, no I/O
//!   bytes ──plan(&Change)──▶ Plan ──▶ whoever carries it out         kept spans and put bytes
//!   Store ──edit(id, &Change)──▶ Receipt                             files (Files), memory (Memory), one of your own
//! ```
//!
//! An init segment gets a header of its own for every request:
//!
//! ```
//! let init_segment = std::fs::read("samples/dash-live/video-init.mp4")?;
//! let change = prkit::Change::new().license_url("https://drm.example/tenant-7");
//! let served = prkit::reheader(&init_segment, &change)?;
//! let shown = prkit::show(&served)?;
//! let url = shown.objects.iter().find_map(|object| object.license_url.as_deref());
//! assert_eq!(url, Some("https://drm.example/tenant-7"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rooms behind it are crates of their own, for whoever needs more: `prkit-batch` (the [`engine`]: many inputs, tables,
//! operations, the record of a run), `prkit-bmff` (boxes),
//! `prkit-manifest` (text), `prkit-playready` (objects and headers), `prkit-plan` (plans and stores), `prkit-apply` (local
//! files). The program of the same name is one face of them; without the feature `cli` nothing of it is built.

#![forbid(unsafe_code)]

mod change;
mod edit;
mod object;
mod shown;

pub use change::Change;
pub use edit::{edit, plan, reheader, show};
pub use object::Object;
pub use prkit_apply::Files;
pub use prkit_batch as engine;
pub use prkit_batch::Error;
pub use prkit_plan::{
    Access, AnyAsset, AnyStore, Asset, AssetId, Commit, Durability, Edit, Make, Memory, Method, NotTogether,
    Offers, Plan, Receipt, Recovered, Segment, Source, Span, Store, StoreError, Strategy, Version, Watch,
};
pub use prkit_playready::{KeyId, Overridable, Override, Overrides, SystemId};
pub use shown::Shown;
