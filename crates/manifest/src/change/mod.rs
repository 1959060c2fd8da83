//! Descriptors put in and taken out.
//!
//! ```text
//!   remove.rs     the whole descriptor goes, with its line where it has one for itself
//!   inject.rs     PlayReady's descriptor where the document says that something is encrypted
//!     in_mpd.rs      beside the descriptor of the encryption
//!     in_playlist.rs behind the key lines of the others
//!     in_smooth.rs   in Protection
//! ```

mod adopt;
mod in_mpd;
mod in_playlist;
mod in_smooth;
mod inject;
mod layout;
mod remove;

pub use inject::{IfExists, Injected, NewObject};
pub use remove::Removal;
