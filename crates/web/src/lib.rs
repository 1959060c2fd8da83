//! The engine behind the page of `web/`: requests in JSON, answers in JSON, bytes by way of the page.
//!
//! ```text
//!   page ──request──▶ Desk ──answer──▶ page          desk.rs, request.rs
//!    ▲                 │ opens      open.rs            what is in an input, as `show` and `lint` say it
//!    │ spans of blobs  │ looks at   object.rs          one object: text, key IDs, forms, players.rs
//!    └───── Host ◀─────┤ changes    change.rs          a plan, and its result from pieces of the old blob
//!          blob.rs     │ makes      make.rs            a new object
//!                      └ compares   compare.rs         two inputs: do they name the same?
//! ```
//!
//! A file stays where the browser has it: what is read of it are the spans that the engine asks for. `abi.rs` is how the two
//! talk in WebAssembly; everything else compiles and is tested anywhere.

#![deny(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::string_slice))]

#[cfg(target_arch = "wasm32")]
mod abi;
mod blob;
mod change;
mod compare;
mod desk;
mod fault;
mod make;
mod object;
mod open;
mod players;
mod request;

pub use blob::Host;
pub use desk::Desk;
