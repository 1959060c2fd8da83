//! What is wrong with a request, or with what it is about.

use prkit_playready::{Overridable, Override};
use serde::Serialize;

pub(crate) type Result<T, E = Fault> = core::result::Result<T, E>;

/// What is wrong, and what overrides that.
#[derive(Debug, Serialize)]
pub(crate) struct Fault {
    error: String,
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    overridden_by: Option<Overriding>,
}

#[derive(Debug, Serialize)]
struct Overriding {
    name: &'static str,
    about: &'static str,
}

impl Fault {
    #[expect(clippy::needless_pass_by_value, reason = "results are mapped with it")]
    pub(crate) fn new(error: impl ToString) -> Self {
        Self { error: error.to_string(), overridden_by: None }
    }
}

impl From<prkit_batch::Error> for Fault {
    fn from(error: prkit_batch::Error) -> Self {
        let overriding = |kind: Override| Overriding { name: kind.name(), about: kind.about() };
        Self { error: error.to_string(), overridden_by: error.overridden_by().map(overriding) }
    }
}

impl From<prkit_playready::Error> for Fault {
    fn from(error: prkit_playready::Error) -> Self {
        prkit_batch::Error::from(error).into()
    }
}
