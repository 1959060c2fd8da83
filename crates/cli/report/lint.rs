//! The report of `lint`: JSON lines, or text that shows the header with a caret under what is wrong.

use super::{Finding, Located, PathReport, SCHEMA};
use crate::args::ToldArgs;
use crate::exit::{Status, Stop};
use crate::input::{Document, Found, Input};
use crate::out::Out;
use crate::style::{DONE, NAME};
use crate::terminal::escaped;
use annotate_snippets::{AnnotationKind, Group, Level as Shown, Origin, Renderer, Snippet};
use prkit_batch::report::rules;
use prkit_batch::report::window::{Places, WIDTH, Window};
use prkit_playready::{Level, Otherwise, Rule, otherwise};
use serde::Serialize;
use std::rc::Rc;

#[derive(Debug, Serialize)]
pub(crate) struct LintReport<'l> {
    schema: u32,
    #[serde(flatten)]
    path: PathReport,
    kind: &'static str,
    matched: usize,
    findings: Vec<&'l Finding>,
    error: Option<String>,
    #[serde(skip)]
    located: &'l [Located],
}

impl<'l> LintReport<'l> {
    pub(crate) fn new(
        input: &Input,
        document: &Document,
        objects: &[Found],
        located: &'l [Located],
        error: Option<String>,
    ) -> Self {
        Self {
            schema: SCHEMA,
            path: PathReport::of(input),
            kind: document.kind.name(),
            matched: objects.len(),
            findings: located.iter().map(|located| &located.finding).collect(),
            error,
            located,
        }
    }

    /// Prints it, for programs or for people.
    pub(crate) fn print(&self, input: &Input, told: ToldArgs, out: &mut Out) {
        if out.is_json() {
            return out.json(self);
        }
        if told.quiet {
            return;
        }
        if told.verbose && self.located.is_empty() && self.error.is_none() {
            let objects = if self.matched == 1 { "object" } else { "objects" };
            let (name, count) = (input.display(), self.matched);
            out.text(&format!(
                "{NAME}{name}{NAME:#}  {}, {count} {objects}, {DONE}no finding{DONE:#}\n\n",
                self.kind
            ));
        }
        let renderer = Renderer::styled().term_width(WIDTH);
        let mut places: Option<(&Rc<str>, Places)> = None;
        for located in self.located {
            let origin = format!("{} {}", input.display(), escaped(&located.finding.place));
            let window = located.text.as_ref().map(|(text, span)| {
                let (_, places) = match places.take() {
                    Some(known) if Rc::ptr_eq(known.0, text) => places.insert(known),
                    _ => places.insert((text, Places::default())),
                };
                places.window(text, span)
            });
            let mut text = renderer.render(&groups(located, &origin, window.as_ref()));
            if let Some(window) = &window {
                let at = |column| format!("{origin}:{}:{column}", window.line);
                text = text.replacen(&at(window.column_within()), &at(window.column), 1);
            }
            // The renderer makes other control characters visible, but not those behind ASCII.
            text = text.replace(|c| matches!(c, '\u{80}'..='\u{9F}'), "\u{FFFD}");
            text.push_str("\n\n");
            out.text(&text);
        }
    }
}

fn groups<'g>(located: &'g Located, origin: &'g str, window: Option<&Window<'g>>) -> Vec<Group<'g>> {
    let finding = &located.finding;
    let message = match finding.copies {
        Some(copies) => format!("{} (in {copies} boxes)", escaped(&finding.message)),
        None => escaped(&finding.message).into_owned(),
    };
    let title = shown(located.level).primary_title(message).id(finding.rule);
    let mut group = match window {
        Some(Window { text, span, line, .. }) => {
            let annotation = AnnotationKind::Primary.span(span.clone());
            title.element(Snippet::source(*text).line_start(*line).path(origin).annotation(annotation))
        }
        None => title.element(Origin::path(origin)),
    };
    if let Some(fix) = &finding.fix {
        group = group.element(Shown::HELP.message(format!("--fix: {}", escaped(fix))));
    }
    vec![group.element(Shown::NOTE.message(located.rule.section))]
}

const fn shown(level: Level) -> Shown<'static> {
    match level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
        Level::Note => Shown::NOTE,
    }
}

#[derive(Serialize)]
struct RuleReport {
    schema: u32,
    rule: &'static str,
    level: &'static str,
    section: &'static str,
    title: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    otherwise: Vec<OtherwiseReport>,
}

#[derive(Serialize)]
struct OtherwiseReport {
    level: &'static str,
    when: &'static str,
}

/// Prints all rules with their sections, and every level that their findings have.
pub(crate) fn print_rules(json: bool) -> Result<Status, Stop> {
    let mut out = Out::new(json);
    for rule in rules() {
        let level = rule.level.name();
        let others = otherwise().filter(|other| other.rule == rule.id);
        if json {
            let Rule { id, section, title, .. } = *rule;
            let others =
                others.map(|Otherwise { level, when, .. }| OtherwiseReport { level: level.name(), when });
            let otherwise = others.collect();
            out.json(&RuleReport { schema: SCHEMA, rule: id, level, section, title, otherwise });
        } else {
            out.text(&format!(
                "{NAME}{:7}{NAME:#} {level:8} {}\n{:17}{}\n",
                rule.id, rule.title, "", rule.section
            ));
            for Otherwise { level, when, .. } in others {
                out.text(&format!("{:8}{:8} {when}\n", "", level.name()));
            }
        }
    }
    out.print()?;
    Ok(Status::Done)
}
