//! XML as it stands in files: elements with their spans, well-formed or not.
//!
//! ```text
//!   <mspr:pro xmlns:mspr="urn:microsoft:playready" a='b'> xAEAAA… </mspr:pro>
//!   ▲▲        ▲                                          ▲         ▲          ▲
//!   │name     attributes                                 content   │          end
//!   start                                                          end of content
//! ```
//!
//! One flat list in document order. The reader is our own, because documents in the field are cut off, have wrong
//! quotes, or several elements and no root, and what can be read of them has to be found: an ordinary reader, also one
//! with spans, lets one missing quote swallow the rest of the document. Here a tag never reaches past the next `<`,
//! so every fault is local and reading takes time in proportion to the length. Nothing is ever expanded: document
//! type declarations that could define something are refused (`scan.rs`).

mod attribute;
mod element;
mod name;
mod scan;

pub(crate) use attribute::Attribute;
pub(crate) use attribute::is_quote;
pub(crate) use element::{Closed, Tree};
pub(crate) use name::{Namespace, Said};
pub(crate) use scan::parse;
