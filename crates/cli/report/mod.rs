//! What is printed: one JSON object a line for programs, text for people.
//!
//! The JSON is a contract: fields are added, never renamed or taken away, within one schema number.

mod check;
mod descriptor;
mod finding;
mod license;
mod lint;
mod overview;
mod page;
mod players;
mod rule;
mod rules;
mod sarif;
mod show;
mod survey;
mod window;
mod write;

pub(crate) use check::{CheckReport, print_check_rules};
pub(crate) use finding::{Asked, Finding, Located, Object, context_of, findings, lint};
pub(crate) use license::LicenseReport;
pub(crate) use lint::{LintReport, print_rules};
pub(crate) use overview::{Overview, Part};
pub(crate) use page::{Page, failed_section, section};
pub(crate) use rule::{RuleFinding, list_rules, worst};
pub(crate) use sarif::Sarif;
pub(crate) use show::ShowReport;
pub(crate) use survey::Survey;
pub(crate) use write::{BoxReport, LICENSE_URL, PlanReport, StaleReport, UnscannedReport, WriteReport};

use crate::input::{Input, Name};
use crate::out::Out;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use std::fmt::{self, Display};
use std::path::Path;

/// The number of the contract.
pub(crate) const SCHEMA: u32 = 1;

/// A value that is written as what it reads like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<T>(pub(crate) T);

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
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PathReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
}

impl PathReport {
    pub(crate) fn of(input: &Input) -> Self {
        match &input.name {
            Name::Path(path) => Self::of_path(path),
            Name::Stdin => Self::text("-"),
            Name::Data(_) => Self::text("--data"),
        }
    }

    pub(crate) fn of_path(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::text(text),
            None => {
                Self { path: None, path_base64: Some(STANDARD.encode(path.as_os_str().as_encoded_bytes())) }
            }
        }
    }

    /// The name for people.
    pub(crate) fn display(&self) -> String {
        let name = self.path.as_deref().or(self.path_base64.as_deref()).unwrap_or_default();
        crate::terminal::escaped(name).into_owned()
    }

    fn text(text: &str) -> Self {
        Self { path: Some(text.to_owned()), path_base64: None }
    }
}

/// An input that failed before anything was known of it.
#[derive(Debug, Serialize)]
struct FailureReport<'a> {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    kind: &'static str,
    error: &'a str,
}

/// Says that an input failed: a line of JSON, if asked for, and a message.
pub(crate) fn failure(input: &Input, error: &str, out: &mut Out) {
    if out.is_json() {
        out.json(&FailureReport { schema: SCHEMA, path: PathReport::of(input), kind: "unknown", error });
    }
    out.message(input, error);
}

/// Says how many files were met and are none of ours.
pub(crate) fn skipped(foreign: u64) {
    if foreign > 0 {
        let files = if foreign == 1 { "file" } else { "files" };
        crate::terminal::note(format_args!("{foreign} other {files} skipped"));
    }
}
