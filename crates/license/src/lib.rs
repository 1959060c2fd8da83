//! PlayReady licenses and policies. Reads only: nothing here decrypts a key, checks a signature or makes a license.
//!
//! ```text
//!   license bytes ──License──▶ tree of Object ──value──▶ Value ──┐
//!   license store ──StoreContents──▶ licenses and gaps           ├─▶ Summary ──┐
//!                                                                              ▼
//!   cfg=(persist:true,begindate:20180105)  ──Query──▶ Group ────────────────▶ Policy ──▶ lint      rules and findings
//!   { "policies": [ … ] }                  ──────────────────────────────▶            ──▶ advise    dates for a request
//!                                                                                     ──▶ Scenario  what plays when
//! ```
//!
//! * [`License`], [`Object`], [`ObjectType`], [`Value`]: the tree, bounded by its parents, unknown types kept;
//! * [`Summary`]: what a license says; [`StoreContents`]: licenses in an embedded license store;
//! * [`Moment`], [`Period`], [`Guid`]: times in UTC, ids whose byte order is in the name of the function.
//!
//! The layout of a license is **inferred, not documented by Microsoft**: two public programs read it alike, and five
//! public licenses agree. [`Evidence`] says how well each part is known. The rules for policies are Microsoft's
//! published ones; each names its page.

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

#[cfg(test)]
mod build;
mod error;
mod guid;
mod license;
mod limits;
mod moment;
mod object;
mod object_type;
mod store;
mod summary;
mod value;

pub use error::{Error, ErrorKind, Result};
pub use guid::Guid;
pub use license::License;
pub use limits::Limits;
pub use moment::{Moment, Period, seconds_text};
pub use object::{Children, Object, Walk};
pub use object_type::{Evidence, ObjectType};
pub use store::{Gap, StoreContents};
pub use summary::{Rights, Summary};
pub use value::{
    Cipher, ContentKey, DeviceKey, Domain, KeyType, Medium, OutputLevels, Protection, Uplink, Value,
};
