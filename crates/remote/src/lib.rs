//! Assets behind addresses.
//!
//! ```text
//!   address.rs   Address: what is asked for, told without its secrets
//!   client.rs    Client: requests, redirects, attempts with pauses        hosts.rs   whom it asks, and whom never
//!   http.rs      opening: ranges where the server has them, else read once
//!   s3/          S3: buckets as a store of prkit_plan
//!   ranged.rs    Ranged: blocks that were read, hints as parallel requests ──▶ prkit_plan::Source
//!   reach.rs     Remote: all of it for the engine ──▶ prkit_batch::Reach, with the feature `engine`
//! ```
//!
//! What costs is a request that waits for another one, not a byte: the first one brings 64 KiB, hinted spans are fetched side by
//! side when the first of them is read, and what was read is kept, up to 16 MiB an asset.
//!
//! `ureq` is the transport: 43 crates with TLS and no runtime, where the usual asynchronous one brings some hundred, and the walks of
//! this workspace are synchronous. Its redirects are not used, because each step has to be judged.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]
#![forbid(unsafe_code)]

mod address;
mod client;
mod error;
mod hosts;
mod http;
mod ranged;
#[cfg(feature = "engine")]
mod reach;
mod s3;

pub use address::Address;
pub use client::{Client, Header, Options};
pub use error::{Error, Result};
pub use http::Opened;
#[cfg(feature = "engine")]
pub use reach::Remote;
pub use s3::{Object as S3Object, S3, S3Access};
