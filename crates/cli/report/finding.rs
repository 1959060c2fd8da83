//! What is odd about an object, beside what it says.

use crate::input::{Document, Form, Found};
use prkit_playready::{Encoding, Header, Object, Oddity, Payload};
use serde::Serialize;

/// A rule that something breaks, and where.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) rule: &'static str,
    pub(crate) level: &'static str,
    pub(crate) message: String,
    #[serde(rename = "where")]
    pub(crate) place: String,
    pub(crate) offset: u64,
    /// In the text of a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<u64>,
    pub(crate) span: Option<[usize; 2]>,
    pub(crate) fix: Option<String>,
}

/// What is odd about an input and the objects in it, as far as reading it shows.
pub(crate) fn findings(document: &Document, objects: &[Found]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(layout) = &document.layout {
        for (span, path) in layout.leftovers() {
            let message = format!("{} bytes at the end are no box", span.len());
            findings.push(finding("BOX-01", "warning", message, path.to_string(), span.start()));
        }
        for oddity in layout.oddities() {
            let place = oddity.path().to_string();
            findings.push(finding("BOX-02", "warning", oddity.kind().to_string(), place, oddity.offset()));
        }
    }
    for oddity in document.manifest.iter().flat_map(|opened| opened.manifest.oddities()) {
        let found =
            finding(oddity.kind.rule(), "warning", oddity.kind.to_string(), "/".to_owned(), oddity.offset);
        findings.push(Finding {
            line: Some(oddity.position.line),
            column: Some(oddity.position.column),
            ..found
        });
    }
    for found in objects.iter().filter(|found| found.system.is_playready()) {
        let place = found.path.clone().unwrap_or_else(|| "/".to_owned());
        let mut add = |rule, message: String| {
            let at = found.in_text;
            findings.push(Finding {
                line: at.map(|at| at.line),
                column: at.map(|at| at.column),
                ..finding(rule, "warning", message, place.clone(), found.offset)
            });
        };
        if found.trailing > 0 {
            add("BOX-03", format!("{} bytes stand behind the data of the box", found.trailing));
        }
        if document.is_box_data {
            add("BOX-04", "the first eight bytes of the box, its size and type, are missing".to_owned());
        }
        match Payload::parse(&found.data) {
            Ok(Payload::Object(object)) => {
                of_object(&object, &mut add);
                if let Some(header) =
                    object.header_record().and_then(|record| Header::parse(record.value).ok())
                {
                    of_header(&header, &mut add);
                }
            }
            Ok(Payload::Header(header)) => {
                if found.form != Form::Header {
                    add("PRO-01", "a bare header stands where a PlayReady Object is due".to_owned());
                }
                of_header(&header, &mut add);
            }
            Err(_) => {}
        }
    }
    findings
}

fn finding(rule: &'static str, level: &'static str, message: String, place: String, offset: u64) -> Finding {
    Finding { rule, level, message, place, offset, line: None, column: None, span: None, fix: None }
}

fn of_object(object: &Object<'_>, add: &mut dyn FnMut(&'static str, String)) {
    for oddity in object.oddities() {
        match *oddity {
            Oddity::Length { declared, actual } => {
                add("PRO-01", format!("the object says it has {declared} bytes and has {actual}"));
            }
            Oddity::Count { declared, actual } => {
                add("PRO-02", format!("the object says it has {declared} records and has {actual}"));
            }
            Oddity::CutRecord { index, declared, actual } => {
                add("PRO-03", format!("record {index} says it has {declared} bytes, and {actual} are left"));
            }
            Oddity::Trailing { len } => add("PRO-03", format!("{len} bytes stand behind the last record")),
        }
    }
    if object.records().iter().filter(|r| r.kind == prkit_playready::RecordType::Header).count() > 1 {
        add("PRO-07", "the object has several header records; players take the first".to_owned());
    }
}

fn of_header(header: &Header<'_>, add: &mut dyn FnMut(&'static str, String)) {
    let encoding = match header.encoding() {
        Encoding::Utf16Le => None,
        Encoding::Utf16Be => Some("big-endian UTF-16"),
        Encoding::Utf8 => Some("UTF-8"),
    };
    if let Some(encoding) = encoding {
        add("PRH-01", format!("the header is {encoding} instead of little-endian UTF-16"));
    }
    if header.has_byte_order_mark() {
        add("PRH-01", "a byte order mark stands in front of the header".to_owned());
    }
    if header.as_str().ends_with('\0') {
        add("PRH-01", "the header ends with a zero character".to_owned());
    }
}
