//! One page for many files: `--html`. Everything is in it, nothing is fetched, no script runs.
//!
//! ```text
//!   path   kind, size
//!   file   ├ftyp┼──moov──┼────────────mdat────────────┤     the whole file; what is too small to see is marked
//!   moov   ├mvhd┼─trak──┼──pssh─█store█─┼──free──┤           each container with something in it, to scale
//! ```
//!
//! Sections are written as files are done; the tables are written last and shown first.

use super::{Finding, Survey};
use crate::exit::Stop;
use crate::input::{Document, Found, Input};
use prkit_bmff::{Container, Layout};
use prkit_plan::Span;
use prkit_playready::{Field, Header, Payload};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// A page that is being written.
pub(crate) struct Page {
    file: BufWriter<File>,
    /// Its name until it is whole.
    temporary: TempPath,
    path: PathBuf,
}

/// Width of a bar in units.
const WIDTH: u64 = 1000;
/// Containers that are drawn of one file; a file of many fragments has mostly the same in all.
const MAX_BARS: usize = 6;
/// Objects and findings that are listed of one file.
const MAX_ROWS: usize = 50;

/// Whether a file begins as a page does.
fn is_page(path: &Path) -> bool {
    // A pipe would be waited for.
    if !path.metadata().is_ok_and(|there| there.is_file()) {
        return false;
    }
    let mut begin = vec![0; HEAD.len().min(100)];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && HEAD.as_bytes().starts_with(&begin)
}

impl Page {
    pub(crate) fn create(path: &Path) -> Result<Self, Stop> {
        let folder = prkit_apply::folder_of(path);
        let cannot =
            |error| Stop::usage(format!("cannot write --html {}: {error}", crate::terminal::path(path)));
        // A page is written again and again; anything else of that name is somebody's file.
        if path.symlink_metadata().is_ok_and(|there| there.len() > 0) && !is_page(path) {
            return Err(Stop::usage(format!(
                "--html: {} exists, and is no page of prkit's; it is not replaced",
                crate::terminal::path(path)
            )));
        }
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.prefix(".prkit-html-").tempfile_in(folder).map_err(cannot)?;
        let (file, temporary) = file.into_parts();
        let mut page = Self { file: BufWriter::new(file), temporary, path: path.to_owned() };
        page.put(HEAD)?;
        Ok(page)
    }

    /// Adds what [`section`] made.
    pub(crate) fn put(&mut self, html: &str) -> Result<(), Stop> {
        self.file.write_all(html.as_bytes()).map_err(|error| cannot(&self.path, &error))
    }

    /// Adds the tables, and gives the page its name.
    pub(crate) fn finish(mut self, survey: &Survey) -> Result<(), Stop> {
        let mut html = String::from("</main>\n<header><h1>Protection headers</h1>\n<div class=\"tables\">\n");
        for (title, rows) in super::survey::tables(survey) {
            // Writing to a string cannot fail.
            let _ = writeln!(html, "<table><caption>{title}</caption>");
            for (name, value) in rows {
                let _ = writeln!(html, "<tr><th>{}</th><td>{}</td></tr>", text(&name), text(&value));
            }
            html.push_str("</table>\n");
        }
        html.push_str("</div>\n<p class=\"key\">");
        for (class, name) in CLASSES {
            let _ = write!(html, "<span><i class=\"{class}\"></i>{name}</span> ");
        }
        html.push_str("</p></header>\n</body></html>\n");
        self.put(&html)?;
        let path = &self.path;
        self.file.flush().map_err(|error| cannot(path, &error))?;
        self.temporary.persist(path).map_err(|error| cannot(path, &error.error))
    }
}

/// Ends a run whose page cannot be written.
fn cannot(path: &Path, error: &io::Error) -> Stop {
    Stop::Output(io::Error::other(format!("--html {}: {error}", crate::terminal::path(path))))
}

