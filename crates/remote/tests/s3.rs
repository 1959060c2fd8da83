//! Buckets: the battery of stores, and edits with a server that fails, is slow, or lets somebody else in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]
#![allow(missing_docs, unreachable_pub, clippy::pedantic, dead_code)]

#[path = "s3/bucket.rs"]
mod bucket;
#[path = "s3/busy.rs"]
mod busy;
#[path = "s3/edits.rs"]
mod edits;
#[path = "s3/moto.rs"]
mod moto;
#[path = "../../../tests/remote/server.rs"]
mod server;
