//! The query language of the public test server: what licenses it is to make.
//!
//! ```text
//!   url.rs         address and form            ──▶ Query
//!   group.rs       (name:value,name:(…))       ──▶ Group
//!   json.rs        {'name':'value'}            ──▶ Group
//!   tree.rs        values in values, however deep
//!   parameter.rs   the names, and what they take
//!   policy.rs      Group ──▶ Policy, and what is wrong about it
//!   ask.rs         Policy ──▶ Group
//!   assign.rs      a value that somebody types ──▶ Group
//! ```

mod ask;
mod assign;
mod group;
mod json;
mod parameter;
mod policy;
mod tree;
mod url;

pub use assign::AssignError;
pub use group::{Group, Item, QueryOddity, QueryValue};
pub use parameter::{PARAMETERS, Parameter, ParameterKind, parameter_named};
pub use url::{Query, QueryForm, TEST_SERVER};