/// One file.
pub(crate) fn section(
    input: &Input,
    document: &Document,
    objects: &[Found],
    findings: &[&Finding],
) -> String {
    let mut html = String::new();
    let fault = if document.fault().is_some() { " class=\"bad\"" } else { "" };
    let len = document.content.len();
    let _ = writeln!(
        html,
        "<section><h2{fault}>{}</h2><p>{}, {len} bytes, {} objects</p>",
        text(&input.display()),
        document.kind.name(),
        objects.len()
    );
    if let Some(layout) = &document.layout {
        let marks = Marks::of(layout, objects);
        bar(&mut html, "file", Span::new(0, len), &marks, layout.containers().first());
        let containers = layout.containers().iter().skip(1);
        let drawn = containers.filter(|container| marks.are_in(container.content));
        for container in drawn.take(MAX_BARS) {
            let span = container.header.map_or(container.content, |header| header.span);
            bar(&mut html, &container.path.to_string(), span, &marks, Some(container));
        }
    }
    html.push_str("<table>");
    for found in objects.iter().take(MAX_ROWS) {
        let (version, url) = header_of(found);
        let system = found.system.name().map_or_else(|| found.system.to_string(), str::to_owned);
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{system}</td><td>{} bytes at {}</td><td>{}</td><td>{}</td></tr>",
            text(found.path.as_deref().unwrap_or_else(|| found.form.name())),
            found.size,
            found.offset,
            text(&version),
            text(&url)
        );
    }
    for found in findings.iter().take(MAX_ROWS) {
        let _ = writeln!(
            html,
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td colspan=\"3\">{}</td></tr>",
            found.level,
            text(&found.place),
            found.rule,
            text(&found.message)
        );
    }
    let rest = objects.len().saturating_sub(MAX_ROWS).saturating_add(findings.len().saturating_sub(MAX_ROWS));
    if rest > 0 {
        let _ = writeln!(html, "<tr><td colspan=\"5\">and {rest} more</td></tr>");
    }
    if let Some(fault) = document.fault() {
        let _ =
            writeln!(html, "<tr class=\"error\"><td colspan=\"5\">{}</td></tr>", text(&fault.to_string()));
    }
    html.push_str("</table></section>\n");
    html
}

/// A file that could not be read.
pub(crate) fn failed_section(input: &Input, error: &str) -> String {
    format!(
        "<section><h2 class=\"bad\">{}</h2><p class=\"error\">{}</p></section>\n",
        text(&input.display()),
        text(error)
    )
}

fn header_of(found: &Found) -> (String, String) {
    if !found.system.is_playready() {
        return Default::default();
    }
    let Ok(header) = Header::of_payload(&found.data) else {
        return ("unreadable".to_owned(), String::new());
    };
    let version = header.version().map(|version| version.to_string()).unwrap_or_default();
    (version, header.value(Field::LaUrl).map(std::borrow::Cow::into_owned).unwrap_or_default())
}

