//! One page for many files. Everything is in it, nothing is fetched, and it has an end, however many files there are.
//!
//! ```text
//!   ▾ film/manifest.mpd, film/master.m3u8     12 files, 10 without objects, 4 objects, 1 error     title.rs
//!     ▾ film/video.mp4   kind, size, objects, findings                                             file.rs
//!         file  ├ftyp┼──moov──┼────────────mdat────────────┤                                       bars.rs
//!         moov  ├mvhd┼─trak──┼──pssh─█store█─┼──free──┤      each container with something in it, to scale
//!         objects, and what is wrong with them
//! ```
//!
//! What the page has no room for is counted. The script filters and sorts; without it, everything is there all the same.

mod bars;
mod file;
mod text;
mod title;

pub use file::PageFile;

use bars::CLASSES;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use text::{clipped, counted, number};
use title::Titles;

/// A page is at most so long.
pub const MAX_PAGE: usize = 5_000_000;
/// What the tables of numbers, titles, files, and what is in files may take of it. The rest is for what is around them.
const MAX_TABLES: usize = 400_000;
const MAX_TITLES: usize = 1_200_000;
const MAX_FILES: usize = 2_000_000;
const MAX_INSIDE: usize = 1_300_000;
/// What a title and a file end with.
const END: &str = "</details>\n";
/// Rows of a table.
const MAX_ROWS: usize = 100;
/// A page with so few files shows what is in them at once.
const FEW: usize = 12;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// What a page begins with, by which one is known again.
pub const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"generator\" content=\"prkit\">\n";

/// What a page tells, as files are done.
#[derive(Default)]
pub struct Page {
    titles: Titles,
    /// Bytes that files and what is in them take.
    files: usize,
    inside: usize,
}

impl Page {
    /// Takes in a file.
    pub fn add(&mut self, mut file: PageFile) {
        let (row, inside) = (file.len().saturating_add(END.len()), file.inside.len());
        let is_listed = !file.is_bare() && self.files.saturating_add(row) <= MAX_FILES;
        if is_listed {
            self.files = self.files.saturating_add(row);
            if self.inside.saturating_add(inside) <= MAX_INSIDE {
                self.inside = self.inside.saturating_add(inside);
            } else {
                file.inside.clear();
                file.is_cut = true;
            }
        }
        self.titles.add(file, is_listed);
    }

    /// The whole page, with tables of numbers: each a title, and rows of a name and a value.
    pub fn finish(self, tables: &[(&str, Vec<(String, String)>)]) -> String {
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            hash(STYLE),
            hash(SCRIPT)
        );
        let mut html = String::from(HEAD);
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" \
             content=\"{policy}\">\n<title>Protection headers</title>\n<style>{STYLE}</style></head><body>\n<header><h1>Protection \
             headers</h1>\n{CONTROLS}<p class=\"key\">"
        );
        for (class, name) in CLASSES {
            let _ = write!(html, "<span><i class=\"{class}\"></i>{name}</span> ");
        }
        html.push_str("</p>\n");
        write_tables(&mut html, tables);
        html.push_str("</header>\n<main>\n");
        let left = self.titles.write(&mut html, MAX_TITLES, FEW);
        html.push_str("</main>\n");
        if left.files > 0 {
            let _ = writeln!(
                html,
                "<p class=\"left\">The page is full: {} of {} are counted here and not listed. The reports in JSON have all of \
                 them.</p>",
                counted(left.files, "file", "files"),
                counted(left.titles, "title", "titles")
            );
        }
        let _ = write!(html, "<script>{SCRIPT}</script>\n</body></html>\n");
        html
    }
}

/// What the script works with, which shows it.
const CONTROLS: &str = "<form hidden><label>Filter <input type=\"search\" placeholder=\"name, key ID, URL, rule\"></label> \
<label>Show <select name=\"level\"><option value=\"\">all</option><option value=\"error\">errors</option>\
<option value=\"warning\">warnings and errors</option><option value=\"note\">any finding</option></select></label> \
<label>Sort by <select name=\"sort\"><option value=\"\">name</option><option value=\"found\">findings</option>\
<option value=\"objects\">objects</option><option value=\"size\">size</option></select></label> <output></output></form>\n";

fn write_tables(html: &mut String, tables: &[(&str, Vec<(String, String)>)]) {
    let end = html.len().saturating_add(MAX_TABLES);
    html.push_str("<details><summary>In numbers</summary><div class=\"tables\">\n");
    for (title, rows) in tables {
        // Writing to a string cannot fail.
        let _ = writeln!(html, "<table><caption>{title}</caption>");
        let mut listed = 0;
        for (name, value) in rows.iter().take(MAX_ROWS) {
            if html.len() >= end {
                break;
            }
            let _ = writeln!(html, "<tr><th>{}</th><td>{}</td></tr>", clipped(name), clipped(value));
            listed = usize::saturating_add(listed, 1);
        }
        if let Some(rest) = rows.len().checked_sub(listed).filter(|rest| *rest > 0) {
            let _ = writeln!(html, "<tr><td colspan=\"2\">and {} others</td></tr>", number(rest));
        }
        html.push_str("</table>\n");
    }
    html.push_str("</div></details>\n");
}

/// The hash by which a browser knows a script or a style.
fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests;
