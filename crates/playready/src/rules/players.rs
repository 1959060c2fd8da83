//! PLY: what players are known to do, read in their sources.

use super::fix::{How, ObjectFix};
use super::{Findings, Level, Part, Rule, Subject};
use crate::header::Element;
use crate::{Field, RecordType, Use};

static PLY_01: Rule = Rule {
    id: "PLY-01",
    level: Level::Warning,
    section: "inputstream.adaptive, HelperPr.cpp",
    title: "the header record stands first",
};
static PLY_02: Rule = Rule {
    id: "PLY-02",
    level: Level::Warning,
    section: "shaka-player, PRO parser",
    title: "every record has an even length",
};
static PLY_03: Rule = Rule {
    id: "PLY-03",
    level: Level::Warning,
    section: "Microsoft, \"Query string syntax\" of the test server",
    title: "no content key in a header: everybody can read it",
};
static PLY_05: Rule = Rule {
    id: "PLY-05",
    level: Level::Note,
    section: "Media3, FrameworkMediaDrm: it adds an LA_URL where there is one record",
    title: "an object of several records has an LA_URL",
};

pub(super) static RULES: &[&Rule] = &[&PLY_01, &PLY_02, &PLY_03, &PLY_05];

pub(super) fn check_object(subject: &Subject<'_, '_>, findings: &mut Findings) {
    let Some(object) = subject.object else { return };
    let first = object.records().iter().position(|record| record.kind == RecordType::Header);
    if let Some(record) = first.filter(|first| *first > 0).and_then(|first| object.records().get(first)) {
        findings
            .object(
                &PLY_01,
                record.offset,
                "the header is not the first record; some players take that for one",
            )
            .fix("put the header first", How::Object(ObjectFix::HeaderFirst));
    }
    for record in object.records().iter().filter(|record| record.kind == RecordType::Store) {
        if record.value.len() % 2 == 0 {
            continue;
        }
        let message = format!(
            "the store has {} bytes; shaka-player drops an object with an odd record",
            record.value.len()
        );
        let finding = findings.object(&PLY_02, record.offset, message);
        if record.value.iter().all(|byte| *byte == 0) {
            finding.fix("one byte more", How::Object(ObjectFix::EvenStore));
        }
    }
    let in_manifest = matches!(subject.context.place, Some(Use::Mpd | Use::Hls));
    let has_url = subject.header.is_some_and(|header| header.value(Field::LaUrl).is_some());
    if in_manifest && object.records().len() > 1 && !has_url {
        let message =
            "no LA_URL and several records: on Android devices that need one, Media3 does not add it";
        findings.object(&PLY_05, 0, message);
    }
}

pub(super) fn check_header(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    for field in [Field::LaUrl, Field::LuiUrl, Field::CustomAttributes] {
        for element in header.find(field.element()) {
            secrets(part, field, element, findings);
        }
    }
}

/// Microsoft's test server takes content keys in its URL; they end up in headers. The message does not repeat them.
fn secrets(part: &Part<'_>, field: Field, element: &Element, findings: &mut Findings) {
    const NAMES: [&str; 2] = ["contentkey", "ck"];
    let text = part.header.as_str();
    let said = text.get(element.content.clone()).unwrap_or_default();
    let lower = said.to_ascii_lowercase();
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            let before = lower.get(..at).and_then(|before| before.chars().next_back());
            let behind = lower.get(at.saturating_add(name.len())..).unwrap_or_default();
            let is_word = before.is_none_or(|c| !c.is_alphanumeric()) && behind.starts_with([':', '=', '"']);
            let value = behind.trim_start_matches([':', '=', '"', '\'']);
            let len = value
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_'))
                .count();
            if is_word && (20..=64).contains(&len) {
                let start = element.content.start.saturating_add(at);
                let message =
                    format!("{} seems to hold a content key, which everybody can read", field.element());
                findings.text(part, &PLY_03, start..start.saturating_add(name.len()), message);
                return;
            }
        }
    }
}
