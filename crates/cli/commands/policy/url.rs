//! `prkit policy url`: addresses of the test server, taken apart and built. Nothing is asked of a server.

use super::source::sources;
use crate::args::UrlArgs;
use crate::exit::{Status, Stop};
use crate::out::Out;
use crate::report::{RuleFinding, SCHEMA, Text as _};
use crate::style::{DIM, NAME};
use crate::terminal::escaped;
use prkit_batch::Policies;
use prkit_batch::report::query_report;
use prkit_license::{
    AssignError, Context, Group, PARAMETERS, Query, QueryForm, TEST_SERVER, parameter_named,
};
use serde_json::json;
use std::fmt::Write as _;

pub(super) fn run(args: &UrlArgs) -> Result<Status, Stop> {
    let mut out = Out::new(args.json);
    if args.parameters {
        parameters(&mut out);
        out.print()?;
        return Ok(Status::Done);
    }
    let read = match &args.policy {
        None if !args.set.is_empty() => None,
        policy => {
            let arguments: Vec<String> = policy.iter().cloned().collect();
            let sources = sources(&arguments)?;
            let Some(source) = sources.first() else { return Ok(Status::Done) };
            match source.read(&Context::default()) {
                Ok(read) => Some((read, source.display())),
                Err(error) => {
                    source.failure(error, &mut out);
                    out.print()?;
                    return Ok(Status::Failed);
                }
            }
        }
    };
    let is_taken_apart = args.form.is_none()
        && args.set.is_empty()
        && args.base.is_none()
        && matches!(&read, Some((Policies { query: Some(_), .. }, _)));
    if let (true, Some((read, _))) = (is_taken_apart, &read) {
        take_apart(read, &mut out);
        out.print()?;
        return Ok(Status::Done);
    }
    let status = build(args, read.map(|(read, _)| read), &mut out)?;
    out.print()?;
    Ok(status)
}

/// Writes an address.
fn build(args: &UrlArgs, read: Option<Policies>, out: &mut Out) -> Result<Status, Stop> {
    let form = args.form.unwrap_or(QueryForm::Cfg);
    let mut query = match read {
        Some(Policies { query: Some(query), .. }) => query,
        Some(Policies { policies, .. }) => Query::of_policies(&policies, form),
        None => Query::of_policies(&[], form),
    };
    // Without a policy there is an address to set values in, all the same.
    if query.groups.is_empty() && !args.set.is_empty() {
        query.groups.push(Group::default());
    }
    for set in &args.set {
        query.assign(set).map_err(|error| not_set(&error))?;
    }
    query.base = args.base.clone().or(query.base).or_else(|| Some(TEST_SERVER.to_owned()));
    let (query, keys) = query.without_keys();
    if keys > 0 {
        out.note(&format!("{keys} keys or key seeds are left out: add them to the address yourself"));
    }
    match query.encode(form) {
        Ok(text) if out.is_json() => {
            out.json(&json!({ "schema": SCHEMA, "form": form.name(), "url": text, "keys_left_out": keys }));
            Ok(Status::Done)
        }
        Ok(text) => {
            out.text(&format!("{text}\n"));
            Ok(Status::Done)
        }
        Err(error) => {
            out.note(&error.to_string());
            Ok(Status::Failed)
        }
    }
}

/// Why a value of `--set` is not taken.
fn not_set(error: &AssignError) -> Stop {
    let hint = if matches!(error, AssignError::Name { .. }) { ": see --parameters" } else { "" };
    Stop::usage(format!("--set {error}{hint}"))
}

/// What an address asks for.
fn take_apart(read: &Policies, out: &mut Out) {
    let Some(query) = &read.query else { return };
    let place = |index: Option<usize>| index.map_or_else(|| "query".to_owned(), |index| format!("[{index}]"));
    let findings: Vec<RuleFinding> =
        read.findings.iter().map(|finding| RuleFinding::new(finding, place(finding.policy), None)).collect();
    if out.is_json() {
        out.json(&query_report(query, &read.policies, &findings));
        return;
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(query, &findings, &mut text);
    out.text(&text);
}

fn write(query: &Query, findings: &[RuleFinding], out: &mut String) -> std::fmt::Result {
    if let Some(base) = &query.base {
        writeln!(out, "base    {}", escaped(base))?;
    }
    match (query.form, query.groups.len()) {
        (QueryForm::Plain, _) => writeln!(out, "form    no query: one license of the server's defaults")?,
        (form, 1) => writeln!(out, "form    {}, one license", form.name())?,
        (form, count) => writeln!(out, "form    {}, {count} licenses", form.name())?,
    }
    for (index, group) in query.groups.iter().enumerate() {
        writeln!(out, "[{index}]")?;
        for item in &group.items {
            let text = parameter_named(&item.name).map_or("unknown", |parameter| parameter.text);
            writeln!(
                out,
                "  {NAME}{:20}{NAME:#} {}  {DIM}{text}{DIM:#}",
                escaped(&item.name),
                escaped(&item.shown())
            )?;
        }
    }
    for finding in findings {
        finding.write(out)?;
    }
    Ok(())
}

/// The names a query knows.
fn parameters(out: &mut Out) {
    for parameter in PARAMETERS {
        if out.is_json() {
            out.json(&json!({
                "schema": SCHEMA,
                "name": parameter.name,
                "aliases": parameter.aliases,
                "text": parameter.text,
            }));
            continue;
        }
        let names: Vec<_> =
            std::iter::once(parameter.name).chain(parameter.aliases.iter().copied()).collect();
        out.text(&format!("{NAME}{:29}{NAME:#} {}\n", names.join(", "), parameter.text));
    }
}
