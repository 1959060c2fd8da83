//! The XML of messages: text, and a tree with hard limits.
//!
//! ```text
//!   bytes ──text.rs──▶ text ──tree.rs──▶ Tree ──▶ Node: name, namespace, attributes, text, children, place
//! ```
//!
//! No document type definition, no entities but the five of XML, no files, no addresses.

mod text;
mod tree;

pub(crate) use text::decode;
pub use tree::{Node, Tree};
