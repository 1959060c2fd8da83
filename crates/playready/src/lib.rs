//! PlayReady Objects and PlayReady Headers.
//!
//! ```text
//!  payload of a pssh box, mspr:pro, ProtectionHeader …
//!  ┌────────┬───────┬──────┬────────┬──────────────────────┬──────┬────────┬───────────────┐
//!  │ length │ count │ type │ length │ <WRMHEADER …>…       │ type │ length │ license store │
//!  │ u32 LE │ u16   │ 1    │ u16    │ UTF-16LE             │ 3    │ u16    │ zeros if empty│
//!  └────────┴───────┴──────┴────────┴──────────────────────┴──────┴────────┴───────────────┘
//!   Object           Record          Header                 Record          Store
//! ```
//!
//! * [`Payload`]: what the bytes under the PlayReady SystemID are: an object, a bare header, or neither;
//! * [`Object`], [`Record`]: the container, every record kept as it is;
//! * [`Header`]: the text, its elements with their spans, and what they say;
//! * [`Edit`], [`Change`], [`Field`]: splices of one element of the text; the rest stays to the byte;
//! * [`KeyId`], [`SystemId`]: sixteen bytes whose order is in the name of the function;
//! * [`Store`]: an embedded license store.
//!
//! Source: PlayReady Header Specification (2018 and 2021), called "PRH spec" below. What programs in the field
//! do differently is read all the same; each such leniency is a function whose comment names the program.
//!
//! One element changes, and nothing else:
//!
//! ```
//! use prkit_playready::{Change, Edit, Field, Key, NewHeader, NewObject, Payload};
//!
//! let key = Key { id: "00112233-4455-6677-8899-aabbccddeeff".parse()?, key: None };
//! let header = NewHeader { keys: vec![key], la_url: Some("https://old.example/".into()), ..NewHeader::default() };
//! let object = NewObject { header: Some(header), ..NewObject::default() }.build()?;
//!
//! let payload = Payload::parse(&object)?;
//! let change = Change::Set("https://new.example/?a=1&b=2".into());
//! let edit = Edit { field: Field::LaUrl, change, existing: true };
//! let edited = payload.edit(&[edit])?.expect("the URL is another");
//!
//! let header = Payload::parse(&edited)?;
//! let header = header.header()?;
//! assert_eq!(header.value(Field::LaUrl).as_deref(), Some("https://new.example/?a=1&b=2"));
//! assert!(header.as_str().contains("?a=1&amp;b=2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::string_slice))]

mod build;
mod checksum;
mod content_key;
mod cut;
mod error;
mod framing;
mod header;
mod key;
mod key_id;
mod key_seed;
mod limits;
mod name_error;
mod nested;
mod object;
mod overrides;
mod payload;
mod place;
mod players;
mod rules;
mod store;
mod system_id;
mod work;

pub use build::NewObject;
pub use checksum::Checksum;
pub use content_key::ContentKey;
pub use error::{Error, ErrorKind, Result};
pub use framing::Framing;
pub use header::{
    Algorithm, Change, Checksums, Edit, Encoding, Field, Header, KeyEdits, Kid, NewHeader, Requested,
    Revision, Version, VersionChoice, reference, unescape,
};
pub use key::{Key, Keyring};
pub use key_id::KeyId;
pub use key_seed::KeySeed;
pub use name_error::NameError;
pub use nested::{Nested, Wrapping};
pub use object::{MAX_RECOMMENDED, Object, Oddity, Record, RecordType, check_length};
pub use overrides::{Overridable, Override, Overrides};
pub use payload::{Payload, has_header_text};
pub use place::Use;
pub use players::{Format, Measured, Player, effects, measured, takers};
pub use rules::{
    Client, Context, Encryption, Finding, Fix, Level, MediaError, Otherwise, Rule, Spec, Straightened,
    Target, across, inspect, lint, odd_url, otherwise, rules, straighten, too_long,
};
pub use store::{Store, StoreChange};
pub use system_id::SystemId;
