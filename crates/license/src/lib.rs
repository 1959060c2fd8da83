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
//! * [`Policy`], [`Query`], [`from_json`]: one model of what a license allows, and where it comes from;
//! * [`lint`], [`rules`], [`lint_tree`]: rules, each with its source; [`advise`]: dates for one request;
//!   [`Scenario`]: a client whose owner turns back the clock;
//! * [`Summary`]: what a license says; [`StoreContents`]: licenses in an embedded license store;
//! * [`Moment`], [`Period`], [`Guid`]: times in UTC, ids whose byte order is in the name of the function.
//!
//! The layout of a license is **inferred, not documented by Microsoft**: two public programs read it alike, and five
//! public licenses agree. [`Evidence`] says how well each part is known. The rules for policies are Microsoft's
//! published ones; each names its page.
//!
//! ```
//! use prkit_license::{Context, Query, lint};
//!
//! let query = Query::parse("cfg=(persist:true,begindate:20180201,enddate:20180101)")?;
//! let (policies, _) = query.policies(&Context::default());
//! let findings = lint(&policies, &Context::default());
//! assert!(findings.iter().any(|finding| finding.rule.id == "L3"), "{findings:?}");
//! # Ok::<(), prkit_license::Error>(())
//! ```

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

mod advise;
#[cfg(test)]
mod build;
mod error;
mod guid;
mod license;
mod limits;
mod moment;
mod object;
mod object_type;
mod policy;
mod query;
mod rules;
mod simulate;
mod store;
mod summary;
mod value;

pub use advise::{Advice, Basis, End, Remark, Request, advise, distance_text};
pub use error::{Error, ErrorKind, Result};
pub use guid::Guid;
pub use license::License;
pub use limits::Limits;
pub use moment::{Moment, Period, seconds_text};
pub use object::{Children, Object, Walk};
pub use object_type::{Evidence, ObjectType};
pub use policy::{Embedded, Media, Origin, Policy, PolicyKid, Role, from_json, to_json};
pub use query::{
    AssignError, Group, Item, PARAMETERS, Parameter, ParameterKind, Query, QueryForm, QueryOddity,
    QueryValue, TEST_SERVER, parameter_named,
};
pub use rules::{
    ContentFacts, Context, Finding, Generation, Level, RequestFacts, Rule, TrustedClock, lint, lint_tree,
    rules,
};
pub use simulate::{Action, Cell, Event, Grid, Held, Outcome, Preset, Scenario, Verdict};
pub use store::{Gap, StoreContents};
pub use summary::{Rights, Summary};
pub use value::{
    Cipher, ContentKey, DeviceKey, Domain, KeyType, Medium, OutputLevels, Protection, Uplink, Value,
};
