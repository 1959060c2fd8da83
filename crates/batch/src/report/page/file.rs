//! A file of the page: a line, and what is in it.

use super::bars::{Marks, bar};
use super::text::{bytes, clipped, counted, number, text};
use crate::input::{Document, Found, Input};
use crate::report::Finding;
use prkit_bmff::{Layout, Track};
use prkit_plan::Span;
use prkit_playready::{Field, Header, KeyId, Level};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Containers that are drawn of one file; a file of many fragments has mostly the same in all.
const MAX_BARS: usize = 6;
/// Objects and findings that are listed of one file.
const MAX_ROWS: usize = 50;
/// Key IDs that are named.
const MAX_KIDS: usize = 8;
/// Bars that are longer than this are the last.
const MAX_BAR_BYTES: usize = 20_000;

/// What the page tells of a file.
#[derive(Debug)]
pub struct PageFile {
    pub(super) input: Input,
    name: String,
    kind: &'static str,
    pub(super) size: u64,
    pub(super) objects: u64,
    /// Findings by level, the worst first.
    pub(super) found: [u64; 3],
    pub(super) kids: BTreeSet<KeyId>,
    /// Why it could not be read.
    pub(super) error: Option<String>,
    pub(super) inside: String,
    /// Whether there was no room for what is in it.
    pub(super) is_cut: bool,
}

impl PageFile {
    /// A file that was read.
    pub fn new(
        input: &Input,
        document: &Document,
        objects: &[Found],
        findings: &[&Finding],
        error: Option<&str>,
    ) -> Self {
        let size = document.content.len();
        let mut found = [0; 3];
        for finding in findings {
            let [errors, warnings, notes] = &mut found;
            let count = match finding.level {
                level if level == Level::Error.name() => errors,
                level if level == Level::Warning.name() => warnings,
                _ => notes,
            };
            *count = u64::saturating_add(*count, 1);
        }
        let mut kids: BTreeSet<KeyId> = objects.iter().flat_map(|found| found.kids.iter().copied()).collect();
        let tracks = document.layout.as_ref().map(Layout::tracks).unwrap_or_default();
        kids.extend(tracks.iter().flat_map(Track::key_ids));
        let mut inside = String::new();
        if let Some(layout) = &document.layout {
            write_bars(&mut inside, layout, size, objects);
        }
        write_objects(&mut inside, objects, &mut kids);
        write_findings(&mut inside, findings);
        inside.push_str("</table>");
        Self {
            input: input.clone(),
            name: input.display(),
            kind: document.kind.name(),
            size,
            objects: u64::try_from(objects.len()).unwrap_or(u64::MAX),
            found,
            kids,
            error: error.map(str::to_owned),
            inside,
            is_cut: false,
        }
    }

    /// One that could not be.
    pub fn failed(input: &Input, error: &str) -> Self {
        Self {
            input: input.clone(),
            name: input.display(),
            kind: "unknown",
            size: 0,
            objects: 0,
            found: [0; 3],
            kids: BTreeSet::new(),
            error: Some(error.to_owned()),
            inside: String::new(),
            is_cut: false,
        }
    }

    /// Whether nothing is to be told but that it is there.
    pub(super) fn is_bare(&self) -> bool {
        self.objects == 0 && self.error.is_none() && self.found == [0; 3]
    }

    /// Bytes that its line takes.
    pub(super) fn len(&self) -> usize {
        let mut html = String::new();
        self.write_line(&mut html, false);
        html.len()
    }

    /// Writes it; what is in it is open, where there is little else.
    pub(super) fn write(&self, html: &mut String, is_open: bool) {
        self.write_line(html, is_open);
        html.push_str(&self.inside);
        html.push_str(super::END);
    }

    fn write_line(&self, html: &mut String, is_open: bool) {
        let (found, open) = (self.found.iter().sum::<u64>(), if is_open { " open" } else { "" });
        let level = level_of(self.found, self.error.is_some());
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            "<details class=\"file\"{open} data-level=\"{level}\" data-size=\"{}\" data-objects=\"{}\" \
             data-found=\"{found}\"><summary><b>{}</b> <span>{}, {}, {}</span>{}</summary>",
            self.size,
            self.objects,
            text(&self.name),
            self.kind,
            bytes(self.size),
            counted(self.objects, "object", "objects"),
            badges(self.found)
        );
        write_kids(html, &self.kids);
        if let Some(error) = &self.error {
            let _ = write!(html, "<p class=\"error\">{}</p>", clipped(error));
        }
        if self.is_cut {
            html.push_str("<p class=\"left\">The page is full: what is in it is not drawn.</p>");
        }
    }
}

