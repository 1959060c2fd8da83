//! What is said of inputs: reports as data, which serialise to the objects of `docs/schema`.
//!
//! ```text
//!   show.rs     an input and the objects in it       finding.rs   what is odd or wrong about them, by rules.rs, players.rs
//!   rule.rs     a rule for licenses, policies, messages that something breaks
//!   write.rs    what an edit does                    descriptor.rs, license/   parts of these
//!   survey.rs   many inputs in numbers                  sarif.rs     findings for code scanners
//!   page/       many inputs as one page
//! ```

#![expect(missing_docs, reason = "the fields are those of docs/schema, where their documentation is")]

mod advice;
mod checksum;
mod clock;
mod descriptor;
mod finding;
mod kid;
mod license;
pub mod message;
mod object;
#[cfg(feature = "files")]
mod page;
mod players;
mod query;
mod rule;
mod rules;
#[cfg(feature = "files")]
mod sarif;
mod show;
mod stores;
mod survey;
mod totals;
pub mod window;
#[cfg(feature = "files")]
mod write;

pub use advice::{advice_query, advice_report};
pub use checksum::{ChecksumState, KnownKeys};
pub use clock::{clock_message, clock_service};
pub use descriptor::{DescriptorReport, ReferenceReport};
pub use finding::{Asked, Finding, Located, context_of, findings, lint};
pub use kid::{FoundKid, GivenKid, KidFit, KidForms, KidReading, KnownKid};
pub use license::{
    IdReport, KeyReport, LevelsReport, LicenseReport, NodeReport, ProtectionReport, Said, SignatureReport,
    license_findings,
};
pub use object::{Object, Shared};
#[cfg(feature = "files")]
pub use page::{HEAD as PAGE_HEAD, MAX_PAGE, Page, PageFile};
pub use query::query_report;
pub use rule::RuleFinding;
pub use rules::rules;
#[cfg(feature = "files")]
pub use sarif::Sarif;
pub use show::{
    HeaderReport, KidReport, ObjectReport, ProReport, RecordReport, ShowReport, SlackReport, StoreReport,
    TrackReport, UnreadReport,
};
pub use stores::ListedStore;
pub use survey::{Broken, Room, Survey};
pub use totals::FindingTotals;
#[cfg(feature = "files")]
pub use write::{
    BoxReport, LICENSE_URL, PlanReport, SegmentReport, StaleReport, UnscannedReport, WriteReport,
};

#[cfg(feature = "files")]
use crate::{Input, Name};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
#[cfg(feature = "files")]
use prkit_plan::Store as _;
use serde::{Serialize, Serializer};
use std::fmt::{self, Display};
use std::path::Path;

/// The number of the contract.
pub const SCHEMA: u32 = 1;

/// A value that is written as what it reads like.
#[derive(Clone, Copy, Debug)]
pub struct Shown<T>(pub T);

impl<T: Display> Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// An input's name: text, or base64 where it is no text.
#[derive(Default, Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PathReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_base64: Option<String>,
}

impl PathReport {
    /// That of an input.
    #[cfg(feature = "files")]
    pub fn of(input: &Input) -> Self {
        match &input.name {
            Name::Path(path) => Self::of_path(path),
            Name::Asset { store, id } => match store.url(id) {
                Some(address) => Self::text(&address),
                None => Self::of_bytes(id.as_bytes()),
            },
            Name::Stdin => Self::text("-"),
            Name::Data(data) => Self::text(&data.name),
            Name::Address(address) => Self::text(&address.to_string()),
        }
    }

    /// That of a file.
    pub fn of_path(path: &Path) -> Self {
        Self::of_bytes(path.as_os_str().as_encoded_bytes())
    }

    fn of_bytes(name: &[u8]) -> Self {
        match core::str::from_utf8(name) {
            Ok(text) => Self::text(text),
            Err(_) => Self { path: None, path_base64: Some(STANDARD.encode(name)) },
        }
    }

    /// The name for people.
    pub fn display(&self) -> String {
        let name = self.path.as_deref().or(self.path_base64.as_deref()).unwrap_or_default();
        crate::escaped(name).into_owned()
    }

    /// A name that is text.
    pub fn text(text: &str) -> Self {
        Self { path: Some(text.to_owned()), path_base64: None }
    }
}
