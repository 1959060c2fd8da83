//! Findings for code scanners: SARIF 2.1.0 (OASIS standard of 2020), one document for all inputs.
//!
//! A header stands in a binary file, so a region counts bytes of that; inside the header's text, a logical location
//! names the box, and the properties have the span in UTF-16 units as `--json` does.

use super::{Located, rules};
use crate::input::{Document, Input, Name};
use crate::{Error, Result};
use serde::Serialize;

/// A document that is put together.
#[derive(Debug, Default)]
pub struct Sarif {
    results: Vec<ResultObject>,
}

#[derive(Serialize)]
struct Log<'s> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'s>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'s> {
    tool: Tool,
    column_kind: &'static str,
    results: &'s [ResultObject],
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<RuleObject>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleObject {
    id: &'static str,
    short_description: Text,
    help: Text,
    default_configuration: Configuration,
}

#[derive(Debug, Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Properties::is_empty")]
    properties: Properties,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    logical_locations: [Logical; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    byte_offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte_length: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copies: Option<usize>,
}

impl Properties {
    const fn is_empty(&self) -> bool {
        self.span.is_none() && self.fix.is_none() && self.copies.is_none()
    }
}

impl Sarif {
    /// Adds the results of another part of the run.
    pub fn merge(&mut self, mut other: Self) {
        self.results.append(&mut other.results);
    }

    /// Adds what was found in an input.
    pub fn add(&mut self, input: &Input, document: &Document, findings: &[Located]) {
        for located in findings {
            let finding = &located.finding;
            // What was pasted stands nowhere in the file as bytes.
            let region = document.pasted.is_none().then(|| Region {
                byte_offset: finding.offset,
                // UTF-16 units; a header in another encoding has a finding that says so.
                byte_length: finding.span.map(|[from, to]| {
                    u64::try_from(to.saturating_sub(from).saturating_mul(2)).unwrap_or(u64::MAX)
                }),
            });
            self.results.push(ResultObject {
                rule_id: finding.rule,
                rule_index: rules().position(|rule| rule.id == finding.rule).unwrap_or(0),
                level: finding.level,
                message: Text { text: finding.message.clone() },
                locations: [Location {
                    physical_location: Physical { artifact_location: Artifact { uri: uri(input) }, region },
                    logical_locations: [Logical { fully_qualified_name: finding.place.clone() }],
                }],
                properties: Properties {
                    span: finding.span,
                    fix: finding.fix.clone(),
                    copies: finding.copies,
                },
            });
        }
    }

    /// The whole document, of a program with a name.
    ///
    /// # Errors
    ///
    /// It cannot be written down.
    pub fn to_json(&self, name: &'static str) -> Result<String> {
        let rules = rules().map(|rule| RuleObject {
            id: rule.id,
            short_description: Text { text: rule.title.to_owned() },
            help: Text { text: rule.section.to_owned() },
            default_configuration: Configuration { level: rule.level.name() },
        });
        let driver = Driver { name, version: env!("CARGO_PKG_VERSION"), rules: rules.collect() };
        let log = Log {
            schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            version: "2.1.0",
            runs: [Run { tool: Tool { driver }, column_kind: "utf16CodeUnits", results: &self.results }],
        };
        serde_json::to_string(&log).map_err(Error::Report)
    }
}

/// A path as a relative reference (RFC 3986, 4.2): what is no plain character is written in hex.
fn uri(input: &Input) -> String {
    let Name::Path(path) = &input.name else { return input.display() };
    let bytes = path.as_os_str().as_encoded_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
    let written = bytes.iter().map(|byte| match byte {
        byte if plain(byte) => char::from(*byte).to_string(),
        b'\\' if cfg!(windows) => "/".to_owned(),
        byte => format!("%{byte:02X}"),
    });
    written.collect()
}
