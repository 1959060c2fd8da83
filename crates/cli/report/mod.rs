//! What is printed: one JSON object a line for programs, text for people.
//!
//! The JSON is a contract: fields are added, never renamed or taken away, within one schema number.

mod check;
mod descriptor;
mod license;
mod lint;
mod listing;
mod overview;
mod page;
mod rule;
mod show;
mod survey;
mod write;

pub(crate) use check::{CheckReport, print_check_rules};
pub(crate) use license::license_line;
pub(crate) use lint::{LintReport, print_rules};
pub(crate) use listing::Listing;
pub(crate) use overview::{Overview, Part};
pub(crate) use page::PageTo;
pub(crate) use prkit_batch::report::{
    Asked, Finding, LicenseReport, Located, Object, PathReport, RuleFinding, SCHEMA, Sarif, ShowReport,
    Survey, WriteReport, findings, lint,
};
pub(crate) use rule::list_rules;
pub(crate) use show::print_show;
pub(crate) use write::{Detail, print_write};

/// How people read a report.
pub(crate) trait Text {
    fn write(&self, out: &mut String) -> std::fmt::Result;
}

use crate::input::Input;
use crate::out::Out;
use serde::Serialize;

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
