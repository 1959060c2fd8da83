//! PLY: what players do. PLY-02 and those from PLY-10 on are measured (`players/`, `docs/players.md`); what Android and
//! Kodi do is read in their sources.

use super::fix::{How, ObjectFix};
use super::{Findings, Level, Part, Rule, Subject};
use crate::header::Element;
use crate::players::{Format, effects};
use crate::{Field, Header, RecordType, Use};

const MEASURED: &str = "measured: docs/players.md";

static PLY_01: Rule = Rule {
    id: "PLY-01",
    level: Level::Warning,
    section: "inputstream.adaptive, HelperPr.cpp",
    title: "the header record stands first",
};
static PLY_02: Rule =
    Rule { id: "PLY-02", level: Level::Warning, section: MEASURED, title: "every record has an even length" };
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

static PLY_10: Rule = Rule {
    id: "PLY-10",
    level: Level::Warning,
    section: MEASURED,
    title: "a header in a Smooth manifest is one that players get the key ID from",
};
static PLY_11: Rule = Rule {
    id: "PLY-11",
    level: Level::Warning,
    section: MEASURED,
    title: "players ask for licenses at the header's own LA_URL",
};
static PLY_12: Rule = Rule {
    id: "PLY-12",
    level: Level::Warning,
    section: MEASURED,
    title: "an LUI_URL, which is for people, has an LA_URL beside it",
};

pub(super) static RULES: &[&Rule] = &[&PLY_01, &PLY_02, &PLY_03, &PLY_05, &PLY_10, &PLY_11, &PLY_12];

pub(super) fn check_object(subject: &Subject<'_, '_>, findings: &mut Findings) {
    let Some(object) = subject.object else { return };
    let first = object.records().iter().position(|record| record.kind == RecordType::Header);
    let of_others = subject.context.player.is_none();
    if let Some(record) =
        first.filter(|first| of_others && *first > 0).and_then(|first| object.records().get(first))
    {
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
        let Some(effects) = effects(Format::Dash, "odd-store", "store", subject.context.player) else {
            continue;
        };
        let message = format!("the store has {} bytes, an odd number: {effects}", record.value.len());
        let finding = findings.object(&PLY_02, record.offset, message);
        if record.value.iter().all(|byte| *byte == 0) {
            finding.fix("one byte more", How::Object(ObjectFix::EvenStore));
        }
    }
    let in_manifest = matches!(subject.context.place, Some(Use::Mpd | Use::Hls));
    let has_url = subject.header.is_some_and(|header| header.value(Field::LaUrl).is_some());
    if of_others && in_manifest && object.records().len() > 1 && !has_url {
        let message =
            "no LA_URL and several records: on Android devices that need one, Media3 does not add it";
        findings.object(&PLY_05, 0, message);
    }
}

pub(super) fn check_header(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    measured(part, findings);
    for field in [Field::LaUrl, Field::LuiUrl, Field::CustomAttributes] {
        for element in header.find(field.element()) {
            secrets(part, field, element, findings);
        }
    }
}

/// What players do with the URLs of a header, and with its key ID.
fn measured(part: &Part<'_>, findings: &mut Findings) {
    let header = part.header;
    let format = part.context.format;
    let effects = |format, probe: &str, right: &str| effects(format, probe, right, part.context.player);
    // An object in `moov` is read by the same code as one in an MPD.
    let of_urls = format.unwrap_or(Format::Dash);
    let right = if of_urls == Format::Smooth {
        "header-4.0"
    } else if of_urls == Format::Hls {
        "key-4.0"
    } else {
        "pro-4.0"
    };
    if let Some(custom) = custom_la_url(header) {
        let own = header.find("LA_URL").map(|element| element.span().start).min();
        let probe = match own {
            None => Some("custom-la-url-alone"),
            Some(own) => (custom.start < own).then_some("custom-la-url"),
        };
        if let Some(said) = probe.and_then(|probe| effects(of_urls, probe, right)) {
            let message = format!("CUSTOMATTRIBUTES contains an LA_URL in front of the header's own: {said}");
            findings.text(part, &PLY_11, custom, message);
        }
    }
    if header.value(Field::LaUrl).is_none()
        && let Some(element) = header.find("LUI_URL").next()
        && let Some(said) = effects(of_urls, "lui-url-alone", right)
    {
        let message = format!("the header has an LUI_URL and no LA_URL: {said}");
        findings.text(part, &PLY_12, element.span(), message);
    }
    if format == Some(Format::Smooth)
        && let Some(version) = header.version()
        && let Some(said) = effects(Format::Smooth, &format!("header-4.{}", version.level()), right)
    {
        let message = format!("a {version} header in a Smooth manifest: {said}");
        findings.header(part, &PLY_10, message);
    }
}

/// The first element of that name in the custom attributes.
fn custom_la_url(header: &Header<'_>) -> Option<core::ops::Range<usize>> {
    let text = header.as_str();
    header.find("CUSTOMATTRIBUTES").find_map(|element| {
        let content = text.get(element.content.clone())?;
        let is_name = |at: &usize| {
            let behind = content.get(at.saturating_add("LA_URL".len())..).unwrap_or_default();
            let is_tag = content.get(..*at).is_some_and(|before| before.ends_with(['<', ':']));
            is_tag && behind.starts_with(|c: char| c.is_whitespace() || c == '>')
        };
        let at = content.match_indices("LA_URL").map(|(at, _)| at).find(is_name)?;
        let start = element.content.start.saturating_add(at);
        Some(start..start.saturating_add("LA_URL".len()))
    })
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
            if !is_word {
                continue;
            }
            let value = behind.trim_start_matches([':', '=', '"', '\'']);
            let is_of_key = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
            let len = value.chars().take(65).take_while(is_of_key).count();
            if (20..=64).contains(&len) {
                let start = element.content.start.saturating_add(at);
                let message =
                    format!("{} seems to hold a content key, which everybody can read", field.element());
                findings.text(part, &PLY_03, start..start.saturating_add(name.len()), message);
                return;
            }
        }
    }
}
