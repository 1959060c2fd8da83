//! What was named as a policy.
//!
//! ```text
//!   cfg=(…)  https://…?cfg=(…)  [{"…"}]   text
//!   FILE, -                              a query, JSON, or licenses in any form
//! ```

use crate::exit::Stop;
use crate::hints::told;
use crate::input::{Content, Input, Letter, LicenseInput};
use crate::out::Out;
use crate::report::SCHEMA;
use prkit_license::{Context, Finding, Limits, Policy, Query, from_json};
use prkit_plan::Span;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Queries and descriptions are small.
const MAX_TEXT: u64 = 1024 * 1024;

/// Characters of a query that are shown in place of a name.
const MAX_NAME: usize = 100;

/// Where policies come from.
pub(crate) enum Source {
    /// Text on the command line.
    Text(String),
    /// A file or standard input.
    Input(Input),
}

/// What was read, before it is looked at.
pub(crate) enum Loaded {
    /// A query, or JSON.
    Text(String),
    /// Licenses.
    Licenses(Box<LicenseInput>),
}

impl Loaded {
    /// The text, where it is JSON.
    pub(crate) fn json(&self) -> Option<&str> {
        match self {
            Self::Text(text) if text.trim_start().starts_with(['{', '[']) => Some(text),
            _ => None,
        }
    }

    /// The policies in it.
    pub(crate) fn policies(self, context: &Context) -> Result<Read, String> {
        match self {
            Self::Text(text) => of_text(&text, context),
            Self::Licenses(opened) => of_licenses(opened),
        }
    }
}

/// Policies that were read.
pub(crate) struct Read {
    pub(crate) policies: Vec<Policy>,
    /// What is wrong about the text of a query.
    pub(crate) findings: Vec<Finding>,
    pub(crate) kind: &'static str,
    pub(crate) query: Option<Query>,
    /// The licenses, where it was licenses.
    pub(crate) opened: Option<Box<LicenseInput>>,
}

impl Source {
    /// Text where it can be nothing else, else a name.
    pub(crate) fn new(argument: &str) -> Self {
        let trimmed = argument.trim_start();
        let is_text = Query::is_query(argument) || trimmed.starts_with(['{', '[']);
        if is_text && !Path::new(argument).exists() {
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
    pub(crate) fn load(&self) -> Result<Loaded, String> {
        let content = match self {
            Self::Text(text) => return Ok(Loaded::Text(text.clone())),
            Self::Input(input) => Content::open(input).map_err(told)?,
        };
        if content.len() <= MAX_TEXT && Letter::of(&content).map_err(told)?.is_none() {
            let bytes = content.read(Span::new(0, content.len())).map_err(told)?;
            if let Ok(text) = String::from_utf8(bytes)
                && looks_like_policy(&text)
            {
                return Ok(Loaded::Text(text));
            }
        }
        Ok(Loaded::Licenses(Box::new(LicenseInput::of(content).map_err(told)?)))
    }

    /// Reads the policies.
    pub(crate) fn read(&self, context: &Context) -> Result<Read, String> {
        self.load()?.policies(context)
    }

    /// Says that it failed.
    pub(crate) fn failure(&self, error: &str, out: &mut Out) {
        #[derive(Serialize)]
        struct Failure<'a> {
            schema: u32,
            #[serde(flatten)]
            path: serde_json::Value,
            kind: &'static str,
            error: &'a str,
        }
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

fn looks_like_policy(text: &str) -> bool {
    Query::is_query(text) || text.trim_start().starts_with(['{', '['])
}

fn of_text(text: &str, context: &Context) -> Result<Read, String> {
    // The JSON of queries is quoted with apostrophes; in that of policies they are characters of names.
    let is_query = text.contains('\'') && !text.contains('"');
    let is_json = text.trim_start().starts_with(['{', '[']) && !is_query;
    if is_json {
        let policies = from_json(text).map_err(|error| error.to_string())?;
        return Ok(Read { policies, findings: Vec::new(), kind: "json", query: None, opened: None });
    }
    let query = Query::parse(text).map_err(|error| error.to_string())?;
    let (policies, findings) = query.policies(context);
    Ok(Read { policies, findings, kind: "query", query: Some(query), opened: None })
}

fn of_licenses(opened: Box<LicenseInput>) -> Result<Read, String> {
    if opened.licenses.is_empty() {
        return Err("no license, no query and no policy in JSON".to_owned());
    }
    let policies = opened
        .licenses
        .iter()
        .map(|found| {
            let policy =
                Policy::from_license(&found.license().map_err(|error| error.to_string())?, Limits::default());
            let policy = policy.map_err(|error| error.to_string())?;
            Ok(Policy { embedded: found.embedded, ..policy })
        })
        .collect::<Result<_, String>>()?;
    let (kind, opened) = (opened.kind, Some(opened));
    Ok(Read { policies, findings: Vec::new(), kind, query: None, opened })
}