/// Key IDs, so that they can be looked for.
pub(super) fn write_kids(html: &mut String, kids: &BTreeSet<KeyId>) {
    if kids.is_empty() {
        return;
    }
    html.push_str("<p class=\"kids\">");
    for kid in kids.iter().take(MAX_KIDS) {
        // Writing to a string cannot fail.
        let _ = write!(html, "<code>{kid}</code> ");
    }
    if let Some(more) = kids.len().checked_sub(MAX_KIDS).filter(|more| *more > 0) {
        let _ = write!(html, "and {} more keys", number(more));
    }
    html.push_str("</p>");
}

/// The worst of it, as the script compares it.
pub(super) fn level_of(found: [u64; 3], has_failed: bool) -> &'static str {
    let [errors, warnings, notes] = found.map(|count| count > 0);
    match (errors || has_failed, warnings, notes) {
        (true, ..) => "error",
        (_, true, _) => "warning",
        (.., true) => "note",
        _ => "",
    }
}

/// How many findings there are.
pub(super) fn badges(found: [u64; 3]) -> String {
    let names = [("error", "errors"), ("warning", "warnings"), ("note", "notes")];
    let shown = found.into_iter().zip(names).filter(|(count, _)| *count > 0);
    shown.fold(String::new(), |mut html, (count, (one, many))| {
        // Writing to a string cannot fail.
        let _ = write!(html, " <em class=\"{one}\">{}</em>", counted(count, one, many));
        html
    })
}

fn write_bars(html: &mut String, layout: &Layout, size: u64, objects: &[Found]) {
    let marks = Marks::of(layout, objects);
    bar(html, "file", Span::new(0, size), &marks, layout.containers().first());
    let containers = layout.containers().iter().skip(1);
    for container in containers.filter(|container| marks.are_in(container.content)).take(MAX_BARS) {
        if html.len() > MAX_BAR_BYTES {
            break;
        }
        let span = container.header.map_or(container.content, |header| header.span);
        bar(html, &container.path.to_string(), span, &marks, Some(container));
    }
}

fn write_objects(html: &mut String, objects: &[Found], kids: &mut BTreeSet<KeyId>) {
    html.push_str("<table>");
    for (at, found) in objects.iter().enumerate() {
        let (version, url) = header_of(found, kids);
        if at >= MAX_ROWS {
            continue;
        }
        let system = found.system.name().map_or_else(|| found.system.to_string(), str::to_owned);
        // Writing to a string cannot fail.
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{system}</td><td>{} bytes at {}</td><td>{}</td><td>{}</td></tr>",
            clipped(found.path.as_deref().unwrap_or_else(|| found.form.name())),
            number(found.size),
            number(found.offset),
            clipped(&version),
            clipped(&url)
        );
    }
    write_rest(html, objects.len(), "objects");
}

fn write_findings(html: &mut String, findings: &[&Finding]) {
    for found in findings.iter().take(MAX_ROWS) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            html,
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td colspan=\"3\">{}</td></tr>",
            found.level,
            clipped(&found.place),
            found.rule,
            clipped(&found.message)
        );
    }
    write_rest(html, findings.len(), "findings");
}

fn write_rest(html: &mut String, count: usize, what: &str) {
    if let Some(rest) = count.checked_sub(MAX_ROWS).filter(|rest| *rest > 0) {
        // Writing to a string cannot fail.
        let _ = writeln!(html, "<tr><td colspan=\"5\">and {} more {what}</td></tr>", number(rest));
    }
}

/// What is said of a header; its key IDs are taken in.
fn header_of(found: &Found, kids: &mut BTreeSet<KeyId>) -> (String, String) {
    if !found.system.is_playready() {
        return Default::default();
    }
    let Ok(header) = Header::of_payload(&found.data) else {
        return ("unreadable".to_owned(), String::new());
    };
    kids.extend(header.key_ids());
    let version = header.version().map(|version| version.to_string()).unwrap_or_default();
    (version, header.value(Field::LaUrl).map(Cow::into_owned).unwrap_or_default())
}