/// What is looked for in a file.
struct Marks(Vec<(Span, &'static str, String)>);

impl Marks {
    fn of(layout: &Layout, objects: &[Found]) -> Self {
        let mut marks = Vec::new();
        for slack in layout.slack() {
            let span = slack.header.span;
            marks.push((span, "free", format!("{} {} bytes", slack.path, span.len())));
        }
        for found in objects {
            let span = Span::new(found.offset, found.offset.saturating_add(found.size));
            let path = found.path.as_deref().unwrap_or_default();
            let system = found.system.name().unwrap_or("other system");
            marks.push((span, "pssh", format!("{path} {system} {} bytes", found.size)));
            marks.extend(
                store_in(found).map(|store| {
                    (store, "store", format!("license store of {} bytes in {path}", store.len()))
                }),
            );
        }
        Self(marks)
    }

    fn are_in(&self, span: Span) -> bool {
        self.0.iter().any(|(mark, ..)| span.encloses(*mark))
    }
}

/// Where the license store of an object stands in the file: it ends with the object's data.
fn store_in(found: &Found) -> Option<Span> {
    let payload = Payload::parse(&found.data).ok().filter(|_| found.system.is_playready())?;
    let object = payload.object()?;
    let record = object.records().iter().find(|record| record.kind == prkit_playready::RecordType::Store)?;
    let start = found.value_offset(record);
    let len = u64::try_from(record.value.len()).unwrap_or(u64::MAX);
    Some(Span::new(start, start.saturating_add(len)))
}

/// A part of a file, to scale.
fn bar(html: &mut String, name: &str, whole: Span, marks: &Marks, container: Option<&Container>) {
    let _ = write!(
        html,
        "<div class=\"bar\"><span>{} {} bytes</span><svg viewBox=\"0 0 {WIDTH} 20\" preserveAspectRatio=\"none\">",
        text(name),
        whole.len()
    );
    let mut drawn: [Option<u64>; 2] = [None; 2];
    for child in container.map(|container| container.children.as_slice()).unwrap_or_default() {
        let class = class_of(child.kind.code().0);
        let (x, width) = place(whole, child.span);
        // Fragments that share a unit are one.
        let last = if class == "moof" { &mut drawn[0] } else { &mut drawn[1] };
        if width < 1000 && last.is_some_and(|last| last == x / 1000) {
            continue;
        }
        *last = Some(x / 1000);
        rect(
            html,
            class,
            x,
            width,
            &format!("{} {} bytes at {}", child.kind, child.span.len(), child.span.start()),
        );
    }
    let mut last = None;
    for (mark, class, title) in marks.0.iter().filter(|(mark, ..)| whole.encloses(*mark)) {
        let (x, width) = place(whole, *mark);
        // So that it is seen.
        let width = width.max(2000).min(WIDTH.saturating_mul(1000));
        if width == 2000 && last == Some((*class, x / 1000)) {
            continue;
        }
        last = Some((*class, x / 1000));
        rect(html, class, x.min(WIDTH.saturating_mul(1000).saturating_sub(width)), width, title);
    }
    html.push_str("</svg></div>\n");
}

/// Where a span is drawn, in thousandths of a unit.
fn place(whole: Span, part: Span) -> (u64, u64) {
    let scale = |bytes: u64| {
        let units = u128::from(bytes).saturating_mul(u128::from(WIDTH)).saturating_mul(1000);
        u64::try_from(units.checked_div(u128::from(whole.len())).unwrap_or(0)).unwrap_or(0)
    };
    let start = part.start().saturating_sub(whole.start());
    (scale(start), scale(part.len()))
}

fn rect(html: &mut String, class: &str, x: u64, width: u64, title: &str) {
    let unit = |thousandths: u64| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    let _ = write!(
        html,
        "<rect class=\"{class}\" x=\"{}\" width=\"{}\" height=\"20\"><title>{}</title></rect>",
        unit(x),
        unit(width),
        text(title)
    );
}

const CLASSES: [(&str, &str); 8] = [
    ("pssh", "pssh"),
    ("store", "license store"),
    ("free", "slack"),
    ("moov", "moov"),
    ("moof", "moof"),
    ("trak", "trak, traf"),
    ("mdat", "media data"),
    ("other", "other boxes"),
];

fn class_of(code: [u8; 4]) -> &'static str {
    match &code {
        b"moov" => "moov",
        b"moof" => "moof",
        b"trak" | b"traf" => "trak",
        b"mdat" | b"imda" => "mdat",
        b"free" | b"skip" => "free",
        b"pssh" => "pssh",
        _ => "other",
    }
}

/// Text as HTML has it.
fn text(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c if c.is_control() => html.push(char::REPLACEMENT_CHARACTER),
            c => html.push(c),
        }
    }
    html
}

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Protection headers</title>
<style>
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; --line: #8884; }
body { margin: 1.5em auto; max-width: 76em; padding: 0 1em; display: flex; flex-direction: column; }
header { order: -1; }
h1 { font-size: 1.5em; } h2 { font-size: 1em; margin: 0; overflow-wrap: anywhere; }
section { border-top: 1px solid var(--line); padding: .7em 0; content-visibility: auto; contain-intrinsic-size: auto 9em; }
section p { margin: 0 0 .3em; opacity: .75; }
table { border-collapse: collapse; } td, th { padding: .1em .8em .1em 0; text-align: left; vertical-align: top; font-weight: normal; overflow-wrap: anywhere; }
.tables { display: flex; flex-wrap: wrap; gap: 1em 3em; align-items: flex-start; } caption { text-align: left; font-weight: bold; white-space: nowrap; }
.bar { display: flex; gap: .8em; align-items: center; } .bar span { flex: 0 0 15em; font-size: .85em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
svg { flex: 1; height: 20px; background: var(--line); margin: 1px 0; }
rect { stroke: Canvas; stroke-width: .5; vector-effect: non-scaling-stroke; }
.key span { margin-right: 1.2em; white-space: nowrap; } i { display: inline-block; width: 1em; height: 1em; margin-right: .3em; vertical-align: -.15em; }
.pssh { fill: #d6336c; background: #d6336c; } .store { fill: #7048e8; background: #7048e8; } .free { fill: #2f9e44; background: #2f9e44; }
.moov { fill: #4dabf7; background: #4dabf7; } .moof { fill: #1971c2; background: #1971c2; } .trak { fill: #a5d8ff; background: #a5d8ff; }
.mdat { fill: #ced4da; background: #ced4da; } .other { fill: #868e96; background: #868e96; }
.bad, .error { color: #e03131; } .warning { color: #e8590c; }
</style></head><body>
<main>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        assert_eq!(text("<b a=\"'\">&\u{7}"), "&lt;b a=&quot;&#39;&quot;&gt;&amp;\u{FFFD}");
    }

    #[test]
    fn spans_are_drawn_to_scale() {
        assert_eq!(place(Span::new(100, 300), Span::new(200, 250)), (500_000, 250_000));
        assert_eq!(place(Span::new(0, 1 << 40), Span::new(1 << 39, (1 << 39) + 1)), (500_000, 0));
        assert_eq!(place(Span::empty(0), Span::empty(0)), (0, 0));
    }
}
