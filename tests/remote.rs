//! Inputs behind addresses, with servers of our own and of others. Needs the feature `remote`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::cast_possible_truncation)]
#![allow(missing_docs, unreachable_pub, clippy::pedantic, dead_code)]

#[path = "../crates/remote/tests/s3/bucket.rs"]
mod bucket;
#[path = "remote/checking.rs"]
mod checking;
#[path = "remote/commands.rs"]
mod commands;
#[path = "remote/film.rs"]
mod film;
#[path = "remote/ledger.rs"]
mod ledger;
#[path = "remote/nginx.rs"]
mod nginx;
#[path = "remote/outputs.rs"]
mod outputs;
#[path = "integration/program.rs"]
mod program;
#[path = "remote/reading.rs"]
mod reading;
#[path = "remote/recover.rs"]
mod recover;
#[path = "remote/s3.rs"]
mod s3;
#[path = "remote/server.rs"]
mod server;
