//! What was named as a policy.
//!
//! ```text
//!   cfg=(…)  https://…?cfg=(…)  [{"…"}]   text
//!   FILE, -                              a query, JSON, or licenses in any form
//! ```

use crate::exit::Stop;
use crate::hints::told;
use crate::input::{Content, Input};
use crate::out::Out;
use crate::report::SCHEMA;
use prkit_batch::{Error, Policies, PolicyInput};
use prkit_license::{Context, Query};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Characters of a query that are shown in place of a name.
const MAX_NAME: usize = 100;

/// Where policies come from.
pub(crate) enum Source {
    /// Text on the command line.
    Text(String),
    /// A file or standard input.
    Input(Input),
}

impl Source {
    /// Text where it can be nothing else, else a name.
    pub(crate) fn new(argument: &str) -> Self {
        if PolicyInput::is_text(argument) && !Path::new(argument).exists() {
            return Self::Text(argument.to_owned());
        }
        if argument == "-" {
            Self::Input(Input::stdin())
        } else {
            Self::Input(Input::of_path(&PathBuf::from(argument)))
        }
    }

    /// The name for people.
    pub(crate) fn display(&self) -> String {
        match self {
            // Keys in a query are not repeated.
            Self::Text(text) => Query::parse(text).map_or_else(
                |_| "policy".to_owned(),
                |query| crate::terminal::escaped(&query.shown()).chars().take(MAX_NAME).collect(),
            ),
            Self::Input(input) => input.display(),
        }
    }

    /// The path for programs.
    pub(crate) fn path(&self) -> serde_json::Value {
        match self {
            Self::Text(_) => serde_json::json!({ "path": "--data" }),
            Self::Input(input) => {
                serde_json::to_value(crate::report::PathReport::of(input)).unwrap_or_default()
            }
        }
    }

    /// Reads it, once.
    pub(crate) fn load(&self) -> prkit_batch::Result<PolicyInput> {
        match self {
            Self::Text(text) => Ok(PolicyInput::Text(text.clone())),
            Self::Input(input) => PolicyInput::of(Content::open(input)?),
        }
    }

    /// Reads the policies.
    pub(crate) fn read(&self, context: &Context) -> prkit_batch::Result<Policies> {
        self.load()?.policies(context)
    }

    /// Says that it failed.
    pub(crate) fn failure(&self, error: Error, out: &mut Out) {
        #[derive(Serialize)]
        struct Failure<'a> {
            schema: u32,
            #[serde(flatten)]
            path: serde_json::Value,
            kind: &'static str,
            error: &'a str,
        }
        let error = &*told(error);
        if out.is_json() {
            out.json(&Failure { schema: SCHEMA, path: self.path(), kind: "unknown", error });
        }
        out.note(&format!("{}: {}", self.display(), crate::terminal::escaped(error)));
    }
}

/// The arguments, or standard input where there are none and it is no terminal.
pub(crate) fn sources(arguments: &[String]) -> Result<Vec<Source>, Stop> {
    use std::io::IsTerminal as _;
    if !arguments.is_empty() {
        return Ok(arguments.iter().map(|argument| Source::new(argument)).collect());
    }
    if std::io::stdin().is_terminal() {
        return Err(Stop::usage("no POLICY: name a file, write cfg=(…), or use - for standard input"));
    }
    Ok(vec![Source::Input(Input::stdin())])
}
