//! `prkit policy simulate`.

use super::source::{Source, sources};
use super::timeline;
use crate::args::{Begin, SimulateArgs};
use crate::exit::{Status, Stop};
use crate::hints::told;
use crate::out::Out;
use crate::report::SCHEMA;
use crate::style::{DIM, DONE, ERROR, NAME};
use crate::terminal::escaped;
use prkit_batch::PolicyInput;
use prkit_license::{Context, Moment, Policy, Preset, Scenario};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn run(args: &SimulateArgs) -> Result<Status, Stop> {
    let mut out = Out::new(args.json);
    let Story { scenario, source, begin } = story(args)?;
    let variants: Vec<(&str, Scenario)> = match begin {
        Begin::Keep => vec![("as it is", scenario)],
        Begin::With => vec![("with begin dates", scenario.with_begin_dates())],
        Begin::Without => vec![("without begin dates", scenario.without_begin_dates())],
        Begin::Both => vec![
            ("without begin dates", scenario.without_begin_dates()),
            ("with begin dates", scenario.with_begin_dates()),
        ],
    };
    if args.json {
        let variants: Vec<Value> = variants.iter().map(|(name, scenario)| scenario.to_json(name)).collect();
        let name = variants_name(&variants);
        out.json(&json!({ "schema": SCHEMA, "scenario": name, "source": source, "variants": variants }));
    } else {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write(&variants, source.as_deref(), &mut text);
        out.text(&text);
    }
    out.print()?;
    Ok(Status::Done)
}

fn variants_name(variants: &[Value]) -> Value {
    variants.first().and_then(|variant| variant.get("scenario")).cloned().unwrap_or_default()
}

struct Story {
    scenario: Scenario,
    source: Option<String>,
    begin: Begin,
}

fn story(args: &SimulateArgs) -> Result<Story, Stop> {
    if args.policies.is_empty() {
        let preset = args.preset.unwrap_or(Preset::Rollback);
        let default = if preset == Preset::Rollback { Begin::Both } else { Begin::Keep };
        let scenario = match args.back_to {
            None => preset.scenario(),
            Some(_) if preset == Preset::Rollback => {
                Scenario::rollback(preset.scenario().licenses, args.back_to).map_err(Stop::usage)?
            }
            Some(_) => return Err(sets_no_clock(preset.name())),
        };
        return Ok(Story {
            scenario,
            source: Some(preset.source().to_owned()),
            begin: args.begin.unwrap_or(default),
        });
    }
    let sources = sources(&args.policies)?;
    let mut loaded: Vec<(&Source, PolicyInput)> = Vec::with_capacity(sources.len());
    for source in &sources {
        loaded.push((source, source.load().map_err(|error| fail(source, &told(error)))?));
    }
    let scenario = match &loaded[..] {
        [(source, only)] => scenario_of(source, only)?,
        _ => None,
    };
    let (scenario, default) = match scenario {
        Some(scenario) if args.back_to.is_some() => return Err(sets_no_clock(&scenario.name)),
        Some(scenario) => (scenario, Begin::Keep),
        None => (rollback(loaded, args.back_to)?, Begin::Both),
    };
    Ok(Story { scenario, source: None, begin: args.begin.unwrap_or(default) })
}

fn sets_no_clock(story: &str) -> Stop {
    let story = escaped(story);
    Stop::usage(format!(
        "--back-to: the story {story:?} has its own events; only that of the rollback sets the clock back"
    ))
}

fn fail(source: &Source, error: &dyn std::fmt::Display) -> Stop {
    Stop::usage(format!("{}: {error}", source.display()))
}

/// A scenario in JSON: it has events.
fn scenario_of(source: &Source, loaded: &PolicyInput) -> Result<Option<Scenario>, Stop> {
    let Some(text) = loaded.json() else { return Ok(None) };
    let has_events = serde_json::from_str::<Value>(text).is_ok_and(|value| value.get("events").is_some());
    if !has_events {
        return Ok(None);
    }
    Scenario::from_json(text).map(Some).map_err(|error| fail(source, &error))
}

/// The story of the best practices with the licenses that were named.
fn rollback(loaded: Vec<(&Source, PolicyInput)>, back_to: Option<Moment>) -> Result<Scenario, Stop> {
    let mut policies: Vec<Policy> = Vec::new();
    for (source, loaded) in loaded {
        let read = loaded.policies(&Context::default()).map_err(|error| fail(source, &told(error)))?;
        policies.extend(read.policies);
    }
    Scenario::rollback_of(policies, back_to).map_err(Stop::usage)
}

fn write(variants: &[(&str, Scenario)], source: Option<&str>, out: &mut String) -> std::fmt::Result {
    let Some((_, first)) = variants.first() else { return Ok(()) };
    write!(out, "{NAME}{}{NAME:#}", escaped(&first.name))?;
    if let Some(source) = source {
        write!(out, "  {DIM}{source}{DIM:#}")?;
    }
    writeln!(out)?;
    for (name, scenario) in variants {
        writeln!(out, "\n{NAME}{name}{NAME:#}")?;
        events(scenario, out)?;
    }
    if let [(left, a), (right, b)] = variants {
        writeln!(out)?;
        side_by_side((left, a), (right, b), out)?;
    }
    for (name, scenario) in variants {
        writeln!(out, "\n{NAME}{name}{NAME:#}: every license in the store, the clock set to …")?;
        timeline::write(scenario, out)?;
    }
    Ok(())
}

/// What happened, one line an event.
fn events(scenario: &Scenario, out: &mut String) -> std::fmt::Result {
    for outcome in scenario.run() {
        write!(out, "  {}  {}", outcome.at, escaped(&outcome.event()))?;
        if outcome.clock != outcome.at {
            write!(out, "  {DIM}the clock says {}{DIM:#}", outcome.clock)?;
        }
        writeln!(out)?;
        for (content, verdict) in &outcome.verdicts {
            let style = if verdict.plays() { DONE } else { ERROR };
            writeln!(out, "      {:20} {style}{verdict}{style:#}", escaped(content).as_ref())?;
        }
    }
    Ok(())
}

/// The last verdict on each content, in two columns.
fn side_by_side(
    (left, a): (&str, &Scenario),
    (right, b): (&str, &Scenario),
    out: &mut String,
) -> std::fmt::Result {
    let last = |scenario: &Scenario| {
        let mut verdicts = std::collections::BTreeMap::new();
        for (content, verdict) in scenario.run().into_iter().flat_map(|outcome| outcome.verdicts) {
            verdicts.insert(content, verdict.to_string());
        }
        verdicts
    };
    let (left_verdicts, right_verdicts) = (last(a), last(b));
    writeln!(out, "  {:20} {NAME}{left:32} {right}{NAME:#}", "")?;
    for content in a.contents() {
        let cell = |verdicts: &std::collections::BTreeMap<String, String>| {
            verdicts.get(&content).cloned().unwrap_or_else(|| "not played".to_owned())
        };
        let (left, right) = (cell(&left_verdicts), cell(&right_verdicts));
        writeln!(out, "  {:20} {left:32} {right}", escaped(&content).as_ref())?;
    }
    Ok(())
}
